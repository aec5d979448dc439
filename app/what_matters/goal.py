"""A goal from its first day on: what may become of it, in plain words, and who may say so.

A goal is the person's. They say everything about it. Somebody else may write down what the person
said, and then tells how they know; what is nobody's but theirs is at most a suggestion. Letting go
is no failure, and picking up again is always open.
Spec: https://hl7.org/fhir/R4/goal.html, fhir_profiles/StructureDefinition/person-stated-goal.json
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.errors import Forbidden, Invalid, Issue
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text
from app.fhir.terminology import lookup
from app.what_matters.links import extension_of, linked
from app.what_matters.progress import ACHIEVEMENT

HOW_KNOWN = f"{BASE}/StructureDefinition/goal-how-known"
HOW_KNOWN_CODES = f"{BASE}/CodeSystem/goal-how-known"
RATINGS = ("importance", "confidence")


class Standing(StrEnum):
    """Where a goal stands, as it is told."""

    SUGGESTED = "suggested"
    AGREED = "agreed"
    UNDER_WAY = "under way"
    PAUSED = "paused"
    REACHED = "reached"
    ENDED = "ended"
    LET_GO = "let go"
    NOT_WANTED = "not wanted"
    MISTAKE = "a mistake"


class Move(StrEnum):
    """What may become of a goal."""

    START = "start"
    PAUSE = "pause"
    PICK_UP = "pick up again"
    REACH = "achieved"
    LET_GO = "let go"


class LettingGo(StrEnum):
    """Reasons to let a goal go, or to pause it, for who has no words of their own at hand."""

    ENOUGH = "This is enough for me."
    SOMETHING_ELSE = "Something else matters more to me now."
    LIFE_CHANGED = "My life has changed."
    ANOTHER_WAY = "I found another way."
    NOT_MINE = "It was somebody else's wish more than mine."
    TOO_MUCH = "It takes more than I have to give."
    NOT_NOW = "Not now. Maybe one day."
    RATHER_NOT_SAY = "I would rather not say."


STANDING_BY_STATUS: Mapping[str, Standing] = MappingProxyType(
    {
        "proposed": Standing.SUGGESTED,
        "planned": Standing.AGREED,
        "accepted": Standing.AGREED,
        "active": Standing.UNDER_WAY,
        "on-hold": Standing.PAUSED,
        "completed": Standing.ENDED,
        "cancelled": Standing.LET_GO,
        "rejected": Standing.NOT_WANTED,
        "entered-in-error": Standing.MISTAKE,
    }
)
_BEFORE_IT_BEGINS = frozenset(("proposed", "planned", "accepted"))
_OPEN = _BEFORE_IT_BEGINS | {"active", "on-hold"}
# By the move: (from which lifecycleStatus, to which).
MOVES: Mapping[Move, tuple[frozenset[str], str]] = MappingProxyType(
    {
        Move.START: (_BEFORE_IT_BEGINS, "active"),
        Move.PAUSE: (_OPEN - {"on-hold"}, "on-hold"),
        Move.PICK_UP: (frozenset(("on-hold", "completed", "cancelled", "rejected")), "active"),
        Move.REACH: (_OPEN, "completed"),
        Move.LET_GO: (_OPEN, "cancelled"),
    }
)
_NEEDS_A_REASON = frozenset((Move.PAUSE, Move.LET_GO))


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something about a goal, and when. who: `Patient/7`, `Practitioner/8`, ...

    how_known: a code of `goal-how-known` when it is not the person who says it, but known of them;
    None for who speaks for themself.
    """

    who: str
    when: datetime
    how_known: str | None = None


def standing(goal: Json) -> Standing:
    """Where a Goal stands: `REACHED` where it is completed and says that it was achieved."""
    found = STANDING_BY_STATUS.get(text(goal, "lifecycleStatus") or "", Standing.UNDER_WAY)
    is_reached = has_coding(goal, "achievementStatus", ACHIEVEMENT, frozenset(("achieved",)))
    return Standing.REACHED if found is Standing.ENDED and is_reached else found


def moves_of(goal: Json) -> tuple[Move, ...]:
    """What may become of a Goal next."""
    status = text(goal, "lifecycleStatus") or ""
    return tuple(move for move, (starts, _) in MOVES.items() if status in starts)


def begun(goal: Json) -> Json:
    """A new Goal, with where it stands: as it says; else a suggestion, unless the person says it or
    it is known that they do."""
    if "lifecycleStatus" in goal:
        return goal
    how = node_at(extension_of(goal, HOW_KNOWN), "valueCodeableConcept")
    codes = (one for one in nodes(how, "coding") if one.get("system") == HOW_KNOWN_CODES)
    known = any(lookup(HOW_KNOWN_CODES, text(one, "code") or "") is not None for one in codes)
    is_theirs = known or _put_by_the_person(goal)
    return {**goal, "lifecycleStatus": "active" if is_theirs else "proposed"}


