"""The kit is green on our own service, and through the proxy, and leaves nothing behind."""

import httpx
import pytest

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.made_up import SYSTEM
from app.conformance.run import Report, run
from app.conformance.verdict import Outcome
from tests.conformance.proxy import Proxy

MOST_SECONDS = 120


@pytest.fixture(scope="module")
def report(target: Target) -> Report:
    return run(target, requirements())


def test_our_own_service_meets_every_requirement(report: Report) -> None:
    failed = {
        one.requirement.id: one.reason for one in report.verdicts if one.outcome is Outcome.FAILED
    }
    assert failed == {}
    assert report.is_green
    assert report.seconds < MOST_SECONDS


def test_everything_is_tried_when_every_token_is_given(report: Report) -> None:
    assert [one for one in report.verdicts if one.outcome is Outcome.NOT_TRIED] == []


def test_nothing_is_left_behind(report: Report, surgery: httpx.Client) -> None:
    assert report.left == ()
    since = report.began_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for kind in ("Patient", "Observation", "Goal"):
        params = {"identifier": f"{SYSTEM}|", "_lastUpdated": f"ge{since}", "_summary": "count"}
        assert surgery.get(kind, params=params).json()["total"] == 0


def test_a_proxy_without_a_fault_is_green_too(through_proxy: Target, proxy: Proxy) -> None:
    report = run(through_proxy, requirements(["rest", "versions"]))
    assert [one for one in report.verdicts if one.outcome is Outcome.FAILED] == []
    assert report.is_green
