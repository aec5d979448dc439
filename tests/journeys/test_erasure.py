"""A person's record erased by the command: a word of theirs is in no table and in no file."""

import asyncio
import base64
import resource
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store import embedded
from tests.endpoints.asking import changed, send
from tests.endpoints.asking import entry as one_entry
from tests.endpoints.sharing import choice, stored, supporter
from tests.journeys.served import COMMAND, Served, served
from tests.people import goal, new_person, observation
from tests.store.audit_world import superuser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

UNSEALED = {"WHATMATTERS_AUDIT_SEAL_SECONDS": "0"}
SYSTEM = "https://canary.example/system"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    yield from served(tmp_path, environment=UNSEALED)


def told_in_every_place(house: Served, canary: str) -> str:
    """A person of whom every kind of place holds the canary; the id of their Patient."""
    surgery = house.client()
    gp = {"resourceType": "Organization", "id": "gp-surgery", "name": "The surgery"}
    house.client("admin").put("/Organization/gp-surgery", json=gp).raise_for_status()
    coded = {"system": SYSTEM, "value": canary}
    person = new_person(
        surgery,
        known_to=(),
        name=[{"family": canary, "given": [canary.lower()]}],
        identifier=[coded],
        address=[{"line": [canary], "city": canary}],
        telecom=[{"system": "email", "value": f"{canary}@canary.example"}],
    )
    own = house.client(f"person:{person}")
    aim = stored(
        surgery,
        {
            **goal(person, canary, note=[{"text": canary}]),
            "identifier": [coded],
            "contained": [{"resourceType": "Basic", "id": "in", "code": {"text": canary}}],
            "extension": [
                {"url": "https://canary.example/said", "valueString": canary},
                {"url": "https://canary.example/in", "valueReference": {"reference": "#in"}},
            ],
        },
    )
    changed(surgery, f"/{aim}", lifecycleStatus="on-hold").raise_for_status()
    chosen = f"chosen-{canary}"
    surgery.put(f"/Goal/{chosen}", json={**goal(person), "id": chosen}).raise_for_status()
    stored(surgery, observation(person, code={"coding": [{"system": SYSTEM, "code": canary}]}))
    measured = {"value": 7, "unit": canary, "system": SYSTEM, "code": canary}
    stored(surgery, observation(person, valueQuantity=measured))
    gone = stored(surgery, goal(person, f"{canary} gone"))
    surgery.delete(f"/{gone}").raise_for_status()
    stored(
        own,
        {
            **choice(person, "permit", "Organization/gp-surgery"),
            "identifier": [coded],
        },
    )
    stored(own, supporter(person, name=[{"text": canary}]))
    stored(
        surgery,
        {
            "resourceType": "Provenance",
            "target": [{"reference": aim}],
            "recorded": "2026-05-01T09:00:00Z",
            "agent": [{"who": {"display": canary}}],
            "reason": [{"text": canary}],
        },
    )
    for query in (f"/Patient?family={canary}", f"/Goal?patient={person}&identifier={canary}"):
        assert surgery.get(query).json()["entry"], query
    assert surgery.get(f"/Goal/{person}-{'a' * 12}?_format=json").status_code == 404
    send(surgery, "batch", one_entry("GET", f"Patient/{person}/Goal?identifier={canary}"))
    return person


