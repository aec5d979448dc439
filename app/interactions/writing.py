"""Writing a draft, and with it the Provenance that came in its header, both or neither.

Spec: https://hl7.org/fhir/R4/provenance.html#header
Source: docs/decisions/0019-where-an-entry-comes-from.md
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from app.access.acts import Act
from app.access.decision import decide, reach
from app.errors import Conflict, Invalid, Issue
from app.fhir.json_guard import parse
from app.fhir.labels import Label
from app.fhir.library import BASE
from app.fhir.reference import parse_reference
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.draft import Draft, draft, people_referred_to
from app.interactions.one_number import Change, claimed, refuse_held
from app.interactions.own_ties import refuse_own_ties
from app.interactions.placing import mint, references_in, wanted
from app.interactions.stamping import instant
from app.interactions.visit import Ask, Touched, Visit
from app.store.resources import Row, Write
from app.what_matters.judgement import errors, issues_of

_PROFILE = f"{BASE}/StructureDefinition/entry-provenance"
_HEADER = "http.X-Provenance"
_TARGET = "Leave target out of the header: it is what this request writes."
_OVERTAKEN = "Someone else changed this meanwhile. Send it again."
_OTHERS_ROLE = "This role is at another organisation. Name somebody who works for your own."
_NONE: Mapping[str, str] = MappingProxyType({})
_NO_LABELS: Mapping[str, int] = MappingProxyType({})


class _Overtaken(Exception):
    """Another writer was there first."""


async def written(visit: Visit, made: Draft, current: Row | None) -> bool:
    """Make a draft durable (or part of the transaction). current: what it replaces. False when
    another version was there first, and then nothing is written. Raises NumberHeld."""
    await refuse_others(visit, [(made.write, current)])
    if made.write is None:
        return True
    write = await as_hidden_as_its_targets(visit, made.write, _NO_LABELS)
    change = Change(write, current)
    if visit.ask.provenance is None and not claimed(change):
        return await visit.unit.write(write)
    writes = [write, *await provenances(visit, [write])]
    if visit.unit.in_transaction:
        await refuse_held(visit.unit, [change])
        if not all(await visit.unit.write_all(writes)):
            raise Conflict(_OVERTAKEN)
        return True
    try:
        async with visit.unit.transaction():
            await refuse_held(visit.unit, [change])
            if not all(await visit.unit.write_all(writes)):
                raise _Overtaken
    except _Overtaken:
        return False
    return True


async def refuse_others(visit: Visit, writes: Sequence[tuple[Write | None, Row | None]]) -> None:
    """Refuse what only a look into the store can tell: a tie to oneself, another's role. writes:
    each with the version it replaces. Raises Forbidden or Invalid."""
    await refuse_own_ties(visit, writes)
    for write, _ in writes:
        if write is not None and write.type == "Provenance" and not write.deleted:
            await _refuse_others_roles(visit, write)


async def provenances(
    visit: Visit,
    writes: Sequence[Write],
    people: Mapping[str, str] = _NONE,
    coming: Collection[str] = (),
) -> list[Write]:
    """What the header X-Provenance says of these versions, ready to be written with them: one for
    each record that they lie in.

    people, coming: as `draft` takes them, of what is written together. Raises Invalid with places
    in the header, Forbidden when the token may not write a Provenance.
    """
    by_person: dict[str, list[Write]] = {}
    for write in writes if visit.ask.provenance is not None else ():
        by_person.setdefault(write.person_id, []).append(write)
    if not by_person:
        return []
    ask = Ask(
        Act.CREATE,
        "Provenance",
        method="POST",
        request_id=visit.ask.request_id,
        address=visit.ask.address,
    )
    permit = decide(visit.caller, Act.CREATE, "Provenance")
    own = replace(visit, permit=permit, ask=ask)
    try:
        return [
            await _provenance(own, visit.ask.provenance or {}, person_id, some, people, coming)
            for person_id, some in by_person.items()
        ]
    except Invalid as refusal:
        raise Invalid([_in_header(issue) for issue in refusal.issues]) from None


async def _provenance(
    visit: Visit,
    given: Json,
    person_id: str,
    writes: Sequence[Write],
    people: Mapping[str, str],
    coming: Collection[str],
) -> Write:
    if "target" in given:
        raise Invalid([Issue("business-rule", _TARGET, "Provenance.target")])
    targets = [{"reference": f"{one.type}/{one.id}/_history/{one.version}"} for one in writes]
    recorded = instant(max(one.updated for one in writes))
    tree = {**given, "target": targets, "recorded": recorded}
    issues = errors(issues_of(tree, type="Provenance", profiles=(_PROFILE,)))
    if issues:
        raise Invalid(issues)
    references = references_in(tree, visit.record.fhir_base)
    told = {f"{one.type}/{one.id}": person_id for one in writes}
    made = draft(
        visit,
        tree,
        mint("Provenance", person_id),
        current=None,
        references=references,
        people={**people, **await people_referred_to(visit, references), **told},
        coming={*coming, *told},
    )
    if made.write is None:
        raise RuntimeError("a new Provenance says what nothing stored says")
    await _refuse_others_roles(visit, made.write)
    labels = {f"{one.type}/{one.id}": one.labels for one in writes}
    return await as_hidden_as_its_targets(visit, made.write, labels)


async def as_hidden_as_its_targets(visit: Visit, write: Write, coming: Mapping[str, int]) -> Write:
    """A Provenance of what is hidden from the person is, too, so that their log tells of neither.

    coming: the labels of what is written together with it, by reference.
    """
    if write.type != "Provenance" or write.deleted:
        return write
    base, labels = visit.record.fhir_base, 0
    stored = []
    for target in nodes(parse(write.body), "target"):
        parts = parse_reference(text(target, "reference") or "", base)
        if parts is None or parts.relative is None or parts.type not in RESOURCE_TYPES:
            continue
        if parts.relative in coming:
            labels |= coming[parts.relative]
        else:
            stored.append(wanted(parts.type, parts.id or ""))
    rows = await visit.unit.read_many(reach(visit.caller), stored)
    for row in rows:
        labels |= row.labels if row is not None else 0
    hidden = int(write.labels | labels & Label.HIDDEN_FROM_PERSON)
    if hidden == write.labels:
        return write
    touched = Touched(write.person_id, write.type, write.id, write.version, hidden)
    status = 201 if write.expected == 0 else 200
    return replace(write, labels=hidden, audit=visit.audit([touched], status))


async def _refuse_others_roles(visit: Visit, write: Write) -> None:
    """Refuse an agent whose role is known to be at another organisation. Raises Invalid."""
    if visit.caller.organization is None or visit.permit.party is None:
        return
    base = visit.record.fhir_base
    if all(one.type != "PractitionerRole" for one in write.refers_to):
        return
    issues = []
    for n, agent in enumerate(nodes(parse(write.body), "agent")):
        who = parse_reference(text(node_at(agent, "who"), "reference") or "", base)
        if who is None or who.relative is None or who.type != "PractitionerRole":
            continue
        role = await visit.unit.read(reach(visit.caller), wanted(who.type, who.id or ""))
        at = node_at(parse(role.body), "organization") if role and not role.deleted else {}
        named = parse_reference(text(at, "reference") or "", base)
        if named is not None and named.relative != visit.caller.agent:
            issues.append(Issue("business-rule", _OTHERS_ROLE, f"Provenance.agent[{n}].who"))
    if issues:
        raise Invalid(issues)


def _in_header(issue: Issue) -> Issue:
    """The same, with its place in the header."""
    rest = (issue.expression or "").removeprefix("Provenance")
    return Issue(issue.code, issue.text, _HEADER + rest, issue.severity, issue.rule)
