"""`whatmatters conformance client`, as it is typed: how it ends, and with what."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import EXAMPLES
from tests.journeys.served import free_port

COMMAND = [str(Path(sys.executable).parent / "whatmatters"), "conformance", "client"]
WHOLE_CLIENT = EXAMPLES / "client" / "whole_client.py"
SECONDS = 30
SCENE = "find-the-person"


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command once it answers, and its address."""
    place = f"http://127.0.0.1:{(port := free_port())}"
    words = [*COMMAND, "--port", str(port), "--report", str(folder), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(words, text=True, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            _wait_for(place, process)
            yield process, place
        finally:
            process.kill()


def _wait_for(place: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(place).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the sandbox does not answer")


def play(place: str) -> None:
    subprocess.run([sys.executable, str(WHOLE_CLIENT), place], check=True)  # noqa: S603


def find_the_person(place: str, http: httpx.Client) -> None:
    base = f"{place}/{SCENE}/fhir"
    number = "https://fhir.nhs.uk/Id/nhs-number|9990123403"
    found = http.get(f"{base}/Patient", params={"identifier": number}).json()
    http.get(f"{base}/Patient/{found['entry'][0]['resource']['id']}")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_ctrl_c_ends_it_with_a_report_and_1_while_it_is_red(
    tmp_path: Path, sent: signal.Signals
) -> None:
    with sandbox(tmp_path) as (process, _):
        process.send_signal(sent)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, said
    assert "what matters client: red · MUST 0/" in said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "report.json").read_text())["green"] is False


def test_ctrl_c_ends_it_with_a_report_and_0_once_it_is_green(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--only", SCENE) as (process, place), auth() as http:
        find_the_person(place, http)
        # The client's line stays open: the sandbox does not wait for it to be closed.
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert "what matters client: green · MUST " in said
    assert json.loads((tmp_path / "report.json").read_text())["green"] is True


def test_it_ends_by_itself_when_all_is_green_and_that_was_asked_for(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--until-done") as (process, place):
        play(place)
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert (tmp_path / "report.html").is_file()


def test_it_ends_by_itself_when_a_client_that_is_red_has_gone_quiet(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--until-done", "--only", SCENE) as (process, place), auth() as http:
        http.get(f"{place}/{SCENE}/fhir/Patient", params={"identifier": "9990123403"})
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, said
    assert "✗ failed" in said


def test_it_waits_for_whoever_has_sent_nothing(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--until-done", "--only", SCENE) as (process, place):
        httpx.get(f"{place}/report").raise_for_status()
        assert process.poll() is None


def test_a_scene_that_there_is_not_ends_it_with_2(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [*COMMAND, "--only", "no-such-scene"], text=True, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert "There are find-the-person, " in done.stderr


def test_a_port_that_is_taken_ends_it_with_2_and_says_which_to_try(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (_, place):
        port = int(place.rpartition(":")[2])
        done = subprocess.run(  # noqa: S603
            [*COMMAND, "--port", str(port)], text=True, capture_output=True, check=False
        )
    assert done.returncode == 2
    assert f"--port {port + 1}" in done.stderr


def auth() -> httpx.Client:
    return httpx.Client(headers={"Authorization": "Bearer sandbox"}, timeout=SECONDS)
