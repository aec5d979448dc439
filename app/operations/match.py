"""Patient/$match: whether somebody is here, for whoever has to find their record.

It answers and never acts. By a verified NHS number and the date of birth it finds people whom the
caller has nothing to do with yet, since whom to ask is what it is for; of those it tells the id and
the number that was sent. By likeness it finds only whom the caller may see.
Spec: https://hl7.org/fhir/R4/patient-operation-match.html, docs/decisions/0021-who-is-this.md
Source: fhir_profiles/OperationDefinition/match.json
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.access.caller import Role
from app.access.limits import MATCH, PERSON, Standing, client_of
from app.errors import (
    Forbidden,
    Issue,
    MethodNotAllowed,
    NotFound,
)
from app.fhir.bundle import Entry, bundle
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import encode, parse
from app.fhir.outcome import outcome_bytes
from app.fhir.resource_types import Json
from app.interactions.visit import Answer, Touched, Visit, audit_rows
from app.operations.match_question import MOST_TOLD, Question, question, tokens, who
from app.store.match import Candidate, by_likeness, by_number
from app.what_matters.likeness import (
    GRADES,
    Grade,
    Likeness,
    Traits,
    likeness,
    traits_of,
)
from app.what_matters.nhs_number import NHS_NUMBER

_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_MAY_ASK = frozenset((Role.SYSTEM, Role.PRACTITIONER))
_MOST_COMPARED = 200
_TOO_MANY = Issue(
    "multiple-matches",
    "Too many people are like that, so none is told. Say more: the NHS number and the whole date "
    "of birth; or names with the date of birth, and a postcode, telephone or e-mail address.",
    severity="warning",
)
_SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


class _Match(Struct, frozen=True):
    candidate: Candidate
    likeness: Likeness


async def match(visit: Visit) -> Answer:
    """A searchset with a grade and a score for each, the likeliest first. Raises Forbidden for who
    may not ask, NotFound at another address, Invalid for what says too little, TooMany for who asks
    too often."""
    _check_asker(visit)
    asked = question(visit)
    client = client_of(visit.caller)
    # How often others ask about this person must not be told by when this client is stopped.
    standings = await visit.record.limits.take(
        (MATCH, client), (PERSON, f"{client}\n{who(asked.traits)}")
    )
    found: list[_Match] | None = await _certain(visit, asked)
    if not found and not asked.only_certain:
        found = await _alike(visit, asked)
    return await _answer(visit, asked, found, standings)


def _check_asker(visit: Visit) -> None:
    ask = visit.ask
    if ask.type != "Patient" or ask.id is not None:
        raise NotFound(
            "There is no such address: $match is asked of all people, POST Patient/$match."
        )
    if visit.caller.role not in _MAY_ASK:
        raise Forbidden("Who somebody is may be asked by organisations, with their own token.")
    if any(type == "Patient" for type, _ in visit.permit.constraints):
        raise Forbidden("This needs the scope Patient.s without a condition.")
    if ask.method != "POST":
        text = "$match is asked by POST, so that nobody's name stands in an address."
        raise MethodNotAllowed(text, takes=("POST",))


async def _certain(visit: Visit, asked: Question) -> list[_Match]:
    """The one person who has the number, verified, and the date of birth. Were it two, neither is
    certain."""
    born = date_range(asked.traits.born) if asked.traits.born else None
    if born is None or not asked.traits.numbers:
        return []
    found = await by_number(visit.unit.fetch, visit.permit, tokens(asked.traits), born)
    matches = [one for one in _compared(asked, found) if one.likeness.grade == "certain"]
    return matches if len(matches) == 1 else []


async def _alike(visit: Visit, asked: Question) -> list[_Match] | None:
    """The likely ones of those whom the caller may see; None when there are too many to tell."""
    found = await by_likeness(visit.unit.fetch, visit.permit, asked.near, _MOST_COMPARED + 1)
    if len(found) > _MOST_COMPARED:
        return None
    matches = [
        # Found by likeness, and so not certain, whatever it is like.
        one if one.likeness.grade != "certain" else _demoted(one)
        for one in _compared(asked, found)
        if one.likeness.grade != "certainly-not"
    ]
    if len(matches) > MOST_TOLD:
        return None
    return sorted(matches, key=_order)


def _demoted(one: _Match) -> _Match:
    return replace(one, likeness=Likeness("probable", 0.99))


def _compared(asked: Question, found: Sequence[Candidate]) -> list[_Match]:
    """Each once: whoever has two records is told by the likelier of them."""
    compared = [_Match(one, likeness(asked.traits, _traits(one))) for one in found]
    return [*{one.candidate.id: one for one in sorted(compared, key=_order, reverse=True)}.values()]


def _traits(candidate: Candidate) -> Traits:
    return traits_of(parse(candidate.held), is_merged=candidate.is_merged)


def _order(one: _Match) -> tuple[int, float, str]:
    return GRADES.index(one.likeness.grade), -one.likeness.score, one.candidate.id


async def _answer(
    visit: Visit, asked: Question, found: list[_Match] | None, standings: tuple[Standing, ...]
) -> Answer:
    base = visit.record.fhir_base
    told = [] if found is None else found[: asked.count]
    entries: list[Entry | bytes] = [_entry(base, asked, one) for one in told]
    if found is None:
        entries.append(Entry(resource=outcome_bytes([_TOO_MANY]), mode="outcome"))
    # What was asked is kept by the names of its elements alone.
    names = "&".join(sorted(name for name in asked.patient if name != "resourceType"))
    touched = [Touched(one.candidate.id, "Patient", one.candidate.id) for one in told]
    rows = audit_rows(
        visit.record,
        visit.caller,
        replace(visit.ask, query=names),
        visit.now,
        touched or [Touched(None)],
        200,
    )
    await visit.unit.audit(rows)
    body = bundle("searchset", entries, total=len(told))
    return Answer(200, body, audited=True, standings=standings)


def _entry(base: str, asked: Question, one: _Match) -> bytes:
    id = one.candidate.id
    grade: Grade = one.likeness.grade
    shown: Any = (
        parse(one.candidate.body) if one.candidate.is_seen else _least(asked, one.candidate)
    )
    return encode(
        {
            "fullUrl": f"{base}/Patient/{id}",
            "resource": shown,
            "search": {
                "extension": [{"url": _GRADE, "valueCode": grade}],
                "mode": "match",
                "score": one.likeness.score,
            },
        }
    )


def _least(asked: Question, candidate: Candidate) -> Json:
    """Of somebody whom the caller has nothing to do with: which record it is, and the number that
    they sent."""
    shared = asked.traits.numbers & _traits(candidate).verified
    return {
        "resourceType": "Patient",
        "id": candidate.id,
        "meta": {"tag": [_SUBSETTED]},
        "identifier": [{"system": NHS_NUMBER, "value": number} for number in sorted(shared)],
    }
