"""$export-person gives the person everything about them, page by page, and nothing hidden."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.cli.person_export import export_person
from app.settings import Settings
from tests.endpoints.asking import Json, about, changed, new_goal, pages, told
from tests.endpoints.sharing import NOT_THE_PERSON, choice, labelled, stored
from tests.people import goal, new_person


@pytest.fixture
def person(surgery: httpx.Client, as_client: Callable[..., httpx.Client]) -> str:
    made = new_person(surgery)
    where = new_goal(surgery, made)
    changed(surgery, where, lifecycleStatus="on-hold").raise_for_status()
    surgery.delete(new_goal(surgery, made, "Sing in the choir")).raise_for_status()
    stored(as_client(f"person:{made}"), choice(made, "deny", "Organization/acute-trust"))
    stored(surgery, goal(made, "A worry of the surgery", **labelled(NOT_THE_PERSON)))
    return made


def entries(client: httpx.Client, person: str, count: int = 200) -> list[Json]:
    url = f"/Patient/{person}/$export-person?_count={count}"
    return [one for page in pages(client, url) for one in page.get("entry", ())]


def test_it_is_what_the_command_writes(
    person: str,
    settings: Settings,
    as_client: Callable[..., httpx.Client],
    tmp_path: Path,
) -> None:
    clerk = tmp_path / "clerk.json"
    asyncio.run(export_person(settings, person, tmp_path / "out", clerk, "care-board"))
    found = entries(as_client(f"person:{person}"), person)
    written = [
        json.loads(line)
        for path in (tmp_path / "out").glob("[A-Z]*.ndjson")
        for line in path.read_text().splitlines()
    ]
    given = [one["resource"] for one in found[:-1] if "resource" in one]
    assert len(given) == len(written)
    assert all(one in given for one in written)
    deleted = [one for one in found if one["request"]["method"] == "DELETE"]
    assert (
        len(deleted) == len((tmp_path / "out" / "deletions.ndjson").read_text().splitlines()) == 1
    )
    last = found[-1]["resource"]
    assert last["resourceType"] == "Parameters"
    rights = (tmp_path / "out" / "rights.ndjson").read_text().splitlines()
    assert len(last["parameter"]) == len(rights) > 0


def test_small_pages_hold_the_same_and_come_to_an_end(
    person: str, as_client: Callable[..., httpx.Client]
) -> None:
    own = as_client(f"person:{person}")
    whole = entries(own, person)
    by_page = entries(own, person, 1)

    def names(found: list[Json]) -> list[str]:
        return [one["fullUrl"] + one["response"].get("etag", "") for one in found[:-1]]

    assert names(by_page)[: len(whole) - 1] == names(whole)
    # That the whole was asked for, and the first page of these.
    assert len(by_page) == len(whole) + 2


@pytest.mark.parametrize("who", ["person:{}", "admin"])
def test_what_is_hidden_from_the_person_is_given_to_nobody(
    who: str, person: str, as_client: Callable[..., httpx.Client]
) -> None:
    found = json.dumps(entries(as_client(who.format(person)), person))
    assert "Walk" in found or "sea" in found
    assert "A worry of the surgery" not in found


def test_the_persons_log_tells_who_was_given_it(
    person: str, as_client: Callable[..., httpx.Client]
) -> None:
    entries(as_client("admin"), person)
    log = about(as_client(f"person:{person}"), person)
    assert sum({"code": "export-person"} in one["subtype"] for one in log) == 1


def test_a_token_for_a_part_does_not_get_everything(
    person: str, as_client: Callable[..., httpx.Client]
) -> None:
    own = as_client(f"person:{person}", scope="patient/Patient.rs patient/Goal.rs")
    answer = own.get(f"/Patient/{person}/$export-person")
    assert answer.status_code == 403
    assert "patient/*.rs" in told(answer)


def test_a_page_link_leads_nobody_else_on(
    person: str, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    own = as_client(f"person:{person}")
    first = next(pages(own, f"/Patient/{person}/$export-person?_count=1"))
    [link] = [one["url"] for one in first["link"] if one["relation"] == "next"]
    assert as_client("admin").get(link).status_code == 400
    assert as_client(f"person:{new_person(surgery)}").get(link).status_code == 404


@pytest.mark.parametrize("query", ["_count=0", "_count=x", "_type=Goal"])
def test_what_cannot_be_asked_is_refused(
    query: str, person: str, as_client: Callable[..., httpx.Client]
) -> None:
    own = as_client(f"person:{person}")
    assert own.get(f"/Patient/{person}/$export-person?{query}").status_code == 400
