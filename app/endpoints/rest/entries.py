"""The addresses of one kind of entry of a person: list, add, read, change, take away."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field, create_model

from app.access.acts import Act
from app.endpoints.rest.door import Visitor, about, visitor, with_digits
from app.endpoints.rest.problem import plain
from app.errors import Forbidden, Malformed, NotFound, Refusal
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.once import HEADER, Done, once, read_key
from app.interactions.perform import audit_refusal, perform
from app.interactions.read import NOT_HERE
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Ask, Visit
from app.store.unit import Unit
from app.what_matters.language import Say, in_english
from app.what_matters.mapping.kind import Kind, changed, made, shown, written_by
from app.what_matters.shapes.words import Id, Who

PersonId = Annotated[Id, Path(description="The person's id.", examples=["tamsin-pender"])]
EntryId = Annotated[Id, Path(description="The entry's id.")]
Fields = Annotated[
    str | None, Query(description="Only these fields, with commas between.", examples=["words"])
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at the most.")]
After = Annotated[str | None, Query(min_length=1, description="The `next` of the page before.")]
# Looks at an entry before it is written. Raises what it is refused with.
Heed: TypeAlias = Callable[[Visit, Json], Awaitable[None]]
Work: TypeAlias = Callable[[Unit | None], Awaitable[Sequence[Answer]]]
Asker: TypeAlias = Annotated[Visitor, Depends(visitor)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is asked for. query: what narrows it, as FHIR asks."""

    limit: int = 50
    after: str | None = None
    fields: str | None = None
    query: str = ""


class Stored(BaseModel):
    """What the record says of every entry."""

    id: Id
    person: Id
    version: int = Field(description="Counts from 1; the ETag holds it.")
    changed_at: str
    written_by: Who | None = Field(None, description="Who wrote this version.")
    also: dict[str, Any] | None = Field(
        None, description="What another system wrote that has no plain word here, as FHIR."
    )


@cache
def shown_model(kind: Kind) -> type[BaseModel]:
    """The model of a stored entry: as it may be said, and nothing is sure to be there."""
    fields: dict[str, Any] = {
        name: (field.annotation | None if field.annotation else Any, Field(None))
        for name, field in kind.shape.model_fields.items()
    }
    fields |= {name: (type | None, Field(None)) for name, (type, _) in kind.beside.items()}
    if kind.in_words is not None:
        fields["in_words"] = (str | None, Field(None))
    return create_model(f"Stored{kind.shape.__name__}", __base__=Stored, **fields)


@cache
def page_model(kind: Kind) -> type[BaseModel]:
    """The model of a page of stored entries."""
    stored = shown_model(kind)
    return create_model(
        f"{kind.shape.__name__}Page",
        entries=(list[stored], ...),  # type: ignore[valid-type]
        next=(str | None, Field(None, description="Send it as `after`; absent on the last page.")),
    )


