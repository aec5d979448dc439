"""patch. Spec: https://hl7.org/fhir/R4/http.html#patch, RFC 6902, RFC 7396"""

import json

import httpx
import pytest

from tests.endpoints.asking import JSON_PATCH, MERGE_PATCH, Json, new_goal, places, told
from tests.people import new_person


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def where(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person, "Before", note=[{"text": "one"}])


def patch(
    client: httpx.Client,
    where: str,
    change: object,
    media: Json | None = None,
    if_match: str | None = None,
) -> httpx.Response:
    kind = media or (JSON_PATCH if isinstance(change, list) else MERGE_PATCH)
    condition = {} if if_match is None else {"If-Match": if_match}
    return client.patch(where, content=json.dumps(change), headers={**kind, **condition})


def test_a_json_patch_changes_what_it_names_and_nothing_else(
    surgery: httpx.Client, where: str
) -> None:
    before = surgery.get(where).json()
    steps = [
        {"op": "test", "path": "/description/text", "value": "Before"},
        {"op": "replace", "path": "/description/text", "value": "After"},
        {"op": "add", "path": "/note/-", "value": {"text": "two"}},
        {"op": "copy", "from": "/note/0", "path": "/note/1"},
        {"op": "move", "from": "/note/2", "path": "/note/0"},
        {"op": "remove", "path": "/startDate"},
    ]
    answer = patch(surgery, where, steps)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
    after = answer.json()
    assert [note["text"] for note in after["note"]] == ["two", "one", "one"]
    assert "startDate" not in after
    assert after["subject"] == before["subject"]
    assert after == surgery.get(where).json()


@pytest.mark.parametrize(
    "media", ["application/merge-patch+json", "application/json", "application/fhir+json"]
)
def test_a_merge_patch_is_taken_as_such_or_as_plain_json(
    surgery: httpx.Client, where: str, media: str
) -> None:
    change = {"description": {"text": "After"}, "startDate": None}
    answer = patch(surgery, where, change, {"Content-Type": media})
    assert answer.status_code == 200
    after = answer.json()
    assert after["description"] == {"text": "After"}
    assert "startDate" not in after
    assert after["note"] == [{"text": "one"}]


def test_a_json_patch_is_taken_as_plain_json_too(surgery: httpx.Client, where: str) -> None:
    change = [{"op": "replace", "path": "/lifecycleStatus", "value": "on-hold"}]
    answer = patch(surgery, where, change, {"Content-Type": "application/json"})
    assert answer.json()["lifecycleStatus"] == "on-hold"


@pytest.mark.parametrize(
    ("change", "media"),
    [({"lifecycleStatus": "on-hold"}, JSON_PATCH), ([], MERGE_PATCH), ("a text", MERGE_PATCH)],
)
def test_a_body_that_is_not_what_its_media_type_says_is_refused(
    surgery: httpx.Client, where: str, change: object, media: Json
) -> None:
    assert patch(surgery, where, change, media).status_code == 400
    assert surgery.get(where).headers["ETag"] == 'W/"1"'


@pytest.mark.parametrize(
    "media", ["application/xml", "text/plain", "application/xml-patch+xml", ""]
)
def test_a_patch_of_another_kind_is_refused(surgery: httpx.Client, where: str, media: str) -> None:
    assert patch(surgery, where, {}, {"Content-Type": media}).status_code == 415


def test_a_fhirpath_patch_is_refused_by_name(surgery: httpx.Client, where: str) -> None:
    change = {"resourceType": "Parameters", "parameter": []}
    answer = patch(surgery, where, change, {"Content-Type": "application/fhir+json"})
    assert answer.status_code == 400
    assert "FHIRPath Patch" in told(answer)


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ({"op": "test", "path": "/startDate", "value": "1999-01-01"}, 422),
        ({"op": "remove", "path": "/nowhere"}, 422),
        ({"op": "replace", "path": "/note/7", "value": {}}, 422),
        ({"op": "copy", "from": "/nowhere", "path": "/note"}, 422),
        ({"op": "copy", "path": "/note"}, 400),
        ({"op": "copy", "from": 7, "path": "/note"}, 400),
        ({"op": "dance", "path": "/note"}, 400),
        ({"path": "/note"}, 400),
        ({"op": "add", "path": "/note"}, 400),
        ({"op": "add", "path": "note", "value": 1}, 400),
        ({"op": "add", "path": "/note/first", "value": 1}, 422),
        ({"op": "add", "path": "/addresses/-", "value": {}}, 422),
        ({"op": "replace", "path": "", "value": 7}, 400),
        ("remove it", 400),
        (None, 400),
    ],
)
def test_a_step_that_cannot_be_made_is_refused_and_nothing_is_changed(
    surgery: httpx.Client, where: str, step: object, status: int
) -> None:
    steps = [{"op": "replace", "path": "/lifecycleStatus", "value": "on-hold"}, step]
    assert patch(surgery, where, steps).status_code == status
    assert surgery.get(where).headers["ETag"] == 'W/"1"'


def test_a_step_that_cannot_be_made_is_told_by_its_number_and_why(
    surgery: httpx.Client, where: str
) -> None:
    fine = {"op": "test", "path": "/lifecycleStatus", "value": "active"}
    nowhere = {"op": "add", "path": "/addresses/-", "value": {}}
    answer = patch(surgery, where, [fine, nowhere])
    assert told(answer) == (
        "Operation 2 of the JSON Patch names a place that is not in the current version."
    )


