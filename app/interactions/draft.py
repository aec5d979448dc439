"""Making a version ready to be written: checked, placed, stamped and indexed, inside the permit.

Single writes, transactions and loads all draft here, so that one rule holds for each of them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from app.access.acts import Act
from app.access.agents import check_agents, check_author
from app.access.changes import check_change, check_deletion
from app.access.decision import reach
from app.access.relationship import RIGHTS_TYPES, rights_of
from app.errors import Forbidden, Invalid, Issue
from app.fhir.index_values import extract
from app.fhir.indexed import IndexValues
from app.fhir.json_guard import encode, parse
from app.fhir.labels import labels_of
from app.fhir.reference import ReferenceParts
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.search_text import entry
from app.interactions.placing import (
    References,
    fhirpath,
    needs_locator,
    person_of,
    references_in,
    told_by_id,
    wanted,
)
from app.interactions.stamping import says_the_same, stamped
from app.interactions.visit import Answer, Touched, Visit
from app.store.permit import Permit, covers, may_be_told_by_columns
from app.store.resources import Row, Wanted, Write
from app.what_matters.judgement import errors, issues_of
from app.what_matters.nhs_number import numbers_not_taken
from app.what_matters.replaced import changed_by_hand
from app.what_matters.rules import broken_rules

_TICK = timedelta(milliseconds=1)  # as finely as `meta.lastUpdated` is written
# Of one kind in one resource: the index counts them in a smallint, and eight times as many codes
# kept the database busy for nine seconds.
MOST_VALUES = 30_000
ATTEMPTS = 5  # how often a write is tried when others are faster
REFERENCE = "_ref"  # every literal reference is indexed under this, so that none is orphaned unseen


class Draft(Struct, frozen=True):
    """A version ready to be written, or none when it says what is stored already.

    answer: what to tell once it is written.
    """

    write: Write | None
    answer: Answer


def checked(tree: Json, type: str, id: str | None = None, *, in_transaction: bool = False) -> None:
    """Refuse what is not structurally right, or not what a profile it claims asks. Raises Invalid
    with every issue at once."""
    issues = errors(issues_of(tree, type=type, id=id, in_transaction=in_transaction))
    if issues:
        raise Invalid(issues)


def body_of(visit: Visit) -> Json:
    """The body as a tree, read strictly. Raises Malformed."""
    return visit.ask.tree if visit.ask.tree is not None else parse(visit.ask.body)


async def people_referred_to(
    visit: Visit, references: References, permit: Permit | None = None
) -> dict[str, str]:
    """Where each stored resource that is referred to lives; what is not stored, or not seen, is
    left out. permit: instead of the caller's whole reach."""
    wanted_by_reference: dict[str, Wanted] = {}
    for _, parts in references:
        reference = parts.relative
        if reference and reference not in wanted_by_reference and parts.type in RESOURCE_TYPES:
            wanted_by_reference[reference] = wanted(parts.type, parts.id or "")
    people = await visit.unit.find_many(
        permit or reach(visit.caller), list(wanted_by_reference.values())
    )
    pairs = zip(wanted_by_reference, people, strict=True)
    return {reference: person for reference, person in pairs if person is not None}


def people_told(
    visit: Visit, references: References, own: str | None = None
) -> dict[str, str] | None:
    """The same by their ids alone, without a look: None unless every id tells where it leads and
    the caller may know of it. own: the reference to what is written, which a look alone can
    answer for.

    The write finds whether all are there, and seen, and is not done if one is not: `unlooked`."""
    permit = reach(visit.caller)
    is_by_row = permit.party is not None or bool(permit.hidden)
    people: dict[str, str] = {}
    for _, parts in references:
        reference = parts.relative
        if not reference or reference in people or parts.type not in RESOURCE_TYPES:
            continue
        is_asked = is_by_row and not RESOURCE_TYPES[parts.type].directory
        if is_asked and not may_be_told_by_columns(permit, parts.type):
            return None
        person_id = None if reference == own else told_by_id(parts.type, parts.id or "")
        if person_id is None or not covers(
            permit, type=parts.type, person_id=person_id, author="", tokens=()
        ):
            return None
        people[reference] = person_id
    return people


