"""Goals that nobody has looked at for the time that the person chose are raised for review.

Spec: fhir_profiles/StructureDefinition/review-on.json
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, number, text
from app.what_matters.contact import Contact
from app.what_matters.goal import Standing, standing
from app.what_matters.likeness import is_whole
from app.what_matters.links import extension_of, link_of, linked
from app.what_matters.naming import moment_of
from app.what_matters.progress import Progress

REVIEW_ON = f"{BASE}/StructureDefinition/review-on"
UCUM = "http://unitsofmeasure.org"
# As UCUM has them, its months and years are means: https://ucum.org/ucum
_DAYS_BY_UNIT = {
    "d": Decimal(1),
    "wk": Decimal(7),
    "mo": Decimal("30.4375"),
    "a": Decimal("365.25"),
}
_LONGEST = Decimal(10_000)
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


def chosen_of(plans: Iterable[Json], goals: Iterable[Json] = ()) -> dict[str, Chosen]:
    """What was said about looking again, by goal: of the goal itself; else what was agreed in
    CarePlans, of an action for its own goals, or of the whole plan. Of several days, and of several
    times, the first counts."""
    found: dict[str, Chosen] = {}
    for goal, chosen in (pair for plan in plans for pair in _chosen_in(plan)):
        found[goal] = _first(found[goal], chosen) if goal in found else chosen
    own = ((link_of(goal), _chosen(extension_of(goal, REVIEW_ON))) for goal in goals)
    return found | {goal: chosen for goal, chosen in own if chosen is not None}


def looked_at(
    goal: Json, told: Iterable[Progress], contacts: Iterable[Contact], zone: tzinfo
) -> date | None:
    """The last day on which somebody looked at a goal: when it began or changed its standing, when
    progress was told, or at a contact about it at which what matters was read, asked or updated;
    where no day is told, when it was written."""
    here = link_of(goal)
    moments = [one.when for one in told if one.goal == here]
    moments += [one.when for one in contacts if here in one.goals and one.starts_with_what_matters]
    days = [_day(moment, zone) for moment in moments]
    written = (text(goal, name) or "" for name in ("startDate", "statusDate"))
    days += [date.fromisoformat(one) for one in written if is_whole(one)]
    stored = moment_of(text(node_at(goal, "meta"), "lastUpdated"))
    return max(days, default=None if stored is None else _day(stored, zone))


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
    days = _days(node_at(extension, "valueDuration"))
    if days is not None:
        return Chosen(after_days=days)
    said = words or written
    return None if said is None else Chosen(words=said)


def _days(duration: Json) -> int | None:
    """A time in whole days; None where it is none, or is only about so long."""
    length = number(duration, "value")
    unit = _DAYS_BY_UNIT.get(text(duration, "code") or "")
    if length is None or length <= 0 or unit is None or "comparator" in duration:
        return None
    return max(1, int(min(length, _LONGEST) * unit)) if duration.get("system") == UCUM else None


def _first(one: Chosen, other: Chosen) -> Chosen:
    on = min(filter(None, (one.on, other.on)), default=None)
    after_days = min(filter(None, (one.after_days, other.after_days)), default=None)
    is_known = on is not None or after_days is not None
    return Chosen(on, after_days, "" if is_known else one.words or other.words)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
