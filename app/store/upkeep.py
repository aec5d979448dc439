"""What time has made due of supporters: whose last day is over, which invitation nobody answered,
who is to be looked at. Each is taken by one worker at a time; moments come in as arguments.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from msgspec import Struct

from app.fhir.labels import Label
from app.store.database import Session
from app.store.supporter_invitations import Invitation

Key: TypeAlias = tuple[str, str]  # (person, supporter)

_LIVES = f"not r.deleted and r.labels & {int(Label.QUARANTINED)} = 0"


class Candidate(Struct, frozen=True):
    """A supporter by parental responsibility. patient: the body of the person. created: when the
    supporter was first written down. ages: for which a review was asked for already."""

    person_id: str
    supporter: str
    patient: bytes
    created: datetime
    ages: Sequence[int]

    @property
    def key(self) -> Key:
        """Where it stands."""
        return (self.person_id, self.supporter)


class Asked(Struct, frozen=True):
    """A review that was asked for, and is not settled."""

    person_id: str
    supporter: str
    age: int
    task: str
    version: int
    due: datetime


async def claim(session: Session, name: str, every: timedelta) -> bool:
    """Whether it is this worker's turn for a round: one was not begun for so long."""
    rows = await session.fetch(
        """
insert into upkeep_rounds as u (name, begun) values ($1::text, statement_timestamp())
on conflict (name) do update set begun = excluded.begun
where u.begun <= excluded.begun - $2::interval returning 1""",
        [name, every],
    )
    return bool(rows)


async def past_their_day(session: Session, now: datetime, after: Key, most: int) -> list[Key]:
    """Supporters whose period is over, and whose entry does not say so."""
    rows = await session.fetch(
        f"""
select r.person_id, r.id from index_dates d
join resources r on r.person_id = d.person_id and r.type = d.type and r.id = d.id
where d.type = 'RelatedPerson' and d.parameter = 'period' and d.high < $1::timestamptz
  and {_LIVES}
  and (r.tokens @> array['active=true'] or r.tokens && array[
    'supporter-state=active', 'supporter-state=invited', 'supporter-state=paused'])
  and exists (select from unnest(r.tokens) t where t ^@ 'supporter-basis=')
  and (r.person_id, r.id) > ($2::text, $3::text)
order by r.person_id, r.id limit $4::int""",
        [now, *after, most],
    )
    return [(row["person_id"], row["id"]) for row in rows]


async def hold(session: Session, key: Key) -> bool:
    """Inside a transaction: whether nobody else has this supporter's entry in hand; nobody will
    until it ends."""
    rows = await session.fetch(
        "select 1 from resources where person_id = $1 and type = 'RelatedPerson' and id = $2"
        " for update skip locked",
        [*key],
    )
    return bool(rows)


async def late_invitation(session: Session, now: datetime) -> Invitation | None:
    """One that nobody answered in time, held until the transaction ends."""
    rows = await session.fetch(
        """
select person_id, id, supporter, made_by from supporter_invitations
where settled is null and expires <= $1::timestamptz
order by expires limit 1 for update skip locked""",
        [now],
    )
    return Invitation(*rows[0]) if rows else None


async def candidates(
    session: Session, born_before: datetime, after: Key, most: int
) -> list[Candidate]:
    """Supporters by parental responsibility of people born before that moment."""
    rows = await session.fetch(
        f"""
select r.person_id, r.id, p.body, v.updated as created, array(
  select s.age from supporter_reviews s where s.person_id = r.person_id and s.supporter = r.id
) as ages
from resources r
join resources p on p.person_id = r.person_id and p.type = 'Patient' and p.id = r.person_id
  and not p.deleted
join resource_versions v on v.person_id = r.person_id and v.type = r.type and v.id = r.id
  and v.version = 1
where r.type = 'RelatedPerson' and {_LIVES}
  and r.tokens @> array['supporter-basis=parental-responsibility']
  and (r.tokens @> array['active=true'] or r.tokens && array[
    'supporter-state=active', 'supporter-state=paused'])
  and exists (select from index_dates b where b.person_id = r.person_id and b.type = 'Patient'
    and b.parameter = 'birthdate' and b.low < $1::timestamptz)
  and (r.person_id, r.id) > ($2::text, $3::text)
order by r.person_id, r.id limit $4::int""",
        [born_before, *after, most],
    )
    return [Candidate(*row) for row in rows]


async def is_asked_for(session: Session, key: Key, age: int) -> bool:
    """Whether this review was asked for already."""
    rows = await session.fetch(
        "select 1 from supporter_reviews where person_id = $1 and supporter = $2 and age = $3",
        [*key, age],
    )
    return bool(rows)


async def ask_for(session: Session, one: Asked) -> None:
    """Keep that it was asked for. Inside a transaction."""
    await session.fetch(
        """
insert into supporter_reviews (person_id, supporter, age, task, version, made, due)
values ($1, $2, $3, $4, $5, statement_timestamp(), $6)""",
        [one.person_id, one.supporter, one.age, one.task, one.version, one.due],
    )


async def open_reviews(session: Session, now: datetime, after: Key, most: int) -> list[Asked]:
    """Those whose day has come, and that are not settled."""
    rows = await session.fetch(
        """
select person_id, supporter, age, task, version, due from supporter_reviews
where settled is null and due <= $1::timestamptz
  and (person_id, supporter) > ($2::text, $3::text)
order by person_id, supporter, age limit $4::int""",
        [now, *after, most],
    )
    return [Asked(*row) for row in rows]


async def settle(session: Session, one: Asked, outcome: str) -> bool:
    """Keep what came of it; False where it is settled already."""
    rows = await session.fetch(
        """
update supporter_reviews set settled = statement_timestamp(), outcome = $4
where person_id = $1 and supporter = $2 and age = $3 and settled is null returning 1""",
        [one.person_id, one.supporter, one.age, outcome],
    )
    return bool(rows)


async def versions_since(session: Session, one: Asked) -> list[bytes]:
    """The versions of the supporter's entry that were written after it was asked for."""
    rows = await session.fetch(
        "select body from resource_versions where person_id = $1 and type = 'RelatedPerson'"
        " and id = $2 and version > $3 and method <> 'DELETE' order by version",
        [one.person_id, one.supporter, one.version],
    )
    return [row["body"] for row in rows]


async def organisations_tied(session: Session, person_id: str, now: datetime) -> list[str]:
    """Organisations with a tie that lasts, who the person is first, then teams."""
    rows = await session.fetch(
        """
select actor from rights
where person_id = $1::text and tie and type in ('Patient', 'CareTeam')
  and actor ^@ 'Organization/' and low <= $2::timestamptz and $2::timestamptz <= high
group by actor order by max(type) desc, actor""",
        [person_id, now],
    )
    return [row["actor"] for row in rows]
