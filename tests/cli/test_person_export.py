"""Everything about a person in files: nothing is missing, and nothing tells of what is kept."""

import asyncio
import base64
import json
import secrets
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.cli.person_export import MANIFEST, export_person
from app.errors import Malformed, NotFound
from app.settings import Settings
from app.store.tables import Table
from tests.cli.erasing import protect, sign_in
from tests.endpoints.asking import about, changed, new_goal
from tests.endpoints.sharing import JUST_US, NOT_THE_PERSON, choice, labelled, stored, team
from tests.people import goal, new_person

# What a person's rows of every other table are: made from the versions, for searching and queues.
MADE_FROM_VERSIONS = {
    "resources",
    "locators",
    "changes",
    "index_dates",
    "index_numbers",
    "index_strings",
    "audit_heads",
    "answered_requests",
    "links",  # from the merges
}
GIVEN = {"resource_versions", "rights", "audit_events"}
WHERE_THERE_ARE_ANY = {
    "notices",
    "emergencies",
    "freezes",
    "quarantines",
    "accounts",
    "sessions",
    "merges",
    "supporter_invitations",
    "supporter_accounts",
    "supporter_reviews",
}

Export = Callable[[str], tuple[Path, dict[str, Any], dict[str, list[str]]]]


def count(settings: Settings, table: str, person: str) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(settings.database_url)
        try:
            sql = f"select count(*) from {table} where person_id = $1"  # noqa: S608
            return int(await connection.fetchval(sql, person))
        finally:
            await connection.close()

    return asyncio.run(run())


def provenance_of(where: str) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": where}],
        "recorded": "2026-05-01T09:00:00Z",
        "agent": [{"who": {"display": "Somebody"}}],
    }


@pytest.fixture
def export(settings: Settings, surgery: httpx.Client, tmp_path: Path) -> Export:
    """Exports; the folder, the manifest and what is on the clerk's list."""
    made: list[int] = []

    def run(who: str) -> tuple[Path, dict[str, Any], dict[str, list[str]]]:
        made.append(1)
        out = tmp_path / f"out{len(made)}"
        clerk = tmp_path / f"clerk{len(made)}.json"
        asyncio.run(export_person(settings, who, out, clerk, "care-board"))
        manifest = json.loads((out / MANIFEST).read_text())
        return out, manifest, json.loads(clerk.read_text())["kept_from_the_person"]

    return run


@pytest.fixture
def person(surgery: httpx.Client, as_client: Callable[..., httpx.Client]) -> str:
    """With versions, a deletion, a choice, a team, a Provenance, and something hidden from them."""
    made = new_person(surgery)
    own = as_client(f"person:{made}")
    where = new_goal(surgery, made)
    changed(surgery, where, lifecycleStatus="on-hold").raise_for_status()
    gone = new_goal(surgery, made, "Sing in the choir")
    surgery.delete(gone).raise_for_status()
    stored(surgery, team(made, "council-care"))
    stored(own, choice(made, "deny", "Organization/acute-trust"))
    stored(surgery, provenance_of(where[1:]))
    stored(surgery, goal(made, **labelled(JUST_US)))
    stored(surgery, goal(made, "A worry of the surgery", **labelled(NOT_THE_PERSON)))
    surgery.get(f"/Goal?patient=Patient/{made}").raise_for_status()
    return made


def test_what_the_practitioner_wrote_for_the_privacy_officer_is_not_given(
    settings: Settings, person: str, export: Export
) -> None:
    protect(settings, person)
    out, _, _ = export(person)
    (one,) = lines(out, "emergencies.ndjson")
    assert one["reason"] == "danger-to-life"
    assert "for the officer alone" not in "".join(f.read_text() for f in out.iterdir())


def lines(out: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / name).read_text().splitlines()]


def test_what_is_given_and_what_is_kept_are_together_every_row(
    settings: Settings, person: str, export: Export
) -> None:
    protect(settings, person)
    sign_in(settings, person)
    _, manifest, kept = export(person)
    counts = {one["file"]: one["count"] for one in manifest["files"]}
    given = {"rights": counts.pop("rights.ndjson"), "audit_events": counts.pop("AuditEvent.ndjson")}
    names = ("notices", "emergencies", "accounts", "sessions", "merges")
    told = {name: counts.pop(f"{name}.ndjson") for name in names}
    told["supporter_invitations"] = counts.pop("invitations.ndjson")
    told["supporter_reviews"] = counts.pop("supporter-reviews.ndjson")
    for table in WHERE_THERE_ARE_ANY:
        both = told.get(table, 0) + len(kept.get(table, ()))
        assert both == count(settings, table, person) == 1
    assert (set(told.values()), kept["freezes"]) == ({1}, ["f1"])
    given["resource_versions"] = sum(counts.values())
    assert given.keys() == GIVEN
    for table in GIVEN:
        assert given[table] > 0
        assert given[table] + len(kept[table]) == count(settings, table, person)


def test_no_table_of_people_is_forgotten() -> None:
    tables = {t.name for t in Table.metadata.sorted_tables if "person_id" in t.columns}
    assert tables == GIVEN | MADE_FROM_VERSIONS | WHERE_THERE_ARE_ANY


