"""The paper that says what it all means says what the code does."""

import re

from app.what_matters.request_for_help import STEPS, State, state_of
from tests.papers import read
from tests.what_matters.test_request_for_help import task

ONE_PLACE = frozenset(("draft", "requested", "received", "accepted", "in-progress", "on-hold"))
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def rows() -> dict[str, tuple[str, str]]:
    """(FHIR status, what may come next) by where a request is."""
    table = read("docs/what-it-means.md").partition("## A request for help")[2]
    found = {}
    for where, status, following in ROW.findall(table):
        for one in where.split(", "):
            found[one.strip()] = (status.strip(), following.strip())
    return found


def test_every_place_that_a_request_can_be_at_is_in_the_table() -> None:
    assert set(State) - {State.MISTAKE} <= rows().keys()


def test_what_may_come_next_is_what_the_code_allows() -> None:
    for state in State:
        if state is State.MISTAKE:
            continue
        allowed = {move.value for move, step in STEPS.items() if state in step.starts}
        told = rows()[state.value][1]
        assert allowed == (set() if told.startswith("nothing") else set(told.split(", ")))


def test_a_status_is_read_as_the_place_that_the_table_says() -> None:
    for where, (statuses, _) in rows().items():
        if (status := statuses.partition(",")[0]) in ONE_PLACE:
            assert state_of(task(status)) == where
