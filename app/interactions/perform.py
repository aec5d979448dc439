"""The one way in: decide, do, and make the record of it durable, whichever door the request came
by."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller
from app.access.decision import decide, may_break_glass, reach
from app.access.limits import MATCH, client_of
from app.errors import Refusal, Unavailable, Unreachable
from app.fhir.json_guard import parse
from app.fhir.labels import labels_of
from app.fhir.resource_types import RESOURCE_TYPES
from app.interactions.create import create
from app.interactions.delete import delete
from app.interactions.emergency import in_emergency
from app.interactions.history import history
from app.interactions.one_number import NumberHeld
from app.interactions.patch import patch
from app.interactions.placing import person_claimed, told_by_id, wanted
from app.interactions.read import read, vread
from app.interactions.search import search
from app.interactions.update import update
from app.interactions.validate import validate
from app.interactions.visit import Answer, Ask, Record, Touched, Visit, audit_rows
from app.store.permit import Permit
from app.store.resources import AuditRow
from app.store.unit import Unit

Interaction = Callable[[Visit], Awaitable[Answer]]

INTERACTIONS: Mapping[Act, Interaction] = MappingProxyType(
    {
        Act.READ: read,
        Act.VREAD: vread,
        Act.CREATE: create,
        Act.UPDATE: update,
        Act.PATCH: patch,
        Act.DELETE: delete,
        Act.HISTORY_INSTANCE: history,
        Act.HISTORY_TYPE: history,
        Act.HISTORY_SYSTEM: history,
        Act.SEARCH_TYPE: search,
        Act.SEARCH_SYSTEM: search,
        Act.VALIDATE: validate,
    }
)


async def perform(record: Record, caller: Caller, ask: Ask, unit: Unit | None = None) -> Answer:
    """Do what is asked, inside what this caller may do. Nothing is answered before its audit is
    durable.

    unit: inside a transaction, the unit that commits later; its audits commit with it.
    Raises a Refusal, which is audited too unless the unit is in a transaction that will be rolled
    back.
    """
    return await permitted(record, caller, ask, INTERACTIONS[ask.act], unit)


async def permitted(
    record: Record,
    caller: Caller,
    ask: Ask,
    interaction: Interaction,
    unit: Unit | None = None,
) -> Answer:
    """Run one interaction or operation inside the permit for its act."""
    now = record.now()
    unit = unit or record.store.unit()
    asked_about: list[str] = []
    purposes: Mapping[str, bytes] = {}
    try:
        permit: Permit = decide(caller, ask.act, ask.type)
        if may_break_glass(caller, ask.act):
            permit, purposes = await in_emergency(unit, caller, permit)
            if purposes:
                record.emergencies.note(caller, now)
        visit = Visit(record, unit, caller, permit, ask, now, asked_about, purposes)
        answer = await interaction(visit)
    except Refusal as refusal:
        if not unit.in_transaction:
            await audit_refusal(record, caller, ask, refusal, asked_about)
        raise
    if not answer.audited:
        await unit.audit(visit.audit(answer.touched, answer.status))
    return answer


async def audit_refusal(
    record: Record,
    caller: Caller | None,
    ask: Ask,
    refusal: Refusal,
    asked_about: Sequence[str] = (),
) -> None:
    """Make the record of a no durable. caller: None when it is not known who asks; nobody's own
    record tells of that. asked_about: the people whom the ask led to, besides the one its address
    names. While the store is out of reach there is nothing to write it in. Raises TooMany when the
    caller was told too often that a number is held."""
    if isinstance(refusal, Unreachable):
        return
    person = person_named(ask) if caller is not None else None
    claimed, labels = person_sent(record, ask) if caller is not None else (None, 0)
    named = (person, claimed, *asked_about)
    people = dict.fromkeys(one for one in named if one is not None)
    # That there was no time tells nothing of the entry, and there may be none to look for it.
    if not isinstance(refusal, Unavailable):
        labels |= await _labels(record, caller, ask)
    touched = [Touched(one, ask.type, ask.id, ask.version, labels) for one in people or (None,)]
    text = refusal.issues[0].logged or refusal.issues[0].text
    now = record.clock()
    rows = audit_rows(record, caller, ask, now, touched, refusal.status, text)
    if isinstance(refusal, NumberHeld):
        rows += _of_holders(record, caller, ask, now, refusal)
    await record.store.unit().audit(rows)
    refusal.on_record = True
    if isinstance(refusal, NumberHeld) and caller is not None:
        # It tells whether somebody has this number, as $match does.
        await record.limits.take((MATCH, client_of(caller)))


async def _labels(record: Record, caller: Caller | None, ask: Ask) -> int:
    """Of the entry asked for, where the caller may know of it: what a no to them says of it is kept
    from whom it is hidden. To whoever may not, it is as if it were not there, and so it is told."""
    if caller is None or ask.type not in RESOURCE_TYPES or ask.id is None:
        return 0
    row = await record.store.unit().read(reach(caller), wanted(ask.type, ask.id))
    return row.labels if row is not None else 0


def _of_holders(
    record: Record, caller: Caller | None, ask: Ask, now: datetime, refusal: NumberHeld
) -> tuple[AuditRow, ...]:
    """Whose number it is, is for their own log, and not for who asked: so it is no deed of
    theirs."""
    people = [Touched(one, "Patient", one) for one in refusal.people]
    unnamed = replace(ask, id=None, version=None, query="")
    rows = audit_rows(record, caller, unnamed, now, people, refusal.status, _OF_HOLDER)
    return tuple(replace(row, agent="") for row in rows)


_OF_HOLDER = "A record with this person's NHS number was not made, as theirs is here."


def person_sent(record: Record, ask: Ask) -> tuple[str | None, int]:
    """Whose record would have been written, as far as what was sent tells; and its labels."""
    if ask.act not in (Act.CREATE, Act.UPDATE):
        return None, 0
    try:
        tree = ask.tree if ask.tree is not None else parse(ask.body)
    except Refusal:
        return None, 0
    return person_claimed(tree, record.fhir_base), int(labels_of(tree))


def person_named(ask: Ask) -> str | None:
    """Whose record was asked for, as far as the address alone tells. That somebody would freeze a
    record is not for the person's own log."""
    if ask.act in (Act.FREEZE, Act.UNFREEZE):
        return None
    if ask.compartment:
        return ask.compartment
    if ask.type in RESOURCE_TYPES and ask.id:
        return told_by_id(ask.type, ask.id)
    return None
