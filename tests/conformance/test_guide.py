"""docs/conformance-kit.md says of the kit what is so."""

import re

import pytest
import typer

from app.cli.commands import cli
from app.conformance.checks import requirements
from app.conformance.client_judgement import Requirement as Asked
from app.conformance.client_scenarios import SCENARIOS
from app.conformance.requirement import GUIDE, Group, Requirement
from app.conformance.verdict import Outcome, Strength
from tests.conformance.test_third_party import EXAMPLES
from tests.papers import read

PAGE = read(GUIDE)
HEADINGS = {one.lower().replace(" ", "-") for one in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)}
ASKED: list[Requirement | Asked] = [
    *requirements(examples=EXAMPLES),
    *(one for scenario in SCENARIOS for one in scenario.requirements),
]
OURS = [one for one in ASKED if one.clause.startswith(GUIDE)]


@pytest.mark.parametrize("clause", sorted({one.clause for one in OURS}))
def test_the_clauses_of_this_guide_are_there(clause: str) -> None:
    assert clause.removeprefix(f"{GUIDE}#") in HEADINGS


@pytest.mark.parametrize("asked", OURS, ids=lambda asked: asked.id)
def test_a_clause_of_this_guide_says_how_strongly_it_asks(asked: Requirement | Asked) -> None:
    heading = asked.clause.partition("#")[2].capitalize()
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert asked.strength in section


@pytest.mark.parametrize("group", Group)
def test_every_group_has_a_section(group: Group) -> None:
    assert group in HEADINGS


def test_every_option_strength_verdict_and_report_is_explained() -> None:
    conformance = typer.main.get_command(cli).commands["conformance"]  # type: ignore[attr-defined]
    options = [
        f"`{one}`"
        for name in ("server", "client")
        for param in conformance.commands[name].params
        for one in param.opts
    ]
    words = [*(one for one in options if one.startswith("`--")), *Strength, *Outcome]
    words += ["report.html", "report.json", "junit.xml", "TestReport.json", "badge.txt"]
    assert [word for word in words if word not in PAGE] == []
