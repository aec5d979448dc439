"""What each sentence of a story says: the call of the plain API that stands for it.

Source: docs/api.md; fhir_profiles/examples/stories/README.md lists the sentences.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from app.cli.story_scene import ORGANISATIONS, Call, Scene
from app.errors import Malformed
from app.fhir.resource_types import Json

_HOW_BY_VERB = {
    "sees": "visit-to-us",
    "visits": "at-home",
    "meets": "out-and-about",
    "rings": "by-phone-or-video",
    "hears from": "by-phone-or-video",
    "looks after": "hospital-stay",
    "treats": "hospital-day",
    "takes in": "emergency",
}
_WHAT_MATTERS_BY_WORD = {"read": "read", "asked": "asked", "updated": "updated"}
_MOVE_BY_VERB = {
    "offers to take on": "offer",
    "takes on": "accept",
    "begins": "start",
    "finishes": "done",
    "says no to": "decline",
    "waits with": "wait",
    "cannot do": "could-not-be-done",
    "takes back": "take-back",
}
_MOVE_BY_GOAL_VERB = {
    "pauses": "pause",
    "lets go of": "let-go",
    "reaches": "reached",
    "picks up": "pick-up-again",
    "puts anew": "reword",
}
_STEP_BY_WORDS = {
    "much further than hoped": "much-more",
    "further than hoped": "more",
    "as far as hoped": "as-hoped",
    "less far than hoped": "less",
    "much less far than hoped": "much-less",
}
_CONTACT_MINUTES = 30
_KEPT = re.compile(
    r"(?P<sentence>.+?)\.? It is (?P<label>restricted|just us|hidden from supporters)\."
)


_Parts = Mapping[str, str]
_Tell = Callable[[Scene, _Parts], Call]
_WHO = r"(?P<who>The [a-z ]+?|[A-Z]\w+)"
_SAID = r': "(?P<said>[^"]+)"'
_LABEL = r" \[(?P<label>[\w-]+)\]"
_ABOUT = r"(?:, about \[(?P<about>[\w-]+)\])?"
_OPTIONAL_LABEL = rf"(?:{_LABEL})?"


def call_of(sentence: str, scene: Scene) -> Call:
    """The call that a sentence stands for. Raises Malformed for what none of them says."""
    kept = _KEPT.fullmatch(sentence)
    if kept is not None:
        call = call_of(kept["sentence"], scene)
        return _labelled(call, kept["label"].replace(" ", "-"))
    for pattern, tell in _SENTENCES:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return tell(scene, {name: one for name, one in found.groupdict().items() if one})
    raise Malformed(f"This is no sentence of a story: {sentence}")


def _labelled(call: Call, label: str) -> Call:
    """The same call, of an entry that is kept from some people."""
    body = call.body or {}
    for entry in body.get("contacts", [body]):
        entry["kept_from"] = [label]
    return call


def _opened(scene: Scene, parts: _Parts) -> Call:
    given, _, family = parts["name"].partition(" ")
    scene.called = given
    name = {"given": [given], "family": family, "kind": "official"}
    body = {"names": [name], "born": parts["born"]}
    if "other" in parts:
        other = {"kind": "organisation", "id": scene.client(parts["other"])}
        body["surgery"] = [other]
    return Call(scene.client(parts["who"]), "POST", "/people", body, "the person")


def _supporter(scene: Scene, parts: _Parts) -> Call:
    given, _, family = parts["name"].partition(" ")
    body = {
        "name": {"given": [given], "family": family},
        "relationship": parts["what"],
        "basis": parts["basis"],
        "first_day": scene.at[:10],
        "last_day": "2040-01-01",
    }
    path = scene.path("supporters")
    return Call(scene.client(parts["who"]), "POST", path, body, f"supporter {given}")


def _team(scene: Scene, parts: _Parts) -> Call:
    names = re.split(r", | and ", parts["others"])
    body = {"name": "The people helping me", "members": [{"who": scene.who(n)} for n in names]}
    return Call(scene.client(parts["who"]), "POST", scene.path("team"), body)


def _choice(scene: Scene, parts: _Parts) -> Call:
    body = {"choice": parts["choice"], "to": [scene.who(parts["other"])], "when": scene.at}
    return Call(scene.client(parts["who"]), "POST", scene.path("sharing-choices"), body)


def _page(scene: Scene, parts: _Parts) -> Call:
    return Call(scene.client(parts["who"]), "GET", scene.path("what-matters"))


def _told(scene: Scene, parts: _Parts) -> Json:
    """What stands in everything that was told."""
    body: Json = {"when": scene.at}
    teller = parts.get("teller", parts["who"])
    if teller in scene.supporters:
        body["told_by"] = [scene.who(teller)]
        body["supported_to_write_by"] = f"{teller}, who helps"
    if "language" in parts:
        body["language"] = parts["language"]
    return body


def _statement(scene: Scene, parts: _Parts) -> Call:
    body = {**_told(scene, parts), "words": parts["said"]}
    who, label = scene.client(parts["who"]), parts.get("label", "")
    return Call(who, "POST", scene.path("statements"), body, label)


def _section(scene: Scene, parts: _Parts) -> Call:
    body = {**_told(scene, parts), "section": parts["section"], "words": parts["said"]}
    return Call(scene.client(parts["who"]), "POST", scene.path("about-me"), body)


def _story(scene: Scene, parts: _Parts) -> Call:
    body = {**_told(scene, parts), "words": parts["said"]}
    body.pop("supported_to_write_by", None)
    return Call(scene.client(parts["who"]), "POST", scene.path("stories"), body)


def _goal(scene: Scene, parts: _Parts) -> Call:
    body: Json = {"words": parts["said"], "began": scene.at[:10]}
    teller = parts.get("teller", parts["who"])
    if teller in scene.supporters:
        body |= {"said_by": scene.who(teller), "how_we_know": {"how": "known-well"}}
    if "root" in parts:
        body["because_of"] = [scene.id(parts["root"])]
    if "language" in parts:
        body["language"] = parts["language"]
    return Call(scene.client(parts["who"]), "POST", scene.path("goals"), body, parts["label"])


def _contact(scene: Scene, parts: _Parts) -> Call:
    body: Json = {
        "organisation": scene.who(parts["who"]),
        "began": scene.at,
        "ended": (scene.now + timedelta(minutes=_CONTACT_MINUTES)).isoformat(),
        "how": _HOW_BY_VERB[parts["verb"]],
        "what": parts["said"],
        **_about(scene, parts),
    }
    if "again" in parts:
        body["told_again"] = parts["again"] == "It had to be told again"
    if "matters" in parts:
        body["what_matters"] = _WHAT_MATTERS_BY_WORD[parts["matters"]]
    sent = {**body, "person": scene.person, "your_reference": scene.reference}
    return Call(scene.client(parts["who"]), "POST", "/contacts", {"contacts": [sent]})


def _about(scene: Scene, parts: _Parts) -> Json:
    return {"about_goals": [scene.id(parts["about"])]} if "about" in parts else {}


def _ask(scene: Scene, parts: _Parts) -> Call:
    body: Json = {"words": parts["said"], **_about(scene, parts)}
    if parts["other"].lower() != "anyone":
        body["of"] = scene.who(parts["other"])
    if "because" in parts:
        body["why"] = parts["because"]
    if "quiet" in parts:
        body["do_not_contact"] = parts["quiet"]
    if "for" in parts:
        body["asked_by"] = scene.who(parts["for"])
    return Call(scene.client(parts["who"]), "POST", scene.path("requests"), body, parts["label"])


def _moved(scene: Scene, parts: _Parts, word: str, body: Json) -> Call:
    where = scene.path("requests", scene.id(parts["label"]))
    body = {**body, "words": parts["said"]} if "said" in parts else body
    return Call(scene.client(parts["who"]), "POST", f"{where}/{word}", body, changes=where)


def _move(scene: Scene, parts: _Parts) -> Call:
    return _moved(scene, parts, _MOVE_BY_VERB[parts["verb"]], {})


def _pass_on(scene: Scene, parts: _Parts) -> Call:
    is_for_one = parts["other"].lower() != "anyone"
    return _moved(scene, parts, "pass-on", {"to": scene.who(parts["other"])} if is_for_one else {})


def _tell_back(scene: Scene, parts: _Parts) -> Call:
    return _moved(scene, parts, "tell-back", {"how": parts["how"]} if "how" in parts else {})


def _confirm(scene: Scene, parts: _Parts) -> Call:
    body: Json = {"helped": "not" not in parts["verb"], **_how_known(parts)}
    return _moved(scene, parts, "confirm", body)


def _ask_again(scene: Scene, parts: _Parts) -> Call:
    body = _how_known(parts)
    if parts["other"].lower() != "anyone":
        body["of"] = scene.who(parts["other"])
    return _moved(scene, parts, "ask-again", body)


def _how_known(parts: _Parts) -> Json:
    """How an organisation knows what it says for the person."""
    return {"how_we_know": "said"} if parts["who"].lower() in ORGANISATIONS else {}


def _goal_move(scene: Scene, parts: _Parts) -> Call:
    word = _MOVE_BY_GOAL_VERB[parts["verb"]]
    where = scene.path("goals", scene.id(parts["label"]))
    body: Json = {}
    if "said" in parts:
        body["words" if word == "reword" else "why"] = parts["said"]
    if parts["who"] in scene.supporters or parts["who"].lower() in ORGANISATIONS:
        body["how_we_know"] = "said"
    return Call(scene.client(parts["who"]), "POST", f"{where}/{word}", body, changes=where)


def _progress(scene: Scene, parts: _Parts) -> Call:
    body = {**_told(scene, parts), "goal": scene.id(parts["label"])}
    body.pop("supported_to_write_by", None)
    if "number" in parts:
        body |= {"number": int(parts["number"]), "notes": [{"words": parts["said"]}]}
    elif "step" in parts:
        body |= {"step": _STEP_BY_WORDS[parts["step"]], "notes": [{"words": parts["said"]}]}
    else:
        body["words"] = parts["said"]
    return Call(scene.client(parts["who"]), "POST", scene.path("progress"), body)


def _agreed(scene: Scene, parts: _Parts) -> Call:
    goal = scene.id(parts["about"])
    thing = {
        "what": parts["said"],
        "who": [scene.who(parts["doer"])],
        "when": parts["when"],
        "for_goals": [goal],
        "state": "under-way",
    }
    body = {
        "agreed_on": scene.at[:10],
        "agreed_by": scene.who(parts["other"]),
        "together_with": [scene.who(parts["who"])],
        "goals": [goal],
        "things": [thing],
    }
    return Call(scene.client(parts["who"]), "POST", scene.path("actions"), body)


def _experience(scene: Scene, parts: _Parts) -> Call:
    body: Json = {
        "overall": parts["overall"].replace(" ", "-"),
        "why": parts["said"],
        "when": scene.at,
    }
    if "repeated" in parts:
        is_told_once = parts["repeated"] == "nothing had to be repeated"
        body["not_repeated"] = "true-for-me" if is_told_once else "not-true"
    if parts["who"] in scene.supporters:
        body["told_by"] = scene.who(parts["who"])
    return Call(scene.client(parts["who"]), "POST", scene.path("experience"), body)


def _wellbeing(scene: Scene, parts: _Parts) -> Call:
    names = ("satisfied", "worthwhile", "happy", "anxious")
    body = {"when": scene.at, **{name: int(parts[name]) for name in names}}
    return Call(scene.client(parts["who"]), "POST", scene.path("wellbeing"), body)


def _barrier(scene: Scene, parts: _Parts) -> Call:
    body = {"when": scene.at, "words": parts["said"], "about_goals": [scene.id(parts["label"])]}
    kind = "barriers" if "gets in the way" in parts["verb"] else "strengths"
    return Call(scene.client(parts["who"]), "POST", scene.path(kind), body)


def _one_of(words: Mapping[str, str]) -> str:
    return f"(?P<verb>{'|'.join(words)})"


_OTHER = r"(?P<other>the [a-z ]+?|[Aa]nyone|[A-Z]\w+)"
_LANGUAGE = r"(?: in (?P<language>kw|pl))?"
_AS_TOLD = r"(?:, as (?P<teller>[A-Z]\w+) tells it)?"
_TABLE: tuple[tuple[str, _Tell], ...] = (
    (
        rf"{_WHO} opens a record for (?P<name>\w+ [\w ]+), born (?P<born>[\d-]+)"
        rf"(?:, of (?P<other>the surgery))?\.",
        _opened,
    ),
    (rf"{_WHO} puts (?P<others>the [a-z ,]+) on the team\.", _team),
    (
        rf"{_WHO} writes down that (?P<name>\w+ \w+) helps, (?P<what>[\w ]+),"
        r" by (?P<basis>[a-z-]+)\.",
        _supporter,
    ),
    (rf"{_WHO} says (?P<choice>yes|no) to {_OTHER} reading this\.", _choice),
    (rf"{_WHO} reads the page\.", _page),
    (
        rf"{_WHO} (?:tells|writes down) what matters{_LANGUAGE}{_OPTIONAL_LABEL}{_AS_TOLD}{_SAID}",
        _statement,
    ),
    (rf"{_WHO} fills in (?P<section>[a-z-]+){_AS_TOLD}{_SAID}", _section),
    (
        rf"{_WHO} (?:sets|writes down) a goal{_LANGUAGE}{_LABEL}"
        rf"(?:, from \[(?P<root>[\w-]+)\])?{_AS_TOLD}{_SAID}",
        _goal,
    ),
    (rf"{_WHO} tells a story{_SAID}", _story),
    (
        rf"{_WHO} {_one_of(_HOW_BY_VERB)} [A-Z]\w+{_ABOUT}{_SAID}"
        r"(?:\. What matters was (?P<matters>read|asked|updated))?"
        r"(?:\. (?P<again>It had to be told again|Nothing had to be told again))?\.?",
        _contact,
    ),
    (
        rf"{_WHO} asks {_OTHER} for help(?:, for (?P<for>[A-Z]\w+))?{_LABEL}{_ABOUT}{_SAID}"
        r'(?:, because "(?P<because>[^"]+)")?'
        r'(?:, and nobody is to get in touch: "(?P<quiet>[^"]+)")?',
        _ask,
    ),
    (rf"{_WHO} {_one_of(_MOVE_BY_VERB)}{_LABEL}(?:{_SAID})?\.?", _move),
    (rf"{_WHO} passes{_LABEL} on to {_OTHER}{_SAID}", _pass_on),
    (rf"{_WHO} tells back about{_LABEL}(?:, (?P<how>[A-Za-z ]+))?{_SAID}", _tell_back),
    (rf"{_WHO} says that{_LABEL} (?P<verb>helped|has not helped yet)(?:{_SAID})?\.?", _confirm),
    (rf"{_WHO} asks again about{_LABEL}, of {_OTHER}(?:{_SAID})?\.?", _ask_again),
    (rf"{_WHO} {_one_of(_MOVE_BY_GOAL_VERB)} the goal{_LABEL}(?:{_SAID})?\.?", _goal_move),
    (rf"{_WHO} is at (?P<number>\d+) of 10 with{_LABEL}{_SAID}", _progress),
    (
        rf"{_WHO} is (?P<step>{'|'.join(_STEP_BY_WORDS)}) with{_LABEL}{_SAID}",
        _progress,
    ),
    (rf"{_WHO} (?:tells|writes down) how it goes with{_LABEL}{_AS_TOLD}{_SAID}", _progress),
    (
        rf"{_WHO} agrees with {_OTHER}{_ABOUT}{_SAID}, when \"(?P<when>[^\"]+)\","
        r" to be done by (?P<doer>the [a-z ]+|[A-Z]\w+)\.",
        _agreed,
    ),
    (
        rf"{_WHO} says it was (?P<overall>very good|good|neither|poor|very poor)"
        rf"(?:, and (?P<repeated>nothing had to be repeated|it had to be repeated))?{_SAID}",
        _experience,
    ),
    (
        rf"{_WHO} is satisfied (?P<satisfied>\d+), worthwhile (?P<worthwhile>\d+),"
        r" happy (?P<happy>\d+), anxious (?P<anxious>\d+)\.",
        _wellbeing,
    ),
    (rf"{_WHO} says (?P<verb>what gets in the way of|what helps with){_LABEL}{_SAID}", _barrier),
)
_SENTENCES = tuple((re.compile(pattern), tell) for pattern, tell in _TABLE)
