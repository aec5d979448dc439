"""$merge and $unmerge: one administrator proposes that two records are one person's, or are not,
and another approves it. Until then nothing changes.

Spec: https://hl7.org/fhir/R4/patient-definitions.html#Patient.link
Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from typing import Any

from app.access.administrator import check_of_records
from app.access.decision import reach
from app.errors import Conflict, Forbidden, Invalid, Issue, NotFound, NotSupported
from app.fhir.json_guard import encode
from app.interactions.parameters import in_words, only, parameters_of, place_of
from app.interactions.placing import wanted
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.operations.merge_links import check_merge, check_unmerge, link, part
from app.store import merges
from app.store.links import hold_rights
from app.store.merges import Kind, Proposal
from app.store.notices import tell

_DECISIONS = ("approve", "refuse")
_NO_SUCH = "There is no such proposal here. The notice that told of it names its id."
_OWN = (
    "You proposed this yourself. Another administrator looks at both records and approves it, with "
    "a sign-in of their own."
)
_ENDED = f"Nobody approved this within {merges.LASTS_DAYS} days, so it has ended. Propose it anew."


async def merge(visit: Visit) -> Answer:
    """Propose, approve, refuse or look at a merge. Raises Forbidden for anybody but an
    administrator, and for whoever would approve what they proposed."""
    found = _asked(visit, "merge", "source", "target")
    if found["proposal"]:
        return await _on_proposal(visit, "merge", found)
    people = (await _patient(visit, found, "source"), await _patient(visit, found, "target"))
    async with visit.unit.transaction():
        await check_merge(visit, *people)
        return await _propose(visit, "merge", people, in_words(found, "explanation"))


async def unmerge(visit: Visit) -> Answer:
    """The same for taking one merge back. source: the record that was merged into another."""
    found = _asked(visit, "unmerge", "source")
    if found["proposal"]:
        return await _on_proposal(visit, "unmerge", found)
    source = await _patient(visit, found, "source")
    async with visit.unit.transaction():
        one = await check_unmerge(visit, source)
        people, words = (one.source, one.target), in_words(found, "explanation")
        return await _propose(visit, "unmerge", people, words, one.id)


def _asked(visit: Visit, kind: Kind, *names: str) -> dict[str, list[str]]:
    if visit.ask.type != "Patient" or visit.ask.id is not None:
        raise NotSupported(f"Send this to Patient/${kind}, which names nobody.")
    check_of_records(visit.caller)
    found = parameters_of(visit.ask, *names, "explanation", "proposal", "decision")
    if bool(found["proposal"]) == any(found[name] for name in names):
        told = f"Propose by {' and '.join(names)}, or decide by the id of a proposal."
        raise Invalid([Issue("required", told, "Parameters.parameter")])
    return found


async def _patient(visit: Visit, found: dict[str, list[str]], name: str) -> str:
    """The id of a Patient who is here. Raises Invalid, or NotFound."""
    id = only(found, name).removeprefix("Patient/")
    if not id:
        told = f"Name the {name} as a reference, such as Patient/7."
        raise Invalid([Issue("required", told, place_of(name))])
    row = await visit.unit.read(reach(visit.caller), wanted("Patient", id))
    if row is None or row.deleted:
        raise NotFound(f"The {name} is nobody here. Look at the id again.")
    return id


async def _propose(
    visit: Visit, kind: Kind, people: tuple[str, str], words: str, undoes: str | None = None
) -> Answer:
    session = visit.unit.session
    there = await merges.waiting(session, kind, people)
    if there is not None:
        raise Conflict(f"This is proposed already, by the id {there}. Approve or refuse that one.")
    id = await merges.propose(session, kind, people, visit.caller.user, words, merge=undoes)
    made = await merges.find(session, kind, id)
    if made is None:
        raise RuntimeError("a proposal that was just made is there")
    what = "are one person's" if kind == "merge" else "are two people's after all"
    told = (
        f"{_who(visit)} proposed that the records Patient/{made.source} and Patient/{made.target} "
        f'{what}. In their words: "{words}". Another administrator decides, by the id {id}.'
    )
    await tell(session, made.source, id, {"privacy-officer": told})
    return await _told(visit, made, "proposed")


async def _on_proposal(visit: Visit, kind: Kind, found: dict[str, list[str]]) -> Answer:
    """Look at a proposal, or decide it."""
    decision, words = only(found, "decision"), only(found, "explanation")
    if decision and decision not in _DECISIONS:
        told = f"Decide by one of: {', '.join(_DECISIONS)}; or leave it out, to look."
        raise Invalid([Issue("code-invalid", told, place_of("decision"))])
    session = visit.unit.session
    async with visit.unit.transaction():
        if decision == "approve":
            await hold_rights(session)
        one = await merges.find(session, kind, only(found, "proposal"))
        if one is None:
            raise NotFound(_NO_SUCH)
        if not decision:
            return await _told(
                visit, one, one.decision or ("ended" if one.has_ended else "proposed")
            )
        _check_open(one)
        if decision == "refuse":
            await merges.decide(session, one.id, "refused", visit.caller.user, words or None)
            told = f"{_who(visit)} refused the proposal {one.id}, or took it back."
            await tell(session, one.source, one.id, {"privacy-officer": told})
            return await _told(visit, one, "refused")
        if one.proposed_by == visit.caller.user:
            raise Forbidden(_OWN)
        await merges.decide(session, one.id, "approved", visit.caller.user, words or None)
        await (link if kind == "merge" else part)(visit, one)
        return await _told(visit, one, "approved")


def _check_open(one: Proposal) -> None:
    if one.decision is not None:
        raise Conflict(f"This was {one.decision} already.")
    if one.has_ended:
        raise Conflict(_ENDED)


def _who(visit: Visit) -> str:
    return visit.caller.name or visit.caller.agent


async def _told(visit: Visit, one: Proposal, status: str) -> Answer:
    """What has become of a proposal. What is only proposed is no look at the two records, and is
    in nobody's own log."""
    if status != "approved":
        touched = [Touched(None, "Patient", id) for id in (one.source, one.target)]
        await visit.unit.audit(visit.audit(touched, 200))
    told: list[dict[str, Any]] = [
        {"name": "proposal", "valueId": one.id},
        {"name": "status", "valueCode": status},
        {"name": "source", "valueReference": {"reference": f"Patient/{one.source}"}},
        {"name": "target", "valueReference": {"reference": f"Patient/{one.target}"}},
        {"name": "explanation", "valueString": one.words},
        {"name": "until", "valueInstant": instant(one.until)},
    ]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)
