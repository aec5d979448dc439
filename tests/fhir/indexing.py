"""Resources turned into index values, as the service does it."""

import json
from typing import Any

import msgspec

from app.fhir.index_values import extract
from app.fhir.indexed import IndexValues
from app.fhir.resource_types import Json

BASE = "https://record.example.org/fhir"


def read(resource: Json) -> Json:
    """The tree as the service holds it, with decimals as they were written."""
    text = json.dumps(resource).encode()
    decoder = msgspec.json.Decoder(float_hook=lambda digits: msgspec.Raw(digits.encode()))
    tree: Json = decoder.decode(text)
    return tree


def index(**members: Any) -> IndexValues:
    return extract(read(members), BASE)


def tokens(code: str, **members: Any) -> set[str]:
    found = index(**members).tokens
    return {text for text in found if text.partition("=")[0].partition(":")[0] == code}
