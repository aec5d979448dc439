"""Fetches a client's published keys: one GET to a public address, pinned, short, small, with no
redirects.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
"""

import re
from dataclasses import dataclass

import httpx

from app.access import client_keys
from app.access.issuers import PublicKey
from app.access.outward import NotFetched, Outward

USUAL_FRESH_SECONDS = 300
MOST_FRESH_SECONDS = 3600

_MAX_AGE = re.compile(r'max-age\s*=\s*"?([0-9]{1,9})"?')


@dataclass(frozen=True, slots=True)
class Fetched:
    """Published keys. fresh_seconds: how long they may be used without asking again.
    may_be_stale: whether they may be used for some time after, while nobody answers."""

    keys: tuple[PublicKey, ...]
    fresh_seconds: int
    may_be_stale: bool


class KeyFetch(Outward):
    """How keys are fetched."""

    async def __call__(self, url: str) -> Fetched:
        """Raises NotFetched."""
        answer = await self.ask("GET", url)
        keys = client_keys.usable(answer.body)
        if keys is None:
            raise NotFetched("the answer was no JSON Web Key Set")
        fresh_seconds, may_be_stale = freshness(answer.headers)
        return Fetched(keys, fresh_seconds, may_be_stale)


def freshness(headers: httpx.Headers) -> tuple[int, bool]:
    """How long the answer may be used, by its Cache-Control, and whether also a while after that.

    Without one, five minutes; never more than an hour.
    """
    told = headers.get("cache-control", "").lower()
    words = {word.strip().partition("=")[0].strip() for word in told.split(",")}
    may_be_stale = words.isdisjoint(("no-store", "no-cache", "must-revalidate"))
    if not words.isdisjoint(("no-store", "no-cache")):
        return 0, False
    found = _MAX_AGE.search(told)
    if found is None:
        return (0, False) if "max-age" in words else (USUAL_FRESH_SECONDS, may_be_stale)
    age = headers.get("age", "0").strip()
    left = int(found[1]) - (int(age) if age.isascii() and age.isdigit() else 0)
    return min(max(left, 0), MOST_FRESH_SECONDS), may_be_stale
