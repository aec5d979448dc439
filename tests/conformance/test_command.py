"""`whatmatters conformance server`, as it is typed: what it tells, writes and ends with."""

import json
import re
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from fhir.resources.R4B.testreport import TestReport as FhirTestReport
from typer.testing import CliRunner, Result

from app.cli.commands import cli
from app.conformance.bench import Target
from app.errors import Malformed
from tests.conformance.proxy import Proxy
from tests.conformance.test_faults import FAULTS

NAMES = ("report.html", "report.json", "junit.xml", "TestReport.json", "badge.txt")


def server(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["conformance", "server", *arguments])


def signed_in(target: Target) -> list[str]:
    """The options that give all the tokens there are."""
    given = {
        "--token": target.token,
        "--other-token": target.other_token,
        "--person-token": target.person_token,
        "--reading-token": target.reading_token,
    }
    return [word for name, token in given.items() if token for word in (name, token)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def done(target: Target, folder: Path) -> Result:
    """Everything, against our own service."""
    return server(target.base_url, *signed_in(target), "--report", str(folder))


def test_our_own_service_ends_with_0_and_a_green_badge(done: Result, folder: Path) -> None:
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("what matters conformance: green · MUST ")
    assert done.stdout.endswith(" · 0 not tried\n")
    assert (folder / "badge.txt").read_text() == done.stdout
    for name in NAMES:
        assert f"Written: {folder / name}" in done.stderr


def test_the_page_loads_nothing_from_anywhere(done: Result, folder: Path) -> None:
    page = (folder / "report.html").read_text()
    assert re.findall(r"<(?:script|link|img|iframe|object|embed|base|form)\b", page) == []
    assert re.findall(r"\bsrc=|@import|url\(", page) == []
    assert page.startswith("<!doctype html>")


def test_the_junit_file_parses_and_counts_right(done: Result, folder: Path) -> None:
    suites = parse(folder / "junit.xml").getroot()  # noqa: S314  (our own)
    assert {one.get("name") for one in suites} >= {"rest", "search", "security", "privacy"}
    for suite in suites:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
        assert suite.get("failures") == suite.get("errors") == "0"


def test_the_test_report_is_right_fhir(done: Result, folder: Path) -> None:
    text = (folder / "TestReport.json").read_text()
    report = FhirTestReport.model_validate_json(text)
    assert (report.status, report.result) == ("completed", "pass")
    assert json.loads(text)["name"] == done.stdout.strip()


def test_no_report_holds_a_token(done: Result, target: Target, folder: Path) -> None:
    for name in NAMES:
        text = (folder / name).read_text()
        tokens = (target.token, target.other_token, target.person_token, target.reading_token)
        assert [token for token in tokens if token and token in text] == []


def test_a_broken_server_ends_with_1_and_the_failure_is_told(
    through_proxy: Target, proxy: Proxy, tmp_path: Path
) -> None:
    named, proxy.fault = FAULTS["ignores If-Match"]
    options = [*signed_in(through_proxy), "--only", named, "--report", str(tmp_path)]
    done = server(through_proxy.base_url, *options)
    assert done.exit_code == 1
    assert done.stdout.startswith("what matters conformance: red · MUST 0/1 ")
    assert "failed  versions  MUST: An update of an old version is 412." in done.stderr
    assert "To put right" in (tmp_path / "report.html").read_text()
    [failure] = parse(tmp_path / "junit.xml").getroot().iter("failure")  # noqa: S314
    assert "Clause: https://hl7.org/fhir/R4/" in str(failure.text)
    report = FhirTestReport.model_validate_json((tmp_path / "TestReport.json").read_text())
    assert report.result == "fail"


def test_a_must_that_was_not_tried_ends_with_1_unless_it_is_left_out(target: Target) -> None:
    token = ["--token", str(target.token)]
    words = ["--only", "a_read_gives_what_was_created"]
    done = server(target.base_url, *token, *words, "--only", "whoever_may_only_read")
    assert done.exit_code == 1
    assert done.stdout.endswith(" · 1 not tried (1 MUST)\n")
    assert "not tried  security  MUST: Whoever may only read cannot write." in done.stderr
    assert "Not green: 1 MUST could not be tried." in done.stderr
    assert server(target.base_url, *token, *words).exit_code == 0


def test_a_server_that_does_not_answer_ends_with_1() -> None:
    done = server("http://127.0.0.1:9/fhir", "--only", "versions")
    assert done.exit_code == 1
    assert "was not answered: ConnectError." in done.stderr
    assert "No MUST was met, so nothing is proven." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["example.org/fhir"], "starts with http:// or https://"),
        (["https://example.org/fhir", "--client-id", "x"], "go together"),
        (["https://example.org/fhir", "--notify-at", "ftp://x"], "starts with http://, as in"),
        (["https://example.org/fhir", "--only", "no-such-thing"], "The groups are rest, "),
    ],
)
def test_what_is_typed_wrongly_is_told_and_nothing_is_asked(
    arguments: list[str], told: str
) -> None:
    done = server(*arguments)
    assert isinstance(done.exception, Malformed)
    assert told in str(done.exception)
