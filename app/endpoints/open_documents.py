"""What anyone may read without a token: the CapabilityStatement and the SMART configuration.

Spec: https://hl7.org/fhir/R4/http.html#capabilities,
https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.access.issuers import Issuer
from app.endpoints.headers import FHIR_JSON
from app.fhir.capability import DefinitionType, capability_statement, terminology_capabilities
from app.fhir.definition_search import parameters_of as parameters_of_definition
from app.fhir.json_guard import encode
from app.fhir.library import DEFINITION_TYPES, shipped
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import parameters_of
from app.fhir.terminology_operations import operations_of
from app.interactions.stamping import instant

POLICY = (
    "Every caller signs in. An organisation sees a person while it is on their team, has an open "
    "request for help of theirs, or was told yes by them; a supporter while they may help; and "
    "then what the person's choices and labels let them. Every access is recorded, and the person "
    "may read who has looked."
)
_COMMON = (
    ("_id", "token"),
    ("_lastUpdated", "date"),
    ("_list", "reference"),
    ("_profile", "uri"),
    ("_security", "token"),
    ("_tag", "token"),
)
_SYSTEM = ("transaction", "batch", "search-system", "history-system")


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """What anyone may read. read: takes the query string. any_accept: the Accept header is not
    asked."""

    read: Callable[[str], bytes]
    media_type: bytes
    any_accept: bool = False


def open_documents(
    *,
    base: str,
    version: str,
    started: datetime,
    issuers: Iterable[Issuer],
    types_by_operation: Mapping[str, Collection[str]],
    sign_in: Mapping[str, object],
) -> Mapping[str, OpenDocument]:
    """By path under the FHIR base. types_by_operation: where each is offered. sign_in: where and
    how clients sign in here."""
    date = instant(started)
    capability = capability_statement(
        base=base,
        version=version,
        date=date,
        policy=POLICY,
        types=RESOURCE_TYPES.values(),
        parameters_by_type={name: parameters_of(name) for name in RESOURCE_TYPES},
        operations_by_type={
            name: ("validate", *(one for one, types in types_by_operation.items() if name in types))
            for name in RESOURCE_TYPES
        },
        system_interactions=_SYSTEM,
        common_parameters=_COMMON,
        definition_types=[
            DefinitionType(name, parameters_of_definition(name), operations_of(name))
            for name in DEFINITION_TYPES
        ],
        definitions=shipped(),
    )
    terminology = terminology_capabilities(
        base=base, version=version, date=date, definitions=shipped()
    )
    smart = _smart(issuers, sign_in)

    def metadata(query: str) -> bytes:
        return terminology if "mode=terminology" in query.split("&") else capability

    return {
        "metadata": OpenDocument(metadata, FHIR_JSON),
        ".well-known/smart-configuration": OpenDocument(
            lambda _: smart, b"application/json", any_accept=True
        ),
    }


def _smart(issuers: Iterable[Issuer], sign_in: Mapping[str, object]) -> bytes:
    """Where tokens come from: this service itself, or an issuer that the settings name for it."""
    others = tuple(issuer for issuer in issuers if issuer.audience is not None)
    endpoints = [issuer.token_endpoint for issuer in others if issuer.token_endpoint]
    elsewhere = {"token_endpoint": endpoints[0]} if endpoints else {}
    return encode(
        {
            **sign_in,
            **elsewhere,
            "scopes_supported": [f"system/{name}.cruds" for name in ("*", *RESOURCE_TYPES)]
            # Clients sign in for themselves here; people do at other issuers, where there are any.
            + (["patient/*.cruds"] if others else []),
            "code_challenge_methods_supported": ["S256"],
            "capabilities": [
                "client-confidential-asymmetric",
                "permission-patient",
                "permission-user",
                "permission-v1",
                "permission-v2",
            ],
        }
    )
