"""`whatmatters generate`: people made up in any number."""

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli.commands import cli
from app.cli.generate import MOST, lines_of
from app.cli.made_up_people import nhs_number
from app.cli.validation import is_error, judge


def test_the_same_seed_makes_the_same_bytes_and_another_makes_other_people(tmp_path: Path) -> None:
    made = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        out = tmp_path / name
        asked = ["generate", "--people", "3", "--seed", seed, "--out", str(out)]
        assert CliRunner().invoke(cli, asked).exit_code == 0
        made.append(out.read_bytes())
    assert made[0] == made[1]
    ids = [{json.loads(line)["id"] for line in one.splitlines()} for one in made[1:]]
    assert not ids[0] & ids[1]


def test_without_a_file_the_lines_alone_are_on_standard_output() -> None:
    answer = CliRunner().invoke(cli, ["generate", "--people", "1", "--seed", "7"])
    assert answer.stdout_bytes == b"".join(lines_of(0, 7))


def test_every_resource_is_right_by_the_profile_it_claims() -> None:
    raw = b"".join(line for number in (0, 1, 19_999) for line in lines_of(number, 7))
    wrong = [
        one.issue.text
        for judged in judge("made-up.ndjson", raw, ())
        for one in judged.found
        if is_error(one.issue)
    ]
    assert not wrong
    claiming = [json.loads(line) for line in raw.splitlines() if b'"profile"' in line]
    assert {"Patient", "Goal", "CarePlan", "Task", "Observation"} <= {
        one["resourceType"] for one in claiming
    }


def test_people_who_tell_the_same_are_few_and_numbers_last_for_all() -> None:
    stories = {b"".join(lines_of(number, 7)).split(b'"birthDate"')[1] for number in range(0, 40, 2)}
    assert len(stories) == 20
    assert nhs_number(MOST - 1) <= "9999999999"
