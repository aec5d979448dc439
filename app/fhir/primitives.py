"""The primitive types: each check takes a JSON value and returns None when it is one, else why not.

Spec: https://hl7.org/fhir/R4/datatypes.html#primitive
A sound value costs one or two calls into C; the reasons are worked out only for one that is not.
"""

import binascii
import re
from typing import Any

import msgspec

from app.fhir.finding import Check, Finding, Findings

LONGEST = 1024 * 1024

_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_YEAR = "(?!0000)[0-9]{4}"
_FULL_DATE = f"(?:{_YEAR}-{_DAY}|(?!0000){_LEAP_YEAR}-02-29)"
_PART_DATE = f"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

_is_date = re.compile(f"{_FULL_DATE}|{_PART_DATE}").fullmatch
_is_date_time = re.compile(f"{_FULL_DATE}(?:T{_CLOCK}{_ZONE})?|{_PART_DATE}").fullmatch
_is_instant = re.compile(f"{_FULL_DATE}T{_CLOCK}{_ZONE}").fullmatch
_is_time = re.compile(_CLOCK).fullmatch
_is_id = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_is_uuid = re.compile("urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_is_oid = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_is_code = re.compile(r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*").fullmatch
_is_uri = re.compile(r"[^\s\x00-\x1f]+").fullmatch
_control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]").search
_is_mime_type = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?: ?;.*)?").fullmatch
_is_currency = re.compile("[A-Z]{3}").fullmatch


def string(value: Any) -> Findings:
    """Not empty, not only white space, no control characters but tab and line ends, up to 1 MB."""
    if (
        type(value) is str
        and value
        and value.isprintable()
        and not value.isspace()
        and len(value) <= LONGEST
    ):
        return None
    return _string_fault(value)


def code(value: Any) -> Findings:
    """No white space at either end, and single spaces inside."""
    if type(value) is str and _is_code(value):
        return None
    return _fault(value, "a code: no space at either end, single spaces inside")


def uri(value: Any) -> Findings:
    """Any uri, url or canonical: not empty, no white space."""
    if type(value) is str and value and value.isprintable() and " " not in value:
        return None
    if type(value) is str and _is_uri(value):
        return None
    return _fault(value, "a URI, without spaces")


def boolean(value: Any) -> Findings:
    """JSON true or false."""
    if value is True or value is False:
        return None
    return _not_json(value, "true or false, without quotes")


def integer(value: Any) -> Findings:
    """A 32-bit whole number."""
    if type(value) is int and -2147483648 <= value <= 2147483647:
        return None
    if type(value) is int:
        return _number_fault(value, "a whole number from -2147483648 to 2147483647")
    return _number_fault(value, "a whole number")


def unsigned_int(value: Any) -> Findings:
    """A 31-bit whole number from 0."""
    if type(value) is int and 0 <= value <= 2147483647:
        return None
    return _number_fault(value, "a whole number from 0 to 2147483647")


def positive_int(value: Any) -> Findings:
    """A 31-bit whole number from 1."""
    if type(value) is int and 0 < value <= 2147483647:
        return None
    return _number_fault(value, "a whole number from 1 to 2147483647")


def decimal(value: Any) -> Findings:
    """Any JSON number, its digits kept."""
    if type(value) is msgspec.Raw or type(value) is int:
        return None
    return _not_json(value, "a number, without quotes")


def base64_binary(value: Any) -> Findings:
    """Base64 with its padding; white space between is allowed."""
    if type(value) is str and value:
        try:
            if binascii.a2b_base64("".join(value.split()), strict_mode=True):
                return None
        except ValueError:  # binascii.Error is one
            pass
    return _fault(value, "base64 text")


def date(value: Any) -> Findings:
    """YYYY, YYYY-MM or YYYY-MM-DD, a day that is in the calendar."""
    if type(value) is str and _is_date(value):
        return None
    return _fault(value, "a real date, the year first: 2026, 2026-03 or 2026-03-05")


def date_time(value: Any) -> Findings:
    """A date, or a date with a time to the second and a time zone."""
    if type(value) is str and _is_date_time(value):
        return None
    return _fault(
        value,
        "a real date (2026-05-14), or a date and a time with seconds and time zone "
        "(2026-05-14T09:30:00+01:00)",
    )


