"""What nearly every AuditEvent repeats is kept as one byte each, and told in full."""

import asyncio
import json
from collections.abc import Callable

import asyncpg
import httpx
from hypothesis import given
from hypothesis import strategies as st

from app.store.audit_short import STRETCHES, shortened, whole
from tests.people import new_person

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
JSON_WHITE_SPACE = b"\t\n\r"

# What a byte says is in rows that nobody may change: none of these may ever be edited.
KEPT_FOR_EVER = {
    0x01: '{"resourceType":"AuditEvent","id":',
    0x02: ',"meta":{"versionId":"1","lastUpdated":',
    0x03: ',"profile":["https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.',
    0x04: f',"type":{{"system":"{_TERMINOLOGY}audit-event-type","code":"rest"}},"subtype":'
    '[{"system":"http://hl7.org/fhir/restful-interaction","code":',
    0x05: ',"agent":[{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM",'
    '"code":',
    0x06: '{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":',
    0x07: '"who":{"display":"What Matters"},"requestor":false,"network":{"address":',
    0x08: ',"requestor":false,"network":{"address":',
    0x0B: f'{{"type":{{"coding":[{{"system":"{_TERMINOLOGY}v3-ParticipationType","code":"IRCP"}}]}}'
    ',"role":[{"text":',
    0x0C: ',"requestor":true,"policy":[',
    0x0E: '"who":{"identifier":{"system":',
    0x0F: f',"purposeOfUse":[{{"coding":[{{"system":"{_TERMINOLOGY}v3-ActReason","code":',
    0x10: f',"observer":{{"display":"What Matters"}},"type":[{{"system":"{_TERMINOLOGY}'
    'security-source-type","code":"4"}]}',
    0x11: '{"what":{"reference":',
    0x12: f'}},"type":{{"system":"{_TERMINOLOGY}audit-entity-type","code":"1"}},"role":'
    f'{{"system":"{_TERMINOLOGY}object-role","code":"1"}}}}',
    0x13: f'}},"type":{{"system":"{_TERMINOLOGY}audit-entity-type","code":"2"}},"role":'
    f'{{"system":"{_TERMINOLOGY}object-role","code":"4"}}}}',
    0x14: f'{{"type":{{"system":"{_TERMINOLOGY}audit-entity-type","code":"2"}},"role":'
    f'{{"system":"{_TERMINOLOGY}object-role","code":"24"}},"query":',
    0x15: '{"what":{"identifier":{"value":',
    0x16: '}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/'
    'BasicAuditEntityType","code":"XrequestId"}}',
    0x17: '"source":{"site":',
    0x18: _TERMINOLOGY,
    0x19: ',"network":{"address":',
}

pieces = st.one_of(st.sampled_from(sorted(STRETCHES.values())), st.text().map(json.dumps))


def test_what_a_byte_stands_for_never_changes() -> None:
    told = {byte[0]: stretch.decode() for byte, stretch in STRETCHES.items()}
    assert told.items() >= KEPT_FOR_EVER.items()


def test_no_byte_is_one_that_json_may_hold() -> None:
    assert all(byte[0] < 0x20 and byte not in JSON_WHITE_SPACE for byte in STRETCHES)


@given(st.lists(pieces))
def test_what_was_shortened_comes_back_byte_for_byte(some: list[str | bytes]) -> None:
    event = b"".join(one if isinstance(one, bytes) else one.encode() for one in some)
    assert whole(shortened(event)) == event


@given(st.lists(pieces))
def test_what_never_was_shortened_comes_back_as_it_is(some: list[str | bytes]) -> None:
    event = b"".join(one if isinstance(one, bytes) else one.encode() for one in some)
    assert whole(event) == event


def test_an_event_is_kept_in_a_third_of_its_bytes_and_read_whole(
    database_url: str, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    surgery.get(f"/Patient/{person}").raise_for_status()
    row = asyncio.run(newest(database_url, person))
    read = as_client(f"person:{person}").get(f"/AuditEvent/{row['id']}")
    assert read.status_code == 200
    assert read.content == whole(row["body"])
    assert read.json()["entity"][0]["what"]["reference"] == f"Patient/{person}/_history/1"
    assert len(row["body"]) < len(read.content) / 3 + 50


def test_an_event_that_was_kept_whole_is_read_as_it_is(
    database_url: str, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    surgery.get(f"/Patient/{person}").raise_for_status()
    row = asyncio.run(newest(database_url, person))
    told = whole(row["body"])
    added = """
      insert into audit_events (person_id, id, updated, agent, tokens, body)
      select person_id, id || '-whole', updated, agent, tokens, $2
      from audit_events where id = $1"""
    asyncio.run(ask(database_url, added, row["id"], told))
    read = as_client(f"person:{person}").get(f"/AuditEvent/{row['id']}-whole")
    assert read.content == told


async def ask(url: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()


async def newest(url: str, person: str) -> asyncpg.Record:
    sql = "select id, body from audit_events where person_id = $1 order by seq desc limit 1"
    return (await ask(url, sql, person))[0]
