"""delete and conditional delete. Spec: https://hl7.org/fhir/R4/http.html#delete"""

from collections.abc import Sequence

from app.access.acts import Act
from app.access.decision import decide
from app.errors import Conflict, Issue
from app.fhir.search_text import entry
from app.interactions import conditional
from app.interactions.draft import REFERENCE, draft_deletion
from app.interactions.placing import told_by_id, wanted
from app.interactions.update import OVERTAKEN, expect
from app.interactions.visit import Answer, Touched, Visit
from app.store.referrers import referrers
from app.store.resources import Row, Wanted

_MOST_NAMED = 20


async def delete(visit: Visit) -> Answer:
    """Add the version that says it was deleted. What is not there is answered as if it had been."""
    type, id = visit.ask.type or "", visit.ask.id
    if id is None:
        match = await conditional.only_match(visit, type, visit.ask.query)
        if match is None:
            return nothing_there(type, None, visit.asked_about)
        id = match.id
    async with visit.unit.transaction():
        return await _delete(visit, type, id)


async def _delete(visit: Visit, type: str, id: str) -> Answer:
    """Nobody else changes it, or comes to refer to it, between the look and the deletion."""
    current = await visit.unit.read(visit.permit, wanted(type, id))
    if current is not None:
        await visit.unit.hold([Wanted(current.person_id, type, id)])
        current = await visit.unit.read(visit.permit, wanted(type, id))
    expect(visit, current)
    if current is None or current.deleted:
        return nothing_there(type, id)
    await refuse_orphans(visit, [current])
    made = draft_deletion(visit, current)
    if made.write is None or not await visit.unit.write(made.write):
        raise Conflict(OVERTAKEN)
    return made.answer


def nothing_there(type: str, id: str | None, asked_about: Sequence[str] = ()) -> Answer:
    """What is not there is answered as if it had been deleted, and told to whom it was about, as
    far as the id or the condition tells."""
    told = told_by_id(type, id) if id else None
    people = dict.fromkeys(asked_about) or (told,)
    return Answer(204, touched=tuple(Touched(person, type, id) for person in people))


async def refuse_orphans(visit: Visit, going: Sequence[Row]) -> None:
    """Refuse a deletion that would leave references leading nowhere. Raises Conflict with the list.

    References among those that go together do not count.
    """
    keys = {(row.type, row.id) for row in going}
    tokens = [entry(REFERENCE, f"{row.type}/{row.id}") for row in going]
    found = await referrers(visit.unit.session, tokens, sorted(f"{t}/{i}" for t, i in keys))
    if not found:
        return
    # Named are those that the caller may read; that there are others is all that is told of them.
    seen = decide(visit.caller, Act.VALIDATE, None)
    people = await visit.unit.find_many(seen, [wanted(type, id) for type, id in found])
    named = [f"{t}/{i}" for (t, i), person in zip(found, people, strict=True) if person is not None]
    others = len(found) - len(named)
    text = "Other entries refer to this one. Change or delete them first."
    issues = [Issue("conflict", text)]
    issues += [Issue("conflict", f"It is referred to by {one}.") for one in named[:_MOST_NAMED]]
    if others or len(named) > _MOST_NAMED:
        issues.append(Issue("conflict", "It is referred to by other entries, too."))
    raise Conflict(issues=issues)