def change_model(kind: Kind) -> type[BaseModel]:
    """The model of a change: any of the fields; null takes one away."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation() | None, None)
        for name, field in kind.shape.model_fields.items()
    }
    return create_model(f"{kind.shape.__name__}Change", __base__=kind.shape, **fields)


def told(kind: Kind, tree: Json, say: Say = in_english) -> Json:
    """An entry as the plain API tells it. say: the language of a sentence that tells it."""
    meta = node_at(tree, "meta")
    return {
        "id": tree["id"],
        "person": whose(kind, tree).removeprefix("Patient/"),
        **shown(kind, tree, say),
        "version": int(text(meta, "versionId") or 0),
        "changed_at": text(meta, "lastUpdated"),
        "written_by": written_by(tree),
    }


def one_of(kind: Kind) -> str:
    """One entry of a kind, in words."""
    return f"{'an' if kind.one[0] in 'aeiou' else 'a'} {kind.one}"


def list_route(router: APIRouter, kind: Kind) -> None:
    """Add the address that lists every entry of a kind."""
    page = page_model(kind)

    @router.get(
        f"/people/{{person}}/{kind.name}",
        responses={200: {"model": page}},
        name=f"list {kind.name}",
    )
    async def every(
        who: Asker, person: PersonId, limit: Limit = 50, after: After = None, fields: Fields = None
    ) -> Response:
        return await listed(who, kind, person, Wanted(limit, after, fields))


def entry_routes(router: APIRouter, kind: Kind, heed: Heed | None = None) -> None:
    """Add the addresses of single entries of a kind to a router, and of adding one. heed: looks
    at each before it is written."""
    stored, change = shown_model(kind), change_model(kind)
    base = f"/people/{{person}}/{kind.name}"
    new = kind.shape
    a_one = one_of(kind)

    @router.post(base, status_code=201, responses={201: {"model": stored}}, name=f"add {a_one}")
    async def add(
        request: Request,
        who: Asker,
        person: PersonId,
        body: new,  # type: ignore[valid-type]
    ) -> Response:
        about(request, kind)
        ask = _new(request, who, kind, person, body)
        return await _add(request, who, kind, replace(ask, heed=heed))

    @router.get(f"{base}/{{id}}", responses={200: {"model": stored}}, name=f"read {a_one}")
    async def one(who: Asker, person: PersonId, id: EntryId, fields: Fields = None) -> Response:
        tree = await read(who, kind, person, id)
        return answered(who, kind, tree, fields=fields)

    @router.patch(f"{base}/{{id}}", responses={200: {"model": stored}}, name=f"change {a_one}")
    async def alter(
        request: Request,
        who: Asker,
        person: PersonId,
        id: EntryId,
        body: change,  # type: ignore[valid-type]
    ) -> Response:
        about(request, kind)
        said = with_digits(body.model_dump(exclude_unset=True))  # type: ignore[attr-defined]
        return await change_entry(
            request, who, kind, person, id, lambda tree: changed(kind, tree, said), heed=heed
        )

    @router.delete(f"{base}/{{id}}", status_code=204, name=f"take {a_one} away")
    async def remove(who: Asker, person: PersonId, id: EntryId) -> Response:
        version = who.version_changed()
        await read(who, kind, person, id)
        ask = replace(who.asked, act=Act.DELETE, type=kind.type, id=id, if_match=version)
        await perform(who.record, who.caller, ask)
        return plain(204, None, who.request_id)


async def read(who: Visitor, kind: Kind, person: str, id: str) -> Json:
    """The stored resource. Raises NotFound for another kind's, or another person's."""
    ask = replace(who.asked, act=Act.READ, type=kind.type, id=id)
    answer = await perform(who.record, who.caller, ask)
    return of_person(kind, person, parse(answer.body))


def of_person(kind: Kind, person: str, tree: Json) -> Json:
    """The same. Raises NotFound for what is of another kind, or of another person."""
    if whose(kind, tree) != f"Patient/{person}" or not kind.is_one(tree):
        raise NotFound(NOT_HERE)
    return tree


def whose(kind: Kind, tree: Json) -> str:
    """The reference to the person; a person's own entry is theirs."""
    if kind.type == "Patient":
        return f"Patient/{tree.get('id', '')}"
    return text(node_at(tree, kind.person), "reference") or ""


async def change_entry(
    request: Request,
    who: Visitor,
    kind: Kind,
    person: str,
    id: str,
    change: Callable[[Json], Json],
    *,
    heed: Heed | None = None,
) -> Response:
    """Make the next version of an entry out of the one that If-Match names."""

    def make(tree: Json) -> Json:
        request.state.tree = change(of_person(kind, person, tree))
        return request.state.tree  # type: ignore[no-any-return]

    ask = replace(
        who.asked, act=Act.PATCH, type=kind.type, id=id, if_match=who.version_changed(),
        change=make, heed=heed,
    )  # fmt: skip
    answer = await perform(who.record, who.caller, ask)
    return written(who, kind, answer)


def written(who: Visitor, kind: Kind, answer: Answer, status: int = 200) -> Response:
    """The answer to a write: what is stored now, where the token may read it."""
    if answer.body:
        return answered(who, kind, parse(answer.body), status=status)
    response = plain(status, {"id": answer.id, "version": answer.version}, who.request_id)
    response.headers["ETag"] = f'W/"{answer.version}"'
    return response


def answered(
    who: Visitor, kind: Kind, tree: Json, *, fields: str | None = None, status: int = 200
) -> Response:
    """One entry, with its ETag."""
    entry = told(kind, tree, who.say)
    response = in_its_language(who, kind, sparse(kind, entry, fields), status)
    response.headers["ETag"] = f'W/"{entry["version"]}"'
    if status == 201:
        below = "" if kind.type == "Patient" else f"/{kind.name}/{entry['id']}"
        response.headers["Location"] = f"/api/people/{entry['person']}{below}"
    return response


def in_its_language(who: Visitor, kind: Kind, body: Json, status: int = 200) -> Response:
    """An answer about entries of a kind, which says its language where there are sentences."""
    response = plain(status, body, who.request_id)
    if kind.in_words is not None:
        response.headers["Content-Language"] = who.asked.language
        response.headers["Vary"] = "Accept-Language"
    return response


