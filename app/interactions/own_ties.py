"""Nobody lets themselves in, nor gives another what they have not got: a tie that lasts is written
by who has a lasting one, a request for help is handed on by who has any.

Source: docs/decisions/0015-access-is-one-clause.md
"""

from collections.abc import Iterable, Sequence

from app.access.caller import Role
from app.access.relationship import rights_of
from app.errors import Forbidden
from app.fhir.json_guard import parse
from app.fhir.resource_types import DIRECTORY
from app.interactions.visit import Visit
from app.store.resources import Row, Write
from app.store.rights import Right
from app.store.ties import people_tied, tied_by
from app.what_matters.links import linked
from app.what_matters.supporter import REVIEW_AGREED, standing_of

_LASTING = frozenset(("Patient", "CareTeam", "RelatedPerson"))
_REFUSED = (
    "Who is on a person's team, who is their practice and who helps them is said by the person, "
    "or by an organisation that is on the team. Nor does an organisation ask itself to help."
)
_NOT_HANDED_ON = (
    "A request for help is given to an organisation by one that has a relationship with the "
    "person, or by the person."
)
_NOT_A_SUPPORTERS = (
    "A supporter's token gives no organisation a way in: who sees the record is the person's to "
    "say. Leave out who is to do it, and the team can take it up."
)


def ties_given(write: Write, before: Row | None, fhir_base: str) -> set[Right]:
    """The ties that a version gives and the one it replaces did not."""
    given = {one for one in write.rights or () if one.tie}
    if not given or before is None or before.deleted:
        return given
    return given - set(rights_of(parse(before.body), before.author, fhir_base))


async def refuse_own_ties(visit: Visit, writes: Sequence[tuple[Write | None, Row | None]]) -> None:
    """writes: each with the version it replaces. Raises Forbidden."""
    if visit.permit.party is None:
        return
    agent, base = visit.caller.agent, visit.record.fhir_base
    giving = [
        (write, given)
        for write, before in writes
        if write is not None
        and write.person_id != DIRECTORY
        and ((given := ties_given(write, before, base)) or _agrees(write, before))
    ]
    # Whoever writes who the person is, in the same transaction, is tied by that.
    made = {
        write.person_id
        for write, before in writes
        if write is not None and write.type == "Patient" and before is None
    }
    giving = [(write, given) for write, given in giving if write.person_id not in made]
    if giving and visit.caller.role is Role.SUPPORTER:
        if all([await _asks_again(visit, write, given) for write, given in giving]):
            return
        raise Forbidden(_NOT_A_SUPPORTERS)
    lasting = {write.person_id for write, given in giving if _lasts(write, given, agent)}
    await _require_tie(visit, lasting, _REFUSED, lasting=True)
    others = {write.person_id for write, _ in giving} - lasting
    await _require_tie(visit, others, _NOT_HANDED_ON, lasting=False)


async def _asks_again(visit: Visit, write: Write, given: Iterable[Right]) -> bool:
    """Whether it is a step of a request for help that is open, and asks nobody but those whom the
    request itself lets in already."""
    focus = linked(parse(write.body), "focus", "ServiceRequest") if write.type == "Task" else []
    if len(focus) != 1:
        return False
    request = focus[0].partition("/")[2]
    tied = await tied_by(visit.unit.session, write.person_id, "ServiceRequest", request)
    return tied.issuperset(one.actor for one in given)


def _agrees(write: Write, before: Row | None) -> bool:
    """Whether it says that somebody was looked at, and may go on helping: by that it gives what a
    tie gives, if later."""
    if write.type != "RelatedPerson" or write.deleted:
        return False
    now = standing_of(parse(write.body))
    was = standing_of(parse(before.body)) if before is not None and not before.deleted else None
    return now != was and now.reason == REVIEW_AGREED


def _lasts(write: Write, given: Iterable[Right], agent: str) -> bool:
    return write.type in _LASTING or any(one.actor == agent for one in given)


async def _require_tie(visit: Visit, people: set[str], refused: str, *, lasting: bool) -> None:
    if not people:
        return
    agent = visit.caller.agent
    tied = await people_tied(visit.unit.session, sorted(people), agent, lasting=lasting)
    if people != tied:
        raise Forbidden(refused)
