"""Every kind of entry over HTTP: what is said here is right at the FHIR door, and the other way
round."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.fhir.json_guard import encode, parse
from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.kinds import KINDS
from tests.endpoints.sharing import RESTRICTED, labelled
from tests.people import goal, new_person, observation

Json = dict[str, Any]
EXAMPLES = Path("fhir_profiles/examples")
WORKER = {"kind": "worker", "id": "wella-bray"}
SURGERY = {"kind": "organisation", "id": "gp-surgery"}
SAID: dict[str, Json] = {
    "goals": {"words": "Hear the sea", "began": "2026-11-22"},
    "statements": {"words": "The quay", "supported_to_write_by": "Wella, on 07700 900299"},
    "about-me": {"section": "please-do", "words": "Knock, and wait for me"},
    "stories": {"words": "I told it nine times, and then once"},
    "strengths": {"words": "Up before the light", "about_goals": ["GOAL"]},
    "barriers": {"words": "Frightened of falling", "sort": "pain", "about_goals": ["GOAL"]},
    "progress": {"goal": "GOAL", "step": "as-hoped"},
    "wellbeing": {"satisfied": 7, "anxious": 2},
    "assessments": {
        "name": "Timed walk",
        "told_by": [WORKER],
        "score": {"number": 6.20, "unit": "s", "unit_code": "s"},
    },
    "actions": {
        "agreed_on": "2026-11-22",
        "goals": ["GOAL"],
        "things": [
            {
                "what": "Walk",
                "who": [WORKER],
                "when": "Wednesdays",
                "for_goals": ["GOAL"],
                "state": "planned",
            },
        ],
        "review_on": {"words": "When I say"},
    },
    "contacts": {
        "organisation": SURGERY,
        "began": "2026-11-22T10:00:00Z",
        "ended": "2026-11-22T11:00:00Z",
        "how": "at-home",
        "about_goals": ["GOAL"],
        "told_again": False,
        "what_matters": "asked",
    },
    "experience": {"overall": "good", "not_repeated": "true-for-me", "story": "He knew"},
    "team": {"name": "My people", "members": [{"who": SURGERY, "role": "My surgery"}]},
    "supporters": {
        "name": {"given": ["Bessie"], "family": "Trewern"},
        "relationship": "Neighbour",
        "basis": "chosen-by-person",
        "first_day": "2026-01-20",
    },
    "sharing-choices": {
        "choice": "no",
        "to": [{"kind": "organisation", "id": "harbour-befriending"}],
        "sorts": ["goals"],
    },
    "priorities": {"order": [{"goal": "GOAL"}]},
    "adjustments": {"words": "Sit on my right side"},
}
by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


JSON = {"Content-Type": "application/json"}
_PLACE = re.compile(
    rb'"(Patient|Goal|Observation|Encounter|RelatedPerson|CareTeam|ServiceRequest)/[^"]+"'
)


@pytest.fixture(scope="module")
def places(api: httpx.Client, surgery: httpx.Client) -> dict[str, str]:
    """A person, and an entry of theirs of each type that others are about, by type."""
    person = new_person(surgery)
    made = {"Patient": person, "Goal": surgery.post("/Goal", json=goal(person)).json()["id"]}
    for kind in ("statements", "contacts", "supporters", "team"):
        said = about(SAID[kind], made)
        type = next(one.type for one in KINDS if one.name == kind)
        made[type] = api.post(f"/people/{person}/{kind}", content=said, headers=JSON).json()["id"]
    path = EXAMPLES / "profiles/request-for-help/valid-asked-by-the-person.json"
    asked = surgery.post("/ServiceRequest", content=moved(parse(path.read_bytes()), made))
    assert asked.status_code == 201, asked.text
    return {**made, "ServiceRequest": asked.json()["id"]}


def about(said: Json, places: dict[str, str]) -> bytes:
    """The same, about a goal that is there."""
    return encode(said).replace(b"GOAL", places["Goal"].encode())


def moved(tree: Json, places: dict[str, str]) -> bytes:
    """The same resource, of the person of these places and about what is there."""
    loose = {name: one for name, one in tree.items() if name not in ("meta", "id")}
    if tree["resourceType"] == "Consent":  # a choice that counted would hide what others look for
        loose["status"] = "inactive"

    def place(found: re.Match[bytes]) -> bytes:
        type = found[1].decode()
        return f'"{type}/{places.get(type, type)}"'.encode()

    return _PLACE.sub(place, encode(loose))


@by_kind
def test_what_is_said_here_is_right_by_its_profile_at_the_fhir_door(
    kind: Kind, api: httpx.Client, surgery: httpx.Client, places: dict[str, str]
) -> None:
    said = about(SAID[kind.name], places)
    of_kind = f"/people/{places['Patient']}/{kind.name}"
    made = api.post(of_kind, content=said, headers=JSON)
    assert made.status_code == 201, made.text
    stored = surgery.get(f"/{kind.type}/{made.json()['id']}").json()
    claim = kind.claim(stored)
    if claim is not None:
        assert stored["meta"]["profile"][0].endswith(f"/{claim}")
    judged = surgery.post(f"/{kind.type}/$validate", json=stored).json()
    assert [one for one in judged["issue"] if one["severity"] == "error"] == []
    told = api.get(f"{of_kind}/{stored['id']}").json()
    assert "also" not in told
    assert {name: told[name] for name in json.loads(said)} == json.loads(said)


def examples() -> Iterator[tuple[str, Json]]:
    """One right example of each profile that a kind is told by, which claims none."""
    seen = {"valid-helping"}  # that an invitation was accepted is for the invited to say
    for path in sorted(EXAMPLES.glob("profiles/*/valid*.json")):
        tree = parse(path.read_bytes())
        if not seen & {path.parent.name, path.stem} and any(
            kind.type == tree["resourceType"] and kind.is_one(tree) for kind in KINDS
        ):
            seen.add(path.parent.name)
            yield path.parent.name, tree


@pytest.mark.parametrize(("profile", "tree"), list(examples()), ids=lambda one: str(one)[:30])
def test_what_a_partner_writes_as_fhir_is_in_the_one_list_where_it_belongs(
    profile: str, tree: Json, api: httpx.Client, surgery: httpx.Client, places: dict[str, str]
) -> None:
    written = surgery.post(f"/{tree['resourceType']}", content=moved(tree, places))
    assert written.status_code == 201, written.text
    wanted = [one.name for one in KINDS if one.type == tree["resourceType"] and one.is_one(tree)]
    lists = [
        kind.name
        for kind in KINDS
        if kind.type == tree["resourceType"]
        and written.json()["id"] in listed(api, places["Patient"], kind.name)
    ]
    assert lists == wanted


def listed(api: httpx.Client, person: str, kind: str) -> list[str]:
    every = {"limit": "200", **({"earlier": "true"} if kind == "about-me" else {})}
    answer = api.get(f"/people/{person}/{kind}", params=every)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["entries"]]


def test_what_is_of_no_kind_is_told_as_fhir_and_nothing_is_told_twice(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    subject = {"reference": f"Patient/{person}"}
    stroke = {"resourceType": "Condition", "subject": subject, "code": {"text": "Stroke"}}
    made = surgery.post("/Condition", json=stroke).json()
    surgery.post("/Observation", json=observation(person, valueString="The quay"))
    confided = {"code": {"text": "Told in confidence"}, "valueString": "Do not tell her"}
    other = surgery.post("/Observation", json=observation(person, **confided)).json()
    entries = api.get(f"/people/{person}/other-entries").json()["entries"]
    assert {(one["type"], one["id"], one["words"]) for one in entries} == {
        ("Condition", made["id"], "Stroke"),
        ("Observation", other["id"], "Do not tell her"),
    }
    assert made in [one["fhir"] for one in entries]


def test_what_is_kept_from_somebody_is_not_among_other_entries(
    api: httpx.Client, api_as: Callable[..., httpx.Client], surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    kept = observation(person, code={"text": "Kept"}, **labelled(RESTRICTED))
    assert surgery.post("/Observation", json=kept).status_code == 201
    address = f"/people/{person}/other-entries"
    assert len(api.get(address).json()["entries"]) == 1
    assert api_as("harbour-befriending").get(address).json() == {"entries": []}
    assert api.get("/people/nobody-here/other-entries").status_code == 404


def test_every_entry_of_a_person_is_seen_at_this_door_once(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    """Tamsin's whole record, as the FHIR door tells it."""
    everything = surgery.get("/Patient/tamsin-pender/$everything?_count=250").json()
    there = [
        one["resource"]["id"]
        for one in everything["entry"]
        if one["search"]["mode"] == "match" and one["resource"]["resourceType"] != "Task"
    ]
    seen = [id for kind in KINDS for id in listed(api, "tamsin-pender", kind.name)]
    asked = {"which": "all", "limit": "200"}  # each with its tasks, as steps on its way
    requests = api.get("/people/tamsin-pender/requests", params=asked).json()["entries"]
    seen += [one["id"] for one in requests]
    after: str | None = ""
    while after is not None:
        params = {"after": after} if after else {}
        page = api.get("/people/tamsin-pender/other-entries", params=params).json()
        seen += [one["id"] for one in page["entries"]]
        after = page.get("next")
    assert sorted([*seen, "tamsin-pender"]) == sorted(there)


