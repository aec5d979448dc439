"""Versions and concurrency: ETag, If-Match, If-None-Match, vread and history.

Spec: https://hl7.org/fhir/R4/http.html#concurrency, https://hl7.org/fhir/R4/http.html#history
"""

from email.utils import parsedate_to_datetime

from app.conformance.bench import Bench, address, history_entries
from app.conformance.exchange import Answer
from app.conformance.made_up import Kind
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json


def a_read_tells_its_version_in_the_etag(bench: Bench) -> None:
    kind = _versioned(bench)
    answer = bench.read(address(bench.make(kind)))
    etag = answer.headers.get("etag")
    expect(etag, "A read has no ETag.")
    version = (answer.json.get("meta") or {}).get("versionId")
    expect(version, "A read has no meta.versionId.")
    expect(etag == f'W/"{version}"', f'The ETag is {etag}; meta.versionId wants W/"{version}".')


def a_read_tells_when_it_was_last_changed(bench: Bench) -> None:
    kind = _versioned(bench)
    answer = bench.read(address(bench.make(kind)))
    expect((answer.json.get("meta") or {}).get("lastUpdated"), "A read has no meta.lastUpdated.")
    said = answer.headers.get("last-modified")
    expect(said, "A read has no Last-Modified.")
    parsedate_to_datetime(str(said))


def an_update_makes_a_new_version(bench: Bench) -> None:
    kind = _versioned(bench, "update")
    made = bench.make(kind)
    _update(bench, made, kind, 1).must_be(200, when="Updating")
    versions = {_version(made), _version(bench.read(address(made)).json)}
    expect(len(versions) == 2, "After an update, meta.versionId is the same.")


def an_update_of_the_current_version_is_taken(bench: Bench) -> None:
    kind = _matched(bench)
    made = bench.make(kind)
    answer = _update(bench, made, kind, 1, version=_version(made))
    answer.must_be(200, when="Updating with the current version in If-Match")


def an_update_of_an_old_version_is_412(bench: Bench) -> None:
    kind = _matched(bench)
    made = bench.make(kind)
    _update(bench, made, kind, 1).must_be(200, when="Updating")
    answer = _update(bench, made, kind, 2, version=_version(made))
    answer.must_be(412, when="Updating with an old version in If-Match")
    found = bench.read(address(made)).json
    expect(found.get(kind.element) == kind.values[1], "An update refused by If-Match was made.")


def an_old_version_can_still_be_read(bench: Bench) -> None:
    kind = _versioned(bench, "update", "vread")
    made = bench.make(kind)
    _update(bench, made, kind, 1).must_be(200, when="Updating")
    found = bench.read(f"{address(made)}/_history/{_version(made)}").json
    expect(_version(found) == _version(made), "vread gives another version than was asked for.")
    expect(found.get(kind.element) == kind.values[0], "vread gives what a later version holds.")


def a_version_that_never_was_is_404(bench: Bench) -> None:
    kind = _versioned(bench, "vread")
    place = address(bench.make(kind))
    answer = bench.caller.ask("GET", f"{place}/_history/999999")
    answer.must_be(404, when="Reading a version that never was")


def a_history_has_every_version_newest_first(bench: Bench) -> None:
    kind = _versioned(bench, "update", "history-instance")
    made = bench.make(kind)
    for which in (1, 2):
        _update(bench, made, kind, which).must_be(200, when="Updating")
    values = [
        (entry.get("resource") or {}).get(kind.element) for entry in _history(bench, address(made))
    ]
    expect(
        set(values) == set(kind.values) and len(values) == 3,
        f"After two updates a history has {len(values)} entries, or not those that were made.",
    )
    expect(values == list(reversed(kind.values)), "A history is not in order, the newest first.")


def each_entry_of_a_history_tells_what_was_asked(bench: Bench) -> None:
    kind = _versioned(bench, "update", "history-instance")
    made = bench.make(kind)
    _update(bench, made, kind, 1).must_be(200, when="Updating")
    for entry in _history(bench, address(made)):
        request = entry.get("request") or {}
        method = request.get("method")
        expect(method in ("POST", "PUT", "DELETE", "PATCH"), "An entry has no request.method.")
        expect(request.get("url"), "An entry of a history has no request.url.")


