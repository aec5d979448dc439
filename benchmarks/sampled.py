"""Runs the service's worker, or a load, and samples where its processor time goes.

A timer of the kernel counts processor time, so that waiting is not counted; time inside C is
counted to the Python line that called it. SIGUSR1 begins, SIGUSR2 ends and writes the samples.
https://docs.python.org/3/library/signal.html#signal.setitimer
"""

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

import uvicorn

from app.cli import main as command_line

SAMPLES = "BENCHMARK_SAMPLES"
EVERY_SECONDS = 0.001

Place = tuple[str, str, int]  # file, function, line
_stacks: Counter[tuple[Place, ...]] = Counter()


def main() -> None:
    """sys.argv: `serve PORT`, or the words of the command line."""
    signal.signal(signal.SIGPROF, _sample)
    signal.signal(signal.SIGUSR1, _begin)
    signal.signal(signal.SIGUSR2, _end)
    if sys.argv[1] == "serve":
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            port=int(sys.argv[2]),
            log_level="warning",
            access_log=False,
        )
        return
    _begin()
    try:
        command_line()
    finally:
        _end()


def _sample(_: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        code = frame.f_code
        stack.append((code.co_filename, code.co_qualname, frame.f_lineno))
        frame = frame.f_back
    _stacks[tuple(stack)] += 1


def _begin(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)


def _end(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    path = Path(os.environ[SAMPLES])
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps([[stack, count] for stack, count in _stacks.items()]))
    aside.rename(path)


if __name__ == "__main__":
    main()
