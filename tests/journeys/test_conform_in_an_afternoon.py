"""A newcomer with the page "Conform in an afternoon": every command as it stands, in one shell."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journeys.served import Served, free_port, served
from tests.papers import ROOT, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAGE = "docs/conform-in-an-afternoon.md"
DEMO = "make demo\n"
SANDBOX = ".venv/bin/whatmatters conformance client --report var/afternoon/client\n"
ENDS_THE_SANDBOX = "/done\n"
LEFT_OUT = "…"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "-- exit status:"
_WAIT_SECONDS = 30
_PAUSE_SECONDS = 0.05


@dataclass
class Step:
    """What is pasted, and what the page promises of it."""

    pasted: str
    status: int = 0
    shown: list[str] = field(default_factory=list)


def steps_of(page: str) -> list[Step]:
    """Each block of commands, with what is told and shown before the next."""
    steps: list[Step] = []
    end = 0
    for block in _BLOCK.finditer(page):
        between, kind, text = page[end : block.start()], block[1], block[2]
        if kind == "sh":
            steps.append(Step(text))
        else:
            steps[-1].shown.append(text)
            if told := re.search(r"ends with exit status (\d)", between):
                steps[-1].status = int(told[1])
        end = block.end()
    return steps


STEPS = steps_of(read(PAGE))


def missing(shown: str, text: str) -> str | None:
    """The first line that the page shows and that does not come, in its turn."""
    lines = iter(text.splitlines())
    for line in map(str.strip, shown.splitlines()):
        pattern = ".*".join(map(re.escape, line.split(LEFT_OUT)))
        if line != LEFT_OUT and not any(re.fullmatch(pattern, one.strip()) for one in lines):
            return line
    return None


@dataclass
class Desk:
    """A folder as the newcomer has it, with the demo and the sandbox on ports of this test."""

    folder: Path
    demo: Served
    sandbox_port: int

    def here(self, text: str) -> str:
        """What the page says, with the places of this test."""
        ports = {"8000": self.demo.port, "8100": self.sandbox_port}
        text = re.sub(
            r"(?<=http://127\.0\.0\.1:)(8[01]00)\b", lambda said: str(ports[said[1]]), text
        )
        return text.replace(".venv/bin/", f"{Path(sys.executable).parent}/")


class Sandbox:
    """The command that stays in the third terminal."""

    def __init__(self, desk: Desk) -> None:
        self._output = desk.folder / "sandbox.txt"
        words = [*desk.here(SANDBOX).split(), "--port", str(desk.sandbox_port)]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                words, stdout=output, stderr=output, cwd=desk.folder
            )

    def begin(self) -> str:
        """What it says until it waits."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while "When you have finished" not in self._output.read_text():
            assert self._process.poll() is None, self._output.read_text()
            assert time.monotonic() < deadline, self._output.read_text()
            time.sleep(_PAUSE_SECONDS)
        return self._output.read_text()

    def end(self) -> str:
        """All that it said, once it has ended well."""
        assert self._process.wait(_WAIT_SECONDS) == 0, self._output.read_text()
        return self._output.read_text()

    def close(self) -> None:
        """Ends it, if it has not."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def paste(shell: subprocess.Popen[str], text: str) -> tuple[int, str]:
    """The exit status of what is pasted into a shell, and what it prints."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f'{text}echo "{_MARK}$?"\n')
    shell.stdin.flush()
    said = ""
    for line in shell.stdout:
        before, mark, status = line.partition(_MARK)
        said += before
        if mark:
            return int(status), said
    raise AssertionError(said)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What `make demo` starts, on a free port."""
    yield from served(tmp_path_factory.mktemp("demo"), ["--demo"])


@pytest.fixture
def desk(demo: Served, tmp_path: Path) -> Desk:
    (tmp_path / "fhir_profiles").symlink_to(ROOT / "fhir_profiles")
    return Desk(tmp_path, demo, free_port())


@pytest.fixture
def sandbox(desk: Desk) -> Iterator[Sandbox]:
    made = Sandbox(desk)
    yield made
    made.close()


@pytest.fixture
def shell(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """The second terminal."""
    with subprocess.Popen(
        ["/bin/bash"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=desk.folder,
        env=desk.demo.environment(),
    ) as made:
        yield made


def test_the_page_starts_the_demo_and_then_the_sandbox() -> None:
    assert STEPS[0].pasted == DEMO
    assert "demo: install\n\t$(BIN)/whatmatters serve --demo\n" in read("Makefile")
    pasted = [step.pasted for step in STEPS]
    assert pasted.count(SANDBOX) == 1
    [end] = [text for text in pasted if text.endswith(ENDS_THE_SANDBOX)]
    assert pasted.index(end) > pasted.index(SANDBOX)


def test_a_line_that_the_page_shows_is_missed_when_it_does_not_come() -> None:
    assert missing("a\n…\nc …\n", "a\n  b\n  c 4\nd\n") is None
    assert missing("c …\na\n", "a\nc 4\n") == "a"
    assert missing("a\n", "a b\n") == "a"


def test_whoever_follows_the_page_word_for_word_gets_there(
    desk: Desk, shell: subprocess.Popen[str], sandbox: Sandbox
) -> None:
    for step in STEPS:
        if step.pasted == DEMO:
            status, said = 0, desk.demo.told()
        elif step.pasted == SANDBOX:
            status, said = 0, sandbox.begin()
        else:
            status, said = paste(shell, desk.here(step.pasted))
        if step.pasted.endswith(ENDS_THE_SANDBOX):
            said += sandbox.end()
        assert status == step.status, f"{step.pasted}\n{said}"
        for shown in step.shown:
            assert missing(desk.here(shown), said) is None, f"{step.pasted}\n{said}"
    for report in ("server", "client"):
        assert (desk.folder / f"var/afternoon/{report}/report.html").is_file()
