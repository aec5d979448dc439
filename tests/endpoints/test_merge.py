"""Two records of one person are linked by two administrators, and parted again, and nothing is
lost or on the wrong side."""

import json
from typing import Any

import httpx
import pytest

from tests.cli.erasing import fetch, rows_of
from tests.conftest import Running
from tests.endpoints.merging import (
    WHY,
    Administrators,
    AsClient,
    administrator,
    asked,
    ids,
    proposed,
    told,
)
from tests.endpoints.sharing import RESTRICTED, Json, choice, labelled, stored, team
from tests.people import goal, new_person


def test_both_sides_are_found_from_either_address(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    goals = sorted(stored(surgery, goal(one)) for one in (source, target))
    admins.merge(source, target)
    for client in (surgery, as_client(f"person:{source}"), as_client(f"person:{target}")):
        for one in (source, target):
            assert ids(client, f"/Goal?patient=Patient/{one}") == goals
            assert ids(client, f"/Goal?subject={one}") == goals
            assert ids(client, f"/Patient/{one}/Goal") == goals
            assert ids(client, f"/Goal?patient._id={one}") == goals
            whole = ids(client, f"/Patient/{one}/$everything")
            assert set(whole) == {*goals, f"Patient/{source}", f"Patient/{target}"}
            assert client.get(f"/Patient/{one}").status_code == 200
        assert all(client.get(f"/{where}").status_code == 200 for where in goals)
        brought = client.get(f"/Patient?_id={target}&_revinclude=Goal:patient").json()["entry"]
        assert {f"Goal/{one['resource']['id']}" for one in brought[1:]} == set(goals)


def test_each_patient_says_which_replaces_which(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    admins.merge(source, target)
    was, now = (surgery.get(f"/Patient/{one}").json() for one in (source, target))
    assert was["active"] is False
    assert was["link"] == [{"other": {"reference": f"Patient/{target}"}, "type": "replaced-by"}]
    assert now["active"] is True
    assert now["link"] == [{"other": {"reference": f"Patient/{source}"}, "type": "replaces"}]


def test_nothing_changes_until_another_sign_in_approves(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    where = stored(surgery, goal(source))
    id = proposed(admins.one, source, target)
    before = surgery.get(f"/Patient/{source}").json()
    own = asked(admins.one, "merge", proposal=id, decision="approve")
    assert own.status_code == 403
    assert "proposed this yourself" in own.text
    assert ids(surgery, f"/Goal?patient={target}") == []
    assert surgery.get(f"/Patient/{source}").json() == before
    looked = told(asked(admins.other, "merge", proposal=id))
    assert (looked["status"], looked["explanation"]) == ("proposed", WHY)
    assert told(asked(admins.other, "merge", proposal=id, decision="approve"))["status"] == (
        "approved"
    )
    assert ids(surgery, f"/Goal?patient={target}") == [where]
    again = asked(admins.one, "merge", proposal=id, decision="approve")
    assert (again.status_code, "approved already" in again.text) == (409, True)


def test_a_refused_proposal_changes_nothing_and_is_over(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    id = proposed(admins.one, source, target)
    twice = asked(admins.other, "merge", source=source, target=target, explanation=WHY)
    assert (twice.status_code, id in twice.text) == (409, True)
    assert told(asked(admins.one, "merge", proposal=id, decision="refuse"))["status"] == "refused"
    late = asked(admins.other, "merge", proposal=id, decision="approve")
    assert (late.status_code, "refused already" in late.text) == (409, True)
    assert "link" not in surgery.get(f"/Patient/{source}").json()
    assert proposed(admins.other, source, target) != id


def test_a_proposal_ends_by_itself(
    surgery: httpx.Client, admins: Administrators, service: Running
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    id = proposed(admins.one, source, target)
    url = service.settings.database_url or ""
    fetch(url, "update merges set until = now() - interval '1 second' where id = $1", id)
    assert told(asked(admins.other, "merge", proposal=id))["status"] == "ended"
    late = asked(admins.other, "merge", proposal=id, decision="approve")
    assert (late.status_code, "7 days" in late.text) == (409, True)
    assert proposed(admins.one, source, target) != id


@pytest.mark.parametrize(
    ("values", "status", "place"),
    [
        ({}, 422, "Parameters.parameter"),
        ({"source": "x"}, 422, "Parameters.parameter.where(name='target')"),
        ({"source": "{one}", "target": "{one}", "explanation": WHY}, 422, "name='target'"),
        ({"source": "{one}", "target": "{other}"}, 422, "name='explanation'"),
        ({"source": "{one}", "target": "{other}", "explanation": "same"}, 422, "'explanation'"),
        ({"source": "{one}", "target": "nobody", "explanation": WHY}, 404, "target is nobody"),
        ({"proposal": "nothing", "decision": "approve"}, 404, "no such proposal"),
        ({"proposal": "nothing", "decision": "perhaps"}, 422, "name='decision'"),
        ({"proposal": "nothing", "source": "{one}"}, 422, "Parameters.parameter"),
    ],
)
def test_what_is_wrong_is_told(
    surgery: httpx.Client,
    admins: Administrators,
    values: dict[str, str],
    status: int,
    place: str,
) -> None:
    one, other = new_person(surgery), new_person(surgery)
    sent = {name: value.format(one=one, other=other) for name, value in values.items()}
    if place.startswith("Parameters.parameter.where(name='target')"):
        sent["source"] = one
    answer = asked(admins.one, "merge", **sent)
    assert (answer.status_code, place in answer.text) == (status, True), answer.text


def test_an_administrator_whose_token_does_not_reach_everything_is_refused(
    surgery: httpx.Client, service: Running
) -> None:
    with administrator(service.settings, "morwenna", scope="system/Patient.u") as narrow:
        answer = asked(narrow, "merge", source="a", target="b", explanation=WHY)
    assert (answer.status_code, "system/*.cruds" in answer.text) == (403, True)


def test_a_chain_is_one_person_and_comes_apart_from_its_end(
    surgery: httpx.Client, admins: Administrators
) -> None:
    first, middle, last, aside = (new_person(surgery) for _ in range(4))
    goals = sorted(stored(surgery, goal(one)) for one in (first, middle, last))
    admins.merge(first, middle)
    admins.merge(middle, last)
    for one in (first, middle, last):
        assert ids(surgery, f"/Goal?patient={one}") == goals
    for source, target, words in (
        (first, last, f"Patient/{last} is in use"),
        (aside, first, f"Patient/{last} is in use"),
        (last, first, "circle"),
        (last, middle, "circle"),
    ):
        answer = asked(admins.one, "merge", source=source, target=target, explanation=WHY)
        assert (answer.status_code, words in answer.text) == (409, True), answer.text
    early = asked(admins.one, "unmerge", source=first, explanation=WHY)
    assert (early.status_code, "Take that apart first" in early.text) == (409, True)
    admins.unmerge(middle)
    assert ids(surgery, f"/Goal?patient={first}") == ids(surgery, f"/Goal?patient={middle}")
    assert len(ids(surgery, f"/Goal?patient={first}")) == 2
    assert len(ids(surgery, f"/Goal?patient={last}")) == 1
    admins.unmerge(first)
    assert len(ids(surgery, f"/Goal?patient={first}")) == 1
    gone = asked(admins.one, "unmerge", source=first, explanation=WHY)
    assert (gone.status_code, "not merged" in gone.text) == (409, True)


def test_unmerge_needs_two_as_well(surgery: httpx.Client, admins: Administrators) -> None:
    source, target = new_person(surgery), new_person(surgery)
    where = stored(surgery, goal(source))
    admins.merge(source, target)
    made = told(asked(admins.one, "unmerge", source=source, explanation=WHY))["proposal"]
    assert asked(admins.one, "unmerge", proposal=made, decision="approve").status_code == 403
    assert asked(admins.other, "merge", proposal=made, decision="approve").status_code == 404
    assert ids(surgery, f"/Goal?patient={target}") == [where]
    assert asked(admins.other, "unmerge", proposal=made, decision="approve").status_code == 200
    assert ids(surgery, f"/Goal?patient={target}") == []


def test_nothing_is_lost_nothing_is_on_the_wrong_side_and_no_byte_differs(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators, service: Running
) -> None:
    source, target = new_person(surgery), new_person(surgery, name=[{"family": "Rosewarne"}])
    own = as_client(f"person:{source}")
    for one in (source, target):
        stored(surgery, goal(one))
        stored(surgery, team(one, "council-care"))
        stored(as_client(f"person:{one}"), choice(one, "deny", "Organization/acute-trust"))
    url = service.settings.database_url or ""
    before = {one: everything_of(url, one) for one in (source, target)}
    admins.merge(source, target)
    on_source = stored(own, goal(source, "Written while they were one"))
    on_target = stored(own, goal(target, "By the source's own sign-in"))
    renamed = {**surgery.get(f"/Patient/{target}").json(), "gender": "female"}
    assert surgery.put(f"/Patient/{target}", json=renamed).status_code == 200
    admins.unmerge(source)
    for one, where in ((source, on_source), (target, on_target)):
        after = everything_of(url, one)
        for table in ("versions", "now", "audit", "notices"):
            rows = before[one][table]
            assert [row for row in rows if row not in after[table]] == [], table
        [added] = [key for key in after["now"] if key not in before[one]["now"]]
        assert added[:2] == tuple(where.split("/"))
        assert after["rights"] == before[one]["rights"]
    bodies = [without_meta(surgery, one) for one in (source, target)]
    assert bodies[0] == before[source]["patient"][0]
    assert {**bodies[1], "gender": None} == {**before[target]["patient"][0], "gender": None}
    assert bodies[1]["gender"] == "female"
    assert list(bodies[0]) == list(before[source]["patient"][0])


def everything_of(url: str, person: str) -> dict[str, list[Any]]:
    """What is kept of a person, as it is kept; of the Patient, who it is and not its version."""
    versions = rows_of(url, "resource_versions", person)
    rights = rows_of(url, "rights", person)
    [patient] = fetch(url, "select body from resources where type = 'Patient' and id = $1", person)
    body = json.loads(patient["body"])
    body.pop("meta")
    return {
        "versions": [tuple(map(str, row.values())) for row in versions],
        "now": [(row["type"], row["id"]) for row in rows_of(url, "resources", person)],
        "audit": [tuple(map(str, row.values())) for row in rows_of(url, "audit_events", person)],
        "notices": rows_of(url, "notices", person),
        "rights": [
            {**row, "version": row["type"] == "Patient" or row["version"]} for row in rights
        ],
        "patient": [body],
    }


def without_meta(client: httpx.Client, person: str) -> Json:
    body: Json = client.get(f"/Patient/{person}").json()
    body.pop("meta")
    return body


@pytest.mark.parametrize("active", [None, True, False])
def test_what_was_said_of_the_source_comes_back_whatever_it_was(
    surgery: httpx.Client, admins: Administrators, active: bool | None
) -> None:
    other = new_person(surgery)
    rest: Json = {"link": [{"other": {"reference": f"Patient/{other}"}, "type": "seealso"}]}
    body: Json = {"resourceType": "Patient", **rest}
    if active is not None:
        body["active"] = active
    source = stored(surgery, body).partition("/")[2]
    before, target = without_meta(surgery, source), new_person(surgery)
    admins.merge(source, target)
    assert without_meta(surgery, source) != before
    admins.unmerge(source)
    assert without_meta(surgery, source) == before


def test_a_link_that_a_client_writes_is_refused_or_opens_nothing(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    one, other = new_person(surgery), new_person(surgery)
    where = stored(surgery, goal(other))
    body = surgery.get(f"/Patient/{one}").json()
    for client in (surgery, as_client(f"person:{one}"), as_client("admin")):
        for kind in ("replaces", "replaced-by"):
            link = {"other": {"reference": f"Patient/{one}"}, "type": kind}
            answer = client.put(f"/Patient/{one}", json={**body, "link": [link]})
            assert answer.status_code == 422, answer.text
            assert answer.json()["issue"][0]["expression"] == ["Patient.link"]
    link = {"other": {"reference": f"Patient/{other}"}, "type": "seealso"}
    assert surgery.put(f"/Patient/{one}", json={**body, "link": [link]}).status_code == 200
    own = as_client(f"person:{one}")
    assert own.get(f"/{where}").status_code == 404
    assert ids(own, f"/Goal?patient={other}") == ids(own, f"/Goal?patient={one}") == []
    admins.merge(one, other)
    merged = surgery.get(f"/Patient/{one}").json()
    refused = surgery.put(f"/Patient/{one}", json={**merged, "link": [link]})
    assert (refused.status_code, f"merged into Patient/{other}" in refused.text) == (422, True)
    assert surgery.put(f"/Patient/{one}", json={**merged, "gender": "other"}).status_code == 200


def test_both_sides_and_the_privacy_officer_are_told(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    owns = [as_client(f"person:{one}") for one in (source, target)]
    first = proposed(admins.one, source, target)
    officer = as_client("privacy-officer")
    assert WHY in str(told_by_notices(officer, first))
    assert told_by_notices(owns[0], first) == []
    assert asked(admins.other, "merge", proposal=first, decision="approve").status_code == 200
    assert len(told_by_notices(officer, first)) == 2
    for own in owns:
        texts = told_by_notices(own, first)
        assert len(texts) == 2  # of either side, as either sign-in is theirs
        assert all("one person's: yours" in text and WHY not in text for text in texts)
        looked = own.get(f"/Patient/{target}/$who-has-looked").text
        assert "Piran, who runs this service for" in looked
        assert "put this record and another of yours together on" in looked
        assert "2 times" not in looked.partition("of yours together")[2].partition('"')[0]
    again = admins.unmerge(source)
    for own in owns:
        [text] = told_by_notices(own, again)
        assert "taken apart" in text
    found = as_client("admin").get(f"/AuditEvent?patient={target}&subtype=merge").json()
    assert len(found["entry"]) == 1


def test_who_is_hidden_in_one_record_is_not_put_together_with_an_open_one(
    surgery: httpx.Client, admins: Administrators
) -> None:
    source, target = new_person(surgery, **labelled(RESTRICTED)), new_person(surgery)
    answer = asked(admins.one, "merge", source=source, target=target, explanation=WHY)
    assert (answer.status_code, "same labels first" in answer.text) == (409, True)
    other = new_person(surgery, **labelled(RESTRICTED))
    id = proposed(admins.one, source, other)
    opened = without_meta(surgery, other)
    assert surgery.put(f"/Patient/{other}", json=opened).status_code == 200
    assert asked(admins.other, "merge", proposal=id, decision="approve").status_code == 409


def test_each_side_has_in_its_own_log_who_read_its_entries(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    source, target = new_person(surgery), new_person(surgery)
    for one in (source, target):
        stored(surgery, goal(one))
    admins.merge(source, target)
    trust = as_client("acute-trust")
    for path in (f"/Patient/{target}/$everything", f"/Goal?patient={target}"):
        assert trust.get(path).status_code == 200
    admins.unmerge(source)
    for one in (source, target):
        told = as_client(f"person:{one}").get(f"/Patient/{one}/$who-has-looked").text
        assert "read your whole record" in told
        assert told.count("looked for your goals") == 1


def told_by_notices(client: httpx.Client, about: str) -> list[str]:
    notices = client.get("/Patient/$notices").json().get("parameter", ())
    parts = [{p["name"]: p for p in one["part"]} for one in notices]
    return [one["text"]["valueString"] for one in parts if one["about"]["valueId"] == about]
