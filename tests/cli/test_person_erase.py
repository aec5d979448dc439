"""`person erase`: nothing of the person is left, nothing of anybody else is touched."""

import asyncio
import getpass
import json
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli.person_erase import erase_again, erase_person
from app.cli.person_export import export_person
from app.errors import Conflict, Malformed, NotFound
from app.settings import Settings
from app.store.erasure import PERSON_TABLES
from app.store.tables import Table
from tests.cli.erasing import leave_link, protect, put_back, rows_of, sign_in, whole
from tests.endpoints.asking import about, changed, new_goal
from tests.endpoints.sharing import choice, stored, supporter, team
from tests.people import goal, new_person
from tests.store.audit_world import places

# Of who may sign in, how often was asked, and that seals were made: nothing of a person.
OF_NOBODY = {
    "clients",
    "used_assertions",
    "revoked_tokens",
    "standing",
    "audit_seals",
    "rate_counts",
    "upkeep_rounds",
}
REASON = "Wrong person, asked for in letter 7"


def erase(settings: Settings, who: str, ledger: Path, **options: Any) -> Any:
    given = {"even_if_referred": False, "is_sure": lambda _key: True, **options}
    reason = given.pop("reason", REASON)
    return asyncio.run(erase_person(settings, who, reason, "care-board", ledger, **given))


@pytest.fixture
def person(surgery: httpx.Client, as_client: Callable[..., httpx.Client]) -> str:
    """With rows in every table: an id that was chosen, a date, a number, a choice, a supporter."""
    made = new_person(surgery, name=[{"family": "Penrose"}])
    where = new_goal(surgery, made)
    changed(surgery, where, lifecycleStatus="on-hold").raise_for_status()
    chosen = f"chosen-{made}"
    surgery.put(f"/Goal/{chosen}", json={**goal(made), "id": chosen}).raise_for_status()
    own = as_client(f"person:{made}")
    stored(own, choice(made, "deny", "Organization/acute-trust"))
    stored(own, supporter(made))
    stored(surgery, team(made, "council-care"))
    score = {"code": {"text": "Steps"}, "valueQuantity": {"value": 7, "unit": "steps"}}
    stored(
        surgery,
        {
            "resourceType": "Observation",
            "status": "final",
            "subject": {"reference": f"Patient/{made}"},
            **score,
        },
    )
    return made


def test_every_table_is_of_people_or_known_to_be_of_nobody() -> None:
    audit = {"audit_events", "audit_heads"}
    assert {t.name for t in Table.metadata.sorted_tables} == {*PERSON_TABLES, *audit, *OF_NOBODY}


def test_no_row_is_left_but_the_places_of_the_log(
    settings: Settings, person: str, tmp_path: Path
) -> None:
    url = settings.database_url or ""
    protect(settings, person)
    sign_in(settings, person)
    leave_link(settings, person)
    assert [table for table in PERSON_TABLES if not rows_of(url, table, person)] == []
    log = rows_of(url, "audit_events", person)
    erase(settings, person, tmp_path / "ledger")
    assert [table for table in PERSON_TABLES if rows_of(url, table, person)] == []
    left = rows_of(url, "audit_events", person)
    assert len(left) == len(log) + 1
    assert {(row["body"], row["salt"], row["id"]) for row in left[:-1]} == {(b"", None, "")}
    assert [row["leaf"] for row in left[:-1]] == [row["leaf"] for row in log]
    assert [row["link"] for row in left[:-1]] == [row["link"] for row in log]


def test_the_audit_still_verifies(settings: Settings, person: str, tmp_path: Path) -> None:
    erase(settings, person, tmp_path / "ledger")
    assert person not in [chain for chain, _ in places(settings.database_url or "")]


