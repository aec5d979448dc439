"""The kit can fail: each fault that is planted turns the check it is named with red."""

from collections.abc import Callable
from typing import Any

import pytest

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.run import run
from app.conformance.verdict import Outcome
from tests.conformance.proxy import Answered, Asked, Fault, Proxy


def _drop(*names: str) -> Fault:
    def answer(asked: Asked, answered: Answered) -> None:
        for name in names:
            answered.headers.pop(name, None)

    return Fault(answer=answer)


def _ignore_header(name: str) -> Fault:
    return Fault(ask=lambda asked: asked.headers.pop(name, None))


def _ignore(*names: str) -> Fault:
    return Fault(ask=lambda asked: asked.without(*names))


def _status(before: tuple[int, ...], after: int) -> Fault:
    def answer(asked: Asked, answered: Answered) -> None:
        if answered.status in before:
            answered.status = after

    return Fault(answer=answer)


def _replace(old: bytes, new: bytes) -> Fault:
    def answer(asked: Asked, answered: Answered) -> None:
        answered.body = answered.body.replace(old, new)

    return Fault(answer=answer)


def _bundle(change: Callable[[Any], None]) -> Fault:
    def answer(asked: Asked, answered: Answered) -> None:
        found = answered.json
        if found.get("resourceType") == "Bundle":
            change(found)
            answered.put(found)

    return Fault(answer=answer)


def _vread_current(asked: Asked) -> None:
    if "/_history/" in asked.path:
        asked.path = asked.path.split("/_history/")[0]


def _total(found: Any) -> None:
    if "total" in found:
        found["total"] += 1


def _loop(found: Any) -> None:
    for link in found.get("link") or ():
        if link["relation"] == "next":
            link["url"] = next(one["url"] for one in found["link"] if one["relation"] == "self")


def _reverse_history(found: Any) -> None:
    if found["type"] == "history":
        found["entry"].reverse()


def _leak(found: Any) -> None:
    if found["type"] == "searchset":
        leaked = {"resourceType": "Patient", "id": "somebody-else"}
        found.setdefault("entry", []).append({"resource": leaked, "search": {"mode": "include"}})


def _keep_deleted(asked: Asked, forward: Callable[[Asked], Answered]) -> Answered | None:
    return Answered(204, {}, b"") if asked.method == "DELETE" else None


def _lost_location(asked: Asked, answered: Answered) -> None:
    if answered.status == 201:
        place = answered.headers["location"].split("/_history/")[0]
        answered.headers["location"] = place.rsplit("/", 1)[0] + "/nowhere-at-all"


def _by_halves(asked: Asked, forward: Callable[[Asked], Answered]) -> Answered | None:
    """Writes what is right of a transaction, and then refuses the whole."""
    if b'"transaction"' not in asked.body:
        return None
    asked.body = asked.body.replace(b'"transaction"', b'"batch"')
    refused = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
    answered = forward(asked)
    if b'"4' in answered.body:
        answered.status = 400
        answered.put(refused)
    return answered


def _everyone_is_the_first() -> Fault:
    """Takes whoever comes, with another token or none, for the caller who came first."""
    first: list[str] = []

    def ask(asked: Asked) -> None:
        if given := asked.headers.get("authorization"):
            first.append(given)
        if first:
            asked.headers["authorization"] = first[0]

    return Fault(ask=ask)


