"""Synthetic NHS numbers, and people who have them, for tests."""

import secrets
from typing import Any

from app.what_matters.nhs_number import NHS_NUMBER, is_nhs_number

Json = dict[str, Any]

_STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"


def new_number() -> str:
    """One that begins with 999, chosen by chance; no other test has it, as good as surely."""
    while True:
        nine = f"999{secrets.randbelow(1_000_000):06}"
        for last in range(10):
            if is_nhs_number(f"{nine}{last}"):
                return f"{nine}{last}"


def identifier(number: str, status: str | None = "01") -> Json:
    """status: of UK Core's list; None says nothing of it."""
    made: Json = {"system": NHS_NUMBER, "value": number}
    if status is not None:
        concept = {"coding": [{"system": _CODES, "code": status}]}
        made["extension"] = [{"url": _STATUS, "valueCodeableConcept": concept}]
    return made


def patient(number: str | None = None, status: str | None = "01", **rest: Any) -> Json:
    body: Json = {"resourceType": "Patient", **rest}
    return body if number is None else {**body, "identifier": [identifier(number, status)]}
