"""A widely used Python client, fhirpy, drives every interaction against the running service."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import (
    AuthorizationError,
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)

from tests.conftest import Running, mint_token
from tests.people import goal

SYSTEM = "https://whatmatters.example/fhirpy"


@pytest.fixture(scope="module")
def client(service: Running) -> SyncFHIRClient:
    token = mint_token(service.settings, "gp-surgery")
    return SyncFHIRClient(service.settings.fhir_base, authorization=f"Bearer {token}")


@pytest.fixture(scope="module")
def person(client: SyncFHIRClient) -> Any:
    made = client.resource("Patient", name=[{"family": "Sandercock"}], active=True)
    made.save()
    return made


def goal_of(client: SyncFHIRClient, person: Any, text: str = "Swim", **rest: Any) -> Any:
    made = client.resource("Goal", **members(person, text, **rest))
    made.save()
    return made


def members(person: Any, text: str = "Swim", **rest: Any) -> dict[str, Any]:
    """What a Goal holds beside its type."""
    made = goal(person.id, text, **rest)
    del made["resourceType"]
    return made


def test_it_creates_reads_updates_and_deletes(client: SyncFHIRClient, person: Any) -> None:
    made = goal_of(client, person, "Swim in the sea")
    assert made.id.startswith(person.id)
    assert made["meta"]["versionId"] == "1"

    read = client.reference("Goal", made.id).to_resource()
    assert dict(read) == dict(made)
    assert read["subject"].to_resource()["name"][0]["family"] == "Sandercock"

    read["description"]["text"] = "Swim in the sea in winter"
    read.save()
    assert read["meta"]["versionId"] == "2"
    made.refresh()
    assert made["description"]["text"] == "Swim in the sea in winter"
    assert made.refresh()["meta"]["versionId"] == "2"

    made.delete()
    with pytest.raises((ResourceNotFound, OperationOutcome)):
        client.reference("Goal", made.id).to_resource()


def test_it_patches_a_part(client: SyncFHIRClient, person: Any) -> None:
    made = goal_of(client, person, note=[{"text": "keeps"}])
    made.patch(lifecycleStatus="completed")
    read = client.reference("Goal", made.id).to_resource()
    assert (read["lifecycleStatus"], read["note"][0]["text"]) == ("completed", "keeps")


def test_it_searches_with_its_own_words(client: SyncFHIRClient, person: Any) -> None:
    made = goal_of(client, person, identifier=[{"system": SYSTEM, "value": "search"}])
    goals = client.resources("Goal")
    assert goals.search(identifier=f"{SYSTEM}|search").get().id == made.id
    assert goals.search(patient=person, start_date__ge="2026-01-01").count() >= 1
    assert goals.search(patient=person).sort("-start-date", "_id").first() is not None
    assert goals.search(patient__Patient__family="Sandercock").fetch()
    assert goals.search(identifier=f"{SYSTEM}|nothing").first() is None
    with_person = goals.search(_id=made.id).include("Goal", "patient").fetch_raw()
    types = [entry["resource"]["resourceType"] for entry in with_person["entry"]]
    assert types == ["Goal", "Patient"]
    few = goals.search(_id=made.id).elements("description").fetch()
    assert "startDate" not in few[0]


def test_it_walks_every_page(client: SyncFHIRClient, person: Any) -> None:
    made = {goal_of(client, person, f"Page {n}", note=[{"text": "pages"}]).id for n in range(23)}
    found = client.resources("Goal").search(patient=person.to_reference()).limit(5)
    walked = [one.id for one in found]
    assert len(walked) == len(set(walked))
    assert made <= set(walked)


def test_it_creates_and_updates_on_a_condition(client: SyncFHIRClient, person: Any) -> None:
    goals = client.resources("Goal").search(identifier=f"{SYSTEM}|condition")
    one = client.resource(
        "Goal", **members(person, identifier=[{"system": SYSTEM, "value": "condition"}])
    )
    made, created = goals.get_or_create(one)
    again, created_again = goals.get_or_create(one)
    assert (created, created_again, again.id) == (True, False, made.id)

    one["lifecycleStatus"] = "on-hold"
    updated, created = goals.update(one)
    assert (updated.id, created, updated["meta"]["versionId"]) == (made.id, False, "2")
    assert goals.patch(lifecycleStatus="active")["meta"]["versionId"] == "3"
    goals.delete()
    assert goals.first() is None


def test_it_sends_bundles_and_asks_for_everything(client: SyncFHIRClient, person: Any) -> None:
    entry = {"resource": goal(person.id), "request": {"method": "POST", "url": "Goal"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry, entry]}
    done = client.execute("", data=bundle)
    assert [one["response"]["status"][:3] for one in done["entry"]] == ["201", "201"]
    whole = person.execute("$everything", method="get")
    assert {"Patient", "Goal"} == {one["resource"]["resourceType"] for one in whole["entry"]}
    assert client.resource("Goal", **members(person)).is_valid()
    assert not client.resource("Goal", lifecycleStatus="going well").is_valid()


def test_it_reads_our_refusals(service: Running, client: SyncFHIRClient, person: Any) -> None:
    with pytest.raises(OperationOutcome) as refused:
        client.resource("Goal", lifecycleStatus="going well").save()
    assert refused.value.resource["issue"][0]["severity"] == "error"
    several = client.resources("Goal").search(patient=person.to_reference())
    goal_of(client, person)
    goal_of(client, person)
    with pytest.raises(MultipleResourcesFound):
        several.get()
    stranger = SyncFHIRClient(service.settings.fhir_base, authorization="Bearer a.b.c")
    with pytest.raises(AuthorizationError):
        stranger.resources("Goal").fetch()


@pytest.fixture
def in_a_loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_its_asynchronous_twin_does_the_same(
    service: Running, person: Any, in_a_loop: asyncio.Runner
) -> None:
    token = mint_token(service.settings, "gp-surgery")

    async def walk() -> None:
        client = AsyncFHIRClient(service.settings.fhir_base, authorization=f"Bearer {token}")
        made = client.resource("Goal", **members(person, "Sing"))
        await made.save()
        await made.patch(lifecycleStatus="completed")
        goals = client.resources("Goal").search(patient=f"Patient/{person.id}").limit(3)
        walked = [one.id async for one in goals]
        assert made.id in walked
        assert len(walked) == len(set(walked)) == await goals.count()
        await made.delete()  # type: ignore[no-untyped-call]  # fhirpy's own

    in_a_loop.run(walk())
