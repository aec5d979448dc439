"""Whom an organisation stands for, where a step of a request for help is a worker's or a team's.

A worker is where their role is, and only there; a team is everybody who stands on it by now.
Source: docs/access.md; https://hl7.org/fhir/R4/practitionerrole.html
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller
from app.access.relationship import rights_of
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import perform
from app.interactions.visit import Ask, Record
from app.store.unit import Unit
from app.what_matters.links import link_of, linked

_WITH_OWNERS = "_include=Task:owner&_revinclude:iterate=PractitionerRole:practitioner"
# These find more than is theirs: `answers_for` tells what is.
_OWNED = (
    "owner:PractitionerRole.organization={}",
    "owner:Practitioner._has:PractitionerRole:practitioner:organization={}",
    "owner:CareTeam.status=active",
)
_THEIR_OWN = ("Organization/", "Patient/", "RelatedPerson/")  # who answer for themselves


def owned_by_theirs(caller: Caller) -> tuple[str, ...]:
    """The searches for the Tasks whose owner is a worker or a team of the caller's organisation."""
    if caller.organization is None:
        return ()
    return tuple(f"{one.format(caller.agent)}&{_WITH_OWNERS}" for one in _OWNED)


def answers_for(
    caller: Caller, task: Json, found: Sequence[Json], fhir_base: str, now: datetime
) -> bool:
    """Whether the caller's organisation acts in the place of a Task's owner. found: what
    such a search brought, which the caller may see."""
    owners = linked(task, "owner") if _is_anothers(task) else []
    return any(caller.agent in _answering(one, found, fhir_base, now) for one in owners)


async def stood_for(
    record: Record, caller: Caller, ask: Ask, tasks: Sequence[Json], unit: Unit | None = None
) -> frozenset[str]:
    """The owners among these Tasks of one person in whose place the caller's organisation acts."""
    owned = [one for one in tasks if _is_anothers(one)]
    if caller.organization is None or not owned:
        return frozenset()
    ids, person = ",".join(one["id"] for one in owned), linked(owned[0], "for")[0]
    query = f"_id={ids}&patient={person}&_count={len(owned)}&{_WITH_OWNERS}"
    asked = replace(ask, act=Act.SEARCH_TYPE, type="Task", id=None, query=query, if_match=None)
    bundle = parse((await perform(record, caller, asked, unit)).body)
    found = [node_at(one, "resource") for one in nodes(bundle, "entry")]
    owners = {owner for one in owned for owner in linked(one, "owner")}
    return frozenset(
        owner
        for owner in owners
        if caller.agent in _answering(owner, found, record.fhir_base, record.now())
    )


def _is_anothers(task: Json) -> bool:
    return any(not owner.startswith(_THEIR_OWN) for owner in linked(task, "owner"))


def _answering(owner: str, found: Sequence[Json], fhir_base: str, now: datetime) -> set[str]:
    """The organisations that answer for an owner. Of a worker with roles at several nobody knows
    which it is, and so none does."""
    if owner.startswith("CareTeam/"):
        return {
            right.actor
            for one in found
            if link_of(one) == owner
            for right in rights_of(one, "", fhir_base)
            if right.low <= now <= right.high
        }
    places = {
        place
        for one in found
        if one.get("resourceType") == "PractitionerRole" and one.get("active") is not False
        if owner in (link_of(one), *linked(one, "practitioner"))
        for place in linked(one, "organization")
    }
    return places if len(places) == 1 else set()
