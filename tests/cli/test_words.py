"""`whatmatters words check`, as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import cli
from app.errors import Invalid


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test types in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def check(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["words", "check", *arguments], input=given)


def test_a_remark_is_told_with_its_place_and_is_never_a_no() -> None:
    Path("letter.txt").write_text("Dear Tam,\nyou DNA'd your referral.\n")
    done = check("letter.txt")
    assert done.exit_code == 0
    first, second, counted = done.stdout.splitlines()
    assert first.startswith("letter.txt:2:5: unkind: “DNA'd”. Better: could not come")
    assert second == "letter.txt:2:16: jargon: “referral”. Better: request for help."
    assert counted.startswith("letter.txt: 2 remarks; reading age: too short to tell.")


def test_a_letter_is_read_from_stdin() -> None:
    assert "-:1:9: jargon" in check("-", given="We have referrals.").stdout


def test_programs_read_remarks_as_json() -> None:
    Path("letter.txt").write_text("A referral.")
    (told,) = json.loads(check("--format", "json", "letter.txt").stdout)
    assert told["file"] == "letter.txt"
    assert told["readability"] == {"words": 2, "sentences": 1, "reading_age": None}
    assert told["remarks"][0]["found"] == "referral"


def test_a_places_own_words_are_taken_into_account() -> None:
    Path("own.json").write_text(json.dumps({"allowed": ["referral"]}))
    Path("letter.txt").write_text("A referral.")
    assert "0 remarks" in check("--words", "own.json", "letter.txt").stdout


def test_a_list_of_another_form_is_refused() -> None:
    Path("own.json").write_text(json.dumps({"words": [{}]}))
    assert isinstance(check("--words", "own.json", "-", given="").exception, Invalid)


@pytest.mark.parametrize("arguments", [["none.txt"], ["--words", "none.json", "-"], ["bad.txt"]])
def test_what_cannot_be_read_ends_with_2_and_a_sentence(arguments: list[str]) -> None:
    Path("bad.txt").write_bytes(b"\xff\xfe\xfa")
    done = check(*arguments, given="")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
