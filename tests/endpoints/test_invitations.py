"""Somebody is asked to help, says yes with a sign-in of their own, and sees what they are shown."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.attacks.cast import token
from tests.cli.erasing import fetch
from tests.conftest import Running, mint_token
from tests.endpoints.asking import new_goal
from tests.endpoints.sharing import NOT_SUPPORTERS, labelled, standing, stored, supporter, team
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
ASKED = {"name": "Bessie Trewern", "relationship": "Neighbour", "basis": "chosen-by-person"}
PARENT = {**ASKED, "basis": "parental-responsibility"}


def parameters(values: dict[str, str]) -> dict[str, Any]:
    told = [{"name": name, "valueString": value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": told}


def invite(client: httpx.Client, person: str, **values: str) -> httpx.Response:
    body = parameters({**ASKED, **values})
    return client.post(f"/Patient/{person}/$invite-supporter", json=body)


def answer(client: httpx.Client, code: str, how: str = "accept") -> httpx.Response:
    return client.post(f"/RelatedPerson/${how}-invitation", json=parameters({"code": code}))


def told(response: httpx.Response) -> dict[str, str]:
    """name: text or reference, of a Parameters."""
    assert response.status_code == 200, response.text
    found = {}
    for one in response.json()["parameter"]:
        (value,) = [v for k, v in one.items() if k != "name"]
        found[one["name"]] = value["reference"] if isinstance(value, dict) else value
    return found


def notices_of(own: httpx.Client) -> list[str]:
    found = own.get("/Patient/$notices").json().get("parameter", ())
    return [part["valueString"] for one in found for part in one["part"] if part["name"] == "text"]


def rows(settings: Settings, sql: str, *arguments: object) -> list[dict[str, Any]]:
    return fetch(settings.database_url or "", sql, *arguments)


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


@pytest.fixture
def own(as_client: AsClient, person: str) -> httpx.Client:
    return as_client(f"person:{person}")


@pytest.fixture
def bessie(as_client: AsClient) -> httpx.Client:
    """Somebody with a sign-in of their own, who is nobody's supporter."""
    return as_client(f"invited:{secrets.token_hex(6)}")


