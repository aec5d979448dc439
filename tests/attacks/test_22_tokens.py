"""Class 22: tokens and scopes: forged, stretched, and of roles that lack what they need."""

import base64
import json
from collections.abc import Callable

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from app.access import demo
from tests.access.tokens import bearer
from tests.attacks.cast import Cast, leaks, token
from tests.conftest import Running
from tests.endpoints.sharing import stored, supporter
from tests.endpoints.signing_in import register
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]


def with_token(service: Running, sent: str) -> httpx.Client:
    """A client that sends this token."""
    headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {sent}"}
    return httpx.Client(base_url=service.settings.fhir_base, headers=headers, timeout=30)


def parts(sent: str) -> list[dict[str, object]]:
    """Header and claims."""
    return [json.loads(base64.urlsafe_b64decode(one + "===")) for one in sent.split(".")[:2]]


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "supporter", "related_person": "None"},
        {"role": "supporter", "related_person": "{helper}", "patient": ""},
        {"role": "system"},
        {"role": "system", "organization": ""},
        {"role": "practitioner"},
        {"role": "practitioner", "organization": "gp-surgery,x"},
        {"role": "system", "organization": "Organization/gp-surgery"},
        {"organization": "gp-surgery"},
        {"role": "System", "organization": "gp-surgery"},
        {"role": "owner", "organization": "gp-surgery"},
    ],
)
def test_a_token_without_what_its_role_needs_is_none(
    service: Running, cast: Cast, claims: dict[str, str]
) -> None:
    told = {n: v.format(a=cast.a, helper="x") for n, v in claims.items()}
    for scope in ("system/*.cruds", "patient/*.cruds", "user/*.cruds"):
        with with_token(service, token(service.settings, scope=scope, **told)) as client:
            assert client.get(f"/Patient/{cast.a}").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "person"},
        {"role": "person", "organization": "gp-surgery"},
        {"role": "supporter"},
        {"role": "supporter", "patient": "{a}"},
        {"role": "supporter", "related_person": "gp-surgery", "patient": "{a}"},
        {"role": "supporter", "related_person": "{b}-aaaaaaaaaaaa", "patient": "{a}"},
        {"role": "analyst", "organization": "gp-surgery"},
        {"role": "privacy-officer", "organization": "gp-surgery"},
        {"role": "practitioner", "organization": "None"},
        {"role": "practitioner", "organization": "team"},
        {"role": "system", "organization": "directory"},
        {"role": "system", "organization": "stranger-clinic", "patient": "{a}"},
    ],
)
def test_a_token_of_a_role_that_has_no_way_in_sees_nobody(
    service: Running, cast: Cast, claims: dict[str, str]
) -> None:
    told = {n: v.format(a=cast.a, b=cast.b) for n, v in claims.items()}
    for scope in ("system/*.cruds", "patient/*.cruds", "user/*.cruds", "system/*.rs patient/*.rs"):
        with with_token(service, token(service.settings, scope=scope, **told)) as client:
            both = f"Goal?patient={cast.a},{cast.b}"
            for path in (f"Patient/{cast.a}", both, f"Patient/{cast.a}/$everything"):
                answer = client.get(f"/{path}")
                if answer.status_code == 200:
                    assert not answer.json().get("entry"), path
                assert leaks(cast, "an unrelated clinic", answer, path) == []


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "system/*.reads",
        "system/*.dus",
        "system/Goal.r?category=x&_include=y",
        "SYSTEM/*.cruds",
        "system/*.**",
        "system/goal.rs",
        "system%2f*.rs",
        "patient/*.cruds",
        "launch openid system/Goal",
        "system/*.rs,system/Goal.rs",
    ],
)
def test_scopes_out_of_the_grammar_grant_nothing(service: Running, cast: Cast, scope: str) -> None:
    sent = token(service.settings, role="system", organization="gp-surgery", scope=scope)
    with with_token(service, sent) as client:
        for where in cast.entries.values():
            answer = client.get(f"/{where}")
            assert answer.status_code in (401, 403, 404)
            assert leaks(cast, "an unrelated clinic", answer, where) == []


