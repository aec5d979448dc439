"""Headers read into an ask, and an answer told in headers. Spec:
https://hl7.org/fhir/R4/http.html#Http-Headers"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import quote

from app.access.limits import Standing, TooMany, rate_limit_headers
from app.errors import Issue, Malformed, NotAcceptable, UnsupportedMedia
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.interactions.entries import etag, etags
from app.interactions.visit import PATCH_TYPES, Answer, PatchType

FHIR_JSON = b"application/fhir+json; charset=utf-8"

_ONCE = frozenset(
    (
        b"authorization",
        b"host",
        b"content-type",
        b"content-length",
        b"if-match",
        b"if-none-match",
        b"if-none-exist",
        b"if-modified-since",
        b"x-provenance",
    )
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_JSON_TYPES = frozenset(("application/fhir+json", "application/json", "text/json"))
_FORM = "application/x-www-form-urlencoded"
_FORMATS = frozenset(("json", *_JSON_TYPES, ""))
_ACCEPTED = frozenset((*_JSON_TYPES, "*/*", "application/*", "text/*", "json", ""))
_DAYS = tuple(b"Mon Tue Wed Thu Fri Sat Sun".split())
_MONTHS = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
_FHIR_VERSION = re.compile(r"fhirversion\s*=\s*\"?([^\s\";,]+)")

PreferReturn = Literal["minimal", "representation", "OperationOutcome"]


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """By lower-case name. Raises Malformed when one that stands alone is there twice."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        if name in headers:
            if name in _ONCE:
                raise Malformed(f"The header {name.decode('latin-1')} is there twice.")
            value = headers[name] + b", " + value
        headers[name] = value
    return headers


def request_id(headers: Mapping[bytes, bytes], fallback: str) -> str:
    """The caller's own id for this request where it is a plain word, or ours."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return fallback


def check_accept(headers: Mapping[bytes, bytes], format: str | None) -> None:
    """Refuse a caller who takes no JSON of R4; `_format` wins over Accept. Raises NotAcceptable."""
    if format is not None:
        kind, _, parameters = format.lower().partition(";")
        if kind.strip().replace(" ", "+") in _FORMATS and _is_r4(parameters):
            return
        raise NotAcceptable("Only JSON of R4 is spoken here: _format=json. There is no XML.")
    accept = headers.get(b"accept")
    if accept is None or accept == b"*/*" or accept == b"application/fhir+json":
        return
    for one in accept.decode("latin-1").lower().split(","):
        kind, _, parameters = one.partition(";")
        if kind.strip() in _ACCEPTED and _is_r4(parameters):
            return
    raise NotAcceptable(
        "Only JSON of R4 is spoken here: Accept: application/fhir+json. There is no XML."
    )


def _is_r4(parameters: str) -> bool:
    """Whether the parameters of a media type name no other version of FHIR."""
    named = _FHIR_VERSION.search(parameters)
    return named is None or named[1] in ("4.0", "4.0.1")


def media_type(headers: Mapping[bytes, bytes]) -> str:
    """The Content-Type without its parameters. Raises UnsupportedMedia for a body that is packed,
    another version of FHIR, or a charset that is not UTF-8."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMedia("Send the body as it is, without a Content-Encoding.")
    text = headers.get(b"content-type", b"").decode("latin-1").lower()
    name, _, parameters = text.partition(";")
    if not _is_r4(parameters):
        raise UnsupportedMedia("Only FHIR R4 is taken here: fhirVersion=4.0.")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters)
    if charset is not None and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia("Send UTF-8: Content-Type: application/fhir+json; charset=utf-8.")
    return name.strip()


def check_json(media: str) -> None:
    """Refuse a body that is not JSON by its Content-Type. Raises UnsupportedMedia."""
    if media not in _JSON_TYPES:
        raise UnsupportedMedia(
            "Only JSON is taken here: Content-Type: application/fhir+json. There is no XML."
        )


