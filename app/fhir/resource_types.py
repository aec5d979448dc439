"""The FHIR types served here, one row each. A new type is a row here, and R4's facts about it in
definitions/ and definitions_search/; there is no code for it.

Spec: https://hl7.org/fhir/R4/resourcelist.html,
https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One served type.

    person: the elements that may name the person the row belongs to, first found wins
        ("subject", "patient", "for"); empty when it never belongs to one.
    directory: the row is about no person and every signed-in caller may read it.
    read_only: only this service writes it.
    A type with neither a person found nor `directory` belongs to the organisation that wrote it.
    """

    name: str
    person: tuple[str, ...] = ()
    directory: bool = False
    read_only: bool = False


_ROWS = (
    ResourceType("Patient", person=("id",)),
    ResourceType("RelatedPerson", person=("patient",)),
    ResourceType("Practitioner", directory=True),
    ResourceType("PractitionerRole", directory=True),
    ResourceType("Organization", directory=True),
    ResourceType("Location", directory=True),
    ResourceType("HealthcareService", directory=True),
    ResourceType("CareTeam", person=("subject",)),
    ResourceType("Goal", person=("subject",)),
    ResourceType("Observation", person=("subject",)),
    ResourceType("CarePlan", person=("subject",)),
    ResourceType("ServiceRequest", person=("subject",)),
    ResourceType("Task", person=("for",)),
    ResourceType("Encounter", person=("subject",)),
    ResourceType("Communication", person=("subject",)),
    ResourceType("Questionnaire", directory=True),
    ResourceType("QuestionnaireResponse", person=("subject",)),
    ResourceType("List", person=("subject",)),
    ResourceType("Flag", person=("subject",)),
    ResourceType("Condition", person=("subject",)),
    ResourceType("Group"),
    ResourceType("Consent", person=("patient",)),
    ResourceType("Provenance", person=("target",)),
    ResourceType("AuditEvent", read_only=True),
    ResourceType("Subscription"),
    ResourceType("Basic", person=("subject",)),
)

RESOURCE_TYPES: dict[str, ResourceType] = {row.name: row for row in _ROWS}
