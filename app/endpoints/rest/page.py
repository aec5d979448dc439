"""What is put together of one person's record: the one page, the journey, what was said and done,
which goals to look at again, and how often it was enough to tell it once; as JSON, as plain text,
and the page as a sheet, in the language that is asked for.

Spec: docs/api.md
"""

from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from msgspec.json import decode
from msgspec.structs import replace

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import After, Asker, Limit, PersonId
from app.endpoints.rest.forms import HTML, JSON, TEXT, wanted_form
from app.endpoints.rest.problem import Problem, always
from app.endpoints.rest.sheet import POLICY, sheet
from app.interactions.perform import Interaction, permitted
from app.operations.journey import journey
from app.operations.said_and_done import said_and_done
from app.operations.to_look_at import goals_to_look_at
from app.operations.told_once import figures_told_once
from app.operations.what_matters import what_matters
from app.what_matters.journey import Journey
from app.what_matters.journey_text import journey_text
from app.what_matters.language import ENGLISH
from app.what_matters.said_and_done import SaidAndDone
from app.what_matters.said_and_done_text import said_and_done_text
from app.what_matters.shapes.words import Id
from app.what_matters.summary_page import Page
from app.what_matters.summary_text import page_text
from app.what_matters.to_look_at import ToLookAt
from app.what_matters.told_once_page import ToldOncePage

ZONE = ZoneInfo("Europe/London")

NOT_IN_THIS_FORM: dict[int | str, dict[str, Any]] = {
    406: {"model": Problem, "content": {"application/problem+json": {}}}
}
OfGoal = Annotated[Id | None, Query(description="Only what is about this goal.")]


def page_routes(router: APIRouter) -> None:
    """Add these addresses to a router."""

    @router.get(
        "/people/{person}/what-matters",
        responses={200: {"model": Page, "content": {HTML: {}, TEXT: {}}}, **NOT_IN_THIS_FORM},
        name="what matters",
    )
    async def page(who: Asker, person: PersonId) -> Response:
        """What to read before the conversation, on one page."""
        form = wanted_form(who.headers, (JSON, HTML, TEXT))
        body = await operated(who, person, Act.WHAT_MATTERS, what_matters)
        if form == JSON:
            return in_form(who, body, JSON, who.asked.language)
        read = decode(body, type=Page)
        if form == TEXT:
            return in_form(who, page_text(read, ZONE, who.say), TEXT, who.asked.language)
        response = in_form(who, sheet(read, ZONE, who.say), HTML, who.asked.language)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @router.get(
        "/people/{person}/journey",
        responses={200: {"model": Journey, "content": {TEXT: {}}}, **NOT_IN_THIS_FORM},
        name="the journey",
    )
    async def story(
        who: Asker, person: PersonId, goal: OfGoal = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """What was said and done, in the order of time."""
        form = wanted_form(who.headers, (JSON, TEXT))
        given = {"limit": str(limit), "goal": goal, "after": after}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        body = await operated(who, person, Act.JOURNEY, journey, query)
        if form == TEXT:
            body = journey_text(decode(body, type=Journey), ZONE, who.say).encode()
        return in_form(who, body, form, who.asked.language)

    @router.get(
        "/people/{person}/said-and-done",
        responses={200: {"model": SaidAndDone, "content": {TEXT: {}}}, **NOT_IN_THIS_FORM},
        name="said and done",
    )
    async def threads(who: Asker, person: PersonId) -> Response:
        """Each thing the person said, what was done, what was told back, and what came of it."""
        form = wanted_form(who.headers, (JSON, TEXT))
        body = await operated(who, person, Act.SAID_AND_DONE, said_and_done)
        if form == JSON:
            return in_form(who, body, JSON)
        text = said_and_done_text(decode(body, type=SaidAndDone), ZONE, who.say)
        return in_form(who, text, TEXT, who.asked.language)

    @router.get(
        "/people/{person}/told-once",
        responses={200: {"model": ToldOncePage}},
        name="told once",
    )
    async def told(who: Asker, person: PersonId) -> Response:
        """How often it was enough to tell it once, in figures."""
        return in_form(who, await operated(who, person, Act.TOLD_ONCE, figures_told_once), JSON)

    @router.get(
        "/people/{person}/goals-to-look-at",
        responses={200: {"model": ToLookAt}},
        name="goals to look at",
    )
    async def again(who: Asker, person: PersonId) -> Response:
        """The goals that nobody has looked at for the time that the person chose."""
        return in_form(who, await operated(who, person, Act.TO_LOOK_AT, goals_to_look_at), JSON)


async def operated(
    who: Visitor, person: str, act: Act, operation: Interaction, query: str = ""
) -> bytes:
    """What an operation on one person answers: decided and audited as one act."""
    ask = replace(who.asked, act=act, type="Patient", id=person, query=query)
    return (await permitted(who.record, who.caller, ask, operation)).body


def in_form(who: Visitor, body: bytes | str, form: str, language: str = ENGLISH) -> Response:
    """An answer in one form and one language, with the headers that every answer has."""
    headers = {
        **always(who.request_id),
        "Content-Language": language,
        "Vary": "Accept, Accept-Language",
    }
    return Response(body, 200, headers=headers, media_type=form)
