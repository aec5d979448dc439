"""The address of the versions of one entry of a person, page by page.

Spec: https://hl7.org/fhir/R4/http.html#history
"""

from urllib.parse import quote

from fastapi import APIRouter, Response
from msgspec.structs import replace

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import (
    After,
    Asker,
    EntryId,
    Limit,
    PersonId,
    Wanted,
    in_its_language,
    next_page,
    of_person,
    one_of,
    page_model,
    told,
    whose,
)
from app.errors import NotFound
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import perform
from app.interactions.read import NOT_HERE
from app.what_matters.mapping.kind import Kind

_NEWEST = 2  # versions: one that says something, and a deletion after it


def history_route(router: APIRouter, kind: Kind) -> None:
    """Add the address of the history of an entry of a kind to a router."""

    @router.get(
        f"/people/{{person}}/{kind.name}/{{id}}/history",
        responses={200: {"model": page_model(kind)}},
        name=f"history of {one_of(kind)}",
    )
    async def history(
        who: Asker, person: PersonId, id: EntryId, limit: Limit = 50, after: After = None
    ) -> Response:
        return await _history(who, kind, (person, id), Wanted(limit, after))


async def _history(who: Visitor, kind: Kind, place: tuple[str, str], wanted: Wanted) -> Response:
    """One page of the versions of an entry, the newest first. place: the person's id and its."""
    person, id = place
    trees, following = await _versions(who, kind, id, wanted)
    newest = trees
    if wanted.after is not None or not trees:
        newest, _ = await _versions(who, kind, id, Wanted(_NEWEST))
    if not newest:
        raise NotFound(NOT_HERE)
    of_person(kind, person, newest[0])  # what it was before may have been of another kind
    of_theirs = [tree for tree in trees if whose(kind, tree) == f"Patient/{person}"]
    body: Json = {"entries": [told(kind, tree, who.say) for tree in of_theirs]}
    return in_its_language(who, kind, {**body, "next": following} if following else body)


async def _versions(
    who: Visitor, kind: Kind, id: str, wanted: Wanted
) -> tuple[list[Json], str | None]:
    """The versions on one page but for deletions, and the token of the page that follows."""
    query = f"_count={wanted.limit}"
    query += f"&_page={quote(wanted.after, safe='')}" if wanted.after is not None else ""
    ask = replace(who.asked, act=Act.HISTORY_INSTANCE, type=kind.type, id=id, query=query)
    bundle = parse((await perform(who.record, who.caller, ask)).body)
    trees = [tree for one in nodes(bundle, "entry") if (tree := node_at(one, "resource"))]
    return trees, next_page(bundle)
