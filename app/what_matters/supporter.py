"""Where a supporter stands, why, and what may follow: the shipped code systems supporter-state and
supporter-state-reason, as rules.

Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from msgspec import Struct

from app.errors import Issue
from app.fhir.labels import Label, labels_of
from app.fhir.library import BASE, by_url
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text

PROFILE = f"{BASE}/StructureDefinition/supporter"
BASIS = f"{BASE}/StructureDefinition/supporter-basis"
STATE = f"{BASE}/StructureDefinition/supporter-state"
REASON = f"{BASE}/StructureDefinition/supporter-state-reason"
ACTIVE, INVITED, PAUSED, DECLINED, ENDED = "active", "invited", "paused", "declined", "ended"
UNDER_REVIEW, REVIEW_AGREED = "under-review", "review-agreed"
RULE = "wm-supporter-state"

_STATES = f"{BASE}/CodeSystem/supporter-state"
_REASONS = f"{BASE}/CodeSystem/supporter-state-reason"
_FIRST_VERSION_ALONE = "recorded"
_KEPT_FROM_SUPPORTERS = (
    "No supporter is to read this reason, now or in what was: add the label hidden-from-supporters."
)
_AT_AN_END = frozenset((DECLINED, ENDED))


class Standing(Struct, frozen=True):
    """Where a supporter stands. reason: None where no state is written down, as of old: then
    `active` alone tells."""

    state: str
    reason: str | None = None


class Reason(Struct, frozen=True):
    """One reason. leads_to: the states it may be given for. given_by: "anybody", "organisation" or
    "invited". left_by: the only reason by which it goes on, if there is but one. is_kept: no
    supporter is to read it."""

    leads_to: frozenset[str]
    given_by: str
    left_by: str | None
    is_kept: bool


@cache
def moves() -> Mapping[str, tuple[str, ...]]:
    """The states that may follow each, the same one left out. Raises LookupError when the
    definition is not shipped."""
    return MappingProxyType(
        {code: tuple(found["may-move-to"]) for code, found in _concepts(_STATES, "may-move-to")}
    )


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason by its code. Raises LookupError when the definition is not shipped."""
    names = ("leads-to", "given-by", "left-by", "kept-from-supporters")
    return MappingProxyType(
        {
            code: Reason(
                frozenset(found["leads-to"]),
                found["given-by"][0],
                found["left-by"][0] if found["left-by"] else None,
                bool(found["kept-from-supporters"]),
            )
            for code, found in _concepts(_REASONS, *names)
        }
    )


def standing_of(tree: Json) -> Standing:
    """Where an entry says that its supporter stands; of several states, none that is known."""
    states, why = _codes(tree, STATE), _codes(tree, REASON)
    if not states:
        return Standing(ACTIVE if tree.get("active") is True else ENDED)
    return Standing(states[0] if len(states) == 1 else "", why[0] if len(why) == 1 else None)


def helps(tree: Json) -> bool:
    """Whether somebody helps just now, as far as the state tells: both ways of saying it agree."""
    return tree.get("active") is True and standing_of(tree).state == ACTIVE


def is_by_parental_responsibility(tree: Json) -> bool:
    """Whether somebody helps on the ground of parental responsibility."""
    grounds = (one for one in nodes(tree, "extension") if one.get("url") == BASIS)
    return any(
        text(coding, "code") == "parental-responsibility"
        for one in grounds
        for coding in nodes(node_at(one, "valueCodeableConcept"), "coding")
    )


def called(tree: Json) -> str:
    """What a RelatedPerson is called, in words."""
    for name in nodes(tree, "name"):
        given = [part for part in name.get("given", ()) if isinstance(part, str)]
        words = text(name, "text") or " ".join([*given, text(name, "family") or ""]).strip()
        if words:
            return words
    return "Somebody"


def with_standing(tree: Json, now: Standing) -> Json:
    """The same entry, standing there. now: with a reason."""
    others = [one for one in nodes(tree, "extension") if one.get("url") not in (STATE, REASON)]
    said = [_said(STATE, _STATES, now.state), _said(REASON, _REASONS, now.reason or "")]
    return {**tree, "active": now.state == ACTIVE, "extension": [*others, *said]}


