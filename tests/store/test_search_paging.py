"""Pages, totals, and the tokens that lead from one page to the next."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from app.errors import Malformed
from app.fhir.indexed import BEGINNING, END, DateRow, IndexValues, NumberRow, StringRow
from app.fhir.search_query import Query, Sort
from app.store import search_page
from tests.store.search_by_chance import DAYS
from tests.store.search_queries_by_chance import the
from tests.store.search_world import EVERYONE, NOW, Bench, Stored, names

GOALS = Query(("Goal",), total="accurate")
BY_DATE = replace(GOALS, sorts=(Sort(the("Goal", "target-date"), False),))


def goal(id_: str, *spans: tuple[object, object]) -> Stored:
    dates = [DateRow("target-date", low, high) for low, high in spans]  # type: ignore[arg-type]
    return Stored("p1", "Goal", id_, ("subject=Patient/p1",), IndexValues(dates=dates))


ROWS = [goal(f"g{n}", (DAYS[n % 3], DAYS[3])) for n in range(5)]


def first_token(bench: Bench, query: Query = GOALS) -> str:
    token = bench.search(query, page_size=2).next_page
    assert token is not None
    return token


def test_the_last_page_leads_no_further(bench: Bench) -> None:
    with bench.holding(ROWS):
        found = bench.search(GOALS, page_size=5)
    assert names(found) == [row.name for row in ROWS]
    assert found.next_page is None


def test_every_page_carries_the_same_total(bench: Bench) -> None:
    with bench.holding(ROWS):
        second = bench.search(replace(GOALS, page=first_token(bench)), page_size=2)
    assert (second.total, names(second)) == (5, ["Goal/g2", "Goal/g3"])


def test_no_total_is_counted_unless_asked_for(bench: Bench) -> None:
    with bench.holding(ROWS):
        assert bench.search(Query(("Goal",))).total is None


@pytest.mark.parametrize("query", [replace(GOALS, count=0), replace(GOALS, summary="count")])
def test_a_search_for_the_total_alone_has_no_rows(bench: Bench, query: Query) -> None:
    with bench.holding(ROWS):
        found = bench.search(query)
    assert (found.total, found.rows, found.next_page) == (5, [], None)


def test_a_token_with_any_character_changed_is_refused(bench: Bench) -> None:
    with bench.holding(ROWS):
        token = first_token(bench)
        for at, letter in enumerate(token):
            changed = token[:at] + ("B" if letter == "A" else "A") + token[at + 1 :]
            with pytest.raises(Malformed):
                bench.search(replace(GOALS, page=changed), page_size=2)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "é", "=" * 50, "A" * 43, "A" * 400])
def test_what_is_no_token_is_refused(bench: Bench, token: str) -> None:
    with bench.holding(ROWS), pytest.raises(Malformed):
        bench.search(replace(GOALS, page=token))


def test_a_token_is_refused_with_padding_or_line_ends(bench: Bench) -> None:
    with bench.holding(ROWS):
        token = first_token(bench)
        for odd in (token + "=", token + "\n", token[:9] + "\n" + token[9:]):
            with pytest.raises(Malformed):
                bench.search(replace(GOALS, page=odd))


def test_a_token_serves_only_the_caller_it_was_made_for(bench: Bench) -> None:
    with bench.holding(ROWS):
        query = replace(GOALS, page=first_token(bench))
        with pytest.raises(Malformed):
            bench.search(query, structs.replace(EVERYONE, caller="somebody else"), page_size=2)


def test_a_token_serves_only_the_search_it_was_made_for(bench: Bench) -> None:
    with bench.holding(ROWS):
        query = replace(BY_DATE, page=first_token(bench))
        with pytest.raises(Malformed):
            bench.search(query, page_size=2)


def test_a_token_serves_for_an_hour(bench: Bench) -> None:
    hour = timedelta(hours=1)
    with bench.holding(ROWS):
        query = replace(GOALS, page=first_token(bench))
        assert bench.search(query, page_size=2, now=NOW + hour).rows
        with pytest.raises(Malformed, match="expired"):
            bench.search(query, page_size=2, now=NOW + hour + timedelta(seconds=1))


def test_a_page_is_authorised_anew(bench: Bench) -> None:
    with bench.holding(ROWS):
        query = replace(GOALS, page=first_token(bench))
        found = bench.search(query, structs.replace(EVERYONE, people=("p2",)), page_size=2)
    assert (found.rows, found.total, found.next_page) == ([], 0, None)


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("descending", [False, True])
def test_open_and_missing_dates_have_their_place_in_the_pages(
    bench: Bench, few: int, descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_page, "FEW", few)
    rows = [
        goal("a"),
        goal("b", (BEGINNING, DAYS[1])),
        goal("c", (DAYS[0], END)),
        goal("d", (DAYS[2], DAYS[2]), (DAYS[1], DAYS[3])),
        goal("e"),
    ]
    query = replace(BY_DATE, sorts=(Sort(the("Goal", "target-date"), descending),))
    walked: list[str] = []
    with bench.holding(rows):
        found = bench.search(query, page_size=1)
        walked += names(found)
        while found.next_page is not None:
            found = bench.search(replace(query, page=found.next_page), page_size=1)
            walked += names(found)
    expected = "cdbae" if descending else "bcdae"
    assert walked == [f"Goal/{id_}" for id_ in expected]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("code", ["value-string", "value-quantity", "date", "code", "focus"])
def test_rows_with_one_value_are_told_apart_by_id(
    bench: Bench, few: int, descending: bool, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_page, "FEW", few)
    one = Decimal(1)
    index = IndexValues(
        dates=[DateRow("date", DAYS[0], DAYS[0])],
        numbers=[NumberRow("value-quantity", one, one)],
        strings=[StringRow("value-string", "a", "a")],
    )
    tokens = ("code=|a", "code=a", "focus=Goal/g1")
    rows = [Stored("p1", "Observation", f"b{n}", tokens, index) for n in range(4)]
    query = Query(("Observation",), sorts=(Sort(the("Observation", code), descending),))
    with bench.holding(rows):
        found = bench.search(query, page_size=2)
        more = bench.search(replace(query, page=found.next_page), page_size=2)
    assert names(found) + names(more) == [row.name for row in rows]


@pytest.mark.parametrize("few", [0, 1000])
def test_a_row_with_one_value_twice_comes_once(
    bench: Bench, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_page, "FEW", few)
    twice = (DAYS[0], DAYS[1])
    with bench.holding([goal("g1", twice, twice), goal("g2", twice)]):
        assert bench.names(BY_DATE) == ["Goal/g1", "Goal/g2"]
