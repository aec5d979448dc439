"""A person: what to know before the first word, what they are called, how to reach them, where they
are.

Spec: https://hl7.org/fhir/R4/patient.html, fhir_profiles/StructureDefinition/person.json
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at
from app.what_matters.mapping.kind import Kind, changed
from app.what_matters.mapping.parts import (
    Part,
    coding,
    each,
    extension,
    extensions,
    fields,
    object_at,
    plain,
)
from app.what_matters.mapping.texts import code_and_name, one_among
from app.what_matters.mapping.who import everyone, who
from app.what_matters.needs import INTERPRETER, PRONOUNS
from app.what_matters.nhs_number import NHS_NUMBER
from app.what_matters.shapes.names import CALLED, NAMES, Name
from app.what_matters.shapes.whereabouts import ADDRESSES, REACH, Address, Reach
from app.what_matters.shapes.words import Day, Entry, Shape, Text, Who, YesOrNo

_UK_CORE = "https://fhir.hl7.org.uk"
_REASON = f"{_UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason"
_REASONS = f"{_UK_CORE}/CodeSystem/UKCore-NHSNumberUnavailableReason"
_STATUS = f"{_UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
_STATUSES = f"{_UK_CORE}/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_ETHNIC = f"{_UK_CORE}/StructureDefinition/Extension-UKCore-EthnicCategory"
_ETHNIC_CODES = f"{_UK_CORE}/CodeSystem/UKCore-EthnicCategory"
_LANGUAGES = "urn:ietf:bcp:47"

Checked = Literal[
    "verified",
    "not-traced",
    "to-be-traced",
    "no-match-or-several",
    "to-be-resolved",
    "being-traced",
    "no-number-and-none-looked-for",
    "traced-later",
]
_CODE_BY_CHECKED = dict(zip(get_args(Checked), (f"0{n}" for n in range(1, 9)), strict=True))
NoNumber = Literal["not-known", "from-overseas", "from-another-nation"]
_CODE_BY_REASON = {
    "not-known": "nhs-number-not-known",
    "from-overseas": "overseas-patient",
    "from-another-nation": "devolved-nation",
}
TEN_DIGITS = r"^[0-9]{10}$"
Gender = Literal["female", "male", "other", "unknown"]


class NhsNumber(Shape):
    """The NHS number, and whether somebody has made sure that it is theirs."""

    number: Annotated[
        str, Field(pattern=TEN_DIGITS, description="Ten digits.", examples=["9990000018"])
    ]
    checked: Checked | None = Field(None, description="Without it, it counts as not checked.")


class Language(Shape):
    """A language that the person speaks or signs."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$")] = Field(
        description="Its code: `en`, `pl`, `kw` or `bfi` (British Sign Language).",
        examples=["kw"],
    )
    name: Text | None = Field(None, examples=["Cornish"])
    likes_best: YesOrNo | None = None


class EthnicCategory(Shape):
    """The ethnic group that the person says they belong to."""

    code: Text = Field(description="Of UK Core, such as `CD` for Cornish.")
    name: Text | None = None


def _language(tree: Json) -> Any:
    told = _LANGUAGE.read(tree)
    best = _LIKES_BEST.read(tree)
    return told if told is None or best is None else {**told, "likes_best": best}


def _language_write(tree: Json, value: Json) -> None:
    _LANGUAGE.write(tree, value)
    _LIKES_BEST.write(tree, value.get("likes_best"))


def _number_write(tree: Json, value: Any) -> None:
    """What was known of another number is not known of this one."""
    if value is None or tree.get("value") != value["number"]:
        tree.clear()
    if value is not None:
        tree |= {"system": NHS_NUMBER, "value": value["number"]}
        _CHECKED.write(tree, value.get("checked"))


_LANGUAGE, _LIKES_BEST = code_and_name("language", _LANGUAGES), plain("preferred")
_CHECKED = extension(
    _STATUS, object_at("valueCodeableConcept", coding(_STATUSES, _CODE_BY_CHECKED))
)
_NUMBER_READ = fields(number=plain("value"), checked=_CHECKED)
_NUMBER = one_among(
    "identifier",
    lambda one: one.get("system") == NHS_NUMBER and one.get("use") != "old",
    Part("value", _NUMBER_READ.read, _number_write),
)


class Person(Entry):
    """A person, as they want to be known."""

    languages: Annotated[
        list[Language] | None, each("communication", Part("", _language, _language_write))
    ] = None
    needs_interpreter: Annotated[YesOrNo | None, extension(INTERPRETER, plain("valueBoolean"))] = (
        None
    )
    pronouns: Annotated[
        list[Text] | None,
        extensions(PRONOUNS, extension("value", plain("valueCodeableConcept.text"))),
    ] = Field(None, examples=[["they / them"]])
    called: Annotated[Text | None, CALLED] = Field(
        None, description="What they like to be called.", examples=["Tam"]
    )
    names: Annotated[list[Name] | None, NAMES] = None
    born: Annotated[Day | None, plain("birthDate")] = None
    nhs_number: Annotated[NhsNumber | None, _NUMBER] = None
    no_nhs_number_because: Annotated[
        NoNumber | None,
        extension(_REASON, object_at("valueCodeableConcept", coding(_REASONS, _CODE_BY_REASON))),
    ] = None
    reach: Annotated[list[Reach] | None, REACH] = Field(None, description="How to reach them.")
    addresses: Annotated[list[Address] | None, ADDRESSES] = None
    gender: Annotated[Gender | None, plain("gender")] = None
    ethnic_category: Annotated[
        EthnicCategory | None,
        extension(_ETHNIC, code_and_name("valueCodeableConcept", _ETHNIC_CODES)),
    ] = None
    surgery: Annotated[list[Who] | None, everyone("generalPractitioner")] = Field(
        None, description="Their surgery, which has a relationship with them by it."
    )
    looked_after_by: Annotated[Who | None, who("managingOrganization")] = Field(
        None, description="The organisation that looks after this record."
    )
    in_use: Annotated[YesOrNo, plain("active")] = Field(
        True, description="False for a record that is not to be written to any more."
    )


_RULES: Mapping[str, tuple[str, str]] = {
    "wm-person-1": ("nhs_number.number", "An NHS number is ten digits, without spaces."),
    "wm-person-2": (
        "no_nhs_number_because",
        "There is an NHS number, so there is no reason for having none. Take one of the two away.",
    ),
    "wm-person-3": ("languages", "Only one language can be the one the person likes best."),
    "wm-person-4": (
        "addresses",
        "An address must say where: in lines, a place, a postcode, or plain words.",
    ),
    "wm-person-nhs-number": (
        "nhs_number.number",
        "This is not an NHS number: look for a digit that is wrong or out of its place.",
    ),
    "wm-one-nhs-number": (
        "nhs_number",
        "A person with this verified NHS number is here already, so no second record of them is "
        "made. Find them with POST /api/people/find, by number and date of birth. Ask for their "
        "yes, or to be on their team. Then write to the record there is. If you are not sure that "
        "the number is theirs, leave out `checked`.",
    ),
}

PEOPLE = Kind(
    name="people",
    one="person",
    shape=Person,
    type="Patient",
    claim=lambda _: "person",
    base={},
    person="",
    rules=_RULES,
)


def new_person(said: Json) -> Json:
    """A new Patient that says this."""
    tree = changed(PEOPLE, {"resourceType": "Patient"}, said)
    claimed = f"{BASE}/StructureDefinition/{PEOPLE.claim(tree)}"
    return {**tree, "meta": {"profile": [claimed], **node_at(tree, "meta")}}
