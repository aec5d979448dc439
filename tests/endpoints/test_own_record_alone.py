"""A person's token reaches their own record and the directory, and nothing else leaves a trace.

Spec: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from collections.abc import Callable

import httpx
import pytest

from app.fhir.resource_types import RESOURCE_TYPES
from tests.endpoints.asking import (
    MERGE_PATCH,
    Json,
    entry,
    ids,
    link,
    new_goal,
    pages,
    places,
    send,
)
from tests.people import goal, new_person, observation

HIDDEN = "Only Kerra knows of the blue boat"


@pytest.fixture(scope="module")
def kerra(surgery: httpx.Client) -> str:
    """The person whose record must not be seen."""
    return new_person(surgery, name=[{"family": "Kerra-of-the-quay"}], gender="female")


@pytest.fixture(scope="module")
def own(surgery: httpx.Client) -> str:
    """The person who looks."""
    return new_person(surgery, name=[{"family": "Own"}], gender="female")


@pytest.fixture(scope="module")
def secret(surgery: httpx.Client, kerra: str) -> str:
    return new_goal(surgery, kerra, HIDDEN)


@pytest.fixture(scope="module")
def mine(surgery: httpx.Client, own: str, secret: str) -> str:
    """A Goal of one's own, into which an organisation put a reference to the other's."""
    extension = {"url": "urn:example:like", "valueReference": {"reference": secret[1:]}}
    return new_goal(surgery, own, "My own", extension=[extension])


@pytest.fixture(scope="module")
def bound(surgery: httpx.Client, own: str, kerra: str, secret: str, mine: str) -> Json:
    """References between the two records, both ways."""
    about_secret = observation(own, focus=[{"reference": secret[1:]}])
    about_mine = observation(kerra, focus=[{"reference": mine[1:]}])
    by_kerra = observation(own, performer=[{"reference": f"Patient/{kerra}"}])
    made = [
        surgery.post("/Observation", json=body).json()["id"]
        for body in (about_secret, about_mine, by_kerra)
    ]
    return dict(zip(("about_secret", "about_mine", "by_kerra"), made, strict=True))


@pytest.fixture(scope="module")
def oneself(as_client: Callable[..., httpx.Client], own: str) -> httpx.Client:
    return as_client(f"person:{own}")


def found(client: httpx.Client, path: str) -> set[str]:
    return {id for page in pages(client, path) for id in ids(page)}


def test_a_search_finds_ones_own_and_counts_no_other(
    oneself: httpx.Client, own: str, mine: str, bound: Json
) -> None:
    assert found(oneself, "/Goal?_count=1") == {mine[6:]}
    assert oneself.get("/Goal?_summary=count").json()["total"] == 1
    assert oneself.get("/Goal?_total=accurate").json()["total"] == 1
    assert found(oneself, "/Patient") == {own}
    assert found(oneself, "/Observation") == {bound["about_secret"], bound["by_kerra"]}


@pytest.mark.parametrize(
    "path",
    [
        "/Goal?patient={kerra}",
        "/Goal?subject=Patient/{kerra}",
        "/Goal?_id={secret}",
        "/Goal?_lastUpdated=gt2001-01-01&patient={kerra}",
        "/Patient?_id={kerra}",
        "/Patient?family=Kerra-of-the-quay",
        "/Patient?family:contains=quay",
        "/Observation?_id={about_mine}",
        "/Observation?patient={kerra}",
        "/Patient/{kerra}/Goal",
        "/Patient/{kerra}/*?_type=Goal,Patient,RelatedPerson",
        "/Goal?patient.family=Kerra-of-the-quay",
        "/Observation?focus:Goal._id={secret}",
        "/Observation?focus:Goal.patient={kerra}",
        "/Observation?performer:Patient.family=Kerra-of-the-quay",
        "/Goal?_has:Observation:focus:_id={about_mine}",
        "/Goal?_has:Observation:focus:patient={kerra}",
        "/Patient?_has:Goal:patient:_id={secret}",
        "/Patient?_has:Observation:performer:_id={by_kerra}&_id={kerra}",
        "/_history?_type=Goal&_since=2999-01-01",
        "/AuditEvent?patient={kerra}",
    ],
)
def test_no_way_of_asking_finds_what_is_another_persons(
    oneself: httpx.Client,
    kerra: str,
    secret: str,
    bound: Json,
    path: str,
) -> None:
    answer = oneself.get(path.format(kerra=kerra, secret=secret[6:], **bound))
    assert answer.status_code == 200, answer.text
    assert ids(answer.json()) == []
    query = path.format(kerra=kerra, secret=secret[6:], **bound)
    if "_history" not in path:
        count = oneself.get(f"{query}{'&' if '?' in query else '?'}_summary=count")
        assert count.json()["total"] == 0


def test_an_organisation_finds_by_each_of_those_ways_what_is_there(
    surgery: httpx.Client, kerra: str, secret: str, bound: Json
) -> None:
    for path in (
        "/Goal?patient.family=Kerra-of-the-quay",
        f"/Observation?focus:Goal.patient={kerra}",
        "/Observation?performer:Patient.family=Kerra-of-the-quay",
        f"/Goal?_has:Observation:focus:_id={bound['about_mine']}",
        f"/Patient?_has:Goal:patient:_id={secret[6:]}",
    ):
        assert ids(surgery.get(path).json()), path


@pytest.mark.parametrize(
    "rest",
    [
        "_include=Observation:focus",
        "_include=Observation:performer",
        "_include=Observation:*",
        "_include=*",
        "_include=Observation:focus&_include:iterate=Goal:subject",
        "_revinclude=Goal:*",
    ],
)
def test_nothing_of_another_is_brought_along(
    oneself: httpx.Client, kerra: str, secret: str, own: str, bound: Json, rest: str
) -> None:
    answer = oneself.get(f"/Observation?_count=50&{rest}")
    assert answer.status_code == 200, answer.text
    brought = set(ids(answer.json()))
    assert not brought & {kerra, secret[6:], bound["about_mine"]}
    assert HIDDEN not in answer.text


def test_what_refers_to_ones_own_from_anothers_record_is_not_brought_along(
    oneself: httpx.Client, mine: str, bound: Json
) -> None:
    answer = oneself.get(f"/Goal?_id={mine[6:]}&_revinclude=Observation:focus&_revinclude=*")
    assert bound["about_mine"] not in answer.text


def test_no_order_tells_of_what_is_hidden(oneself: httpx.Client, mine: str, bound: Json) -> None:
    for sort in ("_lastUpdated", "-_lastUpdated", "start-date", "patient", "-_id"):
        assert found(oneself, f"/Goal?_sort={sort}&_count=1") == {mine[6:]}


def test_no_history_tells_of_another(
    oneself: httpx.Client, kerra: str, secret: str, own: str, bound: Json
) -> None:
    for path in ("/_history?_count=3", "/Goal/_history", "/Observation/_history"):
        for page in pages(oneself, path):
            assert HIDDEN not in str(page)
            for one in page.get("entry", ()):
                if "resource" not in one:  # deleted: only what is everybody's is told of here
                    type = one["request"]["url"].partition("/")[0]
                    assert RESOURCE_TYPES[type].directory, one
                    continue
                resource = one["resource"]
                whose = resource.get("subject", {}).get("reference", f"Patient/{resource['id']}")
                is_theirs = whose == f"Patient/{kerra}" or resource["id"] == kerra
                assert not is_theirs
    assert oneself.get(f"{secret}/_history").status_code == 404
    assert oneself.get(f"{secret}/_history/1").status_code == 404


def test_everything_about_oneself_holds_nothing_of_another(
    oneself: httpx.Client, own: str, kerra: str, secret: str, bound: Json
) -> None:
    everything = found(oneself, f"/Patient/{own}/$everything?_count=1")
    assert own in everything
    assert not everything & {kerra, secret[6:], bound["about_mine"]}


def test_a_total_does_not_move_when_anothers_record_grows(
    surgery: httpx.Client, oneself: httpx.Client, kerra: str, bound: Json
) -> None:
    paths = ["/Goal?_total=accurate", "/Patient?_total=accurate", "/Goal/_history", "/Goal"]
    before = [oneself.get(path).json() for path in paths]
    new_goal(surgery, kerra, "One more")
    assert [oneself.get(path).json() for path in paths] == before


def test_a_write_about_another_is_refused_as_if_they_were_not_there(
    oneself: httpx.Client, own: str, kerra: str, secret: str
) -> None:
    there = oneself.post("/Goal", json=goal(kerra))
    nowhere = oneself.post("/Goal", json=goal("nobody"))
    assert (there.status_code, there.text) == (422, nowhere.text)
    over = oneself.put(secret, json=goal(own, id=secret[6:]))
    assert over.status_code == 404
    patched = oneself.patch(secret, json={"language": "kw"})
    assert patched.status_code == 404
    assert oneself.delete(secret).status_code == 204


def test_what_a_person_tried_to_delete_is_still_there(surgery: httpx.Client, secret: str) -> None:
    assert surgery.get(secret).headers["ETag"] == 'W/"1"'


def test_a_chosen_id_that_another_has_is_refused_as_what_is_not_there(
    surgery: httpx.Client, oneself: httpx.Client, own: str, kerra: str
) -> None:
    id = f"chosen-by-{kerra}"
    assert surgery.put(f"/Goal/{id}", json=goal(kerra, id=id)).status_code == 201
    assert oneself.get(f"/Goal/{id}").status_code == 404
    over = oneself.put(f"/Goal/{id}", json=goal(own, id=id))
    free = oneself.put("/Goal/chosen-by-nobody", json=goal(own, id="chosen-by-nobody"))
    assert (over.status_code, over.text) == (404, free.text)
    over, free = (
        send(oneself, "transaction", entry("PUT", f"Goal/{one}", goal(own, id=one)))
        for one in (id, "chosen-by-nobody")
    )
    assert (over.status_code, over.text) == (404, free.text)
    assert surgery.get(f"/Goal/{id}").headers["ETag"] == 'W/"1"'


def test_a_transaction_reaches_no_one_else(
    oneself: httpx.Client, own: str, kerra: str, secret: str
) -> None:
    by_condition = {"reference": "Patient?family=Kerra-of-the-quay"}
    for one in (
        entry("POST", "Goal", {**goal(own), "subject": by_condition}),
        entry("POST", "Observation", observation(own, focus=[{"reference": secret[1:]}])),
        entry("GET", secret[1:]),
        entry("PUT", secret[1:], goal(own, id=secret[6:])),
    ):
        answer = send(oneself, "transaction", entry("POST", "Goal", goal(own)), one)
        assert answer.status_code in (404, 422), answer.text
        assert places(answer)[0].startswith("Bundle.entry[1]")
        assert HIDDEN not in answer.text


def test_a_person_writes_and_reads_their_own(oneself: httpx.Client, own: str) -> None:
    where = new_goal(oneself, own, "In my own words")
    assert oneself.get(where).json()["meta"]["source"].startswith(f"Patient/{own}#")
    assert oneself.delete(where).status_code == 204


def test_a_person_cannot_take_anothers_nhs_number(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000050"}
    taker = new_person(surgery, identifier=[{**number, "value": "9990000069"}])
    oneself, where = as_client(f"person:{taker}"), f"/Patient/{taker}"
    whole = {**oneself.get(where).json(), "identifier": [number]}
    tries = [
        oneself.put(where, json=whole),
        oneself.put("/Patient?gender:missing=true", json=whole),
        oneself.patch(where, json={"identifier": [number]}, headers=MERGE_PATCH),
        oneself.patch(where, json={"identifier": None}, headers=MERGE_PATCH),
        send(oneself, "transaction", entry("PUT", where[1:], whole)),
    ]
    assert [one.status_code for one in tries] == [403] * 5
    # Nothing refers to this Patient, so it can be deleted; it comes back without any.
    assert oneself.delete(where).status_code == 204
    assert oneself.put(where, json=whole).status_code == 403
    assert found(surgery, f"/Patient?identifier={number['system']}|{number['value']}") == set()


def test_a_person_changes_their_own_name(oneself: httpx.Client, own: str) -> None:
    patched = oneself.patch(
        f"/Patient/{own}", json={"name": [{"family": "Own", "given": ["Ysolt"]}]}
    )
    assert patched.status_code == 200


def test_a_person_reads_the_directory_but_does_not_change_it(oneself: httpx.Client) -> None:
    assert oneself.get("/Organization/gp-surgery").status_code == 200
    assert len(found(oneself, "/Organization?_count=5")) > 5
    body = oneself.get("/Organization/gp-surgery").json()
    assert oneself.put("/Organization/gp-surgery", json=body).status_code == 403


def test_what_belongs_to_nobody_is_its_writers_alone(
    surgery: httpx.Client, befriending: httpx.Client, oneself: httpx.Client
) -> None:
    body = {"resourceType": "Group", "type": "person", "actual": True}
    id = surgery.post("/Group", json=body).json()["id"]
    assert surgery.get(f"/Group/{id}").status_code == 200
    for client in (befriending, oneself):
        assert client.get(f"/Group/{id}").status_code == 404
        assert id not in ids(client.get("/Group").json())
        assert client.get(f"/Group/{id}/_history").status_code == 404
        assert client.put(f"/Group/{id}", json={**body, "id": id}).status_code == 404


def test_a_link_between_two_people_opens_nothing(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    one = new_person(surgery)
    link_to = [{"other": {"reference": f"Patient/{one}"}, "type": "seealso"}]
    two = new_person(surgery, link=link_to)
    assert as_client(f"person:{two}").get(f"/Patient/{one}").status_code == 404
    assert as_client(f"person:{one}").get(f"/Patient/{two}").status_code == 404
    assert ids(as_client(f"person:{one}").get(f"/Patient/{one}/Patient").json()) == [one]


def test_a_page_of_another_caller_is_refused(
    surgery: httpx.Client, oneself: httpx.Client, kerra: str, secret: str
) -> None:
    new_goal(surgery, kerra)
    following = link(surgery.get(f"/Goal?patient={kerra}&_count=1").json(), "next")
    assert following is not None
    assert oneself.get(following).status_code == 400
