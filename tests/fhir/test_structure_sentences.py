"""What the structure check says of the slips that are made most, by who writes the software."""

import json
from typing import Any

import pytest

from app.errors import Malformed
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.structure import check

GOAL: Json = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "I want to hear the sea"},
    "subject": {"reference": "Patient/1"},
}
IMPORTANCE = "https://whatmatters.example/fhir/StructureDefinition/goal-importance"

SLIPS: dict[str, tuple[Json, str]] = {
    "words where an object belongs": (
        {"description": "I want to hear the sea"},
        'This must be an object, such as {"text": "…"}.',
    ),
    "a link where an object belongs": (
        {"subject": "Patient/1"},
        'This must be an object, such as {"reference": "Patient/123"}.',
    ),
    "a list where one belongs": (
        {"description": [{"text": "I want to hear the sea"}]},
        "This must be one object, not an array: take the [ ] away.",
    ),
    "one where a list belongs": (
        {"note": {"text": "Soon"}},
        "This must be an array, even for one value: put it in [ ].",
    ),
    "a number in quotes": (
        {"extension": [{"url": IMPORTANCE, "valueInteger": "7"}]},
        "This must be a whole number, without quotes.",
    ),
    "a number with a decimal point": (
        {"extension": [{"url": IMPORTANCE, "valueInteger": 7.5}]},
        "This must be a whole number.",
    ),
    "a number that is far too large": (
        {"extension": [{"url": IMPORTANCE, "valueInteger": 3_000_000_000}]},
        "This must be a whole number from -2147483648 to 2147483647.",
    ),
    "a date as it is written in Britain": (
        {"startDate": "05/03/2026"},
        "This must be a real date, the year first: 2026, 2026-03 or 2026-03-05.",
    ),
    "a time without a zone": (
        {"note": [{"text": "Soon", "time": "2026-05-01T10:00:00"}]},
        "This must be a real date (2026-05-14), or a date and a time with seconds and time zone "
        "(2026-05-14T09:30:00+01:00).",
    ),
    "a code in capitals": (
        {"lifecycleStatus": "Active"},
        "This must be one of these codes, spelt as here: accepted, active, cancelled, completed, "
        "entered-in-error, on-hold, planned, proposed, rejected.",
    ),
    "an id alone as a link": (
        {"subject": {"reference": "1"}},
        "A reference names a type and an id, such as Patient/123, or is a web address, urn:uuid:, "
        "urn:oid: or #id.",
    ),
    "a name with a capital too many": (
        {"StartDate": "2026-03-05"},
        "R4 has no 'StartDate' here: write startDate.",
    ),
    "one where the name is for many": (
        {"notes": [{"text": "Soon"}]},
        "R4 has no 'notes' here: write note.",
    ),
    "a choice without its type": (
        {"start": "2026-03-05"},
        "R4 has no 'start' here: write startCodeableConcept or startDate.",
    ),
    "a name of one's own": (
        {"howIFeel": "Good"},
        "R4 has no 'howIFeel' here: look how it is spelt, or leave it out.",
    ),
    "two kinds of one choice": (
        {"startDate": "2026-03-05", "startCodeableConcept": {"text": "Spring"}},
        "Only one of startCodeableConcept and startDate may be given.",
    ),
}


@pytest.mark.parametrize(("slip", "sentence"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_in_words_that_say_what_to_write(slip: Json, sentence: str) -> None:
    assert [issue.text for issue in check(_read({**GOAL, **slip}))] == [sentence]


def test_a_choice_that_is_missing_is_told_by_the_names_it_may_have() -> None:
    payload: dict[str, Any] = {"id": "a"}
    told = {"resourceType": "Communication", "status": "completed", "payload": [payload]}
    assert "contentAttachment, contentReference or contentString is missing." in [
        issue.text for issue in check(told)
    ]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            b'{"resourceType":"Goal",}',
            "The body is not JSON: see byte 23. Look there for a comma, a bracket or a quotation "
            "mark that is missing, or one too many.",
        ),
        (b"<Goal/>", "The body looks like XML or a web page; send JSON."),
        (
            '{"text":"café"}'.encode("latin-1"),
            "The body is not UTF-8 text: save or send it as UTF-8.",
        ),
    ],
    ids=["a comma too many", "XML", "another encoding"],
)
def test_a_text_that_cannot_be_read_is_told_what_to_look_for(raw: bytes, sentence: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(raw)
    assert [issue.text for issue in refusal.value.issues] == [sentence]


def test_a_member_given_twice_is_told_to_be_kept_once() -> None:
    with pytest.raises(Malformed) as refusal:
        parse(b'{"resourceType":"Goal","id":"a","id":"b"}')
    assert [issue.text for issue in refusal.value.issues] == [
        "'id' is given twice in one object: keep one of them."
    ]


def _read(tree: Json) -> Json:
    """As it comes through the door, where a number with a point keeps its digits."""
    return parse(json.dumps(tree).encode())
