"""What is stored is what was sent, and what could be read two ways is not taken. Spec:
https://hl7.org/fhir/R4/json.html"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.endpoints.asking import entry, send, told
from tests.people import goal, new_person

LIMIT = 5_000_000


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def a_walk(person: str, rest: str) -> str:
    return (
        '"status":"final","code":{"text":"A walk"},'
        f'"subject":{{"reference":"Patient/{person}"}},{rest}'
    )


def kept(client: httpx.Client, type: str, members: str) -> bool:
    """Whether members are stored, read, found and told in history byte for byte as sent."""
    made = client.post(f"/{type}", content=f'{{"resourceType":"{type}",{members}}}'.encode())
    assert made.status_code == 201, made.text
    where = f"/{type}/{made.json()['id']}"
    end = f",{members}}}".encode()
    answers = [
        made,
        client.get(where),
        client.get(f"{where}/_history/1"),
        client.get(f"{where}/_history"),
        client.get(f"/{type}?_id={where.rpartition('/')[2]}"),
    ]
    return all(end in answer.content for answer in answers)


@pytest.mark.parametrize(
    "number",
    ["1.10", "0.010", "100", "-0.5", "1e2", "1.0E+2", "12345678901234567.25", "0.00000000001"],
)
def test_a_number_keeps_every_digit(surgery: httpx.Client, person: str, number: str) -> None:
    assert kept(surgery, "Observation", a_walk(person, f'"valueQuantity":{{"value":{number}}}'))


def test_members_keep_their_order(surgery: httpx.Client, person: str) -> None:
    subject = f'"subject":{{"reference":"Patient/{person}"}}'
    members = f'"startDate":"2026-03-01",{subject},"description":{{"text":"b"}}'
    members += ',"lifecycleStatus":"active"'
    assert kept(surgery, "Goal", members)


def test_extensions_of_primitives_stay_where_they_were(surgery: httpx.Client, person: str) -> None:
    extension = '{"extension":[{"url":"urn:example:why","valueString":"in her own words"}]}'
    members = a_walk(
        person,
        f'"_status":{extension},'
        '"note":[{"text":"first"}],'
        f'"valueString":"a","_valueString":{extension}',
    )
    assert kept(surgery, "Observation", members)
    name = (
        f'"name":[{{"given":["Ann","Mary"],"_given":[null,{extension}]}}],"_birthDate":{extension}'
    )
    assert kept(surgery, "Patient", name)


def test_contained_resources_and_narrative_stay_as_they_were(
    surgery: httpx.Client, person: str
) -> None:
    members = (
        '"text":{"status":"additional","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">'
        '<p class=\\"own\\">To the quay &amp; back &lt;slowly&gt;</p></div>"},'
        '"contained":[{"resourceType":"Practitioner","id":"p1","name":[{"text":"Dr Spargo"}]}],'
        + a_walk(person, '"performer":[{"reference":"#p1"}],"valueInteger":2')
    )
    assert kept(surgery, "Observation", members)


def test_text_of_any_language_stays_as_it_was(surgery: httpx.Client, person: str) -> None:
    members = a_walk(person, '"valueString":"Kernow bys vyken — 家 👩‍👧 é\u0301 \\" \\\\ \\n"')
    assert kept(surgery, "Observation", members)


def test_a_body_in_lines_is_the_same_body(surgery: httpx.Client, person: str) -> None:
    spaced = (
        '{\n "resourceType" : "Observation",\n "status" : "final", "code":{"text":"x"},'
        f'\n "subject": {{"reference":"Patient/{person}"}}, "valueQuantity": {{"value": 1.50}} }}\n'
    )
    made = surgery.post("/Observation", content=spaced)
    assert made.status_code == 201
    assert '"valueQuantity":{"value":1.50}' in made.text


def test_a_transaction_and_an_update_keep_every_digit_too(
    surgery: httpx.Client, person: str
) -> None:
    body = f'{{"resourceType":"Observation",{a_walk(person, QUANTITY)}}}'
    bundle = (
        '{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST",'
        f'"url":"Observation"}},"resource":{body}}}]}}'
    )
    answer = surgery.post("", content=bundle, headers={"Prefer": "return=representation"})
    assert QUANTITY in answer.text
    id = answer.json()["entry"][0]["resource"]["id"]
    changed = body.replace('"final"', f'"amended","id":"{id}"')
    assert QUANTITY in surgery.put(f"/Observation/{id}", content=changed).text


QUANTITY = '"valueQuantity":{"value":7.00}'

NESTED = '{"a":' * 65 + "1" + "}" * 65


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('{"resourceType":"Goal","lifecycleStatus":"active","lifecycleStatus":"on-hold"}', "twice"),
        ('{"resourceType":"Goal","note":[{"text":"a","text":"b"}]}', "twice"),
        ('{"resourceType":"Goal","target":[{"detailQuantity":{"value":NaN}}]}', "JSON"),
        ('{"resourceType":"Goal","target":[{"detailQuantity":{"value":Infinity}}]}', "JSON"),
        ('{"resourceType":"Goal","target":[{"detailInteger":01}]}', "JSON"),
        (NESTED, "nested"),
        ('{"resourceType":"Goal","description":{"text":"\\ud800"}}', "surrogate"),
        ('{"resourceType":"Goal","description":{"text":"\\udc00 alone"}}', "surrogate"),
        ('{"resourceType":"Goal","description":{"text":"\\u0000"}}', "U+0000"),
        ("", "empty"),
        ("   ", "empty"),
        ("[]", "object"),
        ('"Goal"', "object"),
        ("null", "object"),
        ('{"resourceType":"Goal"} {}', "JSON"),
        ('{"resourceType":"Goal",}', "JSON"),
        ('{"resourceType":"Goal"', "JSON"),
        ("{'resourceType':'Goal'}", "JSON"),
        ("\ufeff{}", "byte order mark"),
        ('{"resourceType":"Goal","a":' + "9" * 1001 + "}", "digits"),
        ('{"resourceType":"Goal","a":1e400}', "exponent"),
    ],
)
def test_a_body_that_is_not_one_json_object_read_one_way_is_refused(
    surgery: httpx.Client, body: str, word: str
) -> None:
    for answer in (
        surgery.post("/Goal", content=body.encode()),
        surgery.put("/Goal/1", content=body.encode()),
        surgery.post("", content=body.encode()),
    ):
        assert answer.status_code == 400
        assert word in told(answer)


def test_a_body_that_is_not_utf_8_is_refused(surgery: httpx.Client) -> None:
    answer = surgery.post("/Goal", content=b'{"resourceType":"Goal","id":"\xe9"}')
    assert answer.status_code == 400
    assert "UTF-8" in told(answer)


def test_a_member_given_twice_is_named_by_its_place(surgery: httpx.Client) -> None:
    body = '{"resourceType":"Goal","note":[{"text":"a"},{"text":"a","text":"b"}]}'
    answer = surgery.post("/Goal", content=body)
    assert answer.json()["issue"][0]["expression"] == ["Goal.note[1]"]


def test_a_body_of_more_than_five_million_bytes_is_refused_unread(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Goal", content=b" " * (LIMIT + 1))
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-long"


def test_a_body_that_grows_past_the_limit_as_it_comes_is_refused(surgery: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(51):
            yield b" " * 100_000

    assert surgery.post("/Goal", content=parts()).status_code == 413


def test_a_resource_just_below_the_limit_is_stored_whole(
    surgery: httpx.Client, person: str
) -> None:
    note = [{"text": "x" * 900_000} for _ in range(5)]
    made = surgery.post("/Goal", json=goal(person, note=note))
    assert made.status_code == 201
    assert len(surgery.get(f"/Goal/{made.json()['id']}").content) > 4_500_000


@pytest.mark.parametrize("value", ["", [], {}, None])
def test_an_empty_element_is_refused(surgery: httpx.Client, person: str, value: object) -> None:
    answer = surgery.post("/Goal", json=goal(person, note=value))
    assert answer.status_code == 422


def test_a_script_in_a_narrative_is_refused_never_cleaned(
    surgery: httpx.Client, person: str
) -> None:
    for inside in (
        "<script>alert(1)</script>",
        '<p onclick="x()">a</p>',
        '<a href="javascript:x()">a</a>',
        '<img src="https://elsewhere.example/pixel.gif"/>',
        "<p>not closed",
        '<!DOCTYPE x [<!ENTITY a "b">]>',
    ):
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
        body = {**goal(person), "text": {"status": "generated", "div": div}}
        answer = surgery.post("/Goal", json=body)
        assert answer.status_code == 422, inside
        assert answer.json()["issue"][0]["expression"][0].startswith("Goal.text")


def test_what_an_organisation_sent_is_what_the_person_reads(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    made = surgery.post("/Goal", json=goal(person))
    read = as_client(f"person:{person}").get(f"/Goal/{made.json()['id']}")
    assert read.content == made.content


def test_a_batch_shows_a_resource_byte_for_byte(surgery: httpx.Client, person: str) -> None:
    body = f'{{"resourceType":"Observation",{a_walk(person, QUANTITY)}}}'
    made = surgery.post("/Observation", content=body)
    answer = send(surgery, "batch", entry("GET", f"Observation/{made.json()['id']}"))
    assert made.content in answer.content
