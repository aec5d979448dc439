"""Linking two records of one person, and parting them: the links, the copied rights, a version of
each Patient, the notices and the audit, in one transaction.

Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from msgspec.structs import replace

from app.access.acts import Act
from app.access.decision import decide, reach
from app.errors import Conflict, Invalid, Issue
from app.fhir.json_guard import encode, parse
from app.fhir.resource_types import Json
from app.interactions.draft import draft, people_referred_to
from app.interactions.one_number import NumberHeld
from app.interactions.parameters import place_of
from app.interactions.placing import references_in, wanted
from app.interactions.update import OVERTAKEN
from app.interactions.visit import Visit
from app.interactions.writing import written
from app.store import merges
from app.store.links import relink, survivors
from app.store.merges import Proposal
from app.store.notices import Addressee, tell
from app.what_matters.replaced import as_source, as_target, without

Changed = Callable[[Json], Json]

_LINKED = (
    "Two records here, Patient/{source} and Patient/{target}, were put together as one person's: "
    "yours. What stands in either is now found in both. What you said no to in either counts for "
    "both. If one of them is not about you, tell a privacy officer at once: it can be undone."
)
_PARTED = (
    "Two records here, Patient/{source} and Patient/{target}, were taken apart again. Each has "
    "what it had, and what was written in it since."
)
_LABELLED = (
    "One Patient is labelled otherwise than the other (meta.security). What one keeps from "
    "somebody could then be read from the other. Give both the same labels first."
)
_NUMBER_GONE = (
    "The NHS number that this would give back is another record's by now. Find out whose it is, "
    "and take its verification out of the other record first."
)


async def check_merge(visit: Visit, source: str, target: str) -> None:
    """Raises Invalid for one and the same, Conflict for a record that was merged into another, and
    where one Patient is kept from more than the other."""
    if source == target:
        told = "Source and target are the same record."
        raise Invalid([Issue("invariant", told, place_of("target"))])
    replaced = await survivors(visit.unit.session, [source, target])
    if source in replaced:
        raise Conflict(
            f"Patient/{source} was merged already, and Patient/{replaced[source]} is in use for "
            "it. Merge that one, or take this one apart first."
        )
    if replaced.get(target) == source:
        raise Conflict(
            f"Patient/{target} was merged into Patient/{source}: this would be a circle."
        )
    if target in replaced:
        raise Conflict(
            f"Patient/{target} was merged, and Patient/{replaced[target]} is in use for it. Merge "
            "into that one."
        )
    people = [wanted("Patient", one) for one in (source, target)]
    rows = await visit.unit.read_many(reach(visit.caller), people)
    if len({row.labels for row in rows if row is not None}) > 1:
        raise Conflict(_LABELLED)


async def check_unmerge(visit: Visit, source: str) -> Proposal:
    """The merge that is in force for this source. Raises Conflict without one, and while its
    target is itself merged into another."""
    session = visit.unit.session
    found = [one for one in await merges.in_force(session, [source]) if one.source == source]
    if not found:
        raise Conflict(f"Patient/{source} is not merged into another record.")
    (one,) = found
    further = (await survivors(session, [one.target])).get(one.target)
    if further is not None:
        raise Conflict(
            f"Patient/{one.target} was merged into Patient/{further} since. Take that apart first."
        )
    return one


async def link(visit: Visit, one: Proposal) -> None:
    """Make one person of source and target. The rights are held."""
    await check_merge(visit, one.source, one.target)
    session = visit.unit.session
    await relink(session, [(one.target, await _all(visit, (one.source, one.target)))])
    added: dict[str, str] = {}

    def kept(person: str, changed: tuple[Json, Json]) -> Json:
        added[person] = encode(changed[1]).decode()
        return changed[0]

    source, target = one.source, one.target
    await _write(visit, source, lambda tree: kept(source, as_source(tree, target)))
    await _write(visit, target, lambda tree: kept(target, as_target(tree, source)))
    await merges.keep_added(session, one.id, added)
    await _tell(visit, one, _LINKED)


async def part(visit: Visit, one: Proposal) -> None:
    """Make two people of them again. The rights are held."""
    undone = await check_unmerge(visit, one.source)
    if undone.id != one.merge:
        raise Conflict("The merge that this was to undo is in force no more. Propose it anew.")
    session = visit.unit.session
    people = await _all(visit, (one.source, one.target))
    await merges.undo(session, undone.id)
    await relink(session, _sets(people, await merges.in_force(session, people)))
    added = await merges.added(session, undone.id)
    try:
        for person in (one.target, one.source):
            what = parse(added[person].encode())
            await _write(visit, person, partial(without, added=what), may_be_gone=True)
    except NumberHeld:
        raise Conflict(_NUMBER_GONE) from None
    await _tell(visit, one, _PARTED)


async def _all(visit: Visit, people: Sequence[str]) -> set[str]:
    """These, and whoever is linked to them."""
    linked = await visit.unit.linked(people)
    return {*people, *(other for others in linked.values() for other in others)}


def _sets(
    people: Collection[str], in_force: Sequence[Proposal]
) -> list[tuple[str, Collection[str]]]:
    """Who belongs together by these merges, each with the one whose record is in use."""
    target_by_source = {one.source: one.target for one in in_force}
    found: dict[str, list[str]] = {}
    for one in people:
        root = one
        while root in target_by_source:
            root = target_by_source[root]
        found.setdefault(root, []).append(one)
    return list(found.items())


async def _write(visit: Visit, id: str, change: Changed, *, may_be_gone: bool = False) -> None:
    """The next version of a Patient. Raises Conflict where somebody else was faster, and where
    they are gone and may not be."""
    ask = replace(visit.ask, method="PUT", body=b"", query="")
    own = replace(visit, permit=decide(visit.caller, Act.UPDATE, "Patient"), ask=ask)
    row = await visit.unit.read(own.permit, wanted("Patient", id))
    if row is None or row.deleted:
        if may_be_gone:
            return
        raise Conflict(f"Patient/{id} is not here any more.")
    tree = change(parse(row.body))
    references = references_in(tree, visit.record.fhir_base)
    people = await people_referred_to(own, references)
    made = draft(own, tree, id, current=row, references=references, people=people)
    if not await written(own, made, row):
        raise Conflict(OVERTAKEN)


async def _tell(visit: Visit, one: Proposal, text: str) -> None:
    said = text.format(source=one.source, target=one.target)
    who = visit.caller.name or visit.caller.agent
    for person in (one.source, one.target):
        told: dict[Addressee, str] = {"person": said}
        if person == one.source:
            told["privacy-officer"] = f"{who} approved the proposal {one.id}. {said}"
        await tell(visit.unit.session, person, one.id, told)
