"""Floor 5: one file per FHIR `$operation`, built from the interactions below."""

from app.fhir.resource_types import RESOURCE_TYPES
from app.operations.answer_invitation import accept_invitation, decline_invitation
from app.operations.emergency_access import emergency_access
from app.operations.emergency_review import (
    emergency_access_end,
    emergency_access_list,
    emergency_access_review,
    tell_notices,
)
from app.operations.everything import everything
from app.operations.export_person import export_person
from app.operations.freeze import freeze, unfreeze
from app.operations.invite_supporter import invite_supporter
from app.operations.match import match
from app.operations.merge import merge, unmerge
from app.operations.provenance import provenance
from app.operations.quarantine import quarantine, quarantine_lift
from app.operations.who_can_see import who_can_see
from app.operations.who_has_looked import who_has_looked

_OF_PATIENT = {
    "everything": everything,
    "emergency-access": emergency_access,
    "emergency-access-end": emergency_access_end,
    "emergency-access-list": emergency_access_list,
    "emergency-access-review": emergency_access_review,
    "notices": tell_notices,
    "freeze": freeze,
    "unfreeze": unfreeze,
    "match": match,
    "quarantine": quarantine,
    "quarantine-lift": quarantine_lift,
    "merge": merge,
    "unmerge": unmerge,
    "export-person": export_person,
    "who-has-looked": who_has_looked,
    "invite-supporter": invite_supporter,
}
_OF_SUPPORTERS = {
    "accept-invitation": accept_invitation,
    "decline-invitation": decline_invitation,
}
_OF_ENTRIES = {"provenance": provenance, "who-can-see": who_can_see}
OPERATIONS = {**_OF_PATIENT, **_OF_SUPPORTERS, **_OF_ENTRIES}

_OF_PEOPLE = frozenset(row.name for row in RESOURCE_TYPES.values() if row.person)

# The types on whose resources each is offered.
TYPES_BY_OPERATION = {
    **dict.fromkeys(_OF_PATIENT, frozenset(("Patient",))),
    **dict.fromkeys(_OF_SUPPORTERS, frozenset(("RelatedPerson",))),
    **dict.fromkeys(_OF_ENTRIES, _OF_PEOPLE),
}
