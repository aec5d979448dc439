"""What may be sent to each address, for /api/openapi.json: a body that is taken as it stands, of
the demo's Tamsin Pender.

Spec: https://spec.openapis.org/oas/v3.1.0#example-object
"""

from typing import Any

from app.what_matters.shapes.kinds import KINDS

_WHY = {"why": "My ankle is sore, and it can wait."}
_SAID = {"how_we_know": "said"}
_SURGERY = {"kind": "organisation", "id": "gp-surgery"}
_GOAL = "tamsin-pender-walk-to-the-quay"
_OF_PEOPLE = {"people": ["tamsin-pender"], "from": "2026-01-01", "to": "2026-12-31"}
_MOVE = {"/start": {}, "/pick-up-again": {}, "/reached": {}, "/pause": _WHY, "/let-go": _WHY}

_NEW: dict[str, dict[str, Any]] = {
    "goals": {"words": "I want to hear the sea from my own bed again", "began": "2026-11-22"},
    "statements": {"words": "My boat, and who will have her after me."},
    "about-me": {"section": "please-do", "words": "Speak to me first, and look at me."},
    "stories": {"words": "I walked to the end of the quay, and nobody had to hold my arm."},
    "strengths": {"words": "My neighbour knocks every morning."},
    "barriers": {"words": "The steps have no rail.", "about_goals": [_GOAL]},
    "progress": {"goal": _GOAL, "number": 6},
    "wellbeing": {"satisfied": 7, "happy": 6},
    "assessments": {"name": "Timed walk of four metres", "told_by": [_SURGERY],
                    "score": {"number": 5.2, "unit": "seconds", "unit_code": "s"}},
    "actions": {"agreed_on": "2026-11-22", "goals": [_GOAL],
                "things": [{"what": "Walk to the gate", "for_goals": [_GOAL],
                            "every": {"count": 1, "unit": "weeks", "on": ["friday"]},
                            "who": [{"kind": "person", "id": "tamsin-pender"}]}]},
    "contacts": {"organisation": _SURGERY, "began": "2026-11-22T10:00:00Z",
                 "ended": "2026-11-22T10:20:00Z", "how": "at-home"},
    "experience": {"overall": "good"},
    "team": {"name": "Who helps me at home"},
    "supporters": {"name": {"family": "Tregenza", "given": ["Mary"]}, "basis": "chosen-by-person",
                   "relationship": "Neighbour, has a key", "first_day": "2026-11-22"},
    "sharing-choices": {"choice": "no", "to": [{"kind": "organisation", "id": "council-care"}]},
    "priorities": {"order": [{"goal": _GOAL}]},
    "adjustments": {"words": "Sit on my right side and let me see your face."},
}  # fmt: skip

_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/people/find"): {"nhs_number": "9990000018", "born": "1955-02-11"},
    ("post", "/people"): {"names": [{"family": "Nance", "given": ["Loveday"]}],
                          "born": "1948-04-30", "no_nhs_number_because": "not-known"},
    ("patch", "/people/{person}"): {"called": "Tam"},
    ("post", "/people/{person}/requests"): {
        "words": "Someone to walk with until I trust the steps", "how_soon": "soon",
        "about_goals": [_GOAL], "of": {"id": "harbour-befriending"}},
    ("post", "/contacts"): {"contacts": [
        {"person": "tamsin-pender", "your_reference": "night-2026-11-22-1",
         **_NEW["contacts"]}]},
    ("put", "/organisations/{organisation}/room"): {
        "room": "room", "words": "Two walkers are free on Wednesdays."},
    ("post", "/measures"): _OF_PEOPLE,
    ("post", "/experience"): _OF_PEOPLE,
    ("post", "/words/check"): {"text": "We will ring you before Friday."},
}  # fmt: skip

_REQUEST_MOVES: dict[str, dict[str, Any]] = {
    "ask": {},
    "offer": {"words": "We have somebody who walks that way."},
    "accept": {},
    "decline": {"words": "We have nobody free until May."},
    "pass-on": {"words": "They live nearer.", "to": {"id": "council-care"}},
    "start": {},
    "wait": {"words": "We wait for the rail to be put up."},
    "done": {},
    "could-not-be-done": {"words": "The steps were too wet all week."},
    "tell-back": {"words": "Wella will come on Friday at ten.", "how": "By telephone"},
    "confirm": {"helped": True},
    "take-back": {"words": "My grandson will do it."},
    "ask-again": {"of": {"id": "council-care"}},
}


def body_example(method: str, path: str) -> dict[str, Any] | None:
    """What may be sent there; None where no body is."""
    return _every().get((method, path))


def _every() -> dict[tuple[str, str], dict[str, Any]]:
    every = dict(_BODIES)
    for kind in KINDS:
        base, new = f"/people/{{person}}/{kind.name}", _NEW[kind.name]
        every["post", base] = new
        first = next(iter(new))
        every["patch", f"{base}/{{id}}"] = {first: new[first]}
    goal = "/people/{person}/goals/{id}"
    every |= {("post", goal + move): {**said, **_SAID} for move, said in _MOVE.items()}
    every["post", f"{goal}/reword"] = {"words": "I want to sleep with the window open", **_SAID}
    every["post", f"{goal}/prioritise"] = {"importance": 9, **_SAID}
    requests = "/people/{person}/requests/{id}"
    every |= {("post", f"{requests}/{move}"): said for move, said in _REQUEST_MOVES.items()}
    return every
