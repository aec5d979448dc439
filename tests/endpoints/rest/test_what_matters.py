"""The one page over HTTP: what stands on it, in which forms, and what it never tells."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import httpx
import pytest
from msgspec.json import decode
from pydantic import TypeAdapter

from app.access.acts import Act
from app.access.caller import Caller, Role
from app.interactions.perform import permitted
from app.interactions.visit import Ask
from app.main import make_record, open_database
from app.operations.what_matters import what_matters
from app.store.database import _Connection
from app.what_matters.journey import Journey
from app.what_matters.said_and_done import SaidAndDone
from app.what_matters.summary_page import Page
from app.what_matters.to_look_at import ToLookAt
from app.what_matters.told_once_page import ToldOncePage
from tests.access.callers import caller
from tests.conftest import Running
from tests.endpoints.emergencies import WORDS, parameters, practitioner
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    labelled,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
MATTERS = {
    "category": [
        {
            "coding": [
                {
                    "system": "http://hl7.org/fhir/us/pco/CodeSystem/pco-concepts-temporary",
                    "code": "what-matters",
                }
            ]
        }
    ]
}
HOW_CLOSE = {
    "system": "https://whatmatters.example/fhir/CodeSystem/progress",
    "code": "how-close",
}


_REACHES_OUT = re.compile(r"<(script|img|link|iframe)|<[^>]*\s(on\w+|style)=|https?:")


def page(client: httpx.Client, person: str) -> Json:
    answer = client.get(f"/people/{person}/what-matters")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def close(person: str, where: str, number: int, day: str, **rest: Any) -> Json:
    return observation(
        person,
        code={"coding": [HOW_CLOSE]},
        focus=[{"reference": where}],
        effectiveDateTime=day,
        valueInteger=number,
        performer=[{"reference": f"Patient/{person}"}],
        **rest,
    )


def about_me(person: str, code: str, words: str, day: str, **rest: Any) -> Json:
    return observation(
        person,
        code={"coding": [{"system": "http://snomed.info/sct", "code": code}]},
        effectiveDateTime=day,
        valueString=words,
        performer=[{"reference": f"Patient/{person}"}],
        **rest,
    )


def contact(person: str, organisation: str, day: str, **rest: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{person}"},
        "period": {"start": f"{day}T10:00:00Z", "end": f"{day}T10:30:00Z"},
        "serviceProvider": {"reference": f"Organization/{organisation}"},
        **rest,
    }


def test_a_demo_person_has_a_page_that_begins_with_how_to_talk_with_them(
    api: httpx.Client,
) -> None:
    told = page(api, "ewa-penrose")
    talk = told["how_to_talk"]
    assert talk["interpreter"] is True
    assert [one["name"] for one in talk["languages"]] == ["Polish", "English"]
    assert talk["take_care"][0]["words"].startswith("Book a Polish interpreter")
    assert told["goals"][0]["how_close"]["words"] == "6 out of 10"
    assert told["goals"][0]["moving"] == "nearer"
    text = api.get("/people/ewa-penrose/what-matters", headers={"Accept": "text/plain"}).text
    headings = re.findall(r"^(.+)\n-+$", text, re.MULTILINE)
    assert headings[:2] == ["How to talk with me", "What is most important to me"]


def test_the_person_puts_what_matters_in_order(api: httpx.Client) -> None:
    told = page(api, "tamsin-pender")
    things = [one["entry"].rpartition("-")[2] for one in told["most_important"]["things"]]
    assert things == ["quay", "singing", "kensa", "bother"]
    assert [one["entry"].rpartition("-")[2] for one in told["goals"][:2]] == ["quay", "screen"]


def test_the_newest_of_each_section_and_of_each_goal_is_told(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    where = stored(surgery, goal(person))
    for day, number in (("2026-03-01", 2), ("2026-09-01", 7), ("2026-06-01", 8)):
        stored(surgery, close(person, where, number, day))
    for day, words in (("2026-09-01", "Ask me"), ("2026-03-01", "Never ask me")):
        stored(surgery, about_me(person, "1515901000000105", words, day))
    told = page(api, person)
    assert told["please"]["words"] == "Ask me"
    (one,) = told["goals"]
    assert one["how_close"]["words"] == "7 out of 10"
    assert (one["how_close"]["since_last"], one["how_close"]["since_start"]) == (
        "further away",
        "nearer",
    )


def test_the_sheet_has_no_scripts_and_runs_under_a_policy_that_knows_its_style(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery, name=[{"text": "<script>alert(1)</script>"}])
    stored(surgery, goal(person, "</style><img src=x onerror=alert(1)>"))
    answer = api.get(f"/people/{person}/what-matters", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/html")
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert len(style) == 1
    policy = answer.headers["Content-Security-Policy"]
    hashed = b64encode(sha256(style[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert _REACHES_OUT.search(answer.text) is None
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/*;q=0.5, text/html;q=0", "text/plain"),
        ("application/json;q=0.1, text/plain", "text/plain"),
    ],
)
def test_the_form_is_the_one_that_is_liked_best(api: httpx.Client, accept: str, media: str) -> None:
    answer = api.get("/people/tamsin-pender/what-matters", headers={"Accept": accept})
    assert answer.headers["Content-Type"].partition(";")[0] == media
    assert answer.headers["Vary"] == "Accept, Accept-Language"


def test_a_form_that_is_not_offered_is_refused_with_those_that_are(api: httpx.Client) -> None:
    answer = api.get("/people/tamsin-pender/what-matters", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/html" in answer.json()["detail"]


LABELS = (RESTRICTED, JUST_US)


@pytest.mark.parametrize("label", LABELS, ids=lambda one: one["code"])
def test_what_is_hidden_leaves_no_trace_on_the_page(
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
    api_as: ApiAs,
    label: Json,
) -> None:
    person = new_person(surgery)
    own = as_client(f"person:{person}")
    stored(surgery, contact(person, "council-care", "2026-01-10"))
    seen = stored(own, goal(person, "To be seen"))
    stored(own, close(person, seen, 3, "2026-02-01"))
    before = page(api_as("council-care"), person)
    hidden = stored(own, goal(person, "HIDDEN", **labelled(label)))
    stored(own, close(person, hidden, 9, "2026-03-01", **labelled(label)))
    stored(own, close(person, seen, 9, "2026-03-02", **labelled(label)))
    stored(own, observation(person, valueString="HIDDEN", **MATTERS, **labelled(label)))
    stored(own, about_me(person, "1515861000000103", "HIDDEN", "2026-03-01", **labelled(label)))
    after = page(api_as("council-care"), person)
    assert {**after, "written": ""} == {**before, "written": ""}
    assert "HIDDEN" in str(page(api_as(f"person:{person}"), person))


def test_a_supporter_and_the_person_see_what_is_theirs_to_see(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], api_as: ApiAs
) -> None:
    person = new_person(surgery)
    helper = stored(as_client(f"person:{person}"), supporter(person))
    stored(surgery, goal(person, "Not for supporters", **labelled(NOT_SUPPORTERS)))
    stored(surgery, goal(person, "Not for the person", **labelled(NOT_THE_PERSON)))
    stored(surgery, goal(person, "For everybody"))
    own, friend, ours = (
        [one["words"]["words"] for one in page(api_as(client), person)["goals"]]
        for client in (
            f"person:{person}",
            f"supporter:{helper.partition('/')[2]}",
            "gp-surgery",
        )
    )
    assert sorted(own) == ["For everybody", "Not for supporters"]
    assert friend == ["For everybody"]
    assert len(ours) == 3


def test_what_was_done_is_told_since_this_organisation_was_last_in_touch(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    where = stored(surgery, goal(person, startDate="2026-01-01"))
    stored(surgery, contact(person, "gp-surgery", "2026-02-01"))
    stored(surgery, contact(person, "council-care", "2026-03-01"))
    stored(surgery, close(person, where, 4, "2026-02-15T09:00:00Z"))
    told = page(api, person)["since_we_met"]
    assert told["last"]["when"].startswith("2026-02-01")
    assert [one["kind"] for one in told["done"]] == ["contact", "progress"]
    theirs = page(api_as("council-care"), person)["since_we_met"]
    assert (theirs["done"], theirs["more"]) == ([], 0)
    assert page(api_as("acute-trust"), person)["since_we_met"] is None
    assert page(api_as(f"person:{person}"), person)["since_we_met"] is None


def test_a_part_that_the_token_does_not_reach_is_not_taken_for_an_empty_one(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    stored(surgery, goal(person))
    narrow = page(api_as("gp-surgery", scope="system/Patient.rs system/Goal.rs"), person)
    assert len(narrow["goals"]) == 1
    assert "what was asked for" in narrow["not_shown"]
    assert "the goals" not in narrow["not_shown"]
    assert page(api, person)["not_shown"] == []


def test_the_person_reads_that_their_page_was_read(surgery: httpx.Client, api_as: ApiAs) -> None:
    person = new_person(surgery)
    page(api_as("council-care"), person)
    told = api_as(f"person:{person}").get(f"/people/{person}/who-has-looked").json()["entries"]
    assert any("read the page of what matters to you" in one["words"] for one in told)
    events = surgery.get("/AuditEvent", params={"patient": f"Patient/{person}"})
    assert events.status_code == 200


def _same(moment: datetime) -> datetime:
    return moment


def read_at(service: Running, who: Caller, person: str, *moments: datetime) -> list[Json]:
    """The page as somebody reads it at some moments, one after the other."""

    async def read() -> list[Json]:
        database = await open_database(service.settings)
        record, pages = make_record(service.settings, database), []
        for moment in moments:
            then = replace(record, clock=partial(_same, moment))
            ask = Ask(Act.WHAT_MATTERS, "Patient", person)
            pages.append(decode((await permitted(then, who, ask, what_matters)).body))
        await database.close()
        return pages

    return asyncio.run(read())


def test_what_changed_is_told_since_the_one_who_reads_last_looked(
    service: Running, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    wella = replace(caller(Role.PRACTITIONER), subject="wella")
    jory = replace(caller(Role.PRACTITIONER), subject="jory")
    (first,) = read_at(service, wella, person, long_ago)
    assert first["since_you_looked"] is None
    stored(surgery, goal(person, "New since"))
    stored(as_client(f"person:{person}"), goal(person, "HIDDEN", **labelled(JUST_US)))
    now = datetime.now(UTC) + timedelta(seconds=1)
    later, again = read_at(service, wella, person, now, now + timedelta(minutes=20))
    assert later["since_you_looked"]["last"][:19] == long_ago.isoformat()[:19]
    told = {one["what"]: one["words"] for one in later["since_you_looked"]["changed"]}
    assert told == {"A goal": "New since", "Who they are, or how to reach them": ""}
    assert {one["by"] for one in later["since_you_looked"]["changed"]} == {"Polmear Surgery"}
    assert later["since_you_looked"]["more"] == 0
    assert again["since_you_looked"] == later["since_you_looked"]
    (next_day,) = read_at(service, wella, person, now + timedelta(days=1))
    assert next_day["since_you_looked"]["changed"] == []
    (theirs,) = read_at(service, jory, person, now)
    assert theirs["since_you_looked"] is None


def statements(
    monkeypatch: pytest.MonkeyPatch, client: httpx.Client, person: str
) -> tuple[int, int]:
    """(how many statements one page takes, its size in bytes)."""
    ran: list[str] = []
    fetch = _Connection.fetch

    async def counted(self: Any, sql: str, *arguments: Any, **rest: Any) -> Any:
        ran.append(sql)
        return await fetch(self, sql, *arguments, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(_Connection, "fetch", counted)
        size = len(client.get(f"/people/{person}/what-matters").content)
    return len(ran), size


def test_a_page_takes_eight_statements_however_long_the_record_is(
    monkeypatch: pytest.MonkeyPatch, surgery: httpx.Client, api: httpx.Client
) -> None:
    short, long = new_person(surgery), new_person(surgery)
    entries: list[Json] = []
    for n in range(90):
        where = f"urn:uuid:00000000-0000-4000-8000-{n:012}"
        said = [
            close(long, where, n % 11, f"2026-0{m}-01T10:00:00Z", note=[{"text": "w" * 900}])
            for m in range(1, 7)
        ]
        some = [*said, observation(long, valueString="Something " * 60, **MATTERS)]
        some.append(contact(long, "gp-surgery", "2026-02-01"))
        entries.append({"fullUrl": where, "resource": goal(long, "A goal " * 30)})
        entries += [{"resource": one} for one in some]
    for one in entries:
        one["request"] = {"method": "POST", "url": one["resource"]["resourceType"]}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert surgery.post("", json=bundle).status_code == 200
    ran, size = statements(monkeypatch, api, long)
    assert ran <= 8
    assert statements(monkeypatch, api, short)[0] <= 8
    assert size < 30_000
    told = page(api, long)
    assert (len(told["goals"]), told["more_goals"]) == (6, 84)
    assert told["most_important"]["more"] == 85


def test_a_team_and_requests_are_told_with_who_has_them(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    stored(surgery, team(person, "council-care"))
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "A rail"},
        "subject": {"reference": f"Patient/{person}"},
        "authoredOn": "2026-03-01T09:00:00Z",
        "requester": {"reference": f"Patient/{person}"},
    }
    where = stored(surgery, request)
    task = {
        "resourceType": "Task",
        "status": "in-progress",
        "intent": "order",
        "focus": {"reference": where},
        "for": {"reference": f"Patient/{person}"},
        "owner": {"reference": "Organization/council-care"},
        "authoredOn": "2026-03-01T09:00:00Z",
        "lastModified": "2026-03-04T09:00:00Z",
    }
    stored(surgery, task)
    told = page(api, person)
    assert told["who_helps"][0]["name"] == "Adult Social Care, Pengarrow Council"
    (one,) = told["requests"]
    assert (one["states"], one["with_whom"]) == (
        ["under way"],
        ["Adult Social Care, Pengarrow Council"],
    )


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("what-matters", Page),
        ("journey", Journey),
        ("said-and-done", SaidAndDone),
        ("told-once", ToldOncePage),
        ("goals-to-look-at", ToLookAt),
    ],
)
def test_the_description_tells_the_truth_of_every_answer(
    api: httpx.Client, path: str, model: Any
) -> None:
    described = TypeAdapter(model)
    members = {field.name for field in fields(model)}
    for person in ("tamsin-pender", "ewa-penrose", "petroc-jago"):
        answer = api.get(f"/people/{person}/{path}")
        described.validate_json(answer.content)
        assert set(answer.json()) == members


def test_in_an_emergency_the_page_opens_and_the_look_is_recorded_as_one(
    service: Running, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    stored(as_client(f"person:{person}"), goal(person, "Restricted", **labelled(RESTRICTED)))
    doctor = practitioner(service.settings)
    base = f"{service.settings.base_url}/api"
    with httpx.Client(base_url=base, headers=doctor.headers, timeout=30) as screen:
        path = f"/people/{person}/what-matters"
        assert screen.get(path).status_code == 404
        asked = parameters(patient=person, reason="in-danger", explanation=WORDS)
        assert doctor.post("/Patient/$emergency-access", json=asked).status_code < 300
        told = page(screen, person)
    assert [one["words"]["words"] for one in told["goals"]] == ["Restricted"]
    query = {"patient": f"Patient/{person}", "subtype": "what-matters", "outcome": "0"}
    own = as_client(f"person:{person}")
    (event,) = own.get("/AuditEvent", params=query).json()["entry"]
    assert event["resource"]["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"
    doctor.close()


def test_a_frozen_record_has_no_page_for_the_person_and_one_for_those_who_help(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    why = parameters(explanation="Somebody else has their telephone, and reads along.")
    assert surgery.post(f"/Patient/{person}/$freeze", json=why).status_code == 200
    own = api_as(f"person:{person}")
    for path in ("what-matters", "journey", "said-and-done", "told-once", "goals-to-look-at"):
        assert own.get(f"/people/{person}/{path}").status_code == 403
    assert page(api, person)["person"]["id"] == person


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("what-matters", "text/plain"),
        ("what-matters", "text/html"),
        ("said-and-done", "text/plain"),
    ],
)
def test_a_request_of_today_is_not_said_to_have_waited(
    api: httpx.Client, surgery: httpx.Client, path: str, form: str
) -> None:
    person = new_person(surgery)
    asked = api.post(f"/people/{person}/requests", json={"words": "A hand with the shopping"})
    assert asked.status_code == 201
    told = api.get(f"/people/{person}/{path}", headers={"Accept": form}).text
    assert "A hand with the shopping" in told
    assert "0 days" not in told
