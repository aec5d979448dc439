"""The kit gives a sensible report on a server that is not ours.

What is asserted of FHIRStarter here is what it does, in the version that is locked; it is no
judgement of it: our small server leaves out most of what can be made with it.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.reports import write
from app.conformance.requirement import GUIDE, R4
from app.conformance.run import Report, Verdict, run
from app.conformance.server_account import account_of
from app.conformance.verdict import MUST, Outcome
from tests.papers import ROOT, read

HERE = Path(__file__).parent / "third_party"
PACKAGES = Path(sys.prefix) / "third-party"
EXAMPLES = ROOT / "fhir_profiles" / "examples" / "profiles"
LOCK = read("tests/conformance/third_party/requirements.lock")

WRONG = {
    "the_capability_statement_is_of_r4_and_whole": "The server speaks FHIR 4.3.0, and not R4",
    "an_id_finds_that_one": "_id found",
    "a_code_that_r4_does_not_have_is_refused": "it was 201",
    "an_update_without_an_id_in_its_body_is_refused": "it was 200",
    "an_unknown_parameter_is_not_answered_with_everything": "it was 200",
    "an_answer_about_a_person_is_not_kept_on_the_way": "Cache-Control",
}
RIGHT = (
    "a_create_answers_201_with_the_location",
    "a_read_gives_what_was_created",
    "a_read_of_an_id_that_never_was_is_404",
    "an_update_replaces_the_whole_resource",
    "what_was_deleted_can_no_longer_be_read",
    "malformed_json_is_400",
    "a_value_of_the_wrong_type_is_refused",
)
NOT_CLAIMED = (
    "a_json_patch_changes_only_what_it_names",
    "a_conditional_create_makes_only_one",
    "an_update_of_an_old_version_is_412",
    "a_history_has_every_version_newest_first",
    "a_date_search_heeds_its_prefixes",
    "a_transaction_is_all_or_nothing",
    "a_goal_in_a_person_s_own_words_needs_no_diagnosis",
    "profile_person_stated_goal_takes_its_right_examples",
    "a_subscription_is_taken_as_requested_and_not_more",
)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": str(PACKAGES),
        "PYTHONWARNINGS": "ignore",
        "FHIR_SEQUENCE": "R4B",
    }
    command = [sys.executable, str(HERE / "server.py"), str(port)]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603  (our own file)
        try:
            yield _answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def report(base_url: str) -> Report:
    return run(Target(base_url), requirements(examples=EXAMPLES))


@pytest.fixture(scope="module")
def verdicts(report: Report) -> dict[str, Verdict]:
    return {one.requirement.id: one for one in report.verdicts}


def test_every_requirement_has_a_verdict_and_the_run_is_not_green(report: Report) -> None:
    assert len(report.verdicts) == len(requirements(examples=EXAMPLES))
    assert not report.is_green
    assert report.left == ()


@pytest.mark.parametrize("named", RIGHT)
def test_what_it_does_rightly_is_passed(named: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[named].outcome is Outcome.PASSED, verdicts[named].reason


@pytest.mark.parametrize("named", WRONG)
def test_what_it_does_wrongly_is_told_with_the_clause(
    named: str, verdicts: dict[str, Verdict]
) -> None:
    verdict = verdicts[named]
    assert verdict.outcome is Outcome.FAILED
    assert WRONG[named] in verdict.reason
    assert verdict.requirement.clause.startswith((R4, GUIDE + "#"))


@pytest.mark.parametrize("named", NOT_CLAIMED)
def test_what_it_does_not_claim_is_not_offered(named: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[named].outcome is Outcome.NOT_OFFERED
    assert verdicts[named].reason.startswith("The server does not claim ")


def test_no_failure_is_for_want_of_a_form_that_the_kit_can_read(report: Report) -> None:
    strange = "The answer is not of the form"
    assert [one.requirement.id for one in report.verdicts if one.reason.startswith(strange)] == []


def test_what_takes_a_token_was_not_tried_and_is_told_so(report: Report) -> None:
    untried = [one for one in report.verdicts if one.outcome is Outcome.NOT_TRIED]
    assert report.count(Outcome.NOT_TRIED, MUST) > 10
    assert all("give --" in one.reason for one in untried)


def test_the_reports_are_written_and_name_the_clauses(report: Report, tmp_path: Path) -> None:
    text_by_name = {
        path.name: path.read_text(encoding="utf-8") for path in write(account_of(report), tmp_path)
    }
    assert text_by_name["badge.txt"].startswith("what matters conformance: red · MUST ")
    for verdict in report.verdicts:
        if verdict.outcome is Outcome.FAILED and verdict.requirement.strength is MUST:
            for name in ("report.html", "junit.xml", "TestReport.json"):
                assert verdict.requirement.clause in text_by_name[name]


def test_its_packages_are_locked_by_hashes_and_none_is_ours() -> None:
    names = re.findall(r"^(\w\S*)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}\b", LOCK, re.MULTILINE)
    assert names == re.findall(r"^(\w\S*)==", LOCK, re.MULTILINE)
    assert "fhirstarter" in names
    ours = set(re.findall(r"^(\w\S*)==", read("requirements.lock"), re.MULTILINE))
    assert ours.isdisjoint(names)


def _answering(base_url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{base_url}/metadata").status_code == 200:
                return base_url
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server that is not ours did not start; `make install` installs it")
