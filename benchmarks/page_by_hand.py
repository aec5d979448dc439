"""The one page as somebody would write it by hand for one screen: plain SQL on the same tables, and
JSON. No labels, no consent and no audit, unless a permit is given, and then each statement has its
clause; no "and N more", and nothing of when somebody looked.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from app.fhir.resource_types import DIRECTORY
from app.store.permit import Permit, visible
from app.store.statement import Statement
from app.what_matters.about_me import SECTION_BY_CODE, SNOMED
from app.what_matters.attainment import LEVEL_BY_CODE

Json = dict[str, Any]

_TYPES = re.compile(r"'([A-Z][A-Za-z]+)'")

_NOT_WRONG = ["status=entered-in-error", "status=cancelled"]
_MATTERS = "category=http://hl7.org/fhir/us/pco/CodeSystem/pco-concepts-temporary|what-matters"
_HAPPENED = ["status=finished", "status=in-progress", "status=arrived"]
_OPEN = [
    f"lifecycle-status={one}" for one in ("proposed", "planned", "accepted", "active", "on-hold")
]
_DATED = (
    "join index_dates d on (d.person_id, d.type, d.id) = (r.person_id, r.type, r.id)"
    " and d.parameter = '{}'"
)
_OF = "select r.body from resources r {} where r.person_id = $1 and r.type = '{}' and not r.deleted"
_FLAGS = _OF.format("", "Flag")
_TEAMS = _OF.format("", "CareTeam") + " and r.tokens @> array['status=active'] limit 3"
_SUPPORTERS = _OF.format("", "RelatedPerson") + " and r.tokens @> array['active=true'] limit 16"
_LIST = (
    _OF.format(_DATED.format("date"), "List")
    + " and r.tokens @> array['code=81340-2'] order by d.low desc limit 1"
)
_SECTIONS = """
select distinct on (t) r.body from resources r
join index_dates d on (d.person_id, d.type, d.id) = (r.person_id, r.type, r.id)
  and d.parameter = 'date'
cross join lateral unnest(r.tokens) t
where r.person_id = $1 and r.type = 'Observation' and not r.deleted and t = any($2::text[])
  and not r.tokens && $3::text[]
order by t, d.low desc"""
_STATEMENTS = (
    _OF.format(_DATED.format("date"), "Observation")
    + " and r.tokens && $2::text[] and not r.tokens && $3::text[] order by d.low desc limit 5"
)
_GOALS = (
    _OF.format(_DATED.format("start-date"), "Goal")
    + " and r.tokens && $2::text[] order by d.low desc limit 60"
)
_PROGRESS = """
select body from (
  select r.body, row_number() over (partition by f order by d.low desc) as n,
    row_number() over (partition by f order by d.low) as m
  from resources r
  join index_dates d on (d.person_id, d.type, d.id) = (r.person_id, r.type, r.id)
    and d.parameter = 'date'
  cross join lateral unnest(r.tokens) f
  where r.person_id = $1 and r.type = 'Observation' and not r.deleted and f = any($2::text[])
    and not r.tokens && $3::text[]
) p where n <= 3 or m = 1"""
_REQUESTS = (
    _OF.format(_DATED.format("authored"), "ServiceRequest")
    + " and r.tokens && array['status=active', 'status=on-hold'] order by d.low limit 5"
)
_TASKS = _OF.format("", "Task") + " and r.tokens && $2::text[] limit 100"
_CONTACT = (
    _OF.format(_DATED.format("date"), "Encounter")
    + " and r.tokens @> $2::text[] and r.tokens && $3::text[] order by d.low desc limit 1"
)
_SINCE = """
select r.body from resources r
join index_dates d on (d.person_id, d.type, d.id) = (r.person_id, r.type, r.id)
  and d.parameter in ('date', 'modified', 'sent') and d.low > $2
where r.person_id = $1 and not r.deleted
  and r.type in ('Encounter', 'Task', 'Communication', 'Observation', 'CarePlan')
