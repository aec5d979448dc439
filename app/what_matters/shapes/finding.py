"""Finding a person: what is sent, as a question of $match, and what is found, in plain words.

Source: fhir_profiles/OperationDefinition/match.json, docs/decisions/0021-who-is-this.md
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.mapping.kind import Kind, shown
from app.what_matters.mapping.parts import stands
from app.what_matters.nhs_number import NHS_NUMBER
from app.what_matters.shapes.names import Name
from app.what_matters.shapes.people import PEOPLE, TEN_DIGITS
from app.what_matters.shapes.words import Day, Id, Shape, Text, YesOrNo

_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_LEAST = ("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "SUBSETTED")
_TOLD = ("called", "names", "born")
_NOT_SEEN = (
    "They have a record here that you do not see. Ask for their yes, or to be on their team; "
    "do not make a second one."
)


class FindPerson(Shape):
    """Who is meant: the NHS number with the date of birth; or, of people whom you see already,
    names with a date of birth, a postcode, a telephone number or an e-mail address."""

    nhs_number: Annotated[str | None, Field(pattern=TEN_DIGITS), stands("identifier")] = Field(
        None, examples=["9990000018"]
    )
    born: Annotated[Day | None, stands("birthDate")] = Field(None, examples=["1955-02-11"])
    family: Annotated[Text | None, stands("name")] = None
    given: Annotated[Text | None, stands("name")] = None
    postcode: Annotated[Text | None, stands("address")] = None
    phone: Annotated[Text | None, stands("telecom")] = None
    email: Annotated[Text | None, stands("telecom")] = None
    only_certain: YesOrNo = Field(False, description="Leave out who is only like that.")


class FoundPerson(BaseModel):
    """Somebody who fits. Of somebody whom you do not see, nothing but the id is told."""

    id: Id
    sure: Literal["certain", "probable", "possible"] = Field(
        description="Only a verified NHS number with the date of birth is certain."
    )
    likeness: float = Field(ge=0, le=1, description="For putting them in order.")
    seen: bool = Field(description="Whether you see their record already.")
    called: str | None = None
    names: list[Name] | None = None
    born: str | None = None
    what_next: str | None = None


class FoundPeople(BaseModel):
    """Who fits, the likeliest first."""

    people: list[FoundPerson]
    too_many: str | None = Field(
        None, description="Where more than 20 are alike, none is told; say more."
    )


FIND = Kind(
    name="find",
    one="question",
    shape=FindPerson,
    type="Patient",
    claim=PEOPLE.claim,
    base={},
    person="",
    rules={"wm-person-nhs-number": ("nhs_number", PEOPLE.rules["wm-person-nhs-number"][1])},
)


def patient_of(asked: FindPerson) -> Json:
    """The Patient that is asked about."""
    tree: Json = {"resourceType": "Patient"}
    if asked.nhs_number:
        tree["identifier"] = [{"system": NHS_NUMBER, "value": asked.nhs_number}]
    if asked.born:
        tree["birthDate"] = asked.born
    if asked.family or asked.given:
        name = {"family": asked.family, "given": [asked.given] if asked.given else None}
        tree["name"] = [{part: value for part, value in name.items() if value}]
    if asked.postcode:
        tree["address"] = [{"postalCode": asked.postcode}]
    ways = [("phone", asked.phone), ("email", asked.email)]
    if reached := [{"system": system, "value": value} for system, value in ways if value]:
        tree["telecom"] = reached
    return tree


def question(patient: Json, *, only_certain: YesOrNo) -> Json:
    """The Parameters of $match."""
    certain = {"name": "onlyCertainMatches", "valueBoolean": only_certain}
    resource = {"name": "resource", "resource": patient}
    return {"resourceType": "Parameters", "parameter": [resource, certain]}


def found(bundle: Json) -> Json:
    """What $match answered, as `FoundPeople`."""
    people, told = [], {}
    for entry in nodes(bundle, "entry"):
        resource, search = node_at(entry, "resource"), node_at(entry, "search")
        if resource.get("resourceType") == "OperationOutcome":
            issue = next(iter(nodes(resource, "issue")), {})
            told = {"too_many": text(issue, "diagnostics") or ""}
            continue
        people.append(_one(resource, search))
    return {"people": people, **told}


def _one(patient: Json, search: Json) -> Json:
    grades = [one.get("valueCode") for one in nodes(search, "extension") if one["url"] == _GRADE]
    tags = nodes(node_at(patient, "meta"), "tag")
    is_seen = all((text(one, "system"), text(one, "code")) != _LEAST for one in tags)
    one = {
        "id": patient["id"],
        "sure": grades[0],
        "likeness": search["score"],
        "seen": is_seen,
    }
    if not is_seen:
        return {**one, "what_next": _NOT_SEEN}
    words = shown(PEOPLE, patient)
    return {**one, **{name: words[name] for name in _TOLD if name in words}}
