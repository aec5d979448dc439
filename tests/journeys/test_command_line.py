"""Each command, as it is typed: what it prints, how it ends, and what is there afterwards."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.access.demo import ISSUER
from app.cli.tour import pasted
from app.store import embedded
from tests.conftest import ROOT, in_database, run_sql
from tests.journeys.served import COMMAND, Served, served
from tests.people import goal, new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SYSTEM = "https://whatmatters.example/line"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`serve --demo` in a folder that was not there."""
    yield from served(tmp_path_factory.mktemp("demo"), ["--demo"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("house"))


def plain(text: str) -> str:
    """What was printed, as one line."""
    return " ".join(text.split())


def test_each_line_of_the_tour_that_the_demo_prints_answers_when_it_is_pasted(
    demo: Served,
) -> None:
    settings = demo.settings.model_copy(update={"base_url": demo.base.removesuffix("/fhir")})
    lines = pasted(settings)
    assert len(lines) > 5
    assert all(line in demo.told().splitlines() for line in lines)

    shell = 'curl() { command curl "$@" -w "\\n%{http_code}\\n"; }\n'
    told = []
    for line in lines[1:]:
        script = shell + lines[0] + "\n" + line
        done = subprocess.run(  # noqa: S603 - our own lines
            ["/bin/bash", "-c", script.replace(".venv/bin/whatmatters", str(COMMAND))],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=ROOT,
        )
        body, _, status = done.stdout.rstrip().rpartition("\n")
        assert done.stderr == ""
        told.append((status, body))
    assert [status for status, _ in told] == ["200", "201", "200", "200", "200"]
    before, made, after, looked, goals = (body for _, body in told)
    words = json.loads(made)["words"]
    assert f"\n- {words}\n" not in before
    assert f"\n- {words}\n" in after
    assert "Harbour Befriending read the page of what matters to you" in looked
    assert words in [one["resource"]["description"]["text"] for one in json.loads(goals)["entry"]]


def test_a_second_start_is_quicker_and_keeps_what_was_added(demo: Served) -> None:
    surgery, first = demo.client(), demo.seconds_to_start
    added = surgery.post("/Goal", json=goal("ivy-chegwidden", "Something new")).json()["id"]
    assert surgery.patch("/Patient/ivy-chegwidden", json={"active": False}).status_code == 200
    versions = demo.count("select count(*) from resource_versions")

    demo.kill()
    demo.start()
    assert demo.seconds_to_start < first
    assert demo.count("select count(*) from resource_versions") == versions
    surgery = demo.client()
    assert surgery.get(f"/Goal/{added}").json()["description"]["text"] == "Something new"
    assert surgery.get("/Patient/ivy-chegwidden").json()["active"] is False


def test_token_prints_a_token_and_nothing_else(demo: Served) -> None:
    for client in ("gp-surgery", "privacy-officer", "person:9990000018"):
        done = demo.run("token", client)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout)
    narrow = demo.run("token", "gp-surgery", "--scope", "system/Goal.rs").stdout.strip()
    head = {"Authorization": f"Bearer {narrow}"}
    assert httpx.get(f"{demo.base}/Goal?_count=1", headers=head).status_code == 200
    assert httpx.get(f"{demo.base}/Patient?_count=1", headers=head).status_code == 403


