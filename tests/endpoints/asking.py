"""Small steps that the tests of the FHIR door share: Bundles, issues, pages, and counting rows."""

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx

from tests.people import goal

Json = dict[str, Any]

SYSTEM = "urn:example:transactions"  # of the identifiers that these tests make
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def new_goal(client: httpx.Client, person: str, text: str = "Hear the sea", **rest: Any) -> str:
    """Makes a Goal; returns its address, "/Goal/…"."""
    made = client.post("/Goal", json=goal(person, text, **rest))
    assert made.status_code == 201, made.text
    return f"/Goal/{made.json()['id']}"


def changed(client: httpx.Client, where: str, **changes: Any) -> httpx.Response:
    """Reads what is there and puts it back with some members changed."""
    return client.put(where, json={**client.get(where).json(), **changes})


def issues(answer: httpx.Response) -> list[Json]:
    """The issues of an OperationOutcome."""
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome", answer.text
    return list(body["issue"])


def told(answer: httpx.Response) -> str:
    """What the issues say, in one text."""
    return " ".join(issue["diagnostics"] for issue in issues(answer))


def places(answer: httpx.Response) -> list[str]:
    """The FHIRPath expressions of all issues, in order."""
    return [place for issue in issues(answer) for place in issue.get("expression", ())]


def entry(method: str, url: str, resource: Json | None = None, **rest: Any) -> Json:
    """One entry of a batch or transaction. rest: members of its request, and fullUrl."""
    made: Json = {"request": {"method": method, "url": url}}
    if "fullUrl" in rest:
        made["fullUrl"] = rest.pop("fullUrl")
    if resource is not None:
        made["resource"] = resource
    made["request"].update(rest)
    return made


def send(
    client: httpx.Client, type: str, *entries: Json, prefer: str | None = None
) -> httpx.Response:
    """Sends a Bundle of type batch or transaction."""
    headers = {"Prefer": prefer} if prefer else {}
    body = {"resourceType": "Bundle", "type": type, "entry": list(entries)}
    return client.post("", json=body, headers=headers)


def json_patch(text: str) -> Json:
    """A JSON Patch as it stands in a Bundle."""
    data = base64.b64encode(text.encode()).decode()
    return {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": data,
    }


def link(bundle: Json, relation: str) -> str | None:
    """The url of a link, or None."""
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)


def pages(client: httpx.Client, url: str) -> Iterator[Json]:
    """Every page, by its next link, to the end."""
    following: str | None = url
    while following is not None:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page
        following = link(page, "next")


def ids(bundle: Json) -> list[str]:
    """The ids of the resources in a Bundle, in order."""
    return [one["resource"]["id"] for one in bundle.get("entry", ()) if "resource" in one]


def about(client: httpx.Client, person: str) -> list[Json]:
    """All AuditEvents about a person, as far as this client sees them."""
    url = f"/AuditEvent?patient=Patient/{person}&_count=200"
    return [one["resource"] for page in pages(client, url) for one in page.get("entry", ())]


def count_rows(database_url: str, person: str) -> int:
    """How many versions are stored of anything that is this person's."""

    async def run() -> int:
        connection = await asyncpg.connect(database_url)
        try:
            sql = "select count(*) from resource_versions where person_id = $1"
            return int(await connection.fetchval(sql, person))
        finally:
            await connection.close()

    return asyncio.run(run())


def done(answer: httpx.Response) -> list[Json]:
    """The responses of a transaction that was done, one for each entry."""
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "transaction-response"
    return [one["response"] for one in answer.json().get("entry", [])]


def id_of(response: Json) -> str:
    """The id that a transaction's response names."""
    return str(response["location"].split("/")[-3])


def named(person: str, value: str, **rest: Any) -> Json:
    """A Goal that can be found again by its identifier."""
    return goal(person, identifier=[{"system": SYSTEM, "value": value}], **rest)
