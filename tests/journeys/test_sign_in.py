"""A client registered by the command line signs in at a service of two processes, and what it used
up stays used up, though its database is killed and the service started anew."""

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc.jwk import ECKey

from tests.endpoints.signing_in import Member
from tests.journeys.served import Served, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CLIENT = "harbour-app"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    environment = {"WHATMATTERS_LOG_LEVEL": "debug"}
    yield from served(tmp_path_factory.mktemp("sign-in"), ["--workers", "2"], environment)


@pytest.fixture(scope="module")
def member(house: Served) -> Member:
    """Registered as an operator does it, with a pair of keys made for it."""
    organisation = {"resourceType": "Organization", "id": "harbour", "name": "The harbour"}
    made = house.client("admin").put("/Organization/harbour", json=organisation)
    assert made.status_code == 201, made.text
    path = house.output.with_name("private.json")
    added = house.run(
        *("client", "add", CLIENT, "--organisation", "harbour", "--name", "The app"),
        *("--contact", "app@harbour.example", "--scope", "system/*.rs"),
        *("--new-key", str(path)),
    )
    assert added.returncode == 0, added.stderr
    key = ECKey.import_key({**json.loads(path.read_bytes())})
    return Member(CLIENT, house.base.removesuffix("/fhir"), key)


def assertion(member: Member) -> str:
    assert isinstance(member.key, ECKey)
    return member.assertion({"kid": str(member.key.kid)})


def ask(member: Member, sent: str) -> int:
    return member.ask(client_assertion=sent).status_code


def test_one_assertion_raced_at_two_processes_gets_one_token(member: Member) -> None:
    for _ in range(10):
        sent, gate = assertion(member), threading.Barrier(12)

        def race(_: int, sent: str = sent, gate: threading.Barrier = gate) -> int:
            gate.wait(10)
            return ask(member, sent)

        with ThreadPoolExecutor(12) as pool:
            assert sorted(pool.map(race, range(12))) == [200] + [401] * 11


def test_what_was_used_before_a_restart_is_used_up_after_it(house: Served, member: Member) -> None:
    sent = assertion(member)
    assert ask(member, sent) == 200
    token = str(member.ask(client_assertion=assertion(member)).json()["access_token"])
    house.kill_database()
    house.signal(signal.SIGTERM)
    house.wait()
    house.start()
    assert ask(member, sent) == 401
    answer = member.ask(client_assertion=assertion(member))
    assert answer.status_code == 200
    goals = house.client().get("/Goal", headers={"Authorization": f"Bearer {token}"})
    assert goals.status_code == 200, "a token outlives the process that gave it"


def test_a_client_suspended_by_the_command_line_is_refused_by_every_call_after_it(
    house: Served, member: Member
) -> None:
    token = str(member.ask(client_assertion=assertion(member)).json()["access_token"])
    with house.client() as http:
        headers = {"Authorization": f"Bearer {token}"}
        assert {http.get("/Goal", headers=headers).status_code for _ in range(20)} == {200}
        assert house.run("client", "suspend", CLIENT).returncode == 0
        assert {http.get("/Goal", headers=headers).status_code for _ in range(20)} == {401}
        assert house.run("client", "resume", CLIENT).returncode == 0


def test_no_token_and_no_assertion_is_in_what_the_service_writes(
    house: Served, member: Member
) -> None:
    sent = assertion(member)
    ask(member, sent)
    ask(member, sent)
    ask(member, sent[:-5] + "AAAAA")
    member.about("introspect", sent, bearer=sent)
    told = house.told()
    assert "sign-in refused" in told
    assert "used before" in told
    assert "eyJ" not in told
    assert sent.rpartition(".")[2] not in told
