"""transaction: all entries in FHIR's order, all or nothing. Spec:
https://hl7.org/fhir/R4/http.html#transaction

Everything is decided, checked and drafted first; then all versions are written in one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from app.access.caller import Caller
from app.access.decision import decide
from app.errors import (
    Conflict,
    Invalid,
    Issue,
    Malformed,
    NotFound,
    PreconditionFailed,
    Refusal,
)
from app.fhir.bundle import Entry, bundle
from app.fhir.json_guard import parse
from app.fhir.labels import Label
from app.fhir.resource_types import Json
from app.interactions.bundle_links import as_if_led
from app.interactions.bundle_references import Resolved, resolve
from app.interactions.delete import nothing_there, refuse_orphans, seen_referrers
from app.interactions.draft import (
    Draft,
    checked,
    draft,
    draft_deletion,
    people_referred_to,
)
from app.interactions.entries import (
    BundleEntry,
    fitted,
    located,
    order,
    read_entry,
    refuse_if_full,
    response,
)
from app.interactions.look_up import count_look_ups, looks_for_people
from app.interactions.one_number import Change, refuse_held
from app.interactions.patch import change_of, patched
from app.interactions.perform import audit_refusal, perform, person_named, person_sent
from app.interactions.placing import References, references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.update import (
    OVERTAKEN,
    expect,
    refuse_taken,
    require_creation,
    require_id,
)
from app.interactions.visit import Answer, Ask, Record, Visit, stored_answer
from app.interactions.writing import as_hidden_as_its_targets, provenances, refuse_others
from app.store.resources import Row, Wanted, Write
from app.store.unit import Unit

_ATTEMPTS = 4


class _Overtaken(Exception):
    """Another writer was there first; the whole is tried again."""


@dataclass(slots=True)
class _Step:
    """One entry on its way. visit: the entry's own decision. id: of what it writes to, once known.
    is_unmet: nothing meets its condition."""

    entry: BundleEntry
    visit: Visit
    tree: Json | None = None
    id: str | None = None
    is_unmet: bool = False
    references: References = field(default_factory=list)
    answer: Answer | None = None


async def transaction(record: Record, caller: Caller, ask: Ask, entries: Sequence[Any]) -> Answer:
    """Answer a transaction Bundle; a refusal names the entry, and then nothing was written."""
    asked_about: list[str] = []
    await _count_look_ups(record, caller, ask, entries)
    for _ in range(_ATTEMPTS):
        unit = record.store.unit()
        try:
            async with unit.transaction():
                permit = decide(caller, ask.act, None)
                now = record.now()
                whole = Visit(record, unit, caller, permit, ask, now, asked_about)
                return await _together(whole, entries)
        except _Overtaken:
            continue
        except Refusal as refusal:
            await audit_refusal(record, caller, ask, refusal, asked_about)
            raise
    raise Conflict(OVERTAKEN)


async def inside(
    record: Record, caller: Caller, ask: Ask, entries: Sequence[Any], unit: Unit
) -> Answer:
    """The same inside a transaction that is under way: it is tried once, and who began that one
    audits a refusal. Raises Conflict when somebody else was faster."""
    permit = decide(caller, ask.act, None)
    try:
        whole = Visit(record, unit, caller, permit, ask, record.now(), [])
        return await _together(whole, entries)
    except _Overtaken:
        raise Conflict(OVERTAKEN) from None


async def _count_look_ups(record: Record, caller: Caller, ask: Ask, entries: Sequence[Any]) -> None:
    """Counted before anything is looked for, by a session of its own, so that none is free because
    the whole is undone."""
    try:
        times = sum(_looks_for_people(one) for one in entries)
        await count_look_ups(record, caller, times)
    except Refusal as refusal:
        await audit_refusal(record, caller, ask, refusal)
        raise


def _looks_for_people(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    url = request.get("url") if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(url, str):
        return False
    path, _, query = url.partition("?")
    path, slash, form = path.strip("/").rpartition("/_search")
    if request.get("method") not in ("GET", "HEAD") and not slash:
        return False
    return looks_for_people((path or form).rpartition("/")[2] or None, query)


async def _together(whole: Visit, entries: Sequence[Any]) -> Answer:
    ask, base = whole.ask, whole.record.fhir_base
    read = [read_entry(ask, n, entry, base) for n, entry in enumerate(entries)]
    named = [person_named(one.ask) for one in read]
    # Of what would be hidden from the person, no trace is to be in their log.
    sent = [person_sent(whole.record, one.ask) for one in read]
    named += [person for person, labels in sent if not labels & Label.HIDDEN_FROM_PERSON]
    whole.asked_about.extend(person for person in named if person is not None)
    steps = [_step(whole, one) for one in read]
    _check_all(steps)
    resolved = await _resolved(steps)
    _refuse_twice(steps)
    drafts, rows = await _drafted(steps, resolved)
    writes = [made.write for _, made in drafts if made.write is not None]
    labels = {f"{one.type}/{one.id}": one.labels for one in writes}
    drafts = [
        (step, Draft(await as_hidden_as_its_targets(step.visit, made.write, labels), made.answer))
        if made.write is not None
        else (step, made)
        for step, made in drafts
    ]
    writes = [made.write for _, made in drafts if made.write is not None]
    said = await provenances(whole, writes, resolved.people, resolved.coming)
    await refuse_held(
        whole.unit,
        [
            Change(made.write, rows.get((made.write.type, made.write.id)), _resource_of(step))
            for step, made in drafts
            if made.write is not None
        ],
    )
    await _write(whole.unit, steps, drafts, said)
    answered, shown = 0, [Entry()] * len(steps)
    for n in order(read):
        await _answer_reading(whole, steps[n], answered)
        shown[n] = _shown(whole, steps[n], answered)
        answered += len(shown[n].resource)
    return Answer(200, bundle("transaction-response", shown), audited=True)


def _step(whole: Visit, one: BundleEntry) -> _Step:
    try:
        permit = decide(whole.caller, one.ask.act, one.ask.type)
    except Refusal as refusal:
        raise located(refusal, one.place + ".request") from None
    return _Step(one, replace(whole, permit=permit, ask=one.ask), one.ask.tree, one.ask.id)


def _check_all(steps: Sequence[_Step]) -> None:
    """Refuse with every issue of every entry at once."""
    issues: list[Issue] = []
    urls = {one.entry.full_url for one in steps if one.tree is not None and one.entry.full_url}
    for step in steps:
        if step.tree is None:
            continue
        type = step.entry.ask.type or ""
        try:
            checked(as_if_led(step.tree, urls), type, in_transaction=True)
            if step.id is not None:
                require_id(step.tree, step.id)
        except (Invalid, Malformed) as refusal:
            issues.extend(located(refusal, step.entry.place + ".request").issues)
    if issues:
        raise Invalid(issues)


async def _resolved(steps: Sequence[_Step]) -> Resolved:
    """Give each entry its id, and lead each reference where it goes."""
    resolved = await resolve([(step.entry, step.visit, step.tree) for step in steps])
    for step, target in zip(steps, resolved.targets, strict=True):
        step.tree = target.tree
        step.id = target.id
        step.is_unmet = target.is_unmet
        step.references = target.references
        if target.match is not None:
            step.answer = stored_answer(target.match)
    return resolved


def _refuse_twice(steps: Sequence[_Step]) -> None:
    seen: set[tuple[str | None, str]] = set()
    for step in steps:
        if not step.entry.writes or step.id is None or step.answer is not None:
            continue
        key = (step.entry.ask.type, step.id)
        if key in seen:
            text = "Two entries are about the same resource. Send one of them."
            raise Invalid([Issue("duplicate", text, step.entry.place)])
        seen.add(key)


def _resource_of(step: _Step) -> str:
    return f"{step.entry.place}.resource"


async def _drafted(
    steps: Sequence[_Step], resolved: Resolved
) -> tuple[list[tuple[_Step, Draft]], Mapping[tuple[str, str], Row]]:
    """What is to be written, and the current versions; what is wrong with the entries is told of
    all of them at once."""
    waiting = [step for step in steps if step.entry.writes and step.answer is None]
    rows = await _current(waiting)
    drafts: list[tuple[_Step, Draft]] = []
    issues: list[Issue] = []
    for step in waiting:
        try:
            made = await _draft(
                step, rows.get((step.entry.ask.type or "", step.id or "")), resolved
            )
        except Refusal as refusal:
            told = located(refusal, step.entry.place + ".request")
            if not isinstance(told, Invalid):
                raise told from None
            issues.extend(told.issues)
            continue
        if made is not None:
            drafts.append((step, made))
            step.answer = made.answer
    if issues:
        raise Invalid(issues)
    if drafts:
        await refuse_others(
            waiting[0].visit,
            [
                (made.write, rows.get((step.entry.ask.type or "", step.id or "")))
                for step, made in drafts
            ],
        )
    return drafts, rows


async def _current(steps: Sequence[_Step]) -> dict[tuple[str, str], Row]:
    """The current version of everything that is about to change, one statement for each permit."""
    found: dict[tuple[str, str], Row] = {}
    by_permit: dict[Any, list[_Step]] = {}
    for step in steps:
        if step.entry.ask.method != "POST" and step.id is not None:
            by_permit.setdefault(step.visit.permit, []).append(step)
    for permit, some in by_permit.items():
        asked = [wanted(step.entry.ask.type or "", step.id or "") for step in some]
        for row in await some[0].visit.unit.read_many(permit, asked):
            if row is not None:
                found[row.type, row.id] = row
    return found


async def _draft(step: _Step, current: Row | None, resolved: Resolved) -> Draft | None:
    visit, type, id = step.visit, step.entry.ask.type or "", step.id
    people = resolved.people
    method = step.entry.ask.method
    expect(visit, current)
    alive = current if current is not None and not current.deleted else None
    if method == "DELETE":
        if alive is None:
            step.answer = nothing_there(type, id)
            return None
        return draft_deletion(visit, alive)
    if method == "PATCH":
        if alive is None:
            raise NotFound(NOT_HERE)
        change = change_of(visit)
        step.tree = patched(parse(alive.body), change, type, visit.ask.patch)
        checked(step.tree, type, id)
        step.references = references_in(step.tree, visit.record.fhir_base)
        people = {**people, **await people_referred_to(visit, step.references)}
    elif method == "PUT":
        if step.is_unmet:
            refuse_taken(current)
        if alive is None:
            require_creation(visit, step.tree or {}, current)
    return draft(
        visit,
        step.tree or {},
        id or "",
        current=current,
        references=step.references,
        people=people,
        coming=resolved.coming,
    )


async def _write(
    unit: Unit,
    steps: Sequence[_Step],
    drafts: Sequence[tuple[_Step, Draft]],
    said: Sequence[Write],
) -> None:
    """said: what the header says of where these come from."""
    writes: list[Write] = [made.write for _, made in drafts if made.write is not None]
    await unit.hold([Wanted(w.person_id, w.type, w.id) for w in writes if w.deleted])
    going = [
        Row(w.person_id, w.type, w.id, w.version, w.updated, True, b"") for w in writes if w.deleted
    ]
    seen = await seen_referrers(steps[0].visit, going) if going else set()
    written = iter(await unit.write_all([*writes, *said]))
    for step, made in drafts:
        if made.write is None or next(written):
            continue
        if step.visit.ask.if_match is not None:
            raise located(PreconditionFailed(OVERTAKEN), step.entry.place + ".request")
        raise _Overtaken
    if not all(written):
        raise _Overtaken
    if going:
        seen |= {(w.type, w.id) for w in writes}
        await refuse_orphans(steps[0].visit, going, seen)
    for step in steps:
        if step.answer is not None and not step.answer.audited:
            await unit.audit(step.visit.audit(step.answer.touched, step.answer.status))


async def _answer_reading(whole: Visit, step: _Step, answered: int) -> None:
    if not step.entry.writes:
        try:
            refuse_if_full(whole.record, answered)
            step.answer = await perform(whole.record, whole.caller, step.entry.ask, whole.unit)
        except Refusal as refusal:
            raise located(refusal, step.entry.place + ".request") from None


def _shown(whole: Visit, step: _Step, answered: int) -> Entry:
    answer = step.answer or Answer(204)
    wanted = not step.entry.writes or whole.ask.prefer_return == "representation"
    show = wanted and bool(answer.body) and step.entry.ask.method != "HEAD"
    told = response(whole.record, answer, show)
    return fitted(whole.record, told, answered) if step.entry.writes else told
