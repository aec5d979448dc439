"""Class 26: what costs much is refused or bounded, for whoever asks within their rights."""

import time

import pytest

from tests.attacks.cast import Cast
from tests.endpoints.asking import entry, send

DEEP = "subject:Patient." + "_has:Goal:subject:patient:Patient." * 12 + "name=x"


@pytest.mark.parametrize(
    "path",
    [
        f"Goal?{DEEP}",
        "Goal?_id=" + ",".join(f"x{n}" for n in range(4000)),
        "Goal?" + "&".join(f"start-date=gt20{n % 90 + 10}" for n in range(400)),
        "Patient?_include:iterate=*&_revinclude:iterate=*&_count=100000",
        "Goal?_count=999999999999",
        "Goal?_count=-1",
        "Goal?_sort=" + ",".join(["start-date"] * 200),
        "Goal?description=" + "a" * 6000,
        "Goal?description:contains=" + "%25_" * 500,
        "Goal?description=%00",
        "Patient?name=" + "%F0%9F%91%A9" * 500,
        "Observation?value-quantity=1" + "0" * 4000,
        "Goal?_lastUpdated=gt99999-01-01",
        "_history?_count=1000000",
    ],
)
@pytest.mark.parametrize("looker", ["the person", "a charity worker", "a backend service"])
def test_a_costly_question_is_answered_or_refused_soon(cast: Cast, looker: str, path: str) -> None:
    start = time.monotonic()
    answer = cast.clients[looker].get(f"/{path}")
    assert answer.status_code in (200, 400, 403, 413, 414, 422, 431), answer.text
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("looker", ["the person", "a charity worker", "a backend service"])
def test_bundles_and_bodies_have_an_end(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    many = [entry("GET", "Goal")] * 5000
    assert send(client, "batch", *many).status_code in (400, 413, 422)
    deep = b'{"resourceType":"Basic","extension":' + b'[{"extension":' * 3000 + b"1"
    assert client.post("/Basic", content=deep + b"}]" * 3000 + b"}").status_code == 400
    nul = b'{"resourceType":"Basic","code":{"text":"a\\u0000b"}}'
    assert client.post("/Basic", content=nul).status_code in (400, 422)
    xml = {"Content-Type": "application/fhir+xml"}
    assert client.post("/Basic", content=b"<!DOCTYPE x>", headers=xml).status_code == 415
