"""The resource classes of fhir.resources, as a second opinion on structure; imported only here.

Spec: https://hl7.org/fhir/R4/resourcelist.html
They are R4B, which for the types served has R4's structure, and they cost memory and time: for
tests and tooling only, never on the way of a request.
"""

from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from app.fhir.json_guard import encode
from app.fhir.resource_types import Json


def parse_model(resource_type: str, resource: Json | bytes) -> Any:
    """The model of a resource; pydantic's ValidationError when the classes refuse it.

    A contained resource of a type that they do not know raises KeyError.
    """
    raw = resource if isinstance(resource, bytes) else encode(resource)
    return get_fhir_model_class(resource_type).model_validate_json(raw)
