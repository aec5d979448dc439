"""What a person says against an entry travels with it, at every door, and changes nothing of it.

Spec: https://hl7.org/fhir/R4/datatypes.html#Annotation
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.cli.person_export import export_person
from app.settings import Settings
from app.what_matters.pco_goal import CONCEPTS
from tests.attacks.plain import at_api
from tests.endpoints.asking import JSON_PATCH, Json, entry, pages, send
from tests.endpoints.sharing import stored
from tests.endpoints.test_provenance import SURGERY, WELLA, agent
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]
SAID = "I do not agree: I was never asked this."
ON_ANY = "http://hl7.org/fhir/StructureDefinition/note"


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=("harbour-befriending",))


@pytest.fixture
def own(person: str, as_client: Callable[..., httpx.Client]) -> httpx.Client:
    return as_client(f"person:{person}")


def annotated(own: httpx.Client, person: str, where: str) -> Json:
    """The entry with the person's note, put there with its reason."""
    oneself = {"reference": f"Patient/{person}"}
    note = {"authorReference": oneself, "time": "2026-05-02T09:00:00Z", "text": SAID}
    why = {
        "resourceType": "Provenance",
        "occurredDateTime": "2026-05-02T09:00:00Z",
        "reason": [{"text": "The person does not agree."}],
        "agent": [agent("author", oneself)],
    }
    answer = own.patch(
        f"/{where}",
        content=json.dumps([{"op": "add", "path": "/note", "value": [note]}]),
        headers={**JSON_PATCH, "X-Provenance": json.dumps(why)},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def without_note(one: Json) -> Json:
    return {name: value for name, value in one.items() if name not in ("note", "meta")}


def found(bundle: Json, where: str) -> Json:
    [one] = [
        part["resource"]
        for part in bundle["entry"]
        if f"{part['resource']['resourceType']}/{part['resource']['id']}" == where
    ]
    return dict(one)


def test_what_was_written_stays_as_it_was_in_both_versions(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    where = stored(surgery, observation(person))
    first = surgery.get(f"/{where}").json()
    second = annotated(own, person, where)
    assert without_note(second) == without_note(first)
    assert surgery.get(f"/{where}/_history/1").json() == first


@pytest.mark.parametrize("who", ["surgery", "harbour-befriending", "oneself"])
def test_the_note_is_there_at_every_door(
    who: str,
    surgery: httpx.Client,
    own: httpx.Client,
    person: str,
    as_client: Callable[..., httpx.Client],
) -> None:
    where = stored(surgery, observation(person))
    noted = annotated(own, person, where)
    reader = {"surgery": surgery, "oneself": own}.get(who) or as_client(who)
    batch = send(reader, "batch", entry("GET", where)).json()
    assert noted["note"][0]["text"] == SAID
    for one in (
        reader.get(f"/{where}").json(),
        reader.get(f"/{where}/_history/2").json(),
        found(reader.get(f"/Observation?patient={person}").json(), where),
        found(reader.get(f"/Patient/{person}/Observation").json(), where),
        found(reader.get(f"/Patient/{person}/$everything").json(), where),
        reader.get(f"/{where}/_history").json()["entry"][0]["resource"],
        batch["entry"][0]["resource"],
    ):
        assert one == noted


@pytest.mark.parametrize("who", ["gp-surgery", "harbour-befriending", "person:{}"])
def test_the_note_is_told_wherever_the_entry_is_told_in_plain_words(
    who: str, surgery: httpx.Client, own: httpx.Client, person: str, as_client: AsClient
) -> None:
    """A statement and a goal that an organisation wrote; at each address and in each
    form that tells them."""
    matters = {"category": [{"coding": [{"system": CONCEPTS, "code": "what-matters"}]}]}
    by = {"performer": [{"reference": "Organization/gp-surgery"}]}
    said = stored(surgery, observation(person, valueString="Drinks a lot.", **matters, **by))
    wanted = stored(surgery, goal(person))
    for where in (said, wanted):
        annotated(own, person, where)
    with at_api(as_client(who.format(person))) as api:
        for path, times in (
            ("what-matters", 2),
            ("journey", 2),
            ("said-and-done", 2),
            ("statements", 1),
            ("goals", 1),
        ):
            told = api.get(f"/people/{person}/{path}")
            assert told.status_code == 200
            assert told.text.count(SAID) >= times, path
        for path, form in (
            ("what-matters", "text/plain"),
            ("what-matters", "text/html"),
            ("journey", "text/plain"),
            ("said-and-done", "text/plain"),
        ):
            told = api.get(f"/people/{person}/{path}", headers={"Accept": form})
            assert " ".join(told.text.split()).count(SAID) >= 2, (path, form)


def test_a_note_beside_ones_own_words_is_told_with_the_entry_alone(
    own: httpx.Client, person: str
) -> None:
    me = {"reference": f"Patient/{person}"}
    annotated(own, person, stored(own, goal(person, expressedBy=me)))
    with at_api(own) as api:
        assert SAID in api.get(f"/people/{person}/goals").text
        assert SAID not in api.get(f"/people/{person}/journey").text


def test_the_note_and_its_reason_are_in_the_export(
    surgery: httpx.Client, own: httpx.Client, person: str, settings: Settings, tmp_path: Path
) -> None:
    where = stored(surgery, observation(person))
    noted = annotated(own, person, where)
    asyncio.run(export_person(settings, person, tmp_path / "out", tmp_path / "clerk", "care-board"))
    written = (tmp_path / "out" / "Observation.ndjson").read_text().splitlines()
    assert noted in [json.loads(line) for line in written]
    assert "does not agree" in (tmp_path / "out" / "Provenance.ndjson").read_text()
    given = [
        one.get("resource")
        for page in pages(own, f"/Patient/{person}/$export-person")
        for one in page["entry"]
    ]
    assert noted in given


def test_the_reason_names_the_version_and_cannot_be_taken_away_by_others(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    where = stored(surgery, observation(person))
    annotated(own, person, where)
    told = surgery.get(f"/Provenance?target={where}").json()["entry"]
    [why] = [one["resource"] for one in told]
    assert why["target"] == [{"reference": f"{where}/_history/2"}]
    assert why["reason"] == [{"text": "The person does not agree."}]
    assert surgery.delete(f"/Provenance/{why['id']}").status_code == 403
    # Whoever writes the entry without the note makes a third version; the second keeps it.
    third = {**surgery.get(f"/{where}").json()}
    del third["note"]
    assert surgery.put(f"/{where}", json=third).status_code == 200
    assert own.get(f"/{where}/_history/2").json()["note"][0]["text"] == SAID
    assert own.get(f"/Provenance?target={where}").json()["entry"]


def test_an_entry_without_a_place_for_notes_takes_one_as_an_extension(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "Speak slowly"},
        "subject": {"reference": f"Patient/{person}"},
    }
    where = stored(surgery, flag)
    note = {"authorReference": {"reference": f"Patient/{person}"}, "text": SAID}
    value = [{"url": ON_ANY, "valueAnnotation": note}]
    answer = own.patch(
        f"/{where}",
        content=json.dumps([{"op": "add", "path": "/extension", "value": value}]),
        headers=JSON_PATCH,
    )
    assert answer.status_code == 200, answer.text
    read = found(surgery.get(f"/Patient/{person}/$everything").json(), where)
    assert read["extension"][0]["valueAnnotation"]["text"] == SAID


def test_a_correction_is_a_new_version_with_its_reason(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    where = stored(surgery, observation(person, effectiveDateTime="2026-05-01"))
    right = {**surgery.get(f"/{where}").json(), "effectiveDateTime": "2026-05-03"}
    why = {
        "resourceType": "Provenance",
        "occurredDateTime": "2026-05-04T09:00:00Z",
        "reason": [{"text": "The day was wrong; the person told us."}],
        "agent": [
            agent("author", {"reference": f"Patient/{person}"}),
            agent("enterer", WELLA, onBehalfOf=SURGERY),
        ],
    }
    answer = surgery.put(f"/{where}", json=right, headers={"X-Provenance": json.dumps(why)})
    assert answer.status_code == 200, answer.text
    assert own.get(f"/{where}/_history/1").json()["effectiveDateTime"] == "2026-05-01"
    told = own.get(f"/{where}/$provenance").json()
    assert "The day was wrong" in json.dumps(told)
