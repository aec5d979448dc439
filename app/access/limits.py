"""How often one caller may do what could be used to find out who is here, and fail to sign in.

What is counted is counted in the database, for all workers together. Reads and writes are not
counted: they cost no statement more.
Spec: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/,
https://www.rfc-editor.org/rfc/rfc6585#section-4
"""

import hmac
import math
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from app.access.caller import Caller
from app.errors import Invalid, Issue, Refusal
from app.store.database import Session
from app.store.rate_counts import Asked, count

FAILED_SIGN_IN, LOOK_UP, MATCH, PERSON = "failed-sign-in", "look-up", "match", "person"
INVITATION = "invitation"
NAMES = (FAILED_SIGN_IN, LOOK_UP, MATCH, PERSON, INVITATION)
_POLICY = re.compile(r"([a-z-]+)=([1-9][0-9]{0,8})/([1-9][0-9]{0,5})")
_TEXT_BY_NAME = {
    FAILED_SIGN_IN: "Too many sign-ins from this address have failed.",
    LOOK_UP: "This client has looked for people too often.",
    MATCH: "This client has asked who somebody is too often.",
    PERSON: "This client has asked who this person is too often.",
    INVITATION: "This sign-in has tried codes of invitations too often.",
}


class Policy(Struct, frozen=True):
    """At most so many in each span of so many seconds."""

    name: str
    most: int
    seconds: int


class Standing(Struct, frozen=True):
    """How a policy stands for a caller. left: how many more; seconds: until all are free again."""

    policy: Policy
    left: int
    seconds: int


class TooMany(Refusal):
    """Asked too often (429). standings: of every policy that was looked at."""

    status = 429
    code = "throttled"

    def __init__(
        self,
        text: str = "",
        issues: Sequence[Issue] = (),
        standings: Sequence[Standing] = (),
        seconds: int = 1,
    ) -> None:
        super().__init__(text, issues)
        self.standings = tuple(standings)
        self.seconds = seconds


def policies(text: str) -> Mapping[str, Policy]:
    """Read from words like match=60/60: at most 60 in 60 seconds. A name that is left out has no
    limit. Raises Invalid."""
    found: dict[str, Policy] = {}
    for word in text.split():
        match = _POLICY.fullmatch(word)
        if match is None or match[1] not in NAMES or match[1] in found:
            said = (
                "WHATMATTERS_RATE_LIMITS is written like match=60/60 (60 in 60 seconds); the names "
                f"are {', '.join(NAMES)}, each once at the most. Leave it empty for no limits."
            )
            raise Invalid([Issue("value", said)])
        found[match[1]] = Policy(match[1], int(match[2]), int(match[3]))
    return found


class Limits:
    """session: makes a session of its own, so that what is undone is counted all the same. key:
    digests who is counted, so that the table of counts names nobody."""

    def __init__(
        self, policies: Mapping[str, Policy], session: Callable[[], Session], key: bytes
    ) -> None:
        self._policies = policies
        self._session = session
        self._key = key

    async def take(self, *asked: tuple[str, str], times: int = 1) -> tuple[Standing, ...]:
        """Count what is done, as (name, who). Raises TooMany when one of them was done too often,
        which counts as well."""
        limited = [(self._policies[name], who) for name, who in asked if name in self._policies]
        if not limited or times < 1:
            return ()
        counted = await count(
            self._session(),
            [Asked(one.name, self._digest(one, who), one.seconds, times) for one, who in limited],
        )
        standings = tuple(
            Standing(one, max(0, one.most - now.count), max(1, math.ceil(now.seconds_left)))
            for (one, _), now in zip(limited, counted, strict=True)
        )
        over = [
            standing
            for standing, now in zip(standings, counted, strict=True)
            if now.count > standing.policy.most
        ]
        if over:
            seconds = max(one.seconds for one in over)
            said = f"{_TEXT_BY_NAME[over[0].policy.name]} Ask again in {seconds} seconds."
            raise TooMany(said, standings=standings, seconds=seconds)
        return standings

    def _digest(self, policy: Policy, who: str) -> str:
        return hmac.new(self._key, f"{policy.name}\n{who}".encode(), sha256).hexdigest()


def client_of(caller: Caller) -> str:
    """By which a client is counted, whatever token it holds."""
    return f"{caller.issuer}\n{caller.client_id}"


def rate_limit_headers(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    """RateLimit-Policy and RateLimit, in small letters; none when nothing was counted."""
    if not standings:
        return []
    told = [(f'"{one.policy.name}"', one) for one in standings]
    return [
        (
            "ratelimit-policy",
            ", ".join(f"{n};q={s.policy.most};w={s.policy.seconds}" for n, s in told),
        ),
        ("ratelimit", ", ".join(f"{n};r={s.left};t={s.seconds}" for n, s in told)),
    ]
