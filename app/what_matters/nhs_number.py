"""NHS numbers: which are ones, which this service takes, and which somebody has verified.

A check digit tells a slip of the pen from a number; it does not tell whose number it is. Only what
is marked as verified does, and nothing else ever joins or keeps apart two people.
"""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from app.errors import Issue
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, nodes, text

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
# Which numbers are taken: those given to people, those kept for tests, or either.
Kind: TypeAlias = Literal["any", "live", "test"]

_STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
_STATUS_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_VERIFIED = frozenset(("01",))
_WEIGHTS = range(10, 1, -1)
_TEN_DIGITS = re.compile("[0-9]{10}")
_KEPT_FOR_TESTS = "9"
_TEST_HERE = "This service is for tests: use a number that begins with 9, such as 999 000 0018."
_LIVE_HERE = "Numbers that begin with 9 are kept for tests, and this service is for real people."


def is_nhs_number(number: str) -> bool:
    """Ten ASCII digits, not all the same, the last of which checks the others.

    Source: NHS Data Dictionary, NHS NUMBER: weights 10 to 2, modulo 11. By that sum alone every
    number of ten equal digits would be one.
    """
    if not _TEN_DIGITS.fullmatch(number) or len(set(number)) == 1:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return (11 - total % 11) % 11 == int(number[9])


def not_taken(number: str, kind: Kind) -> str | None:
    """Why a number is not taken where these are; None when it is."""
    is_kept = number.startswith(_KEPT_FOR_TESTS)
    if kind == "test" and not is_kept:
        return _TEST_HERE
    return _LIVE_HERE if kind == "live" and is_kept else None


def numbers_not_taken(patient: Json, kind: Kind) -> list[Issue]:
    """An issue for each NHS number of a Patient that is not of the kind taken here."""
    return [
        Issue("value", said, f"Patient.identifier[{n}].value", rule="wm-nhs-number-kind")
        for n, number in numbers_of(patient)
        if (said := not_taken(number, kind)) is not None
    ]


def numbers_of(patient: Json) -> Iterator[tuple[int, str]]:
    """(place in `identifier`, number) of each NHS number that is one."""
    for n, identifier in enumerate(nodes(patient, "identifier")):
        number = text(identifier, "value")
        if identifier.get("system") == NHS_NUMBER and number and is_nhs_number(number):
            yield n, number


def is_replaced(patient: Json) -> bool:
    """Whether a Patient says that another record replaces it."""
    return any(one.get("type") == "replaced-by" for one in nodes(patient, "link"))


def verified_numbers(patient: Json, *, is_merged: bool = False) -> frozenset[str]:
    """The NHS numbers that are verified as this person's: status 01 of UK Core, not an old one,
    of a record that no other has replaced. is_merged: what replaced it is here, and is theirs."""
    if is_replaced(patient) and not is_merged:
        return frozenset()
    identifiers = nodes(patient, "identifier")
    return frozenset(
        number
        for n, number in numbers_of(patient)
        if identifiers[n].get("use") != "old" and _is_verified(identifiers[n])
    )


def _is_verified(identifier: Json) -> bool:
    return any(
        has_coding(extension, "valueCodeableConcept", _STATUS_CODES, _VERIFIED)
        for extension in nodes(identifier, "extension")
        if extension.get("url") == _STATUS
    )