def test_somebody_is_invited_says_yes_sees_and_is_ended(
    surgery: httpx.Client, own: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    hidden = "/" + stored(surgery, goal(person, **labelled(NOT_SUPPORTERS)))
    made = told(invite(own, person, phone="07700 900202"))
    entry = own.get(f"/{made['supporter']}").json()
    assert entry["active"] is False
    assert entry["telecom"] == [{"system": "phone", "value": "07700 900202"}]
    assert bessie.get(where).status_code == 403
    accepted = told(answer(bessie, made["code"].lower().replace("-", " ")))
    assert accepted == {"supporter": made["supporter"], "patient": f"Patient/{person}"}
    assert bessie.get(where).status_code == 200
    assert bessie.get(hidden).status_code == 404
    assert bessie.get(f"/Goal?patient=Patient/{person}&_summary=count").json()["total"] == 1
    entry = own.get(f"/{made['supporter']}").json()
    assert entry["meta"]["source"].startswith(made["supporter"] + "#")
    ended = standing(entry, "ended", "person-asked-to-stop")
    assert own.put(f"/{made['supporter']}", json=ended).status_code == 200
    assert bessie.get(where).status_code == 404


def test_the_person_is_told_who_accepted_and_reads_it_in_their_log(
    settings: Settings, own: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    made = told(invite(own, person))
    told(answer(bessie, made["code"]))
    assert "Bessie Trewern accepted your invitation" in notices_of(own)[0]
    kept = "select outcome, settled is not null as settled from supporter_invitations"
    found = rows(settings, f"{kept} where person_id = $1", person)
    assert found == [{"outcome": "accepted", "settled": True}]
    looked = own.get(f"/Patient/{person}/$who-has-looked").text
    assert "Bessie Trewern, who helps you, said yes to helping you" in looked
    assert "You asked somebody to help you" in looked


def test_a_no_is_told_and_ends_it(own: httpx.Client, bessie: httpx.Client, person: str) -> None:
    made = told(invite(own, person))
    told(answer(bessie, made["code"], "decline"))
    entry = own.get(f"/{made['supporter']}").json()
    assert [one["valueCodeableConcept"]["coding"][0]["code"] for one in entry["extension"][1:]] == [
        "declined",
        "declined",
    ]
    assert "did not accept" in notices_of(own)[0]
    assert answer(bessie, made["code"]).status_code == 404
    assert bessie.get(f"/Patient/{person}").status_code == 403


def test_a_code_that_opens_nothing_has_one_answer_whatever_is_wrong_with_it(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    bessie, other = as_client("invited:bessie"), as_client("invited:another")
    used, withdrawn, late, gone, mine = (told(invite(own, person)) for _ in range(5))
    told(answer(bessie, used["code"]))
    entry = own.get(f"/{withdrawn['supporter']}").json()
    taken_back = standing(entry, "ended", "invitation-withdrawn")
    assert own.put(f"/{withdrawn['supporter']}", json=taken_back).status_code == 200
    rows(
        settings,
        "update supporter_invitations set expires = now() where supporter = $1",
        late["supporter"].partition("/")[2],
    )
    assert own.delete(f"/{gone['supporter']}").status_code == 204
    codes = [one["code"] for one in (used, withdrawn, late, gone)]
    refused = [answer(other, code, how) for code in codes for how in ("accept", "decline")]
    refused += [answer(other, code) for code in ("", "A", "0" * 20, "é" * 20) if code]
    refused += [answer(own, mine["code"])]
    assert {(one.status_code, one.json()["issue"][0]["diagnostics"]) for one in refused} == {
        (404, refused[0].json()["issue"][0]["diagnostics"])
    }
    assert other.get(f"/Patient/{person}").status_code == 403
    assert answer(other, "").status_code == 422


def test_the_code_is_kept_nowhere(settings: Settings, own: httpx.Client, person: str) -> None:
    code = told(invite(own, person))["code"]
    for table in ("supporter_invitations", "resource_versions", "audit_events", "notices"):
        sql = f"select t::text as row from {table} t where person_id = $1"  # noqa: S608
        for one in rows(settings, sql, person):
            assert code not in one["row"]
            assert code.replace("-", "").encode().hex() not in one["row"]


def test_of_two_who_answer_at_once_one_is_let_in(
    as_client: AsClient, own: httpx.Client, person: str
) -> None:
    code = told(invite(own, person))["code"]
    pair = [as_client(f"invited:{secrets.token_hex(6)}") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(one.status_code for one in pool.map(lambda c: answer(c, code), pair))
    assert statuses == [200] + [404] * 5
    assert sum(one.get(f"/Patient/{person}").status_code == 200 for one in pair) == 1


def test_nobody_accepts_for_themselves_nor_an_organisation_for_them(
    as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    code = told(invite(own, person))["code"]
    for name in ("gp-surgery", "doctor", "analyst", "privacy-officer", "admin"):
        assert answer(as_client(name), code).status_code == 403
    assert answer(own, code).status_code == 404
    entry = own.get(f"/RelatedPerson?patient=Patient/{person}").json()["entry"][0]["resource"]
    for client in (own, surgery):
        yes = standing(entry, "active", "accepted")
        assert client.put(f"/RelatedPerson/{entry['id']}", json=yes).status_code == 403
        no = standing(entry, "active", "person-asked-to-resume")
        assert client.put(f"/RelatedPerson/{entry['id']}", json=no).status_code == 422


def test_somebody_who_has_a_record_here_accepts_with_the_sign_in_of_their_own_record(
    as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    other = new_person(surgery, known_to=())
    assert told(answer(as_client(f"person:{other}"), told(invite(own, person))["code"]))
    log = own.get(f"/AuditEvent?patient=Patient/{person}").text
    assert other not in log, "whose record they have is theirs to tell"


def test_a_supporter_invites_nobody(own: httpx.Client, bessie: httpx.Client, person: str) -> None:
    assert invite(bessie, person).status_code == 403
    told(answer(bessie, told(invite(own, person))["code"]))
    assert invite(bessie, person).status_code == 403
    assert invite(own, person).status_code == 200


def test_a_person_invites_to_their_own_record_alone(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    other = as_client(f"person:{new_person(surgery, known_to=())}")
    assert invite(other, person).status_code == 404


def test_on_a_ground_in_law_an_organisation_on_the_team_invites(
    as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    council = as_client("council-care")
    assert invite(council, person, **PARENT).status_code == 404
    by_choice = invite(surgery, person)
    assert by_choice.status_code == 422
    assert "their own sign-in" in by_choice.json()["issue"][0]["diagnostics"]
    by_law = invite(own, person, **PARENT)
    assert by_law.status_code == 422
    assert "an organisation on the team" in by_law.json()["issue"][0]["diagnostics"]
    stored(surgery, {**team(person, "council-care")})
    made = told(invite(council, person, **PARENT))
    reason = own.get(f"/{made['supporter']}").json()["extension"][2]
    assert reason["valueCodeableConcept"]["coding"][0]["code"] == "invited-on-legal-ground"
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{person}"},
        "performer": [{"reference": "Organization/acute-trust"}],
    }
    stored(surgery, request)
    assert invite(as_client("acute-trust"), person, **PARENT).status_code == 403


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"start": "2020-01-01"}, "start"),
        ({"start": "2999-13-01"}, "start"),
        ({"start": "2999"}, "start"),
        ({"end": "2020-01-01"}, "end"),
        ({"start": "2999-01-02", "end": "2999-01-01"}, "end"),
        ({"name": ""}, "name"),
        ({"relationship": "x" * 201}, "relationship"),
        ({"basis": "family"}, "basis"),
        ({"basis": ""}, "basis"),
        ({"phone": "\u0007"}, "phone"),
    ],
)
def test_what_is_missing_or_backdated_is_told_with_its_place(
    own: httpx.Client, person: str, values: dict[str, str], place: str
) -> None:
    refused = invite(own, person, **values)
    assert refused.status_code == 422
    (issue,) = refused.json()["issue"]
    assert issue["expression"] == [f"Parameters.parameter.where(name='{place}')"]
    assert not own.get(f"/RelatedPerson?patient=Patient/{person}").json().get("entry")


def test_an_invitation_needs_the_scope_to_write_one(as_client: AsClient, person: str) -> None:
    narrow = as_client(f"person:{person}", scope="patient/*.rs")
    assert invite(narrow, person).status_code == 403


def as_somebody(service: Running, **claims: str) -> httpx.Client:
    """Whoever the demonstration's issuer says, with just these claims."""
    sent = token(service.settings, scope="patient/*.cruds", **claims)
    headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {sent}"}
    return httpx.Client(base_url=service.settings.fhir_base, headers=headers, timeout=30)


def test_a_sign_in_that_helps_two_people_says_which(
    service: Running, as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    bessie = as_client("invited:of two")
    told(answer(bessie, told(invite(own, person))["code"]))
    second = new_person(surgery, known_to=())
    told(answer(bessie, told(invite(as_client(f"person:{second}"), second))["code"]))
    refused = bessie.get(f"/Patient/{person}")
    assert refused.status_code == 403
    assert "claim patient" in refused.json()["issue"][0]["diagnostics"]
    stranger = new_person(surgery, known_to=())
    for whose, seen in ((person, person), (second, second), (stranger, None)):
        with as_somebody(service, role="supporter", sub="invited:of two", patient=whose) as of_one:
            for each in (person, second, stranger):
                assert (of_one.get(f"/Patient/{each}").status_code == 200) is (each == seen)


def test_the_sign_in_that_invited_does_not_accept_in_another_role(
    service: Running, own: httpx.Client, person: str
) -> None:
    code = told(invite(own, person))["code"]
    with as_somebody(service, role="supporter", sub=person) as oneself:
        assert answer(oneself, code).status_code == 404


def test_who_is_paused_is_let_in_again_by_the_same_sign_in_and_who_ended_is_not(
    own: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    where = told(invite(own, person))
    told(answer(bessie, where["code"]))
    for state, reason, status in (
        ("paused", "person-asked-to-pause", 404),
        ("active", "person-asked-to-resume", 200),
        ("ended", "person-asked-to-stop", 404),
    ):
        now = standing(own.get(f"/{where['supporter']}").json(), state, reason)
        assert own.put(f"/{where['supporter']}", json=now).status_code == 200
        assert bessie.get(f"/Patient/{person}").status_code == status
    again = told(invite(own, person))
    told(answer(bessie, again["code"]))
    assert again["supporter"] != where["supporter"]
    assert bessie.get(f"/Patient/{person}").status_code == 200


def test_no_supporter_reads_that_another_misused_what_they_saw(
    as_client: AsClient, own: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    told(answer(bessie, told(invite(own, person))["code"]))
    other = stored(own, supporter(person))
    assert bessie.get(f"/{other}").status_code == 200
    misused = standing(own.get(f"/{other}").json(), "ended", "misuse")
    assert own.put(f"/{other}", json=misused).status_code == 422
    assert own.put(f"/{other}", json={**misused, **labelled(NOT_SUPPORTERS)}).status_code == 200
    for path in (other, f"{other}/_history", f"{other}/_history/2", f"{other}/_history/1"):
        assert bessie.get(f"/{path}").status_code == 404
    assert other.partition("/")[2] not in bessie.get("/RelatedPerson").text


def test_nobodys_supporter_sees_nothing_of_anybody_not_even_what_nobody_did(
    as_client: AsClient, surgery: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert as_client(None).get(where).status_code == 401
    for path in (where, "/Goal", "/AuditEvent", "/Patient", "/RelatedPerson", "/Patient/$notices"):
        refused = bessie.get(path)
        assert refused.status_code == 403, path
    assert "Say yes to an invitation" in bessie.get(where).json()["issue"][0]["diagnostics"]
    assert not bessie.get("").json().get("entry")
    assert bessie.post("/Goal", json=goal(person)).status_code in (403, 422)


def test_a_frozen_record_lets_nobody_accept_and_keeps_the_code_good(
    service: Running, surgery: httpx.Client, own: httpx.Client, bessie: httpx.Client, person: str
) -> None:
    code = told(invite(own, person))["code"]
    why = parameters({"explanation": "Somebody else signs in as them."})
    assert surgery.post(f"/Patient/{person}/$freeze", json=why).status_code == 200
    assert answer(bessie, code).status_code == 403
    with as_somebody(service, role="supporter", sub="nobody yet", patient=person) as nobody:
        told_nobody = nobody.get(f"/Patient/{person}").json()["issue"][0]["diagnostics"]
        assert "cannot be opened here just now" not in told_nobody
    assert surgery.post(f"/Patient/{person}/$unfreeze", json=why).status_code == 200
    assert answer(bessie, code).status_code == 200


@pytest.fixture
def limited(settings: Settings) -> Iterator[Running]:
    """A worker that lets each sign-in try three codes."""
    limits = "invitation=3/900000"
    running = Running(
        settings.model_copy(update={"rate_limits": limits, "secret": secrets.token_hex(8)})
    )
    running.start()
    yield running
    running.stop()


def test_trying_codes_is_limited_for_each_sign_in(limited: Running) -> None:
    def tried(name: str, times: int) -> list[int]:
        headers = {"Authorization": f"Bearer {mint_token(limited.settings, name)}"}
        headers["Content-Type"] = "application/fhir+json"
        with httpx.Client(base_url=limited.settings.fhir_base, headers=headers) as client:
            return [answer(client, "0" * 20).status_code for _ in range(times)]

    assert tried("invited:guesser", 5) == [404, 404, 404, 429, 429]
    assert tried("invited:bessie", 1) == [404]
