"""How to reach a person, and where they live or can be found.

Spec: https://hl7.org/fhir/R4/datatypes.html#ContactPoint, #Address
"""

from typing import Annotated, Literal

from pydantic import Field

from app.fhir.library import BASE
from app.what_matters.mapping.parts import each, extension, fields, plain, word
from app.what_matters.mapping.texts import PERIOD, texts
from app.what_matters.shapes.words import Moment, Shape, Text, YesOrNo

_NO_FIXED_ADDRESS = f"{BASE}/StructureDefinition/no-fixed-address"

Place = Literal["home", "work", "for-now", "old", "mobile"]
_USE_BY_PLACE = {
    "home": "home",
    "work": "work",
    "for-now": "temp",
    "old": "old",
    "mobile": "mobile",
}
AddressKind = Literal["home", "work", "for-now", "old", "for-bills"]
_USE_BY_ADDRESS_KIND = {
    "home": "home",
    "work": "work",
    "for-now": "temp",
    "old": "old",
    "for-bills": "billing",
}
By = Literal["phone", "email", "text-message", "fax", "pager", "web", "other"]
_SYSTEM_BY_WAY = {
    "phone": "phone",
    "email": "email",
    "text-message": "sms",
    "fax": "fax",
    "pager": "pager",
    "web": "url",
    "other": "other",
}
UsedFor = Literal["post", "visits", "both"]
_TYPE_BY_USED_FOR = {"post": "postal", "visits": "physical", "both": "both"}


class Reach(Shape):
    """One way to reach the person."""

    by: By
    at: Text = Field(examples=["07700 900201"])
    where: Place | None = None
    order: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = Field(
        None, description="The way they like best is 1."
    )
    since: Moment | None = None
    until: Moment | None = None


class Address(Shape):
    """Where the person lives, or can be found."""

    kind: AddressKind | None = None
    used_for: UsedFor | None = None
    no_fixed_address: YesOrNo | None = None
    words: Text | None = Field(
        None, description="In words, such as where they are most mornings, or `Do not write`."
    )
    lines: list[Text] | None = Field(None, min_length=1)
    place: Text | None = None
    district: Text | None = None
    region: Text | None = None
    postcode: Text | None = None
    country: Text | None = None
    since: Moment | None = None
    until: Moment | None = None


REACH = each(
    "telecom",
    fields(
        by=word(plain("system"), _SYSTEM_BY_WAY),
        at=plain("value"),
        where=word(plain("use"), _USE_BY_PLACE),
        order=plain("rank"),
        **PERIOD,
    ),
)
ADDRESSES = each(
    "address",
    fields(
        kind=word(plain("use"), _USE_BY_ADDRESS_KIND),
        used_for=word(plain("type"), _TYPE_BY_USED_FOR),
        no_fixed_address=extension(_NO_FIXED_ADDRESS, plain("valueBoolean")),
        words=plain("text"),
        lines=texts("line"),
        place=plain("city"),
        district=plain("district"),
        region=plain("state"),
        postcode=plain("postalCode"),
        country=plain("country"),
        **PERIOD,
    ),
)
