"""What the operations on several people share: the entries of those whom the caller sees, and what
the log of each tells.

Somebody whom the caller may not see is answered as somebody who is not there, and the log of each
tells the same: that it was tried.
Source: docs/decisions/0032-figures-of-a-set-are-read-person-by-person.md
"""

from collections.abc import Sequence

from msgspec import Struct

from app.access.acts import Act
from app.access.caller import Role
from app.access.decision import decide
from app.errors import Forbidden, TooCostly
from app.fhir.json_guard import stored
from app.fhir.resource_types import Json
from app.interactions.read import NOT_HERE
from app.interactions.visit import Touched, Visit, audit_rows
from app.store.people_entries import Held, Sort, entries_of_people

_MOST_ENTRIES = 20_000
_PATIENT = "Patient"
_TOO_MUCH = (
    "There is more to read of these people than one answer may take. Ask for fewer of them at once."
)


class Seen(Struct, frozen=True):
    """What the caller sees of those asked for. people: of each human being the entries by type, the
    Patient first asked for among them. records: those that were read. not_found: the ids for which
    there is nobody."""

    people: tuple[dict[str, list[Json]], ...]
    records: tuple[str, ...]
    not_found: tuple[str, ...]


async def people_seen(visit: Visit, ids: Sequence[str], sorts: Sequence[Sort]) -> Seen:
    """The entries of those of these people whom the caller sees. Raises Forbidden for a supporter,
    and TooCostly for more than can be read at once."""
    asked = tuple(dict.fromkeys(ids))
    visit.asked_about.extend(asked)
    decide(visit.caller, Act.READ, _PATIENT)
    if visit.caller.role is Role.SUPPORTER:
        raise Forbidden("These figures are for the person, and for the organisations that help.")
    rows, is_cut = await entries_of_people(
        visit.unit.fetch,
        visit.permit,
        asked,
        [Sort(_PATIENT), *sorts],
        most=_MOST_ENTRIES,
        room=visit.record.room,
    )
    if is_cut:
        raise TooCostly(_TOO_MUCH)
    return _seen(asked, rows)


def _seen(asked: Sequence[str], rows: Sequence[Held]) -> Seen:
    held = {row.record: row.person for row in rows if row.type == _PATIENT}
    first_by_person = {held[id]: id for id in reversed(asked) if id in held}
    people: dict[str, dict[str, list[Json]]] = {one: {} for one in first_by_person}
    records: dict[str, None] = {}
    for row in rows:
        first = first_by_person.get(row.person)
        if first is None:
            continue
        records[row.record] = None
        if row.type != _PATIENT or row.record == first:
            people[row.person].setdefault(row.type, []).append(stored(row.body))
    return Seen(tuple(people.values()), tuple(records), tuple(id for id in asked if id not in held))


async def tell_each(visit: Visit, seen: Seen) -> None:
    """Make it durable in the log of each who was read, and of each who was asked for in vain."""
    read, tried = (
        [Touched(one, _PATIENT, one) for one in some] for some in (seen.records, seen.not_found)
    )
    refused = audit_rows(visit.record, visit.caller, visit.ask, visit.now, tried, 404, NOT_HERE)
    await visit.unit.audit((*visit.audit(read, 200), *refused))
