"""Who has looked at a record, and who can see what of it, in plain words.

Spec: docs/access.md
"""

from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Query, Response
from msgspec.json import encode
from msgspec.structs import replace
from pydantic import BaseModel, Field

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import Asker, EntryId, PersonId, read
from app.endpoints.rest.forms import JSON, TEXT, wanted_form
from app.endpoints.rest.page import NOT_IN_THIS_FORM, in_form
from app.endpoints.rest.problem import plain
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import permitted
from app.operations.who_can_see import who_can_see
from app.operations.who_has_looked import who_has_looked
from app.what_matters.language import Say
from app.what_matters.looked_words import GOES_ON, NOBODY
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.who import who_of
from app.what_matters.shapes.kinds import KINDS
from app.what_matters.shapes.words import Moment, Who

Before = Annotated[Moment | None, Query(description="Only what was before; leads to older ones.")]
Most = Annotated[int, Query(ge=1, le=10_000, description="How many looks to tell of.")]


class Looked(BaseModel):
    """One sentence: somebody who looked, or tried to."""

    words: str = Field(
        examples=["Wella Bray, of Polmear Surgery, read your goals on 3 March 2026."]
    )
    first: str
    last: str
    times: int
    who: Who
    refused: bool


class LookedPage(BaseModel):
    """Who has looked, the newest first."""

    entries: list[Looked]
    next: str | None = Field(None, description="Send it as `before`; absent on the last page.")


class Sees(BaseModel):
    """What one organisation or supporter would see now."""

    who: Who
    sees: bool
    entries: int | None = Field(None, description="How many, where it is asked of the record.")
    also_for: list[str] = Field([], description="Uses for which they would see it, or more of it.")


class SeesPage(BaseModel):
    """Who can see it."""

    entries: list[Sees]


def looking_routes(router: APIRouter) -> None:
    """Add these addresses to a router."""

    @router.get(
        "/people/{person}/who-has-looked",
        responses={200: {"model": LookedPage, "content": {TEXT: {}}}, **NOT_IN_THIS_FORM},
        name="who has looked",
    )
    async def looked(
        who: Asker, person: PersonId, before: Before = None, limit: Most = 1_000
    ) -> Response:
        """Who has looked at the record, in plain sentences, for the person."""
        form = wanted_form(who.headers, (JSON, TEXT))
        given = {"_count": str(limit)} | ({"before": before} if before is not None else {})
        ask = replace(who.asked, act=Act.WHO_HAS_LOOKED, query=urlencode(given))
        answer = await permitted(who.record, who.caller, ask, who_has_looked)
        parts = nodes(parse(answer.body), "parameter")
        body: Json = {"entries": [_looked(one) for one in parts if one["name"] == "looked"]}
        for one in parts:
            if one["name"] == "next":
                body["next"] = parse_qs(urlsplit(one["valueUrl"]).query)["before"][0]
        told = _looked_text(body, who.say) if form == TEXT else encode(body)
        return in_form(who, told, form, who.asked.language)

    @router.get(
        "/people/{person}/who-can-see", responses={200: {"model": SeesPage}}, name="who can see"
    )
    async def seen(who: Asker, person: PersonId) -> Response:
        """Who would see how much of the record, for the person."""
        return await _who_can_see(who, "Patient", person)

    for kind in KINDS:
        _of_entry(router, kind)


def _of_entry(router: APIRouter, kind: Kind) -> None:
    @router.get(
        f"/people/{{person}}/{kind.name}/{{id}}/who-can-see",
        responses={200: {"model": SeesPage}},
        name=f"who can see a {kind.one}",
    )
    async def seen(who: Asker, person: PersonId, id: EntryId) -> Response:
        await read(who, kind, person, id)
        return await _who_can_see(who, kind.type, id)


async def _who_can_see(who: Visitor, type: str, id: str) -> Response:
    ask = replace(who.asked, act=Act.WHO_CAN_SEE, type=type, id=id)
    answer = await permitted(who.record, who.caller, ask, who_can_see)
    entries = [_sees(one) for one in nodes(parse(answer.body), "parameter")]
    return plain(200, {"entries": entries}, who.request_id)


def _looked(parameter: Json) -> Json:
    parts = _by_name(parameter)
    when = node_at(parts["when"], "valuePeriod")
    return {
        "words": parts["text"]["valueString"],
        "first": when["start"],
        "last": when["end"],
        "times": parts["times"]["valueInteger"],
        "who": _who(parts["who"]),
        "refused": parts["refused"]["valueBoolean"],
    }


def _looked_text(body: Json, say: Say) -> str:
    """A sentence on each line, the newest first."""
    lines = [one["words"] for one in body["entries"]] or [say(NOBODY)]
    if "next" in body:
        lines.append(say(GOES_ON).format(query=f"before={body['next']}"))
    return "\n".join(lines) + "\n"


def _sees(parameter: Json) -> Json:
    parts = _by_name(parameter)
    told: Json = {"who": _who(parts["who"]), "sees": parts["sees"]["valueBoolean"]}
    if "entries" in parts:
        told["entries"] = parts["entries"]["valueInteger"]
    also = nodes(parameter, "part")
    return {**told, "also_for": [one["valueCode"] for one in also if one["name"] == "also-for"]}


def _who(part: Json) -> Any:
    reference = node_at(part, "valueReference")
    return who_of(reference) or {"name": reference.get("display", "")}


def _by_name(parameter: Json) -> dict[str, Json]:
    return {one["name"]: one for one in nodes(parameter, "part")}
