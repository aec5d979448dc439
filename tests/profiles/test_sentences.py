"""What a wrong example is told: what is wrong, and what to do, in words for who must mend it."""

import pytest

from app.errors import Issue
from app.fhir.json_guard import parse
from app.fhir.library import BASE, FOLDER
from app.fhir.resource_types import Json
from app.what_matters.judgement import errors, issues_of

PROFILE = f"{BASE}/StructureDefinition/"
GOAL: Json = {
    "resourceType": "Goal",
    "meta": {"profile": [f"{PROFILE}person-stated-goal"]},
    "lifecycleStatus": "active",
    "description": {"text": "I want to hear the sea"},
    "subject": {"reference": "Patient/1"},
    "startDate": "2026-03-05",
    "expressedBy": {"reference": "Patient/1"},
}

SENTENCES = {
    "person-stated-goal/confidence-in-words": (
        "confidence must be a whole number from 0 to 10: write it as valueInteger."
    ),
    "person-stated-goal/importance-of-eleven": "importance must be a whole number from 0 to 10.",
    "person-stated-goal/no-start": "startDate is missing. (The day the goal began.)",
    "person-stated-goal/measured-by-guesswork": (
        "measured by must be one of own-words, zero-to-ten, five-steps."
    ),
    "supporter/on-no-ground": (
        f"basis is missing: add the extension {PROFILE}supporter-basis. (On what ground they help.)"
    ),
    "supporter/family-is-not-enough": (
        "basis must be one of chosen-by-person, parental-responsibility, attorney-health, "
        "attorney-money, court-deputy, advocate, best-interests, of "
        f"{BASE}/CodeSystem/supporter-basis. (The ground for helping.)"
    ),
    "barrier/no-category": (
        "category must hold survey of http://terminology.hl7.org/CodeSystem/observation-category. "
        "(Category survey: something that was asked and answered.)"
    ),
    "barrier/a-number": (
        "value must be a code with words, or a text: "
        "write it as valueCodeableConcept or valueString. (What gets in the way.)"
    ),
    "progress-five-steps/not-a-step": (
        "value must be one of LA34479-8 (Much better than expected), LA34480-6 (Better than "
        "expected), LA34481-4 (Expected outcome), LA34483-0 (Less than expected), LA34484-8 (Much "
        "less than expected), of http://loinc.org. (One of the five steps.)"
    ),
    "scaled-goal/four-steps": (
        "step must be given 5 times: add the extension "
        "http://hl7.org/fhir/us/pco/StructureDefinition/pco-goal-attainment-scaling. "
        "(One of the five steps.)"
    ),
    "contact/told-again-twice": (
        "told again may be given once at most. (Did they have to tell it again?)"
    ),
    "contact/with-a-bill": "account may not be given here: leave it out. (A bill.)",
    "what-matters/told-by-a-place": (
        "performer must lead to Patient, Practitioner, PractitionerRole or RelatedPerson. "
        "(Who told it.)"
    ),
    "entry-provenance/whose-words": (
        "agent must hold one with the type author of "
        "http://terminology.hl7.org/CodeSystem/provenance-participant-type. "
        "(Whose words these are.)"
    ),
    "wellbeing/no-answer": "valueInteger is missing. (A whole number from 0 to 10.)",
    "wellbeing/a-fifth-question": (
        "component holds something that has no place here: leave it out. "
        "(The four questions: leave out what was not answered.)"
    ),
}


def told(resource: Json) -> list[tuple[str, str]]:
    return [(one.severity, one.text) for one in issues_of(resource)]


@pytest.mark.parametrize(("example", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_a_fault_is_told_in_words_that_say_what_to_do(example: str, sentence: str) -> None:
    profile, _, name = example.partition("/")
    path = FOLDER / "examples" / "profiles" / profile / f"invalid-{name}.json"
    (issue,) = errors(issues_of(parse(path.read_bytes()), profiles=(PROFILE + profile,)))
    assert issue.text == sentence


def test_a_code_from_elsewhere_is_told_the_list_and_that_words_will_do() -> None:
    known = {"coding": [{"system": "https://example.org/c", "code": "guessed"}]}
    extension = {"url": f"{PROFILE}goal-how-known", "valueCodeableConcept": known}
    (found,) = told({**GOAL, "extension": [extension]})
    assert found == (
        "warning",
        "If one of these fits, how known should be it: said, wrote, showed, interpreted, "
        f"said-before, known-well, of {BASE}/CodeSystem/goal-how-known; if none does, say it in "
        "text alone. (A code, or words when no code fits.)",
    )


def test_an_extension_out_of_place_is_told_where_it_belongs() -> None:
    note = {"text": "x", "extension": [{"url": f"{PROFILE}goal-importance", "valueInteger": 3}]}
    assert told({**GOAL, "note": [note]}) == [
        ("error", "This extension has no place here: it belongs in Goal.")
    ]


def test_a_slip_in_the_name_of_an_extension_of_ours_is_told_the_nearest_name() -> None:
    extension = {"url": f"{PROFILE}goal-importnace", "valueInteger": 3}
    assert told({**GOAL, "extension": [extension]}) == [
        (
            "warning",
            "There is no extension of this name here, so nothing was checked. "
            "The nearest name is goal-importance.",
        )
    ]


def test_an_extension_of_somebody_else_is_let_be() -> None:
    extension = {"url": "https://example.org/goal-importnace", "valueInteger": 3}
    assert told({**GOAL, "extension": [extension]}) == []


def test_a_slip_in_the_name_of_a_profile_of_ours_is_told_the_nearest_name() -> None:
    claim = {"profile": [f"{PROFILE}person-state-goal"]}
    assert issues_of({**GOAL, "meta": claim}) == [
        Issue(
            "not-found",
            "This profile is not known here, so nothing was checked against it. "
            "The nearest name is person-stated-goal.",
            "Goal.meta.profile",
            "warning",
        )
    ]


def test_a_flood_of_slips_is_told_of_a_few() -> None:
    slips = [{"url": f"{PROFILE}goal-importnace{n}", "valueInteger": 3} for n in range(1000)]
    claims = [f"{PROFILE}person-state-goal{n}" for n in range(1000)]
    found = told({**GOAL, "extension": slips})
    assert len(found) == 10
    near = [text for _, text in told({**GOAL, "meta": {"profile": claims}}) if "nearest" in text]
    assert len(near) == 10
