"""One organisation writes what matters to a person, another reads it and adds to it."""

import httpx

from tests.people import goal, new_person, observation


def test_what_one_organisation_writes_another_reads_and_adds_to(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    person = new_person(surgery)
    made = surgery.post("/Goal", json=goal(person, "Hear the sea from my own bed again"))
    assert made.status_code == 201, made.text
    where = f"/Goal/{made.json()['id']}"

    read = befriending.get(where)
    assert read.json()["description"]["text"] == "Hear the sea from my own bed again"
    added = befriending.post(
        "/Observation",
        json=observation(person, focus=[{"reference": where[1:]}], valueInteger=4),
    )
    assert added.status_code == 201, added.text

    found = surgery.get(
        "/Goal", params={"patient": f"Patient/{person}", "_revinclude": "Observation:focus"}
    ).json()
    modes = {e["resource"]["resourceType"]: e["search"]["mode"] for e in found["entry"]}
    assert modes == {"Goal": "match", "Observation": "include"}
    told = befriending.get(f"{where}/_history").json()["entry"][0]
    assert told["resource"]["meta"]["source"].startswith("Organization/gp-surgery#")


def test_a_decimal_keeps_its_trailing_zero(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    sent = (
        '{"resourceType":"Observation","status":"final","code":{"text":"How far"},'
        f'"subject":{{"reference":"Patient/{person}"}},"valueQuantity":{{"value":1.10,"unit":"km"}}}}'
    )
    made = surgery.post("/Observation", content=sent)
    assert made.status_code == 201, made.text
    assert '"value":1.10,' in surgery.get(f"/Observation/{made.json()['id']}").text
