"""Two workers over one record: what one of them is told binds the other (decision 0016)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.access.registry import Status
from app.access.standing import BINDS_AFTER_SECONDS
from app.settings import Settings
from tests.conftest import Running, mint_token
from tests.endpoints.signing_in import Member, register, set_status

ADDRESS = "http://record.example"


class Worker(Running):
    """One of several at the same address, which each is reached behind."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.port = 0

    def _run(self) -> None:
        socket = self._server.config.bind_socket()
        self.port = socket.getsockname()[1]
        self.settings = self.settings.model_copy(update={"base_url": ADDRESS})
        self._server.run(sockets=[socket])

    @property
    def place(self) -> str:
        """Where this one is reached."""
        return f"http://127.0.0.1:{self.port}"


class At(Member):
    """A client that speaks to one worker, and means the address of all."""

    @property
    def token_url(self) -> str:
        return f"{ADDRESS}/oauth/token"

    def ask(self, scope: str | None = "system/*.rs", **changes: str | None) -> httpx.Response:
        form = self.form(scope, **changes)
        return httpx.post(f"{self.base_url}/oauth/token", data=form, timeout=30)


@pytest.fixture(scope="module")
def workers(settings: Settings) -> Iterator[tuple[Worker, Worker]]:
    both = Worker(settings), Worker(settings)
    for one in both:
        one.start()
    yield both
    for one in both:
        one.stop()


@pytest.fixture
def pair(settings: Settings, workers: tuple[Worker, Worker]) -> tuple[At, At]:
    """One client, as it meets each worker."""
    member = register(settings)
    return At(member.client_id, workers[0].place), At(member.client_id, workers[1].place)


def test_a_token_of_one_worker_is_good_at_the_other(pair: tuple[At, At]) -> None:
    token = pair[0].token()
    assert [one.read(token).status_code for one in pair] == [200, 200]


def test_one_assertion_raced_at_both_workers_gets_exactly_one_token(pair: tuple[At, At]) -> None:
    for _ in range(5):
        sent = pair[0].assertion()
        gate = threading.Barrier(8)

        def race(n: int, sent: str = sent, gate: threading.Barrier = gate) -> int:
            gate.wait(10)
            return pair[n % 2].ask(client_assertion=sent).status_code

        with ThreadPoolExecutor(8) as pool:
            told = sorted(pool.map(race, range(8)))
        assert told == [200] + [401] * 7


def test_a_revoked_token_is_refused_by_the_next_call_at_each_worker(pair: tuple[At, At]) -> None:
    for _ in range(3):
        token = pair[0].token()
        assert [one.read(token).status_code for one in pair] == [200, 200]
        assert pair[0].about("revoke", token).status_code == 200
        for one in reversed(pair):
            answer = one.read(token)
            assert answer.status_code == 401
            assert "revoked" in answer.text
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_while_others_ask_without_end_the_first_call_after_a_revocation_is_refused(
    pair: tuple[At, At],
) -> None:
    """Readers at both workers note when each request began; none that began after the answer to
    the revocation was let through."""
    token = pair[0].token()
    done = threading.Event()
    began_and_told: list[tuple[float, int]] = []

    def keep_asking(one: At) -> None:
        while not done.is_set():
            began = time.monotonic()
            began_and_told.append((began, one.read(token).status_code))

    with ThreadPoolExecutor(4) as pool:
        for one in (*pair, *pair):
            pool.submit(keep_asking, one)
        while len(began_and_told) < 20:
            threading.Event().wait(0.01)
        began = time.monotonic()
        assert pair[1].about("revoke", token).status_code == 200
        answered = time.monotonic()
        seen = len(began_and_told)
        while len(began_and_told) < seen + 40:
            threading.Event().wait(0.01)
        done.set()
    assert {told for at, told in began_and_told if at > answered} == {401}
    assert 200 in {told for at, told in began_and_told if at < began}
    assert BINDS_AFTER_SECONDS <= answered - began < BINDS_AFTER_SECONDS + 5


def test_a_token_that_is_not_revoked_goes_on(pair: tuple[At, At]) -> None:
    kept, gone = pair[0].token(), pair[0].token()
    pair[0].about("revoke", gone)
    assert [one.read(kept).status_code for one in pair] == [200, 200]


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REMOVED])
def test_a_client_that_is_barred_is_refused_at_each_worker(
    settings: Settings, pair: tuple[At, At], status: Status
) -> None:
    token = pair[0].token()
    assert [one.read(token).status_code for one in pair] == [200, 200]
    set_status(settings, pair[0].client_id, status)
    threading.Event().wait(BINDS_AFTER_SECONDS)
    for one in pair:
        assert one.read(token).status_code == 401
        assert one.ask().status_code == 401


def test_a_client_that_is_resumed_signs_in_again(settings: Settings, pair: tuple[At, At]) -> None:
    set_status(settings, pair[0].client_id, Status.SUSPENDED)
    threading.Event().wait(BINDS_AFTER_SECONDS)
    assert pair[0].ask().status_code == 401
    set_status(settings, pair[0].client_id, Status.ACTIVE)
    token = pair[0].token()
    threading.Event().wait(BINDS_AFTER_SECONDS)
    assert [one.read(token).status_code for one in pair] == [200, 200]


