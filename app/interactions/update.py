"""update, create-on-update and conditional update. Spec:
https://hl7.org/fhir/R4/http.html#update"""

from app.access.acts import Act
from app.access.decision import decide
from app.errors import Conflict, Issue, Malformed, NotFound, PreconditionFailed
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.interactions import conditional
from app.interactions.create import store_new
from app.interactions.draft import (
    ATTEMPTS,
    body_of,
    checked,
    draft,
    people_referred_to,
    people_told,
    unlooked,
)
from app.interactions.placing import is_of_ours, references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Visit
from app.interactions.writing import written
from app.store.resources import Row
from app.what_matters.judgement import OTHER_ID

OVERTAKEN = "Someone else changed this meanwhile. Read it again, then send your change again."


async def update(visit: Visit) -> Answer:
    """Store a new version, or a first one under the id given; with a query, of the one match."""
    type = visit.ask.type or ""
    tree = body_of(visit)
    if visit.ask.id is not None:
        checked(tree, type)
        require_id(tree, visit.ask.id)
        return await put(visit, tree, visit.ask.id)
    checked(tree, type)
    async with conditional.alone(visit, type):
        match = await conditional.only_match(visit, type, visit.ask.query)
        if match is not None:
            require_same_id(tree, match.id)
            return await put(visit, tree, match.id)
        decide(visit.caller, Act.CREATE, type)
        expect(visit, None)
        if "id" in tree:
            refuse_taken(await visit.unit.read(visit.permit, wanted(type, tree["id"])))
            return await put(visit, tree, tree["id"])
        return await store_new(visit, tree)


def require_id(tree: Json, id: str) -> None:
    """Refuse a body without the id that its address has. Raises Malformed, as R4 asks for 400."""
    place = f"{tree['resourceType']}.id"
    if "id" not in tree:
        text = "The body must hold the id that the address has."
        raise Malformed(issues=[Issue("required", text, place)])
    if tree["id"] != id:
        raise Malformed(issues=[Issue("invariant", OTHER_ID, place)])


async def put(visit: Visit, tree: Json, id: str) -> Answer:
    """Write a checked resource as the next version of `id`, again when overtaken and no If-Match
    was given."""
    references = references_in(tree, visit.record.fhir_base)
    told = people_told(visit, references, f"{tree['resourceType']}/{id}")
    for _ in range(ATTEMPTS):
        people = await people_referred_to(visit, references) if told is None else told
        current = await visit.unit.read(visit.permit, wanted(tree["resourceType"], id))
        expect(visit, current)
        if current is None or current.deleted:
            require_creation(visit, tree, current)
        made = draft(visit, tree, id, current=current, references=references, people=people)
        if told is not None:
            made = unlooked(visit, made)
        if await written(visit, made, current):
            return made.answer
        if told is not None:
            told = None  # overtaken, or something it refers to is not there: a look says which
            continue
        if current is None:
            _refuse_if_unseen(await visit.unit.read(visit.permit, wanted(tree["resourceType"], id)))
        if visit.ask.if_match is not None:
            raise PreconditionFailed(OVERTAKEN)
    raise Conflict(OVERTAKEN)


def require_creation(visit: Visit, tree: Json, current: Row | None) -> None:
    """Refuse who may not create. And refuse an id of the form that is given here, and to who sees
    some people's records only any that was chosen: whether it is free would tell what there is in
    others'. Raises a Refusal."""
    type = tree["resourceType"]
    decide(visit.caller, Act.CREATE, type)
    permit = visit.permit
    if current is not None or "id" not in tree or RESOURCE_TYPES[type].directory:
        return
    if permit.people is None and permit.party is None:
        return
    if is_of_ours(type, tree["id"]) or permit.people is not None:
        raise NotFound(NOT_HERE)


def require_same_id(tree: Json, id: str) -> None:
    """Refuse a body with another id than that of the one match of its condition. Raises
    Malformed, as R4 asks for 400."""
    if tree.get("id", id) != id:
        text = "The id in the body is not the id of the one match."
        raise Malformed(issues=[Issue("invariant", text, f"{tree['resourceType']}.id")])


def refuse_taken(current: Row | None) -> None:
    """Refuse to put what meets no condition over an entry that does not meet it either. Raises
    Conflict."""
    if current is not None and not current.deleted:
        raise Conflict("Nothing meets the condition, and the id in the body is another entry's.")


def expect(visit: Visit, current: Row | None) -> None:
    """Refuse when If-Match names another version than the current one, or If-None-Match this one.

    Raises PreconditionFailed.
    """
    ask = visit.ask
    alive = current if current is not None and not current.deleted else None
    if ask.if_none_match and alive and {0, alive.version}.intersection(ask.if_none_match):
        raise PreconditionFailed("If-None-Match says not to change what is here already.")
    version = ask.if_match
    if version is None:
        return
    if current is None or current.deleted:
        raise PreconditionFailed("There is no version here to match If-Match against.")
    if version not in (0, current.version):
        raise PreconditionFailed(
            f"You changed version {version}, but version {current.version} is the current one. "
            "Read it again, then send your change again."
        )


def _refuse_if_unseen(current: Row | None) -> None:
    if current is None:
        raise NotFound(NOT_HERE)