def unlooked(visit: Visit, made: Draft) -> Draft:
    """The same where `people_told` told: the write itself finds what the caller does not see."""
    if made.write is None:
        return made
    return replace(made, write=replace(made.write, seen_by=reach(visit.caller)))


def draft(
    visit: Visit,
    tree: Json,
    id: str,
    *,
    current: Row | None,
    references: References,
    people: dict[str, str],
    coming: Collection[str] = (),
) -> Draft:
    """One version of one resource. current: what it replaces, or None. references: all that
    `references_in` finds in it. people: where they lead. coming: those of them that are written
    together with it.

    Raises Invalid for a reference that leads nowhere or a change of person, Forbidden outside the
    permit.
    """
    type = tree["resourceType"]
    _check_references(type, references, people)
    if type == "Patient":
        _check_patient(visit, tree, current)
    tree = {**tree, "id": id}
    person_id = person_of(tree, visit.record.fhir_base, people)
    if current is not None and current.person_id != person_id:
        raise Invalid([_moved(type)])
    located = needs_locator(type, id, person_id)
    before = parse(current.body) if current and not current.deleted else {}
    if current and before and says_the_same(before, tree):
        return Draft(None, _answer(visit, current, 200, written=False))
    if before:
        _refuse_step(tree, before)
    expected = current.version if current else 0
    # Indexed as it will be stored: `meta.source` is what the server says, not what was sent.
    updated = _after(current, visit.now)
    whole = stamped(tree, id, expected + 1, updated, visit.source)
    index = index_of(whole, visit.record.fhir_base, references)
    if not covers(
        visit.permit,
        type=type,
        person_id=person_id,
        author=visit.caller.author,
        tokens=index.tokens,
    ):
        raise Forbidden(
            "Your token does not reach this: it may write other entries, or for other people."
        )
    author = current.author if current is not None else visit.caller.author
    check_author(visit.caller, type, author)
    check_change(
        visit.caller,
        before,
        tree,
        labels=current.labels if current is not None else 0,
        author=author,
        fhir_base=visit.record.fhir_base,
    )
    if type == "Provenance":
        check_agents(visit.caller, tree, person_id, people, visit.record.fhir_base)
    rights = None
    if type in RIGHTS_TYPES:
        rights = rights_of(whole, author, visit.record.fhir_base)
    status = 200 if current is not None and not current.deleted else 201
    body = encode(whole)
    labels = int(labels_of(whole))
    touched = Touched(person_id, type, id, expected + 1, labels)
    written = Write(
        person_id,
        type,
        id,
        expected,
        updated,
        visit.ask.method,
        visit.caller.author,
        body,
        index,
        located and current is None,
        False,
        visit.audit([touched], status),
        _stored(references, people, {*coming, f"{type}/{id}"}),
        labels,
        rights,
    )
    row = Row(person_id, type, id, expected + 1, updated, False, body)
    return Draft(written, _answer(visit, row, status, written=True))


def index_of(tree: Json, fhir_base: str, references: References | None = None) -> IndexValues:
    """Everything a resource gives the search index, its literal references among it. Raises
    Invalid when that is more than the index takes."""
    index = extract(tree, fhir_base)
    known = references_in(tree, fhir_base) if references is None else references
    index.tokens.extend(_reference_tokens(_holding(tree["resourceType"], known)))
    most = max(len(index.tokens), len(index.dates), len(index.numbers), len(index.strings))
    if most > MOST_VALUES:
        text = "This holds too many codes, names, dates or numbers. Send it as several entries."
        raise Invalid([Issue("too-costly", text, tree["resourceType"])])
    return index