def test_introspection_tells_a_client_of_its_own_token_at_each_worker(
    pair: tuple[At, At],
) -> None:
    token = pair[0].token("system/Goal.rs")
    for one in pair:
        told = one.about("introspect", token).json()
        assert told["active"] is True
        assert told["scope"] == "system/Goal.rs"
        assert told["client_id"] == one.client_id
        assert told["organization"] == "gp-surgery"
        assert 0 < told["exp"] - time.time() <= 301
    pair[0].about("revoke", token)
    assert [one.about("introspect", token).json() for one in pair] == [{"active": False}] * 2


def test_introspection_by_an_access_token_of_its_own(pair: tuple[At, At]) -> None:
    token = pair[0].token()
    told = pair[1].about("introspect", token, bearer=token).json()
    assert told["active"] is True


def test_the_launch_context_is_told(settings: Settings, workers: tuple[Worker, Worker]) -> None:
    person, admin = mint_token(settings, "person:tamsin-pender"), mint_token(settings, "admin")
    told = At("", workers[0].place).about("introspect", person, bearer=admin).json()
    assert (told["active"], told["patient"]) == (True, "tamsin-pender")
    assert told["scope"] == "patient/*.cruds"


def test_a_token_of_another_client_does_not_count_for_this_one(
    settings: Settings, pair: tuple[At, At]
) -> None:
    other = At(register(settings).client_id, pair[0].base_url)
    token = other.token()
    assert pair[0].about("introspect", token).json() == {"active": False}
    answer = pair[0].about("revoke", token)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert other.read(token).status_code == 200


def test_an_administrator_may_know_of_every_token_and_revoke_it(
    settings: Settings, pair: tuple[At, At]
) -> None:
    token, admin = pair[0].token(), mint_token(settings, "admin")
    assert pair[0].about("introspect", token, bearer=admin).json()["active"] is True
    assert pair[0].about("revoke", token, bearer=admin).status_code == 200
    assert [one.read(token).status_code for one in pair] == [401, 401]


def test_an_administrator_whose_token_is_narrow_is_nobody_in_particular(
    settings: Settings, pair: tuple[At, At]
) -> None:
    token, narrow = pair[0].token(), mint_token(settings, "admin", "system/Goal.cruds")
    assert pair[0].about("introspect", token, bearer=narrow).json() == {"active": False}
    reading = mint_token(settings, "admin", "system/*.rs")
    assert pair[0].about("introspect", token, bearer=reading).json()["active"] is True
    assert pair[0].about("revoke", token, bearer=reading).status_code == 400
    assert pair[0].read(token).status_code == 200


def test_whoever_signs_in_twice_at_once_is_refused(pair: tuple[At, At]) -> None:
    token = pair[0].token()
    form = pair[0].form(token=token)
    answer = httpx.post(
        f"{pair[0].base_url}/oauth/introspect",
        data=form,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_worker_whose_clock_is_a_day_wrong_goes_by_the_databases(
    settings: Settings, pair: tuple[At, At], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    at = int(time.time())
    token, sent = pair[0].token(), pair[0].assertion(iat=at, exp=at + 300)
    stale = pair[0].assertion(iat=at - 400, exp=at - 100)
    wrong = time.time() + days * 86_400
    monkeypatch.setattr(time, "time", lambda: wrong)
    assert pair[0].read(token).status_code == 200
    assert pair[0].ask(client_assertion=sent).status_code == 200
    assert pair[0].ask(client_assertion=stale).status_code == 401
    assert pair[0].ask(client_assertion=sent).status_code == 401
    before = Worker(settings)
    before.start()
    try:
        assert At(pair[0].client_id, before.place).read(token).status_code == 200
    finally:
        before.stop()


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 20_000])
def test_a_token_that_does_not_count_is_revoked_without_a_word(
    pair: tuple[At, At], token: str
) -> None:
    assert pair[0].about("revoke", token).status_code == 200
    assert pair[0].about("introspect", token).json() == {"active": False}


def test_a_token_revoked_while_its_client_is_suspended_stays_revoked(
    settings: Settings, pair: tuple[At, At]
) -> None:
    token, admin = pair[0].token(), mint_token(settings, "admin")
    set_status(settings, pair[0].client_id, Status.SUSPENDED)
    threading.Event().wait(BINDS_AFTER_SECONDS)
    assert pair[0].about("introspect", token, bearer=admin).json() == {"active": False}
    assert pair[0].about("revoke", token, bearer=admin).status_code == 200
    set_status(settings, pair[0].client_id, Status.ACTIVE)
    threading.Event().wait(BINDS_AFTER_SECONDS)
    for one in pair:
        assert "revoked" in one.read(token).text


def test_a_token_of_another_issuer_is_revoked_where_it_was_given(
    settings: Settings, pair: tuple[At, At]
) -> None:
    admin = mint_token(settings, "admin")
    answer = pair[0].about("revoke", mint_token(settings, "gp-surgery"), bearer=admin)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")


@pytest.mark.parametrize("what", ["introspect", "revoke"])
def test_nobody_who_is_not_signed_in_asks_about_tokens(pair: tuple[At, At], what: str) -> None:
    where = f"{pair[0].base_url}/oauth/{what}"
    answer = httpx.post(where, data={"token": pair[0].token()})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    missing = httpx.post(
        where, headers={"Authorization": f"Bearer {pair[0].token()}"}, data={"a": "b"}
    )
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
