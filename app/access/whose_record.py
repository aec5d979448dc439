"""From what a provider proved of somebody to our Caller: whose record it is, for which
organisation.

Source: docs/decisions/0024-people-sign-in-elsewhere.md
"""

from collections.abc import Sequence

from msgspec import Struct

from app.access import claim_reading
from app.access.caller import Caller, Role
from app.access.code_flow import Proof
from app.access.compact import Claims
from app.access.token_claims import caller_of
from app.access.token_form import refused
from app.errors import Forbidden
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.store import accounts
from app.store.accounts import Found
from app.store.database import Session
from app.store.links import survivors
from app.what_matters.nhs_number import NHS_NUMBER, is_nhs_number, verified_numbers

ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"

_ASK = "Ask your surgery, or whoever runs this service."
_NOT_HERE = f"There is no record here that is surely yours. {_ASK}"
_ANOTHER = (
    "This sign-in belongs to a record that has another NHS number now, or is not here any more. "
    f"Nothing was changed. {_ASK}"
)
_TAKEN = (
    "Your record belongs to another sign-in of the same kind. If you have made a new one, the old "
    f"one has to be taken off first. {_ASK}"
)


class Known(Struct, frozen=True):
    """Who signed in. organization_name: of the Organization they are here for, where it says."""

    caller: Caller
    organization_name: str | None


async def known(session: Session, proof: Proof, token_id: str) -> Known:
    """session: in a transaction, for an account may be tied. token_id: what the audit calls this
    sign-in. Raises Unauthenticated or Forbidden."""
    said = claim_reading.of_sign_in(
        proof.issuer.rules, proof.id_token, proof.userinfo, proof.issuer.name
    )
    if said.get("role") == Role.SYSTEM:
        raise Forbidden("A program does not sign in at a page. It does at /oauth/token.")
    subject = str(proof.id_token["sub"])
    said |= {"client_id": proof.provider.client_id, "sub": subject, "jti": token_id}
    said.pop("auth_time", None)  # userinfo is not signed, and opens no emergency
    if "auth_time" in proof.id_token:
        said["auth_time"] = proof.id_token["auth_time"]
    name = None
    if said.get("role") in (Role.PERSON, Role.SUPPORTER):
        said["patient"] = await _patient(session, proof.issuer.name, subject, said)
    else:
        said.pop("patient", None)  # staff are here for no one person
        said["organization"], name = await _organization(session, said)
    return Known(caller_of(proof.issuer, said, 0), name)


async def _patient(session: Session, issuer: str, subject: str, said: Claims) -> str:
    if "nhs_number" in said:
        number, born = str(said["nhs_number"]), str(said["birthdate"])
        return await _by_number(session, issuer, subject, number, born)
    id = said.get("patient")
    if not isinstance(id, str) or await accounts.patient(session, id) is None:
        raise Forbidden(_NOT_HERE)
    return id


async def _by_number(session: Session, issuer: str, subject: str, number: str, born: str) -> str:
    """The Patient that this account is tied to, or is tied to now."""
    tied = await accounts.tied_to(session, issuer, subject)
    if tied is not None:
        found = await accounts.patient(session, tied)
        if found is None or not await _holding(session, [found], number):
            raise Forbidden(_ANOTHER)
        return tied
    day = date_range(born)
    if day is None or not is_nhs_number(number):
        raise refused("What NHS login says of your number or date of birth is not in order.")
    alike = await accounts.patients_born(session, [f"identifier={NHS_NUMBER}|{number}"], day)
    sure = await _holding(session, alike, number)
    if len(sure) != 1:
        raise Forbidden(_NOT_HERE)
    is_new = await accounts.tie(session, issuer, subject, sure[0])
    # Another browser of theirs may have been first.
    if not is_new and await accounts.tied_to(session, issuer, subject) != sure[0]:
        raise Forbidden(_TAKEN)
    return sure[0]


async def _holding(session: Session, found: Sequence[Found], number: str) -> list[str]:
    """The ids of those whose verified number this is. Who was merged has it still, and is both,
    unless the record that is in use took it over."""
    merged = await survivors(session, [one.id for one in found])
    holding = [
        one.id
        for one in found
        if number in verified_numbers(parse(one.body), is_merged=one.id in merged)
    ]
    return [id for id in holding if merged.get(id) not in holding]


async def _organization(session: Session, said: Claims) -> tuple[str, str | None]:
    """The one active Organization of this id or ODS code, and its name."""
    id, code = said.get("organization"), said.get("organization_code")
    found = await accounts.organizations(
        session,
        [id] if isinstance(id, str) else [],
        [f"identifier={ODS_CODE}|{code}"] if isinstance(code, str) else [],
    )
    active = [(one.id, body) for one in found if _is_active(body := parse(one.body))]
    if len(active) != 1:
        raise Forbidden(
            "The organisation you signed in for is not in this record's directory, or is there "
            "twice. Ask whoever runs this service."
        )
    [(only, body)] = active
    name = body.get("name")
    return only, name if isinstance(name, str) else None


def _is_active(organization: Json) -> bool:
    return organization.get("active") is not False