def instant(value: Any) -> Findings:
    """A date with a time to the second and a time zone."""
    if type(value) is str and _is_instant(value):
        return None
    return _fault(
        value, "a real date and time with seconds and time zone (2026-05-14T09:30:00+01:00)"
    )


def time(value: Any) -> Findings:
    """hh:mm:ss, without a zone."""
    if type(value) is str and _is_time(value):
        return None
    return _fault(value, "a time of day with seconds (hh:mm:ss)")


def identity(value: Any) -> Findings:
    """FHIR's `id`: 1 to 64 letters, digits, hyphens and dots."""
    if type(value) is str and _is_id(value):
        return None
    return _fault(value, "1 to 64 letters, digits, hyphens and dots")


def element_id(value: Any) -> Findings:
    """The id of an element inside a resource: any text without white space."""
    if type(value) is str and _is_uri(value):
        return None
    return _fault(value, "a text without spaces")


def oid(value: Any) -> Findings:
    """urn:oid: and numbers."""
    if type(value) is str and _is_oid(value):
        return None
    return _fault(value, "an OID: urn:oid: and numbers between dots")


def uuid(value: Any) -> Findings:
    """urn:uuid: and a UUID in lower case."""
    if type(value) is str and _is_uuid(value):
        return None
    return _fault(value, "a UUID: urn:uuid: and the UUID in lower case")


def mime_type(value: Any) -> Findings:
    """The open list of BCP 13: type/subtype, with parameters if any."""
    if type(value) is str and _is_mime_type(value):
        return None
    return _fault(value, "a MIME type such as text/plain", code="code-invalid")


def currency(value: Any) -> Findings:
    """The open list of ISO 4217: three capital letters."""
    if type(value) is str and _is_currency(value):
        return None
    return _fault(value, "a currency's three letters, such as GBP", code="code-invalid")


def one_of(codes: frozenset[str]) -> Check:
    """The check for a code with a required binding."""
    few = 12
    listed = "one of the codes FHIR lists for it"
    if len(codes) <= few:
        listed = f"one of these codes, spelt as here: {', '.join(sorted(codes))}"

    def bound_code(value: Any) -> Findings:
        if type(value) is str and value in codes:
            return None
        return _fault(value, listed, code="code-invalid")

    return bound_code


def _fault(value: Any, wanted: str, code: str = "value") -> list[Finding]:
    if type(value) is str:
        return [Finding(code, f"This must be {wanted}.")]
    return _not_json(value, f"a text in quotes: {wanted}")


def _number_fault(value: Any, wanted: str) -> list[Finding]:
    if type(value) is int or type(value) is msgspec.Raw:
        return [Finding("value", f"This must be {wanted}.")]
    return _not_json(value, f"{wanted}, without quotes")


def _not_json(value: Any, wanted: str) -> list[Finding]:
    if value is None:
        return [Finding("structure", "This is null; leave the element out instead.")]
    return [Finding("structure", f"This must be {wanted}.")]


def _string_fault(value: Any) -> Findings:
    if type(value) is not str:
        return _not_json(value, "a text in quotes")
    if not value.strip():
        return [Finding("value", "This text is empty; leave the element out instead.")]
    if len(value) > LONGEST:
        return [Finding("too-long", "This text is longer than 1 MB.")]
    if _control(value):
        return [Finding("value", "This text holds a control character other than tab or line end.")]
    return None


CHECK_BY_TYPE: dict[str, Check] = {
    "base64Binary": base64_binary,
    "boolean": boolean,
    "canonical": uri,
    "code": code,
    "date": date,
    "dateTime": date_time,
    "decimal": decimal,
    "element id": element_id,
    "id": identity,
    "instant": instant,
    "integer": integer,
    "markdown": string,
    "oid": oid,
    "positiveInt": positive_int,
    "string": string,
    "time": time,
    "unsignedInt": unsigned_int,
    "uri": uri,
    "url": uri,
    "uuid": uuid,
}
OPEN_LISTS: dict[str, Check] = {"mimetypes": mime_type, "currencies": currency}
