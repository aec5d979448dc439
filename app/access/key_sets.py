"""The published keys of clients and issuers, remembered as long as their publisher allows.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://www.rfc-editor.org/rfc/rfc9111
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from app.access import client_keys
from app.access.issuers import PublicKey
from app.access.key_fetch import Fetched
from app.access.outward import NotFetched
from app.errors import Unavailable

Fetch: TypeAlias = Callable[[str], Awaitable[Fetched]]

ASKS_AGAIN_AFTER_SECONDS = 30
MOST_STALE_SECONDS = 3600
_OUT_OF_REACH = (
    "The address of the keys did not answer with a JSON Web Key Set. See that it does, "
    "and try again in a minute."
)

_log = structlog.get_logger()


@dataclass(slots=True)
class _Set:
    """What is known of one address. Times are of the clock: when it was last asked, until when its
    keys are fresh, and until when they may stand in for an answer that does not come."""

    keys: tuple[PublicKey, ...] = ()
    asked: float = float("-inf")
    failed: bool = False
    fresh_until: float = float("-inf")
    stale_until: float = float("-inf")
    asking: "asyncio.Task[None] | None" = field(default=None)


class KeySets:
    """One worker's memory of published keys. clock: seconds that only ever go forward."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._set_by_url: dict[str, _Set] = {}

    async def key(self, url: str, key_id: str, algorithm: str) -> PublicKey | None:
        """The one key of this id at the address, or None. Raises Unavailable when nobody answers
        there and what is remembered is too old."""
        known = self._set_by_url.setdefault(url, _Set())
        found = client_keys.one(known.keys, key_id, algorithm)
        fresh = self._clock() < known.fresh_until
        if fresh and found is not None:
            return found
        # Nobody makes us ask more often by sending ids that are not there, or while nobody answers.
        rests = self._clock() < known.asked + ASKS_AGAIN_AFTER_SECONDS
        if not (rests and (fresh or known.failed or found is None)) or known.asking:
            await self._ask(url, known)
            found = client_keys.one(known.keys, key_id, algorithm)
        if known.failed and self._clock() >= max(known.fresh_until, known.stale_until):
            raise Unavailable(_OUT_OF_REACH)
        return found

    async def _ask(self, url: str, known: _Set) -> None:
        """Whoever comes while an answer is under way waits for the same one."""
        if known.asking is None:
            known.asking = asyncio.create_task(self._learn(url, known))
        await asyncio.shield(known.asking)

    async def _learn(self, url: str, known: _Set) -> None:
        try:
            fetched = await self._fetch(url)
        except NotFetched as problem:
            known.failed = True
            _log.warning("keys not fetched", reason=problem.why)
        else:
            now = self._clock()
            known.failed = False
            known.keys = fetched.keys
            known.fresh_until = now + fetched.fresh_seconds
            known.stale_until = known.fresh_until + MOST_STALE_SECONDS * fetched.may_be_stale
        finally:
            known.asked = self._clock()
            known.asking = None
