"""Free choices (MAY): what R4 allows a server to do, and does not oblige it to.

Whoever leaves one out, or answers as if it had not been asked, does not offer it; only what is done
wrongly fails. None of this decides whether a run is green.

Spec: https://hl7.org/fhir/R4/http.html#parameters, https://hl7.org/fhir/R4/search.html#summary
"""

from uuid import uuid4

from app.conformance.bench import (
    Bench,
    address,
    history_entries,
    is_subsetted,
    link_of,
    matches,
    searchset,
)
from app.conformance.exchange import Answer, Params
from app.conformance.made_up import NARRATIVE, Kind
from app.conformance.requirement import R4, Group, row
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MAY
from app.fhir.resource_types import Json

_RFC = "https://www.rfc-editor.org/rfc/rfc9110"
_NOT_TAKEN = (405, 501)


# REST basics


def a_head_request_answers_as_a_read_without_its_body(bench: Bench) -> None:
    place = address(bench.make(bench.kind()))
    head, read = bench.caller.ask("HEAD", place), bench.read(place)
    if head.status in _NOT_TAKEN:
        raise NotOffered("The server does not take HEAD.")
    head.must_be(200, when="Asked with HEAD")
    expect(
        head.headers.get("etag") == read.headers.get("etag"),
        "HEAD and GET of the same resource tell different versions.",
    )


def a_head_request_for_what_never_was_is_answered_as_a_read(bench: Bench) -> None:
    place = f"{bench.kind().type}/{uuid4().hex}"
    head, read = bench.caller.ask("HEAD", place), bench.caller.ask("GET", place)
    if head.status in _NOT_TAKEN:
        raise NotOffered("The server does not take HEAD.")
    expect(
        head.status == read.status,
        f"For what never was, HEAD is answered with {head.status} and GET with {read.status}.",
    )


def a_compressed_answer_says_so_and_is_whole(bench: Bench) -> None:
    place = address(bench.make(bench.kind()))
    answer = bench.caller.ask("GET", place, headers={"Accept-Encoding": "gzip"})
    if "gzip" not in answer.headers.get("content-encoding", ""):
        raise NotOffered("The server does not compress so short an answer.")
    plain = bench.caller.ask("GET", place, headers={"Accept-Encoding": "identity"})
    expect(answer.json == plain.json, "A compressed answer differs from one that is not.")


def a_read_can_be_pretty_and_says_the_same(bench: Bench) -> None:
    place = address(bench.make(bench.kind()))
    plain, pretty = bench.read(place), _asked(bench, place, {"_pretty": "true"})
    if pretty.content == plain.content:
        raise NotOffered("With _pretty=true the answer is as without it.")
    expect(pretty.json == plain.json, "With _pretty=true the answer says something else.")


def a_read_can_give_the_text_alone(bench: Bench) -> None:
    kind, place = _with_narrative(bench)
    found = _part(bench, place, {"_summary": "text"}, without=kind.element)
    expect(found.get("text"), "_summary=text leaves the text out.")
    mandatory = ("status", "code") if kind.type == "Observation" else ()
    lost = [name for name in mandatory if name not in found]
    expect(not lost, f"_summary=text leaves out what must be there: {', '.join(lost)}.")


def a_read_can_give_the_data_without_the_text(bench: Bench) -> None:
    kind, place = _with_narrative(bench)
    found = _part(bench, place, {"_summary": "data"}, without="text")
    expect(kind.element in found, "_summary=data leaves out more than the text.")


def a_read_can_give_the_elements_that_are_asked_for(bench: Bench) -> None:
    kind = bench.kind()
    place = address(bench.make(kind))
    found = _part(bench, place, {"_elements": "identifier"}, without=kind.element)
    expect("identifier" in found, "_elements=identifier leaves the identifier out.")


# Versions and concurrency


def a_known_old_version_can_be_answered_with_304(bench: Bench) -> None:
    kind = bench.kind("vread")
    made = bench.make(kind)
    place = f"{address(made)}/_history/{made['meta']['versionId']}"
    etag = bench.read(place).headers.get("etag")
    if not etag:
        raise NotOffered("The server tells no ETag of an old version.")
    answer = bench.caller.ask("GET", place, headers={"If-None-Match": str(etag)})
    if answer.status == 200:
        raise NotOffered("The server gives the whole of a version that is known.")
    answer.must_be(304, when="Reading an old version that is known")
    expect(not answer.content, "An answer of 304 has a body.")


def a_history_can_be_asked_for_so_many_at_a_time(bench: Bench) -> None:
    place = _changed_once(bench)
    first = _asked(bench, f"{place}/_history", {"_count": "1"}).json
    expect(len(history_entries(first)) <= 1, "With _count=1 a history gives more than one entry.")
    pages = [first]
    while (link := link_of(pages[-1], "next")) is not None and len(pages) < 4:
        pages.append(bench.caller.ask("GET", link).must_be(200, when="Following a link").json)
    found = [one for page in pages for one in history_entries(page)]
    expect(len(found) == 2, f"A history of two entries has {len(found)} on its pages.")


