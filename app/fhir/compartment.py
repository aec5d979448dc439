"""The Patient compartment: which parameters make a resource a member of it.

Spec: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from collections.abc import Mapping

_PARAMETERS_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "AuditEvent": ("patient",),
    "Basic": ("patient", "author"),
    "CarePlan": ("patient", "performer"),
    "CareTeam": ("patient", "participant"),
    "Communication": ("subject", "sender", "recipient"),
    "Condition": ("patient", "asserter"),
    "Consent": ("patient",),
    "Encounter": ("patient",),
    "Flag": ("patient",),
    "Goal": ("patient",),
    "Group": ("member",),
    "List": ("subject", "source"),
    "Observation": ("subject", "performer"),
    "Patient": ("link",),
    "Provenance": ("patient",),
    "QuestionnaireResponse": ("subject", "author"),
    "RelatedPerson": ("patient",),
    "ServiceRequest": ("subject", "performer"),
}


def parameters_of(type_name: str) -> tuple[str, ...]:
    """The parameters of which any, leading to the Patient, makes a resource of this type a member.

    Empty for a type outside the compartment; R4 leaves Task out. The Patient is a member itself.
    """
    return _PARAMETERS_BY_TYPE.get(type_name, ())
