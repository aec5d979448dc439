"""`whatmatters validate`, as it is typed: what it prints in each form, and how it ends."""

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import cli
from tests.conftest import EXAMPLES

GOAL: dict[str, Any] = {
    "resourceType": "Goal",
    "id": "sea",
    "lifecycleStatus": "active",
    "description": {"text": "I want to hear the sea"},
    "subject": {"reference": "Patient/tamsin-pender"},
}
WRONG = GOAL | {"lifecycleStatus": "wishing", "startDate": "soon"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test types in a folder of its own, where no data folder is."""
    monkeypatch.chdir(tmp_path)


def validate(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["validate", *arguments], input=given)


def write(name: str, *resources: Any, indent: int | None = 2) -> str:
    text = "\n".join(json.dumps(one, indent=indent) for one in resources)
    Path(name).write_text(text + "\n")
    return name


def test_a_sound_goal_ends_with_0_and_a_count() -> None:
    done = validate(write("goal.json", GOAL), "--no-warnings")
    assert (done.exit_code, done.stdout) == (0, "1 file, 1 resource: 0 errors, 0 warnings.\n")


def test_every_fault_is_told_with_its_line_and_its_element() -> None:
    done = validate(write("goal.json", WRONG), "--no-warnings")
    assert done.exit_code == 1
    *faults, counted = done.stdout.splitlines()
    assert [line.split(": ")[:3] for line in faults] == [
        ["goal.json:4", "error", "Goal.lifecycleStatus"],
        ["goal.json:11", "error", "Goal.startDate"],
    ]
    assert counted == "1 file, 1 resource: 2 errors, 0 warnings."
    assert "wishing" not in done.stdout


def test_each_line_of_ndjson_is_judged_and_told_by_its_number() -> None:
    Path("some.ndjson").write_text(f"{json.dumps(GOAL)}\n\n{json.dumps(WRONG)}\n{{broken\n")
    done = validate("some.ndjson", "--no-warnings")
    assert done.exit_code == 1
    starts = [line.split(": ")[0] for line in done.stdout.splitlines()]
    assert starts[:3] == ["some.ndjson:3", "some.ndjson:3", "some.ndjson:4"]
    assert starts[-1] == "1 file, 3 resources"


def test_each_entry_of_a_bundle_is_judged() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": GOAL}, {"resource": WRONG}],
    }
    done = validate(write("all.json", bundle), "--no-warnings")
    assert done.exit_code == 1
    assert "error: Bundle.entry[1].resource.lifecycleStatus: " in done.stdout
    assert done.stdout.endswith("1 file, 3 resources: 2 errors, 0 warnings.\n")


def test_a_folder_is_looked_through_and_other_files_are_left_alone() -> None:
    Path("deep/er").mkdir(parents=True)
    write("deep/one.json", GOAL)
    write("deep/er/two.ndjson", GOAL, WRONG, indent=None)
    Path("deep/notes.txt").write_text("no JSON")
    done = validate("deep", "--no-warnings")
    assert done.exit_code == 1
    assert f"{Path('deep/er/two.ndjson')}:2: error: " in done.stdout
    assert done.stdout.endswith("2 files, 3 resources: 2 errors, 0 warnings.\n")


def test_standard_input_that_is_too_deep_is_told_to_be() -> None:
    done = validate("-", given=b"[" * 100_000 + b"\n{}\n")
    assert done.exit_code == 1
    assert "nested more than 64 levels" in done.stdout


@pytest.mark.parametrize("indent", [None, 2])
def test_standard_input_is_read_for_a_dash(indent: int | None) -> None:
    done = validate("-", "--no-warnings", given=json.dumps(WRONG, indent=indent).encode())
    assert done.exit_code == 1
    assert "Goal.lifecycleStatus" in done.stdout


def test_standard_input_may_be_lines() -> None:
    given = "\n".join(json.dumps(one) for one in (GOAL, WRONG)).encode()
    done = validate("-", "--no-warnings", given=given)
    assert done.exit_code == 1
    assert done.stdout.startswith("standard input:2: error: Goal.lifecycleStatus: ")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{\n  "resourceType": Goal}', "goal.json:2: error: "),
        (b"", "empty"),
        (b'{"a": "\xff"}', "goal.json:1: error: "),
        (b"[1]", "object"),
        (b'{"resourceType":"Goal",\n"id":"a",\n"id":"b"}', "Goal: 'id' is given twice in one"),
    ],
)
def test_what_cannot_be_read_one_way_is_an_error_with_its_place(raw: bytes, told: str) -> None:
    Path("goal.json").write_bytes(raw)
    done = validate("goal.json")
    assert done.exit_code == 1
    assert told in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["nowhere.json"], ["empty"], [], ["goal.json", "--format", "pdf"]],
)
def test_what_cannot_be_done_ends_with_2_and_says_why_on_the_other_stream(
    arguments: list[str],
) -> None:
    Path("empty").mkdir()
    write("goal.json", GOAL)
    done = validate(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip()


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
def test_a_file_of_any_name_is_told_of_without_its_odd_characters(form: str) -> None:
    Path(os.fsdecode(b"odd\xff\x1b[31m\nname.json")).write_text("{}")
    done = validate(".", "--format", form)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert "name.json" in done.stdout
    assert "\x1b" not in done.stdout
    assert "[31m\n" not in done.stdout


@pytest.mark.timeout(20)
def test_the_places_of_many_faults_are_found_in_one_reading() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": WRONG}] * 5000,
    }
    done = validate(write("many.json", bundle, indent=None), "--no-warnings")
    assert done.stdout.endswith("1 file, 5001 resources: 10000 errors, 0 warnings.\n")


def test_json_tells_counts_and_issues() -> None:
    done = validate(write("goal.json", WRONG), "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["files"], told["resources"], told["errors"]) == (1, 1, 1, 2)
    first = told["issues"][0]
    assert (first["file"], first["line"], first["column"]) == ("goal.json", 4, 3)
    assert (first["severity"], first["expression"]) == ("error", "Goal.lifecycleStatus")
    assert first["resource"] == "Goal/sea"


def test_sarif_has_the_shape_of_2_1_0() -> None:
    done = validate(write("a goal.json", WRONG), "--format", "sarif")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["version"]) == (1, "2.1.0")
    assert told["$schema"].endswith("sarif-schema-2.1.0.json")
    [run] = told["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        [location] = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20goal.json"
        assert place["region"]["startLine"] >= 1 <= place["region"]["startColumn"]


def test_junit_has_a_case_for_each_resource_and_a_failure_for_each_that_is_wrong() -> None:
    done = validate(write("some.ndjson", GOAL, WRONG, indent=None), "--format", "junit")
    assert done.exit_code == 1
    root = ElementTree.fromstring(done.stdout)  # noqa: S314  (made by us, just now)
    [suite] = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    cases = suite.findall("testcase")
    assert [len(case.findall("failure")) for case in cases] == [0, 1]
    failure = cases[1].find("failure")
    assert failure is not None
    assert "Goal.startDate" in (failure.text or "")


def test_it_needs_no_database_and_makes_no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATMATTERS_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    done = validate(write("goal.json", GOAL))
    assert done.exit_code == 0
    assert os.listdir() == ["goal.json"]


def test_the_demo_people_are_sound() -> None:
    done = validate(str(EXAMPLES / "people"), str(EXAMPLES / "organisations.json"))
    assert done.exit_code == 0, done.stdout[-2000:]
