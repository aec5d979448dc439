"""A request with a key of the caller's own is done once, however often it is sent.

What was written is remembered in the transaction that wrote it. Sent again, the same versions are
told, as the caller may read them then; nothing is written.
Spec: the Idempotency-Key header, draft-ietf-httpapi-idempotency-key-header; our own contract is in
docs/api.md.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from msgspec import Struct

from app.access.caller import Caller
from app.errors import Conflict, Invalid, Issue, Malformed
from app.fhir.resource_types import DIRECTORY
from app.interactions.visit import Answer, Record
from app.store.answered import Answered, find, note, take
from app.store.unit import Unit

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{8,128}")
_FORM = f"The header {HEADER} is 8 to 128 letters, digits and signs, such as a UUID."
_UNDER_WAY = (
    "A request with this key is under way. Wait for its answer, or send it again in a few seconds."
)
_OTHER = (
    "This key was used for something else. Take a new key for each thing that you do, and the same "
    "one only to send the same again."
)


class Done(Struct, frozen=True):
    """What came of a request. written: "Type/id/version" of what it wrote. answers: of the
    interactions, where it was done just now; else empty."""

    status: int
    written: Sequence[str]
    answers: Sequence[Answer] = ()


def read_key(value: str) -> str:
    """The key, without quotes around it. Raises Malformed."""
    key = value.strip().removeprefix('"').removesuffix('"')
    if not _KEY.fullmatch(key):
        raise Malformed(_FORM)
    return key


async def once(
    record: Record,
    caller: Caller,
    person: str | None,
    key: str,
    sent: bytes,
    work: Callable[[Unit], Awaitable[Sequence[Answer]]],
) -> Done:
    """Do the work inside a transaction, unless it was done. person: whose record it is about. sent:
    all of the request that tells it from another. work: at least one answer of what it wrote; the
    first of them is what is told.

    Raises Conflict while the same is under way, Invalid where the key was used for something else.
    """
    who = sha256(f"{caller.issuer}\n{caller.client_id}\n{caller.subject}".encode()).hexdigest()
    place = (person or DIRECTORY, who, key)
    fingerprint = sha256(sent).digest()
    unit = record.store.unit()
    async with unit.transaction():
        if not await take(unit.session, place):
            raise Conflict(_UNDER_WAY)
        before = await find(unit.session, place)
        if before is not None:
            if before.fingerprint != fingerprint:
                raise Invalid([Issue("business-rule", _OTHER, f"http.{HEADER}")])
            return Done(before.status, before.written)
        answers = await work(unit)
        written = [f"{one.type}/{one.id}/{one.version}" for one in answers]
        status = answers[0].status
        await note(unit.session, place, Answered(fingerprint, status, written))
    return Done(status, written, answers)