def test_token_says_on_the_other_stream_why_there_is_none(demo: Served, house: Served) -> None:
    asked = (["nobody"], ["person:9990000000"], ["gp-surgery", "--scope", "all of it"])
    for arguments in asked:
        done = demo.run("token", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr


def test_token_where_there_is_no_demo_says_which_folder_it_looked_in_and_makes_nothing(
    tmp_path: Path,
) -> None:
    nowhere = Served(tmp_path, ["--demo"])
    done = nowhere.run("token", "gp-surgery")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"There is no demo in {nowhere.settings.data_dir}." in done.stderr
    assert not nowhere.settings.data_dir.exists()


def lines_of(person: str, count: int) -> list[dict[str, Any]]:
    """Resources for NDJSON: every third has an id of its own."""
    made = []
    for n in range(count):
        one = goal(person, f"Walk {n} steps", identifier=[{"system": SYSTEM, "value": str(n)}])
        made.append(one | {"id": f"{person}.{n}"} if n % 3 == 0 else one)
    return made


def write_lines(path: Path, lines: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_load_reports_each_bad_line_and_stores_the_rest(house: Served, tmp_path: Path) -> None:
    surgery = house.client()
    person = new_person(surgery, known_to=())
    lines: list[Any] = lines_of(person, 40)
    lines[3] = goal(person, lifecycleStatus="going well")
    lines[7] = {"resourceType": "Nonesuch"}
    lines[11] = goal("nobody-there")
    lines[12] = 5
    file = write_lines(tmp_path / "some.ndjson", lines)
    with file.open("a") as more:
        more.write('{"resourceType": "Goal", \n\n{"broken\n')

    done = house.run("load", str(file), "--report", str(tmp_path / "report.ndjson"))
    assert done.returncode == 2
    assert "36 resources were stored." in done.stderr
    assert "6 were refused:" in done.stderr
    report = [json.loads(line) for line in (tmp_path / "report.ndjson").read_text().splitlines()]
    bytes_at = [int(one["where"].split()[3]) for one in report]
    assert bytes_at == sorted(set(bytes_at))
    assert [one["where"].split()[4:] for one in report] == [
        ["Goal.lifecycleStatus"],
        [],
        ["Goal.subject.reference"],
        [],
        [],
        [],
    ]
    assert all(one["why"] for one in report)
    found = surgery.get("/Goal", params={"patient": person, "_summary": "count"}).json()
    assert found["total"] == 36


def test_load_says_in_a_sentence_that_a_file_is_not_there_and_loads_none(
    house: Served, tmp_path: Path
) -> None:
    person = new_person(house.client(), known_to=())
    there = write_lines(tmp_path / "there.ndjson", lines_of(person, 1))
    done = house.run("load", str(there), str(tmp_path / "not-there.json"))
    assert done.returncode == 1
    assert "There is no file" in plain(done.stderr)
    assert "Traceback" not in done.stderr
    found = house.client().get("/Goal", params={"patient": person, "_summary": "count"}).json()
    assert found["total"] == 0


@pytest.mark.parametrize("type", ["batch", "collection"])
def test_load_takes_a_bundle_only_as_a_transaction_and_counts_its_entries(
    house: Served, tmp_path: Path, type: str
) -> None:
    file = tmp_path / "bundle.json"
    bad = {"resource": {"resourceType": "Goal"}, "request": {"method": "POST", "url": "Goal"}}
    file.write_text(json.dumps({"resourceType": "Bundle", "type": type, "entry": [bad, bad]}))
    done = house.run("load", str(file))
    assert done.returncode == 2
    assert "0 resources were stored." in done.stderr
    assert "1 were refused:" in done.stderr
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [bad]}))
    assert "1 were refused:" in house.run("load", str(file)).stderr


