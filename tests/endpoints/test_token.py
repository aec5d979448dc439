"""The token endpoint. Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html"""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.access.registry import Status
from tests.access.assertions import EC_KEY, HEADER, RSA_KEY, STRANGER_KEY, claims, signed
from tests.access.tokens import segment
from tests.conftest import Running
from tests.endpoints.signing_in import ASSERTION_TYPE, Member, register, set_status

UNPROVEN = "not signed by a key that is registered"


@pytest.fixture(scope="module")
def member(service: Running) -> Member:
    """A client of the surgery, which may have everything."""
    return register(service.settings)


def refused(answer: httpx.Response, status: int, error: str, told: str = "") -> None:
    """The answer is a refusal as OAuth has them, with a sentence, and nobody keeps it."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"] == error, body
    assert told in body["error_description"]
    assert len(body["error_description"]) > 20
    assert body.keys() == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"


def test_a_client_signs_in_and_reads(member: Member) -> None:
    answer = member.ask("system/Organization.rs")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"  # noqa: S105
    assert body["expires_in"] == 300
    assert body["scope"] == "system/Organization.rs"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert member.read(body["access_token"]).status_code == 200


def test_a_client_signs_in_by_rsa_too(member: Member) -> None:
    by_rsa = Member(member.client_id, member.base_url, RSA_KEY)
    assert by_rsa.ask().status_code == 200


def test_the_token_is_one_that_anybody_can_check_by_the_published_keys(member: Member) -> None:
    token = member.token("system/Goal.rs")
    published = httpx.get(f"{member.base_url}/oauth/jwks")
    assert "max-age=" in published.headers["Cache-Control"]
    assert all("d" not in key for key in published.json()["keys"])
    proven = jwt.decode(token, KeySet.import_key_set(published.json()), algorithms=["ES384"])
    assert proven.header["typ"] == "at+jwt"
    said = proven.claims
    assert said["iss"] == member.base_url
    assert said["aud"] == f"{member.base_url}/fhir"
    assert said["exp"] - said["iat"] == 300
    assert (said["client_id"], said["sub"]) == (member.client_id, member.client_id)
    assert (said["organization"], said["role"]) == ("gp-surgery", "system")
    assert said["scope"] == "system/Goal.rs"


def test_what_is_granted_is_what_is_asked_for_and_allowed(service: Running) -> None:
    narrow = register(service.settings, scopes="system/Goal.rs system/Task.cruds")
    body = narrow.ask("system/*.rs system/Patient.r openid").json()
    assert body["scope"] == "system/Goal.rs system/Task.rs"
    assert narrow.read(body["access_token"]).status_code == 403


@pytest.mark.parametrize("scope", ["system/Patient.rs", "user/Goal.rs", "openid", "x" * 100])
def test_nothing_that_can_be_granted_is_an_invalid_scope(service: Running, scope: str) -> None:
    narrow = register(service.settings, scopes="system/Goal.rs")
    refused(narrow.ask(scope), 400, "invalid_scope", "system/Goal.rs")


@pytest.mark.parametrize("scope", [None, "", " "])
def test_no_scope_at_all_is_an_invalid_scope(member: Member, scope: str | None) -> None:
    refused(member.ask(scope), 400, "invalid_scope", "Say what for")


def test_scopes_beyond_all_measure_are_refused_at_once(member: Member) -> None:
    many = " ".join(f"system/Goal.r?_tag=x|{n}" for n in range(51))
    refused(member.ask(many), 400, "invalid_scope", "at most 50")


ROWS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("another algorithm", {"alg": "ES256"}, {}, "RS384 or ES384"),
    ("no algorithm", {"alg": "none"}, {}, "RS384 or ES384"),
    ("a shared secret's", {"alg": "HS384"}, {}, "RS384 or ES384"),
    ("the other kind of key", {"alg": "RS384"}, {}, UNPROVEN),
    ("a kid that is not registered", {"kid": "ec-9"}, {}, UNPROVEN),
    ("no typ", {"typ": ""}, {}, "typ"),
    ("the typ of an access token", {"typ": "at+jwt"}, {}, "typ"),
    ("a jku that is not registered", {"jku": "https://evil.example/jwks"}, {}, UNPROVEN),
    ("a key of its own", {"jwk": EC_KEY.as_dict(private=False)}, {}, "no more"),
    ("a critical member", {"crit": ["exp"], "exp": 1}, {}, "no more"),
    ("another sub", {}, {"sub": "somebody"}, "claim sub"),
    ("no sub", {}, {"sub": None}, "claim sub"),
    ("a client that is not known", {}, {"iss": "nobody", "sub": "nobody"}, UNPROVEN),
    ("another audience", {}, {"aud": "https://elsewhere.example/token"}, "claim aud"),
    ("two audiences", {}, {"aud": ["https://elsewhere.example", "."]}, "claim aud"),
    ("no end", {}, {"exp": None}, "claim exp"),
    ("an end that has come", {}, {"iat": -301, "exp": -1}, "expired"),
    ("an end more than 5 minutes ahead", {}, {"iat": None, "exp": 305}, "5 minutes"),
    ("more than 5 minutes of life", {}, {"iat": -10, "exp": 291}, "claim exp"),
    ("a beginning that has not come", {}, {"iat": 90, "exp": 330}, "not valid yet"),
    ("nbf that has not come", {}, {"nbf": 90}, "not valid yet"),
    ("no jti", {}, {"jti": None}, "claim jti"),
    ("a jti that is a number", {}, {"jti": 7}, "claim jti"),
]


def changed(member: Member, changes: dict[str, Any]) -> dict[str, Any]:
    """Claims with these changes; small numbers are seconds from now."""
    now = int(time.time())
    timed = {
        name: now + value if name in ("iat", "exp", "nbf") and value is not None else value
        for name, value in changes.items()
    }
    return claims(member.client_id, member.token_url, **timed)


@pytest.mark.parametrize(("what", "header", "claims", "told"), ROWS, ids=[row[0] for row in ROWS])
def test_an_assertion_with_one_thing_amiss_is_an_invalid_client(
    member: Member, what: str, header: dict[str, Any], claims: dict[str, Any], told: str
) -> None:
    sent = signed(changed(member, claims), {**HEADER, **header})
    refused(member.ask(client_assertion=sent), 401, "invalid_client", told)


def test_a_signature_by_another_key_of_the_same_id_is_an_invalid_client(member: Member) -> None:
    stranger = Member(member.client_id, member.base_url, STRANGER_KEY)
    refused(stranger.ask(), 401, "invalid_client", UNPROVEN)


def test_a_signature_that_was_altered_is_an_invalid_client(member: Member) -> None:
    head, body, _ = member.assertion().split(".")
    sent = f"{head}.{body}.{segment(bytes(96))}"
    refused(member.ask(client_assertion=sent), 401, "invalid_client", UNPROVEN)


def test_an_assertion_in_which_a_claim_stands_twice_is_an_invalid_client(member: Member) -> None:
    said = json.dumps(claims(member.client_id, member.token_url))
    sent = signed(said[:-1] + f',"iss":"{member.client_id}"}}')
    refused(member.ask(client_assertion=sent), 401, "invalid_client", "strict JSON")


def test_an_assertion_is_taken_once(member: Member) -> None:
    sent = member.assertion()
    assert member.ask(client_assertion=sent).status_code == 200
    refused(member.ask(client_assertion=sent), 401, "invalid_client", "used before")


def test_an_access_token_is_no_assertion(member: Member) -> None:
    refused(member.ask(client_assertion=member.token()), 401, "invalid_client")


def test_an_assertion_is_no_access_token(member: Member) -> None:
    assert member.read(member.assertion()).status_code == 401


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REMOVED])
def test_a_client_that_is_not_active_gets_no_token(service: Running, status: Status) -> None:
    member = register(service.settings)
    set_status(service.settings, member.client_id, status)
    told = "suspended" if status is Status.SUSPENDED else UNPROVEN
    refused(member.ask(), 401, "invalid_client", told)


def test_a_suspended_client_is_told_so_only_once_it_has_proven_who_it_is(service: Running) -> None:
    member = register(service.settings)
    set_status(service.settings, member.client_id, Status.SUSPENDED)
    stranger = Member(member.client_id, member.base_url, STRANGER_KEY)
    refused(stranger.ask(), 401, "invalid_client", UNPROVEN)


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"grant_type": None}, "invalid_request", "grant_type"),
        ({"grant_type": ""}, "invalid_request", "grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type", "client_credentials"),
        ({"grant_type": "password"}, "unsupported_grant_type", "client_credentials"),
        ({"client_assertion_type": None}, "invalid_request", ASSERTION_TYPE),
        ({"client_assertion_type": "saml2-bearer"}, "invalid_request", ASSERTION_TYPE),
        ({"client_assertion": None}, "invalid_request", "client_assertion"),
        ({"client_secret": "word"}, "invalid_request", "Shared secrets"),
    ],
)
def test_a_form_that_is_not_in_order_says_what_is_amiss(
    member: Member, changes: dict[str, str | None], error: str, told: str
) -> None:
    refused(member.ask(**changes), 400, error, told)


def test_the_client_id_of_the_form_must_be_that_of_the_assertion(member: Member) -> None:
    assert member.ask(client_id=member.client_id).status_code == 200
    refused(member.ask(client_id="somebody"), 401, "invalid_client", "client_id")


def post(member: Member, **how: Any) -> httpx.Response:
    return httpx.post(member.token_url, timeout=30, **how)


def test_what_is_sent_in_the_address_is_not_looked_at(member: Member) -> None:
    answer = post(member, params=member.form())
    refused(answer, 400, "invalid_request", "in the body")


def test_a_parameter_that_is_there_twice_is_refused(member: Member) -> None:
    form = member.form()
    answer = post(member, data={**form, "scope": [form["scope"], "system/Goal.rs"]})
    refused(answer, 400, "invalid_request", "twice")


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Bearer x"])
def test_signing_in_by_a_header_is_not_offered(member: Member, authorization: str) -> None:
    answer = post(member, data=member.form(), headers={"Authorization": authorization})
    refused(answer, 400, "invalid_request", "assertion")


def test_a_body_that_is_json_is_refused(member: Member) -> None:
    refused(post(member, json=member.form()), 415, "invalid_request")


@pytest.mark.parametrize("body", [b"scope=%FF", b"\xff", b"a=1&" * 40])
def test_a_form_that_cannot_be_read_is_refused(member: Member, body: bytes) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(post(member, content=body, headers=form), 400, "invalid_request", "form")


def test_a_form_that_is_too_large_is_refused(member: Member) -> None:
    refused(member.ask("x" * 70_000), 413, "invalid_request", "larger")


def test_only_a_post_asks_for_a_token(member: Member) -> None:
    assert httpx.get(member.token_url).status_code == 405


def test_an_unknown_client_takes_as_long_as_a_known_one(member: Member) -> None:
    """Both look one client up and check one signature; the sentence is the same as well."""
    stranger = Member(member.client_id, member.base_url, STRANGER_KEY)
    nobody = Member("nobody", member.base_url)
    told = [one.ask().json() for one in (stranger, nobody)]
    assert told[0] == told[1]

    def seconds(who: Member) -> float:
        form = who.form()
        began = time.perf_counter()
        post(who, data=form)
        return time.perf_counter() - began

    # By turns, so that whatever else the machine does befalls both.
    pairs = [(seconds(stranger), seconds(nobody)) for _ in range(25)]
    known, unknown = (sorted(times)[len(times) // 4] for times in zip(*pairs, strict=True))
    assert 0.4 < unknown / known < 2.5


def test_signing_in_and_being_refused_are_on_record(
    service: Running, member: Member, as_client: Callable[..., httpx.Client]
) -> None:
    member.ask()
    member.ask(client_assertion="a.b.c")
    member.ask("system/Nothing.rs")
    found = as_client("admin").get("/AuditEvent?subtype=token&_sort=-date&_count=3").json()
    scope, form, granted = (entry["resource"] for entry in found["entry"])
    assert granted["outcome"] == "0"
    assert "Organization/gp-surgery" in json.dumps(granted)
    assert member.client_id in json.dumps(granted)
    assert form["outcome"] == scope["outcome"] == "4"
    assert "not a JSON Web Token" in form["outcomeDesc"]
    assert "Not signed in" in json.dumps(form)
    assert member.client_id in json.dumps(scope)
    assert "eyJ" not in json.dumps(found["entry"])
