"""The rights and labels that entries give, compared with those that are stored, and put right."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct, convert

from app.store.database import Session
from app.store.links import copy_rights, take_rights
from app.store.rights import Right

_MEMBERS = Right.__struct_fields__
_COLUMNS = ", ".join(_MEMBERS)
_PLACES = ", ".join(f"${n}" for n in range(6, 6 + len(_MEMBERS)))

_VERSIONS = """
select v.person_id, v.type, v.id, v.version, v.author, v.labels, v.body,
  v.version = r.version as is_current
from resource_versions v
join resources r on r.person_id = v.person_id and r.type = v.type and r.id = v.id
where (v.person_id, v.type, v.id, v.version) > ($1::text, $2::text, $3::text, $4::int)
order by v.person_id, v.type, v.id, v.version limit $5::int"""

_STORED = f"""
select type, id, version, {_COLUMNS} from rights
where person_id = any($1::text[]) and side = '' and (person_id, type, id) in (
  select * from unnest($1::text[], $2::text[], $3::text[]))
order by type, id, n"""


class Version(Struct, frozen=True):
    """One stored version. labels: as stored. body: empty for a deletion."""

    person_id: str
    type: str
    id: str
    version: int
    author: str
    labels: int
    body: bytes
    is_current: bool

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Where it stands."""
        return (self.person_id, self.type, self.id, self.version)


async def versions_after(
    session: Session, after: tuple[str, str, str, int], most: int
) -> list[Version]:
    """The next versions, those of one entry one after the other."""
    return [Version(*row) for row in await session.fetch(_VERSIONS, [*after, most])]


async def stored_rights(
    session: Session, entries: Sequence[Version]
) -> dict[tuple[str, str], list[tuple[int, Right]]]:
    """(version, right) of each entry, by type and id, in their order."""
    columns = [[one.person_id for one in entries], [one.type for one in entries]]
    found: dict[tuple[str, str], list[tuple[int, Right]]] = {}
    for row in await session.fetch(_STORED, [*columns, [one.id for one in entries]]):
        kind, id, version, *rest = row
        values = (_read(value) for value in rest)
        right = convert(dict(zip(_MEMBERS, values, strict=True)), Right)
        found.setdefault((kind, id), []).append((version, right))
    return found


def _read(value: object) -> object:
    """As it was written: infinity, which stands for the first and last moment, comes without a
    zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


async def set_labels(session: Session, one: Version, labels: int) -> None:
    """Put the labels of a version right."""
    await session.fetch(
        "update resource_versions set labels = $5"
        " where person_id = $1 and type = $2 and id = $3 and version = $4",
        [*one.key, labels],
    )
    await session.fetch(
        "update resources set labels = $5"
        " where person_id = $1 and type = $2 and id = $3 and version = $4",
        [*one.key, labels],
    )


async def set_rights(session: Session, one: Version, rights: Sequence[Right]) -> None:
    """Put the rights of an entry right, unless it was changed meanwhile."""
    async with session.transaction():
        current = await session.fetch(
            "select from resources where person_id = $1 and type = $2 and id = $3"
            " and version = $4 for update",
            [*one.key],
        )
        if current:
            await replace_rights(session, one, rights)


async def replace_rights(session: Session, one: Version, rights: Sequence[Right]) -> None:
    """The same for an entry that is held. Inside a transaction."""
    await take_rights(session, one.person_id, [(one.type, one.id)])
    for n, right in enumerate(rights):
        values = [list(v) if isinstance(v, tuple) else v for v in _values(right)]
        await session.fetch(
            f"insert into rights (person_id, type, id, version, n, {_COLUMNS})"
            f" values ($1, $2, $3, $4, $5, {_PLACES})",
            [*one.key, n, *values],
        )
    await copy_rights(session, one.person_id, one.type, one.id)


def _values(right: Right) -> list[object]:
    return [getattr(right, name) for name in _MEMBERS]
