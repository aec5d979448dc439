"""Some of one human being's entries by sort, newest first, in one statement: of each sort no more
than are wanted, and how many there are.

A sort is a shelf. However long the record is, what comes back is bounded by the shelves.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from app.store.database import Fetch
from app.store.permit import Permit, visible
from app.store.records import records
from app.store.statement import Statement

_SEPARATOR = "\x1f"  # no token holds a control character
LARGEST_ENTRY = 250_000  # bytes; what is larger is counted, and not shown
# Also of what is counted alone: whose record it is in.
_WHOSE = """join (
  select n, array_agg(distinct person_id) as people from ranked group by n
) w on w.n = k.n"""


class Shelf(Struct, frozen=True):
    """Which entries, and how many of them.

    types: theirs. any_of, and_any_of: index entries of which each holds one; none_of: of which it
    holds none; ids: theirs. Empty asks nothing. dated: the date parameter they are in order of;
    without one, and where an entry has no such date, when it was written. after, written: later
    than these. holding: a piece of JSON as it is stored, for what no index entry tells; it is a
    rough sieve, and whoever reads looks again. apart: index entries that part them into groups.
    most: of each group the newest; oldest: and so many of the oldest.
    """

    name: str
    types: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    and_any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    holding: str = ""
    dated: str = ""
    after: datetime | None = None
    written: datetime | None = None
    apart: tuple[str, ...] = ()
    most: int = 1
    oldest: int = 0


class Shelved(Struct, frozen=True):
    """What stands on a shelf. bodies: newest first. total: how many the permit sees, shown or
    not. people: in whose records those are."""

    bodies: list[bytes]
    total: int
    people: tuple[str, ...] = ()


async def shelves(
    fetch: Fetch, permit: Permit, people: Sequence[str], wanted: Sequence[Shelf]
) -> dict[str, Shelved]:
    """What stands on each shelf, by name; of one human being alone, and as far as the permit sees.
    people: the ids of all their records. What stands in several is in one order."""
    if not wanted:
        return {}
    statement = Statement()
    theirs = records(people, statement)
    whose, is_whose = ("null", "") if theirs.one else ("w.people", _WHOSE)
    types = sorted({type for shelf in wanted for type in shelf.types})
    seen = visible(permit, "r", statement, types, theirs.one)
    sql = f"""
with shelf as materialized (
  select n, t.type, string_to_array(any_of, chr(31)) as any_of,
    string_to_array(and_any_of, chr(31)) as and_any_of,
    string_to_array(none_of, chr(31)) as none_of, string_to_array(ids, chr(31)) as ids,
    convert_to(nullif(holding, ''), 'UTF8') as holding, dated, after, written,
    string_to_array(apart, chr(31)) as apart, most, oldest
  from unnest({_columns(statement, wanted)})
    as s(n, types, any_of, and_any_of, none_of, ids, holding, dated, after, written, apart, most,
      oldest)
  cross join lateral unnest(string_to_array(s.types, chr(31))) as t(type)
),
kept as materialized (
  select s.n, s.after, s.most, s.oldest, r.person_id, r.type, r.id, r.updated,
    case when s.apart is not null then (
      select string_agg(t, ' ' order by t) from unnest(r.tokens) t where t = any(s.apart)
    ) end as part,
    coalesce((
      select min(d.low) from index_dates d
      where {theirs.same("d", "r")} and d.type = r.type and d.id = r.id and d.parameter = s.dated
    ), r.updated) as at
  from shelf s
  join resources r on {theirs.hold("r")} and r.type = s.type
  where not r.deleted
    and (s.ids is null or r.id = any(s.ids))
    and (s.written is null or r.updated > s.written)
    and (s.any_of is null or r.tokens && s.any_of)
    and (s.and_any_of is null or r.tokens && s.and_any_of)
    and (s.none_of is null or not r.tokens && s.none_of)
    and (s.holding is null or position(s.holding in r.body) > 0)
    and {seen}
),
ranked as (
  select k.*,
    row_number() over (partition by n, part order by at desc, updated desc, id) as newest,
    row_number() over (partition by n, part order by at, updated, id desc) as first,
    count(*) over (partition by n) as total
  from kept k where after is null or at > after
)
select k.n, k.total, b.body, {whose}
from ranked k {is_whose}
join resources b on {theirs.same("b", "k")} and b.type = k.type and b.id = k.id
where k.newest <= k.most or k.first <= k.oldest
order by k.n, k.at desc, k.updated desc, k.id"""
    found: list[list[bytes]] = [[] for _ in wanted]
    totals = [0] * len(wanted)
    in_records: list[tuple[str, ...]] = [()] * len(wanted)
    for n, total, body, some in await fetch(sql, statement.arguments):
        totals[n] = total
        in_records[n] = tuple(some or people)
        if len(body) <= LARGEST_ENTRY:
            found[n].append(body)
    return {
        shelf.name: Shelved(bodies, total, some)
        for shelf, bodies, total, some in zip(wanted, found, totals, in_records, strict=True)
    }


def _columns(statement: Statement, wanted: Sequence[Shelf]) -> str:
    columns: list[tuple[list[object], str]] = [
        (list(range(len(wanted))), "int"),
        ([_listed(one.types) for one in wanted], "text"),
        ([_listed(one.any_of) for one in wanted], "text"),
        ([_listed(one.and_any_of) for one in wanted], "text"),
        ([_listed(one.none_of) for one in wanted], "text"),
        ([_listed(one.ids) for one in wanted], "text"),
        ([one.holding for one in wanted], "text"),
        ([one.dated for one in wanted], "text"),
        ([one.after for one in wanted], "timestamptz"),
        ([one.written for one in wanted], "timestamptz"),
        ([_listed(one.apart) for one in wanted], "text"),
        ([one.most for one in wanted], "int"),
        ([one.oldest for one in wanted], "int"),
    ]
    return ", ".join(statement.bind_all(values, cast) for values, cast in columns)


def _listed(several: Sequence[str]) -> str | None:
    return _SEPARATOR.join(several) if several else None