def test_every_version_is_there_as_it_is_served(
    person: str, surgery: httpx.Client, export: Export
) -> None:
    out, _, _ = export(person)
    [first, second] = [one for one in lines(out, "Goal.ndjson") if "worry" not in str(one)][:2]
    for one in lines(out, "Goal.ndjson"):
        where = f"/Goal/{one['id']}/_history/{one['meta']['versionId']}"
        assert surgery.get(where).json() == one
    assert first != second
    [deletion] = lines(out, "deletions.ndjson")
    assert (deletion["type"], deletion["version"]) == ("Goal", 2)
    assert len(lines(out, "Provenance.ndjson")) == 1
    assert len(lines(out, "Consent.ndjson")) == 1


def test_each_file_is_as_the_manifest_says_and_for_its_owner_alone(
    person: str, export: Export
) -> None:
    out, manifest, _ = export(person)
    assert {one["file"] for one in manifest["files"]} | {MANIFEST} == {
        path.name for path in out.iterdir()
    }
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    for one in manifest["files"]:
        data = (out / one["file"]).read_bytes()
        assert one["sha256"] == sha256(data).hexdigest()
        assert one["count"] == data.count(b"\n")
        assert stat.S_IMODE((out / one["file"]).stat().st_mode) == 0o600


def test_what_is_hidden_from_the_person_is_on_the_clerks_list_alone(
    person: str, export: Export
) -> None:
    out, _, kept = export(person)
    [hidden] = kept["resource_versions"]
    assert hidden.startswith("Goal/")
    assert kept["audit_events"]
    everything = b"".join(path.read_bytes() for path in out.iterdir())
    assert b"A worry of the surgery" not in everything
    assert hidden.split("/")[1].encode() not in everything
    assert b"kept" not in everything


def test_what_was_hidden_later_is_kept_whole_with_what_it_says_and_what_tells_of_it(
    surgery: httpx.Client, export: Export
) -> None:
    made = new_person(surgery)
    where = stored(surgery, team(made, "council-care"))
    stored(surgery, provenance_of(where))
    before, _, _ = export(made)
    assert "council-care" in (before / "rights.ndjson").read_text()
    assert (before / "Provenance.ndjson").exists()
    changed(surgery, f"/{where}", **labelled(NOT_THE_PERSON)).raise_for_status()
    out, _, kept = export(made)
    assert not (out / "CareTeam.ndjson").exists()
    assert not (out / "Provenance.ndjson").exists()
    assert where not in (out / "rights.ndjson").read_text()
    assert {f"{where}/_history/1", f"{where}/_history/2"} < set(kept["resource_versions"])
    assert kept["rights"] == [f"{where}#0"]


def test_the_persons_log_tells_of_the_export_and_so_does_the_export(
    person: str, export: Export, as_client: Callable[..., httpx.Client]
) -> None:
    out, _, _ = export(person)
    log = about(as_client(f"person:{person}"), person)
    told = [one for one in log if {"code": "export-person"} in one["subtype"]]
    assert len(told) == 1
    assert told[0] in lines(out, "AuditEvent.ndjson")


def test_what_others_searched_by_is_told_without_its_values(
    surgery: httpx.Client, export: Export
) -> None:
    family = f"Penrose{secrets.token_hex(4)}"
    made = new_person(surgery, name=[{"family": family}])
    assert surgery.get(f"/Patient?family={family},Somebody-Else").json()["entry"]
    out, _, _ = export(made)
    queries = [
        base64.b64decode(entity["query"]).decode()
        for one in lines(out, "AuditEvent.ndjson")
        for entity in one["entity"]
        if "query" in entity
    ]
    assert queries == ["GET Patient?family"]


def test_who_may_see_what_is_told_in_plain_words(person: str, export: Export) -> None:
    out, _, _ = export(person)
    told = lines(out, "rights.ndjson")
    [denied] = [
        one for one in told if one["who"] == "Organization/acute-trust" and not one["may_see"]
    ]
    assert denied["kind"] == "choice"
    assert denied["because_of"].startswith("Consent/")
    assert "until" not in denied
    assert any(one["kind"] == "relationship" for one in told)


def test_an_nhs_number_leads_to_the_person(surgery: httpx.Client, export: Export) -> None:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990007136"}
    made = new_person(surgery, identifier=[number])
    _, manifest, _ = export("999 000 7136")
    assert manifest["person"] == f"Patient/{made}"


def test_nobody_is_a_refusal_and_a_full_folder_too(
    settings: Settings, person: str, tmp_path: Path
) -> None:
    clerk = tmp_path / "clerk.json"
    with pytest.raises(NotFound):
        asyncio.run(export_person(settings, "nobody", tmp_path / "a", clerk, "care-board"))
    assert not (tmp_path / "a").exists()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").touch()
    with pytest.raises(Malformed):
        asyncio.run(export_person(settings, person, tmp_path / "b", clerk, "care-board"))
    inside = tmp_path / "c" / "clerk.json"
    with pytest.raises(Malformed):
        asyncio.run(export_person(settings, person, tmp_path / "c", inside, "care-board"))
