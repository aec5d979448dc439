"""`whatmatters worker`: what time makes due, by a process of its own."""

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.cli.upkeep import upkeep
from app.errors import Invalid
from app.settings import Settings
from tests.cli.erasing import fetch
from tests.endpoints.sharing import stored, supporter
from tests.people import new_person
from tests.upkeep.test_supporters import TODAY, stands


def overdue(surgery: httpx.Client) -> str:
    """A supporter whose last day was yesterday."""
    period = {"start": "2026-01-01", "end": f"{TODAY - timedelta(days=1)}"}
    return stored(surgery, supporter(new_person(surgery), period=period))


def test_once_does_what_is_due_and_tells_what_it_did(
    settings: Settings, surgery: httpx.Client
) -> None:
    helper = overdue(surgery)
    done = asyncio.run(upkeep(settings, once=True))
    assert done is not None
    assert done.ended >= 1
    assert f"Supporters whose last day was over: {done.ended}." in done.sentence()
    assert stands(surgery, helper) == ("ended", "end-date-reached")


def test_reviews_that_cannot_be_read_are_refused_at_once(settings: Settings) -> None:
    odd = settings.model_copy(update={"supporter_reviews": "sixteen"})
    with pytest.raises(Invalid):
        asyncio.run(upkeep(odd, once=True))


def test_a_worker_takes_its_round_when_it_is_due_and_stops_when_asked(
    settings: Settings, surgery: httpx.Client
) -> None:
    url = settings.database_url or ""
    helper = overdue(surgery)
    fetch(url, "update upkeep_rounds set begun = now() - interval '2 hours'")
    command = [str(Path(sys.executable).with_name("whatmatters")), "worker"]
    command += ["--database-url", url, "--data-dir", str(settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:  # noqa: S603  (our own)
        assert running.stdout is not None
        assert any(b'"event":"upkeep"' in line.replace(b" ", b"") for line in running.stdout)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    assert stands(surgery, helper) == ("ended", "end-date-reached")
