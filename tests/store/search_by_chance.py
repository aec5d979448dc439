"""Small worlds and callers, made by chance and crowded enough that most searches find something."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias, TypeVar

from msgspec import structs

from app.fhir.indexed import BEGINNING, END, DateRow, IndexValues, NumberRow, StringRow
from app.fhir.resource_types import DIRECTORY
from app.store.permit import Permit
from tests.store.search_world import ALL_TYPES, EVERYONE, NOW, Stored

PEOPLE = ("p1", "p2", "p3")
GOALS = ("g1", "g2", "g3", "g4")
ORGANIZATIONS = ("o1", "o2", "o3")
SYSTEMS = ("http://s1", "http://s2")
CODES = ("a", "b", "c")
TEXTS = ("ann", "anna", "bo", "an nabel", "\uffff", "a\U0010ffff", "\ud7ff", "\ue000")
URIS = ("http://x/a", "http://x/a/b", "http://x/ab", "http://y")
DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
DAY = timedelta(days=1) - timedelta(microseconds=1)
NUMBERS = [Decimal(text) for text in ("-1.1", "-1", "0", "0.95", "1", "1.04", "1.05", "1.1", "2")]
Unit: TypeAlias = tuple[str | None, str | None, str | None]
UNITS: tuple[Unit, ...] = (
    (None, None, None),
    ("http://u", "kg", "kilo"),
    ("http://u", "g", "kg"),
    (None, None, "kg"),
)

Thing = TypeVar("Thing")


def some(chance: Random, things: Sequence[Thing], most: int = 2) -> list[Thing]:
    return chance.sample(things, chance.randint(0, most))


def times(chance: Random, make: Callable[[Random], Thing], least: int = 0) -> list[Thing]:
    return [make(chance) for _ in range(chance.randint(least, 2))]


def coding(chance: Random) -> tuple[str | None, str]:
    return chance.choice((*SYSTEMS, None)), chance.choice(CODES)


def forms(code: str, system: str | None, value: str) -> list[str]:
    """The entries of one coding or identifier."""
    if system is None:
        return [f"{code}=|{value}", f"{code}={value}"]
    return [f"{code}={system}|{value}", f"{code}={value}", f"{code}={system}|"]


def span(chance: Random) -> tuple[datetime, datetime]:
    one, other = chance.choice(DAYS), chance.choice(DAYS)
    whole = (one, one + DAY)
    return chance.choice(
        (whole, whole, (min(one, other), max(one, other)), (BEGINNING, one), (one, END))
    )


def range_of_numbers(chance: Random) -> tuple[Decimal | None, Decimal | None]:
    one, other = chance.choice(NUMBERS), chance.choice(NUMBERS)
    whole = (one, one)
    return chance.choice(
        (whole, whole, (min(one, other), max(one, other)), (None, one), (one, None))
    )


def _token(chance: Random, found: IndexValues, code: str) -> None:
    for system, value in times(chance, coding):
        found.tokens += forms(code, system, value)
    found.strings += [StringRow(f"{code}:text", t, t.upper()) for t in some(chance, TEXTS, 1)]


def _date(chance: Random, found: IndexValues, code: str) -> None:
    found.dates += [DateRow(code, *low_high) for low_high in times(chance, span)]


def _number(chance: Random, found: IndexValues, code: str) -> None:
    for low, high in times(chance, range_of_numbers):
        found.numbers.append(NumberRow(code, low, high, *chance.choice(UNITS)))


def _string(chance: Random, found: IndexValues, code: str) -> None:
    found.strings += [StringRow(code, text, text.upper()) for text in some(chance, TEXTS)]


def _uri(chance: Random, found: IndexValues, code: str) -> None:
    for uri in some(chance, URIS, 1):
        found.tokens.append(f"{code}={uri}")
        found.strings.append(StringRow(code, uri, uri))


_ADDED = {"token": _token, "date": _date, "number": _number, "string": _string, "uri": _uri}
_INDEXED = {
    "Patient": (("name", "string"), ("birthdate", "date"), ("identifier", "token")),
    "Goal": (("lifecycle-status", "token"), ("target-date", "date"), ("category", "token")),
    "Observation": (
        ("code", "token"),
        ("date", "date"),
        ("value-quantity", "number"),
        ("value-concept", "token"),
        ("value-string", "string"),
        ("chance", "number"),
    ),
    "Organization": (("name", "string"), ("_tag", "token")),
    "List": (("code", "token"),),
    "Questionnaire": (("url", "uri"), ("date", "date")),
    "AuditEvent": (("action", "token"),),
}
_IDS = {
    "Patient": PEOPLE,
    "Goal": GOALS,
    "Observation": ("b1", "b2", "b3", "b4", "b5", "b6"),
    "Organization": ORGANIZATIONS,
    "List": ("l1", "l2"),
    "Questionnaire": ("q1", "q2", "q3"),
    "AuditEvent": ("e1", "e2", "e3", "e4"),
}


def components(chance: Random, found: IndexValues) -> None:
    """Components of an Observation, as its composites have them."""
    for system, value in times(chance, coding):
        low_high, unit = range_of_numbers(chance), chance.choice(UNITS)
        for composite in ("component-code-value-quantity", "combo-code-value-quantity"):
            for form in (f"{system or ''}|{value}", value):
                found.numbers.append(NumberRow(composite, *low_high, *unit, form))
        other = chance.choice(CODES)
        for composite in ("component-code-value-concept", "combo-code-value-concept"):
            found.tokens += [f"{composite}={value}${other}", f"{composite}=|{value}${other}"]


def row(chance: Random, type_name: str, id_: str) -> Stored:
    """One row of a type; what is about a person lies with that person."""
    index = IndexValues()
    for code, kind in _INDEXED[type_name]:
        _ADDED[kind](chance, index, code)
    person = _LINKED[type_name](chance, index, id_)
    deleted = type_name != "AuditEvent" and chance.random() < 0.1
    return Stored(
        person,
        type_name,
        id_,
        () if deleted else tuple(dict.fromkeys(index.tokens)),
        IndexValues() if deleted else index,
        NOW - timedelta(days=chance.randint(0, 3)),
        deleted,
        chance.choice(("Organization/o1", "Organization/o2")),
        chance.choice(("Organization/o1", "Organization/o2")),
    )


def _patient(chance: Random, index: IndexValues, id_: str) -> str:
    index.tokens += [f"organization=Organization/{o}" for o in some(chance, ORGANIZATIONS, 1)]
    index.tokens += some(chance, ["identifier:of-type=http://t|MR|a"], 1)
    return id_


def _directory(_chance: Random, _index: IndexValues, _id: str) -> str:
    return DIRECTORY


def _subject(chance: Random, index: IndexValues, _id: str) -> str:
    person = chance.choice(PEOPLE)
    index.tokens += [f"subject=Patient/{person}", f"patient=Patient/{person}"]
    return person


def _observation(chance: Random, index: IndexValues, id_: str) -> str:
    index.tokens += [f"performer=Patient/{person}" for person in some(chance, PEOPLE, 1)]
    index.tokens += [f"focus=Goal/{goal}" for goal in some(chance, GOALS)]
    index.tokens += some(chance, ["focus=Goal/g1/_history/2", "focus:identifier=a"])
    components(chance, index)
    return _subject(chance, index, id_)


def _list(chance: Random, index: IndexValues, id_: str) -> str:
    names = [*(f"Goal/{goal}" for goal in GOALS), *(f"Patient/{person}" for person in PEOPLE)]
    index.tokens += [f"item={name}" for name in some(chance, names, 5)]
    return DIRECTORY if chance.random() < 0.3 else _subject(chance, index, id_)


def _audit_event(chance: Random, index: IndexValues, _id: str) -> str:
    index.strings.clear()
    person = chance.choice(PEOPLE)
    index.tokens += some(chance, [f"patient=Patient/{person}"], 1)
    # What an AuditEvent is about lies with the same person, so here there is one world of goals.
    index.tokens += [f"entity=Goal/{goal}" for goal in some(chance, GOALS)]
    return person


_LINKED: dict[str, Callable[[Random, IndexValues, str], str]] = {
    "Patient": _patient,
    "Goal": _subject,
    "Observation": _observation,
    "Organization": _directory,
    "List": _list,
    "Questionnaire": _directory,
    "AuditEvent": _audit_event,
}


def world(chance: Random) -> list[Stored]:
    """Most of the rows there may be, of every type."""
    rows = [
        row(chance, type_name, id_)
        for type_name, ids in _IDS.items()
        for id_ in ids
        if chance.random() < 0.9
    ]
    person_by_goal = {f"entity=Goal/{one.id}": one.person_id for one in rows if one.type == "Goal"}
    return [_kept_apart(one, person_by_goal) for one in rows]


def _kept_apart(one: Stored, person_by_goal: dict[str, str]) -> Stored:
    """An AuditEvent without what is about somebody else."""
    if one.type != "AuditEvent":
        return one
    kept = [t for t in one.tokens if person_by_goal.get(t, one.person_id) == one.person_id]
    return replace(one, tokens=tuple(kept))


def permit(chance: Random) -> Permit:
    """Callers who see all, or some types, some people, or entries with some code."""
    if chance.random() < 0.4:
        return EVERYONE
    one_code = (("Observation", (("code=a",), ("code=http://s1|b", "code=b"))),)
    left_out = some(chance, ("Patient", "Goal", "Observation", "List", "Organization"), 1)
    return structs.replace(
        EVERYONE,
        types=ALL_TYPES - set(left_out),
        people=chance.choice((None, None, ("p1",), ("p2", "p3"), ())),
        constraints=chance.choice(((), (), one_code, (("Goal", ()),))),
        audit=chance.choice(("all", "own", "about", "none")),
    )
