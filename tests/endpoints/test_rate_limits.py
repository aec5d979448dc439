"""How often one may look for people and fail to sign in, whichever worker is asked."""

import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.access.limits import policies
from app.errors import Invalid
from app.interactions.look_up import looks_for_people
from app.settings import Settings
from tests.conftest import Running, mint_token
from tests.endpoints.asking import entry, send
from tests.endpoints.numbers import new_number, patient
from tests.people import new_person

NUMBER = "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"
# So long that no span ends during a test.
LIMITS = "failed-sign-in=5/900000 look-up=5/900000 match=5/900000 person=5/900000"
Ask = Callable[[int], httpx.Response]
Client = Callable[..., httpx.Client]


@pytest.fixture
def workers(settings: Settings) -> Iterator[list[Running]]:
    """Two workers of one service, whose counts nobody else shares."""
    ours = settings.model_copy(update={"rate_limits": LIMITS, "secret": secrets.token_hex(8)})
    running = [Running(ours), Running(ours)]
    for one in running:
        one.start()
    yield running
    for one in running:
        one.stop()


@pytest.fixture
def client() -> Iterator[Client]:
    """Makes a client of one worker."""
    made = []

    def make(worker: Running, name: str = "gp-surgery") -> httpx.Client:
        headers = {"Authorization": f"Bearer {mint_token(worker.settings, name)}"}
        headers["Content-Type"] = "application/fhir+json"
        made.append(httpx.Client(base_url=worker.settings.fhir_base, headers=headers, timeout=30))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def clients(workers: list[Running], client: Client) -> list[httpx.Client]:
    """The surgery, at each worker."""
    return [client(one) for one in workers]


def statuses(ask: Ask, times: int) -> list[int]:
    return [ask(n).status_code for n in range(times)]


def test_look_ups_are_counted_for_all_workers_together(clients: list[httpx.Client]) -> None:
    told = statuses(lambda n: clients[n % 2].get(f"/Patient?{NUMBER}"), 8)
    assert told == [200] * 5 + [429] * 3


def test_of_many_at_once_no_more_than_the_limit_are_answered(clients: list[httpx.Client]) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = list(
            pool.map(lambda n: clients[n % 2].get("/Patient?family=Pender").status_code, range(32))
        )
    assert sorted(told) == [200] * 5 + [429] * 27


def test_each_answer_says_how_many_more_there_may_be(clients: list[httpx.Client]) -> None:
    answer = clients[0].get("/Patient?birthdate=1950-01-01")
    assert answer.headers["ratelimit-policy"] == '"look-up";q=5;w=900000'
    assert re.fullmatch(r'"look-up";r=4;t=\d+', answer.headers["ratelimit"])


def test_a_refusal_says_when_to_ask_again(clients: list[httpx.Client]) -> None:
    for _ in range(5):
        clients[0].get("/Patient?name=pender")
    answer = clients[1].get("/Patient?name=pender")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert re.fullmatch(r'"look-up";r=0;t=\d+', answer.headers["ratelimit"])
    [issue] = answer.json()["issue"]
    assert issue["code"] == "throttled"
    assert answer.headers["retry-after"] in issue["diagnostics"]


def test_one_client_does_not_use_up_anothers(workers: list[Running], client: Client) -> None:
    first, second = client(workers[0]), client(workers[0], "council-care")
    assert statuses(lambda _: first.get("/Patient?name=a"), 6)[-1] == 429
    assert second.get("/Patient?name=a").status_code == 200


def test_reads_writes_and_other_searches_are_not_counted(clients: list[httpx.Client]) -> None:
    person = new_person(clients[0])
    for _ in range(8):
        for path in (f"/Patient/{person}", "/Patient?_count=1", "/Goal?lifecycle-status=active"):
            answer = clients[0].get(path)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers


def test_a_form_a_batch_and_a_transaction_count_as_well(clients: list[httpx.Client]) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    look = entry("GET", "Patient?name=pender")
    assert clients[0].post("/Patient/_search", content="name=a", headers=form).status_code == 200
    assert send(clients[0], "transaction", look, look).status_code == 200
    batch = send(clients[1], "batch", look, look, look).json()["entry"]
    assert [one["response"]["status"][:3] for one in batch] == ["200", "200", "429"]
    assert send(clients[0], "transaction", look).status_code == 429


