"""Counting requests and their time, for /metrics. No label tells anything of a person."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(slots=True)
class Measured:
    """One request under way."""

    status: int = 500
    seconds: float = 0.0


class Measure:
    """The counters of one worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "whatmatters_request_seconds",
            "Time to answer, by method.",
            ["method"],
            registry=registry,
            buckets=_BUCKETS,
        )
        self._answers = Counter(
            "whatmatters_answers_total",
            "Answers, by method and status.",
            ["method", "status"],
            registry=registry,
        )
        self._by_label: dict[tuple[str, int], Counter] = {}
        self._seconds_by_method: dict[str, Histogram] = {}

    @contextmanager
    def request(self, method: str) -> Iterator[Measured]:
        """Count one request; its status is told before the block ends."""
        method = method if method in _METHODS else "other"
        measured = Measured()
        start = time.perf_counter()
        try:
            yield measured
        finally:
            key = (method, measured.status)
            counter = self._by_label.get(key)
            if counter is None:
                counter = self._by_label[key] = self._answers.labels(method, str(measured.status))
            counter.inc()
            seconds = self._seconds_by_method.get(method)
            if seconds is None:
                seconds = self._seconds_by_method[method] = self._seconds.labels(method)
            measured.seconds = time.perf_counter() - start
            seconds.observe(measured.seconds)
