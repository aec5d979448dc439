"""What pydantic finds wrong with a field, in plain words and with what to send instead.

Spec: https://docs.pydantic.dev/latest/errors/validation_errors/
"""

from collections.abc import Mapping
from typing import Any

from app.endpoints.rest.problem import fault
from app.what_matters.shapes.people import TEN_DIGITS
from app.what_matters.shapes.words import DAY, ID, MOMENT, WHOLE_DAY

_WORDS_BY_PATTERN = {
    DAY: "Write the day like 2026-03-05; or 2026-03 or 2026, where no more is known.",
    MOMENT: "Write a moment with its time zone, like 2026-03-05T14:20:00Z; or only the day, month "
    "or year, like 2026-03-05.",
    WHOLE_DAY: "Write the whole day, like 2026-03-05.",
    ID: "Send the id alone: letters, digits, - and . (64 at the most), without an address.",
    TEN_DIGITS: "An NHS number is ten digits, without spaces.",
    r"\S": "Spaces alone say nothing: write something, or leave it out.",
}
_WORDS_BY_TYPE = {
    "missing": "This is needed. Send it.",
    "extra_forbidden": "There is no such field here, and what it says would be lost. "
    "/api/openapi.json lists those there are.",
    "string_type": 'Send a text, in quotation marks: "…".',
    "string_too_short": "This is empty: write something, or leave it out.",
    "string_too_long": "This is too long: {max_length} letters at the most.",
    "literal_error": "Send one of these: {expected}.",
    "greater_than_equal": "Send {ge} or more.",
    "less_than_equal": "Send {le} or less.",
    "too_short": "Send at least {min_length}.",
    "too_long": "Send {max_length} at the most.",
    "bool_type": "Send true or false.",
    "bool_parsing": "Send true or false.",
    "int_type": "Send a whole number, such as 3.",
    "int_parsing": "Send a whole number, such as 3.",
    "int_from_float": "Send a whole number, such as 3.",
    "list_type": "Send a list: [ … ].",
}
_AN_OBJECT = (
    'Send an object: {{ … }}. Somebody is told like {{"kind": "organisation", "id": "gp-surgery"}}.'
)
_WORDS_BY_TYPE |= dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), _AN_OBJECT)
_NO_BODY = "This needs a body: send it as JSON, with Content-Type: application/json."
_NOT_OF_FIELDS = ("body", "path", "query", "header")


def fault_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """One error of pydantic's, without the value that was sent."""
    place = [str(one) for one in error["loc"] if one not in _NOT_OF_FIELDS]
    if error["type"] == "missing" and not place:
        return fault(None, _NO_BODY)
    return fault(".".join(place) or None, _words(error))


def _words(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if words := _WORDS_BY_PATTERN.get(context.get("pattern", "")):
        return words
    if words := _WORDS_BY_TYPE.get(error["type"]):
        return words.format(**{name: str(one).replace("'", "") for name, one in context.items()})
    return f"{str(error['msg']).removeprefix('Value error, ')}."
