"""What was drawn, made right by the rules that ask of several fields together."""

from collections.abc import Callable
from typing import Any

from app.what_matters.mapping.kind import Kind

Json = dict[str, Any]


def valid(kind: Kind, said: Json) -> Json:
    """The same, with what the rules of its profile ask of several fields together."""
    settle = SETTLED.get(kind.name)
    said = {name: in_order(one) for name, one in _in_time(said).items()}
    return settle(said) if settle else said


def in_order(said: Any) -> Any:
    """No period ends before it begins."""
    if isinstance(said, list):
        return [in_order(one) for one in said]
    if not isinstance(said, dict):
        return said
    return _in_time({name: in_order(one) for name, one in said.items()})


def _in_time(said: Json) -> Json:
    said = dict(said)
    for first, last in (("first_day", "last_day"), ("began", "ended")):
        if first in said and last in said:
            said[last] = said[first]
    return said


def score(said: Json) -> Json:
    """Told in one way: a number, which may have a unit, a count, or words."""
    way = next((one for one in ("number", "count", "words") if one in said), "count")
    units = {"unit", "unit_code"} if way == "number" else set()
    kept = {name: one for name, one in said.items() if name in {"what", "name", "by", way, *units}}
    return {way: 1, **kept}


def _goal(said: Json) -> Json:
    said = {**said, "state": "active", "how_we_know": {"how": "said"}, "going": "under-way"}
    if "steps" in said:
        said["measured_by"] = "five-steps"
    elif said.get("measured_by") == "five-steps":
        del said["measured_by"]
    if "targets" in said:
        said["targets"] = [{"what": "Nights", **score(one)} for one in said["targets"]]
    return _with_one_review(said)


def _progress(said: Json) -> Json:
    ways = ("measured", "number", "step", "words")
    way = next((one for one in ways if one in said), "number")
    if way == "measured":
        said["measured"] = {"what": "Steps", **score(said.get(way, {}))}
    said = {way: 8} | {name: one for name, one in said.items() if name == way or name not in ways}
    if way != "step":
        said.pop("view", None)
    elif said.get("view", "at-the-start") != "at-the-start":
        who = "tamsin-pender" if said["view"] == "person" else "somebody"
        said["told_by"] = [{"kind": said["view"], "id": who}]
    else:
        said["view"] = "at-the-start"
    return said


def _wellbeing(said: Json) -> Json:
    return {"happy": 6} | {name: one for name, one in said.items() if name != "told_by"}


def _assessment(said: Json) -> Json:
    if "parts" in said:
        said["parts"] = [score(one) for one in said["parts"]]
    return {**said, "score": score(said.get("score", {}))}


def _action(said: Json) -> Json:
    return {**said, "things": [_thing(one) for one in said["things"]]}


def _thing(said: Json) -> Json:
    went = {name: one for name, one in said.items() if name == "how_it_went"}
    if "request_for_help" in said:
        return {"request_for_help": said["request_for_help"], **went}
    needed = {"what": "Walk", "who": [{"kind": "person", "id": "t"}], "for_goals": ["quay"]}
    said = {**needed, "why": "Rain", **said, "state": said.get("state", "done")}
    if "every" in said:
        said.pop("when", None)
    else:
        said["when"] = "On Fridays"
    said = _with_one_review(said)
    return {name: one for name, one in said.items() if name not in ("first_day", "last_day")}


def _with_one_review(said: Json) -> Json:
    if "review_on" in said:
        said["review_on"] = dict([next(iter(said["review_on"].items()))])
    return said


def _with_a_review(said: Json) -> Json:
    return _with_one_review(_action(said))


def _contact(said: Json) -> Json:
    planned = said.get("state") == "planned"
    said = {"ended": said["began"], **said}
    return {name: one for name, one in said.items() if name != "told_again" or not planned}


def _experience(said: Json) -> Json:
    said = {"overall": "good", **said}
    return {name: one for name, one in said.items() if name != "told_by"}


def _team(said: Json) -> Json:
    for one in said.get("members", ()):
        if "on_behalf_of" in one:
            one["who"] = {"kind": "worker", "id": "somebody"}
    return said


def _supporter(said: Json) -> Json:
    said = {**said, "last_day": said["first_day"]}
    if "reason" in said or said.get("state", "ended") not in ("helping", "ended"):
        by_state = {"invited": "invited-by-person", "said-no": "declined"}
        said["reason"] = by_state.get(said.get("state", ""), "recorded")
    if "reach" in said:
        said["reach"] = [{"by": "phone", **one} for one in said["reach"]]
    return _openly(said)


def _openly(said: Json) -> Json:
    """Who helps, and what was chosen, is hidden from nobody."""
    return {name: one for name, one in said.items() if name != "kept_from"}


def _sharing(said: Json) -> Json:
    if said["choice"] == "yes":
        said["to"] = [{"kind": "organisation", "id": "gp-surgery"}]
    return _openly(said)


def _priorities(said: Json) -> Json:
    if "order" in said:
        said["order"] = [dict([next(iter(one.items()))]) for one in said["order"]]
        said.pop("nothing_because", None)
        return said
    return {"nothing_because": "Not today", **said}


def _adjustment(said: Json) -> Json:
    return {name: one for name, one in said.items() if name != "said_by"}


SETTLED: dict[str, Callable[[Json], Json]] = {
    "goals": _goal,
    "progress": _progress,
    "wellbeing": _wellbeing,
    "assessments": _assessment,
    "actions": _with_a_review,
    "contacts": _contact,
    "experience": _experience,
    "team": _team,
    "supporters": _supporter,
    "sharing-choices": _sharing,
    "priorities": _priorities,
    "adjustments": _adjustment,
}
