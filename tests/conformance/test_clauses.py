"""Every clause that is cited is one that was looked up: its page, and its anchor on it."""

import pytest

from app.conformance.checks import requirements
from app.conformance.client_scenarios import SCENARIOS
from app.conformance.requirement import GUIDE, R4, SMART
from tests.conformance.test_third_party import EXAMPLES

# The anchors that these pages of R4 (4.0.1) have; an empty one is the page itself.
ANCHORS_BY_PAGE = {
    "bundle.html": {"bundle-unique"},
    "capabilitystatement.html": {""},
    "datatypes.html": {"decimal", "string"},
    "extensibility.html": {""},
    "http.html": {
        *("", "Status-Codes", "brules", "capabilities", "ccreate", "concurrency", "cond-update"),
        *("cread", "create", "delete", "history", "mime-type", "ops", "paging", "parameters"),
        *("patch", "read", "search", "transaction-response", "trules", "update", "upsert"),
        "vread",
    },
    "operationoutcome.html": {""},
    "resource.html": {"profile-tags"},
    "search.html": {
        *("Introduction", "all", "chaining", "combining", "composite", "conformance", "date"),
        *("elements", "errors", "has", "include", "modifiers", "number", "prefix", "quantity"),
        *("reference", "revinclude", "sort", "string", "summary", "token", "total", "uri"),
    },
    "subscription.html": {""},
    "task.html": {"", "statemachine"},
    "terminologies.html": {"required"},
    "validation.html": {""},
}
OTHERS = {
    f"{SMART}scopes-and-launch-context.html",
    "https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/",
}
# Sections of RFCs, which never change.
RFC = "https://www.rfc-editor.org/rfc/rfc"
SECTIONS = {
    *("6585#section-4", "6750#section-2.1", "6750#section-3", "6750#section-3.1"),
    *("8725#section-3", "9110#section-8.4", "9110#section-9.2.2", "9110#section-9.3.2"),
    *("9110#section-10.2.3", "9110#section-15.5.6", "9110#section-15.5.16"),
}
CLAUSES = sorted(
    {one.clause for one in requirements(examples=EXAMPLES)}
    | {one.clause for scenario in SCENARIOS for one in scenario.requirements}
)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_is_one_that_was_looked_up(clause: str) -> None:
    if clause.startswith(R4):
        page, _, anchor = clause.removeprefix(R4).partition("#")
        assert anchor in ANCHORS_BY_PAGE[page]
    elif clause.startswith(RFC):
        assert clause.removeprefix(RFC) in SECTIONS
    else:
        assert clause in OTHERS or clause.startswith(f"{GUIDE}#")


def test_no_anchor_is_kept_that_nobody_cites() -> None:
    cited = {clause.removeprefix(R4) for clause in CLAUSES if clause.startswith(R4)}
    kept = {
        f"{page}#{anchor}" if anchor else page
        for page, anchors in ANCHORS_BY_PAGE.items()
        for anchor in anchors
    }
    assert kept == cited
