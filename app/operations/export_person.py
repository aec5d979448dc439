"""Patient/$export-person: everything about one person, in pages of a history, for the person.

Every version and every deletion, then who has looked, then who may see what. It is what
`whatmatters person export` writes: as the person may have it, whoever asks.
Source: fhir_profiles/OperationDefinition/export-person.json
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from app.access.audit import without_values
from app.access.caller import Role
from app.access.decision import permit_of_person
from app.errors import Forbidden, Malformed, NotFound, NotSupported
from app.fhir.bundle import Entry, bundle
from app.fhir.json_guard import encode
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Query
from app.interactions.parameters import asked_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.store.database import Record as Row
from app.store.page_bytes import bounded, is_full
from app.store.page_token import KeyValue, Place, seal, unseal
from app.store.person_export import audit_events, event_of, plain_right, rights, versions

_KNOWN = ("_count", "_page")
_PAGE_SIZE = 200
_VERSIONS, _AUDIT = "versions", "audit"
_STATUS = {"POST": "201", "DELETE": "204"}


async def export_person(visit: Visit) -> Answer:
    """A Bundle of type history. Raises Forbidden for who is neither the person nor an
    administrator, or whose token does not reach everything; NotFound for nobody."""
    ask, record = visit.ask, visit.record
    if ask.type != "Patient" or ask.id is None:
        raise NotSupported("$export-person is asked of one person: Patient/[id]/$export-person.")
    values = _values(visit)
    patient = await visit.unit.read(visit.permit, wanted("Patient", ask.id))
    if patient is None or patient.deleted:
        raise NotFound(NOT_HERE)
    _check_reach(visit)
    size = min(int(values.get("_count", _PAGE_SIZE)), record.bounds.largest_page)
    place = _place(visit, values)
    kind, *keys = map(str, place.keys)
    following: tuple[KeyValue, ...] | None = None
    entries: list[Entry] = []
    if kind == _VERSIONS:
        entries, following = await _page_of_versions(visit, ask.id, keys, size)
        kind, *keys = map(str, following)
    if kind == _AUDIT and len(entries) < size:
        room = size - len(entries)
        events, following = await _page_of_audit(visit, ask.id, keys, room, place.asked)
        entries += events
    links = [("self", _url(visit, values))]
    if following is not None:
        token = seal(
            record.page_key,
            visit.permit.caller,
            _asked(visit),
            Place(place.asked, following),
            now=visit.now,
        )
        links.append(("next", _url(visit, {**values, "_page": token})))
    else:
        entries.append(await _rights(visit, ask.id))
    touched = (Touched(ask.id, "Patient", ask.id),)
    return Answer(200, bundle("history", entries, links=links), touched=touched)


def _check_reach(visit: Visit) -> None:
    """Only the person, or an administrator, and a token that may read everything."""
    if visit.caller.role not in (Role.PERSON, Role.ADMIN):
        raise Forbidden("Everything about a person is for the person: ask with their own token.")
    if visit.permit.types != frozenset(RESOURCE_TYPES) or visit.permit.constraints:
        context = "patient" if visit.caller.role is Role.PERSON else "system"
        raise Forbidden(f"This needs the scope {context}/*.rs, which the token does not hold.")


def _values(visit: Visit) -> dict[str, str]:
    values = dict(asked_of(visit.ask))
    if any(name not in _KNOWN for name in values):
        raise NotSupported("$export-person takes _count.")
    count = values.get("_count", "1")
    if not (count.isascii() and count.isdigit() and len(count) < 10 and int(count) > 0):
        raise Malformed("_count is a whole number from 1.")
    return values


def _place(visit: Visit, values: dict[str, str]) -> Place:
    """Which kind of rows comes next, and after which of them."""
    if "_page" not in values:
        return Place(visit.now, (_VERSIONS,))
    key, caller = visit.record.page_key, visit.permit.caller
    return unseal(key, caller, _asked(visit), values["_page"], now=visit.now)


def _asked(visit: Visit) -> Query:
    return Query(types=("Patient",), understood=(("export-person", visit.ask.id or ""),))


async def _page_of_versions(
    visit: Visit, person: str, keys: Sequence[str], size: int
) -> tuple[list[Entry], tuple[KeyValue, ...]]:
    after = (keys[0], keys[1], int(keys[2])) if keys else None
    rows, more = await _page(
        visit, versions(permit_of_person(person), person, after, size + 1), size
    )
    entries = [_version(visit.record.fhir_base, row) for row in rows]
    if not more:
        return entries, (_AUDIT,)
    return entries, (_VERSIONS, rows[-1]["type"], rows[-1]["id"], str(rows[-1]["version"]))


async def _page_of_audit(
    visit: Visit, person: str, keys: Sequence[str], size: int, until: datetime
) -> tuple[list[Entry], tuple[KeyValue, ...] | None]:
    after = int(keys[0]) if keys else None
    permit = permit_of_person(person)
    rows, more = await _page(visit, audit_events(permit, person, after, size + 1, until), size)
    entries = [_event(visit.record.fhir_base, row) for row in rows]
    return entries, (_AUDIT, str(rows[-1]["seq"])) if more else None


async def _page(visit: Visit, sql: tuple[str, list[object]], size: int) -> tuple[list[Row], bool]:
    text, arguments = sql
    records = await visit.unit.fetch(bounded(text, visit.record.room), arguments)
    return records[:size], len(records) > size or is_full(records, visit.record.room)


def _version(base: str, row: Row) -> Entry:
    where = f"{row['type']}/{row['id']}"
    return Entry(
        f"{base}/{where}",
        row["body"],
        method=row["method"],
        url=row["type"] if row["method"] == "POST" else where,
        status=_STATUS.get(row["method"], "201" if row["version"] == 1 else "200"),
        etag=f'W/"{row["version"]}"',
        last_modified=instant(row["updated"]),
    )


def _event(base: str, row: Row) -> Entry:
    return Entry(
        f"{base}/AuditEvent/{row['id']}",
        without_values(event_of(row)),
        method="POST",
        url="AuditEvent",
        status="201",
        last_modified=instant(row["updated"]),
    )


async def _rights(visit: Visit, person: str) -> Entry:
    """Who may see what, as one Parameters: it is not stored, but made from the entries."""
    told = [
        {"name": "right", "part": _parts(plain_right(row))}
        for row in await visit.unit.fetch(*rights(permit_of_person(person), person))
    ]
    parameters = {"resourceType": "Parameters", **({"parameter": told} if told else {})}
    url = f"Patient/{person}/$export-person"
    return Entry(None, encode(parameters), method="GET", url=url, status="200")


def _parts(right: Mapping[str, object]) -> list[dict[str, object]]:
    parts: list[dict[str, object]] = []
    for name, told in right.items():
        kind = "valueBoolean" if isinstance(told, bool) else "valueString"
        each = told if isinstance(told, list) else [told]
        parts += [{"name": name, kind: one} for one in each]
    return parts


def _url(visit: Visit, values: dict[str, str]) -> str:
    path = f"{visit.record.fhir_base}/Patient/{visit.ask.id}/$export-person"
    return f"{path}?{urlencode(values, safe=':,')}" if values else path
