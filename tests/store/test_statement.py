"""What a caller sends never enters the text of a statement (docs/decisions/0003)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Refusal
from app.fhir.query_string import Limits, parse, split
from app.fhir.resource_types import RESOURCE_TYPES
from app.store.everything import everything
from app.store.permit import Permit
from app.store.search import search
from app.store.statement import Statement

MARK = "zq7"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL = frozenset(RESOURCE_TYPES)

# Each shape of condition, with the place where the caller's own text goes.
SHAPES = (
    ("Goal", "_id={}"),
    ("Goal", "_list={}"),
    ("Goal", "lifecycle-status={}"),
    ("Goal", "category=http://x.example/{}|a"),
    ("Goal", "category:not={}"),
    ("Goal", "category:text={}"),
    ("Goal", "subject=Patient/{}"),
    ("Goal", "subject:identifier=http://x.example|{}"),
    ("Goal", "subject:Patient.family={}"),
    ("Goal", "_has:Observation:focus:code={}"),
    ("Patient", "name={}"),
    ("Patient", "name:exact={}"),
    ("Patient", "name:contains={}"),
    ("Patient", "identifier:of-type=http://x.example|{}|1"),
    ("Questionnaire", "url=http://x.example/{}"),
    ("Questionnaire", "url:below=http://x.example/{}"),
    ("Observation", "value-quantity=5||{}"),
    ("Observation", "code-value-concept=a${}"),
    ("AuditEvent", "agent=Organization/{}"),
)


def texts(type_name: str, query: str, agent: str = "Organization/a") -> list[str]:
    """The statements that a search is turned into."""
    told: list[str] = []

    async def fetch(sql: str, _: Sequence[object]) -> list[object]:
        told.append(sql)
        return []

    permit = Permit(
        "caller",
        agent,
        ALL,
        frozenset({"Organization"}),
        people=(agent,),
        constraints=(("Goal", ((f"category={agent}",),)),),
        audit="own",
    )
    asked = parse(
        type_name,
        split(query),
        fhir_base="http://127.0.0.1/fhir",
        lenient=False,
        limits=Limits(),
        compartment=None,
        value_sets=lambda _: None,
    )
    asyncio.run(search(fetch, permit, asked, page_size=5, now=NOW, page_key=b"key"))
    return told


@pytest.mark.parametrize(("type_name", "shape"), SHAPES)
def test_two_searches_of_one_shape_are_one_text(type_name: str, shape: str) -> None:
    first = texts(type_name, shape.format(MARK))
    assert first
    assert first == texts(type_name, shape.format("another"), agent="Organization/b")
    assert not any(MARK in text for text in first)


@settings(max_examples=150)
@given(shape=st.sampled_from(SHAPES), text=st.text(max_size=20), agent=st.text(max_size=20))
def test_no_text_that_was_sent_is_in_a_statement(
    shape: tuple[str, str], text: str, agent: str
) -> None:
    type_name, query = shape
    hostile = quote(f"{MARK}';--{text}{MARK}", safe="")
    try:
        told = texts(type_name, query.format(hostile), agent=f"{MARK}'{agent}")
    except Refusal:
        return  # it was not even read as a search
    assert told
    assert not any(MARK in text for text in told)


@given(text=st.text(max_size=40))
def test_a_persons_whole_record_is_asked_for_without_their_id_in_the_text(text: str) -> None:
    told: list[tuple[str, Sequence[object]]] = []

    async def fetch(sql: str, arguments: Sequence[object]) -> list[object]:
        told.append((sql, arguments))
        return []

    permit = Permit("caller", f"{MARK}{text}", ALL, frozenset(), people=(f"{MARK}{text}",))
    asked = everything(
        fetch, permit, MARK + text, types=[MARK], since=NOW, after=(MARK, text), page_size=2
    )
    asyncio.run(asked)
    [(sql, arguments)] = told
    assert MARK not in sql
    assert MARK + text in arguments


@given(values=st.lists(st.one_of(st.text(), st.integers()), min_size=1, max_size=8))
def test_a_place_in_the_text_is_only_its_number(values: list[object]) -> None:
    statement = Statement()
    places = [statement.bind(value) for value in values]
    assert places == [f"${n}::text" for n in range(1, len(values) + 1)]
    assert statement.arguments == values
