"""Contacts in bulk: up to a thousand of many people, each decided, done and answered by itself."""

from typing import Any

from fastapi import APIRouter, Request, Response
from msgspec.structs import replace
from pydantic import ValidationError

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import Asker, done_once
from app.endpoints.rest.faults import fault_of
from app.endpoints.rest.problem import fault, plain
from app.endpoints.rest.tried import refusal_in
from app.errors import Conflict, Refusal, Unreachable
from app.fhir.json_guard import parse
from app.fhir.reference import is_id
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.interactions.perform import audit_refusal, perform
from app.interactions.visit import Answer, Ask
from app.operations.help_requests import first_wrote
from app.operations.planned_contacts import heed_danger
from app.store.unit import Unit
from app.what_matters.mapping.kind import in_plain_words
from app.what_matters.shapes.contact_load import ContactLoad, Loaded, SentContact, contact_sent
from app.what_matters.shapes.contacts import CONTACTS

_OTHERS = "This reference is of a contact of somebody else. Give each contact one of its own."


def contact_load_routes(router: APIRouter) -> None:
    """Add the address of contacts in bulk to a router."""

    @router.post("/contacts", responses={200: {"model": Loaded}}, name="load contacts")
    async def load(request: Request, who: Asker, body: ContactLoad) -> Response:
        asked = replace(who.asked, act=Act.BATCH, type=None, id=None)
        done = await done_once(request, who, asked, _noted)
        told, gone = [], None
        for one in body.contacts:
            # Each would wait for the store as long as the first did.
            result = await _loaded(who, one) if gone is None else _refused(one, gone)
            gone = result.pop("gone", None)
            told.append(result)
        response = plain(200, {**_counted(told), "contacts": told}, who.request_id)
        if not done.answers:
            response.headers["Idempotency-Replayed"] = "true"
        return response


async def _noted(_: Unit | None) -> list[Answer]:
    """Only that the key is of this body: what is here already is told by each reference."""
    return [Answer(200, type="Bundle", id="contacts", version=0)]


async def _loaded(who: Visitor, sent: dict[str, Any]) -> Json:
    try:
        contact = SentContact.model_validate(sent)
    except ValidationError as error:
        await _put_on_record(who, sent, refusal_in(error))
        faults = [fault_of(one) for one in error.errors()]
        return {**_named(sent), "outcome": "refused", "status": 422, "faults": faults}
    tree, condition = contact_sent(contact, who.caller.agent)
    ask = replace(
        who.asked, act=Act.CREATE, type="Encounter", id=None, tree=tree, if_none_exist=condition,
        heed=heed_danger,
    )  # fmt: skip
    try:
        answer = await perform(who.record, who.caller, ask)
        if answer.status == 200 and answer.body:
            await _require_ours(who, ask, answer, contact)
    except Refusal as refusal:
        return _refused(sent, refusal, tree)
    outcome = "created" if answer.status == 201 else "here-already"
    return {**_named(sent), "outcome": outcome, "id": answer.id}


async def _put_on_record(who: Visitor, sent: dict[str, Any], refusal: Refusal | None) -> None:
    """What is refused by its form alone, with whose it would have been, where that can be told."""
    person = sent.get("person")
    about = [person] if isinstance(person, str) and is_id(person) else []
    ask = replace(who.asked, act=Act.CREATE, type="Encounter", id=None)
    if refusal is not None:
        await audit_refusal(who.record, who.caller, ask, refusal, about)


async def _require_ours(who: Visitor, ask: Ask, answer: Answer, contact: SentContact) -> None:
    """What is here already is of the same person, and of the sender: another who guessed the
    reference would else keep this contact out."""
    tree = parse(answer.body)
    asked = replace(ask, if_none_exist=None, tree=None, heed=None)
    if text(node_at(tree, "subject"), "reference") != f"Patient/{contact.person}" or not (
        await first_wrote(who.record, who.caller, asked, tree)
    ):
        raise Conflict(_OTHERS)


def _refused(sent: dict[str, Any], refusal: Refusal, tree: Json | None = None) -> Json:
    faults = [fault(*in_plain_words(CONTACTS, one, tree or {})) for one in refusal.issues]
    told = {**_named(sent), "outcome": "refused", "status": refusal.status, "faults": faults}
    return {**told, "gone": refusal} if isinstance(refusal, Unreachable) else told


def _named(sent: dict[str, Any]) -> Json:
    """Whose it is and what it is called, where that can be told."""
    named = {name: sent.get(name) for name in ("your_reference", "person")}
    return {name: one[:100] for name, one in named.items() if isinstance(one, str)}


def _counted(told: list[Json]) -> Json:
    outcomes = [one["outcome"] for one in told]
    return {
        "created": outcomes.count("created"),
        "here_already": outcomes.count("here-already"),
        "refused": outcomes.count("refused"),
    }
