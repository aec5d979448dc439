"""The moves of a goal: said anew, put in its place, started, paused, picked up again, reached, let
go."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller
from app.access.decision import decide
from app.endpoints.rest.door import Visitor, about
from app.endpoints.rest.entries import Asker, EntryId, PersonId, of_person, posted, shown_model
from app.errors import Forbidden, Invalid, Issue
from app.fhir.resource_types import Json
from app.interactions.perform import perform
from app.interactions.visit import Answer
from app.store.unit import Unit
from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.goal_becoming import GoalMove
from app.what_matters.shapes.goal_moves import (
    GOAL_MOVES,
    GOAL_REWORDING,
    STANDING,
    MoveOfGoal,
    PrioritisedGoal,
    RewordedGoal,
    moved_in_words,
    prioritised,
    reworded_in_words,
    said_of,
)
from app.what_matters.shapes.goals import GOALS

_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"model": shown_model(GOALS)}}
_SAID_NOTHING = MoveOfGoal()
_NOT_FROM_HERE = (
    "This move cannot be made from where the goal stands, which this token may not read."
)
_GOAL = f"/people/{{person}}/{GOALS.name}/{{id}}"


def goal_move_routes(router: APIRouter) -> None:
    """Add the moves of a goal to a router."""
    for word in get_args(GoalMove):
        _move_route(router, word)

    @router.post(f"{_GOAL}/reword", responses=_ANSWERS, name="say a goal anew")
    async def reword(
        request: Request, who: Asker, person: PersonId, id: EntryId, body: RewordedGoal
    ) -> Response:
        def change(goal: Json) -> Json:
            said = said_of(body, person, who.caller.agent, who.record.now())
            return reworded_in_words(goal, body.words, said)

        return await _changed(request, who, GOAL_REWORDING, (person, id), change)

    @router.post(f"{_GOAL}/prioritise", responses=_ANSWERS, name="say how much a goal matters")
    async def prioritise(
        request: Request, who: Asker, person: PersonId, id: EntryId, body: PrioritisedGoal
    ) -> Response:
        def change(goal: Json) -> Json:
            said = said_of(body, person, who.caller.agent, who.record.now())
            return prioritised(goal, body, said, who.caller.agent)

        return await _changed(request, who, GOAL_MOVES, (person, id), change)


def _move_route(router: APIRouter, word: GoalMove) -> None:
    name = f"{word.replace('-', ' ')}: a move of a goal"

    @router.post(f"{_GOAL}/{word}", responses=_ANSWERS, name=name)
    async def move(
        request: Request,
        who: Asker,
        person: PersonId,
        id: EntryId,
        body: MoveOfGoal = _SAID_NOTHING,
    ) -> Response:
        def change(goal: Json) -> Json:
            said = said_of(body, person, who.caller.agent, who.record.now())
            return moved_in_words(goal, word, said, body.why, who.caller.agent)

        return await _changed(request, who, GOAL_MOVES, (person, id), change)


async def _changed(
    request: Request,
    who: Visitor,
    words: Kind,
    place: tuple[str, str],
    change: Callable[[Json], Json],
) -> Response:
    """Make the next version of the goal that If-Match names, once where the request has a key.
    words: the kind whose fields a refusal names. place: the person's id and the goal's."""
    person, id = place
    about(request, words)

    def make(tree: Json) -> Json:
        request.state.tree = of_person(GOALS, person, tree)
        try:
            request.state.tree = change(tree)
        except Invalid as refusal:
            raise _told_to(who.caller, refusal) from None
        return request.state.tree  # type: ignore[no-any-return]

    version = who.version_changed()
    ask = replace(who.asked, act=Act.PATCH, type="Goal", id=id, if_match=version, change=make)

    async def work(unit: Unit | None) -> Sequence[Answer]:
        return [await perform(who.record, who.caller, ask, unit)]

    return await posted(request, who, GOALS, ask, work)


def _told_to(caller: Caller, refusal: Invalid) -> Invalid:
    """The same; to who may write and not read, without where the goal stands."""
    try:
        decide(caller, Act.READ, "Goal")
    except Forbidden:
        states = (one for one in refusal.issues if one.expression == STANDING)
        if any(states):
            return Invalid([Issue("business-rule", _NOT_FROM_HERE, STANDING)])
    return refusal
