"""What an entry links to, however the link is written."""

import pytest

from app.what_matters.links import goals_of, link_of, linked


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Goal/7", ["Goal/7"]),
        ("Goal/7/_history/3", ["Goal/7"]),
        ("https://record.example/fhir/Goal/7", ["Goal/7"]),
        ("Patient/7", []),
        ("#inside", []),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", []),
        ("https://elsewhere.example/", []),
        ("", []),
    ],
)
def test_a_link_is_a_type_and_an_id_and_else_it_is_none(written: str, found: list[str]) -> None:
    assert linked({"focus": [{"reference": written}]}, "focus", "Goal") == found


def test_links_of_any_type_are_told_in_their_order() -> None:
    node = {"performer": [{"reference": "Patient/1"}, {"display": "x"}, {"reference": "Goal/2"}]}
    assert linked(node, "performer") == ["Patient/1", "Goal/2"]


def test_a_goal_that_is_named_twice_is_told_once() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
    about = [{"url": url, "valueReference": {"reference": f"Goal/{one}"}} for one in (1, 2, 1)]
    other = {"url": "https://elsewhere.example", "valueReference": {"reference": "Goal/3"}}
    assert goals_of({"extension": [*about, other]}) == ["Goal/1", "Goal/2"]
    assert link_of({"resourceType": "Goal", "id": "1"}) == "Goal/1"
