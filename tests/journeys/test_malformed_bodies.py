"""Whatever is sent, the answer is a plain refusal: never a fault of ours, never something stored,
never what was sent said back."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Running, mint_token
from tests.fhir.seeds import full
from tests.journeys import malformed, odd_requests
from tests.journeys.malformed import CANARY
from tests.people import goal, new_person

pytestmark = pytest.mark.slow

FHIR_JSON = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
TYPES = ("Goal", "Observation", "Patient", "Task", "Questionnaire")


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


@pytest.fixture(scope="module")
def where(surgery: httpx.Client, person: str) -> str:
    """The address of a Goal that is there."""
    concept = {"text": "What matters to me"}
    made = surgery.post("/Goal", json=goal(person, category=[concept]))
    assert made.status_code == 201, made.text
    return f"/Goal/{made.json()['id']}"


@pytest.fixture(scope="module")
def routes(where: str) -> list[tuple[str, str, str]]:
    """Every way to write: method, address, Content-Type."""
    return [
        ("POST", "/Goal", FHIR_JSON),
        ("PUT", where, FHIR_JSON),
        ("PUT", "/Goal/not-there-yet", FHIR_JSON),
        ("PUT", "/Goal?identifier=https://a.example|7", FHIR_JSON),
        ("POST", "", FHIR_JSON),
        ("POST", "/Goal/$validate", FHIR_JSON),
        ("PATCH", where, JSON_PATCH),
        ("PATCH", where, MERGE_PATCH),
    ]


def count_versions(database_url: str) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(database_url)
        try:
            return int(await connection.fetchval("select count(*) from resource_versions"))
        finally:
            await connection.close()

    return asyncio.run(count())


@pytest.fixture
def nothing_stored(database_url: str, where: str) -> Iterator[None]:
    """Fails when there are more versions after the test than before."""
    before = count_versions(database_url)
    yield
    assert count_versions(database_url) == before


def is_outcome(tree: Any) -> bool:
    return tree["resourceType"] == "OperationOutcome" and all(
        issue["severity"] == "error" and issue["diagnostics"] for issue in tree["issue"]
    )


def refused(answer: httpx.Response, sent: Any) -> None:
    told = (answer.request.method, str(answer.request.url)[:200], sent, answer.text[:500])
    assert 400 <= answer.status_code < 500, told
    assert is_outcome(answer.json()), told
    assert CANARY not in answer.text, told


def sound_or_refused(answer: httpx.Response, sent: Any) -> None:
    if not answer.is_success:
        refused(answer, sent)


@pytest.mark.usefixtures("nothing_stored")
def test_a_body_that_is_no_json_or_no_resource_is_refused_on_every_route(
    surgery: httpx.Client, person: str, routes: Sequence[tuple[str, str, str]]
) -> None:
    for n, text in enumerate(malformed.texts(person)):
        for at in (0, 1 + n % 5, 6 + n % 2):
            method, address, media = routes[at]
            if media == MERGE_PATCH and text == b"{}":
                continue  # which changes nothing, and is one
            answer = surgery.request(method, address, content=text, headers={"Content-Type": media})
            if address.endswith("$validate") and answer.is_success:
                assert answer.json()["issue"][0]["severity"] in ("error", "fatal"), text[:300]
                continue
            if address == where_patched(routes) and media == JSON_PATCH and text == b"[]":
                continue
            refused(answer, text[:300])


def where_patched(routes: Sequence[tuple[str, str, str]]) -> str:
    return routes[-1][1]


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("type", TYPES)
def test_a_value_of_the_wrong_kind_is_refused_at_every_place(
    surgery: httpx.Client, type: str
) -> None:
    for n, resource in enumerate(malformed.wrong_kinds({**full(type), "id": "some-id"})):
        if n % 2:
            answer = surgery.post(f"/{type}", json=resource)
        else:
            answer = surgery.put(f"/{type}/some-id", json=resource)
        refused(answer, resource)


@pytest.mark.usefixtures("nothing_stored")
def test_a_bundle_that_is_malformed_as_a_whole_is_refused_as_a_whole(
    surgery: httpx.Client, person: str
) -> None:
    for bundle in malformed.bundles(person):
        answer = surgery.post("", json=bundle)
        if answer.status_code == 200:
            assert bundle["type"] == "batch"
            refused_each(answer, bundle)
        else:
            refused(answer, str(bundle)[:500])


@pytest.mark.usefixtures("nothing_stored")
def test_one_malformed_entry_is_refused_in_a_batch_and_refuses_a_transaction(
    surgery: httpx.Client, person: str
) -> None:
    sound = {"resource": goal(person), "request": {"method": "POST", "url": "Goal"}}
    for entry in malformed.entries(person):
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
        answer = surgery.post("", json=bundle)
        if answer.status_code == 400:
            refused(answer, entry)  # no JSON of ours, and so refused as a whole
        elif not is_done(answer):
            refused_each(answer, entry)
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [sound, entry]}
            refused(surgery.post("", json=bundle), entry)


def is_done(answer: httpx.Response) -> bool:
    """Reading or deleting what is not there may succeed."""
    return bool(answer.json()["entry"][0]["response"]["status"].startswith("20"))


def refused_each(answer: httpx.Response, sent: Any) -> None:
    assert CANARY not in answer.text, (sent, answer.text)
    for entry in answer.json()["entry"]:
        assert entry["response"]["status"].startswith("4"), (sent, answer.text)
        assert is_outcome(entry["response"]["outcome"]), (sent, answer.text)


@pytest.mark.usefixtures("nothing_stored")
def test_a_malformed_patch_is_refused(surgery: httpx.Client, where: str) -> None:
    for media, patches in (
        (JSON_PATCH, malformed.json_patches()),
        (MERGE_PATCH, malformed.merge_patches()),
    ):
        for patch in patches:
            answer = surgery.patch(where, json=patch, headers={"Content-Type": media})
            refused(answer, patch)


@pytest.mark.usefixtures("nothing_stored")
def test_a_patch_that_would_grow_without_end_is_refused_before_it_does(
    surgery: httpx.Client, where: str
) -> None:
    doubling = [{"op": "add", "path": "/extension", "value": [{"url": "https://a.example"}]}]
    doubling += [{"op": "copy", "from": "/extension", "path": "/extension/-"}] * 40
    answer = surgery.patch(where, json=doubling, headers={"Content-Type": JSON_PATCH})
    refused(answer, doubling)


@pytest.mark.usefixtures("nothing_stored")
def test_more_values_than_the_index_can_count_are_refused(surgery: httpx.Client) -> None:
    names = [{"given": [f"{CANARY}{n}" for n in range(33_000)]}]
    refused(surgery.post("/Patient", json={"resourceType": "Patient", "name": names}), "names")


@pytest.mark.usefixtures("nothing_stored")
def test_an_odd_header_is_refused_on_every_write(
    surgery: httpx.Client, person: str, where: str
) -> None:
    for name, value in odd_requests.HEADERS:
        headers = [(name.encode(), value.encode("latin-1"))]
        body = json.dumps(goal(person, CANARY)).encode()
        for method, address in (("POST", "/Goal"), ("PUT", where), ("PATCH", where)):
            if name == "If-None-Exist" and method != "POST":
                continue
            if name == "If-Match" and method == "POST":
                continue
            answer = surgery.request(method, address, content=body, headers=headers)
            refused(answer, (method, name, value[:100]))


@pytest.mark.usefixtures("nothing_stored")
def test_an_odd_query_is_refused_on_every_route_that_takes_one(
    surgery: httpx.Client, person: str
) -> None:
    for query in odd_requests.QUERIES:
        text = query.decode("ascii")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = json.dumps(goal(person, CANARY))
        for answer in (
            surgery.get(f"{surgery.base_url}Goal?{text}"),
            surgery.post("/Goal/_search", content=query, headers=form),
            surgery.put(f"{surgery.base_url}Goal?{text}", content=body),
            surgery.patch(f"{surgery.base_url}Goal?{text}", content="[]"),
            surgery.delete(f"{surgery.base_url}Goal?{text}"),
        ):
            refused(answer, query[:300])


@pytest.fixture(scope="module")
def raw(service: Running) -> Callable[..., tuple[int, bytes]]:
    """Sends bytes as they are, which no HTTP client would, and reads one answer."""
    address = urlsplit(service.settings.base_url)
    token = mint_token(service.settings, "gp-surgery").encode()

    def send(
        line: bytes, head: bytes = b"", body: bytes = b"", *, close: bool = False
    ) -> tuple[int, bytes]:
        assert address.hostname
        with closing(socket.create_connection((address.hostname, address.port or 80), 20)) as wire:
            wire.sendall(
                line + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
                b"Authorization: Bearer " + token + b"\r\n" + head + b"\r\n" + body
            )
            if close:
                wire.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(wire)
            answer.begin()
            return answer.status, answer.read()

    return send


@pytest.mark.usefixtures("nothing_stored")
def test_an_odd_path_is_refused_by_every_method(raw: Callable[..., tuple[int, bytes]]) -> None:
    for path in odd_requests.PATHS:
        for method in (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE"):
            head = b"Content-Type: application/fhir+json\r\nContent-Length: 2\r\n"
            status, body = raw(method + b" " + path, head, b"{}")
            assert 400 <= status < 500 or (status, method) == (204, b"DELETE"), (method, path, body)
            if status != 204:
                assert is_outcome(json.loads(body)), (method, path, body)


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    "head",
    [
        b"X-Evil: a\r\n Folded: b\r\n",
        b"X-Evil: a\0b\r\n",
        b"X Evil: a\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"X-Long: " + b"a" * 200_000 + b"\r\n",
        b"X-Many: a\r\n" * 20_000,
        b"Authorization: Bearer twice\r\n",
        b"Host: elsewhere\r\n",
        b'If-Match: W/"1"\r\nIf-Match: W/"2"\r\n',
        b"Content-Type: application/fhir+json\r\nContent-Type: text/plain\r\n",
        b"Expect: 100-continue\r\nContent-Length: 99999999999999999999\r\n",
    ],
)
def test_a_head_that_is_no_http_is_refused(
    raw: Callable[..., tuple[int, bytes]], head: bytes
) -> None:
    try:
        status, body = raw(b"POST /fhir/Goal", head, b"0\r\n\r\n", close=True)
    except ConnectionError:
        return  # cut off, which is a refusal too
    assert 400 <= status < 500
    assert b"Traceback" not in body


@pytest.mark.usefixtures("nothing_stored")
def test_a_body_that_ends_before_its_length_is_never_stored(
    raw: Callable[..., tuple[int, bytes]], person: str
) -> None:
    whole = json.dumps(goal(person, CANARY)).encode()
    head = b"Content-Type: application/fhir+json\r\nContent-Length: %d\r\n" % (len(whole) + 1)
    for end in (0, 1, len(whole) // 2, len(whole)):
        try:
            status, _ = raw(b"POST /fhir/Goal", head, whole[:end], close=True)
        except ConnectionError:
            continue
        assert status == 400


@pytest.mark.usefixtures("nothing_stored")
def test_a_body_larger_than_is_taken_is_refused_however_it_comes(
    raw: Callable[..., tuple[int, bytes]], service: Running
) -> None:
    most = service.settings.bounds.body_bytes
    head = b"Content-Type: application/fhir+json\r\n"
    length = b"Content-Length: %d\r\n" % (most + 1)
    for lengths, body in (
        (length, b""),
        (b"Transfer-Encoding: chunked\r\n", (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 100),
    ):
        try:
            status, told = raw(b"POST /fhir/Goal", head + lengths, body)
        except ConnectionError:
            continue
        assert status == 413
        assert is_outcome(json.loads(told))


KINDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted(full("Goal"))) | st.text(max_size=10), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(sent=KINDS, at=st.integers(0, 7))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_json_of_any_shape_never_makes_the_service_fail(
    surgery: httpx.Client, routes: Sequence[tuple[str, str, str]], sent: Any, at: int
) -> None:
    method, address, media = routes[at]
    answer = surgery.request(
        method, address, content=json.dumps(sent), headers={"Content-Type": media}
    )
    sound_or_refused(answer, sent)


@given(cut=st.integers(0, 400), length=st.integers(0, 8), letters=st.binary(max_size=8))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_resource_with_a_few_bytes_changed_is_stored_whole_or_refused(
    surgery: httpx.Client, person: str, cut: int, length: int, letters: bytes
) -> None:
    whole = json.dumps(goal(person)).encode()
    cut %= len(whole)
    text = whole[:cut] + letters + whole[cut + length :]
    answer = surgery.post("/Goal", content=text)
    if answer.status_code == 201:
        stored, sent = answer.json(), json.loads(text)
        del stored["id"], stored["meta"]
        sent.pop("id", None)
        sent.pop("meta", None)
        assert stored == sent
    else:
        refused(answer, text)