FAULTS: dict[str, tuple[str, Fault]] = {
    "drops the ETag": ("a_read_tells_its_version_in_the_etag", _drop("etag")),
    "drops Last-Modified": ("a_read_tells_when_it_was_last_changed", _drop("last-modified")),
    "drops Location": ("a_create_answers_201_with_the_location", _drop("location")),
    "drops WWW-Authenticate": ("a_401_says_how_to_sign_in", _drop("www-authenticate")),
    "lets answers be kept": (
        "an_answer_about_a_person_is_not_kept_on_the_way",
        _drop("cache-control"),
    ),
    "drops Content-Type": ("an_answer_says_that_it_is_fhir_json", _drop("content-type")),
    "ignores If-Match": ("an_update_of_an_old_version_is_412", _ignore_header("if-match")),
    "ignores If-None-Match": (
        "a_read_of_the_known_version_is_304",
        _ignore_header("if-none-match"),
    ),
    "ignores If-None-Exist": (
        "a_conditional_create_makes_only_one",
        _ignore_header("if-none-exist"),
    ),
    "ignores Prefer": (
        "a_write_gives_the_representation_that_is_preferred",
        _ignore_header("prefer"),
    ),
    "ignores _sort": ("a_sort_puts_what_is_found_in_order", _ignore("_sort")),
    "ignores the date": ("a_date_search_heeds_its_prefixes", _ignore("date")),
    "ignores _elements": ("elements_gives_those_and_says_so", _ignore("_elements")),
    "ignores _summary": ("a_count_alone_holds_no_entries", _ignore("_summary")),
    "ignores _count": ("the_pages_hold_everything_once", _ignore("_count")),
    "ignores _include": (
        "an_include_brings_what_is_referred_to_and_nothing_else",
        _ignore("_include"),
    ),
    "ignores the identifier": ("a_token_search_finds_by_system_and_code", _ignore("identifier")),
    "answers the unknown with everything": (
        "an_unknown_parameter_is_not_answered_with_everything",
        _ignore("parameter-that-no-server-knows"),
    ),
    "answers 200 for what is absent": (
        "a_read_of_an_id_that_never_was_is_404",
        _status((404,), 200),
    ),
    "answers 200 for what is wrong": ("malformed_json_is_400", _status((400, 422), 200)),
    "answers 200 for a create": ("a_create_answers_201_with_the_location", _status((201,), 200)),
    "answers 500": ("no_error_shows_the_inside_of_the_server", _status((400, 404, 422), 500)),
    "loses a decimal's digits": (
        "a_decimal_keeps_the_digits_it_was_written_with",
        _replace(b"1.10", b"1.1"),
    ),
    "loses what is not ASCII": (
        "words_in_any_script_come_back_as_written",
        _replace("🌊".encode(), b"?"),
    ),
    "gives the current version for an old one": (
        "an_old_version_can_still_be_read",
        Fault(ask=_vread_current),
    ),
    "leaves what was deleted": (
        "what_was_deleted_can_no_longer_be_read",
        Fault(instead=_keep_deleted),
    ),
    "counts wrongly": ("the_total_is_right", _bundle(_total)),
    "leads next links round": ("the_pages_hold_everything_once", _bundle(_loop)),
    "turns a history round": (
        "a_history_has_every_version_newest_first",
        _bundle(_reverse_history),
    ),
    "accepts no token": ("a_request_without_a_token_is_401", _everyone_is_the_first()),
    "accepts a made-up token": ("a_made_up_token_is_401", _everyone_is_the_first()),
    "shows all to the second caller": (
        "another_person_s_record_cannot_be_read",
        _everyone_is_the_first(),
    ),
    "lets the second caller find": (
        "another_person_s_record_cannot_be_found",
        _everyone_is_the_first(),
    ),
    "leads to a wrong Location": (
        "the_location_of_a_create_can_be_read",
        Fault(answer=_lost_location),
    ),
    "writes half a transaction": ("a_transaction_is_all_or_nothing", Fault(instead=_by_halves)),
    "leaks an include": ("an_include_brings_what_is_referred_to_and_nothing_else", _bundle(_leak)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_turns_its_check_red(
    fault: str, through_proxy: Target, proxy: Proxy
) -> None:
    named, proxy.fault = FAULTS[fault]
    [verdict] = [
        one
        for one in run(through_proxy, requirements([named])).verdicts
        if one.requirement.id == named
    ]
    assert verdict.outcome is Outcome.FAILED, verdict.reason
