"""Searches read from query strings: splitting, result parameters, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Malformed, NotSupported, Refusal, TooCostly
from app.fhir.query_string import Codes, Limits, parse, split
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Has, InList, Match, Query

BASE = "https://record.example.org/fhir"


def value_sets(url: str) -> Codes | None:
    return {"http://example.org/vs": [("http://example.org/cs", "a")]}.get(url)


def read(
    type_name: str | None,
    query: str,
    *,
    lenient: bool = False,
    limits: Limits | None = None,
    compartment: str | None = None,
) -> Query:
    return parse(
        type_name,
        split(query),
        fhir_base=BASE,
        lenient=lenient,
        limits=limits or Limits(),
        compartment=compartment,
        value_sets=value_sets,
    )


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("", []),
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a=1&&b", [("a", "1"), ("b", "")]),
        ("name=Zo%C3%AB+A%2BB", [("name", "Zoë A+B")]),
        ("a%3Ab=c=d", [("a:b", "c=d")]),
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        ("name=Zoë", [("name", "Zoë")]),
    ],
)
def test_a_query_string_is_split_and_decoded(
    raw: str | bytes, pairs: list[tuple[str, str]]
) -> None:
    assert split(raw) == pairs


@pytest.mark.parametrize(
    "raw", ["a=%", "a=%4", "a=%GG", "a=%FF", "a=%ED%A0%80", "a=%00", "a=\ud800"]
)
def test_a_query_string_that_is_not_utf_8_is_malformed(raw: str) -> None:
    with pytest.raises(Malformed):
        split(raw)


def test_conditions_are_and_ed_in_the_order_they_came() -> None:
    query = read("Goal", "patient=Patient/x&lifecycle-status=active&patient=Patient/y")
    assert query.types == ("Goal",)
    codes = [clause.parameter.code for clause in query.clauses if isinstance(clause, Match)]
    assert codes == ["patient", "lifecycle-status", "patient"]


@pytest.mark.parametrize(
    ("sent", "count"), [("0", 0), ("20", 20), ("00020", 20), ("1000", 1000), ("999999999", 1000)]
)
def test_a_page_size_is_lowered_to_the_most_that_is_allowed(sent: str, count: int) -> None:
    query = read("Goal", f"_count={sent}")
    assert query.count == count
    assert query.understood == (("_count", str(count)),)


@pytest.mark.parametrize("sent", ["-1", "1.5", "x", "9" * 5000, "1&_count=2"])
def test_a_page_size_that_is_none_is_refused(sent: str) -> None:
    with pytest.raises(Malformed):
        read("Goal", f"_count={sent}")


def test_the_answer_may_be_shaped() -> None:
    query = read("Goal", "_total=accurate&_summary=count&_elements=subject,target&_page=abc")
    assert (query.total, query.summary, query.page) == ("accurate", "count", "abc")
    assert query.elements == ("subject", "target")
    assert "_page" not in dict(query.understood)


def test_the_older_name_of_total_is_understood() -> None:
    query = read("Goal", "_totalMethod=count&_count=0")
    assert query.total == "accurate"
    assert query.understood == (("_total", "accurate"), ("_count", "0"))


@pytest.mark.parametrize(
    "query", ["_total=all", "_summary=yes", "_elements=a..b", "_elements=", "_elements=Goal.target"]
)
def test_an_unknown_shape_of_answer_is_refused(query: str) -> None:
    with pytest.raises(Malformed):
        read("Goal", query)


def test_a_search_is_sorted_by_several_keys() -> None:
    query = read("Goal", "_sort=-target-date,_id,_lastUpdated")
    assert [(sort.parameter.code, sort.descending) for sort in query.sorts] == [
        ("target-date", True),
        ("_id", False),
        ("_lastUpdated", False),
    ]


def test_a_composite_cannot_be_sorted_by() -> None:
    with pytest.raises(NotSupported):
        read("Observation", "_sort=code-value-quantity")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_include=Goal:subject", ("Goal", "subject", None, False, False)),
        ("_include=Goal:subject:Patient", ("Goal", "subject", "Patient", False, False)),
        ("_include:iterate=Patient:link", ("Patient", "link", None, True, False)),
        ("_include:recurse=Patient:link", ("Patient", "link", None, True, False)),
        ("_include=Goal:*", ("Goal", None, None, False, False)),
        ("_include=*", ("Goal", None, None, False, False)),
        ("_revinclude=Observation:focus", ("Observation", "focus", None, False, True)),
        ("_revinclude:iterate=Provenance:target", ("Provenance", "target", None, True, True)),
    ],
)
def test_includes_name_their_source_parameter_and_target(
    query: str, expected: tuple[str, str | None, str | None, bool, bool]
) -> None:
    (include,) = read("Goal", query).includes
    code = include.parameter.code if include.parameter else None
    assert (include.source, code, include.target, include.iterate, include.reverse) == expected


def test_everything_that_refers_here_is_one_include_for_each_type_that_may() -> None:
    sources = {include.source for include in read("Goal", "_revinclude=*").includes}
    assert {"Observation", "CarePlan", "Provenance", "Task"} <= sources
    assert "RelatedPerson" not in sources


@pytest.mark.parametrize(
    "query",
    [
        "_include=Goal",
        "_include=Medication:code",
        "_include=Goal:lifecycle-status",
        "_include=Goal:colour",
        "_include=Goal:subject:Medication",
        "_include=Goal:subject:Task",
        "_include:all=Goal:subject",
        "_include=Goal:subject:Patient:x",
        "_include=Goal:subject:",
    ],
)
def test_an_include_that_leads_nowhere_is_refused(query: str) -> None:
    with pytest.raises(Refusal):
        read("Goal", query)


def test_a_search_without_a_type_searches_all_or_those_named() -> None:
    assert read(None, "_id=a").types == tuple(RESOURCE_TYPES)
    query = read(None, "_type=Goal,Observation&patient=Patient/x&_type=Goal")
    assert query.types == ("Goal", "Observation")
    assert query.understood[0] == ("_type", "Goal,Observation")


@pytest.mark.parametrize(
    "query", ["lifecycle-status=active", "_type=Goal,Patient&lifecycle-status=active", "_type=Gaol"]
)
def test_a_search_of_several_types_knows_only_what_they_share(query: str) -> None:
    with pytest.raises(NotSupported):
        read(None, query)


def test_a_compartment_narrows_the_types_to_its_own() -> None:
    query = read(None, "_lastUpdated=gt2026", compartment="x")
    assert query.compartment == "x"
    assert "Goal" in query.types
    assert "Organization" not in query.types
    assert read("Goal", "", compartment="x").types == ("Goal",)
    for type_name, sent in (("Organization", ""), (None, "_type=Goal,Organization")):
        with pytest.raises(NotSupported):
            read(type_name, sent, compartment="x")


def test_an_unknown_parameter_is_refused_with_names_that_are_near() -> None:
    with pytest.raises(NotSupported) as refused:
        read("Goal", "goal-status=active&lifcycle-status=active")
    first, second = refused.value.issues
    assert (first.code, first.expression) == ("not-supported", "http.goal-status")
    assert "Did you mean lifecycle-status?" in second.text


def test_a_parameter_that_only_some_of_the_types_have_is_not_offered_as_its_own_correction() -> (
    None
):
    with pytest.raises(NotSupported) as refused:
        read(None, "_type=Goal,Patient&start-date=2026")
    (issue,) = refused.value.issues
    assert "Did you mean" not in issue.text
    assert "_type" in issue.text


def test_a_type_outside_the_compartment_is_named() -> None:
    with pytest.raises(NotSupported) as refused:
        read(None, "_type=Goal,Task", compartment="x")
    (issue,) = refused.value.issues
    assert "Task" in issue.text
    assert "Goal" not in issue.text


def test_every_issue_is_told_at_once() -> None:
    with pytest.raises(Malformed) as refused:
        read("Goal", "start-date=soon&colour=red&_count=x")
    assert [issue.expression for issue in refused.value.issues] == [
        "http.start-date",
        "http.colour",
        "http._count",
    ]


def test_an_unknown_parameter_is_left_out_and_listed_when_lenient() -> None:
    query = read("Goal", "colour=red&subject.colour=red&start-date=&category=a,,b", lenient=True)
    assert query.ignored == ("colour", "subject.colour", "start-date")
    (match,) = query.clauses
    assert isinstance(match, Match)
    assert len(match.values) == 2
    assert query.understood == (("category", "a,,b"),)


@pytest.mark.parametrize("query", ["start-date=soon", "category:exact=a", "_filter=a+eq+b"])
def test_what_would_change_the_meaning_is_refused_when_lenient_too(query: str) -> None:
    with pytest.raises(Refusal):
        read("Goal", query, lenient=True)


@pytest.mark.parametrize(
    "name", ["_contained", "_containedType", "_filter", "_text", "_content", "_query"]
)
def test_what_is_not_served_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(NotSupported) as refused:
        read("Goal", f"{name}=true")
    assert refused.value.issues[0].text.endswith(".")
    assert refused.value.issues[0].expression == f"http.{name}"


@pytest.mark.parametrize("query", ["category=", "category", "category=a,,b", "category=,"])
def test_an_empty_value_is_refused(query: str) -> None:
    with pytest.raises(Malformed):
        read("Goal", query)


def test_format_and_pretty_are_left_to_the_endpoint() -> None:
    query = read("Goal", "_format=json&_pretty=")
    assert query.understood == ()
    assert query.ignored == ()


def test_a_list_is_searched_by_its_id() -> None:
    assert read("Goal", "_list=42").clauses == (InList("42"),)
    assert read("Goal", "_list=List/42").clauses == (InList("42"),)
    for sent in ("$current-problems", "a b"):
        with pytest.raises(Refusal):
            read("Goal", f"_list={sent}")


@pytest.mark.parametrize(
    ("query", "limits", "named"),
    [
        ("category=a,b,c", Limits(max_or_values=2), "2 values"),
        ("category=a&category=b", Limits(max_clauses=1), "1 conditions"),
        ("_include=Goal:*&_include=*", Limits(max_includes=1), "1 includes"),
        ("_elements=a,b&_elements=c", Limits(max_or_values=2), "2 elements"),
        ("_sort=_id,_lastUpdated", Limits(max_sorts=1), "1 sort"),
        ("category=a&_count=1", Limits(max_parameters=1), "1 parameters"),
        ("subject.organization.partof.name=x", Limits(max_chain_depth=2), "2 references"),
        ("subject:Patient.name=x&subject:Patient.name=y", Limits(max_chain_targets=1), "1 types"),
        ("category:in=http://example.org/vs", Limits(max_value_set_codes=0), "0 codes"),
    ],
)
def test_a_search_past_a_limit_is_too_costly_and_the_limit_is_named(
    query: str, limits: Limits, named: str
) -> None:
    with pytest.raises(TooCostly, match=named):
        read("Goal", query, limits=limits)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(TooCostly):
        read("Patient", "_has:Patient:link:" * 200 + "_id=x")
    with pytest.raises(TooCostly):
        read("Observation", "focus." * 200 + "_id=x")


def test_a_name_that_is_no_name_is_not_repeated() -> None:
    with pytest.raises(NotSupported) as refused:
        read("Goal", "Ann%20Smith=1")
    assert refused.value.issues[0].expression is None
    assert "Ann" not in refused.value.issues[0].text


def test_a_type_that_is_not_served_is_refused() -> None:
    with pytest.raises(NotSupported):
        read("Medication", "_id=1")


NAMES = st.sampled_from(
    [
        "subject", "patient", "focus", "name", "code", "_has", "Observation", "Patient", "Goal",
        "date", "target-date", "code-value-quantity", "value-quantity", "identifier", "of-type",
        "in", "not", "missing", "exact", "_id", "_lastUpdated", "_include", "_sort", "_type",
        "_count", "iterate", "url", "below", "x", "",
    ]
)  # fmt: skip
VALUES = st.text(alphabet="ab1.,|$\\:/-+ eTZ5ge%é\u0301", max_size=20) | st.sampled_from(
    [
        "2026-01-01",
        "ge2026",
        "5.4||mg",
        "1e400",
        "a|b|c",
        "a$b",
        "Patient/1",
        "true",
        "Goal:subject",
    ]
)
NAMES_JOINED = st.lists(NAMES | st.sampled_from([":", "."]), max_size=9).map("".join)


@settings(max_examples=500)
@given(
    st.sampled_from([None, "Goal", "Observation", "Patient", "Questionnaire", "Group"]),
    st.lists(
        st.tuples(NAMES_JOINED | st.text(max_size=5), VALUES | st.text(max_size=9)), max_size=4
    ),
    st.booleans(),
)
def test_any_pairs_are_either_read_or_refused(
    type_name: str | None, pairs: list[tuple[str, str]], lenient: bool
) -> None:
    found = read_or_refusal(type_name, pairs, lenient)
    if isinstance(found, Refusal):
        assert found.status == 400
        assert found.issues
    else:
        assert lenient or not found.ignored


def read_or_refusal(
    type_name: str | None, pairs: list[tuple[str, str]], lenient: bool
) -> Query | Refusal:
    try:
        return parse(
            type_name,
            pairs,
            fhir_base=BASE,
            lenient=lenient,
            limits=Limits(),
            value_sets=value_sets,
        )
    except Refusal as refusal:
        return refusal


@given(st.binary(max_size=30))
def test_any_bytes_are_either_split_or_malformed(raw: bytes) -> None:
    try:
        pairs = split(raw)
    except Malformed:
        return
    assert all(isinstance(text, str) for pair in pairs for text in pair)


def test_a_reverse_chain_keeps_the_type_it_comes_from() -> None:
    (clause,) = read("Patient", "_has:Observation:patient:code=x").clauses
    assert isinstance(clause, Has)
    assert (clause.type, clause.parameter.code) == ("Observation", "patient")
