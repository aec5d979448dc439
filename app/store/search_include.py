"""What a page brings along: `_include`, `_revinclude`, `:iterate` and `*`.

Every row brought along must be visible in its own right, before any limit. An AuditEvent lies with
the person it is about, so those are looked for with the people of the rows they belong to.

Spec: https://hl7.org/fhir/R4/search.html#include
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from app.fhir.reference import is_id
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import SearchParameter, parameters_of
from app.fhir.search_query import Include
from app.store.database import Fetch, Record
from app.store.found import FoundRow, found_row
from app.store.page_bytes import ROOM, Room, bounded, is_full
from app.store.permit import Permit, visible, visible_audit
from app.store.statement import Statement

MOST_ROUNDS = 5
_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})
NO_VERSION = ""  # the entry is a canonical, and the row may not hold it with a version

_ROW = "c.person_id, c.type, c.id, c.version, c.updated, c.body, c.tokens"
_AUDIT_ROW = "c.person_id, 'AuditEvent', c.id, 1, c.updated, c.body, c.tokens"


@dataclass(slots=True)
class _Wanted:
    """What a round looks for: by type and id; and by type, entry and, where not None, a second
    entry the row must hold, or NO_VERSION."""

    by_id: set[tuple[str, str]] = field(default_factory=set)
    by_entry: set[tuple[str, str, str | None]] = field(default_factory=set)


async def include(
    fetch: Fetch,
    permit: Permit,
    includes: Sequence[Include],
    matches: Sequence[Record],
    others: Mapping[str, tuple[str, ...]] = _NOBODY,
    room: Room = ROOM,
) -> tuple[list[FoundRow], bool]:
    """What the matches bring along, and whether it was cut short.

    matches: the columns of a FoundRow and then the tokens. others: by the id of a Patient, which
    other records are theirs; what refers to one of them is brought along for each.
    """
    seen = {(row[1], row[2]) for row in matches}
    included: list[FoundRow] = []
    left = room.bytes
    rows = list(matches)
    for turn in range(MOST_ROUNDS):
        active = includes if turn == 0 else [one for one in includes if one.iterate]
        wanted = _wanted(permit, active, rows, seen, others)
        people = sorted({row[0] for row in rows})
        most = room.included + len(seen) + 1
        rows, is_cut = await _look_up(fetch, permit, (wanted, room), people, most)
        rows = [row for row in rows if (row[1], row[2]) not in seen]
        for row in rows:
            if len(included) >= room.included or left <= 0:
                return included, True
            included.append(found_row(row))
            left -= len(row[5])
        if is_cut:
            return included, True
        if not rows:
            break
        seen |= {(row[1], row[2]) for row in rows}
    return included, False


def _wanted(
    permit: Permit,
    includes: Iterable[Include],
    rows: Iterable[Record],
    seen: set[tuple[str, str]],
    others: Mapping[str, tuple[str, ...]],
) -> _Wanted:
    wanted = _Wanted()
    by_type: dict[str, list[Record]] = {}
    for row in rows:
        by_type.setdefault(row[1], []).append(row)
    for one in includes:
        if one.reverse:
            if one.source in permit.types:
                wanted.by_entry.update(_referring(one, by_type, others))
        else:
            for row in by_type.get(one.source, ()):
                _add_targets(wanted, permit, one, row[6])
    wanted.by_id -= seen
    return wanted


def _referring(
    one: Include, by_type: dict[str, list[Record]], others: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, str | None]]:
    for search_parameter in _parameters(one):
        for target in search_parameter.targets if one.target is None else (one.target,):
            has_canonical = parameters_of(target).keys() >= {"url", "version"}
            for row in by_type.get(target, ()):
                same = others.get(row[2], ()) if target == "Patient" else ()
                for id_ in (row[2], *same):
                    yield one.source, f"{search_parameter.code}={target}/{id_}", None
                if has_canonical:
                    for entry, version in _named(search_parameter.code, row[6]):
                        yield one.source, entry, version


def _named(code: str, tokens: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """The ways in which a canonical names the resource with these tokens: by its `url`, and by its
    `version` too."""
    for url in [token[4:] for token in tokens if token.startswith("url=")]:
        yield f"{code}={url}", NO_VERSION
        for version in [token[8:] for token in tokens if token.startswith("version=")]:
            if "|" not in version:
                yield f"{code}={url}|{version}", None


def _add_targets(wanted: _Wanted, permit: Permit, one: Include, tokens: Sequence[str]) -> None:
    parameter_by_code = {row.code: row for row in _parameters(one)}
    references_by_code: dict[str, list[str]] = {}
    for token in tokens:
        code, _, reference = token.partition("=")
        if code in parameter_by_code:
            references_by_code.setdefault(code, []).append(reference)
    for code, references in references_by_code.items():
        targets = parameter_by_code[code].targets if one.target is None else (one.target,)
        allowed = permit.types.intersection(targets)
        for reference in references:
            type_name, _, id_ = reference.partition("/")
            if type_name in RESOURCE_TYPES and is_id(id_):
                if type_name in allowed:
                    wanted.by_id.add((type_name, id_))
            else:
                wanted.by_entry.update(_canonical(reference, references, allowed))


def _canonical(
    reference: str, references: Sequence[str], allowed: Iterable[str]
) -> Iterator[tuple[str, str, str | None]]:
    """A canonical names a resource by its `url`, and perhaps its `version`."""
    url, bar, version = reference.partition("|")
    if not bar and any(other.startswith(f"{url}|") for other in references):
        return
    for type_name in allowed:
        if "url" in parameters_of(type_name):
            yield type_name, f"url={url}", f"version={version}" if bar else None


def _parameters(one: Include) -> Sequence[SearchParameter]:
    if one.parameter is not None:
        return (one.parameter,)
    return [row for row in parameters_of(one.source).values() if row.type == "reference"]


async def _look_up(
    fetch: Fetch, permit: Permit, asked: tuple[_Wanted, Room], people: Sequence[str], most: int
) -> tuple[list[Record], bool]:
    """Each row once, in order, as many as `most`. And whether their bytes were too many for one
    page."""
    wanted, room = asked
    audit_ids = [id_ for type_name, id_ in wanted.by_id if type_name == "AuditEvent"]
    audit_entries = [text for type_name, text, _ in wanted.by_entry if type_name == "AuditEvent"]
    rows: list[Record] = []
    is_cut = False
    if len(wanted.by_id) > len(audit_ids) or len(wanted.by_entry) > len(audit_entries):
        statement = Statement()
        sql = _resources(permit, wanted, statement, most)
        rows += await fetch(bounded(sql, room), statement.arguments)
        is_cut = is_full(rows, room)
    if audit_ids or audit_entries:
        statement = Statement()
        sql = _audit_events(permit, statement, (audit_ids, audit_entries), people, most)
        events = await fetch(bounded(sql, room), statement.arguments)
        is_cut = is_cut or is_full(events, room)
        rows += events
    return rows, is_cut


def _resources(permit: Permit, wanted: _Wanted, statement: Statement, most: int) -> str:
    by_id = sorted(wanted.by_id)
    by_entry = sorted(wanted.by_entry, key=str)
    types, ids = [w[0] for w in by_id], [w[1] for w in by_id]
    holders, entries = [w[0] for w in by_entry], [w[1] for w in by_entry]
    versions = [w[2] for w in by_entry]
    ways = []
    if by_id:
        asked = f"unnest({statement.bind_all(types)}, {statement.bind_all(ids)}) w(type, id)"
        ways.append(
            f"select x.person_id, x.type, x.id from {asked}"
            " join resources x on x.type = w.type and x.id = w.id"
        )
    if by_entry:
        asked = (
            f"unnest({statement.bind_all(holders)}, {statement.bind_all(entries)},"
            f" {statement.bind_all(versions)}) w(type, entry, version)"
        )
        # `offset 0` has each entry looked up in the index over entries, and in no other.
        held = "select x.* from resources x where x.tokens @> array[w.entry] offset 0"
        ways.append(
            f"select x.person_id, x.type, x.id from {asked} cross join lateral ({held}) x"
            " where x.type = w.type and (w.version is null or w.version = any(x.tokens)"
            f" or w.version = '{NO_VERSION}' and not exists (select from unnest(x.tokens) t"
            " where starts_with(t, w.entry || '|')))"
        )
    return (
        f"select {_ROW} from resources c"
        f" where (c.person_id, c.type, c.id) in ({' union '.join(ways)})"
        f" and not c.deleted and {visible(permit, 'c', statement)}"
        f" order by c.type, c.id, c.person_id limit {statement.bind(most, 'int')}"
    )


def _audit_events(
    permit: Permit,
    statement: Statement,
    asked: tuple[Sequence[str], Sequence[str]],
    people: Sequence[str],
    most: int,
) -> str:
    ids, entries = (statement.bind_all(sorted(some)) for some in asked)
    return (
        f"select {_AUDIT_ROW} from audit_events c"
        f" where c.person_id = any({statement.bind_all(people)})"
        f" and (c.id = any({ids}) or c.tokens && {entries})"
        f" and {visible_audit(permit, 'c', statement)}"
        f" order by c.id, c.person_id limit {statement.bind(most, 'int')}"
    )
