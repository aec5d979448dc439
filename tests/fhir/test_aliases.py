"""Old names are read, and the new one is written."""

import pytest

from app.fhir.aliases import read_codes, written_code
from app.fhir.library import BASE, of_type
from app.fhir.terminology import member

LOINC = "http://loinc.org"
PCO = "http://hl7.org/fhir/us/pco/CodeSystem/pco-concepts-temporary"
SCALING = "http://hl7.org/fhir/us/pco/StructureDefinition/pco-goal-attainment-scaling"
RENAMED = [
    (LOINC, "107332-9", "112296-9"),
    (PCO, "well-being", "wellbeing"),
    (SCALING, "text", "progressText"),
]


@pytest.mark.parametrize(("system", "old", "new"), RENAMED)
def test_both_names_are_read_and_the_new_one_is_written(system: str, old: str, new: str) -> None:
    assert written_code(system, old) == written_code(system, new) == new
    assert read_codes(system, old) == read_codes(system, new) == (new, old)


def test_what_was_never_renamed_stays_as_it_is() -> None:
    assert written_code(LOINC, "107334-5") == "107334-5"
    assert read_codes(LOINC, "107334-5") == ("107334-5",)
    assert read_codes("urn:another", "text") == ("text",)


def test_each_old_name_in_the_map_has_one_new_name_in_its_own_system() -> None:
    [aliases] = of_type("ConceptMap")
    told = []
    for group in aliases.tree["group"]:
        assert group["source"] == group["target"]
        for one in group["element"]:
            [new] = one["target"]
            assert new["equivalence"] == "equivalent"
            told.append((group["source"], one["code"], new["code"]))
    assert told == RENAMED


def test_a_first_score_is_taken_under_each_of_its_codes() -> None:
    scores = f"{BASE}/ValueSet/attainment-score"
    assert [member(scores, LOINC, code) for code in read_codes(LOINC, "112296-9")] == [True, True]
