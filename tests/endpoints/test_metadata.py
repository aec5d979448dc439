"""What anyone may read. Spec: https://hl7.org/fhir/R4/http.html#capabilities,
https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.fhir import structure
from app.fhir.json_guard import parse
from app.fhir.library import DEFINITION_TYPES, of_type
from app.fhir.resource_types import RESOURCE_TYPES
from tests.conftest import Running
from tests.endpoints.asking import Json
from tests.endpoints.signing_in import register


@pytest.fixture(scope="module")
def anyone(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """Nobody in particular: no token."""
    return as_client(None)


@pytest.fixture(scope="module")
def capability(anyone: httpx.Client) -> Json:
    answer = anyone.get("/metadata")
    assert answer.status_code == 200
    body: Json = answer.json()
    return body


def resource(capability: Json, type: str) -> Json:
    return next(one for one in capability["rest"][0]["resource"] if one["type"] == type)


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def test_the_capability_statement_is_open_to_anyone_and_speaks_r4(
    service: Running, capability: Json
) -> None:
    assert capability["resourceType"] == "CapabilityStatement"
    assert capability["fhirVersion"] == "4.0.1"
    assert capability["kind"] == "instance"
    assert capability["implementation"]["url"] == service.settings.fhir_base
    assert "json" in capability["format"]
    assert set(capability["patchFormat"]) == {
        "application/json-patch+json",
        "application/merge-patch+json",
    }


def test_the_capability_statement_tells_every_type_served(capability: Json) -> None:
    told = [one["type"] for one in capability["rest"][0]["resource"]]
    assert told == [*RESOURCE_TYPES, *DEFINITION_TYPES]


def test_the_capability_statement_names_the_shipped_profiles_and_guide(capability: Json) -> None:
    for one in capability["rest"][0]["resource"]:
        assert one.get("supportedProfile", []) == [
            profile.url
            for profile in of_type("StructureDefinition")
            if profile.tree["type"] == one["type"] and profile.tree["derivation"] == "constraint"
        ]
    guides = [guide.url for guide in of_type("ImplementationGuide")]
    assert capability.get("implementationGuide", []) == guides


def test_definitions_are_told_as_read_and_never_written(capability: Json) -> None:
    for type in DEFINITION_TYPES:
        codes = [one["code"] for one in resource(capability, type)["interaction"]]
        assert codes == ["read", "search-type"]


@pytest.mark.parametrize("type", DEFINITION_TYPES)
def test_every_search_parameter_of_a_definition_that_is_told_is_understood(
    anyone: httpx.Client, capability: Json, type: str
) -> None:
    for one in resource(capability, type)["searchParam"]:
        answer = anyone.get(f"/{type}?{one['name']}=a")
        assert answer.status_code == 200, answer.text


def test_the_capability_statement_tells_no_write_of_what_only_this_service_writes(
    capability: Json,
) -> None:
    codes = {one["code"] for one in resource(capability, "AuditEvent")["interaction"]}
    assert codes == {"read", "search-type"}


@pytest.mark.parametrize("type", ["Goal", "Patient", "AuditEvent", "Organization"])
def test_every_search_parameter_that_is_told_is_understood(
    surgery: httpx.Client, capability: Json, type: str
) -> None:
    value_by_type = {
        "date": "2026-01-01",
        "number": "1",
        "quantity": "1",
        "reference": "Patient/1",
        "string": "a",
        "token": "a",
        "uri": "urn:a",
    }
    for one in resource(capability, type)["searchParam"]:
        if one["type"] in value_by_type:
            query = f"/{type}?{one['name']}={value_by_type[one['type']]}"
            answer = surgery.get(query)
            told = answer.text if answer.status_code != 200 else ""
            assert answer.status_code == 200 or "leads" in told, (query, told)


def test_every_include_that_is_told_is_understood(surgery: httpx.Client, capability: Json) -> None:
    told = resource(capability, "Goal")
    for name, values in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        for value in told[values]:
            answer = surgery.get(f"/Goal?_count=1&{name}={value}")
            assert answer.status_code == 200, value


def test_every_operation_that_is_told_is_there(surgery: httpx.Client, capability: Json) -> None:
    for one in capability["rest"][0]["resource"]:
        for operation in one.get("operation", ()):
            path = f"/{one['type']}/nowhere/${operation['name']}"
            of_type = path.replace("/nowhere", "")
            answer = surgery.get(path)
            if answer.status_code == 400:  # it is asked of the type alone, or does more than tell
                assert surgery.get(of_type).status_code in (200, 403, 405), of_type
                continue
            assert "no such operation" not in answer.text, path
            assert answer.status_code in (403, 404, 405), path  # 403 where the role alone decides


def test_the_mode_terminology_tells_of_terminology(anyone: httpx.Client) -> None:
    body = anyone.get("/metadata?mode=terminology").json()
    assert body["resourceType"] == "TerminologyCapabilities"
    for mode in ("full", "normative"):
        other = anyone.get(f"/metadata?mode={mode}").json()
        assert other["resourceType"] == "CapabilityStatement"


def test_metadata_may_be_asked_for_the_head_alone_and_laid_out(anyone: httpx.Client) -> None:
    head = anyone.head("/metadata")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert anyone.get("/metadata?_pretty=true").text.startswith('{\n  "resourceType"')
    assert anyone.get("/metadata?_format=xml").status_code == 406
    assert anyone.post("/metadata").status_code == 405


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html", "application/xml", "image/png"]
)
def test_the_smart_configuration_is_json_whatever_is_accepted(
    anyone: httpx.Client, accept: str
) -> None:
    path = "/.well-known/smart-configuration"
    answer = anyone.get(path, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    required = {"grant_types_supported", "scopes_supported", "capabilities"}
    assert required <= body.keys()
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert anyone.head(path).headers["Content-Type"] == "application/json"


def test_the_smart_configuration_says_how_a_client_signs_in_here(
    anyone: httpx.Client, service: Running
) -> None:
    body = anyone.get("/.well-known/smart-configuration").json()
    base = service.settings.base_url
    assert body["token_endpoint"] == f"{base}/oauth/token"
    assert body["introspection_endpoint"] == f"{base}/oauth/introspect"
    assert body["revocation_endpoint"] == f"{base}/oauth/revoke"
    assert body["grant_types_supported"] == ["client_credentials"]
    assert body["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert body["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert "client-confidential-asymmetric" in body["capabilities"]
    # These two are for who signs people in, and an authorization_endpoint for who launches apps.
    assert body.keys().isdisjoint(("issuer", "jwks_uri", "authorization_endpoint"))


def test_every_scope_in_the_smart_configuration_can_be_granted(
    anyone: httpx.Client, service: Running
) -> None:
    body = anyone.get("/.well-known/smart-configuration").json()
    listed = [scope for scope in body["scopes_supported"] if scope.startswith("system/")]
    member = register(service.settings)
    for scope in listed:
        assert member.ask(scope).json()["scope"] == scope


def test_the_authorization_server_says_where_its_keys_are(service: Running) -> None:
    base = service.settings.base_url
    body = httpx.get(f"{base}/.well-known/oauth-authorization-server").json()
    assert body["issuer"] == base
    assert httpx.get(body["jwks_uri"]).json()["keys"]


def test_every_address_in_the_smart_configuration_is_whole(anyone: httpx.Client) -> None:
    body = anyone.get("/.well-known/smart-configuration").json()
    for name, value in body.items():
        if name.endswith(("_endpoint", "_uri")) or name == "issuer":
            assert value.startswith("https://") or value.startswith("http://"), name


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_open_to_anyone(service: Running, path: str) -> None:
    assert httpx.get(service.settings.base_url + path).json() == {"status": "pass"}


def test_the_address_itself_says_in_plain_words_what_this_is(service: Running) -> None:
    base = service.settings.base_url
    answer = httpx.get(base, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "what matters to a person" in answer.text
    for place in ("/sign-in", "/api/docs", "/fhir/metadata", "/health/ready"):
        assert f"{base}{place}" in answer.text
        assert httpx.get(base + place).status_code == 200


def test_metadata_tells_nothing_of_a_person(capability: Json) -> None:
    assert not any("Patient/" in text and "[id]" not in text for text in texts(capability))


def test_every_resource_that_a_search_answers_is_sound(surgery: httpx.Client) -> None:
    for type in ("Goal", "Observation", "Organization", "Patient"):
        answer = surgery.get(f"/{type}?_count=20")
        for one in parse(answer.content).get("entry", ()):
            assert structure.check(one["resource"]) == []