def draft_deletion(visit: Visit, current: Row) -> Draft:
    """The version that says a resource was deleted. Raises Forbidden for what is not the caller's
    to take back."""
    check_author(visit.caller, current.type, current.author)
    if current.type in ("Consent", "Organization"):
        before = parse(current.body)
        base = visit.record.fhir_base
        check_deletion(visit.caller, before, author=current.author, fhir_base=base)
    version = current.version + 1
    touched = Touched(current.person_id, current.type, current.id, version, current.labels)
    written = Write(
        current.person_id,
        current.type,
        current.id,
        current.version,
        _after(current, visit.now),
        "DELETE",
        visit.caller.author,
        b"",
        deleted=True,
        audit=visit.audit([touched], 204),
        labels=current.labels,
        rights=() if current.type in RIGHTS_TYPES else None,
    )
    answer = Answer(204, type=current.type, id=current.id, version=version, audited=True)
    return Draft(written, answer)


def _check_patient(visit: Visit, tree: Json, current: Row | None) -> None:
    """Refuse numbers that are not taken here, and what only a merge says. Raises Invalid."""
    odd = numbers_not_taken(tree, visit.record.nhs_numbers)
    if visit.ask.act not in (Act.MERGE, Act.UNMERGE):
        odd += changed_by_hand(parse(current.body) if current and current.body else {}, tree)
    if odd:
        raise Invalid(odd)


def _refuse_step(tree: Json, before: Json) -> None:
    """Refuse what the stored version may not become. Raises Invalid."""
    issues = errors(broken_rules(tree, before))
    if issues:
        raise Invalid(issues)


def _after(current: Row | None, now: datetime) -> datetime:
    """When a version is made: later than the one it replaces, whatever two clocks say, so that
    time tells the order of versions as their numbers do."""
    return now if current is None else max(now, current.updated + _TICK)


def _answer(visit: Visit, row: Row, status: int, *, written: bool) -> Answer:
    """written: a write carries its own audit; what is left as it was has still to be audited."""
    return Answer(
        status,
        row.body if row.type in visit.permit.readable else b"",
        row.type,
        row.id,
        row.version,
        row.updated,
        created=status == 201,
        touched=()
        if written
        else (Touched(row.person_id, row.type, row.id, row.version, row.labels),),
        audited=written,
    )


def _check_references(type: str, references: References, people: dict[str, str]) -> None:
    issues = [
        Issue("not-found", _nowhere(parts), fhirpath(type, trail))
        for trail, parts in references
        if not _leads_somewhere(parts, people)
    ]
    if issues:
        raise Invalid(issues)


def _stored(
    references: References, people: dict[str, str], apart_from: Collection[str]
) -> tuple[Wanted, ...]:
    """The stored resources referred to, each once."""
    found = {parts.relative: parts for _, parts in references if parts.relative}
    return tuple(
        Wanted(people[relative], parts.type or "", parts.id or "")
        for relative, parts in found.items()
        if relative not in apart_from
    )


def _leads_somewhere(parts: ReferenceParts, people: dict[str, str]) -> bool:
    if parts.url is not None:
        return not parts.url.startswith("urn:")
    return parts.relative in people


def _nowhere(parts: ReferenceParts) -> str:
    if parts.url is not None:
        return "This reference is to something that is not in the same transaction."
    return (
        f"There is no such {parts.type} here. Send it first, put both in one transaction, "
        "or refer by identifier."
    )


def _reference_tokens(references: References) -> list[str]:
    return [entry(REFERENCE, parts.relative) for _, parts in references if parts.relative]


def _holding(type: str, references: References) -> References:
    """The references that keep what they lead to from being deleted. A Provenance of one version
    tells of what was, and that version stays."""
    if type != "Provenance":
        return references
    return [
        (trail, parts)
        for trail, parts in references
        if parts.version is None or trail is None or trail[0] != (None, "target")
    ]


def _moved(type: str) -> Issue:
    row = RESOURCE_TYPES[type]
    return Issue(
        "business-rule",
        "An entry cannot be moved to another person. Delete it there and create it here.",
        f"{type}.{row.person[0]}" if row.person else type,
    )
