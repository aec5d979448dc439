"""batch: each entry by itself, decided, done and audited as if it had come alone.

Spec: https://hl7.org/fhir/R4/http.html#transaction
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller
from app.errors import Refusal, Unreachable
from app.fhir.bundle import Entry, bundle
from app.interactions.entries import (
    BundleEntry,
    fitted,
    order,
    read_bundle,
    read_entry,
    refuse_if_full,
    refused,
    response,
)
from app.interactions.perform import audit_refusal, perform
from app.interactions.transaction import transaction
from app.interactions.visit import Answer, Ask, Record


async def batch_or_transaction(record: Record, caller: Caller, ask: Ask) -> Answer:
    """Answer a Bundle of either type."""
    try:
        type, entries = read_bundle(record, ask)
    except Refusal as refusal:
        await audit_refusal(record, caller, ask, refusal)
        raise
    if type == "transaction":
        return await transaction(record, caller, replace(ask, act=Act.TRANSACTION), entries)
    return await _batch(record, caller, ask, entries)


async def _batch(record: Record, caller: Caller, ask: Ask, entries: Sequence[Any]) -> Answer:
    answers: list[Entry] = [Entry()] * len(entries)
    asks: list[tuple[int, BundleEntry]] = []
    for n, entry in enumerate(entries):
        try:
            asks.append((n, read_entry(ask, n, entry, record.fhir_base)))
        except Refusal as refusal:
            await audit_refusal(record, caller, ask, refusal)
            answers[n] = refused(refusal)
    unreachable: Unreachable | None = None
    answered = 0
    for place in order([one for _, one in asks]):
        n, one = asks[place]
        try:
            if unreachable is not None:
                raise unreachable  # each would wait for the store as long as the first did
            answer = await _answer(record, caller, one, answered)
        except Refusal as refusal:
            answers[n] = refused(refusal)
            unreachable = refusal if isinstance(refusal, Unreachable) else None
        else:
            told = response(record, answer, _is_shown(ask, one, answer))
            answers[n] = fitted(record, told, answered) if one.writes else told
            answered += len(answers[n].resource)
    return Answer(200, bundle("batch-response", answers), audited=True)


async def _answer(record: Record, caller: Caller, one: BundleEntry, answered: int) -> Answer:
    if not one.writes:
        try:
            refuse_if_full(record, answered)
        except Refusal as refusal:
            await audit_refusal(record, caller, one.ask, refusal)
            raise
    return await perform(record, caller, one.ask)


def _is_shown(ask: Ask, one: BundleEntry, answer: Answer) -> bool:
    if not answer.body or one.ask.method == "HEAD":
        return False
    return not one.writes or ask.prefer_return != "minimal"
