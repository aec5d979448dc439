"""What `serve --demo` tells of its people, beside what they were loaded with."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.access import demo
from app.cli.demo_stories import stories, tell_stories
from app.cli.load import load_files
from app.settings import Settings
from tests.conftest import EXAMPLES, Running, mint_token

NAMES = tuple(path.stem for path in stories())


@pytest.fixture(scope="module")
def settings_of_demo(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A demo of its own, with its stories told."""
    folder = tmp_path_factory.mktemp("demo")
    demo.ensure_issuer(folder)
    made = Settings(database_url=make_database(), data_dir=folder, demo=True, log_level="error")
    files = [EXAMPLES / "organisations.json"]
    files += [EXAMPLES / "people" / f"{name}.json" for name in NAMES]
    loaded = asyncio.run(load_files(made, files, "care-board", advance=lambda *_: None))
    assert not loaded.refused, loaded.sentence()
    assert asyncio.run(tell_stories(made, lambda *_: None)) == len(NAMES)
    return made


def test_five_people_have_months_behind_them(settings_of_demo: Settings) -> None:
    running = Running(settings_of_demo)
    running.start()
    try:
        told = [_journey(running, name.partition("-")[2]) for name in NAMES]
    finally:
        running.stop()
    assert len(told) == 5
    for figures, unanswered in told:
        assert figures["touch_points"] >= 20
        assert figures["hand_offs"] >= 1
        assert figures["told_again"] >= 2
        assert unanswered


def test_told_again_the_stories_add_nothing(settings_of_demo: Settings) -> None:
    assert asyncio.run(tell_stories(settings_of_demo, lambda *_: None)) == 0


def _journey(running: Running, person: str) -> tuple[dict[str, Any], list[Any]]:
    token = mint_token(running.settings, f"person:{person}")
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{running.settings.base_url}/api/people/{person}"
    with httpx.Client(base_url=base, headers=headers, timeout=30) as http:
        figures = http.get("/journey").json()["figures"]
        return figures, http.get("/said-and-done").json()["unanswered"]