def forms(canary: str) -> list[bytes]:
    """As it is written, folded, and in base64 at each of three places."""
    found = [canary.encode(), canary.lower().encode()]
    for before in range(3):
        coded = base64.b64encode(b"x" * before + canary.encode() + b"xx")
        found.append(coded[4 * ((before + 2) // 3) : -8])
    return found


async def held_in_tables(url: str, canary: str) -> set[str]:
    """table.column of every column of text or bytes, in every schema of ours, that holds it."""
    connection = await superuser(url)
    try:
        columns = await connection.fetch(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'public' and table_name in"
            " (select tablename from pg_tables where schemaname = 'public')"
        )
        found = set()
        for table, column in columns:
            for form in forms(canary):
                text, hexadecimal = form.decode(), form.hex()
                value = f'"{column}"::text'
                sql = (
                    f'select exists (select from "{table}" where'  # noqa: S608
                    f" position($1 in {value}) > 0 or position($2 in {value}) > 0)"
                )
                if await connection.fetchval(sql, text, hexadecimal):
                    found.add(f"{table}.{column}")
        return found
    finally:
        await connection.close()


async def its_files(url: str) -> Path:
    """The folder of the database's own files."""
    connection = await superuser(url)
    try:
        return Path(await connection.fetchval("show data_directory"))
    finally:
        await connection.close()


async def rewrite(url: str) -> None:
    """What docs/operations.md tells the database's owner to do after an erasure."""
    connection = await superuser(url)
    try:
        await connection.execute("alter system set wal_recycle = off")
        await connection.execute("select pg_reload_conf()")
        for sql in ("vacuum (full, analyze)", "vacuum full pg_statistic"):
            await connection.execute(sql)
        await connection.execute("select pg_switch_wal()")
        await connection.execute("checkpoint")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


def held_in_files(house: Served, canary: str) -> list[str]:
    """The files of the data folder, and of the database wherever it is, that hold it."""
    folders = {house.settings.data_dir, asyncio.run(its_files(house.database_url))}
    paths = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    found = []
    for path in sorted(paths):
        data = path.read_bytes()
        if any(form in data for form in forms(canary)):
            found.append(str(path))
    return found


def erase(house: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    return house.run("person", "erase", *arguments, "--reason", "Asked for in letter 7", "--yes")


def test_a_word_of_an_erased_person_is_in_no_table_and_in_no_file(house: Served) -> None:
    canary = f"Canary{secrets.token_hex(12)}"
    person = told_in_every_place(house, canary)
    stays = f"Stays{secrets.token_hex(12)}"
    other = new_person(house.client(), known_to=(), name=[{"family": stays}])
    house.run("audit", "seal").check_returncode()
    before = asyncio.run(held_in_tables(house.database_url, canary))
    assert before >= {
        "resources.tokens",
        "resources.body",
        "resource_versions.body",
        "locators.id",
        "index_strings.exact",
        "index_strings.normalised",
        "index_numbers.unit",
        "changes.id",
        "audit_events.body",
    }
    erased = erase(house, person)
    assert erased.returncode == 0, erased.stderr
    assert canary not in erased.stderr + erased.stdout
    assert asyncio.run(held_in_tables(house.database_url, canary)) == set()
    assert asyncio.run(held_in_tables(house.database_url, stays))
    verified = house.run("audit", "verify")
    assert verified.returncode == 0, verified.stderr
    assert house.client().get(f"/Patient/{other}").status_code == 200
    assert house.client().get(f"/Patient/{person}").status_code == 404

    assert held_in_files(house, canary)  # of what the database keeps for a while
    asyncio.run(rewrite(house.database_url))
    assert held_in_files(house, canary) == []
    assert held_in_files(house, stays)
    assert canary not in house.told()


def test_a_copy_that_is_restored_is_erased_from_again(house: Served, tmp_path: Path) -> None:
    canary = f"Canary{secrets.token_hex(12)}"
    person = told_in_every_place(house, canary)
    house.kill()
    folder, copy, ledger = house.settings.data_dir, tmp_path / "copy", tmp_path / "ledger.ndjson"
    embedded.stop(folder)
    shutil.copytree(folder, copy, symlinks=True)
    assert erase(house, person, "--ledger", str(ledger)).returncode == 0
    embedded.stop(folder)
    shutil.rmtree(folder)
    copy.rename(folder)
    assert asyncio.run(held_in_tables(house.database_url, canary))

    again = house.run("person", "erase", "--again", str(ledger))
    assert again.returncode == 0, again.stderr
    assert "1 records were erased again" in again.stderr
    assert asyncio.run(held_in_tables(house.database_url, canary)) == set()
    assert house.run("audit", "verify").returncode == 3  # sound, and without a seal
    assert "0 records" in house.run("person", "erase", "--again", str(ledger)).stderr


def test_a_long_record_is_exported_in_little_memory(house: Served, tmp_path: Path) -> None:
    """Hundreds of large entries cost little more memory than one."""
    surgery = house.client()
    long, short = (new_person(surgery, known_to=()) for _ in range(2))
    for person, count in ((long, 300), (short, 1)):
        text = "x" * 200_000
        for _ in range(count):
            stored(surgery, goal(person, note=[{"text": text}]))
    peaks = []
    for person in (short, long):
        out = tmp_path / person
        told = house.run("person", "export", person, "--out", str(out))
        assert told.returncode == 0, told.stderr
        assert str(out) in told.stderr
        assert (tmp_path / f"{person}-kept-from-the-person.json").is_file()
        peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    assert (tmp_path / long / "Goal.ndjson").stat().st_size > 60_000_000
    assert (peaks[1] - peaks[0]) * 1024 < 30_000_000


def test_the_id_is_asked_for_again(house: Served) -> None:
    person = new_person(house.client(), known_to=())

    def typed(text: str) -> Any:
        return subprocess.run(  # noqa: S603 - our own program
            [COMMAND, "person", "erase", person, "--reason", "Asked for"],
            env=house.environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    refused = typed("someone-else\n")
    assert refused.returncode == 1
    assert "Nothing was erased" in refused.stderr
    surgery: httpx.Client = house.client()
    assert surgery.get(f"/Patient/{person}").status_code == 200
    assert typed(f"{person}\n").returncode == 0
    assert surgery.get(f"/Patient/{person}").status_code == 404
