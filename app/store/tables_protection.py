"""The tables of what opens or closes a record out of the ordinary: emergencies, freezes, entries
set apart, and the notices that tell of them.

Source: docs/decisions/0020-what-is-out-of-the-ordinary-is-a-row-too.md
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Table


class Emergency(Table):
    """One practitioner's access to one person's record in an emergency. While it runs, a row of
    `rights` with its id says so. actor: as in that row. reason, outcome: codes of ours."""

    __tablename__ = "emergencies"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    name: Mapped[str]
    organization: Mapped[str]
    reason: Mapped[str]
    words: Mapped[str]
    began: Mapped[datetime]
    until: Mapped[datetime]
    ended: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    reviewed: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    outcome: Mapped[str | None]
    outcome_words: Mapped[str | None]

    __table_args__ = (
        Index("ix_emergencies_id", "id"),
        Index("ix_emergencies_reviewed", "reviewed", "began"),
    )


class Notice(Table):
    """What somebody has to be told, kept until and after they were. addressee: "person" or
    "privacy-officer". about: the id of what it tells of. delivered: when it was first read."""

    __tablename__ = "notices"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    addressee: Mapped[str]
    about: Mapped[str]
    text: Mapped[str]
    made: Mapped[datetime]
    delivered: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("addressee in ('person', 'privacy-officer')", name="addressee"),
        Index("ix_notices_addressee_made", "addressee", "made"),
    )


class Freeze(Table):
    """A time in which a record is open to professionals alone; it runs until it is lifted."""

    __tablename__ = "freezes"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    made: Mapped[datetime]
    made_by: Mapped[str]
    lifted: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    lifted_reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_freezes_person_id",
            "person_id",
            unique=True,
            postgresql_where=text("lifted is null"),
        ),
    )


class Quarantine(Table):
    """An entry set apart as one of somebody else; its rows carry the label while it is not lifted.
    quarantine: the id of the step, which may have set several apart."""

    __tablename__ = "quarantines"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    quarantine: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    made: Mapped[datetime]
    made_by: Mapped[str]
    lifted: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    lifted_reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_quarantines_person_id_type_id",
            "person_id",
            "type",
            "id",
            unique=True,
            postgresql_where=text("lifted is null"),
        ),
        Index("ix_quarantines_quarantine", "quarantine"),
    )
