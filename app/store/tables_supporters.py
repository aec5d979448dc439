"""The tables of who is invited to support a person, and whose sign-in accepted it.

Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Table


class SupporterInvitation(Table):
    """One invitation to support a person. supporter: the id of the RelatedPerson. code: the SHA-256
    of the code, which is kept nowhere. made_by: who invited, as rights call them. settled: when it
    was used, refused or too late, and outcome: which of them."""

    __tablename__ = "supporter_invitations"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    supporter: Mapped[str]
    code: Mapped[bytes]
    made: Mapped[datetime]
    made_by: Mapped[str]
    expires: Mapped[datetime]
    settled: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        Index("ix_supporter_invitations_code", "code"),
        Index("ix_supporter_invitations_settled", "settled", "expires"),
    )


class SupporterAccount(Table):
    """A sign-in that accepted an invitation: issuer and subject of its tokens, and the id of the
    RelatedPerson that it is from then on. It opens nothing by itself; that one's entry does."""

    __tablename__ = "supporter_accounts"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    supporter: Mapped[str] = mapped_column(primary_key=True)
    made: Mapped[datetime]

    __table_args__ = (Index("ix_supporter_accounts_issuer_subject", "issuer", "subject"),)


class SupporterReview(Table):
    """That somebody is to look at a supporter before the person comes of an age. task: the id of
    the Task that asks for it. version: of the supporter's entry when it was asked for. due: when
    the age is reached. outcome: agreed, paused, kept, ended or another-ground."""

    __tablename__ = "supporter_reviews"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    supporter: Mapped[str] = mapped_column(primary_key=True)
    age: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    task: Mapped[str]
    version: Mapped[int]
    made: Mapped[datetime]
    due: Mapped[datetime]
    settled: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __table_args__ = (Index("ix_supporter_reviews_settled", "settled", "due"),)


class UpkeepRound(Table):
    """When a round of upkeep was last begun, so that of several workers one does it."""

    __tablename__ = "upkeep_rounds"

    name: Mapped[str] = mapped_column(primary_key=True)
    begun: Mapped[datetime]
