"""The tables of people who sign in: which Patient an account of a provider is, and who is here now.

Source: docs/decisions/0024-people-sign-in-elsewhere.md
"""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Table


class Account(Table):
    """Which Patient one account of a provider is; tied once. Found by the account, so that is its
    key; a Patient has one account at each provider."""

    __tablename__ = "accounts"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str]
    made: Mapped[datetime]

    __table_args__ = (Index("ix_accounts_person_id_issuer", "person_id", "issuer", unique=True),)


class SignedIn(Table):
    """A browser in which somebody is signed in, until they sign out. person_id: of a person or a
    supporter whose record it is; the directory's for everybody else. id: the SHA-256 of what the
    cookie holds, in hexadecimal. caller: as app/access/sessions.py writes it. used: the last time,
    give or take a minute."""

    __tablename__ = "sessions"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str]
    created: Mapped[datetime]
    used: Mapped[datetime]
    expires: Mapped[datetime]

    __table_args__ = (Index("ix_sessions_id", "id"), Index("ix_sessions_used", "used"))
