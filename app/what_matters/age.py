"""How old somebody is on a day, as far as their date of birth says.

Spec: https://hl7.org/fhir/R4/patient-definitions.html#Patient.birthDate
"""

from datetime import date

from app.fhir.date_ranges import date_range
from app.fhir.resource_types import Json
from app.fhir.rule import text


def is_at_least(patient: Json, years: int, on: date) -> bool | None:
    """Whether a Patient is so many years old on a day; None where the date of birth does not say.

    A date of birth that is only a year or a month is told of where any day of it would do. Somebody
    born on 29 February is a year older on 1 March in other years.
    """
    span = date_range(text(patient, "birthDate") or "")
    if span is None:
        return None
    eldest, youngest = (_age(moment.date(), on) for moment in span)
    if youngest >= years:
        return True
    return None if eldest >= years else False


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