order by d.low desc limit 6"""
_NAMES = """
select r.body from resources r
where r.person_id = $1 and r.type || '/' || r.id = any($2::text[])"""


async def page_by_hand(
    connection: asyncpg.Connection, person: str, organisation: str, permit: Permit | None = None
) -> bytes:
    """The page as JSON. permit: what is kept to, if anything is."""

    async def some(sql: str, *arguments: object) -> list[Json]:
        if permit is not None and "not r.deleted" in sql:
            statement = Statement()
            statement.arguments += arguments
            found = _TYPES.findall(sql)
            clause = visible(permit, "r", statement, found, "$1::text")
            sql = sql.replace("not r.deleted", f"not r.deleted and {clause}")
            arguments = tuple(statement.arguments)
        rows = await connection.fetch(sql, *arguments)
        return [msgspec.json.decode(row["body"]) for row in rows]

    (patient,) = await some(_OF.format("", "Patient"), person)
    codes = [f"code={SNOMED}|{code}" for code in SECTION_BY_CODE]
    flags, teams, supporters = (
        await some(_FLAGS, person),
        await some(_TEAMS, person),
        await some(_SUPPORTERS, person),
    )
    ordered = await some(_LIST, person)
    sections = await some(_SECTIONS, person, codes, _NOT_WRONG)
    statements = await some(_STATEMENTS, person, [_MATTERS], _NOT_WRONG)
    goals = await some(_GOALS, person, _OPEN)
    goals = sorted(goals, key=_importance)[:6]
    focus = [f"focus=Goal/{one['id']}" for one in goals]
    progress = await some(_PROGRESS, person, focus, _NOT_WRONG)
    requests = await some(_REQUESTS, person)
    tasks = await some(_TASKS, person, [f"focus=ServiceRequest/{one['id']}" for one in requests])
    ours = [f"service-provider={organisation}"]
    contacts = await some(_CONTACT, person, ours, _HAPPENED)
    since = []
    if contacts:
        period = contacts[0]["period"]
        moment = datetime.fromisoformat(period.get("end") or period["start"])
        since = await some(_SINCE, person, moment)
    links = sorted(set(_links([*teams, *tasks, *contacts, *since])))
    directory = await some(_NAMES, DIRECTORY, links)
    names = {f"{one['resourceType']}/{one['id']}": _name(one) for one in directory}
    order = [item["item"].get("reference") for one in ordered for item in one.get("entry", ())]
    return msgspec.json.encode(
        {
            "person": {"id": person, "name": _name(patient), "born": patient.get("birthDate")},
            "take_care": [one["code"].get("text") for one in flags if one["status"] == "active"],
            "languages": [_shown(one["language"]) for one in patient.get("communication", ())],
            "reach": [one.get("value") for one in patient.get("telecom", ())],
            "about_me": {_shown(one["code"]): _said(one) for one in sections},
            "things": sorted((_said(one) for one in statements), key=_place(order)),
            "goals": [_goal(one, progress) for one in goals],
            "who_helps": [_member(m, names) for one in teams for m in one.get("participant", ())]
            + [{"name": _name(one)} for one in supporters],
            "requests": [_request(one, tasks, names) for one in requests],
            "last": [one["period"]["start"] for one in contacts],
            "since": [_happened(one) for one in since],
        }
    )


def _place(order: list[str | None]) -> Any:
    places = {link: n for n, link in enumerate(order)}
    return lambda one: places.get(f"Observation/{one['id']}", len(order))


def _said(one: Json) -> Json:
    return {"id": one["id"], "words": one.get("valueString"), "when": one.get("effectiveDateTime")}


def _shown(concept: Json) -> str:
    return str(concept.get("text") or concept["coding"][0].get("display", ""))


def _name(one: Json) -> str:
    name = one.get("name", "")
    if isinstance(name, str):
        return name
    return name[0].get("text") or " ".join([*name[0].get("given", ()), name[0].get("family", "")])


def _links(entries: Iterable[Json]) -> Iterable[str]:
    for one in entries:
        for name in ("owner", "sender", "serviceProvider"):
            if name in one:
                yield one[name].get("reference", "")
        for part in one.get("participant", ()):
            for name in ("member", "individual", "onBehalfOf"):
                if name in part:
                    yield part[name].get("reference", "")


def _importance(goal: Json) -> int:
    for one in goal.get("extension", ()):
        if one["url"].endswith("goal-importance"):
            return -int(one["valueInteger"])
    return 0


def _goal(goal: Json, progress: list[Json]) -> Json:
    here = f"Goal/{goal['id']}"
    told = [one for one in progress if one["focus"][0]["reference"] == here]
    told.sort(key=lambda one: str(one["effectiveDateTime"]))
    numbers = [number for one in told if (number := _number(one)) is not None]
    moved = numbers[-1] - numbers[0] if len(numbers) > 1 else None
    last = told[-1] if told else {}
    return {
        "id": goal["id"],
        "words": goal["description"]["text"],
        "state": goal["lifecycleStatus"],
        "number": numbers[-1] if numbers else None,
        "said": last.get("valueString") or [one["text"] for one in last.get("note", ())],
        "moved": moved,
    }


def _number(one: Json) -> int | None:
    if "valueInteger" in one:
        return int(one["valueInteger"])
    for coding in one.get("valueCodeableConcept", {}).get("coding", ()):
        if coding.get("code") in LEVEL_BY_CODE:
            return LEVEL_BY_CODE[coding["code"]]
    return None


def _member(participant: Json, names: dict[str, str]) -> Json:
    who = participant.get("member", {}).get("reference", "")
    return {
        "name": names.get(who, ""),
        "role": [one.get("text") for one in participant.get("role", ())],
    }


def _request(request: Json, tasks: list[Json], names: dict[str, str]) -> Json:
    here = f"ServiceRequest/{request['id']}"
    ours = [one for one in tasks if one["focus"]["reference"] == here]
    return {
        "words": request["code"].get("text"),
        "asked": request.get("authoredOn"),
        "states": [one["status"] for one in ours],
        "with": [names.get(one.get("owner", {}).get("reference", "")) for one in ours],
    }


def _happened(one: Json) -> Json:
    return {
        "what": one["resourceType"],
        "when": one.get("lastModified") or one.get("sent") or one.get("effectiveDateTime"),
        "words": one.get("valueString") or one.get("description"),
    }
