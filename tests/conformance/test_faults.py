"""The kit can fail: each fault that is planted turns the check it is named with red."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.run import run
from app.conformance.verdict import MAY, Outcome
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


def _on_query(name: str, change: Callable[[Any], Any]) -> Fault:
    """Changes the resource that is answered when a parameter was asked with."""

    def answer(asked: Asked, answered: Answered) -> None:
        if any(given == name for given, _ in asked.query) and (found := answered.json):
            change(found)
            answered.put(found)

    return Fault(answer=answer)


def _bare(found: Any) -> None:
    for name in set(found) - {"resourceType", "id", "meta"}:
        del found[name]


def _on_head(change: Callable[[Answered], Any]) -> Fault:
    def answer(asked: Asked, answered: Answered) -> None:
        if asked.method == "HEAD":
            change(answered)

    return Fault(answer=answer)


def _gzip(asked: Asked, answered: Answered) -> None:
    if asked.is_read() and asked.headers.get("accept-encoding") == "gzip":
        answered.put(answered.json | {"language": "en"})
        answered.body = gzip.compress(answered.body)
        answered.headers["content-encoding"] = "gzip"


def _no_post_search(asked: Asked, answered: Answered) -> None:
    if asked.path.endswith("/_search"):
        answered.status = 405


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
    "does not mark a part": (
        "elements_gives_those_and_says_so",
        _replace(b'"SUBSETTED"', b'"WHOLE"'),
    ),
    "does not mark a summary": (
        "a_summary_says_that_it_is_one",
        _replace(b'"SUBSETTED"', b'"WHOLE"'),
    ),
    "does not mark a text": (
        "a_read_can_give_the_text_alone",
        _replace(b'"SUBSETTED"', b'"WHOLE"'),
    ),
    "gives a text without what must be there": (
        "a_read_can_give_the_text_alone",
        _on_query("_summary", lambda found: found.pop("status", None)),
    ),
    "gives data without its data": (
        "a_read_can_give_the_data_without_the_text",
        _on_query("_summary", _bare),
    ),
    "gives other elements than are asked for": (
        "a_read_can_give_the_elements_that_are_asked_for",
        _on_query("_elements", lambda found: found.pop("identifier", None)),
    ),
    "changes what it makes pretty": (
        "a_read_can_be_pretty_and_says_the_same",
        _on_query("_pretty", lambda found: found.update(language="en")),
    ),
    "tells no version to HEAD": (
        "a_head_request_answers_as_a_read_without_its_body",
        _on_head(lambda answered: answered.headers.pop("etag")),
    ),
    "answers HEAD with 200": (
        "a_head_request_for_what_never_was_is_answered_as_a_read",
        _on_head(lambda answered: setattr(answered, "status", 200)),
    ),
    "compresses another answer": ("a_compressed_answer_says_so_and_is_whole", Fault(answer=_gzip)),
    "answers a known version with 412": (
        "a_known_old_version_can_be_answered_with_304",
        _status((304,), 412),
    ),
    "gives the whole history at once": (
        "a_history_can_be_asked_for_so_many_at_a_time",
        _ignore("_count"),
    ),
    "gives a history from its beginning": (
        "a_history_can_be_asked_for_what_came_since",
        _ignore("_since"),
    ),
    "counts alone wrongly": ("a_count_alone_can_be_asked_for_and_is_right", _bundle(_total)),
    "estimates too little": (
        "an_estimate_of_the_total_can_be_asked_for",
        _on_query("_total", lambda found: found.update(total=0)),
    ),
    "searches by GET alone": ("a_search_by_post_finds_the_same", Fault(answer=_no_post_search)),
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


def test_every_free_choice_can_be_made_wrongly() -> None:
    free = {one.id for one in requirements() if one.strength is MAY}
    assert len(free) > 10
    assert free <= {named for named, _ in FAULTS.values()}


@pytest.mark.parametrize("ignored", ["_elements", "_summary", "_pretty"])
def test_a_server_that_makes_no_use_of_its_choices_is_green(
    ignored: str, through_proxy: Target, proxy: Proxy
) -> None:
    proxy.fault = _ignore(ignored)
    report = run(through_proxy, requirements(["rest", "search"]))
    failed = [one.requirement.id for one in report.verdicts if one.outcome is Outcome.FAILED]
    assert failed == []
    assert report.is_green


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
