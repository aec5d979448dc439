"""A client's assertion, by which it signs in: read strictly, and held to SMART's rules, before
anything is looked up.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://www.rfc-editor.org/rfc/rfc7523#section-3
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from app.access import compact
from app.access.client_keys import ALGORITHMS
from app.access.compact import Claims
from app.errors import SignInRefused
from app.store.sign_ins import AssertionTimes

MOST_SECONDS = 300
LEEWAY_SECONDS = 60

_NEEDED = frozenset(("alg", "kid", "typ"))
_TAKEN = _NEEDED | {"jku"}
_WORD = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion whose form and claims are in order, not proven yet, nor known to be new.

    token: as sent. key_set_url: where it says that its key is (`jku`), or None. id: its `jti`.
    """

    token: bytes
    algorithm: str
    key_id: str
    key_set_url: str | None
    client_id: str
    id: str
    times: AssertionTimes


def read(text: str, audience: str) -> Assertion:
    """audience: the address it must be meant for. Raises SignInRefused with what is amiss."""
    if len(text) > compact.LARGEST_BYTES:
        raise refused("The assertion is larger than 16 kB.")
    token = text.encode("ascii", "replace")  # what is not ASCII is not base64url either
    try:
        header, claims = compact.read(token)
    except compact.Odd as odd:
        raise refused(f"The assertion is not a JSON Web Token: {odd.why}.") from None
    key_set_url = _check_header(header)
    client_id = _word(claims, "iss")
    if claims.get("sub") != client_id:
        _refuse("sub", "must be the same as iss: the id of the client")
    if claims.get("aud") not in (audience, [audience]):
        _refuse("aud", f"must be this address alone: {audience}")
    return Assertion(
        token,
        str(header["alg"]),
        str(header["kid"]),
        key_set_url,
        client_id,
        _word(claims, "jti"),
        _times(claims),
    )


def refused(text: str) -> SignInRefused:
    """A client that has not proven who it is. text: a sentence."""
    return SignInRefused("invalid_client", text)


def _check_header(header: Claims) -> str | None:
    """Returns where it says that its key is."""
    if not _NEEDED <= header.keys() <= _TAKEN:
        raise refused("The assertion's header needs alg, kid and typ, may have jku, and no more.")
    if header["alg"] not in ALGORITHMS:
        raise refused(f"The assertion must be signed with {' or '.join(ALGORITHMS)}.")
    if not compact.is_key_id(header["kid"]):
        raise refused("The assertion's header needs the kid of the key that signed it.")
    if not isinstance(header["typ"], str) or header["typ"].upper() != "JWT":
        raise refused('The assertion\'s header needs "typ":"JWT".')
    url = header.get("jku")
    if url is not None and not (isinstance(url, str) and _WORD.fullmatch(url)):
        raise refused("The assertion's jku must be the address that was registered.")
    return url


def _times(claims: Claims) -> AssertionTimes:
    """Five minutes by the client's own clock, where it says when it began; else by ours."""
    expires = _second(claims, "exp")
    issued = _second(claims, "iat") if "iat" in claims else None
    if issued is not None and not 0 < expires - issued <= MOST_SECONDS:
        _refuse("exp", f"must be after iat, by at most {MOST_SECONDS} seconds")
    starts = max(issued or 0, _second(claims, "nbf") if "nbf" in claims else 0)
    most = MOST_SECONDS if issued is None else MOST_SECONDS + LEEWAY_SECONDS
    return AssertionTimes(expires, starts, most, LEEWAY_SECONDS)


def _second(claims: Claims, name: str) -> int:
    second = claims.get(name)
    if not isinstance(second, int) or not compact.is_second(second):
        _refuse(name, "must be whole seconds since 1970, as a number")
    return second


def _word(claims: Claims, name: str) -> str:
    word = claims.get(name)
    if not isinstance(word, str) or not _WORD.fullmatch(word):
        _refuse(name, "must be there, as a word of at most 255 characters")
    return word


def _refuse(name: str, why: str) -> NoReturn:
    raise refused(f"The assertion's claim {name} {why}.")
