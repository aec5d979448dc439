"""$who-has-looked: the log of a person's record in plain sentences, for the person.

What is read is what a search for AuditEvents would show the caller, and nothing else.
Source: fhir_profiles/OperationDefinition/who-has-looked.json
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from app.access.acts import Act
from app.access.caller import Role
from app.access.decision import decide, reach
from app.access.decision import people as records_of
from app.errors import Forbidden, Malformed, NotFound, NotSupported
from app.fhir.json_guard import encode, parse
from app.fhir.query_string import NOT_SEARCHED
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.interactions.parameters import asked_of, moment_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.searching import read_query, readable
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.store.found import FoundRow
from app.store.search import search
from app.what_matters.language import said_in
from app.what_matters.who_has_looked import MORE, Look, Told, day_of, look_of, tell

ZONE = ZoneInfo("Europe/London")
_MAY_ASK = frozenset((Role.PERSON, Role.PRIVACY_OFFICER, Role.ADMIN))
_KNOWN = ("before", "_count")
_AT_ONCE = 200
_USUAL, _MOST = 1_000, 10_000  # events that one answer tells of; a day is kept whole to the most
_TICK = timedelta(milliseconds=1)


async def who_has_looked(visit: Visit) -> Answer:
    """A Parameters with one `looked` for each sentence, newest first. Raises Forbidden for who is
    neither the person nor set to guard the record, NotFound for another's."""
    ask, caller = visit.ask, visit.caller
    if ask.type != "Patient" or ask.id is None:
        raise NotSupported("$who-has-looked is asked of one person: Patient/[id]/$who-has-looked.")
    if caller.role not in _MAY_ASK:
        raise Forbidden("Who has looked is for the person to know: ask with their own token.")
    decide(caller, Act.SEARCH_TYPE, "AuditEvent")
    if caller.role is Role.PERSON and ask.id not in (records_of(caller) or ()):
        raise NotFound(NOT_HERE)
    values = _values(visit)
    before = moment_of(values, "before")
    most = min(int(values.get("_count", _USUAL)), _MOST)
    looks, more = await _looks(visit, ask.id, before[0] if before else None, most)
    told = tell(looks, await _names(visit, looks), ZONE, said_in(visit.ask.language))
    parameters: list[Json] = [_looked(one) for one in told]
    if more is not None:
        parameters.append({"name": "next", "valueUrl": _next(visit, values, more)})
    body: Json = {"resourceType": "Parameters"}
    if parameters:
        body["parameter"] = parameters
    return Answer(200, encode(body), touched=(Touched(ask.id, "Patient", ask.id),))


def whole_days(looks: Sequence[Look], most: int) -> tuple[Sequence[Look], datetime] | None:
    """The looks that can be told when more have yet to be read, and the moment before which those
    lie; None while the day they begin with is not read to its end. looks: newest first."""
    if len(looks) < most:
        return None
    last = looks[-1].when
    day = day_of(last, ZONE)
    if day_of(looks[0].when, ZONE) != day:
        whole = [one for one in looks if day_of(one.when, ZONE) != day]
        morning = datetime.combine(day + timedelta(days=1), time(), ZONE)
        return whole, morning.astimezone(UTC)
    if len(looks) < _MOST:
        return None
    # A day of more than anybody reads is told in parts.
    return [one for one in looks if one.when != last], last + _TICK


async def _looks(
    visit: Visit, person: str, before: datetime | None, most: int
) -> tuple[Sequence[Look], datetime | None]:
    """(looks, newest first; before when there are more, or None)."""
    record = visit.record
    permit = decide(visit.caller, Act.SEARCH_TYPE, "AuditEvent")
    asked = f"patient=Patient/{person}&_sort=-date"
    if before is not None:
        asked += f"&date=lt{instant(before.astimezone(UTC))}"
    looks: list[Look] = []
    page = ""
    while True:
        found = await search(
            visit.unit.fetch,
            permit,
            read_query(record, "AuditEvent", asked + page),
            page_size=_AT_ONCE,
            now=visit.now,
            page_key=record.page_key,
            fetch_planned=visit.unit.fetch_planned,
            linked=visit.unit.linked,
        )
        looks += [_look(visit, row) for row in found.rows]
        if found.next_page is None:
            return looks, None
        cut = whole_days(looks, most)
        if cut is not None:
            return cut
        page = f"&_page={found.next_page}"


def _look(visit: Visit, row: FoundRow) -> Look:
    permit = decide(visit.caller, Act.SEARCH_TYPE, "AuditEvent")
    return look_of(parse(readable(permit, row)))


async def _names(visit: Visit, looks: Iterable[Look]) -> dict[str, str]:
    """What the organisations and supporters are called, as far as the caller may know of them."""
    references = {one for look in looks for one in (look.who, look.organisation) if one}
    asked = []
    for reference in sorted(references):
        type, _, id = reference.partition("/")
        if type in ("Organization", "RelatedPerson"):
            asked.append(wanted(type, id))
    rows = await visit.unit.read_many(reach(visit.caller), asked)
    found = {f"{row.type}/{row.id}": _called(parse(row.body)) for row in rows if row and row.body}
    return {reference: name for reference, name in found.items() if name}


def _called(body: Json) -> str:
    name = text(body, "name")
    if name is not None:
        return name
    for one in nodes(body, "name"):
        given = [part for part in one.get("given", ()) if isinstance(part, str)]
        return text(one, "text") or " ".join([*given, text(one, "family") or ""]).strip()
    return ""


def _looked(told: Told) -> Json:
    who: Json = {"display": told.named.removesuffix(",")}
    if told.look.who is not None:
        who = {"reference": told.look.who, **who}
    parts: list[Json] = [
        {"name": "text", "valueString": told.sentence},
        {"name": "when", "valuePeriod": {"start": instant(told.start), "end": instant(told.end)}},
        {"name": "times", "valueInteger": told.times},
        {"name": "who", "valueReference": who},
    ]
    parts += [{"name": "what", "valueCode": one} for one in told.look.what if one != MORE]
    parts.append({"name": "refused", "valueBoolean": told.look.refused})
    return {"name": "looked", "part": parts}


def _values(visit: Visit) -> dict[str, str]:
    pairs = asked_of(visit.ask)
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or not {*_KNOWN, *NOT_SEARCHED}.issuperset(names):
        raise NotSupported(f"$who-has-looked takes {' and '.join(_KNOWN)}, each once.")
    values = dict(pairs)
    count = values.get("_count", "1")
    if not (count.isascii() and count.isdigit() and len(count) < 10 and int(count) > 0):
        raise Malformed("_count is a whole number from 1.")
    return values


def _next(visit: Visit, values: dict[str, str], before: datetime) -> str:
    path = f"{visit.record.fhir_base}/Patient/{visit.ask.id}/$who-has-looked"
    return f"{path}?{urlencode({**values, 'before': instant(before)}, safe=':')}"
