"""What may become of a goal, as the plain API says it: who says so, why, and how we know.

Source: app/what_matters/goal.py, which makes the moves.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.errors import Invalid, Issue
from app.fhir.resource_types import Json
from app.fhir.rule import nodes
from app.fhir.terminology import lookup
from app.what_matters.goal import (
    HOW_KNOWN,
    HOW_KNOWN_CODES,
    Said,
    moved,
    moves_of,
    rated,
    reworded,
    standing,
)
from app.what_matters.links import linked
from app.what_matters.mapping.kind import changed
from app.what_matters.mapping.parts import stands
from app.what_matters.mapping.who import reference_to
from app.what_matters.shapes.acting import Sayer
from app.what_matters.shapes.goal_becoming import MOVE_BY_WORD, GoalMove, may_become
from app.what_matters.shapes.goals import GOALS, HowKnown, Priority
from app.what_matters.shapes.words import Shape, Words, ZeroToTen

_NOT_OTHERS = "You sign in as the person, so it is you who says it. Leave this out."
_NOT_THEIRS = "This is said by whoever writes it, by somebody of theirs, or by the person."
_HOW = (
    "This is for the person to say. Write down what they told you and how you know, or tell your "
    "own view as progress."
)


class SaidOfGoal(Shape):
    """Who says something about a goal; whoever signs in, unless somebody else is named."""

    said_by: Annotated[Sayer | None, stands("note")] = Field(
        None, description="A worker of yours, or the person, when you write down what they said."
    )
    how_we_know: Annotated[HowKnown | None, stands(f"extension('{HOW_KNOWN}')")] = Field(
        None, description="How you know it of the person: needed unless the person signs in."
    )


class MoveOfGoal(SaidOfGoal):
    """A move of a goal, and why."""

    why: Annotated[Words | None, stands("statusReason")] = Field(
        None,
        description="Why, in the person's words. Needed to pause a goal and to let it go.",
        examples=["This is enough for me."],
    )


class RewordedGoal(SaidOfGoal):
    """A goal in new words; those before are kept with it."""

    words: Annotated[Words, stands("description.text")] = Field(
        examples=["I want to sleep with the window open"]
    )
    said_by: Annotated[Sayer | None, stands("expressedBy")] = Field(
        None, description="A worker of yours; the person, where nobody is named."
    )


class PrioritisedGoal(SaidOfGoal):
    """How much a goal matters now, and how sure the person is."""

    importance: ZeroToTen | None = None
    confidence: ZeroToTen | None = None
    priority: Annotated[Priority | None, Field(description="Beside other goals.")] = None


STANDING = "Goal.lifecycleStatus"  # where a move that cannot be made is told
# What a fault of a goal is in the fields of its moves.
_RULES = {
    **GOALS.rules,
    "said-by-others": ("said_by", _NOT_OTHERS),
    "said-by-theirs": ("said_by", _NOT_THEIRS),
}
GOAL_MOVES = replace(GOALS, name="moves", one="move", shape=MoveOfGoal, rules=_RULES)
GOAL_REWORDING = replace(GOALS, name="words", one="rewording", shape=RewordedGoal, rules=_RULES)


def said_of(body: SaidOfGoal, person: str, agent: str, when: datetime) -> Said:
    """Who says it. agent: who signs in, `Patient/7` or `Organization/8`. Raises Invalid where it
    is said in the name of somebody who does not sign in, and how it is known is not told."""
    myself = f"Patient/{person}"
    named = body.said_by.model_dump(exclude_none=True) if body.said_by else {}
    who = str(reference_to(named).get("reference", agent))
    if agent == myself:
        if who != myself:
            raise Invalid([Issue("business-rule", _NOT_OTHERS, rule="said-by-others")])
        return Said(who, when)
    if not agent.startswith("Organization/") and who not in (agent, myself):
        raise Invalid([Issue("business-rule", _NOT_THEIRS, rule="said-by-theirs")])
    if body.how_we_know is None:
        raise Invalid([Issue("required", _HOW, "Goal.extension", rule="wm-goal-1")])
    return Said(who, when, body.how_we_know)


def moved_in_words(goal: Json, word: GoalMove, said: Said, why: str | None, agent: str) -> Json:
    """The goal after a move. agent: who signs in, and so wrote down what the person said. Raises
    Invalid with the moves that may be made from here."""
    move = MOVE_BY_WORD[word]
    if move not in moves_of(goal):
        ways = ", ".join(may_become(goal)) or "nothing"
        said_so = f"This goal is {standing(goal)}. What it may become now: {ways}."
        raise Invalid([Issue("business-rule", said_so, STANDING)])
    return moved(goal, move, _written_by(goal, said, agent), why)


def reworded_in_words(goal: Json, words: str, said: Said) -> Json:
    """The goal in its new words, with those before in a note, and how it is known that they are
    the person's where somebody else wrote them down. FHIR has no goal in the words of an
    organisation, so what one writes down is in the person's."""
    if said.who.startswith("Organization/"):
        said = replace(said, who=linked(goal, "subject", "Patient")[0])
    after = reworded(goal, words, said)
    how = {"how": said.how_known} if said.how_known and after != goal else None
    return changed(GOALS, after, {"how_we_know": how}) if how else after


def prioritised(goal: Json, body: PrioritisedGoal, said: Said, agent: str) -> Json:
    """The goal with how much it matters; what is not said stays as it was. Where somebody else
    wrote it down, a note tells who, and how they know."""
    said = _written_by(goal, said, agent)
    told = {
        name: number
        for name in ("importance", "confidence")
        if (number := getattr(body, name)) is not None
    }
    after = rated(goal, said, **told)
    if body.priority is not None:
        after = changed(GOALS, after, {"priority": body.priority})
    known = lookup(HOW_KNOWN_CODES, said.how_known or "")
    if known is not None and after != goal:
        note = {
            "authorReference": {"reference": said.who},
            "time": said.when.isoformat(),
            "text": f"How much it matters. {known.display}.",
        }
        after["note"] = [*nodes(goal, "note"), note]
    return after


def _written_by(goal: Json, said: Said, agent: str) -> Said:
    """What the person said, and another wrote down, is told by the one who wrote it."""
    is_theirs = said.how_known is not None and said.who in linked(goal, "subject")
    return replace(said, who=agent) if is_theirs else said
