"""Floor 5: one file per FHIR `$operation`, built from the interactions below."""

from app.fhir.resource_types import RESOURCE_TYPES
from app.operations.everything import everything
from app.operations.provenance import provenance
from app.operations.who_can_see import who_can_see
from app.operations.who_has_looked import who_has_looked

OPERATIONS = {
    "everything": everything,
    "provenance": provenance,
    "who-can-see": who_can_see,
    "who-has-looked": who_has_looked,
}

_OF_PEOPLE = frozenset(row.name for row in RESOURCE_TYPES.values() if row.person)

# The types on whose resources each is offered.
TYPES_BY_OPERATION = {
    "everything": frozenset(("Patient",)),
    "who-has-looked": frozenset(("Patient",)),
    "provenance": _OF_PEOPLE,
    "who-can-see": _OF_PEOPLE,
}