def patch_type(media: str) -> PatchType | None:
    """Which patch a Content-Type says; None for plain JSON, whose shape tells. Raises
    UnsupportedMedia."""
    patch = PATCH_TYPES.get(media)
    if patch is None:
        check_json(media)
    return patch


def check_form(media: str) -> None:
    """The same for a POST _search."""
    if media != _FORM:
        raise UnsupportedMedia(f"A _search by POST is a form: Content-Type: {_FORM}.")


def prefer(headers: Mapping[bytes, bytes]) -> tuple[PreferReturn | None, bool]:
    """(`return=`, whether `handling=lenient`). Words that are not known are passed over, as RFC
    7240 says."""
    text = headers.get(b"prefer")
    if text is None:
        return None, False
    wanted: PreferReturn | None = None
    lenient = False
    for word in re.split(r"[,;]", text.decode("latin-1")):
        name, _, value = word.strip().partition("=")
        value = value.strip('" ')
        if name == "return" and value == "minimal":
            wanted = "minimal"
        elif name == "return" and value == "representation":
            wanted = "representation"
        elif name == "return" and value == "OperationOutcome":
            wanted = "OperationOutcome"
        elif name == "handling":
            lenient = value == "lenient"
    return wanted, lenient


def version(headers: Mapping[bytes, bytes], name: bytes) -> int | None:
    """The version number an If-Match names; 0 for `*`. Raises Malformed."""
    value = headers.get(name)
    return None if value is None else etag(value.decode("latin-1"), name.decode().title())


def versions(headers: Mapping[bytes, bytes], name: bytes) -> tuple[int, ...] | None:
    """The version numbers a list of ETags names; None without the header."""
    value = headers.get(name)
    return None if value is None else etags(value.decode("latin-1"))


def moment(headers: Mapping[bytes, bytes], name: bytes) -> datetime | None:
    """An HTTP date; None when there is none or it is none, as RFC 9110 says."""
    value = headers.get(name)
    if value is None:
        return None
    try:
        read = parsedate_to_datetime(value.decode("latin-1"))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def provenance(headers: Mapping[bytes, bytes]) -> Json | None:
    """What X-Provenance says, read as strictly as a body. Raises Malformed."""
    value = headers.get(b"x-provenance")
    if value is None:
        return None
    try:
        return parse(value)
    except Malformed as refusal:
        told = f"The header X-Provenance cannot be read. {refusal.issues[0].text}"
        raise Malformed(issues=[Issue("structure", told, "http.X-Provenance")]) from None


def answer_headers(
    answer: Answer, fhir_base: str, *, is_new_to_caller: bool
) -> list[tuple[bytes, bytes]]:
    """ETag, Last-Modified, Location, for an answer about one version.

    is_new_to_caller: it was created, or found by a condition, so its address has to be told.
    """
    headers: list[tuple[bytes, bytes]] = []
    if answer.version is not None:
        headers.append((b"etag", b'W/"%d"' % answer.version))
    if answer.updated is not None:
        headers.append((b"last-modified", _http_date(answer.updated)))
    if is_new_to_caller:
        where = f"{fhir_base}/{answer.type}/{quote(answer.id or '')}/_history/{answer.version}"
        headers.append((b"location", where.encode()))
    return headers + rate_limit(answer.standings)


def rate_limit(standings: Sequence[Standing]) -> list[tuple[bytes, bytes]]:
    """RateLimit-Policy and RateLimit, of what was counted."""
    return [(name.encode(), value.encode()) for name, value in rate_limit_headers(standings)]


def of_too_many(refusal: TooMany) -> dict[str, str]:
    """What a refusal of who asked too often tells: when to ask again."""
    told = {"retry-after": str(refusal.seconds)}
    return {**told, **dict(rate_limit_headers(refusal.standings))}


def _http_date(moment: datetime) -> bytes:
    at = moment.astimezone(UTC)
    date = (_DAYS[at.weekday()], at.day, _MONTHS[at.month - 1], at.year, at.hour, at.minute)
    return b"%b, %02d %b %04d %02d:%02d:%02d GMT" % (*date, at.second)
