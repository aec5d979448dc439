"""Whose words an entry holds, and how we know."""

from typing import Any

import pytest

from app.what_matters.voice import own_and_others, voice_of
from tests.what_matters.cast import everybody, of_type, resource


def test_what_a_mother_says_for_her_child_is_hers_and_says_how_she_knows() -> None:
    voice = voice_of(resource("Goal/perran-kitto-one-friend"))
    assert voice is not None
    assert (voice.about, voice.is_own) == ("Patient/perran-kitto", False)
    assert voice.by == ("RelatedPerson/perran-kitto-lowenna",)
    assert (voice.how_known, voice.how_words[:12]) == ("showed", "He lies down")


def test_what_a_person_says_needs_nobody_to_know_it() -> None:
    voice = voice_of(resource("Goal/tamsin-pender-walk-to-the-quay"))
    assert voice is not None
    assert (voice.is_own, voice.how_known, voice.how_words) == (True, "", "")


def test_a_code_without_words_is_told_in_its_own() -> None:
    goal = resource("Goal/perran-kitto-one-friend")
    for extension in goal["extension"]:
        extension.get("valueCodeableConcept", {}).pop("text", None)
    voice = voice_of(goal)
    assert voice is not None
    assert voice.how_words == "They showed it"


@pytest.mark.parametrize(
    ("entry", "is_own"),
    [
        ({"resourceType": "Observation", "performer": [{"reference": "Patient/tam"}]}, True),
        (
            {
                "resourceType": "Observation",
                "performer": [{"reference": "Practitioner/w"}, {"reference": "Patient/tam"}],
            },
            True,
        ),
        ({"resourceType": "Observation", "performer": [{"reference": "Patient/other"}]}, False),
        ({"resourceType": "Observation"}, False),
        ({"resourceType": "QuestionnaireResponse", "source": {"reference": "Patient/tam"}}, True),
        ({"resourceType": "ServiceRequest", "requester": {"reference": "Practitioner/w"}}, False),
    ],
)
def test_it_is_own_where_the_person_is_among_those_who_said_it(
    entry: dict[str, Any], is_own: bool
) -> None:
    voice = voice_of({**entry, "subject": {"reference": "Patient/tam"}})
    assert voice is not None
    assert voice.is_own is is_own


def test_an_entry_that_holds_nobodys_words_has_no_voice() -> None:
    assert voice_of({"resourceType": "Patient", "id": "tam"}) is None
    assert voice_of({"resourceType": "Goal"}) is None


def test_who_helped_to_write_it_is_told() -> None:
    found = [voice_of(one) for link, one in everybody().items() if link.startswith("Observation/")]
    assert any(one.helped_by for one in found if one is not None)


def test_a_childs_own_words_are_kept_apart_from_a_parents() -> None:
    entries = [*of_type("Goal", "jenna-polglase"), *of_type("Goal", "perran-kitto")]
    own, others = own_and_others(entries)
    assert {one["subject"]["reference"] for one in own} == {"Patient/jenna-polglase"}
    assert {one["subject"]["reference"] for one in others} == {"Patient/perran-kitto"}
    assert len(own) + len(others) == len(entries)
