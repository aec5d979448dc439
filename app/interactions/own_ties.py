"""Nobody lets themselves in: what gives its own writer a tie is written by who has a lasting one.

Source: docs/decisions/0015-access-is-one-clause.md
"""

from collections.abc import Sequence

from app.access.relationship import rights_of
from app.errors import Forbidden
from app.fhir.json_guard import parse
from app.interactions.visit import Visit
from app.store.resources import Row, Write
from app.store.ties import people_tied

_REFUSED = (
    "An organisation does not put itself on a person's team. The person does, or an organisation "
    "that is on the team."
)


def ties_itself(write: Write, agent: str, before: Row | None, fhir_base: str) -> bool:
    """Whether a version gives the caller a tie that the one it replaces did not."""
    if not write.rights or write.type == "Patient":
        return False
    new = {one for one in write.rights if one.tie and one.actor == agent}
    if not new or before is None or before.deleted:
        return bool(new)
    return not new <= set(rights_of(parse(before.body), before.author, fhir_base))


async def refuse_own_ties(visit: Visit, writes: Sequence[tuple[Write | None, Row | None]]) -> None:
    """writes: each with the version it replaces. Raises Forbidden."""
    caller, base = visit.caller, visit.record.fhir_base
    if visit.permit.party is None:
        return
    agent = caller.agent
    people = {
        write.person_id
        for write, before in writes
        if write is not None and ties_itself(write, agent, before, base)
    }
    # Whoever writes who the person is, in the same transaction, is tied by that.
    people -= {
        write.person_id
        for write, before in writes
        if write is not None and write.type == "Patient" and before is None
    }
    if people and people != await people_tied(visit.unit.session, sorted(people), agent):
        raise Forbidden(_REFUSED)
