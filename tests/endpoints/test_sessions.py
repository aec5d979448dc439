"""A browser in which somebody is signed in: its cookies, its limits, and who may use them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import asyncpg
import httpx
import pytest

from app.access.acts import Act
from app.access.fresh_sign_in import check_practitioner
from app.access.reception import Reception
from app.access.sessions import caller_of_session
from app.cli.doctor import examine
from app.endpoints.cookies import Cookies
from app.endpoints.logs import configure_logs
from app.errors import Forbidden, Refusal
from app.interactions.perform import perform
from app.interactions.visit import Ask, Record
from app.main import (
    Service,
    make_desk,
    make_reception,
    make_record,
    open_database,
    own_issuer,
    trusted_issuers,
)
from app.settings import Settings
from tests.conftest import Running, mint_token
from tests.endpoints.asking import new_goal
from tests.endpoints.people_signing_in import (
    CIS2,
    KEYCLOAK,
    NHS_LOGIN,
    Browser,
    Providers,
    back,
    tokens,
)
from tests.papers import ROOT
from tests.people import new_person


@pytest.fixture
def signed_in(made: Providers, browser: Browser) -> Browser:
    made.nurse()
    assert browser.sign_in(made.issuer(KEYCLOAK)).status_code == 303
    return browser


@pytest.fixture(scope="module")
def second(people: Running) -> Iterator[Running]:
    """Another worker that knows the same providers."""
    running = Running(people.settings)
    running.start()
    yield running
    running.stop()


def secret_of(browser: Browser) -> str:
    return str(browser.http.cookies["wm-session"])


def me_with(service: Running, secret: str) -> int:
    cookies = {"wm-session": secret}
    return httpx.get(f"{service.settings.base_url}/sign-in/me", cookies=cookies).status_code


def run(settings: Settings, sql: str) -> None:
    async def do() -> None:
        connection = await asyncpg.connect(settings.database_url)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(do())


# Cookies


def test_the_cookies_of_a_browser_are_kept_from_scripts_and_other_sites(
    made: Providers, browser: Browser
) -> None:
    made.nurse()
    answer = browser.http.get("/sign-in/start", params={"iss": made.issuer(KEYCLOAK)})
    assert answer.headers["set-cookie"].endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    landed = browser.http.get(back(answer.headers["location"]))
    session, attempt = landed.headers.get_list("set-cookie")
    assert session.startswith("wm-session=")
    assert session.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert attempt == "wm-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


def test_with_https_the_cookies_are_kept_to_this_host_alone() -> None:
    cookies = Cookies("https://record.example")
    for set_cookie in (cookies.with_session("s"), cookies.with_attempt("a")):
        assert set_cookie.startswith("__Host-wm-")
        assert set_cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
        assert "Path=/;" in set_cookie
        assert "Domain" not in set_cookie
    assert cookies.session({b"cookie": b"wm-session=planted"}) is None
    assert cookies.session({b"cookie": b"a=b; __Host-wm-session=s"}) == "s"


def test_of_two_cookies_of_one_name_neither_counts() -> None:
    cookies = Cookies("http://127.0.0.1:8000")
    assert cookies.session({b"cookie": b"wm-session=a; wm-session=b"}) is None


def test_every_page_is_kept_nowhere_and_framed_by_nobody(signed_in: Browser) -> None:
    for path in ("/sign-in", "/sign-in/me", "/sign-in/start", "/sign-in/return"):
        headers = signed_in.http.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


# Whose browser it is


def test_a_session_is_new_at_each_sign_in_and_the_one_before_ends(
    made: Providers, signed_in: Browser, people: Running
) -> None:
    before = secret_of(signed_in)
    signed_in.sign_in(made.issuer(KEYCLOAK))
    assert secret_of(signed_in) != before
    assert (me_with(people, before), signed_in.me().status_code) == (401, 200)


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(
    made: Providers, browser: Browser, people: Running
) -> None:
    planted = "A" * 43
    browser.http.cookies.set("wm-session", planted)
    made.nurse()
    browser.sign_in(made.issuer(KEYCLOAK))
    assert me_with(people, planted) == 401


def test_a_sign_out_binds_the_other_worker_at_once(
    made: Providers, browser: Browser, people: Running, second: Running
) -> None:
    made.nurse()
    for _ in range(5):
        browser.sign_in(made.issuer(KEYCLOAK))
        secret = secret_of(browser)
        assert me_with(second, secret) == 200
        browser.sign_out()
        assert (me_with(second, secret), me_with(people, secret)) == (401, 401)


@pytest.mark.parametrize(
    "change",
    [
        "used = now() - interval '31 minutes'",
        "expires = now() - interval '1 second'",
        "caller = replace(caller, '/keycloak', '/gone')",
        "caller = '{}'",
    ],
)
def test_a_session_ends_by_itself(signed_in: Browser, people: Running, change: str) -> None:
    run(people.settings, f"update sessions set {change}")  # noqa: S608  (ours)
    assert signed_in.me().status_code == 401


def test_a_session_that_is_used_goes_on(signed_in: Browser, people: Running) -> None:
    for _ in range(2):
        run(people.settings, "update sessions set used = used - interval '20 minutes'")
        assert signed_in.me().status_code == 200


def test_what_the_database_holds_signs_nobody_in(signed_in: Browser, people: Running) -> None:
    async def ids() -> list[Any]:
        connection = await asyncpg.connect(people.settings.database_url)
        rows = await connection.fetch("select id, caller from sessions")
        await connection.close()
        return list(rows)

    rows = asyncio.run(ids())
    assert rows
    assert secret_of(signed_in) not in str(rows)
    assert [me_with(people, row["id"]) for row in rows][:3] == [401] * min(3, len(rows))


# Other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.example"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_no_other_site_signs_anybody_out(signed_in: Browser, headers: dict[str, str]) -> None:
    answer = signed_in.http.post("/sign-out", headers=headers)
    assert answer.status_code == 403
    assert "not sent by a page of this service" in answer.text
    assert signed_in.me().status_code == 200


def test_a_browser_that_only_says_where_it_comes_from_may_sign_out(
    signed_in: Browser, people: Running
) -> None:
    answer = signed_in.http.post("/sign-out", headers={"Origin": people.settings.base_url})
    assert answer.status_code == 303
    assert signed_in.me().status_code == 401


def test_an_origin_is_that_of_the_address_that_callers_use() -> None:
    cookies = Cookies("https://Record.example:8443/")
    cookies.check_same_origin({b"origin": b"https://record.example:8443"})
    for other in (b"https://record.example", b"http://record.example:8443", b"https://x.record"):
        with pytest.raises(Forbidden):
            cookies.check_same_origin({b"origin": other})


def test_one_is_signed_out_by_no_link(signed_in: Browser) -> None:
    assert signed_in.http.get("/sign-out").status_code == 405
    assert signed_in.me().status_code == 200


@pytest.mark.parametrize(
    "next",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example",
        "/a\\b",
        "javascript:alert(1)",
        "sign-in",
        "",
        "/a b",
        "/a\r\nSet-Cookie: x=y",
        "/\t/elsewhere.example",
        "/é",
        "/" + "a" * 500,
    ],
)
def test_nobody_is_led_to_another_site(made: Providers, browser: Browser, next: str) -> None:
    for path in ("/sign-in", "/sign-in/start"):
        query = {"iss": made.issuer(KEYCLOAK), "next": next}
        answer = browser.http.get(path, params=query)
        assert answer.status_code == 400
        assert "next must be a path of this service" in answer.text
        assert "location" not in answer.headers


def test_a_parameter_that_comes_twice_is_refused(made: Providers, browser: Browser) -> None:
    answer = browser.http.get("/sign-in?next=/a&next=/b")
    assert (answer.status_code, "twice" in answer.text) == (400, True)


# Only our pages


def test_the_fhir_address_does_not_heed_the_cookie(signed_in: Browser) -> None:
    for method in ("GET", "POST"):
        answer = signed_in.http.request(method, "/fhir/Goal", headers={"Sec-Fetch-Site": "none"})
        assert answer.status_code == 401
    assert signed_in.http.get("/admin/clients").status_code == 401


def test_a_token_is_no_session(browser: Browser, settings: Settings) -> None:
    token = mint_token(settings, "doctor")
    answer = browser.http.get("/sign-in/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", [KEYCLOAK, NHS_LOGIN, CIS2])
def test_nothing_that_a_provider_sends_for_a_sign_in_is_a_token_at_the_fhir_address(
    made: Providers, people: Running, name: str
) -> None:
    made.next(name, "somebody", header={"typ": "JWT"})
    sent = tokens(made, name, people)
    for kind in ("id_token", "access_token"):
        headers = {"Authorization": f"Bearer {sent[kind]}"}
        answer = httpx.get(f"{people.settings.fhir_base}/Goal", headers=headers)
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]


CALLERS = {
    "nobody": None,
    "oneself": "person:tamsin-pender",
    "another": "person:somebody-else",
    "surgery": "gp-surgery",
    "reader": ("gp-surgery", "system/*.rs"),
    "writer": ("gp-surgery", "system/*.cud"),
    "analyst": "analyst",
    "officer": "privacy-officer",
    "admin": "admin",
    "partner": "harbour-befriending",
    "stranger": "stranger-clinic",
    "supporter": "supporter:tamsin-helper",
    "practitioner": "doctor",
}


def bearer(settings: Settings, who: str | tuple[str, str] | None) -> dict[str, str]:
    if who is None:
        return {}
    name, scope = (who, None) if isinstance(who, str) else who
    return {"Authorization": f"Bearer {mint_token(settings, name, scope)}"}


@pytest.mark.parametrize("who", CALLERS)
def test_whoever_holds_a_token_meets_the_same_pages(who: str, people: Running) -> None:
    """The rows of the access matrix for the addresses here: no token opens or closes any."""
    headers = bearer(people.settings, CALLERS[who])
    told = {
        f"{method} {path}": httpx.request(
            method, people.settings.base_url + path, headers=headers
        ).status_code
        for method, path in (
            ("GET", "/sign-in"),
            ("GET", "/sign-in/start"),
            ("GET", "/sign-in/return"),
            ("GET", "/sign-in/me"),
            ("POST", "/sign-out"),
        )
    }
    assert told == {
        "GET /sign-in": 200,
        "GET /sign-in/start": 404,
        "GET /sign-in/return": 400,
        "GET /sign-in/me": 401,
        "POST /sign-out": 403,
    }


def test_the_caller_of_a_session_reads_what_the_same_person_reads_with_a_token(
    made: Providers, browser: Browser, people: Running, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    other = new_goal(surgery, new_person(surgery))
    own = new_goal(surgery, person)
    claims = {"realm_access": {"roles": ["citizen"]}, "patient": person, "organization": None}
    made.nurse(id_token=claims)
    browser.sign_in(made.issuer(KEYCLOAK))

    async def read() -> list[int]:
        async with house(people.settings) as (record, reception):
            caller = await caller_of_session(reception, secret_of(browser))
            assert caller is await caller_of_session(reception, secret_of(browser))
            told = []
            for where in (own, other):
                ask = Ask(Act.READ, "Goal", where.rpartition("/")[2], None, "GET")
                try:
                    told.append((await perform(record, caller, ask)).status)
                except Refusal as refusal:
                    told.append(refusal.status)
            return told

    assert asyncio.run(read()) == [200, 404]


def test_a_practitioner_who_signed_in_just_now_may_open_an_emergency_and_later_not(
    made: Providers, browser: Browser, people: Running
) -> None:
    async def check() -> None:
        async with house(people.settings) as (record, reception):
            caller = await caller_of_session(reception, secret_of(browser))
            check_practitioner(caller, record.clock())

    made.nurse()
    browser.sign_in(made.issuer(KEYCLOAK), fresh="yes")
    asyncio.run(check())
    made.nurse(proven_ago=400)
    browser.sign_in(made.issuer(KEYCLOAK))
    with pytest.raises(Forbidden, match="more than 5 minutes ago"):
        asyncio.run(check())


@asynccontextmanager
async def house(settings: Settings) -> AsyncIterator[tuple[Record, Reception]]:
    """The record and where people sign in, as a worker has them."""
    database = await open_database(settings)
    try:
        issuers = trusted_issuers(settings)
        record = make_record(settings, database)
        desk = make_desk(settings, record, own_issuer(settings), issuers)
        yield record, make_reception(settings, desk, issuers)
    finally:
        await database.close()


def test_the_smart_configuration_offers_no_launch_and_no_plain_challenge(people: Running) -> None:
    url = f"{people.settings.fhir_base}/.well-known/smart-configuration"
    told = httpx.get(url).json()
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "authorization_endpoint" not in told
    assert [one for one in told["capabilities"] if one.startswith(("launch", "sso"))] == []


def test_what_comes_back_wrongly_and_what_other_sites_send_is_on_record(
    browser: Browser, as_client: Callable[..., httpx.Client]
) -> None:
    for id in (f"came-{token_hex(4)}", f"sent-{token_hex(4)}"):
        headers = {"X-Request-Id": id, "Sec-Fetch-Site": "cross-site"}
        if id.startswith("came"):
            answer = browser.http.get("/sign-in/return?state=x&code=y", headers=headers)
        else:
            answer = browser.http.post("/sign-out", headers=headers)
        assert answer.headers["x-request-id"] == id
        query = "/AuditEvent?_sort=-date&_count=5&outcome=4"
        assert id in as_client("admin").get(query).text


def test_doctor_tells_where_tokens_come_from_and_where_people_sign_in(people: Running) -> None:
    found = asyncio.run(examine(people.settings, ROOT))[0]
    assert found.fine
    assert "People sign in with keycloak, nhs login, cis2." in found.text
    assert "/keycloak" in found.text
    assert "/nhs-login" not in found.text


# What is told, and what is not


def test_a_refusal_is_told_to_a_program_as_json(browser: Browser) -> None:
    answer = browser.me()
    assert answer.headers["content-type"] == "application/json"
    [issue] = answer.json()["issues"]
    assert issue["text"].startswith("You are not signed in in this browser")


def test_no_log_holds_a_token_a_code_a_state_or_a_secret(
    made: Providers, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("debug", "json")
    try:
        made.nurse()
        returned = back(browser.start(made.issuer(KEYCLOAK)))
        browser.http.get(returned)
        secret = secret_of(browser)
        browser.http.get(returned)
        made.nurse(stranger=True)
        browser.sign_in(made.issuer(KEYCLOAK))
    finally:
        configure_logs("error", "json")
    told = capsys.readouterr()
    logged = told.out + told.err
    assert "sign-in refused" in logged
    code = returned.partition("code=")[2].partition("&")[0]
    state = returned.partition("state=")[2].partition("&")[0]
    for kept in ("eyJ", code, state, secret):
        assert kept
        assert kept not in logged


def test_before_the_service_has_started_nobody_signs_in(settings: Settings) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Service(settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            return await http.get("/sign-in")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