def test_what_a_patch_makes_is_checked_like_any_other_version(
    surgery: httpx.Client, where: str
) -> None:
    answer = patch(surgery, where, {"lifecycleStatus": "begun", "note": [{"text": 7}]})
    assert answer.status_code == 422
    assert set(places(answer)) == {"Goal.lifecycleStatus", "Goal.note[0].text"}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another"},
        {"resourceType": "Observation"},
        {"resourceType": None},
        [{"op": "replace", "path": "", "value": {"resourceType": "Goal"}}],
    ],
)
def test_a_patch_cannot_make_another_resource_of_it(
    surgery: httpx.Client, where: str, change: object
) -> None:
    assert patch(surgery, where, change).status_code == 422
    assert surgery.get(where).headers["ETag"] == 'W/"1"'


def test_a_patch_cannot_move_an_entry_to_another_person(surgery: httpx.Client, where: str) -> None:
    other = new_person(surgery)
    answer = patch(surgery, where, {"subject": {"reference": f"Patient/{other}"}})
    assert answer.status_code == 422
    assert places(answer) == ["Goal.subject"]


def test_a_patch_cannot_set_what_only_the_server_says(surgery: httpx.Client, where: str) -> None:
    change = {"meta": {"versionId": "9", "source": "me", "tag": [{"code": "kept"}]}}
    meta = patch(surgery, where, change).json()["meta"]
    assert (meta["versionId"], meta["tag"]) == ("2", [{"code": "kept"}])
    assert meta["source"].startswith("Organization/gp-surgery#")


def test_a_patch_keeps_the_digits_of_every_number_it_does_not_name(
    surgery: httpx.Client, person: str
) -> None:
    sent = (
        '{"resourceType":"Observation","status":"final","code":{"text":"How far"},'
        f'"subject":{{"reference":"Patient/{person}"}},"valueQuantity":{{"value":1.10}}}}'
    )
    where = f"/Observation/{surgery.post('/Observation', content=sent).json()['id']}"
    steps = (
        '[{"op":"add","path":"/note","value":[{"text":"a"}]},'
        '{"op":"test","path":"/valueQuantity/value","value":1.10}]'
    )
    answer = surgery.patch(where, content=steps, headers=JSON_PATCH)
    assert '"value":1.10}' in answer.text
    assert '"value":1.10}' in patch(surgery, where, {"status": "amended"}).text


def test_a_patch_that_changes_nothing_keeps_the_version(surgery: httpx.Client, where: str) -> None:
    answer = patch(surgery, where, {"description": {"text": "Before"}})
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')


def test_a_patch_of_another_version_than_the_one_read_is_refused(
    surgery: httpx.Client, where: str
) -> None:
    for status, expected in (("on-hold", 200), ("active", 412)):
        answer = patch(surgery, where, {"lifecycleStatus": status}, if_match='W/"1"')
        assert answer.status_code == expected


def test_a_patch_of_what_is_not_there_is_not_found(surgery: httpx.Client, where: str) -> None:
    assert patch(surgery, "/Goal/nowhere", {}).status_code == 404
    surgery.delete(where)
    assert patch(surgery, where, {"lifecycleStatus": "on-hold"}).status_code == 404


def test_copies_of_copies_cannot_grow_without_end(surgery: httpx.Client, where: str) -> None:
    bomb = [{"op": "copy", "from": "/note", "path": "/note/-"} for _ in range(40)]
    assert patch(surgery, where, bomb).status_code == 400
    long = [{"op": "test", "path": "/startDate", "value": "2026-03-01"}] * 1001
    assert patch(surgery, where, long).status_code == 400


def test_a_patch_cannot_nest_deeper_than_any_body_may(surgery: httpx.Client, where: str) -> None:
    nested: object = [{"url": "urn:a", "valueString": "b"}]
    for _ in range(14):
        nested = [{"url": "urn:a", "extension": nested}]
    steps = [
        {"op": "add", "path": f"{'/extension/0' * 14 * n}/extension", "value": nested}
        for n in range(3)
    ]
    answer = patch(surgery, where, steps)
    assert answer.status_code == 400
    assert "nested" in told(answer)


def test_a_patch_reads_its_json_as_strictly_as_any_body(surgery: httpx.Client, where: str) -> None:
    for body in ('{"note":null,"note":[]}', '{"note":NaN}', "", "[" * 70 + "]" * 70):
        answer = surgery.patch(where, content=body, headers=MERGE_PATCH)
        assert answer.status_code == 400, body


@pytest.mark.parametrize(
    "last",
    [[], [{"op": "test", "path": "/x", "value": 1}], [{"op": "copy", "from": "/x", "path": "/y"}]],
    ids=str,
)
def test_a_patch_that_builds_too_deep_a_resource_is_refused(
    surgery: httpx.Client, where: str, last: list[Json]
) -> None:
    """Each step is within the bounds; one below the other, they are not."""
    steps: list[Json] = []
    for n in range(60):
        value: Json = {}
        for _ in range(50):
            value = {"a": value}
        steps.append({"op": "add", "path": "/x" + "/a" * 50 * n, "value": value})
    answer = patch(surgery, where, [*steps, *last])
    assert answer.status_code in (400, 422), answer.text