def test_nothing_of_anybody_else_is_touched(
    settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    other = new_person(surgery)
    new_goal(surgery, other)
    url = settings.database_url or ""
    before = whole(url, apart_from=person)
    erase(settings, person, tmp_path / "ledger")
    assert whole(url, apart_from=person) == before


def test_to_everybody_the_person_was_never_there(
    settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    goals = [
        one["resource"]["id"] for one in surgery.get(f"/Goal?patient={person}").json()["entry"]
    ]
    erase(settings, person, tmp_path / "ledger")
    paths = [f"/Patient/{person}", f"/Patient/{person}/$everything", f"/Goal/{goals[0]}"]
    never = [f"/Patient/{'a' * 16}", f"/Patient/{'a' * 16}/$everything", f"/Goal/{'b' * 16}"]
    for path, other in zip(paths, never, strict=True):
        told, never_told = surgery.get(path), surgery.get(other)
        assert (told.status_code, told.content) == (404, never_told.content)
    assert surgery.post("/Goal", json=goal(person)).status_code == 422
    with pytest.raises(NotFound):
        erase(settings, person, tmp_path / "ledger")


def test_the_directorys_log_tells_what_was_done_why_and_by_whom(
    settings: Settings, person: str, as_client: Callable[..., httpx.Client], tmp_path: Path
) -> None:
    told, _ = erase(settings, person, tmp_path / "ledger")
    officer = as_client("privacy-officer")
    found = officer.get("/AuditEvent?subtype=erase-person&_count=200").json()["entry"]
    events = [one["resource"] for one in found]
    digest = sha256(person.encode()).hexdigest()
    [tombstone] = [one for one in events if digest in one.get("outcomeDesc", "")]
    assert REASON in tombstone["outcomeDesc"]
    assert f"{told.rows['resource_versions']} of resource_versions" in tombstone["outcomeDesc"]
    assert person not in json.dumps(tombstone)
    agents = [agent["who"] for agent in tombstone["agent"]]
    assert {"reference": "Organization/care-board"} in agents
    assert getpass.getuser() in [one.get("identifier", {}).get("value") for one in agents]
    own = [one for one in about(officer, person) if {"code": "erase-person"} in one["subtype"]]
    assert len(own) == 1


def test_the_ledger_knows_the_record_by_a_hash_alone(
    settings: Settings, person: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    erase(settings, person, ledger)
    [line] = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert line["record"] == sha256(person.encode()).hexdigest()
    assert line["reason"] == REASON
    assert person not in ledger.read_text()
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


def test_whoever_is_not_sure_erases_nothing(
    settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    asked: list[str] = []

    def is_sure(key: str) -> bool:
        asked.append(key)
        return False

    assert erase(settings, person, tmp_path / "ledger", is_sure=is_sure) is None
    assert asked == [person]
    assert not (tmp_path / "ledger").exists()
    assert surgery.get(f"/Patient/{person}").status_code == 200


def test_the_directory_is_no_person(
    settings: Settings, surgery: httpx.Client, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        erase(settings, "directory", tmp_path / "ledger", even_if_referred=True)
    line: dict[str, Any] = {
        "record": sha256(b"directory").hexdigest(),
        "erased": "2099-01-01T00:00:00Z",
    }
    line |= {"by": "x", "organisation": "care-board", "reason": "x", "rows": {}}
    (tmp_path / "ledger").write_text(json.dumps(line) + "\n")
    assert asyncio.run(erase_again(settings, tmp_path / "ledger")) == (0, 1)
    assert surgery.get("/Organization/gp-surgery").status_code == 200


def test_what_is_written_meanwhile_is_erased_or_refused(
    settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    began, ended = threading.Event(), threading.Event()

    def write() -> set[int]:
        told = set()
        while not ended.is_set():
            told.add(surgery.post("/Goal", json=goal(person)).status_code)
            began.set()
        return told

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        began.wait(10)
        erase(settings, person, tmp_path / "ledger")
        ended.set()
        told = set.union(*(one.result() for one in writers))
    assert told <= {201, 409, 422, 503}
    assert 201 in told
    url = settings.database_url or ""
    assert [table for table in PERSON_TABLES if rows_of(url, table, person)] == []
    assert person not in [chain for chain, _ in places(url)]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_a_reason_nothing_is_erased(
    reason: str, settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    with pytest.raises(Malformed):
        erase(settings, person, tmp_path / "ledger", reason=reason)
    assert surgery.get(f"/Patient/{person}").status_code == 200


@pytest.mark.parametrize("end", ["", "/_history/1"])
def test_who_is_referred_to_from_elsewhere_is_erased_only_if_that_is_said(
    end: str, settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    group = {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": f"Patient/{person}{end}"}}],
    }
    where = stored(surgery, group)
    with pytest.raises(Conflict) as refused:
        erase(settings, person, tmp_path / "ledger")
    assert where in [issue.text for issue in refused.value.issues]
    assert surgery.get(f"/Patient/{person}").status_code == 200
    _, referring = erase(settings, person, tmp_path / "ledger", even_if_referred=True)
    assert referring == [where]
    left = surgery.get(f"/{where}").json()
    assert left["member"][0]["entity"]["reference"] == f"Patient/{person}{end}"


def test_what_a_restored_backup_brings_back_is_erased_again_and_once(
    settings: Settings, person: str, surgery: httpx.Client, tmp_path: Path
) -> None:
    """The backup here is the person's rows as they were, put back as a restore would."""
    url, ledger = settings.database_url or "", tmp_path / "ledger"
    tables = [*PERSON_TABLES, "audit_events", "audit_heads"]
    backup = {table: rows_of(url, table, person) for table in tables}
    erase(settings, person, ledger)
    put_back(url, person, backup)
    assert surgery.get(f"/Patient/{person}").status_code == 200
    assert asyncio.run(erase_again(settings, ledger)) == (1, 1)
    assert [table for table in PERSON_TABLES if rows_of(url, table, person)] == []
    assert {row["salt"] for row in rows_of(url, "audit_events", person)[:-1]} == {None}
    assert person not in [chain for chain, _ in places(url)]
    assert asyncio.run(erase_again(settings, ledger)) == (0, 1)
    assert len(ledger.read_text().splitlines()) == 1


def test_what_is_not_a_ledger_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        asyncio.run(erase_again(settings, tmp_path / "nowhere"))
    (tmp_path / "other").write_text('{"record": 7}\n')
    with pytest.raises(Malformed):
        asyncio.run(erase_again(settings, tmp_path / "other"))


def test_after_an_erasure_there_is_nothing_to_export(
    settings: Settings, person: str, tmp_path: Path
) -> None:
    erase(settings, person, tmp_path / "ledger")
    with pytest.raises(NotFound):
        asyncio.run(
            export_person(settings, person, tmp_path / "out", tmp_path / "clerk", "care-board")
        )
