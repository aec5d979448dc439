"""What `serve --demo` tells of its people, beside what they were loaded with.

In `stories/`, `<person>.read.txt` is what each reads of what they said and what came of it. To see
a change, delete it: the test writes it anew, and fails until it stands there.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access import demo
from app.cli.demo_stories import stories, tell_stories
from app.cli.load import load_files
from app.settings import Settings
from tests.conftest import EXAMPLES, Running, mint_token

NAMES = tuple(path.stem for path in stories())
READ = Path(__file__).with_name("stories")
HERMIT = "09-petroc-jago"
TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings_of_demo(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A demo of its own, with its stories told."""
    folder = tmp_path_factory.mktemp("demo")
    demo.ensure_issuer(folder)
    made = Settings(database_url=make_database(), data_dir=folder, demo=True, log_level="error")
    files = [EXAMPLES / "organisations.json", *sorted((EXAMPLES / "people").glob("*.json"))]
    loaded = asyncio.run(load_files(made, files, "care-board", advance=lambda *_: None))
    assert not loaded.refused, loaded.sentence()
    assert asyncio.run(tell_stories(made, lambda *_: None)) == len(NAMES)
    return made


@pytest.fixture(scope="module")
def running(settings_of_demo: Settings) -> Iterator[Running]:
    """That demo, served on the day at which the lives of its people stand."""
    running = Running(settings_of_demo, lambda: TODAY)
    running.start()
    yield running
    running.stop()


def test_everybody_has_months_behind_them() -> None:
    assert tuple(sorted(path.stem for path in (EXAMPLES / "people").glob("*.json"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_who_wants_company_had_much_of_it_and_who_wants_none_had_little(
    running: Running, name: str
) -> None:
    figures = _read(running, name, "journey").json()["figures"]
    assert figures["hand_offs"] >= 1
    assert figures["told_again"] >= 1
    assert figures["touch_points"] in (range(5, 10) if name == HERMIT else range(20, 40))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_said_and_done_reads_as_it_was_agreed(running: Running, name: str) -> None:
    text = _read(running, name, "said-and-done", Accept="text/plain").text
    written = READ / f"{name.partition('-')[2]}.read.txt"
    if not written.exists():
        written.write_text(text, encoding="utf-8")
        pytest.fail(f"{written.name} was not there. It is now: read it.")
    assert text == written.read_text(encoding="utf-8")


def test_all_seven_organisations_are_met(running: Running) -> None:
    met = {
        one
        for name in NAMES
        for one in _read(running, name, "journey").json()["figures"]["organisations"]
    }
    assert len(met) == 7


def test_most_let_go_of_something_for_a_reason_of_their_own(running: Running) -> None:
    let_go = {
        name: one["why"]
        for name in NAMES
        for one in _read(running, name, "goals", limit="50").json()["entries"]
        if one["state"] == "let-go"
    }
    assert len(let_go) == 12
    assert all(let_go.values())


def test_told_again_the_stories_add_nothing(settings_of_demo: Settings) -> None:
    assert asyncio.run(tell_stories(settings_of_demo, lambda *_: None)) == 0


def _read(running: Running, name: str, page: str, **rest: Any) -> httpx.Response:
    person = name.partition("-")[2]
    token = mint_token(running.settings, f"person:{person}")
    headers = {"Authorization": f"Bearer {token}"}
    if "Accept" in rest:
        headers["Accept"] = rest.pop("Accept")
    where = f"{running.settings.base_url}/api/people/{person}/{page}"
    answer = httpx.get(where, headers=headers, params=rest, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer
