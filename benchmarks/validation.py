"""`python -m benchmarks validate`: what one verdict costs, structure check and profile together."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import typer

from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.what_matters.judgement import issues_of
from benchmarks.servers import ROOT

EXAMPLES = ROOT / "fhir_profiles" / "examples" / "profiles"
_ROUNDS = 2_000
_PROFILES = ("person-stated-goal", "scaled-goal", "progress-number", "help-task", "person")


def validate() -> None:
    """Say the median milliseconds of a verdict, with the profile claimed and without."""
    for name in _PROFILES:
        tree = parse(max(_examples(name), key=lambda path: path.stat().st_size).read_bytes())
        bare = {key: value for key, value in tree.items() if key != "meta"}
        claimed, plain = _milliseconds(tree), _milliseconds(bare)
        typer.echo(f"{name}: {claimed:.3f} ms, {plain:.3f} ms without a claim")


def _examples(name: str) -> list[Path]:
    return sorted((EXAMPLES / name).glob("valid-*.json"))


def _milliseconds(tree: Json) -> float:
    def verdict() -> object:
        return issues_of(tree)

    verdict()
    return statistics.median(_timed(verdict) for _ in range(_ROUNDS))


def _timed(verdict: Callable[[], object]) -> float:
    began = time.perf_counter_ns()
    verdict()
    return (time.perf_counter_ns() - began) / 1_000_000
