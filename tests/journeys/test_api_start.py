"""A newcomer with the page of the plain API: every block of its start as it stands."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.served import Served, served
from tests.papers import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAGE = read("docs/api.md")
START = PAGE.partition("## Five minutes to start")[2].partition("\n## ")[0]
FIGURES = PAGE.partition("\n## Figures")[2].partition("\n## ")[0]
AGREED = PAGE.partition("\n## What was agreed, and when to look again")[2].partition("\n## ")[0]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What `make demo` starts, on a free port."""
    yield from served(tmp_path_factory.mktemp("demo"), ["--demo"])


def blocks(kind: str, part: str = START) -> list[str]:
    """The blocks of one kind, in their order."""
    return [text for name, text in _BLOCK.findall(part) if name == kind]


def run(demo: Served, words: list[str], text: str) -> str:
    """What is printed, once it has ended well; with the places of this test."""
    here = text.replace("127.0.0.1:8000", f"127.0.0.1:{demo.port}")
    here = here.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    told = subprocess.run(  # noqa: S603 - our own page
        words, input=here, env=demo.environment(), capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_each_task_is_done_with_curl_as_the_page_has_it(demo: Served) -> None:
    # Each block by itself, so that none hides that the one before it failed.
    marked = "".join(f"{block}\necho '-- done'\n" for block in blocks("sh"))
    told = run(demo, ["/bin/bash", "-euo", "pipefail"], marked).split("-- done\n")
    _, page, goal, progress, request, contacts, _ = told
    assert '"id":"tamsin-pender","sure":"certain"' in page
    assert "Tam" in page.partition("\n")[2]
    assert "I want to hear the sea from my own bed again" in goal
    assert '"number":6' in progress
    assert '"state":"passed-on"' in request
    assert '"created":1' in contacts


def test_each_task_is_done_in_python_as_the_page_has_it(demo: Served) -> None:
    told = run(demo, [sys.executable, "-"], "\n".join(blocks("python"))).splitlines()
    shown = blocks("text")[0].splitlines()
    assert len(told) == len(shown)
    for line, pattern in zip(told, shown, strict=True):
        assert re.fullmatch(re.escape(pattern).replace("…", ".*"), line)


def test_figures_are_asked_for_as_the_page_has_it(demo: Served) -> None:
    lines = blocks("sh")[0] + blocks("sh", FIGURES)[0]
    told = run(demo, ["/bin/bash", "-euo", "pipefail"], lines)
    assert '"in_population":true,"why":"","identified":true' in told
    assert "Counts as: identified, followed up, achieved." in told
    assert '"people":2,"population":2' in told
    assert '"by_answer":{"very-good":' in told


def test_what_was_agreed_is_said_as_the_page_has_it(demo: Served) -> None:
    lines = blocks("sh")[0] + blocks("sh", AGREED)[0]
    told = run(demo, ["/bin/bash", "-euo", "pipefail"], lines)
    assert '"every":{"count":1,"unit":"weeks","on":["wednesday"],"at":["09:30"]}' in told
    assert '"review_on":{"after_days":28}' in told
    raised = told.splitlines()[-1]
    assert '"words":"Go to the shanty night at the Star"' in raised
    assert "Nobody has looked at it for as long as the person chose." in raised


def test_an_address_without_a_call_of_its_own_is_asked_for_as_the_page_has_it(
    demo: Served,
) -> None:
    [line] = re.findall(r"`(surgery\.send\(.*)`\.$", START, re.MULTILINE)
    start = "\n".join(blocks("python")[:2])
    told = run(demo, [sys.executable, "-"], f"{start}\nprint(sorted({line}))")
    assert "'happened'" in told
