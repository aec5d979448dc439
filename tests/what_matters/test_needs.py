"""What to know before the first word is said."""

from datetime import UTC, datetime
from typing import Any

from app.what_matters.needs import Language, needs_of
from tests.what_matters.cast import resource

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def patient(**rest: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "tam", **rest}


def test_the_language_that_is_liked_best_comes_first_and_an_interpreter_is_told() -> None:
    needs = needs_of(resource("Patient/ewa-penrose"), NOW)
    assert needs.languages == (Language("pl", "Polish"), Language("en", "English"))
    assert needs.needs_interpreter is True


def test_whether_an_interpreter_is_needed_is_not_guessed() -> None:
    assert needs_of(resource("Patient/gerens-tregenza"), NOW).needs_interpreter is None


def test_the_pronouns_of_today_are_told() -> None:
    assert needs_of(resource("Patient/steren-rosewarne"), NOW).pronouns
    url = "http://hl7.org/fhir/StructureDefinition/individual-pronouns"
    over = {
        "url": url,
        "extension": [
            {"url": "value", "valueCodeableConcept": {"text": "he"}},
            {"url": "period", "valuePeriod": {"end": "2020-01-01"}},
        ],
    }
    assert needs_of(patient(extension=[over]), NOW).pronouns == ()


def test_a_nickname_is_what_somebody_is_called_and_an_old_name_is_not() -> None:
    names = [
        {"use": "old", "given": ["Mary"]},
        {"use": "official", "given": ["Tamsin", "Ann"]},
        {"use": "nickname", "given": ["Tam"]},
    ]
    assert needs_of(patient(name=names), NOW).called == "Tam"
    assert needs_of(patient(name=names[:2]), NOW).called == "Tamsin"
    assert needs_of(patient(name=names[:1]), NOW).called == ""
    assert needs_of(patient(name=[{"text": "Mr Jago"}]), NOW).called == "Mr Jago"


def test_the_way_to_reach_somebody_that_they_like_best_comes_first() -> None:
    ways = [
        {"value": "01736 000 002"},
        {"value": "01736 000 001", "rank": 2},
        {"value": "tam@example.org", "rank": 1},
        {"value": "01736 000 003", "rank": 1, "use": "old"},
        {"value": "01736 000 004", "rank": 1, "period": {"end": "2026-11-25"}},
        {"value": "01736 000 005", "rank": 3, "period": {"end": "2026-11-26"}},
    ]
    assert needs_of(patient(telecom=ways), NOW).reach == (
        "tam@example.org",
        "01736 000 001",
        "01736 000 005",
        "01736 000 002",
    )


def test_whoever_said_nothing_has_no_needs_that_are_known() -> None:
    needs = needs_of(patient(), NOW)
    assert (needs.languages, needs.pronouns, needs.called, needs.reach) == ((), (), "", ())


def test_a_usual_name_goes_before_an_official_one_and_one_of_tomorrow_is_not_there_yet() -> None:
    names = [
        {"use": "official", "given": ["Tamsin"]},
        {"use": "usual", "given": ["Tammy"]},
        {"use": "nickname", "given": ["Tam"], "period": {"start": "2026-11-27"}},
    ]
    assert needs_of(patient(name=names), NOW).called == "Tammy"
