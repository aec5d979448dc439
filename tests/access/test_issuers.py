import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.access import issuer_file
from app.errors import Invalid
from tests.access.tokens import AUDIENCE, EC_KEY, ISSUER, RSA_KEY

EC_PUBLIC = EC_KEY.as_dict(private=False)


def document(**changes: Any) -> dict[str, Any]:
    return {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ["ES256"],
        "jwks": {"keys": [EC_PUBLIC]},
        **changes,
    }


def jwks(*keys: Any) -> dict[str, Any]:
    return {"jwks": {"keys": list(keys)}}


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {one: value for one, value in entry.items() if one != name}


def published(**changes: Any) -> dict[str, Any]:
    entry = without(document(jwks_url="https://issuer.example/jwks"), "jwks")
    return {**entry, **changes}


def sign_in(**changes: Any) -> dict[str, Any]:
    usual = {
        "label": "Issuer",
        "client_id": "what-matters",
        "client_secret_file": str(Path(__file__).with_name("__init__.py")),
        "authorization_endpoint": "https://issuer.example/authorize",
        "token_endpoint": "https://issuer.example/token",
        "userinfo_endpoint": "https://issuer.example/userinfo",
    }
    return {**usual, **changes}


def nhs_login(**changes: Any) -> dict[str, Any]:
    kind = {"algorithms": ["RS512"], "claims": {"kind": "nhs-login"}, "sign_in": sign_in()}
    return {**without(published(), "audience"), **kind, **changes}


def test_our_key_at_an_issuer_signs_by_the_first_algorithm_that_it_fits(tmp_path: Path) -> None:
    ec, rsa = EC_KEY.as_pem(private=True), json.dumps(RSA_KEY.as_dict(private=True)).encode()
    for key, algorithms, expected in (
        (ec, ["RS256", "ES256"], "ES256"),
        (rsa, ["RS512", "RS256"], "RS512"),
    ):
        (tmp_path / "key").write_bytes(key)
        how = sign_in(client_secret_file=None, client_key_file=str(tmp_path / "key"))
        [issuer] = issuer_file.load(json.dumps([published(algorithms=algorithms, sign_in=how)]))
        assert issuer.provider is not None
        assert issuer.provider.key_algorithm == expected
        assert "Key object" not in repr(issuer)
    bound = {**RSA_KEY.as_dict(private=True), "alg": "RS384"}
    for key in (EC_KEY.as_pem(private=False), json.dumps(bound).encode()):
        (tmp_path / "key").write_bytes(key)
        with pytest.raises(Invalid, match="a private key"):
            issuer_file.load(json.dumps([published(algorithms=["RS256", "ES256"], sign_in=how)]))


def test_a_secret_is_read_from_its_file_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret\n")
    how = sign_in(client_secret_file=str(tmp_path / "secret"))
    [issuer] = issuer_file.load(json.dumps([published(sign_in=how)]))
    assert issuer.provider is not None
    assert issuer.provider.secret == "a secret"  # noqa: S105
    assert "a secret" not in repr(issuer)
    assert issuer.key_by_id == {}


def test_issuers_are_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    text = json.dumps([document(maximum_lifetime_seconds=300, token_type="JWT")])  # noqa: S106
    path = tmp_path / "issuers.json"
    path.write_text(text)
    for source in (text, path, str(path)):
        (issuer,) = issuer_file.load(source)
        assert (issuer.name, issuer.audience) == (ISSUER, AUDIENCE)
        assert issuer.algorithms == {"ES256"}
        assert issuer.maximum_lifetime_seconds == 300
        assert issuer.token_type == "JWT"  # noqa: S105
        assert issuer.key("ec-1", "ES256") is not None


def test_no_issuers_is_a_valid_list() -> None:
    assert issuer_file.load("[]") == ()


def test_a_key_is_given_only_for_the_algorithm_it_fits() -> None:
    both = document(algorithms=["ES256", "ES384", "RS256"], **jwks(EC_PUBLIC, RSA_KEY.as_dict()))
    both["jwks"]["keys"][1] = RSA_KEY.as_dict(private=False)
    (issuer,) = issuer_file.load(json.dumps([both]))
    assert issuer.key("ec-1", "ES256") is not None
    assert issuer.key("rsa-1", "RS256") is not None
    assert issuer.key("ec-1", "ES384") is None
    assert issuer.key("ec-1", "RS256") is None
    assert issuer.key("rsa-1", "RS384") is None
    assert issuer.key("rsa-1", "none") is None
    assert issuer.key("absent", "ES256") is None


def test_a_key_bound_to_one_algorithm_serves_no_other() -> None:
    bound = document(
        algorithms=["RS256", "RS384"], **jwks({**RSA_KEY.as_dict(private=False), "alg": "RS384"})
    )
    (issuer,) = issuer_file.load(json.dumps([bound]))
    assert issuer.key("rsa-1", "RS384") is not None
    assert issuer.key("rsa-1", "RS256") is None