def test_a_load_that_was_killed_goes_on_and_ends_with_every_resource_once(
    house: Served, tmp_path: Path
) -> None:
    person = new_person(house.client(), known_to=())
    count = 6_000
    lines = [*lines_of(person, count), {"resourceType": "Goal", "description": "none"}]
    file = write_lines(tmp_path / "many.ndjson", [lines.pop(), *lines])
    stored = f"select count(*) from resources where type = 'Goal' and person_id = '{person}'"  # noqa: S608
    for enough in (500, 2_600, 5_000):
        process = subprocess.Popen(  # noqa: S603 - our own program
            [COMMAND, "load", str(file)],
            env=house.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and house.count(stored) < enough:
            time.sleep(0.01)
        process.kill()
        process.wait()
    assert house.count(stored) < count

    done = house.run("load", str(file))
    assert done.returncode == 2, done.stderr
    assert "were stored by an earlier run. 1 were refused:" in plain(done.stderr)
    assert house.count(stored) == count
    versions = stored.replace("from resources", "from resource_versions")
    assert house.count(versions) == count
    assert house.run("load", str(file)).returncode == 2
    assert house.count(versions) == count


def test_a_load_stops_when_the_database_does_and_leaves_nothing_out(
    house: Served, tmp_path: Path
) -> None:
    person = new_person(house.client(), known_to=())
    file = write_lines(tmp_path / "more.ndjson", lines_of(person, 4_000))
    stored = f"select count(*) from resources where type = 'Goal' and person_id = '{person}'"  # noqa: S608
    with subprocess.Popen(  # noqa: S603 - our own program
        [COMMAND, "load", str(file)],
        env=house.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and house.count(stored) < 500:
            time.sleep(0.01)
        house.kill_database()
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1, told
    assert "Traceback" not in told
    house.start_database()
    assert house.run("load", str(file)).returncode == 0
    assert house.count(stored) == 4_000


def test_doctor_is_content_with_a_record_that_is_well(house: Served) -> None:
    done = house.run("doctor")
    assert done.returncode == 0, done.stderr
    assert "NOT" not in done.stderr
    assert "survives a crash" in plain(done.stderr)


@pytest.fixture(scope="module")
def empty_database(house: Served) -> Iterator[str]:
    """A database of the house's server without any table."""
    run_sql(house.database_url, "create database empty")
    yield in_database(house.database_url, "empty")
    run_sql(house.database_url, "drop database empty")


def test_doctor_says_what_is_wrong_and_what_to_do(house: Served, empty_database: str) -> None:
    told = {
        '{"WHATMATTERS_ISSUERS": "[{]"}': "WHATMATTERS_ISSUERS cannot be read",
        '{"WHATMATTERS_ISSUERS": ""}': "nobody can sign in",
        json.dumps({"WHATMATTERS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}): (
            "did not answer"
        ),
        json.dumps({"WHATMATTERS_DATABASE_URL": empty_database}): "Run: whatmatters migrate",
        json.dumps({"WHATMATTERS_DATA_DIR": str(house.output)}): "",
        '{"WHATMATTERS_DATA_DIR": "/nowhere/to/be/found"}': "not running",
        '{"WHATMATTERS_POOL_SIZE": "0"}': "WHATMATTERS_POOL_SIZE",
    }
    for given, expected in told.items():
        done = house.run("doctor", environment=json.loads(given))
        assert done.returncode == 1, (given, done.stderr)
        assert expected in plain(done.stderr), (given, done.stderr)
        assert "Traceback" not in done.stderr, given


def test_a_service_that_cannot_start_says_why_in_a_sentence(house: Served) -> None:
    for given, expected in (
        ({"WHATMATTERS_ISSUERS": "[{]"}, "issuers"),
        ({"WHATMATTERS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "did not answer"),
        ({"WHATMATTERS_LIMITS": "page=many"}, "WHATMATTERS_LIMITS: it is written like"),
        ({"WHATMATTERS_PAGE_SIZE": "20"}, "Write page in WHATMATTERS_LIMITS"),
        ({"WHATMATTERS_BASE_URL": ISSUER}, "which is this service itself"),
        ({"WHATMATTERS_TOKEN_KEYS": str(house.output)}, "by which this service signs tokens"),
    ):
        done = house.run("serve", "--port", "0", environment=given)
        assert done.returncode not in (0, -15), done.stderr
        assert expected.lower() in plain(done.stdout + done.stderr).lower(), done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path) -> None:
    late = Served(tmp_path, ["--demo"])
    with socket.create_server(("127.0.0.1", late.port)):
        done = late.run("serve", "--demo", "--port", str(late.port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Port {late.port} of 127.0.0.1 cannot be used: Address already in use." in done.stderr
    assert done.stderr.count("\n") == 1
    assert not late.settings.data_dir.exists()


def test_reindex_restores_an_index_that_was_damaged(demo: Served) -> None:
    surgery = demo.client()
    queries = (
        "/Patient?identifier=9990000018",
        "/Patient?family=Pender",
        "/Goal?patient=tamsin-pender&start-date=gt1900",
        "/Observation?patient=tamsin-pender&_sort=-date",
        "/Goal?patient=tamsin-pender&_revinclude=Observation:focus",
        "/Organization?name=surgery",
    )
    before = [found(surgery, query) for query in queries]
    versions = demo.count("select count(*) from resource_versions")
    for damage in (
        "delete from index_dates",
        "delete from index_strings",
        "delete from index_numbers",
    ):
        run_sql(demo.database_url, damage)
    run_sql(demo.database_url, "update resources set tokens = '{}'")
    assert found(surgery, queries[0]) == found(surgery, queries[1]) == []

    done = demo.run("reindex")
    assert done.returncode == 0, done.stderr
    assert "resources were indexed." in plain(done.stderr)
    assert [found(surgery, query) for query in queries] == before
    assert demo.count("select count(*) from resource_versions") == versions


def found(client: httpx.Client, query: str) -> list[str]:
    answer = client.get(query)
    assert answer.status_code == 200, answer.text
    return [entry["fullUrl"] for entry in answer.json().get("entry", [])]


def test_the_tables_go_up_down_and_up_again_and_are_those_of_the_code(
    house: Served, empty_database: str
) -> None:
    done = house.run("migrate", "--database-url", empty_database)
    assert (done.returncode, plain(done.stderr)) == (0, "The database is up to date.")
    made = tables(empty_database)
    assert "resource_versions" in made
    alembic(empty_database, "check")
    alembic(empty_database, "downgrade", "base")
    assert tables(empty_database) == {"alembic_version"}
    alembic(empty_database, "upgrade", "head")
    assert tables(empty_database) == made
    alembic(empty_database, "check")
    assert house.run("migrate", "--database-url", empty_database).returncode == 0


def tables(url: str) -> set[str]:
    async def ask() -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            sql = "select relname from pg_class where relnamespace = 'public'::regnamespace"
            sql += " and relkind in ('r', 'p')"
            return {row["relname"] for row in await connection.fetch(sql)}
        finally:
            await connection.close()

    return asyncio.run(ask())


def alembic(url: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [Path(sys.executable).with_name("alembic"), *arguments],
        env=os.environ | {"WHATMATTERS_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_stop_stops_the_database_and_says_when_there_was_none(tmp_path: Path) -> None:
    house = Served(tmp_path)
    house.start_database()
    done = house.run("stop")
    assert (done.returncode, plain(done.stderr)) == (0, "The database was stopped.")
    assert not embedded.is_running(house.settings.data_dir)
    done = house.run("stop")
    assert (done.returncode, plain(done.stderr)) == (0, "The database was not running.")