def a_history_can_be_asked_for_what_came_since(bench: Bench) -> None:
    place = f"{_changed_once(bench)}/_history"
    for since, wanted in (("2000-01-01T00:00:00Z", 2), ("2999-01-01T00:00:00Z", 0)):
        found = history_entries(_asked(bench, place, {"_since": since}).json)
        expect(len(found) == wanted, f"_since={since} gives {len(found)} entries, not {wanted}.")


# Search


def elements_gives_those_and_says_so(bench: Bench) -> None:
    kind, made = bench.three
    scope = [*bench.scoped(kind, made), ("_elements", "identifier")]
    unasked = "valueQuantity" if kind.type == "Observation" else "birthDate"
    for one in matches(bench.search_if_known(kind.type, scope)):
        if unasked in one:
            raise NotOffered("With _elements the server gives the whole.")
        expect("identifier" in one, "_elements leaves out what was asked for.")
        expect(is_subsetted(one), "What _elements gives is not marked as SUBSETTED.")


def a_count_alone_can_be_asked_for_and_is_right(bench: Bench) -> None:
    kind, made = bench.three
    scope = bench.scoped(kind, made)
    found = bench.search_if_known(kind.type, [*scope, ("_summary", "count")])
    if found.get("entry"):
        raise NotOffered("With _summary=count the server gives entries.")
    there = len(bench.ids(kind.type, scope))
    expect(
        found.get("total") == there,
        f"_summary=count says {found.get('total', 'nothing')}; there are {there}.",
    )


def an_estimate_of_the_total_can_be_asked_for(bench: Bench) -> None:
    kind, made = bench.three
    scope = [*bench.scoped(kind, made), ("_total", "estimate"), ("_count", "2")]
    answer = _asked(bench, kind.type, scope)
    found = searchset(answer)
    if "total" not in found:
        raise NotOffered("The server estimates no total.")
    here = len(matches(found))
    expect(
        found["total"] >= here,
        f"The total is estimated as {found['total']}, and {here} are on the first page.",
    )


def _asked(bench: Bench, place: str, params: Params) -> Answer:
    """The answer; a refusal (400 to 499) means not offered."""
    answer = bench.caller.ask("GET", place, params=params)
    if 400 <= answer.status < 500:
        raise NotOffered("The server refuses to be asked so.")
    return answer.must_be(200, when="Asked for what R4 allows")


def _part(bench: Bench, place: str, params: dict[str, str], *, without: str) -> Json:
    """A part of a resource, which has to say that it is one. without: an element not in it."""
    found = _asked(bench, place, params).json
    [(name, value)] = params.items()
    if without in found:
        raise NotOffered(f"With {name}={value} the server gives the whole.")
    expect(is_subsetted(found), f"What {name}={value} gives is not marked as SUBSETTED.")
    return found


def _with_narrative(bench: Bench) -> tuple[Kind, str]:
    kind = bench.kind()
    made = bench.create(bench.body(kind) | {"text": NARRATIVE})
    if "text" not in made:
        raise NotOffered("The server keeps no narrative.")
    return kind, address(made)


def _changed_once(bench: Bench) -> str:
    kind = bench.kind("update", "history-instance")
    made = bench.make(kind)
    changed = made | {kind.element: kind.values[1]}
    bench.caller.ask("PUT", address(made), changed).must_be(200, when="Updating")
    return address(made)


REQUIREMENTS = tuple(
    row(group, MAY, clause, check)
    for group, clause, check in (
        (Group.REST, f"{_RFC}#section-9.3.2", a_head_request_answers_as_a_read_without_its_body),
        (
            Group.REST,
            f"{_RFC}#section-9.3.2",
            a_head_request_for_what_never_was_is_answered_as_a_read,
        ),
        (Group.REST, f"{_RFC}#section-8.4", a_compressed_answer_says_so_and_is_whole),
        (Group.REST, R4 + "http.html#parameters", a_read_can_be_pretty_and_says_the_same),
        (Group.REST, R4 + "search.html#summary", a_read_can_give_the_text_alone),
        (Group.REST, R4 + "search.html#summary", a_read_can_give_the_data_without_the_text),
        (Group.REST, R4 + "search.html#elements", a_read_can_give_the_elements_that_are_asked_for),
        (Group.VERSIONS, R4 + "http.html#cread", a_known_old_version_can_be_answered_with_304),
        (Group.VERSIONS, R4 + "http.html#history", a_history_can_be_asked_for_so_many_at_a_time),
        (Group.VERSIONS, R4 + "http.html#history", a_history_can_be_asked_for_what_came_since),
        (Group.SEARCH, R4 + "search.html#elements", elements_gives_those_and_says_so),
        (Group.SEARCH, R4 + "search.html#summary", a_count_alone_can_be_asked_for_and_is_right),
        (Group.SEARCH, R4 + "search.html#total", an_estimate_of_the_total_can_be_asked_for),
    )
)
