"""Searches compared with a plain reading of every row of small worlds."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fhir.search_query import Query
from app.store import search_page
from app.store.found import FoundRow
from app.store.permit import Permit
from tests.store.search_by_chance import permit, row, world
from tests.store.search_by_reading import Reading, is_visible
from tests.store.search_queries_by_chance import includes, query
from tests.store.search_world import EVERYONE, Bench, Stored

few = settings(max_examples=25, deadline=None)
chances = st.randoms(use_true_random=True)


@contextmanager
def counting_as_few(chance: Random) -> Iterator[None]:
    """Worlds are small, so what counts as few changes, for every way to a page to be gone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(search_page, "FEW", chance.choice((0, 2, 1000)))
        yield


def walk(bench: Bench, asked: Query, permitted: Permit, page_size: int) -> Iterable[FoundRow]:
    """Every row of every page."""
    found = bench.search(asked, permitted, page_size=page_size)
    yield from found.rows
    while found.next_page is not None:
        assert len(found.rows) == page_size
        found = bench.search(replace(asked, page=found.next_page), permitted, page_size=page_size)
        yield from found.rows


def names_of(rows: Iterable[FoundRow] | Sequence[Stored]) -> list[str]:
    return [f"{one.type}/{one.id}" for one in rows]


@few
@given(chance=chances)
def test_pages_hold_every_row_that_matches_once_and_in_order(bench: Bench, chance: Random) -> None:
    rows, permitted = world(chance), permit(chance)
    with bench.holding(rows), counting_as_few(chance):
        for asked in [query(chance) for _ in range(40)]:
            expected = names_of(Reading(rows, permitted).expected(asked))
            found = names_of(walk(bench, asked, permitted, chance.randint(1, 4)))
            assert found == expected, asked
            assert bench.search(asked, permitted).total == len(expected), asked


@few
@given(chance=chances)
def test_rows_that_a_caller_may_not_see_change_nothing(bench: Bench, chance: Random) -> None:
    rows, permitted = world(chance), permit(chance)
    seen = [one for one in rows if is_visible(permitted, one)]
    hidden = [one for one in rows if not is_visible(permitted, one)]
    several = [replace(query(chance), includes=includes(chance)) for _ in range(40)]
    with bench.holding(seen), counting_as_few(chance):
        before = [bench.search(asked, permitted, page_size=2) for asked in several]
        bench.add(hidden)
        after = [bench.search(asked, permitted, page_size=2) for asked in several]
    assert after == before


@few
@given(chance=chances)
def test_what_is_brought_along_is_what_the_links_say(bench: Bench, chance: Random) -> None:
    rows, permitted = world(chance), permit(chance)
    reading = Reading(rows, permitted)
    with bench.holding(rows):
        for _ in range(20):
            asked = replace(query(chance), includes=includes(chance))
            found = bench.search(asked, permitted)
            matched = reading.expected(asked)
            brought = reading.brought_along(asked.includes, matched)
            assert sorted(names_of(found.included)) == sorted(names_of(brought)), asked


@few
@given(chance=chances)
def test_pages_stay_whole_while_others_write(bench: Bench, chance: Random) -> None:
    rows = world(chance)
    for asked in [query(chance) for _ in range(6)]:
        expected = names_of(Reading(rows, EVERYONE).expected(asked))
        with bench.holding(rows), counting_as_few(chance):
            walked = []
            for number, found in enumerate(walk(bench, asked, EVERYONE, 1)):
                walked += names_of([found])
                if number < 6:
                    bench.add([row(chance, asked.types[0], f"z{number}")])
        assert len(set(walked)) == len(walked), asked
        assert [name for name in walked if name in expected] == expected, asked
