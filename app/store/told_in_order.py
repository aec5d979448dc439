"""What is told of one human being in the order of time, in pages: an entry when it began, and again
when something became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from app.store.database import Fetch
from app.store.permit import Permit, visible
from app.store.records import records
from app.store.shelves import LARGEST_ENTRY
from app.store.statement import Statement


class Told(Struct, frozen=True):
    """One thing told. rank: of its type, among those of one moment. step: "began" or "became", and
    that comes first of one moment: that somebody passed it on, and then to whom. person: in whose
    record it is."""

    at: datetime
    rank: int
    id: str
    step: str
    body: bytes
    person: str


class About(Struct, frozen=True):
    """What a journey is narrowed to: these entries ("Type/id"), those that hold one of these index
    entries, and messages that refer to the goal ("Goal/7"), which no index tells."""

    entries: tuple[str, ...]
    tokens: tuple[str, ...]
    goal: str


# By type, in the order that those of one moment are told in: the date parameters of when it began,
# and of when something became of it. For the second of a Goal there is none, so it is read out of
# the entry.
DATES: Mapping[str, tuple[str, str]] = {
    "Encounter": ("date", ""),
    "Observation": ("date", ""),
    "Goal": ("start-date", ""),
    "ServiceRequest": ("authored", ""),
    "Task": ("authored-on", "modified"),
    "Communication": ("sent", ""),
    "CarePlan": ("date", ""),
    "QuestionnaireResponse": ("authored", ""),
}
_DATED = "select min(d.low) from index_dates d where {} and d.parameter = s.{}"
_ENTRY = "d.person_id = r.person_id and d.type = r.type and d.id = r.id"
# A goal begins, and a plan is agreed, on a day without an hour. What was written down that same day
# is told at the hour of that, so that it comes after the words it was made of.
_BEGAN = f"""(select min(coalesce((select v.updated from resource_versions v
        where r.type in ('Goal', 'CarePlan') and v.person_id = r.person_id and v.type = r.type
          and v.id = r.id and v.version = 1 and d.low = date_trunc('day', d.low, 'UTC')
          and v.updated >= d.low and v.updated < d.low + interval '1 day'), d.low))
      from index_dates d where {_ENTRY} and d.parameter = s.began)"""
# What became of it is on a day alone, too; a month or a year alone stands for its first day.
_GOAL = """(select case when r.updated >= on_day.day and r.updated < on_day.day + interval '1 day'
        then r.updated else on_day.day end
      from (select left((convert_from(r.body, 'UTF8')::json ->> 'statusDate') || '-01-01', 10)
          ::timestamp at time zone 'UTC' as day
        where r.type = 'Goal' and not r.deleted) on_day)"""


async def told_in_order(
    fetch: Fetch,
    permit: Permit,
    people: Sequence[str],
    *,
    about: About | None,
    after: tuple[datetime, int, str, str] | None,
    most: int,
) -> tuple[list[Told], bool]:
    """Up to `most` things, the oldest first, after a place (at, rank, step, id); and whether more
    follow. What is too large to be told is passed over. people: the ids of all records of one
    human being."""
    statement = Statement()
    theirs = records(people, statement)
    types = [name for name in DATES if name in permit.types]
    columns = [types, [DATES[name][0] for name in types], [DATES[name][1] for name in types]]
    ranks = statement.bind_all([list(DATES).index(name) for name in types], "int")
    shelf = ", ".join((ranks, *(statement.bind_all(column) for column in columns)))
    narrowed = "" if about is None else f"and {_about(about, statement)}"
    place = (
        "" if after is None else f"and (e.at, s.rank, e.step, r.id) > {_place(after, statement)}"
    )
    sql = f"""
with told as materialized (
  select s.rank, r.person_id, r.type, r.id, e.at, e.step
  from unnest({shelf}) as s(rank, type, began, became)
  join resources r on {theirs.hold("r")} and r.type = s.type
  cross join lateral (
    select coalesce({_BEGAN}, r.updated) as began,
      coalesce(({_DATED.format(_ENTRY, "became")}), {_GOAL}) as became
  ) d
  cross join lateral (
    values (d.began, 'began'), (case when d.became > d.began then d.became end, 'became')
  ) as e(at, step)
  where not r.deleted and e.at is not null and octet_length(r.body) <= {LARGEST_ENTRY}
    and {visible(permit, "r", statement, types, theirs.one)} {narrowed} {place}
  order by e.at, s.rank, e.step, r.id
  limit {statement.bind(most + 1, "int")}
)
select t.at, t.rank, t.id, t.step, b.body, t.person_id
from told t
join resources b on {theirs.same("b", "t")} and b.type = t.type and b.id = t.id
order by t.at, t.rank, t.step, t.id"""
    rows = [Told(*row) for row in await fetch(sql, statement.arguments)]
    return rows[:most], len(rows) > most


def _about(about: About, statement: Statement) -> str:
    refers = statement.bind(f'"reference":"{about.goal}"')
    return (
        f"(r.type || '/' || r.id = any({statement.bind_all(about.entries)})"
        f" or r.tokens && {statement.bind_all(about.tokens)}"
        f" or r.type = 'Communication' and position(convert_to({refers}, 'UTF8') in r.body) > 0)"
    )


def _place(after: tuple[datetime, int, str, str], statement: Statement) -> str:
    at, rank, step, id = after
    places = (statement.bind(at, "timestamptz"), statement.bind(rank, "int"))
    return f"({', '.join((*places, statement.bind(step), statement.bind(id)))})"
