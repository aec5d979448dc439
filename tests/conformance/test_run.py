"""When a run is green, and what the reports then say; no server is asked."""

import json
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

import pytest

from app.conformance.bench import Bench, Target
from app.conformance.reports import badge, junit, page
from app.conformance.reports import test_report as in_fhir
from app.conformance.requirement import Group, Requirement
from app.conformance.run import Report, Verdict, run
from app.conformance.server_account import account_of
from app.conformance.verdict import MUST, SHOULD, Outcome, Strength


def _nothing(bench: Bench) -> None:
    """Asks nothing."""


def _asks(bench: Bench) -> None:
    assert bench.metadata


def _verdict(outcome: Outcome, strength: Strength = MUST) -> Verdict:
    asked = Requirement("it_is_so", "It is so", Group.REST, strength, "https://x.example", _nothing)
    return Verdict(asked, outcome, "" if outcome is Outcome.PASSED else "The reason.")


def _report(*verdicts: Verdict) -> Report:
    return Report("https://x.example/fhir", "", datetime.now(UTC), 1.0, verdicts)


@pytest.mark.parametrize(
    ("green", "beside"),
    [
        (True, _verdict(Outcome.NOT_OFFERED)),
        (True, _verdict(Outcome.FAILED, SHOULD)),
        (True, _verdict(Outcome.NOT_TRIED, SHOULD)),
        (False, _verdict(Outcome.FAILED)),
        (False, _verdict(Outcome.NOT_TRIED)),
    ],
    ids=("not-offered", "should-failed", "should-not-tried", "failed", "not-tried"),
)
def test_a_run_is_green_when_every_must_was_tried_and_met(green: bool, beside: Verdict) -> None:
    report = _report(_verdict(Outcome.PASSED), beside)
    assert report.is_green is green
    assert (": green ·" in badge(account_of(report))) is green
    [suite] = fromstring(junit(account_of(report)))  # noqa: S314  (our own)
    assert (suite.get("failures") == suite.get("errors") == "0") is green
    assert json.loads(in_fhir(account_of(report)))["result"] == ("pass" if green else "fail")


def test_a_run_in_which_nothing_was_met_is_not_green() -> None:
    assert not _report(_verdict(Outcome.NOT_OFFERED)).is_green
    assert not _report().is_green


def test_a_must_that_was_not_tried_is_told() -> None:
    report = _report(_verdict(Outcome.PASSED), _verdict(Outcome.NOT_TRIED))
    assert badge(account_of(report)).endswith("1 not tried (1 MUST)")
    assert "Not tried" in page(account_of(report))
    [suite] = fromstring(junit(account_of(report)))  # noqa: S314  (our own)
    assert suite.get("errors") == "1"
    assert [one.get("message") for one in suite.iter("error")] == ["The reason."]
    results = [
        one["action"][0]["assert"]["result"]
        for one in json.loads(in_fhir(account_of(report)))["test"]
    ]
    assert results == ["pass", "error"]


def test_a_server_that_does_not_answer_is_red_and_not_the_end() -> None:
    asked = Requirement("asks", "Asks", Group.REST, MUST, "x", _asks)
    report = run(Target("http://127.0.0.1:9/fhir"), [asked])
    assert [one.outcome for one in report.verdicts] == [Outcome.FAILED]
    assert not report.is_green
    assert report.software == ""


def _is_interrupted(bench: Bench) -> None:
    raise KeyboardInterrupt


def test_a_run_that_is_stopped_says_what_was_not_tried_and_is_red() -> None:
    table = [
        Requirement("first", "First", Group.REST, MUST, "x", _nothing),
        Requirement("second", "Second", Group.REST, MUST, "x", _is_interrupted),
        Requirement("third", "Third", Group.REST, SHOULD, "x", _nothing),
    ]
    told: list[Verdict] = []
    report = run(Target("http://127.0.0.1:9/fhir"), table, lambda one, of: told.append(one))
    assert [one.outcome for one in report.verdicts] == [
        Outcome.PASSED,
        Outcome.NOT_TRIED,
        Outcome.NOT_TRIED,
    ]
    assert {one.reason for one in report.verdicts[1:]} == {"The run was stopped before this."}
    assert told == [*report.verdicts]
    assert not report.is_green
