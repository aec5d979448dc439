"""Queries over the worlds of `search_by_chance`."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

from app.fhir.search_parameters import SearchParameter, parameter
from app.fhir.search_query import (
    Chain,
    Clause,
    CompositeValue,
    DateValue,
    Has,
    Include,
    InList,
    Match,
    MissingValue,
    NumberValue,
    Query,
    ReferenceValue,
    Sort,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from tests.store.search_by_chance import (
    CODES,
    DAY,
    DAYS,
    GOALS,
    PEOPLE,
    SYSTEMS,
    TEXTS,
    URIS,
    some,
    times,
)
from tests.store.search_world import NOW

_PREFIXES = ("eq", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


def the(base: str, code: str) -> SearchParameter:
    """A served parameter, or one made up where R4 has none of the kind."""
    if code == "chance":
        return SearchParameter(base, code, "number", f"{base}.chance")
    found = parameter(base, code)
    assert found is not None
    return found


def token(chance: Random) -> TokenValue:
    if chance.random() < 0.2:
        return TokenValue(chance.choice(SYSTEMS), None)
    return coded(chance)


def coded(chance: Random) -> TokenValue:
    return TokenValue(chance.choice((None, None, "", *SYSTEMS)), chance.choice(CODES))


def date(chance: Random) -> DateValue:
    day = chance.choice([*DAYS, *DAYS, NOW, NOW - timedelta(days=1)])
    return DateValue(
        chance.choice(_PREFIXES), day, day + chance.choice([DAY, timedelta(), 2 * DAY])
    )


def number(chance: Random) -> NumberValue:
    value = Decimal(chance.choice(("0", "1", "-1", "1.0")))
    half = Decimal(chance.choice(("0.5", "0.05")))
    return NumberValue(chance.choice(_PREFIXES), value, value - half, value + half)


def quantity(chance: Random) -> NumberValue:
    plain = number(chance)
    units = ((None, None), ("http://u", "kg"), ("http://u", None), ("", "kg"), (None, "g"))
    system, code = chance.choice(units)
    return NumberValue(plain.prefix, plain.value, plain.low, plain.high, system, code)


def string(chance: Random) -> StringValue:
    text = chance.choice((*TEXTS, "a", "an", "n", ""))
    return StringValue(text.upper(), text)


def uri(chance: Random) -> UriValue:
    return UriValue(chance.choice((*URIS, "http://x/a/b/c")))


_VALUES: dict[str, Callable[[Random], Value]] = {
    "token": token,
    "date": date,
    "number": number,
    "quantity": quantity,
    "string": string,
    "uri": uri,
}
_MODIFIERS: dict[str, tuple[str | None, ...]] = {
    "token": (None, None, "not", "in", "not-in", "text"),
    "string": (None, "exact", "contains"),
    "uri": (None, "below", "above"),
}
_PLAIN = {
    "Patient": ("name", "birthdate", "identifier", "_id", "_lastUpdated"),
    "Goal": ("lifecycle-status", "target-date", "category", "_id", "_lastUpdated"),
    "Observation": (
        *("code", "date", "value-quantity", "value-concept", "value-string", "chance"),
        "_id",
    ),
    "Organization": ("name", "_tag", "_lastUpdated", "_id"),
    "List": ("code", "_id", "_lastUpdated"),
    "Questionnaire": ("url", "date", "_id"),
    "AuditEvent": ("action", "date", "_id", "_lastUpdated"),
}
_COMPOSITES = (
    "code-value-quantity",
    "component-code-value-quantity",
    "combo-code-value-quantity",
    "code-value-concept",
    "component-code-value-concept",
    "combo-code-value-concept",
    "code-value-string",
)
_PERSONS = (ReferenceValue("Patient", "p1"), ReferenceValue(None, "p2"))
_GOALS = (ReferenceValue("Goal", "g1"), ReferenceValue(None, "g2"))
_REFERENCES: dict[str, dict[str, tuple[ReferenceValue, ...]]] = {
    "Goal": {"patient": _PERSONS, "subject": _PERSONS},
    "Observation": {
        "patient": _PERSONS,
        "performer": _PERSONS,
        "focus": (*_GOALS, ReferenceValue(None, None, "Goal/g1/_history/2")),
    },
    "AuditEvent": {"patient": _PERSONS, "entity": _GOALS},
    "List": {"item": _GOALS, "subject": _PERSONS},
}
_FORWARD = {
    "Patient": (("organization", "Organization"),),
    "Goal": (("subject", "Patient"), ("patient", "Patient")),
    "Observation": (("focus", "Goal"), ("performer", "Patient"), ("subject", "Patient")),
    "List": (("item", "Goal"), ("item", "Patient")),
    "AuditEvent": (("patient", "Patient"), ("entity", "Goal")),
}
_BACKWARD = {
    "Patient": (
        ("Goal", "patient"),
        ("Observation", "performer"),
        ("List", "item"),
        ("AuditEvent", "patient"),
    ),
    "Goal": (("Observation", "focus"), ("List", "item"), ("AuditEvent", "entity")),
    "Organization": (("Patient", "organization"),),
}


def plain_match(chance: Random, type_name: str) -> Match:
    """One plain parameter of a type, under any of its modifiers."""
    searched = the(type_name, chance.choice(_PLAIN[type_name]))
    if chance.random() < 0.15:
        return missing(chance, searched)
    if searched.code == "_id":
        ids = chance.sample([*GOALS, *PEOPLE, "b1", "b2", "e1", "o1", "q1"], 4)
        return Match(searched, None, tuple(TokenValue(None, id_) for id_ in ids))
    if searched.code == "identifier" and chance.random() < 0.3:
        return Match(searched, "of-type", (TokenValue("http://t", "a", "MR"),))
    modifier = chance.choice(_MODIFIERS.get(searched.type, (None,)))
    kind = "string" if modifier == "text" else searched.type
    return Match(searched, modifier, tuple(times(chance, _VALUES[kind], 1)))


def missing(chance: Random, searched: SearchParameter) -> Match:
    return Match(searched, "missing", (MissingValue(chance.random() < 0.5),))


def composite_match(chance: Random) -> Match:
    searched = the("Observation", chance.choice(_COMPOSITES))
    if chance.random() < 0.15:
        return missing(chance, searched)
    other: dict[str, Callable[[Random], Value]] = {
        "quantity": quantity,
        "concept": coded,
        "string": string,
    }
    make = other[searched.code.rpartition("-")[2]]
    values = times(chance, lambda c: CompositeValue((coded(c), make(c))), 1)
    return Match(searched, None, tuple(values))


def reference_match(chance: Random, type_name: str) -> Match:
    by_code = _REFERENCES[type_name]
    searched = the(type_name, chance.choice(sorted(by_code)))
    if chance.random() < 0.1:
        return missing(chance, searched)
    if chance.random() < 0.1:
        return Match(searched, "identifier", (TokenValue(None, "a"),))
    values = times(chance, lambda c: c.choice(by_code[searched.code]), 1)
    return Match(searched, None, tuple(values))


def clause(chance: Random, type_name: str, depth: int = 2) -> Clause:
    """Any clause about a type."""
    kinds = ["plain", "plain"]
    kinds += ["composite"] * (type_name == "Observation")
    kinds += ["reference"] * (type_name in _REFERENCES)
    kinds += ["chain"] * (type_name in _FORWARD and depth > 0)
    kinds += ["has"] * (type_name in _BACKWARD and depth > 0)
    kinds += ["list"] * (type_name in ("Goal", "Patient"))
    kind = chance.choice(kinds)
    if kind == "composite":
        return composite_match(chance)
    if kind == "reference":
        return reference_match(chance, type_name)
    if kind == "chain":
        code, target = chance.choice(_FORWARD[type_name])
        return Chain(the(type_name, code), ((target, clause(chance, target, depth - 1)),))
    if kind == "has":
        source, code = chance.choice(_BACKWARD[type_name])
        return Has(source, the(source, code), clause(chance, source, depth - 1))
    if kind == "list":
        return InList(chance.choice(("l1", "l2")))
    return plain_match(chance, type_name)


def query(chance: Random) -> Query:
    """A search of one type, or of several by what every type has."""
    clauses: list[Clause]
    compartment = "p1" if chance.random() < 0.15 else None
    if chance.random() < 0.1:
        types: tuple[str, ...] = ("Goal", "Observation", "Patient")
        clauses = times(chance, lambda c: Match(the("Resource", "_lastUpdated"), None, (date(c),)))
        codes = ["_lastUpdated", "_id"]
    else:
        types = (chance.choice(sorted(_PLAIN)),)
        number = chance.choice((0, 1, 1, 2))
        clauses = [clause(chance, types[0]) for _ in range(number)]
        codes = [*_PLAIN[types[0]], *_REFERENCES.get(types[0], ())]
    base = types[0] if len(types) == 1 else "Resource"
    sorts = [Sort(the(base, code), chance.random() < 0.5) for code in some(chance, codes)]
    return Query(types, tuple(clauses), (), tuple(sorts), total="accurate", compartment=compartment)


_INCLUDES = (
    ("Goal", "subject", None, False),
    ("Observation", "focus", None, False),
    ("Observation", "focus", "Goal", False),
    ("Observation", None, None, False),
    ("Patient", "organization", None, False),
    ("List", "item", "Patient", False),
    ("AuditEvent", "entity", None, False),
    ("Observation", "focus", None, True),
    ("Goal", "patient", "Patient", True),
    ("Observation", None, None, True),
    ("List", "item", None, True),
    ("AuditEvent", "entity", None, True),
)


def includes(chance: Random) -> tuple[Include, ...]:
    """Some includes, either way and repeated or not."""
    return tuple(
        Include(
            source,
            None if code is None else the(source, code),
            target,
            chance.random() < 0.5,
            reverse,
        )
        for source, code, target, reverse in some(chance, _INCLUDES, 4)
    )
