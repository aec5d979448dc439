"""Goals that nobody has looked at for the time that the person chose are raised for review.

Spec: fhir_profiles/StructureDefinition/review-on.json
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.what_matters.contact import Contact
from app.what_matters.goal import Standing, standing
from app.what_matters.likeness import is_whole
from app.what_matters.links import extension_of, link_of, linked
from app.what_matters.progress import Progress

REVIEW_ON = f"{BASE}/StructureDefinition/review-on"
_RAISED = frozenset((Standing.SUGGESTED, Standing.AGREED, Standing.UNDER_WAY, Standing.PAUSED))
_OVER = frozenset(("completed", "revoked", "entered-in-error"))


class Why(StrEnum):
    """Why a goal is raised."""

    DAY_CHOSEN = "The day that the person chose has come."
    TIME_CHOSEN = "Nobody has looked at it for as long as the person chose."


@dataclass(frozen=True, slots=True)
class Chosen:
    """When the person wants to look at a goal again: on a day, after so many days in which nobody
    looked, or in words that no calendar knows ("when the clocks change"), which raise nothing."""

    on: date | None = None
    after_days: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A goal to look at again. days: since anybody looked."""

    goal: str
    why: Why
    days: int


def chosen_of(plans: Iterable[Json]) -> dict[str, Chosen]:
    """What was agreed in CarePlans about looking again, by goal: of an action for its own goals,
    else of the whole plan. Of several days the first counts."""
    found: dict[str, Chosen] = {}
    for goal, chosen in (pair for plan in plans for pair in _chosen_in(plan)):
        held = found.get(goal)
        if held is None or _is_sooner(chosen, held):
            found[goal] = chosen
    return found


def looked_at(
    goal: Json, told: Iterable[Progress], contacts: Iterable[Contact], zone: tzinfo
) -> date | None:
    """The last day on which somebody looked at a goal: when it began or changed its standing, when
    progress was told, or at a contact about it at which what matters was read, asked or updated."""
    here = link_of(goal)
    moments = [one.when for one in told if one.goal == here]
    moments += [one.when for one in contacts if here in one.goals and one.starts_with_what_matters]
    days = [_day(moment, zone) for moment in moments]
    written = (text(goal, name) or "" for name in ("startDate", "statusDate"))
    days += [date.fromisoformat(one) for one in written if is_whole(one)]
    return max(days, default=None)


def due(
    goals: Iterable[Json],
    looked: Mapping[str, date],
    chosen: Mapping[str, Chosen],
    today: date,
) -> list[Due]:
    """The goals to look at again, the one that has waited longest first.

    looked: by goal, the last day on which somebody did. Only goals that are still open are raised,
    and only those for which the person chose a time.
    """
    raised = []
    for goal in goals:
        here = link_of(goal)
        last, choice = looked.get(here), chosen.get(here)
        if choice is None or last is None or standing(goal) not in _RAISED:
            continue
        why = _why(choice, last, today)
        if why is not None:
            raised.append(Due(here, why, (today - last).days))
    return sorted(raised, key=lambda one: -one.days)


def _why(chosen: Chosen, last: date, today: date) -> Why | None:
    if chosen.on is not None and last < chosen.on <= today:
        return Why.DAY_CHOSEN
    if chosen.after_days is not None and (today - last).days >= chosen.after_days:
        return Why.TIME_CHOSEN
    return None


def _chosen_in(plan: Json) -> Iterator[tuple[str, Chosen]]:
    if text(plan, "status") in _OVER:
        return
    own: set[str] = set()
    for activity in nodes(plan, "activity"):
        for detail in nodes(activity, "detail"):
            chosen = _chosen(extension_of(detail, REVIEW_ON))
            if chosen is not None:
                own.update(linked(detail, "goal", "Goal"))
                yield from ((goal, chosen) for goal in linked(detail, "goal", "Goal"))
    whole = _chosen(extension_of(plan, REVIEW_ON))
    if whole is not None:
        yield from ((goal, whole) for goal in linked(plan, "goal", "Goal") if goal not in own)


def _chosen(extension: Json) -> Chosen | None:
    written, words = text(extension, "valueDate"), text(extension, "valueString")
    if written is not None and is_whole(written):
        return Chosen(on=date.fromisoformat(written))
    said = words or written
    return None if said is None else Chosen(words=said)


def _is_sooner(one: Chosen, other: Chosen) -> bool:
    return one.on is not None and (other.on is None or one.on < other.on)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
