"""What pydantic finds wrong with a field, in plain words and with what to send instead.

Spec: https://docs.pydantic.dev/latest/errors/validation_errors/
"""

from collections.abc import Mapping
from typing import Any

from app.endpoints.rest.problem import fault
from app.what_matters.shapes.often import HOUR
from app.what_matters.shapes.people import TEN_DIGITS
from app.what_matters.shapes.words import DAY, ID, MOMENT, WHOLE_DAY

_WORDS_BY_PATTERN = {
    DAY: "Write the day like 2026-03-05; or 2026-03 or 2026, where no more is known.",
    MOMENT: "Write a moment with its time zone, like 2026-03-05T14:20:00Z; or only the day, month "
    "or year, like 2026-03-05.",
    WHOLE_DAY: "Write the whole day, like 2026-03-05.",
    ID: "Send the id alone: letters, digits, - and . (64 at the most), without an address.",
    HOUR: "Write the hour and the minutes, like 09:30 or 16:00.",
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
_OBJECTS = ("model_type", "model_attributes_type", "dict_type")
_SOMEBODY = 'Somebody is told like {"kind": "organisation", "id": "gp-surgery"}.'
_LIKE_BY_FIELD = {
    "review_on": 'When to look again is told like {"after_days": 28} or {"day": "2026-03-05"}.',
    "every": 'How often is told like {"count": 30, "unit": "days"}.',
    "things": 'A thing to do is told like {"what": "Walk to the quay", "when": "On Mondays"}.',
}
_TOLD_ONLY = frozenset(
    (
        *("id", "person", "version", "changed_at", "written_by", "own_words"),
        *("may_become", "in_words", "also"),
    )
)
_NOT_SENT = "The record tells this itself: leave it out of what you send."
_NO_BODY = "This needs a body: send it as JSON, with Content-Type: application/json."
_NOT_OF_FIELDS = ("body", "path", "query", "header")


def fault_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """One error of pydantic's, without the value that was sent."""
    place = [str(one) for one in error["loc"] if one not in _NOT_OF_FIELDS]
    if error["type"] == "missing" and not place:
        return fault(None, _NO_BODY)
    if error["type"] == "extra_forbidden" and len(place) == 1 and place[0] in _TOLD_ONLY:
        return fault(place[0], _NOT_SENT)
    if error["type"] in _OBJECTS:
        name = next((one for one in reversed(place) if not one.isdigit()), "")
        like = _LIKE_BY_FIELD.get(name, _SOMEBODY)
        return fault(".".join(place) or None, f"Send an object: {{ … }}. {like}")
    return fault(".".join(place) or None, _words(error))


def _words(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if words := _WORDS_BY_PATTERN.get(context.get("pattern", "")):
        return words
    if words := _WORDS_BY_TYPE.get(error["type"]):
        return words.format(**{name: str(one).replace("'", "") for name, one in context.items()})
    return f"{str(error['msg']).removeprefix('Value error, ')}."
