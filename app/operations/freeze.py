"""$freeze and $unfreeze: a professional suspends what the person and their supporters may do with a
record, in one step, and gives it back.

Neither the reason nor the step itself is in what they may ever read.
Source: fhir_profiles/OperationDefinition/freeze.json
"""

from app.access.caller import Role
from app.errors import Conflict, Forbidden, NotFound, NotSupported
from app.fhir.json_guard import encode
from app.interactions.parameters import in_words, parameters_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit
from app.store import freezes as store
from app.store.notices import tell
from app.store.ties import people_tied

_MAY = frozenset((Role.SYSTEM, Role.PRACTITIONER, Role.ADMIN))


async def freeze(visit: Visit) -> Answer:
    """Raises NotFound for nobody, Forbidden without a lasting relationship, Conflict where it is
    frozen already."""
    return await _changed(visit, freezes=True)


async def unfreeze(visit: Visit) -> Answer:
    """The same; Conflict where it is not frozen."""
    return await _changed(visit, freezes=False)


async def _changed(visit: Visit, *, freezes: bool) -> Answer:
    person_id = visit.ask.id
    if visit.ask.type != "Patient" or person_id is None:
        raise NotSupported("This is asked of one person: Patient/[id]/$freeze.")
    if visit.caller.role not in _MAY:
        raise Forbidden("Only an organisation that looks after the person may do this.")
    found = parameters_of(visit.ask, "explanation")
    async with visit.unit.transaction():
        patient = await visit.unit.read(visit.permit, wanted("Patient", person_id))
        if patient is None or patient.deleted:
            raise NotFound(NOT_HERE)
        await require_professional(visit, person_id)
        reason = in_words(found, "explanation")
        await _change(visit, person_id, reason, freezes=freezes)
        # It names the person, but lies outside their own log.
        await visit.unit.audit(visit.audit([Touched(None, "Patient", person_id)], 200))
    return Answer(200, encode({"resourceType": "Parameters"}), audited=True)


async def require_professional(visit: Visit, person_id: str) -> None:
    """Raises Forbidden for an organisation with less than a lasting relationship."""
    agent = visit.caller.agent
    if visit.permit.party is not None and not await people_tied(
        visit.unit.session, [person_id], agent, lasting=True
    ):
        raise Forbidden(
            "This needs a lasting relationship with the person: being on their team, or looking "
            "after their record. A request for help is not enough."
        )


async def _change(visit: Visit, person_id: str, reason: str, *, freezes: bool) -> None:
    session, by = visit.unit.session, f"{visit.caller.agent} {visit.caller.user}"
    if freezes:
        id = await store.freeze(session, person_id, by, reason)
    else:
        id = await store.lift(session, person_id, by, reason)
    if id is None:
        raise Conflict("It is frozen already." if freezes else "It is not frozen.")
    done = "froze a record" if freezes else "opened a frozen record again"
    told = f'{visit.caller.name or visit.caller.agent} {done}. In their words: "{reason}".'
    await tell(session, person_id, id, {"privacy-officer": told})
