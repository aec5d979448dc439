"""What ends by itself: a supporter whose last day is over, an invitation that nobody answered.

Access ends at the moment, by the period; this writes down that it did, and tells the person.
"""

from datetime import datetime

import structlog

from app.errors import Refusal
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.interactions.visit import Record
from app.store import upkeep
from app.store.notices import tell
from app.store.supporter_invitations import Invitation, settle
from app.store.unit import Unit
from app.store.upkeep import Key
from app.upkeep.step import held_entry, in_words, stand
from app.what_matters.supporter import (
    DECLINED,
    ENDED,
    INVITED,
    Standing,
    called,
    standing_of,
)

_AT_ONCE = 200
_log = structlog.get_logger()


async def end_those_over(record: Record, now: datetime) -> int:
    """How many supporters' entries say from now on that they have ended."""
    ended, after = 0, ("", "")
    while True:
        session = record.store.database.session()
        keys = await upkeep.past_their_day(session, now, after, _AT_ONCE)
        for key in keys:
            try:
                ended += await _end(record, key, now)
            except Refusal as refusal:
                _log.warning("a supporter was not ended", reason=str(refusal))
        if len(keys) < _AT_ONCE:
            return ended
        after = keys[-1]


async def _end(record: Record, key: Key, now: datetime) -> bool:
    unit = record.store.unit()
    async with unit.transaction():
        row = await held_entry(unit, key)
        tree: Json = parse(row.body) if row is not None else {}
        last = date_range(text(node_at(tree, "period"), "end") or "")
        is_over = last is not None and last[1] < now
        if row is None or not is_over or standing_of(tree).state in (ENDED, DECLINED):
            return False
        await stand(record, unit, row, Standing(ENDED, "end-date-reached"))
        day = in_words(last[0]) if last else ""
        said = f"{called(tree)} does not help you here any more: {day} was the last day."
        await tell(unit.session, key[0], key[1], {"person": said})
    return True


async def close_invitations(record: Record, now: datetime) -> int:
    """How many invitations were too late, and are closed."""
    closed = 0
    while await _close_one(record, now):
        closed += 1
    return closed


async def _close_one(record: Record, now: datetime) -> bool:
    unit = record.store.unit()
    async with unit.transaction():
        one = await upkeep.late_invitation(unit.session, now)
        # Where somebody has the entry in hand just now, the next round comes back to it.
        if one is None or not await upkeep.hold(unit.session, (one.person_id, one.supporter)):
            return False
        await settle(unit.session, one, "expired")
        try:
            await _end_unanswered(record, unit, one)
        except Refusal as refusal:
            _log.warning("an invited supporter was not ended", reason=str(refusal))
    return True


async def _end_unanswered(record: Record, unit: Unit, one: Invitation) -> None:
    row = await held_entry(unit, (one.person_id, one.supporter))
    if row is None or standing_of(parse(row.body)).state != INVITED:
        return
    await stand(record, unit, row, Standing(ENDED, "invitation-expired"))
    said = (
        f"{called(parse(row.body))} did not answer your invitation in time. Its code does not work "
        "any more; invite them again if you like."
    )
    await tell(unit.session, one.person_id, one.supporter, {"person": said})
