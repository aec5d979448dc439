"""Figures: the measures of Person-Centered Outcomes and the T-score, of one person and of a set of
people; and how it was, of a set.

Spec: docs/api.md
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError
from msgspec.json import decode, encode
from msgspec.structs import replace

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import Asker, PersonId
from app.endpoints.rest.forms import JSON, TEXT, wanted_form
from app.endpoints.rest.page import NOT_IN_THIS_FORM, ZONE, in_form, operated
from app.interactions.perform import permitted
from app.interactions.visit import Answer, Visit
from app.operations.experience_scores import experience_scores
from app.operations.measures import measures_of_person, measures_of_several
from app.what_matters.experience_told import ExperienceScores
from app.what_matters.measures_text import measures_text
from app.what_matters.measures_told import PersonMeasured, SetMeasured, reasons_in
from app.what_matters.period import Period
from app.what_matters.shapes.figures import OfPeople, WholeDay

First = Annotated[
    WholeDay,
    Query(alias="from", description="The first day that counts.", examples=["2026-01-01"]),
]
Last = Annotated[WholeDay, Query(description="The last day that counts.", examples=["2026-12-31"])]
_TURNED_ROUND = "The last day is before the first"


def figure_routes(router: APIRouter) -> None:
    """Add these addresses to a router."""

    @router.get(
        "/people/{person}/measures",
        responses={200: {"model": PersonMeasured, "content": {TEXT: {}}}, **NOT_IN_THIS_FORM},
        name="measures of a person",
    )
    async def one(who: Asker, person: PersonId, first: First, to: Last) -> Response:
        """What the person counts for in some time, goal by goal with the reason, and how far the
        goals have come."""
        form = wanted_form(who.headers, (JSON, TEXT))
        operation = partial(measures_of_person, period=period_of(first, to))
        body = await operated(who, person, Act.MEASURES, operation, days(first, to))
        told = decode(body, type=PersonMeasured)
        if form == JSON:
            return in_form(who, encode(reasons_in(told, who.say)), JSON, who.asked.language)
        return in_form(who, measures_text(told, who.say), TEXT, who.asked.language)

    @router.post(
        "/measures",
        responses={200: {"model": SetMeasured}},
        name="measures of several people",
    )
    async def several(who: Asker, body: OfPeople) -> Response:
        """What those of these people whom you see count for together."""
        return await of_people(who, body, Act.MEASURES, measures_of_several)

    @router.post(
        "/experience",
        responses={200: {"model": ExperienceScores}},
        name="experience scores of several people",
    )
    async def how_it_was(who: Asker, body: OfPeople) -> Response:
        """How it was to be helped, by what those of these people whom you see answered."""
        return await of_people(who, body, Act.EXPERIENCE_SCORES, experience_scores)


async def of_people(
    who: Visitor, body: OfPeople, act: Act, operation: Callable[..., Awaitable[Answer]]
) -> Response:
    """What an operation on several people answers: decided as one act, and audited person by
    person."""
    period = period_of(body.from_, body.to)

    async def asked(visit: Visit) -> Answer:
        return await operation(visit, body.people, period)

    ask = replace(who.asked, act=act, type="Patient", id=None, query=days(body.from_, body.to))
    answer = await permitted(who.record, who.caller, ask, asked)
    return in_form(who, answer.body, JSON)


def period_of(first: str, last: str) -> Period:
    """The days from the first to the last, in the place's own time."""
    if last < first:
        fault = {"type": "value_error", "loc": ("query", "to"), "msg": _TURNED_ROUND}
        raise RequestValidationError([fault])
    return Period(date.fromisoformat(first), date.fromisoformat(last), ZONE)


def days(first: str, last: str) -> str:
    """The days as they stand in an address, for the log."""
    return urlencode({"from": first, "to": last})
