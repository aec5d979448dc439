"""Every profile's examples: the valid ones pass, each invalid one fails with exactly its issue."""

import json
from pathlib import Path

import pytest

from app.fhir.json_guard import parse
from app.fhir.library import BASE, FOLDER
from app.what_matters.judgement import errors, issues_of

EXAMPLES = FOLDER / "examples" / "profiles"
VALID = sorted(EXAMPLES.glob("*/valid-*.json"))
INVALID = sorted(EXAMPLES.glob("*/invalid-*.json"))


def judged(path: Path) -> list[tuple[str | None, str | None]]:
    profile = f"{BASE}/StructureDefinition/{path.parent.name}"
    issues = errors(issues_of(parse(path.read_bytes()), profiles=(profile,)))
    return [(issue.expression, issue.rule) for issue in issues]


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", VALID, ids=named)
def test_a_valid_example_passes(path: Path) -> None:
    assert judged(path) == []


@pytest.mark.parametrize("path", INVALID, ids=named)
def test_an_invalid_example_fails_with_exactly_its_issue(path: Path) -> None:
    expected = json.loads((path.parent / "expected.json").read_bytes())[path.name]
    assert judged(path) == [(expected["expression"], expected["rule"])]