def test_look_ups_that_a_transaction_undoes_are_counted(clients: list[httpx.Client]) -> None:
    look, wrong = entry("GET", "Patient?name=pender"), entry("GET", "Patient/nowhere")
    told = statuses(lambda _: send(clients[0], "transaction", look, wrong), 4)
    form = entry("POST", "Patient/_search?name=pender")
    told += statuses(lambda _: send(clients[0], "transaction", form, wrong), 2)
    assert told == [404] * 5 + [429]


def test_a_persons_own_app_is_not_counted(workers: list[Running], client: Client) -> None:
    person = new_person(client(workers[0]))
    oneself = client(workers[0], f"person:{person}")
    assert statuses(lambda _: oneself.get("/Patient?name=a"), 8) == [200] * 8


def failed(worker: Running, _: int) -> httpx.Response:
    return httpx.get(f"{worker.settings.fhir_base}/Goal", headers={"Authorization": "Bearer a.b.c"})


def test_failed_sign_ins_are_counted_for_all_workers_together(workers: list[Running]) -> None:
    told = statuses(lambda n: failed(workers[n % 2], n), 8)
    assert told == [401] * 5 + [429] * 3


def test_every_door_counts_failed_sign_ins(workers: list[Running]) -> None:
    base = workers[0].settings.base_url
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "a.b.c",
    }
    told = [
        httpx.post(f"{base}/oauth/token", data=form).status_code,
        httpx.post(f"{base}/oauth/introspect", data={"token": "x"}).status_code,
        httpx.post(f"{base}/oauth/revoke", data={**form, "token": "x"}).status_code,
        httpx.get(f"{base}/admin/clients").status_code,
        failed(workers[1], 0).status_code,
    ]
    assert 401 in told
    while told[-1] == 401 and len(told) < 10:
        told.append(httpx.post(f"{base}/oauth/token", data=form).status_code)
    assert told.count(401) == 5
    answer = httpx.get(f"{base}/admin/clients")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert httpx.post(f"{base}/oauth/token", data=form).status_code == 429


def test_who_signs_in_rightly_is_served_from_an_address_where_others_failed(
    workers: list[Running], clients: list[httpx.Client]
) -> None:
    assert statuses(lambda n: failed(workers[0], n), 6)[-1] == 429
    assert clients[0].get("/Goal?_count=1").status_code == 200


def test_refusals_because_a_number_is_held_are_counted_as_matches(
    clients: list[httpx.Client],
) -> None:
    body = patient(new_number())
    assert clients[0].post("/Patient", json=body).status_code == 201
    told = statuses(lambda n: clients[n % 2].post("/Patient", json=body), 7)
    assert told == [409] * 5 + [429] * 2


def test_with_an_empty_setting_nothing_is_counted(surgery: httpx.Client) -> None:
    answer = surgery.get(f"/Patient?{NUMBER}")
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    "text", ["match", "match=5", "match=0/60", "match=1/60 match=2/60", "x=1/1"]
)
def test_limits_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="match=60/60"):
        policies(text)


def test_the_default_limits_can_be_read() -> None:
    assert set(policies(Settings.model_fields["rate_limits"].default)) == {
        "failed-sign-in",
        "look-up",
        "match",
        "person",
        "invitation",
    }


@pytest.mark.parametrize(
    ("type", "query", "is_one"),
    [
        ("Patient", "identifier=x|1", True),
        ("Patient", "name:exact=Pender", True),
        ("Patient", "_count=5&address-postalcode=TR18", True),
        ("RelatedPerson", "phone=1", True),
        (None, "_type=Patient&birthdate=1950", True),
        ("Goal", "patient.identifier=x|1", True),
        ("Goal", "subject:Patient.family=Pender", True),
        ("Organization", "_has:Patient:organization:identifier=x|1", True),
        ("Organization", "_has:Goal:subject:patient.name=Pender", True),
        ("Organization", "_has:Patient:organization:gender=other", False),
        ("Patient", "_has:Goal:subject:identifier=x|1", False),
        ("Patient", "_has:Goal:subject:" * 9999 + "identifier=x|1", False),
        ("Patient", "_has=1", False),
        ("Patient", "_has:=1", False),
        ("Goal", "identifier=x|1", False),
        ("Patient", "_id=7", False),
        ("Patient", "", False),
        ("Organization", "name=Pender", False),
    ],
)
def test_what_looks_for_a_person(type: str | None, query: str, is_one: bool) -> None:
    assert looks_for_people(type, query) is is_one
