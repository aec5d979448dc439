"""The one page of somebody who has two records: it tells of both, as far as each side lets."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.what_matters.needs import INTERPRETER
from tests.conftest import Running
from tests.endpoints.emergencies import practitioner
from tests.endpoints.merging import Administrators, AsClient
from tests.endpoints.rest.test_what_matters import (
    MATTERS,
    about_me,
    close,
    contact,
    page,
    statements,
)
from tests.endpoints.sharing import (
    JUST_US,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    stored,
    supporter,
)
from tests.people import goal, new_person, observation

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
COUNCIL = "Organization/council-care"
ALONE = "Talk to me alone: somebody at home must not hear this."


def flag(person: str, words: str = ALONE, **rest: Any) -> Json:
    return {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": words},
        "subject": {"reference": f"Patient/{person}"},
        "period": {"start": "2026-03-01"},
        **rest,
    }


def single(where: str) -> Json:
    """What a choice about one entry says besides."""
    return {"data": [{"meaning": "instance", "reference": {"reference": where}}]}


def take_care(client: httpx.Client, person: str) -> list[str]:
    return [one["words"] for one in page(client, person)["how_to_talk"]["take_care"]]


def goals(client: httpx.Client, person: str) -> list[str]:
    return [one["words"]["words"] for one in page(client, person)["goals"]]


def looks(client: httpx.Client, person: str, act: str = "what-matters") -> list[Json]:
    """The audit events of the page, or of another act, that the log of one record holds."""
    query = {"patient": f"Patient/{person}", "subtype": act}
    found = client.get("/AuditEvent", params=query).json().get("entry", [])
    return [one["resource"] for one in found if person in str(one["resource"]["entity"])]


@pytest.fixture
def both(surgery: httpx.Client) -> tuple[str, str]:
    """Two records: the one that is to be replaced, and the other."""
    return new_person(surgery), new_person(surgery)


@pytest.mark.parametrize("side", [0, 1])
def test_what_to_take_care_with_is_on_the_page_of_either_record_while_they_are_one(
    surgery: httpx.Client,
    api: httpx.Client,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
    side: int,
) -> None:
    stored(surgery, flag(both[side]))
    assert take_care(api, both[1 - side]) == []
    admins.merge(*both)
    for client in (api, api_as("council-care"), *(api_as(f"person:{one}") for one in both)):
        assert [take_care(client, one) for one in both] == [[ALONE], [ALONE]]
    admins.unmerge(both[0])
    assert take_care(api, both[side]) == [ALONE]
    assert take_care(api, both[1 - side]) == []


def test_what_stands_in_both_is_told_in_one_order_and_counted_once(
    surgery: httpx.Client, api: httpx.Client, admins: Administrators, both: tuple[str, str]
) -> None:
    for n in range(8):
        wish = goal(both[n % 2], f"Goal {n}", startDate=f"2026-03-0{n + 1}")
        where = stored(surgery, wish)
        stored(surgery, close(both[n % 2], where, n, "2026-02-01"))
        said = observation(both[n % 2], valueString=f"Thing {n}", **MATTERS)
        stored(surgery, {**said, "effectiveDateTime": f"2026-05-0{n + 1}"})
    stored(surgery, about_me(both[0], "1515901000000105", "Ask me first", "2026-03-01"))
    stored(surgery, about_me(both[1], "1515901000000105", "Do not ask me", "2026-02-01"))
    stored(surgery, contact(both[0], "gp-surgery", "2026-03-02"))
    stored(surgery, contact(both[1], "council-care", "2026-03-05"))
    admins.merge(*both)
    first, second = (page(api, one) for one in both)
    told = {**first, "person": "", "written": ""}
    assert told == {**second, "person": "", "written": ""}
    assert [one["words"]["words"] for one in first["goals"]] == [
        f"Goal {n}" for n in (7, 6, 5, 4, 3, 2)
    ]
    assert [one["how_close"]["words"] for one in first["goals"]][:2] == [
        "7 out of 10",
        "6 out of 10",
    ]
    assert first["more_goals"] == 2
    things = first["most_important"]
    assert [one["words"] for one in things["things"]] == [f"Thing {n}" for n in (7, 6, 5, 4, 3)]
    assert things["more"] == 3
    assert first["please"]["words"] == "Ask me first"
    assert "contact" in [one["kind"] for one in first["since_we_met"]["done"]]


def test_an_interpreter_that_one_record_asks_for_is_asked_for_on_the_page_of_both(
    surgery: httpx.Client, api: httpx.Client, admins: Administrators
) -> None:
    said = [{"url": INTERPRETER, "valueBoolean": True}]
    polish = {"coding": [{"system": "urn:ietf:bcp:47", "code": "pl", "display": "Polish"}]}
    known = new_person(surgery, extension=said, communication=[{"language": polish}])
    other = new_person(surgery)
    assert page(api, other)["how_to_talk"]["interpreter"] is None
    admins.merge(known, other)
    for one in (known, other):
        told = page(api, one)
        assert told["person"]["id"] == one
        assert told["how_to_talk"]["interpreter"] is True
        assert [one["name"] for one in told["how_to_talk"]["languages"]] == ["Polish"]


def test_what_one_record_keeps_to_itself_stays_there_and_the_rest_of_both_is_told(
    surgery: httpx.Client,
    as_client: AsClient,
    api: httpx.Client,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    stored(surgery, flag(both[0], "Speak slowly"))
    kept = stored(surgery, flag(both[1]))
    own = as_client(f"person:{both[1]}")
    stored(own, choice(both[1], "deny", COUNCIL, **single(kept)))
    restricted = goal(both[1], "Restricted there", **labelled(RESTRICTED))
    stored(surgery, restricted)
    stored(surgery, goal(both[1], "For everybody"))
    stored(as_client(f"person:{both[0]}"), choice(both[0], "permit", COUNCIL))
    admins.merge(*both)
    council = api_as("council-care")
    for one in both:
        assert take_care(council, one) == ["Speak slowly"]
        assert goals(council, one) == ["For everybody"]
        assert sorted(take_care(api, one)) == ["Speak slowly", ALONE]


@pytest.mark.parametrize("side", [0, 1])
def test_a_no_of_either_record_holds_on_the_page_of_both(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
    side: int,
) -> None:
    of_goals: Json = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}]}
    for one in both:
        stored(surgery, goal(one))
        stored(surgery, flag(one))
    stored(as_client(f"person:{both[side]}"), choice(both[side], "deny", COUNCIL, **of_goals))
    admins.merge(*both)
    for one in both:
        told = page(api_as("council-care"), one)
        assert (told["goals"], told["more_goals"]) == ([], 0)
        assert take_care(api_as("council-care"), one) == [ALONE, ALONE]


def test_a_supporter_reads_of_the_other_record_only_what_the_person_showed_them(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    own = as_client(f"person:{both[0]}")
    helper = stored(own, supporter(both[0]))
    friend = api_as(f"supporter:{helper.partition('/')[2]}")
    for n, one in enumerate(both):
        stored(surgery, flag(one, f"Flag {n}"))
        stored(surgery, goal(one, f"Goal {n}"))
    before = page(friend, both[0])
    admins.merge(*both)
    after = page(friend, both[0])
    assert {**after, "written": ""} == {**before, "written": ""}
    assert friend.get(f"/people/{both[1]}/what-matters").status_code == 404
    log = as_client(f"person:{both[1]}")
    assert [one["outcome"] for one in looks(log, both[1])] == ["4"]
    kind: Json = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Flag"}]}
    stored(own, choice(both[1], "permit", helper, **kind))
    assert sorted(take_care(friend, both[0])) == ["Flag 0", "Flag 1"]
    assert goals(friend, both[0]) == ["Goal 0"]
    assert {one["outcome"] for one in looks(log, both[1])} == {"0", "4"}
    admins.unmerge(both[0])
    assert take_care(friend, both[0]) == ["Flag 0"]


@pytest.mark.parametrize("label", [RESTRICTED, JUST_US], ids=lambda one: one["code"])
def test_what_is_hidden_in_the_other_record_leaves_no_trace(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
    label: Json,
) -> None:
    seen = stored(surgery, goal(both[0], "To be seen"))
    stored(surgery, contact(both[0], "council-care", "2026-01-10"))
    admins.merge(*both)
    council = api_as("council-care")
    before = [page(council, one) for one in both]
    own = as_client(f"person:{both[1]}")
    stored(own, goal(both[1], "HIDDEN", **labelled(label)))
    stored(own, flag(both[1], "HIDDEN", **labelled(label)))
    stored(own, close(both[1], seen, 9, "2026-03-02", **labelled(label)))
    stored(own, observation(both[1], valueString="HIDDEN", **MATTERS, **labelled(label)))
    after = [page(council, one) for one in both]
    assert [{**one, "written": ""} for one in after] == [{**one, "written": ""} for one in before]
    assert "HIDDEN" in str(page(api_as(f"person:{both[0]}"), both[0]))


def test_what_is_not_for_the_person_is_not_on_their_page_from_the_other_record(
    surgery: httpx.Client,
    api: httpx.Client,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    stored(surgery, flag(both[1], **labelled(NOT_THE_PERSON)))
    admins.merge(*both)
    assert take_care(api, both[0]) == [ALONE]
    assert [take_care(api_as(f"person:{one}"), one) for one in both] == [[], []]


def test_the_log_of_each_record_tells_that_the_page_was_read(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    admins.merge(*both)
    page(api_as("council-care"), both[1])
    admins.unmerge(both[0])
    for one in both:
        (event,) = looks(as_client(f"person:{one}"), one)
        other = both[0] if one == both[1] else both[1]
        assert event["outcome"] == "0"
        assert other not in str(event)
    page(api_as("council-care"), both[1])
    assert [len(looks(as_client(f"person:{one}"), one)) for one in both] == [1, 2]


def test_a_token_about_one_record_reads_the_page_of_that_one_alone(
    service: Running, surgery: httpx.Client, admins: Administrators, both: tuple[str, str]
) -> None:
    stored(surgery, flag(both[0], "Speak slowly"))
    stored(surgery, flag(both[1]))
    admins.merge(*both)
    with practitioner(
        service.settings, "wella", "council-care", scope="patient/*.rs", patient=both[0]
    ) as doctor:
        base = f"{service.settings.base_url}/api"
        headers = {"Authorization": doctor.headers["Authorization"]}
        with httpx.Client(base_url=base, headers=headers, timeout=30) as screen:
            assert take_care(screen, both[0]) == ["Speak slowly"]
            assert screen.get(f"/people/{both[1]}/what-matters").status_code == 404


def test_the_page_of_two_records_takes_no_more_statements_than_that_of_one(
    monkeypatch: pytest.MonkeyPatch,
    surgery: httpx.Client,
    api: httpx.Client,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    for one in both:
        stored(surgery, close(one, stored(surgery, goal(one)), 4, "2026-03-04"))
        stored(surgery, contact(one, "gp-surgery", "2026-02-01"))
    alone, _ = statements(monkeypatch, api, both[0])
    admins.merge(*both)
    together, _ = statements(monkeypatch, api, both[0])
    assert together == alone <= 8
