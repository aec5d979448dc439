"""history of an instance, a type, or everything. Spec: https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Sequence
from urllib.parse import urlencode

from app.errors import Issue, Malformed, NotFound, NotSupported
from app.fhir.bundle import Entry, bundle
from app.fhir.query_string import NOT_SEARCHED, split
from app.fhir.resource_types import RESOURCE_TYPES
from app.interactions.parameters import moment_of
from app.interactions.placing import told_by_id, wanted
from app.interactions.read import NOT_HERE
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Ask, Touched, Visit
from app.store.history import Span
from app.store.history import history as versions
from app.store.resources import Row

_KNOWN = ("_since", "_at", "_count", "_page")


async def history(visit: Visit) -> Answer:
    """A history Bundle, newest first. Raises NotFound for an instance of which nothing may be
    seen."""
    ask, record = visit.ask, visit.record
    pairs = _pairs(ask)
    values = dict(pairs)
    if "_type" in values:
        values["_type"] = ",".join(value for name, value in pairs if name == "_type")
    span = _span(visit, values)
    page_size = min(_count(values.get("_count"), record.bounds.page), record.bounds.largest_page)
    rows, next_page = await versions(
        visit.unit.fetch,
        visit.permit,
        span,
        page_size=page_size,
        page=values.get("_page"),
        now=visit.now,
        page_key=record.page_key,
        room=record.room,
    )
    if not rows and ask.id is not None and not {"_since", "_at", "_page"} & values.keys():
        raise NotFound(NOT_HERE)
    body = bundle(
        "history",
        [_entry(record.fhir_base, row) for row in rows],
        links=_links(visit, pairs, next_page),
    )
    # What a label keeps from a person is kept where all that was shown of them bears it.
    labels: dict[str, int] = {}
    for row in rows:
        labels[row.person_id] = labels.get(row.person_id, row.labels) & row.labels
    touched = tuple(Touched(one, ask.type, ask.id, None, kept) for one, kept in labels.items())
    named = told_by_id(ask.type, ask.id) if ask.type and ask.id else None
    return Answer(200, body, touched=touched or (Touched(named, ask.type, ask.id),))


def _pairs(ask: Ask) -> list[tuple[str, str]]:
    known = _KNOWN if ask.type is not None else (*_KNOWN, "_type")
    pairs = [pair for pair in split(ask.query) if pair[0] not in NOT_SEARCHED]
    if any(name not in known for name, _ in pairs) and not ask.lenient:
        told = ", ".join(name for name in known if name != "_page")
        raise NotSupported(issues=[Issue("not-supported", f"This history takes {told}.", "http")])
    pairs = [(name, value) for name, value in pairs if name in known]
    names = [name for name, _ in pairs]
    twice = [name for name in known if names.count(name) > 1 and name != "_type"]
    if twice:
        told = "Give this parameter once."
        raise Malformed(issues=[Issue("value", told, f"http.{name}") for name in twice])
    return pairs


def _span(visit: Visit, values: dict[str, str]) -> Span:
    ask = visit.ask
    types = (ask.type,) if ask.type is not None else tuple(sorted(visit.permit.types))
    if "_type" in values:
        asked = values["_type"].split(",")
        if not RESOURCE_TYPES.keys() >= set(asked):
            raise NotSupported("_type names a type that is not served here.")
        types = tuple(name for name in types if name in asked)
    since = moment_of(values, "_since")
    at = moment_of(values, "_at")
    return Span(
        types,
        wanted(ask.type, ask.id) if ask.type is not None and ask.id is not None else None,
        since[0] if since else None,
        (at[0], at[1]) if at else None,
    )


def _count(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        told = "_count is a whole number from 1."
        raise Malformed(issues=[Issue("value", told, "http._count")])
    return int(text)


def _entry(base: str, row: Row) -> Entry:
    where = f"{row.type}/{row.id}"
    return Entry(
        full_url=f"{base}/{where}",
        resource=row.body,
        method=row.method,
        url=row.type if row.method == "POST" else where,
        status={"POST": "201", "DELETE": "204"}.get(
            row.method, "201" if row.version == 1 else "200"
        ),
        etag=f'W/"{row.version}"',
        last_modified=instant(row.updated),
    )


def _links(
    visit: Visit, pairs: Sequence[tuple[str, str]], next_page: str | None
) -> list[tuple[str, str]]:
    ask = visit.ask
    path = "/".join(p for p in (visit.record.fhir_base, ask.type, ask.id, "_history") if p)
    links = [("self", _url(path, pairs))]
    if next_page is not None:
        rest = [(name, value) for name, value in pairs if name != "_page"]
        links.append(("next", _url(path, [*rest, ("_page", next_page)])))
    return links


def _url(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs, safe=':')}" if pairs else path