def test_forged_tokens_open_nothing(service: Running, cast: Cast) -> None:
    """alg none, another key, the public key as a secret, changed claims, an ID token."""
    settings = service.settings
    good = token(settings, role="system", organization="gp-surgery", scope="system/*.cruds")
    header, claims = parts(good)
    head, body, signature = good.split(".")

    def segment(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    stranger = ECKey.generate_key("P-256", {"kid": str(header["kid"])})
    public = demo.ensure_issuer(settings.data_dir).key.as_pem(private=False)
    changed = {**claims, "role": "admin"}
    forged = [
        f"{segment({**header, 'alg': 'none'})}.{body}.",
        f"{segment({**header, 'alg': 'None'})}.{body}.{signature}",
        f"{head}.{segment(changed)}.{signature}",
        jwt.encode(header, claims, stranger, algorithms=["ES256"]),
        bearer(claims, {**header, "alg": "HS256"}, public).decode().partition(" ")[2],
        token(settings, role="system", organization="gp-surgery", scope="system/*.rs", nonce="1"),
        token(settings, role="system", organization="gp-surgery", scope="system/*.rs", aud="x"),
        token(settings, role="system", organization="gp-surgery", scope="system/*.rs", iss="x"),
        good + ".x",
        good.replace(".", "..", 1),
    ]
    for sent in forged:
        with with_token(service, sent) as client:
            assert client.get(f"/{cast.entries['open']}").status_code == 401
    with with_token(service, good) as client:
        assert client.get(f"/{cast.entries['open']}").status_code == 200
        twice = [("Authorization", f"Bearer {good}"), ("Authorization", "Bearer x")]
        url = f"{service.settings.fhir_base}/{cast.entries['open']}"
        assert httpx.get(url, headers=twice).status_code in (400, 401)
        assert httpx.get(f"{url}?access_token={good}").status_code in (400, 401)


def test_a_supporter_is_nothing_to_another_person_of_the_same_name(
    service: Running, as_client: AsClient, surgery: httpx.Client
) -> None:
    """A RelatedPerson of one, in a token that names another; and ids that look like another's."""
    one, other = (new_person(surgery, known_to=()) for _ in range(2))
    where = stored(surgery, goal(other))
    helper = stored(as_client(f"person:{one}"), supporter(one)).partition("/")[2]
    sent = token(
        service.settings,
        role="supporter",
        related_person=helper,
        patient=other,
        scope="patient/*.cruds",
    )
    with with_token(service, sent) as client:
        assert client.get(f"/{where}").status_code == 404
        assert not client.get("/Goal").json().get("entry")
        assert client.get(f"/Patient/{one}").status_code == 404
        body = {**supporter(other), "id": helper}
        assert client.put(f"/RelatedPerson/{helper}", json=body).status_code == 403


def test_a_registered_client_gets_no_role_and_no_organisation_but_its_own(
    service: Running, cast: Cast
) -> None:
    """The token endpoint: what a client adds to its assertion or its form changes nothing."""
    member = register(service.settings)
    extra = {
        "role": "admin",
        "organization": "care-board",
        "patient": cast.b,
        "purpose_of_use": "T",
    }
    asserted = member.assertion(None, **extra)
    answers = [
        member.ask("system/Goal.rs", client_assertion=asserted),
        member.ask("system/Goal.rs", **extra),
        member.ask("system/Goal.rs", client_id="admin"),
    ]
    for answer in answers:
        if answer.status_code != 200:
            assert answer.status_code in (400, 401)
            continue
        claims = parts(answer.json()["access_token"])[1]
        assert claims["role"] == "system"
        assert "patient" not in claims
        assert claims.get("organization") != "care-board"
    for scope in ("patient/*.cruds", "user/*.cruds", "system/*.reads", "openid", "admin"):
        answer = member.ask(scope)
        assert answer.status_code == 400, scope


@pytest.mark.parametrize(
    "looker", ["the person", "their supporter", "a charity worker", "no token"]
)
def test_nobody_but_an_administrator_registers_asks_about_or_revokes(
    service: Running, cast: Cast, looker: str
) -> None:
    client = cast.clients[looker]
    base = service.settings.base_url
    member = register(service.settings)
    theirs = member.token()
    headers = {"Authorization": client.headers.get("Authorization", "Bearer x")}
    for path in ("", f"/{member.client_id}", f"/{member.client_id}/suspend"):
        for method in ("GET", "POST"):
            answer = httpx.request(method, f"{base}/admin/clients{path}", headers=headers, json={})
            assert answer.status_code in (401, 403, 405), path
    for what in ("introspect", "revoke"):
        answer = httpx.post(f"{base}/oauth/{what}", data={"token": theirs}, headers=headers)
        assert '"active":true' not in answer.text.replace(" ", "")
    assert member.read(theirs).status_code == 200
