"""What may become of a goal, as the plain API tells it.

Source: app/what_matters/goal.py
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from app.fhir.resource_types import Json
from app.what_matters.goal import Move, moves_of

GoalMove = Literal["start", "pause", "pick-up-again", "reached", "let-go"]
MOVE_BY_WORD: Mapping[GoalMove, Move] = MappingProxyType(
    {
        "start": Move.START,
        "pause": Move.PAUSE,
        "pick-up-again": Move.PICK_UP,
        "reached": Move.REACH,
        "let-go": Move.LET_GO,
    }
)
_WORD_BY_MOVE = {move: word for word, move in MOVE_BY_WORD.items()}


def may_become(goal: Json) -> list[GoalMove]:
    """The moves that may be made now: each a POST to the goal's address, then the move."""
    return [_WORD_BY_MOVE[move] for move in moves_of(goal)]
