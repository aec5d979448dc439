"""SMART's Python client, fhirclient, drives every interaction against the running service."""

from typing import Any

import pytest
from fhirclient.auth import FHIRAuth
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhirclient.models.codeableconcept import CodeableConcept
from fhirclient.models.fhirdate import FHIRDate
from fhirclient.models.fhirreference import FHIRReference
from fhirclient.models.goal import Goal
from fhirclient.models.humanname import HumanName
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRServer, FHIRUnauthorizedException
from requests import HTTPError

from tests.conftest import Running, mint_token


def connected(service: Running, token: str) -> FHIRServer:
    """The client with a token it was given, as it has none of the flows of SMART to go through."""
    settings = {"app_id": "what-matters-tests", "api_base": service.settings.fhir_base}
    server = FHIRClient(settings=settings).server
    server.prepare()
    server.auth = FHIRAuth.create("oauth2", {"access_token": token})
    return server


@pytest.fixture(scope="module")
def server(service: Running) -> FHIRServer:
    return connected(service, mint_token(service.settings, "gp-surgery"))


@pytest.fixture(scope="module")
def person(server: FHIRServer) -> str:
    name = HumanName({"family": "Trelawny", "given": ["Bryluen"]})
    made = Patient()
    made.name = [name]
    return str(made.create(server)["id"])


def goal(person: str, text: str) -> Any:
    made = Goal()
    made.lifecycleStatus = "active"
    made.description = CodeableConcept({"text": text})
    made.subject = FHIRReference({"reference": f"Patient/{person}"})
    made.startDate = FHIRDate("2026-03-01")
    return made


def test_it_reads_what_the_service_can_do(server: FHIRServer) -> None:
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    assert "Goal" in {one.type for one in statement.rest[0].resource}


def test_it_creates_reads_updates_and_deletes(server: FHIRServer, person: str) -> None:
    told = goal(person, "Paint the boat").create(server)
    read = Goal.read(told["id"], server)
    assert read.description.text == "Paint the boat"
    assert read.as_json() == told

    read.description.text = "Paint the boat blue"
    told = read.update(server)
    assert told["meta"]["versionId"] == "2"
    assert Goal.read(read.id, server).description.text == "Paint the boat blue"

    read.delete(server)
    with pytest.raises((FHIRNotFoundException, HTTPError)) as gone:
        Goal.read(read.id, server)
    assert gone.value.response.status_code in (404, 410)


def test_it_patches_through_its_session(server: FHIRServer, person: str) -> None:
    id = goal(person, "Paint the shed").create(server)["id"]
    step = {"op": "replace", "path": "/lifecycleStatus", "value": "completed"}
    headers = server.auth.signed_headers({"Content-Type": "application/json-patch+json"})
    answer = server.session.patch(f"{server.base_uri}Goal/{id}", json=[step], headers=headers)
    assert answer.status_code == 200
    assert Goal.read(id, server).lifecycleStatus == "completed"


def test_it_searches_and_walks_every_page(server: FHIRServer, person: str) -> None:
    made = {goal(person, f"Page {n}").create(server)["id"] for n in range(13)}
    asked = {"patient": person, "start-date": "ge2026-01-01", "_count": "4"}
    pages = list(Goal.where(asked).perform_iter(server))
    assert all(page.type == "searchset" for page in pages)
    walked = [entry.resource.id for page in pages for entry in page.entry]
    assert len(walked) == len(set(walked))
    assert made <= set(walked)
    found = Patient.where({"family": "Trelawny", "given": "Bryluen"}).perform_resources_iter(server)
    assert person in {one.id for one in found}


def test_it_includes_what_is_referred_to(server: FHIRServer, person: str) -> None:
    id = goal(person, "Walk the dog").create(server)["id"]
    search = Goal.where({"_id": id}).include("subject")
    types = [one.resource_type for one in search.perform_resources_iter(server)]
    assert types == ["Goal", "Patient"]


def test_it_sends_a_transaction(server: FHIRServer, person: str) -> None:
    entry = BundleEntry()
    entry.resource = goal(person, "Sing in the choir")
    entry.request = BundleEntryRequest({"method": "POST", "url": "Goal"})
    bundle = Bundle()
    bundle.type = "transaction"
    bundle.entry = [entry]
    told = Bundle(bundle.create(server))
    assert told.type == "transaction-response"
    assert told.entry[0].response.status.startswith("201")


def test_it_reads_our_refusals(service: Running, server: FHIRServer, person: str) -> None:
    wrong = goal(person, "Walk")
    wrong.lifecycleStatus = "going well"
    with pytest.raises(HTTPError) as refused:
        wrong.create(server)
    answer = refused.value.response
    assert answer is not None
    assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")
    with pytest.raises(FHIRNotFoundException):
        Goal.read("not-there", server)
    with pytest.raises(FHIRUnauthorizedException):
        Goal.read("not-there", connected(service, "a.b.c"))
