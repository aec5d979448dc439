"""The tables of people who have two records: what was proposed and decided, and who is linked now.

Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Table


class Merge(Table):
    """One proposal to link two people or to part them again, as it stands in the record of each.

    kind: "merge" or "unmerge". part: which of the two this person is, "source" or "target"; other:
    the other one. proposed_by, decided_by: users as `Caller.user` names them. until: when it ends
    if nobody decides. decision: "approved" or "refused". merge: of an unmerge, the id of what it
    undoes. undone: of a merge, when it was. added: of a merge, what it added to this person's
    Patient, as JSON.
    """

    __tablename__ = "merges"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    part: Mapped[str]
    other: Mapped[str]
    merge: Mapped[str | None]
    words: Mapped[str]
    proposed: Mapped[datetime]
    proposed_by: Mapped[str]
    until: Mapped[datetime]
    decision: Mapped[str | None]
    decided: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision_words: Mapped[str | None]
    added: Mapped[str | None]
    undone: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind in ('merge', 'unmerge')", name="kind"),
        CheckConstraint("part in ('source', 'target')", name="part"),
        CheckConstraint("decision in ('approved', 'refused')", name="decision"),
        Index("ix_merges_id", "id"),
    )


class Link(Table):
    """Two people who are one and the same now; each pair stands here both ways round.

    survives: the other one is the record that is in use for both.
    """

    __tablename__ = "links"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(primary_key=True)
    survives: Mapped[bool]
