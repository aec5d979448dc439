"""$accept-invitation and $decline-invitation: whoever was invited answers, with their own sign-in
and the code.

A code that is wrong, used, withdrawn, too old or one's own has one answer, so that trying tells
nothing. Source: fhir_profiles/OperationDefinition/accept-invitation.json
"""

from typing import Any

from app.access.caller import Role
from app.access.decision import people, permit_of_person
from app.access.limits import INVITATION
from app.errors import Forbidden, Invalid, Issue, NotFound, NotSupported
from app.fhir.json_guard import encode, parse
from app.fhir.resource_types import Json
from app.interactions.frozen import NOT_JUST_NOW
from app.interactions.parameters import only, parameters_of, place_of
from app.interactions.placing import wanted
from app.interactions.supporter_sign_in import as_supporter
from app.interactions.supporter_step import stepped, take
from app.interactions.visit import Answer, Touched, Visit, audit_rows
from app.store import supporter_invitations as store
from app.store.notices import tell
from app.store.resources import Row
from app.store.supporter_invitations import Invitation
from app.what_matters.invitation_code import digest
from app.what_matters.supporter import ACTIVE, DECLINED, INVITED, Standing, called, standing_of

_MAY = frozenset((Role.PERSON, Role.SUPPORTER))
_NO_SUCH = (
    "This code opens no invitation for this sign-in: it may be mistyped, used, taken back or too "
    "old. Ask whoever invited you to look, or for a new one."
)
_ACCEPTED, _DECLINED = Standing(ACTIVE, "accepted"), Standing(DECLINED, "declined")


async def accept_invitation(visit: Visit) -> Answer:
    """A Parameters with the supporter that this sign-in now is, and the person. Raises NotFound for
    any code that opens nothing, TooMany for who tries again and again."""
    return await _answered(visit, _ACCEPTED)


async def decline_invitation(visit: Visit) -> Answer:
    """The same for a no."""
    return await _answered(visit, _DECLINED)


async def _answered(visit: Visit, now: Standing) -> Answer:
    caller, unit = visit.caller, visit.unit
    if visit.ask.type != "RelatedPerson" or visit.ask.id is not None:
        raise NotSupported("Send this to RelatedPerson as a whole, which names nobody.")
    if caller.role not in _MAY:
        raise Forbidden("Whoever is invited answers with a sign-in of their own, as a supporter.")
    code = only(parameters_of(visit.ask, "code"), "code")
    if not code:
        raise Invalid([Issue("required", "Give the code of the invitation.", place_of("code"))])
    await visit.record.limits.take((INVITATION, caller.user))
    async with unit.transaction():
        one = await store.find(unit.session, digest(code))
        row = await _entry(visit, one) if one is not None else None
        if one is None or row is None:
            raise NotFound(_NO_SUCH)
        if (await visit.record.store.around(one.person_id)).frozen:
            raise Forbidden(NOT_JUST_NOW)
        await _settle(visit, one, row, now)
    told: list[dict[str, Any]] = [
        {"name": "supporter", "valueReference": {"reference": f"RelatedPerson/{one.supporter}"}},
        {"name": "patient", "valueReference": {"reference": f"Patient/{one.person_id}"}},
    ]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)


async def _entry(visit: Visit, one: Invitation) -> Row | None:
    """The entry that was invited, where it waits for an answer of this sign-in."""
    caller = visit.caller
    is_own = caller.user == one.made_by or (
        caller.role is Role.PERSON and one.person_id in (people(caller) or ())
    )
    permit = permit_of_person(one.person_id)
    row = await visit.unit.read(permit, wanted("RelatedPerson", one.supporter))
    if is_own or row is None or row.deleted or row.person_id != one.person_id:
        return None
    return row if standing_of(parse(row.body)).state == INVITED else None


async def _settle(visit: Visit, one: Invitation, row: Row, now: Standing) -> None:
    session, record = visit.unit.session, visit.record
    who = as_supporter(visit.caller, one.person_id, one.supporter)
    write = stepped(
        row,
        now,
        by=who.agent,
        request_id=visit.ask.request_id,
        moment=visit.now,
        fhir_base=record.fhir_base,
    )
    touched = [Touched(row.person_id, row.type, row.id, write.version, row.labels)]
    await take(visit.unit, write, audit_rows(record, who, visit.ask, visit.now, touched, 200))
    await store.settle(session, one, now.reason or "")
    if now == _ACCEPTED:
        await store.bind(session, one, visit.caller.issuer, visit.caller.subject)
    notice = _notice(parse(row.body), visit.caller.name, now)
    await tell(session, one.person_id, one.supporter, {"person": notice})


def _notice(tree: Json, signed_in_as: str | None, now: Standing) -> str:
    name = called(tree)
    if now == _DECLINED:
        return f"{name} did not accept your invitation to help you here."
    known = f', who signed in as "{signed_in_as}",' if signed_in_as else ""
    return (
        f"{name}{known} accepted your invitation, and may now see what you show them. If this is "
        "not who you meant, end it at once."
    )
