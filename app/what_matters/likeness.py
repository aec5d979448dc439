"""How alike two people are, as they are written down: what $match answers by.

Likeness only ever puts candidates in order for a human being. A name, a date, an address or a
telephone is shared by twins, by father and son, by a household; so none of them, nor all together,
makes a match certain.
Grades: https://hl7.org/fhir/R4/valueset-match-grade.html
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, TypeAlias

import jellyfish
from msgspec import Struct

from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.fhir.search_text import normalise, sound
from app.what_matters.nhs_number import numbers_of, verified_numbers

Grade: TypeAlias = Literal["certain", "probable", "possible", "certainly-not"]
GRADES: Sequence[Grade] = ("certain", "probable", "possible", "certainly-not")

_FAMILY, _GIVEN, _BORN, _POSTCODE, _PHONE, _EMAIL = 0.25, 0.2, 0.3, 0.1, 0.075, 0.075
_SAME_SOUND = 0.9
_ALIKE, _NEAR = 0.9, 0.8
_TURNED, _ONE_PART_OFF = 0.7, 0.5
_MOST_BY_LIKENESS = 0.99
# Everything is compared with everything, so there is an end to how much of it.
MOST_OF_A_KIND = 5
_LONGEST = 80
_DIGITS = frozenset("0123456789")


class Traits(Struct, frozen=True):
    """What tells people apart, folded for comparison. names: (family, first given), each maybe "".
    born: a whole date. numbers: NHS numbers; verified: those of them that are."""

    names: frozenset[tuple[str, str]] = frozenset()
    born: str | None = None
    postcodes: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()


class Likeness(Struct, frozen=True):
    """score: 0 to 1, for `search.score`."""

    grade: Grade
    score: float


def traits_of(patient: Json, *, is_merged: bool = False) -> Traits:
    """The traits of a Patient that is structurally right. is_merged: as `verified_numbers` has
    it."""
    born = text(patient, "birthDate")
    return Traits(
        names=frozenset(name for one in _few(patient, "name") if any(name := _name(one))),
        born=born if born is not None and is_whole(born) else None,
        postcodes=_folded(text(one, "postalCode") for one in _few(patient, "address")),
        phones=frozenset(filter(None, map(phone, _telecom(patient, "phone", "sms")))),
        emails=_folded(_telecom(patient, "email")),
        numbers=frozenset(number for _, number in numbers_of(patient)),
        verified=verified_numbers(patient, is_merged=is_merged),
    )


def likeness(asked: Traits, held: Traits) -> Likeness:
    """How alike the one who is asked for and one who is here are. Only a number that is verified
    here, together with the whole date of birth, is certain."""
    shared = asked.numbers & held.numbers
    if shared & held.verified and asked.born is not None and asked.born == held.born:
        return Likeness("certain", 1.0)
    if asked.numbers and held.verified and not shared:
        return Likeness("certainly-not", 0.0)
    family, given = _names_alike(asked.names, held.names)
    born = dates_alike(asked.born, held.born)
    contact = is_reached_alike(asked, held)
    total = min(_MOST_BY_LIKENESS, score(asked, held))
    is_same_name = family >= _ALIKE and given >= _ALIKE
    if is_same_name and born == 1 and (contact or shared):
        return Likeness("probable", total)
    is_near_name = family >= _NEAR and given >= _NEAR
    if shared or (is_near_name and born > 0) or (is_same_name and contact):
        return Likeness("possible", total)
    return Likeness("certainly-not", total)


def score(one: Traits, other: Traits) -> float:
    """What they share, 0 to 1; the same whichever comes first."""
    family, given = _names_alike(one.names, other.names)
    return round(
        _FAMILY * family
        + _GIVEN * given
        + _BORN * dates_alike(one.born, other.born)
        + _POSTCODE * bool(one.postcodes & other.postcodes)
        + _PHONE * bool(one.phones & other.phones)
        + _EMAIL * bool(one.emails & other.emails),
        3,
    )


def is_reached_alike(one: Traits, other: Traits) -> bool:
    """Whether they share a postcode, a telephone or an e-mail address."""
    return bool(
        one.postcodes & other.postcodes or one.phones & other.phones or one.emails & other.emails
    )


def dates_alike(one: str | None, other: str | None) -> float:
    """1 for the same day, less when day and month changed places or one of the three is off."""
    if one is None or other is None:
        return 0.0
    if one == other:
        return 1.0
    if turned(one) == other:
        return _TURNED
    same = sum(a == b for a, b in zip(one.split("-"), other.split("-"), strict=True))
    return _ONE_PART_OFF if same == 2 else 0.0


def turned(born: str) -> str:
    """A whole date with day and month changed about, be it a date or not."""
    year, month, day = born.split("-")
    return f"{year}-{day}-{month}"


def is_whole(born: str) -> bool:
    """Whether a FHIR date says the day."""
    try:
        return date.fromisoformat(born).isoformat() == born
    except ValueError:
        return False


def phone(written: str) -> str:
    """The digits of a telephone number, those of the United Kingdom as they are dialled here."""
    digits = "".join(letter for letter in written if letter in _DIGITS)[:_LONGEST]
    if written.strip().startswith("+44") or digits.startswith("0044"):
        return "0" + digits.removeprefix("00").removeprefix("44").lstrip("0")
    return digits


def _names_alike(
    ones: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]
) -> tuple[float, float]:
    """Of the two names that are most alike: how alike their families and their given names are."""
    others = list(others)
    pairs = [(_alike(a, c), _alike(b, d)) for a, b in ones for c, d in others]
    return max(pairs, key=lambda pair: (pair[0] + pair[1], pair), default=(0.0, 0.0))


def _alike(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    first, second = sorted((one, other))
    alike = jellyfish.jaro_winkler_similarity(first, second)
    return max(alike, _SAME_SOUND) if sound(first) == sound(second) else alike


def _name(name: Json) -> tuple[str, str]:
    given = [one for one in name.get("given", ()) if type(one) is str]
    family = text(name, "family")
    if family is None and not given:
        words = (text(name, "text") or "").split()
        family, given = (words[-1] if words else ""), words[:-1]
    return _short(family or ""), _short(given[0] if given else "")


def _short(written: str) -> str:
    return normalise(written[:_LONGEST])


def _few(patient: Json, name: str) -> list[Json]:
    return nodes(patient, name)[:MOST_OF_A_KIND]


def _telecom(patient: Json, *systems: str) -> Iterable[str]:
    for one in _few(patient, "telecom"):
        value = text(one, "value")
        if value is not None and one.get("system") in systems:
            yield value


def _folded(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset("".join(_short(one).split()) for one in texts if one and one.strip())