@by_kind
def test_the_fhir_door_finds_just_what_is_of_a_kind_by_its_query(
    kind: Kind, surgery: httpx.Client
) -> None:
    every = f"/{kind.type}?patient=Patient/tamsin-pender&_count=200"
    found = surgery.get(f"{every}&{kind.query}").json().get("entry", [])
    there = surgery.get(every).json().get("entry", [])
    of_kind = [one["resource"] for one in there if kind.is_one(one["resource"])]
    assert sorted(one["resource"]["id"] for one in found) == sorted(one["id"] for one in of_kind)


def test_about_me_tells_the_newest_of_each_part_and_the_earlier_ones_when_asked(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    address = f"/people/{new_person(surgery)}/about-me"
    for when, section, words in (
        ("2026-03-01", "please-do", "Knock"),
        ("2026-05-01", "please-do", "Knock, and wait"),
        ("2026-05-01", "please-do", "Knock, and wait for me"),
        ("2026-04-01", "most-important", "My dog"),
    ):
        said = {"section": section, "words": words, "when": when}
        assert api.post(address, json=said).status_code == 201
    wrong = {"section": "also", "words": "Not mine", "state": "mistake"}
    assert api.post(address, json=wrong).status_code == 201
    now = api.get(address, params={"fields": "words"}).json()["entries"]
    assert [one["words"] for one in now] == ["My dog", "Knock, and wait for me"]
    assert len(api.get(address, params={"earlier": "true"}).json()["entries"]) == 5


def test_a_part_of_about_me_that_becomes_another_claims_the_profile_of_that_one(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    said = {"section": "also", "words": "I mend nets"}
    made = api.post(f"/people/{new_person(surgery)}/about-me", json=said)
    place = made.headers["Location"].removeprefix("/api")
    tag = {"If-Match": made.headers["ETag"]}
    changed = api.patch(place, json={"section": "wellness"}, headers=tag)
    assert changed.json()["section"] == "wellness"
    stored = surgery.get(f"/Observation/{made.json()['id']}").json()
    assert stored["meta"]["profile"][0].endswith("/about-me-wellness")


def test_the_progress_of_one_goal_is_told_under_it(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    mine, other = (surgery.post("/Goal", json=goal(person)).json()["id"] for _ in range(2))
    for one, number in ((mine, 3), (other, 9), (mine, 5)):
        told = {"goal": one, "number": number, "when": f"2026-05-0{number}"}
        assert api.post(f"/people/{person}/progress", json=told).status_code == 201
    answer = api.get(f"/people/{person}/goals/{mine}/progress").json()
    assert [one["number"] for one in answer["entries"]] == [5, 3]
    stranger = new_person(surgery)
    assert api.get(f"/people/{stranger}/goals/{mine}/progress").status_code == 404


def test_progress_told_another_way_leaves_nothing_of_the_first(
    api: httpx.Client, surgery: httpx.Client, places: dict[str, str]
) -> None:
    told = {"goal": places["Goal"], "words": "Slowly"}
    answer = api.post(f"/people/{places['Patient']}/progress", json=told)
    place = answer.headers["Location"].removeprefix("/api")
    for other in ({"number": 3}, {"step": "more"}, {"words": "Faster"}):
        tag = {"If-Match": answer.headers["ETag"]}
        answer = api.patch(place, json=other, headers=tag)
        assert answer.status_code == 200, answer.text
        ways = answer.json().keys() & {"words", "number", "step", "measured", "also"}
        assert {name: answer.json()[name] for name in ways} == other


def test_answers_about_well_being_have_their_bands_beside_them_and_no_total(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    said = {"satisfied": 7, "anxious": 7}
    made = api.post(f"/people/{new_person(surgery)}/wellbeing", json=said).json()
    assert made["bands"] == {"satisfied": "high", "anxious": "high"}


def test_a_supporter_is_paused_for_a_reason_and_no_other_way(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    made = api.post(f"/people/{new_person(surgery)}/supporters", json=SAID["supporters"])
    assert (made.json()["state"], "reason" in made.json()) == ("helping", False)
    place = made.headers["Location"].removeprefix("/api")
    tag = {"If-Match": made.headers["ETag"]}
    refused = api.patch(place, json={"state": "paused"}, headers=tag)
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["field"] == "reason"
    why = {"state": "paused", "reason": "person-asked-to-pause"}
    paused = api.patch(place, json=why, headers=tag)
    assert paused.status_code == 200, paused.text
    assert {name: paused.json()[name] for name in why} == why
    assert surgery.get(f"/RelatedPerson/{made.json()['id']}").json()["active"] is False


def test_a_sharing_choice_is_told_in_a_sentence(api: httpx.Client, surgery: httpx.Client) -> None:
    said = {**SAID["sharing-choices"], "uses": ["research"], "last_day": "2027-11-22"}
    made = api.post(f"/people/{new_person(surgery)}/sharing-choices", json=said).json()
    assert made["in_words"] == (
        "No: harbour-befriending may not see my goals, for research, until 2027-11-22."
    )


def test_the_sentence_of_a_sharing_choice_says_in_which_language_it_is(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    address = f"/people/{new_person(surgery)}/sharing-choices"
    made = api.post(address, json=SAID["sharing-choices"], headers={"Accept-Language": "kw"})
    assert made.headers["Content-Language"] == "kw"
    every = api.get(address, headers={"Accept-Language": "tlh"})
    assert every.headers["Content-Language"] == "en"
    assert every.headers["Vary"] == "Accept-Language"
    assert every.json()["entries"][0]["in_words"] == made.json()["in_words"]
    goals = api.get(address.replace("sharing-choices", "goals"))
    assert "Content-Language" not in goals.headers


def test_a_change_of_one_thing_to_do_keeps_what_is_beside_it(
    api: httpx.Client, surgery: httpx.Client, places: dict[str, str]
) -> None:
    address = f"/people/{places['Patient']}/actions"
    made = api.post(address, content=about(SAID["actions"], places), headers=JSON)
    plan = surgery.get(f"/CarePlan/{made.json()['id']}").json()
    plan["activity"][0]["detail"]["code"] = {"text": "A partner's own"}
    written = surgery.put(f"/CarePlan/{plan['id']}", json=plan)
    things = [{**made.json()["things"][0], "state": "done"}]
    tag = {"If-Match": written.headers["ETag"]}
    changed = api.patch(f"{address}/{plan['id']}", json={"things": things}, headers=tag)
    assert changed.status_code == 200, changed.text
    detail = surgery.get(f"/CarePlan/{plan['id']}").json()["activity"][0]["detail"]
    assert detail["status"] == "completed"
    assert detail["code"] == {"text": "A partner's own"}


def test_a_new_order_of_priorities_takes_the_place_of_the_old_one(
    api: httpx.Client, surgery: httpx.Client, places: dict[str, str]
) -> None:
    first, second = {"goal": places["Goal"]}, {"statement": places["Observation"]}
    address = f"/people/{places['Patient']}/priorities"
    made = api.post(address, json={"order": [first, second]})
    stored = surgery.get(f"/List/{made.json()['id']}").json()
    stored["entry"][0]["date"] = "2026-05-01"
    written = surgery.put(f"/List/{stored['id']}", json=stored)
    tag = {"If-Match": written.headers["ETag"]}
    changed = api.patch(f"{address}/{stored['id']}", json={"order": [second, first]}, headers=tag)
    assert changed.json()["order"] == [second, first]
    after = surgery.get(f"/List/{stored['id']}").json()["entry"]
    assert after == [stored["entry"][1], stored["entry"][0]]


def test_every_kind_is_in_the_paper_by_its_address() -> None:
    paper = Path("docs/api.md").read_text()
    for kind in KINDS:
        assert f"| `{kind.name}` |" in paper


REFUSED: tuple[tuple[str, Json, str], ...] = (
    ("statements", {"words": "x", "told_by": [{"name": "Wella"}]}, "told_by"),
    ("barriers", {"words": "x", "about_goals": []}, "about_goals"),
    ("progress", {"goal": "GOAL", "step": "more", "view": "worker"}, "view"),
    ("wellbeing", {"happy": 3, "told_by": [WORKER]}, "told_by"),
    ("wellbeing", {}, "satisfied"),
    ("assessments", {"name": "Timed walk", "told_by": [WORKER]}, "score"),
    ("actions", {**SAID["actions"], "things": [{"what": "Walk"}]}, "things.0"),
    ("contacts", {**SAID["contacts"], "ended": None}, "ended"),
    ("contacts", {**SAID["contacts"], "state": "planned"}, "told_again"),
    ("team", {"first_day": "2026-05-01", "last_day": "2026-04-01"}, "first_day"),
    ("experience", {"story": "He knew"}, "overall"),
    ("supporters", {**SAID["supporters"], "state": "ended"}, "last_day"),
    ("sharing-choices", {"choice": "no", "to": [{"name": "x"}]}, "to"),
    ("priorities", {"title": "First"}, "order"),
    ("adjustments", {"words": "x", "said_by": {"id": "wella-bray"}}, "said_by"),
)


@pytest.mark.parametrize(("kind", "said", "field"), REFUSED, ids=lambda one: str(one)[:20])
def test_a_rule_is_told_in_plain_words_at_its_field(
    kind: str, said: Json, field: str, api: httpx.Client, places: dict[str, str]
) -> None:
    body = about(said, places)
    refused = api.post(f"/people/{places['Patient']}/{kind}", content=body, headers=JSON)
    assert refused.status_code == 422, refused.text
    assert field in [one.get("field") for one in refused.json()["faults"]], refused.text
    assert not FHIR_WORDS.search(refused.text), refused.text


FHIR_WORDS = re.compile(r"performer|Observation|valueString|Patient/|component|extension|emptyRea")
