"""search: by type, across types, in a person's compartment. Spec:
https://hl7.org/fhir/R4/http.html#search"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from app.access.limits import Standing
from app.errors import Issue
from app.fhir.bundle import Entry, bundle, found_entry
from app.fhir.json_guard import parse
from app.fhir.labels import Label, labels_of
from app.fhir.outcome import outcome_bytes
from app.fhir.search_query import Query
from app.interactions.look_up import count_look_ups, looks_for_people
from app.interactions.searching import read_query, readable, shown
from app.interactions.visit import Answer, Touched, Visit
from app.store.found import Found, FoundRow
from app.store.search import search as find
from app.store.search_person import people_named

_HIDDEN = b"hidden-from-the-person"  # most entries do not hold it, and are not read for it
_PLAIN = re.compile(r"[A-Za-z0-9_./:|,$-]*")


async def search(visit: Visit) -> Answer:
    """A searchset Bundle of what matches, inside the permit."""
    ask, record = visit.ask, visit.record
    query = read_query(
        record, ask.type, ask.query, lenient=ask.lenient, compartment=ask.compartment
    )
    standings: tuple[Standing, ...] = ()
    # The look-ups of a transaction are counted before it begins.
    if not visit.unit.in_transaction and looks_for_people(ask.type, ask.query):
        standings = await count_look_ups(record, visit.caller)
    found = await find(
        visit.unit.fetch,
        visit.permit,
        query,
        page_size=min(
            query.count if query.count is not None else record.bounds.page,
            record.bounds.largest_page,
        ),
        now=visit.now,
        page_key=record.page_key,
        fetch_planned=visit.unit.fetch_planned,
        room=record.room,
        linked=visit.unit.linked,
    )
    body = bundle(
        "searchset",
        _entries(visit, query, found),
        links=_links(visit, query, found.next_page),
        total=found.total,
    )
    return Answer(200, body, touched=_touched(query, found), standings=standings)


def _entries(visit: Visit, query: Query, found: Found) -> list[Entry | bytes]:
    base = visit.record.fhir_base.encode()
    entries: list[Entry | bytes] = [
        found_entry(base, row.type, row.id, shown(query, readable(visit.permit, row)), mode)
        for mode, rows in ((b"match", found.rows), (b"include", found.included))
        for row in rows
    ]
    told = _told(query, found)
    if told:
        entries.append(Entry(resource=outcome_bytes(told), mode="outcome"))
    return entries


def _told(query: Query, found: Found) -> list[Issue]:
    told = [
        Issue("not-supported", f"The parameter {name} was ignored.", severity="warning")
        for name in query.ignored
    ]
    if found.included_cut:
        text = "Not everything that _include or _revinclude asks for is here. Ask for less at once."
        told.append(Issue("incomplete", text, severity="warning"))
    return told


def _links(visit: Visit, query: Query, next_page: str | None) -> list[tuple[str, str]]:
    ask, base = visit.ask, visit.record.fhir_base
    path = f"{base}/{ask.type}" if ask.type else base
    if ask.compartment:
        path = f"{base}/Patient/{quote(ask.compartment)}/{ask.type or '*'}"
    understood = list(query.understood)
    first = _url(path, understood)
    to_page = f"{first}{'&' if understood else '?'}_page="
    links = [("self", f"{to_page}{query.page}" if query.page else first)]
    if next_page is not None:
        links.append(("next", to_page + next_page))
    if next_page is not None or query.page:
        links.append(("first", first))
    return links


def _url(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return path
    return path + "?" + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, safe=":/|,$")


def _touched(query: Query, found: Found) -> tuple[Touched, ...]:
    """Whoever is found or counted, and whoever was asked about by name: to find nothing tells
    something, too."""
    asked = [query.compartment] if query.compartment is not None else []
    asked += people_named(query.types, query.clauses)
    labels = dict.fromkeys([*asked, *found.counted], 0)
    # What a label keeps from a person is kept where all that was found of them bears it.
    for row in (*found.rows, *found.included):
        kept = _kept(row)
        labels[row.person_id] = labels.get(row.person_id, kept) & kept
    touched = tuple(Touched(person, labels=kept) for person, kept in labels.items())
    return touched or (Touched(None),)


def _kept(row: FoundRow) -> int:
    """The label that keeps an entry from the person it is about, or 0."""
    if _HIDDEN not in row.body:
        return 0
    return int(labels_of(parse(row.body)) & Label.HIDDEN_FROM_PERSON)