def a_history_tells_that_something_was_deleted(bench: Bench) -> None:
    kind = _versioned(bench, "delete", "history-instance")
    place = address(bench.make(kind))
    bench.caller.ask("DELETE", place).must_be(200, 202, 204, when="Deleting")
    answer = bench.caller.ask("GET", f"{place}/_history")
    if answer.status in (404, 410):
        raise NotOffered("The server shows no history of what was deleted.")
    newest = (answer.json.get("entry") or [{}])[0]
    method = (newest.get("request") or {}).get("method")
    expect(method == "DELETE", "The newest entry of a deleted resource's history is no DELETE.")
    expect("resource" not in newest, "A history's entry of a deletion holds a resource.")


def a_read_of_the_known_version_is_304(bench: Bench) -> None:
    kind = _conditional(bench, "not-match")
    place = address(bench.make(kind))
    etag = bench.read(place).headers.get("etag")
    expect(etag, "A read has no ETag.")
    answer = bench.caller.ask("GET", place, headers={"If-None-Match": str(etag)})
    answer.must_be(304, when="Reading with the known version in If-None-Match")
    expect(not answer.content, "An answer of 304 has a body.")


def a_read_with_another_version_known_is_200(bench: Bench) -> None:
    kind = _conditional(bench, "not-match")
    place = address(bench.make(kind))
    answer = bench.caller.ask("GET", place, headers={"If-None-Match": 'W/"kit-unknown"'})
    answer.must_be(200, when="Reading with another version in If-None-Match")


def a_read_of_what_has_not_changed_since_is_304(bench: Bench) -> None:
    kind = _conditional(bench, "modified-since")
    place = address(bench.make(kind))
    moment = bench.read(place).headers.get("last-modified")
    expect(moment, "A read has no Last-Modified.")
    answer = bench.caller.ask("GET", place, headers={"If-Modified-Since": str(moment)})
    answer.must_be(304, when="Reading with the moment of the last change in If-Modified-Since")


def _versioned(bench: Bench, *interactions: str) -> Kind:
    kind = bench.kind(*interactions)
    bench.claims.says(kind.type, "versioning")
    return kind


def _matched(bench: Bench) -> Kind:
    return _versioned(bench, "update")


def _conditional(bench: Bench, form: str) -> Kind:
    kind = bench.kind()
    if bench.claims.says(kind.type, "conditionalRead") not in (form, "full-support"):
        raise NotOffered(f"The server does not claim to read on the condition {form}.")
    return kind


def _version(resource: Json) -> str:
    return str((resource.get("meta") or {}).get("versionId"))


def _update(bench: Bench, made: Json, kind: Kind, which: int, version: str | None = None) -> Answer:
    headers = {} if version is None else {"If-Match": f'W/"{version}"'}
    changed = made | {kind.element: kind.values[which]}
    return bench.caller.ask("PUT", address(made), changed, headers=headers)


def _history(bench: Bench, place: str) -> list[Json]:
    return history_entries(bench.read(f"{place}/_history").json)


REQUIREMENTS = rows(
    Group.VERSIONS,
    (
        (MUST, R4 + "http.html#read", a_read_tells_its_version_in_the_etag),
        (SHOULD, R4 + "http.html#read", a_read_tells_when_it_was_last_changed),
        (MUST, R4 + "http.html#update", an_update_makes_a_new_version),
        (MUST, R4 + "http.html#concurrency", an_update_of_the_current_version_is_taken),
        (MUST, R4 + "http.html#concurrency", an_update_of_an_old_version_is_412),
        (MUST, R4 + "http.html#vread", an_old_version_can_still_be_read),
        (MUST, R4 + "http.html#vread", a_version_that_never_was_is_404),
        (MUST, R4 + "http.html#history", a_history_has_every_version_newest_first),
        (MUST, R4 + "http.html#history", each_entry_of_a_history_tells_what_was_asked),
        (SHOULD, R4 + "http.html#history", a_history_tells_that_something_was_deleted),
        (MUST, R4 + "http.html#cread", a_read_of_the_known_version_is_304),
        (MUST, R4 + "http.html#cread", a_read_with_another_version_known_is_200),
        (MUST, R4 + "http.html#cread", a_read_of_what_has_not_changed_since_is_304),
    ),
)
