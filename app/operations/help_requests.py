"""Requests for help as one thing: the request, every step of it, and what was said; read together,
and written together or not at all.

What is read and written is decided and audited as searches and transactions are.
Spec: https://hl7.org/fhir/R4/http.html#transaction, docs/api.md
"""

from collections.abc import Sequence
from dataclasses import replace as changed
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller, Role
from app.errors import Forbidden, Invalid, Issue, NotFound, PreconditionFailed, Refusal
from app.fhir.json_guard import encode, parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.perform import perform
from app.interactions.read import NOT_HERE
from app.interactions.transaction import inside
from app.interactions.visit import Answer, Ask, Record
from app.operations.help_owners import stood_for
from app.store.locks import one_at_a_time
from app.store.unit import Unit
from app.what_matters.links import linked
from app.what_matters.mapping.kind import written_by
from app.what_matters.mapping.who import reference_to
from app.what_matters.shapes.request_moves import Moving, writes_of
from app.what_matters.shapes.request_told import Whole, may_become

WITH_ITS_WAY = "_revinclude=Task:focus&_revinclude=Communication:based-on"
_OVERTAKEN = (
    "Somebody else changed this request meanwhile, such as by taking it on. Read it again, then "
    "send your move again."
)
_CONFIRM = "confirm"
_HOW = "You wrote this down for whoever asks. Say in how_we_know how you know that they say so."
_HOW_OF_ANOTHER = (
    "It was not you who asked for this. Say in how_we_know how you know whether it helped them."
)
_SPENT = 8  # stand-in ids: more than any one move writes


async def whole_request(
    record: Record, caller: Caller, ask: Ask, person: str, id: str, unit: Unit | None = None
) -> Whole:
    """A request with its Tasks and messages. Raises NotFound, also for another person's."""
    query = f"_id={id}&patient=Patient/{person}&_count=1&{WITH_ITS_WAY}"
    asked = replace(ask, act=Act.SEARCH_TYPE, type="ServiceRequest", id=None, query=query)
    found = whole_requests(parse((await perform(record, caller, asked, unit)).body))
    if not found:
        raise NotFound(NOT_HERE)
    return found[0]


def whole_requests(bundle: Json) -> list[Whole]:
    """Each request in a searchset, with what came with it, in the order found."""
    trees = [node_at(one, "resource") for one in nodes(bundle, "entry")]
    requests = [one for one in trees if one.get("resourceType") == "ServiceRequest"]
    return [
        Whole(
            request,
            tuple(_about(trees, "Task", "focus", request)),
            tuple(_about(trees, "Communication", "basedOn", request)),
        )
        for request in requests
    ]


async def ask_for_help(
    record: Record, caller: Caller, ask: Ask, resources: Sequence[Json], unit: Unit
) -> Whole:
    """Store a new request with its first Task. resources: these two, with stand-in ids."""
    temporary = {one["id"] for one in resources}
    return _whole(await _written(record, caller, ask, resources, temporary, unit))


async def move_request(
    record: Record,
    caller: Caller,
    ask: Ask,
    place: tuple[str, str],
    moving: Moving,
    unit: Unit,
    *,
    how_we_know: str | None = None,
) -> tuple[Whole, list[Json]]:
    """Make one move. place: the person's id and the request's. ask: with the version that it is of,
    which is of the request as a whole. Returns the request afterwards, and what was written.

    Nobody else moves it meanwhile. Raises PreconditionFailed when somebody did before."""
    person, id = place
    await one_at_a_time(unit.session, f"request for help {id}")
    whole = await whole_request(record, caller, ask, person, id, unit)
    if ask.if_match not in (0, whole.version):
        raise PreconditionFailed(_OVERTAKEN)
    moving = await _as_the_asker(record, caller, ask, whole, moving, how_we_know, unit)
    theirs = await stood_for(record, caller, ask, whole.tasks, unit)
    moving = changed(moving, stands_for=moving.stands_for | theirs)
    writes = writes_of(whole, moving, [str(uuid4()) for _ in range(_SPENT)])
    written = await _written(record, caller, ask, writes.resources, writes.temporary, unit)
    return whole.with_written(written), written


async def moves_open(record: Record, caller: Caller, ask: Ask, whole: Whole) -> list[str]:
    """The moves of a request that the caller may make now."""
    names = await who_asks_as(record, caller, ask, whole)
    names |= await stood_for(record, caller, ask, whole.tasks)
    found = may_become(whole, names)
    if _CONFIRM in may_become(whole, _supported(caller, whole)) and _CONFIRM not in found:
        found.append(_CONFIRM)
    return found


async def who_asks_as(
    record: Record, caller: Caller, ask: Ask, whole: Whole, unit: Unit | None = None
) -> frozenset[str]:
    """Those in whose name the caller may ask: themself; and whoever asks, where the caller wrote
    the request down for them."""
    requester = linked(whole.request, "requester")
    if caller.organization is None or caller.agent in requester:
        return frozenset((caller.agent,))
    is_theirs = await first_wrote(record, caller, ask, whole.request, unit)
    return frozenset((caller.agent, *(requester if is_theirs else ())))


