"""delete and conditional delete. Spec: https://hl7.org/fhir/R4/http.html#delete"""

from collections.abc import Collection, Sequence

from app.access.acts import Act
from app.access.decision import decide, reach
from app.errors import Conflict, Issue
from app.fhir.resource_types import DIRECTORY
from app.fhir.search_text import entry
from app.interactions import conditional
from app.interactions.draft import REFERENCE, draft_deletion
from app.interactions.placing import told_by_id, wanted
from app.interactions.update import OVERTAKEN, expect
from app.interactions.visit import Answer, Touched, Visit
from app.interactions.writing import written
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
        return nothing_there(type, id, labels=current.labels if current is not None else 0)
    await refuse_orphans(visit, [current], await seen_referrers(visit, [current]))
    made = draft_deletion(visit, current)
    if not await written(visit, made, current):
        raise Conflict(OVERTAKEN)
    return made.answer


def nothing_there(
    type: str, id: str | None, asked_about: Sequence[str] = (), *, labels: int = 0
) -> Answer:
    """What is not there is answered as if it had been deleted, and told to whom it was about, as
    far as the id or the condition tells. labels: of what was there once."""
    told = told_by_id(type, id) if id else None
    people = dict.fromkeys(asked_about) or (told,)
    touched = tuple(Touched(person, type, id, labels=labels) for person in people)
    return Answer(204, touched=touched)


async def seen_referrers(visit: Visit, going: Sequence[Row]) -> set[tuple[str, str]]:
    """(type, id) of what refers to these and the caller may see, before any of it is changed: with
    what goes, the right to see the rest may go."""
    found = await referrers(visit.unit.session, _tokens(going), (), reach(visit.caller))
    return set(found)


async def refuse_orphans(
    visit: Visit,
    going: Sequence[Row],
    seen: Collection[tuple[str, str]],
) -> None:
    """Refuse a deletion that would leave references leading nowhere. Raises Conflict with the list.

    seen: from `seen_referrers`, and what is written together with the deletion. References among
    those that go together do not count. Nor, of a person's entry, do those that the caller may not
    see: that one is there must not be found out by a refusal. What refers to a directory entry
    always counts.
    """
    apart = sorted({f"{row.type}/{row.id}" for row in going})
    directory = [row for row in going if row.person_id == DIRECTORY]
    people = [row for row in going if row.person_id != DIRECTORY]
    found = await referrers(visit.unit.session, _tokens(people), apart)
    found = [one for one in found if one in seen]
    found += await referrers(visit.unit.session, _tokens(directory), apart)
    if not found:
        return
    # Named are those that the token may read; that there are others is all that is told of them.
    may_read = decide(visit.caller, Act.VALIDATE, None)
    where = await visit.unit.find_many(may_read, [wanted(type, id) for type, id in found])
    named = [f"{t}/{i}" for (t, i), person in zip(found, where, strict=True) if person is not None]
    others = len(found) - len(named)
    text = "Other entries refer to this one. Change or delete them first."
    issues = [Issue("conflict", text)]
    issues += [Issue("conflict", f"It is referred to by {one}.") for one in named[:_MOST_NAMED]]
    if others or len(named) > _MOST_NAMED:
        issues.append(Issue("conflict", "It is referred to by other entries, too."))
    raise Conflict(issues=issues)


def _tokens(rows: Sequence[Row]) -> list[str]:
    return [entry(REFERENCE, f"{row.type}/{row.id}") for row in rows]
