"""$expand, $validate-code and $lookup. Spec: https://hl7.org/fhir/R4/terminology-service.html"""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.fhir import structure, terminology
from app.fhir.library import of_type
from tests.endpoints.asking import Json, told

GOAL_STATUS = "http://hl7.org/fhir/ValueSet/goal-status"
SYSTEM = "http://hl7.org/fhir/goal-status"


@pytest.fixture(scope="module")
def anyone(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """Nobody in particular: no token."""
    return as_client(None)


def parameters(**values: Any) -> Json:
    """A Parameters resource; each value with its type, as in code=("Code", "a")."""
    told = [{"name": name, f"value{kind}": value} for name, (kind, value) in values.items()]
    return {"resourceType": "Parameters", "parameter": told}


def outcome_of(answer: httpx.Response) -> Json:
    """What a Parameters answer says, by name."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert structure.check(body) == []
    return {
        one["name"]: next(value for key, value in one.items() if key.startswith("value"))
        for one in body["parameter"]
        if "part" not in one
    }


def test_a_value_set_is_expanded_and_paged_and_filtered(anyone: httpx.Client) -> None:
    where = f"/ValueSet/$expand?url={GOAL_STATUS}"
    body = anyone.get(where).json()
    assert (body["resourceType"], body["url"]) == ("ValueSet", GOAL_STATUS)
    whole = body["expansion"]["contains"]
    assert {one["system"] for one in whole} == {SYSTEM}
    assert body["expansion"]["total"] == len(whole) == 9
    page = anyone.get(f"{where}&offset=2&count=3").json()["expansion"]
    assert (page["contains"], page["total"], page["offset"]) == (whole[2:5], 9, 2)
    some = anyone.get(f"{where}&filter=ACCEPT").json()["expansion"]
    assert [one["code"] for one in some["contains"]] == ["accepted"]
    posted = parameters(url=("Uri", GOAL_STATUS), count=("Integer", 1))
    assert (
        anyone.post("/ValueSet/$expand", json=posted).json()["expansion"]["contains"] == whole[:1]
    )


@pytest.mark.parametrize("id", [one.id for one in of_type("ValueSet")])
def test_every_shipped_value_set_is_expanded_by_id_or_says_why_not(
    anyone: httpx.Client, id: str
) -> None:
    answer = anyone.get(f"/ValueSet/{id}/$expand?count=5")
    if answer.status_code == 200:
        assert answer.json()["id"] == id
        assert "compose" not in answer.json()
        assert answer.json()["expansion"]["total"] > 0
    else:
        assert answer.status_code == 422
        assert "kept by others" in told(answer)


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("", 400, "Name the value set"),
        ("?url=urn:nowhere", 404, "not known here"),
        (f"?url={GOAL_STATUS}|5.0.0", 404, "not known here"),
        ("?url=http://hl7.org/fhir/ValueSet/task-intent", 422, "not listed here"),
        (f"?url={GOAL_STATUS}&count=many", 400, "whole number"),
        (f"?url={GOAL_STATUS}&url={GOAL_STATUS}", 400, "once"),
        (f"?url={GOAL_STATUS}&date=2026", 400, "This operation takes url"),
    ],
)
def test_what_cannot_be_expanded_is_told_in_a_sentence(
    anyone: httpx.Client, query: str, status: int, text: str
) -> None:
    answer = anyone.get(f"/ValueSet/$expand{query}")
    assert answer.status_code == status
    assert text in told(answer)


def test_a_code_is_judged_against_a_value_set(anyone: httpx.Client) -> None:
    where = f"/ValueSet/$validate-code?url={GOAL_STATUS}&system={SYSTEM}"
    assert outcome_of(anyone.get(f"{where}&code=active"))["result"] is True
    wrong = outcome_of(anyone.get(f"{where}&code=done"))
    assert (wrong["result"], wrong["message"]) == (False, "This code is not in the value set.")
    concept = {"coding": [{"system": "urn:a", "code": "a"}, {"system": SYSTEM, "code": "active"}]}
    asked = parameters(url=("Uri", GOAL_STATUS), codeableConcept=("CodeableConcept", concept))
    assert outcome_of(anyone.post("/ValueSet/$validate-code", json=asked))["result"] is True


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("", 400, "Name the value set"),
        ("?url=urn:nowhere&code=a&system=urn:a", 404, "not known here"),
        (f"?url={GOAL_STATUS}", 400, "Ask about one code"),
        (f"?url={GOAL_STATUS}&code=active", 400, "Name the code system"),
        (
            "?url=http://hl7.org/fhir/ValueSet/task-intent&code=order"
            "&system=http://hl7.org/fhir/request-intent",
            422,
            "cannot be told here",
        ),
    ],
)
def test_a_code_that_cannot_be_judged_is_not_guessed_about(
    anyone: httpx.Client, query: str, status: int, text: str
) -> None:
    answer = anyone.get(f"/ValueSet/$validate-code{query}")
    assert answer.status_code == status
    assert text in told(answer)


@pytest.mark.parametrize(
    "body", [b"[]", b'{"resourceType":"Goal"}', b'{"resourceType":"Parameters","parameter":[{}]}']
)
def test_a_body_that_is_no_parameters_is_refused(anyone: httpx.Client, body: bytes) -> None:
    assert anyone.post("/ValueSet/$expand", content=body).status_code == 400


def test_an_operation_that_is_not_offered_is_not_found(anyone: httpx.Client) -> None:
    for path in ("/ValueSet/$lookup", "/ConceptMap/$translate", "/StructureDefinition/$snapshot"):
        assert "no such operation" in told(anyone.get(path))


def shipped_concepts() -> list[tuple[str, str]]:
    """One code of each shipped code system."""
    found = []
    for one in of_type("CodeSystem"):
        concepts = terminology.concepts_of(one.url)
        found += [(one.url, code) for code in list(concepts or ())[:1]]
    return found


@pytest.mark.parametrize(("system", "code"), shipped_concepts())
def test_a_code_of_ours_is_looked_up_and_judged(
    anyone: httpx.Client, system: str, code: str
) -> None:
    meant = outcome_of(anyone.get(f"/CodeSystem/$lookup?system={system}&code={code}"))
    assert meant["display"]
    assert meant["version"] == "0.1.0"
    where = f"/CodeSystem/$validate-code?url={system}"
    right = outcome_of(anyone.get(f"{where}&code={code}"))
    assert (right["result"], right["display"]) == (True, meant["display"])
    assert outcome_of(anyone.get(f"{where}&code=no-such-code"))["result"] is False
    misnamed = outcome_of(anyone.get(f"{where}&code={code}&display=Something%20else"))
    assert (misnamed["result"], misnamed["display"]) == (False, meant["display"])


def test_a_code_system_that_is_not_shipped_is_told_to_be_so(anyone: httpx.Client) -> None:
    answer = anyone.get("/CodeSystem/$lookup?system=urn:nowhere&code=a")
    assert answer.status_code == 404
    assert "Ask a terminology server" in told(answer)
    answer = anyone.get("/CodeSystem/$validate-code?url=urn:nowhere&code=a")
    assert answer.status_code == 404
    assert "not shipped here" in told(answer)


@pytest.mark.parametrize("coding", [1, "x", {"code": "active"}, [1]], ids=str)
def test_a_concept_whose_codings_are_none_has_no_code(anyone: httpx.Client, coding: object) -> None:
    asked = parameters(
        url=("Uri", GOAL_STATUS), codeableConcept=("CodeableConcept", {"coding": coding})
    )
    answer = anyone.post("/ValueSet/$validate-code", json=asked)
    assert (answer.status_code, told(answer)) == (400, "There is no code in it.")
