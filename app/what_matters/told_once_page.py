"""The figures of telling it once, for one person, as they are told.

Source: docs/api.md
"""

from dataclasses import dataclass

from app.what_matters.contact import Conversations
from app.what_matters.told_once import GoalJourney, ToldOnce, Waits


@dataclass(frozen=True, slots=True)
class ReadsOf:
    """How often one organisation read what others wrote."""

    organisation: str
    times: int


@dataclass(frozen=True, slots=True)
class ToldOncePage:
    """conversations: how often a contact started with what matters. whole_record_read: how often
    organisations opened the page, the journey or all of the record. organisations: how many were in
    touch. by_organisation: who read, for the person alone; else null. not_shown: what the token of
    who reads does not reach."""

    figures: ToldOnce
    conversations: Conversations
    whole_record_read: int
    organisations: int
    hand_offs: int
    waits: Waits
    by_goal: tuple[GoalJourney, ...]
    by_organisation: tuple[ReadsOf, ...] | None
    not_shown: tuple[str, ...]
