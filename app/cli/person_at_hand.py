"""Which person a command is about, and who types it, for the audit."""

import getpass

from app.access.caller import Caller, Role
from app.access.scopes import parse
from app.errors import Malformed, NotFound
from app.fhir.resource_types import DIRECTORY
from app.fhir.search_text import entry
from app.store.database import Session
from app.store.person_export import is_held, people_with

_NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


def administrator(organisation: str) -> Caller:
    """Who this is done by, in the audit: an administrator of one organisation, by their account on
    the machine."""
    return Caller(
        issuer="whatmatters person",
        client_id="whatmatters person",
        subject=getpass.getuser(),
        token_id="command line",  # noqa: S106  (there is none: whoever runs this has the database)
        expires_at=2**40,
        scopes=parse("system/*.cruds"),
        role=Role.ADMIN,
        organization=organisation,
    )


async def person_of(session: Session, given: str) -> str:
    """The key of the record that an id of a Patient or an NHS number leads to. Raises NotFound for
    nobody, Malformed where it leads to several."""
    if given != DIRECTORY and await is_held(session, given):
        return given
    digits = given.replace(" ", "")
    if len(digits) == 10 and digits.isascii() and digits.isdigit():
        found = await people_with(session, entry("identifier", f"{_NHS_NUMBER}|{digits}"))
        if len(found) > 1:
            raise Malformed("Several records have this NHS number. Give the id of the Patient.")
        if found:
            return found[0]
    raise NotFound("There is no such person here. Give the id of their Patient, or an NHS number.")