async def _as_the_asker(
    record: Record,
    caller: Caller,
    ask: Ask,
    whole: Whole,
    moving: Moving,
    how_we_know: str | None,
    unit: Unit,
) -> Moving:
    """The move in the name of whoever asks, where the caller wrote the request down for them."""
    if not moving.is_the_askers:
        return moving
    if moving.word == _CONFIRM and (supported := _supported(caller, whole)):
        return _on_their_behalf(whole, moving, next(iter(supported)), how_we_know)
    others = await who_asks_as(record, caller, ask, whole, unit) - {caller.agent}
    if not others:
        return moving
    asker = next(iter(others))
    if asker.startswith(("Patient/", "RelatedPerson/")) and how_we_know is None:
        raise Invalid([Issue("required", _HOW, "Task.requester")])
    return moving.in_the_name_of(asker, how_we_know)


def _supported(caller: Caller, whole: Whole) -> frozenset[str]:
    """The person for whom a supporter may say whether it helped. Whoever is on no fitting ground
    sees no request."""
    is_supporter = caller.role is Role.SUPPORTER
    return frozenset(linked(whole.request, "subject", "Patient") if is_supporter else ())


def _on_their_behalf(whole: Whole, moving: Moving, person: str, how_we_know: str | None) -> Moving:
    is_their_own = bool(moving.sides.intersection(linked(whole.request, "requester")))
    if how_we_know is None and not is_their_own:
        raise Invalid([Issue("required", _HOW_OF_ANOTHER, "Task.requester")])
    return moving.on_behalf_of(person, how_we_know)


async def first_wrote(
    record: Record, caller: Caller, ask: Ask, tree: Json, unit: Unit | None = None
) -> bool:
    """Whether the caller's organisation wrote the first version of an entry that it sees."""
    first = tree
    if text(node_at(first, "meta"), "versionId") != "1":
        old = replace(
            ask, act=Act.VREAD, type=tree["resourceType"], id=tree["id"], version=1, query=""
        )
        try:
            first = parse((await perform(record, caller, old, unit)).body)
        except (NotFound, Forbidden):
            return False
    who = written_by(first)
    return who is not None and reference_to(who).get("reference") == caller.agent


async def _written(
    record: Record,
    caller: Caller,
    ask: Ask,
    resources: Sequence[Json],
    temporary: set[str],
    unit: Unit,
) -> list[Json]:
    """Write these together; the versions as they are stored."""
    asked = replace(
        ask, act=Act.TRANSACTION, type=None, id=None, if_match=None, prefer_return="representation"
    )
    led = _led([_entry(one, temporary) for one in resources], resources, temporary)
    try:
        answer: Answer = await inside(record, caller, asked, led, unit)
    except Refusal as refusal:
        raise _in_its_place(refusal, resources) from None
    return [
        node_at(one, "resource") or _as_located(node_at(one, "response"))
        for one in nodes(parse(answer.body), "entry")
    ]


def _as_located(response: Json) -> Json:
    """What is told of a version to who may write it and not read it."""
    type, id, _, version = (text(response, "location") or "").split("/")[-4:]
    return {"resourceType": type, "id": id, "meta": {"versionId": version}}


def _entry(resource: Json, temporary: set[str]) -> Json:
    type, id = resource["resourceType"], resource["id"]
    if id in temporary:
        tree = {name: one for name, one in resource.items() if name != "id"}
        request = {"method": "POST", "url": type}
        return {"fullUrl": f"urn:uuid:{id}", "resource": tree, "request": request}
    version = text(node_at(resource, "meta"), "versionId")
    request = {"method": "PUT", "url": f"{type}/{id}", "ifMatch": f'W/"{version}"'}
    return {"resource": resource, "request": request}


def _led(entries: list[Json], resources: Sequence[Json], temporary: set[str]) -> list[Any]:
    """The references to what is new lead to it by its fullUrl."""
    body = encode({"entry": entries})
    for one in resources:
        if one["id"] in temporary:
            link = f'"{one["resourceType"]}/{one["id"]}"'.encode()
            body = body.replace(link, f'"urn:uuid:{one["id"]}"'.encode())
    return list(parse(body)["entry"])


def _in_its_place(refusal: Refusal, resources: Sequence[Json]) -> Refusal:
    """The same refusal, with places in the resources and not in what they were sent in."""
    issues: list[Issue] = []
    for issue in refusal.issues:
        if any(one.text == issue.text for one in issues):
            continue  # what is wrong with the request is wrong with its Task too
        before, _, rest = (issue.expression or "").partition("].resource")
        number = before.rpartition("[")[2]
        place = issue.expression
        if number.isdigit() and int(number) < len(resources):
            place = resources[int(number)]["resourceType"] + rest
        issues.append(changed(issue, expression=place))
    return Invalid(issues) if isinstance(refusal, Invalid) else type(refusal)(issues=issues)


def _about(trees: Sequence[Json], type: str, element: str, request: Json) -> list[Json]:
    link = f"ServiceRequest/{request['id']}"
    return [
        one for one in trees if one.get("resourceType") == type and link in linked(one, element)
    ]


def _whole(written: Sequence[Json]) -> Whole:
    request = next(one for one in written if one["resourceType"] == "ServiceRequest")
    return Whole(request, (), ()).with_written(written)
