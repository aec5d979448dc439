import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.access import issuers
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


def test_issuers_are_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    text = json.dumps([document(maximum_lifetime_seconds=300, token_type="JWT")])  # noqa: S106
    path = tmp_path / "issuers.json"
    path.write_text(text)
    for source in (text, path, str(path)):
        (issuer,) = issuers.load(source)
        assert (issuer.name, issuer.audience) == (ISSUER, AUDIENCE)
        assert issuer.algorithms == {"ES256"}
        assert issuer.maximum_lifetime_seconds == 300
        assert issuer.token_type == "JWT"  # noqa: S105
        assert issuer.key("ec-1", "ES256") is not None


def test_no_issuers_is_a_valid_list() -> None:
    assert issuers.load("[]") == ()


def test_a_key_is_given_only_for_the_algorithm_it_fits() -> None:
    both = document(algorithms=["ES256", "ES384", "RS256"], **jwks(EC_PUBLIC, RSA_KEY.as_dict()))
    both["jwks"]["keys"][1] = RSA_KEY.as_dict(private=False)
    (issuer,) = issuers.load(json.dumps([both]))
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
    (issuer,) = issuers.load(json.dumps([bound]))
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
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_refused_with_its_place(
    bad: Any, place: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        issuers.load(bad if isinstance(bad, str) else json.dumps(bad))
    assert caught.value.issues[0].expression == place
    assert caught.value.issues[0].text


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        issuers.load(tmp_path / "absent.json")
