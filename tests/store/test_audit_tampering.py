"""Whatever is changed of whichever row of the audit, by a superuser who leaves all else alone, is
found."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.fhir.resource_types import DIRECTORY
from tests.store.audit_world import (
    DROPPED,
    as_superuser,
    faults,
    places,
    write_chains,
)

COUNTS = {"ada": 4, "bea": 6, "cyd": 1, DIRECTORY: 3}
_COPIED = ("audit_events", "audit_heads")

ROWS = st.sampled_from(
    [(name, n) for name in ("ada", "bea", "cyd") for n in range(1, COUNTS[name] + 1)]
)
PLACE = st.integers(0, 10_000)
ANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def url(make_database: Callable[[], str]) -> str:
    made = make_database()
    write_chains(made, COUNTS)
    as_superuser(made, *DROPPED, *(f"create table kept_{name} as table {name}" for name in _COPIED))
    return made


@pytest.fixture(autouse=True)
def _sound(url: str) -> None:
    assert faults(url) == []


def tampered(url: str, *statements: str) -> list[tuple[str, int]]:
    """What is found once they were done; then all is as before."""
    as_superuser(url, *statements)
    found = places(url)
    restored = (
        sql
        for name in _COPIED
        for sql in (f"truncate {name}", f"insert into {name} table kept_{name}")
    )
    as_superuser(url, *restored)
    return found


def byte_changed(column: str, place: int, bit: int) -> str:
    at = f"{place} % octet_length({column})"
    return f"set_byte({column}, {at}, get_byte({column}, {at}) # {1 << bit})"


def letter_changed(text: str, place: int) -> str:
    at = f"1 + {place} % length({text})"
    other = f"case substr({text}, {at}, 1) when 'q' then 'z' else 'q' end"
    return f"overlay({text} placing {other} from {at} for 1)"


def update(column: str, value: str, row: tuple[str, int]) -> str:
    where = f"person_id = '{row[0]}' and seq = {row[1]}"
    return f"update audit_events set {column} = {value} where {where}"  # noqa: S608


@ANY
@given(
    row=ROWS,
    place=PLACE,
    bit=st.integers(0, 7),
    column=st.sampled_from(["body", "salt", "leaf", "link"]),
)
def test_any_bit_of_any_bytes(
    url: str, row: tuple[str, int], place: int, bit: int, column: str
) -> None:
    assert tampered(url, update(column, byte_changed(column, place, bit), row)) == [row]


@ANY
@given(row=ROWS, place=PLACE, column=st.sampled_from(["id", "agent", "tokens"]))
def test_any_letter_of_any_text(url: str, row: tuple[str, int], place: int, column: str) -> None:
    value = letter_changed(f"{column}::text", 1 + place)
    if column == "tokens":
        value = f"array[tokens[1], {letter_changed('tokens[2]', place)}]"
    assert tampered(url, update(column, value, row)) == [row]


@ANY
@given(row=ROWS, by=st.integers(-(10**12), 10**12).filter(bool))
def test_any_microsecond(url: str, row: tuple[str, int], by: int) -> None:
    value = f"updated + {by} * interval '1 microsecond'"
    assert tampered(url, update("updated", value, row)) == [row]


@ANY
@given(
    row=ROWS,
    tokens=st.sampled_from(
        [
            "'{}'",
            "tokens || ''::text",
            "array[tokens[1] || chr(31) || tokens[2]]",
            "array[tokens[2], tokens[1]]",
            "array[tokens]",
            "array[tokens[1], null]",
            "'[2:3]={a,b}'",
        ]
    ),
)
def test_any_shape_of_the_index_entries(url: str, row: tuple[str, int], tokens: str) -> None:
    assert tampered(url, update("tokens", tokens, row)) == [row]


@ANY
@given(row=ROWS, to=st.integers(-20, 20), column=st.sampled_from(["seq", "shard"]))
def test_any_other_place(url: str, row: tuple[str, int], to: int, column: str) -> None:
    name, seq = row
    if to == (seq if column == "seq" else 0):
        return
    found = tampered(url, update(column, str(to), row))
    assert name in {person_id for person_id, _ in found}
    assert min(found_seq for person_id, found_seq in found if person_id == name) <= max(seq, 1)


@ANY
@given(row=ROWS, other=st.sampled_from(["ada", "bea", "cyd", "dot", DIRECTORY]))
def test_any_other_persons_chain(url: str, row: tuple[str, int], other: str) -> None:
    if other != row[0]:
        assert row in tampered(url, update("person_id", f"'{other}'", row))


@ANY
@given(rows=st.sets(ROWS, min_size=1, max_size=4))
def test_any_rows_that_are_gone(url: str, rows: set[tuple[str, int]]) -> None:
    gone = [
        f"delete from audit_events where person_id = '{name}' and seq = {n}"  # noqa: S608
        for name, n in rows
    ]
    firsts = [(name, min(n for who, n in rows if who == name)) for name in {r[0] for r in rows}]
    assert sorted(tampered(url, *gone)) == sorted(firsts)


@ANY
@given(one=ROWS, other=ROWS)
def test_any_two_rows_that_change_places(
    url: str, one: tuple[str, int], other: tuple[str, int]
) -> None:
    """All that they hold goes to the other's place, in one chain or from one to another."""
    if one == other:
        return
    found = tampered(url, moved(one, other), moved(other, one))
    firsts = [min(one, other)] if one[0] == other[0] else sorted((one, other))
    assert sorted(found) == firsts


def moved(one: tuple[str, int], to: tuple[str, int]) -> str:
    return f"""update audit_events a set (id, updated, agent, tokens, body, salt, leaf, link) =
      (select id, updated, agent, tokens, body, salt, leaf, link from kept_audit_events b
        where (b.person_id, b.seq) = ('{one[0]}', {one[1]}))
      where (a.person_id, a.seq) = ('{to[0]}', {to[1]})"""  # noqa: S608


@ANY
@given(
    name=st.sampled_from(sorted(COUNTS)),
    place=PLACE,
    bit=st.integers(0, 7),
    to=st.integers(-5, 20),
    column=st.sampled_from(["seq", "link", "person_id", "shard"]),
)
def test_any_end_that_is_noted_otherwise(
    url: str, name: str, place: int, bit: int, to: int, column: str
) -> None:
    value = {
        "seq": f"seq + {to or 1}",
        "link": byte_changed("link", place, bit),
        "person_id": f"'{letter_changed_name(name, place)}'",
        "shard": f"shard + {to + 40}",
    }[column]
    found = tampered(url, f"update audit_heads set {column} = {value} where person_id = '{name}'")  # noqa: S608
    assert name in {person_id for person_id, _ in found}


def letter_changed_name(name: str, place: int) -> str:
    at = place % len(name)
    return f"{name[:at]}q{name[at + 1 :]}"
