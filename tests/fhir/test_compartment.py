"""The Patient compartment."""

import pytest

from app.fhir import compartment
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import parameter


@pytest.mark.parametrize("type_name", RESOURCE_TYPES)
def test_membership_is_by_references_that_may_lead_to_a_patient(type_name: str) -> None:
    for code in compartment.parameters_of(type_name):
        found = parameter(type_name, code)
        assert found is not None
        assert found.type == "reference"
        assert "Patient" in found.targets


def test_an_observation_is_a_member_by_its_subject_or_its_performer() -> None:
    assert compartment.parameters_of("Observation") == ("subject", "performer")


@pytest.mark.parametrize("type_name", ["Organization", "Questionnaire", "Task", "Nonsense"])
def test_a_type_outside_the_compartment_has_no_such_parameters(type_name: str) -> None:
    assert compartment.parameters_of(type_name) == ()
