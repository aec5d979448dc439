"""Whose record a caller may reach: the people clause of a permit.

So far, every partner organisation may see every person, and a person themselves alone.
Spec: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from app.access.caller import Caller, Role


def people(caller: Caller) -> tuple[str, ...] | None:
    """The only people whose rows the caller may see; None = every person, () = nobody."""
    match caller.role:
        case Role.SYSTEM | Role.PRACTITIONER | Role.ADMIN | Role.PRIVACY_OFFICER:
            return None
        case Role.PERSON if caller.person:
            return (caller.person,)
        case _:
            return ()