def _said(url: str, system: str, code: str) -> Json:
    return {"url": url, "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def wrong_steps(tree: Json, before: Json | None) -> Iterator[Issue]:
    """What is wrong with where a RelatedPerson stands, or with how it came there. before: the
    stored version; a new one may stand anywhere."""
    states, why = _codes(tree, STATE), _codes(tree, REASON)
    was = standing_of(before) if before else None
    now = standing_of(tree)
    if max(len(states), len(why)) > 1 or len(states) != len(why):
        if not _is_told_by_its_profile(tree):
            yield _issue("Say where they stand once, and why once: a state and its reason.")
    elif not states:
        if was is not None and was.reason is not None:
            yield _issue("Where they stand stays written down: keep the state and its reason.")
        elif was is not None and was.state != now.state:
            said = f"A change of where they stand says why. {_ways(was)}"
            yield Issue("business-rule", said, "RelatedPerson.active", rule=RULE)
    else:
        yield from _of_what_is_said(tree, was, now)


def _is_told_by_its_profile(tree: Json) -> bool:
    """Whether the profile says the same, so that no fault is told twice."""
    return PROFILE in (node_at(tree, "meta").get("profile") or ())


def _of_what_is_said(tree: Json, was: Standing | None, now: Standing) -> Iterator[Issue]:
    is_other = (tree.get("active") is True) != (now.state == ACTIVE)
    if is_other and not _is_told_by_its_profile(tree):
        said = "active is true for somebody who helps, and false wherever else they stand."
        yield Issue("business-rule", said, "RelatedPerson.active", rule=RULE)
    reason = reasons().get(now.reason or "")
    if reason is None or now.state not in reason.leads_to:
        fitting = [code for code, one in reasons().items() if now.state in one.leads_to]
        known = f"The reasons for this state are: {', '.join(fitting)}." if fitting else _STATES_ARE
        yield _issue(known)
    elif was is not None and not _may_follow(was, now):
        yield _issue(f"This step cannot be taken. {_ways(was)}")
    elif reason.is_kept and not labels_of(tree) & Label.HIDDEN_FROM_SUPPORTERS:
        place = "RelatedPerson.meta.security"
        yield Issue("business-rule", _KEPT_FROM_SUPPORTERS, place, rule=RULE)


def _may_follow(was: Standing, now: Standing) -> bool:
    if was == now:
        return True
    if now.state != was.state and now.state not in moves().get(was.state, ()):
        return False
    if now.reason == _FIRST_VERSION_ALONE:
        return was.reason is None and now.state == was.state
    held = _held_by(was)
    return held is None or now.state in _AT_AN_END or now.reason == held or _holds(was, now, held)


def _held_by(was: Standing) -> str | None:
    """The reason without which it does not go on, or None."""
    reason = reasons().get(was.reason or "")
    return reason.left_by if reason is not None else None


def _holds(was: Standing, now: Standing, held: str) -> bool:
    """Whether one that is held goes on being held, or helps no more while it is looked at."""
    if was.state == ACTIVE:
        return now.state == PAUSED
    return now.state == was.state and _held_by(now) == held


def _ways(was: Standing) -> str:
    """What may come next, in words."""
    held = _held_by(was)
    told = []
    for state in moves().get(was.state, ()):
        fitting = [
            code
            for code, one in reasons().items()
            if state in one.leads_to
            and code != _FIRST_VERSION_ALONE
            and (held is None or state != ACTIVE or code == held)
        ]
        told.append(f"{state} ({', '.join(fitting)})")
    if not told:
        return f"Whoever is {was.state} stays so; invite them anew, which is a new entry."
    return f"From {was.state} it can become: {'; or '.join(told)}."


def _issue(said: str) -> Issue:
    return Issue("business-rule", said, "RelatedPerson.extension", rule=RULE)


_STATES_ARE = "The states are: invited, active, paused, declined, ended."


def _codes(tree: Json, url: str) -> list[str]:
    """The code that an extension says, for each time it stands there; "" where it is not one code
    of ours alone."""
    system = _STATES if url == STATE else _REASONS
    found = []
    for one in nodes(tree, "extension"):
        if one.get("url") == url:
            codings = list(nodes(node_at(one, "valueCodeableConcept"), "coding"))
            is_ours = len(codings) == 1 and text(codings[0], "system") == system
            found.append((text(codings[0], "code") or "") if is_ours else "")
    return found


def _concepts(url: str, *names: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Each code of a shipped code system, with the values of these properties."""
    definition = by_url(url)
    if definition is None:
        raise LookupError(url)
    for concept in definition.tree["concept"]:
        found: dict[str, list[str]] = {name: [] for name in names}
        for one in concept.get("property", ()):
            if one["code"] in found:
                [value] = [one[name] for name in one if name != "code"]
                found[one["code"]].append(str(value))
        yield str(concept["code"]), found