def sparse(kind: Kind, entry: Json, fields: str | None) -> Json:
    """Only the fields asked for, and the id. Raises Malformed for one that is not known."""
    if fields is None:
        return entry
    wanted = [one.strip() for one in fields.split(",") if one.strip()]
    known = shown_model(kind).model_fields.keys()
    if not known >= set(wanted):
        raise Malformed(f"`fields` takes: {', '.join(sorted(known))}.")
    return {name: value for name, value in entry.items() if name == "id" or name in wanted}


def _new(request: Request, who: Visitor, kind: Kind, person: str, body: BaseModel) -> Ask:
    said = with_digits(body.model_dump(exclude_unset=True, exclude_none=True))
    tree = made(kind, {**_defaults(kind), **said}, person, instant(who.record.now()))
    request.state.tree = tree
    return replace(who.asked, act=Act.CREATE, type=kind.type, id=None, tree=tree)


async def _add(request: Request, who: Visitor, kind: Kind, ask: Ask) -> Response:
    async def work(unit: Unit | None) -> Sequence[Answer]:
        return [await perform(who.record, who.caller, ask, unit)]

    return await posted(request, who, kind, ask, work)


async def posted(
    request: Request, who: Visitor, kind: Kind, ask: Ask, work: Work, person: str | None = None
) -> Response:
    """The answer to a POST that writes: done once, where the request has a key. ask: what a refusal
    is recorded as. work: what is written; the first answer is what is told. person: whose record it
    is, where the address does not say."""
    done = await done_once(request, who, ask, work, person)
    if done.answers:
        return written(who, kind, done.answers[0], done.status)
    return await _told_again(who, kind, done)


async def done_once(
    request: Request, who: Visitor, ask: Ask, work: Work, person: str | None = None
) -> Done:
    """What came of a POST that writes: done once, where the request has a key. Without answers
    where it had been done before."""
    given = who.headers.get(HEADER.lower().encode())
    if given is None:
        answers = await work(None)
        return Done(answers[0].status, (), answers)
    whose = person or request.path_params.get("person")
    sent = f"{request.method} {request.url.path}\n".encode() + await request.body()
    try:
        key = read_key(given.decode("latin-1"))
        return await once(who.record, who.caller, whose, key, sent, work)
    except Refusal as refusal:
        await audit_refusal(who.record, who.caller, ask, refusal, [whose] if whose else [])
        raise


async def _told_again(who: Visitor, kind: Kind, done: Done) -> Response:
    type, id, version = done.written[0].split("/")
    ask = replace(who.asked, act=Act.VREAD, type=type, id=id, version=int(version))
    try:
        answer = await perform(who.record, who.caller, ask)
    except Forbidden:
        # The token may write and not read: it is told what it was told then.
        answer = Answer(done.status, id=id, version=int(version))
    response = written(who, kind, answer, done.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _defaults(kind: Kind) -> Json:
    return {
        name: field.default
        for name, field in kind.shape.model_fields.items()
        if not field.is_required() and field.default is not None
    }


async def listed(who: Visitor, kind: Kind, person: str, wanted: Wanted) -> Response:
    """One page of the entries of a kind. Raises NotFound for a person who is not there."""
    trees, following = await found(who, kind, person, wanted)
    if not trees and wanted.after is None:
        await require_person(who, person)
    entries = [sparse(kind, told(kind, tree, who.say), wanted.fields) for tree in trees]
    body: Json = {"entries": entries}
    return in_its_language(who, kind, {**body, "next": following} if following else body)


async def found(
    who: Visitor, kind: Kind, person: str, wanted: Wanted
) -> tuple[list[Json], str | None]:
    """The resources of one page, and the token of the page that follows."""
    asked = [f"patient=Patient/{person}", f"_count={wanted.limit}", kind.query, wanted.query]
    if wanted.after is not None:
        asked.append(f"_page={quote(wanted.after, safe='')}")
    query = "&".join(one for one in asked if one)
    ask = replace(who.asked, act=Act.SEARCH_TYPE, type=kind.type, id=None, query=query)
    bundle = parse((await perform(who.record, who.caller, ask)).body)
    trees = [node_at(one, "resource") for one in nodes(bundle, "entry")]
    return [tree for tree in trees if kind.is_one(tree)], next_page(bundle)


async def require_person(who: Visitor, person: str) -> None:
    """An empty list of somebody who is not there would say that nothing matters to them."""
    ask = replace(who.asked, act=Act.READ, type="Patient", id=person)
    await perform(who.record, who.caller, ask)


def next_page(bundle: Json) -> str | None:
    """The token of the page that follows, or None."""
    for link in nodes(bundle, "link"):
        if link.get("relation") == "next":
            return parse_qs(urlsplit(str(link["url"])).query)["_page"][0]
    return None