with pytest.warns(Warning, match="2048"):
    SHORT_RSA = RSAKey.generate_key(1024, {"kid": "short"}).as_dict(private=False)
SECRET = OctKey.generate_key(256, {"kid": "secret"}).as_dict()
P521 = ECKey.generate_key("P-521", {"kid": "p521"}).as_dict(private=False)


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ("[", None),
        ("{}", None),
        ([document(extra=1)], None),
        ([{"issuer": ISSUER}], None),
        ([document(algorithms=["none"])], "[0].algorithms"),
        ([document(algorithms=["HS256"])], "[0].algorithms"),
        ([document(algorithms=[])], "[0].algorithms"),
        ([document(issuer="")], "[0]"),
        ([document(audience="")], "[0]"),
        ([document(maximum_lifetime_seconds=0)], "[0].maximum_lifetime_seconds"),
        ([document(token_type="anything")], None),  # noqa: S106
        ([document(), document()], None),
        ([document(**jwks())], "[0].jwks"),
        ([document(algorithms=["RS256"])], "[0].jwks"),
        ([document(**jwks(EC_PUBLIC, EC_PUBLIC))], "[0].jwks.keys[1]"),
        ([document(**jwks({**EC_PUBLIC, "kid": None}))], None),
        ([document(**jwks(EC_KEY.as_dict(private=True)))], "[0].jwks.keys[0]"),
        ([document(**jwks(SECRET))], "[0].jwks.keys[0]"),
        ([document(**jwks(SHORT_RSA))], "[0].jwks.keys[0]"),
        ([document(**jwks({**EC_PUBLIC, "use": "enc"}))], "[0].jwks.keys[0]"),
        ([document(**jwks({**EC_PUBLIC, "key_ops": ["sign"]}))], "[0].jwks.keys[0]"),
        ([document(**jwks({**EC_PUBLIC, "x": "AAAA"}))], "[0].jwks.keys[0]"),
        ([document(**jwks({"kty": "EC", "kid": "k"}))], "[0].jwks.keys[0]"),
        ([document(**jwks(P521))], "[0].jwks"),
        ([document(jwks_url="https://issuer.example/jwks")], "[0]"),
        ([published(jwks_url="http://issuer.example/jwks")], "[0].jwks_url"),
        ([published(jwks_url="http://127.0.0.1/jwks")], "[0].jwks_url"),
        ([without(document(), "jwks")], "[0]"),
        ([without(document(), "audience")], "[0]"),
        ([document(claims={"kind": "nobody"})], None),
        ([document(claims={"kind": "keycloak"})], None),
        ([document(claims={"kind": "keycloak", "roles": {"a": "king"}})], None),
        ([document(claims={"kind": "ours", "extra": 1})], None),
        ([document(claims={"kind": "ours", "scopes": {"person": "read it"}})], "[0].claims.scopes"),
        ([nhs_login(claims={"kind": "nhs-login", "scopes": "all"})], "[0].claims.scopes"),
        ([document(claims={"kind": "cis2"})], "[0].audience"),
        ([nhs_login(algorithms=["RS256"])], "[0].algorithms"),
        ([nhs_login(algorithms=["RS512", "RS256"])], "[0].algorithms"),
        ([nhs_login(audience=AUDIENCE)], "[0].audience"),
        ([without(nhs_login(), "sign_in")], "[0].sign_in"),
        ([nhs_login(sign_in=sign_in(userinfo_endpoint=None))], "[0].sign_in"),
        ([published(sign_in=sign_in(client_id=AUDIENCE))], "[0].audience"),
        ([published(sign_in=sign_in(scope="profile"))], "[0].sign_in"),
        ([published(sign_in=sign_in(label=""))], "[0].sign_in"),
        ([published(sign_in=sign_in(extra=1))], None),
        (
            [published(sign_in=sign_in(token_endpoint="http://a.example/t"))],  # noqa: S106
            "[0].sign_in.token_endpoint",
        ),
        ([published(sign_in=sign_in(client_secret_file=None))], "[0].sign_in"),
        ([published(sign_in=sign_in(client_key_file="/absent"))], "[0].sign_in"),
        (
            [published(sign_in=sign_in(client_secret_file="/absent"))],  # noqa: S106
            "[0].sign_in.client_secret_file",
        ),
        (
            [published(sign_in=sign_in(client_secret_file=None, client_key_file=__file__))],
            "[0].sign_in.client_key_file",
        ),
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_refused_with_its_place(
    bad: Any, place: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        issuer_file.load(bad if isinstance(bad, str) else json.dumps(bad))
    assert caught.value.issues[0].expression == place
    assert caught.value.issues[0].text


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        issuer_file.load(tmp_path / "absent.json")