def moved(goal: Json, move: Move, said: Said, reason: str | LettingGo | None = None) -> Json:
    """The Goal after a move: another resource; the one that is given stays as it is.

    reason: the person's own words, or one that they chose. Pausing and letting go need one.
    Raises Forbidden where it is not theirs to say, Invalid for a move that cannot be made from
    here, and for a reason that is missing.
    """
    _must_be_theirs(goal, said)
    starts, end = MOVES[move]
    if text(goal, "lifecycleStatus") not in starts:
        raise Invalid([_no_such_move(goal)])
    words = (reason or "").strip()
    if move in _NEEDS_A_REASON and not words:
        said_why = "Say why, in the person's own words, or choose a reason. Any reason will do."
        raise Invalid([Issue("required", said_why, "Goal.statusReason")])
    after = deepcopy(goal)
    after["lifecycleStatus"] = end
    after["statusDate"] = said.when.date().isoformat()
    if words:
        after["statusReason"] = words
    else:
        after.pop("statusReason", None)
    if move is Move.REACH:
        after["achievementStatus"] = _achievement("achieved")
    elif move is Move.PICK_UP and standing(goal) in (Standing.REACHED, Standing.ENDED):
        after["achievementStatus"] = _achievement("in-progress")
    return _known_by(after, said, move.value)


def reworded(goal: Json, words: str, said: Said) -> Json:
    """The Goal in new words: another resource. Those before are kept in it whole, as a note of who
    said them, beside every version that the record keeps.

    Raises Forbidden where it is not theirs to say, Invalid for no words.
    """
    _must_be_theirs(goal, said)
    if not words.strip():
        raise Invalid([Issue("required", "Say the goal in words.", "Goal.description.text")])
    before = text(node_at(goal, "description"), "text") or ""
    if words == before:
        return deepcopy(goal)
    after = deepcopy(goal)
    note = {"time": said.when.isoformat(), "text": before}
    if "expressedBy" in goal:
        note["authorReference"] = deepcopy(goal["expressedBy"])
    after["note"] = [*nodes(goal, "note"), note]
    # A code said what the old words meant; nobody has said it of the new ones.
    after["description"] = {"text": words}
    after["expressedBy"] = {"reference": said.who}
    others = [one for one in nodes(goal, "extension") if one.get("url") != HOW_KNOWN]
    if not _is_the_person(_subject(goal), said):
        others.append({"url": HOW_KNOWN, "valueCodeableConcept": _how_known(said)})
    after["extension"] = others
    if not others:
        del after["extension"]
    return after


def rated(goal: Json, said: Said, **ratings: int) -> Json:
    """The Goal with how much it matters (importance) or how sure the person is (confidence), each
    from 0 to 10: another resource. Raises Forbidden and Invalid as the others do."""
    _must_be_theirs(goal, said)
    faults = []
    after = deepcopy(goal)
    for name, number in ratings.items():
        if name not in RATINGS or type(number) is not int or not 0 <= number <= 10:
            faults.append(Issue("value", "Say it as a whole number from 0 to 10.", name))
            continue
        url = f"{BASE}/StructureDefinition/goal-{name}"
        others = [one for one in nodes(after, "extension") if one.get("url") != url]
        after["extension"] = [*others, {"url": url, "valueInteger": number}]
    if faults:
        raise Invalid(faults)
    return after


def lost_words(tree: Json, before: Json | None) -> Iterator[Issue]:
    """Where somebody else's words stand in the place of the person's own, and these are gone."""
    words = text(node_at(before or {}, "description"), "text")
    if before is None or words is None or not _put_by_the_person(before):
        return
    is_kept = text(node_at(tree, "description"), "text") == words or any(
        words in (text(one, "text") or "") for one in nodes(tree, "note")
    )
    if not is_kept and not _put_by_the_person(tree):
        said = (
            "The words that stood here were the person's own. Keep them whole in a note, or, when "
            "the person said it anew, say in expressedBy that it was them."
        )
        yield Issue("business-rule", said, "Goal.note", rule="wm-goal-own-words")


def _must_be_theirs(goal: Json, said: Said) -> None:
    if not _is_theirs(_subject(goal), said):
        raise Forbidden(
            "This is for the person to say. Write down what they told you and how you know, or "
            "tell your own view as progress."
        )


def _is_theirs(subject: str, said: Said) -> bool:
    is_known = said.how_known is not None and lookup(HOW_KNOWN_CODES, said.how_known) is not None
    return _is_the_person(subject, said) or is_known


def _is_the_person(subject: str, said: Said) -> bool:
    return bool(subject) and said.who == subject


def _subject(goal: Json) -> str:
    return next(iter(linked(goal, "subject", "Patient")), "")


def _put_by_the_person(goal: Json) -> bool:
    return bool(_subject(goal)) and linked(goal, "expressedBy") == [_subject(goal)]


def _no_such_move(goal: Json) -> Issue:
    ways = ", ".join(moves_of(goal)) or "nothing"
    said = f"This goal is {standing(goal)}. What may come next: {ways}."
    return Issue("business-rule", said, "Goal.lifecycleStatus")


def _known_by(goal: Json, said: Said, what: str) -> Json:
    """With a note of who said it for the person, and how they know."""
    if not _is_the_person(_subject(goal), said):
        told = f"{what.capitalize()}. {_how_known(said)['coding'][0]['display']}."
        note = {
            "authorReference": {"reference": said.who},
            "time": said.when.isoformat(),
            "text": told,
        }
        goal["note"] = [*nodes(goal, "note"), note]
    return goal


def _how_known(said: Said) -> Json:
    known = lookup(HOW_KNOWN_CODES, said.how_known or "")
    display = known.display if known is not None else None
    coding = {"system": HOW_KNOWN_CODES, "code": said.how_known, "display": display}
    return {"coding": [coding]}


def _achievement(code: str) -> Json:
    return {"coding": [{"system": ACHIEVEMENT, "code": code}]}
