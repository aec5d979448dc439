import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from app.access import compact
from app.access.caller import Role
from app.access.issuers import Issuer
from app.access.scopes import Scope
from app.access.token_check import Verifier, challenge
from app.access.token_form import refused
from app.errors import Unauthenticated
from tests.access.tokens import (
    CLAIMS,
    EC_KEY,
    HEADER,
    ISSUER,
    NOW,
    OTHER,
    RSA_KEY,
    STRANGER_KEY,
    TRUSTED,
    Key,
    bearer,
    segment,
    with_claims,
    with_header,
)


def verifier(*issuers: Issuer, now: float = NOW) -> Verifier:
    return Verifier(issuers or (TRUSTED, OTHER), lambda: now)


def refusal(authorization: bytes | None) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        verifier().verify(authorization)
    return caught.value


def test_a_good_token_names_its_caller() -> None:
    caller = verifier().verify(bearer())
    assert caller.issuer == ISSUER
    assert caller.client_id == "client-1"
    assert caller.subject == "subject-1"
    assert caller.token_id == "token-1"  # noqa: S105
    assert caller.expires_at == NOW + 600
    assert caller.scopes == (Scope("system", "*", "cruds"),)
    assert caller.role is Role.SYSTEM
    assert caller.agent == "Organization/gp-surgery"


def test_a_person_acts_as_their_patient() -> None:
    claims = with_claims(role="person", organization=None, patient="7", scope="patient/*.rs")
    caller = verifier().verify(bearer(claims))
    assert (caller.agent, caller.person, caller.organization) == ("Patient/7", "7", None)


@pytest.mark.parametrize(
    ("claims", "header", "key", "algorithm"),
    [
        (CLAIMS, with_header(alg="RS256", kid="rsa-1"), RSA_KEY, "RS256"),
        (CLAIMS, with_header(typ="application/at+jwt"), EC_KEY, "ES256"),
        (with_claims(aud=["https://elsewhere.example", CLAIMS["aud"]]), HEADER, EC_KEY, "ES256"),
        (with_claims(nbf=NOW + 60, iat=NOW + 60), HEADER, EC_KEY, "ES256"),
        (with_claims(exp=NOW + 3600), HEADER, EC_KEY, "ES256"),
        (with_claims(exp=NOW + 1), HEADER, EC_KEY, "ES256"),
        (with_claims(name="Zoë Nańcarrow", extra={"a": [1.5]}), HEADER, EC_KEY, "ES256"),
    ],
)
def test_a_token_within_the_rules_is_taken(
    claims: dict[str, Any], header: dict[str, Any], key: Key, algorithm: str
) -> None:
    assert verifier().verify(bearer(claims, header, key, algorithm)).subject == "subject-1"


def test_the_scheme_has_no_case() -> None:
    assert verifier().verify(bearer().replace(b"Bearer", b"bEARER")).subject == "subject-1"


PUBLIC_PEM = EC_KEY.as_pem(private=False)
P384_KEY = ECKey.generate_key("P-384", {"kid": "ec-1"})
PARTS = bearer().split(b".")
DUPLICATED_CLAIM = json.dumps(CLAIMS)[:-1] + ', "role": "admin"}'
DUPLICATED_HEADER = json.dumps(HEADER)[:-1] + ', "alg": "ES256"}'
INFINITE = json.dumps(CLAIMS).replace(str(NOW + 600), "Infinity")
ENORMOUS = json.dumps(CLAIMS).replace(str(NOW + 600), "1e400")

BAD_FORM = {
    "no header value": b"",
    "another scheme": bearer().replace(b"Bearer", b"Basic"),
    "no scheme": bearer().removeprefix(b"Bearer "),
    "two spaces": bearer().replace(b" ", b"  "),
    "two tokens": bearer() + b", " + bearer(),
    "two segments": b".".join(PARTS[:2]),
    "four segments": b".".join([*PARTS, PARTS[2]]),
    "five segments, encrypted": b".".join([*PARTS, *PARTS[:2]]),
    "no signature": b".".join([*PARTS[:2], b""]),
    "padding": bearer() + b"=",
    "a line break": bearer() + b"\n",
    "not base64url": b".".join([PARTS[0], PARTS[1] + b"+", PARTS[2]]),
    "a second spelling of the signature": bearer()[:-1] + bytes([bearer()[-1] + 1]),
    "17 kB": bearer(with_claims(filler="x" * 13_000)),
    "duplicate claim": bearer(DUPLICATED_CLAIM),
    "duplicate header member": bearer(header=DUPLICATED_HEADER),
    "nested duplicate": bearer(json.dumps(CLAIMS)[:-1] + ', "x": {"a": 1, "a": 2}}'),
    "claims are a list": bearer("[]"),
    "claims are deep": bearer("[" * 5000 + "]" * 5000),
    "claims are not UTF-8": b".".join([PARTS[0], segment(b"\xff{}").encode(), PARTS[2]]),
    "an integer of 5000 digits": bearer(json.dumps(CLAIMS)[:-1] + ', "x": ' + "9" * 5000 + "}"),
    "exp Infinity": bearer(INFINITE),
    "crit": bearer(header=with_header(crit=["exp"])),
    "b64": bearer(header=with_header(b64=False, crit=["b64"])),
    "jku": bearer(header=with_header(jku="https://attacker.example/jwks")),
    "embedded jwk": bearer(
        header=with_header(jwk=STRANGER_KEY.as_dict(private=False)), key=STRANGER_KEY
    ),
    "x5u": bearer(header=with_header(x5u="https://attacker.example/chain")),
    "x5c": bearer(header=with_header(x5c=["MIIB"])),
    "kid absent": bearer(header={"alg": "ES256", "typ": "at+jwt"}),
    "kid with a quote": bearer(header=with_header(kid="ec-1' or '1'='1")),
    "kid of 129 characters": bearer(header=with_header(kid="k" * 129)),
    "kid is a number": bearer(header=with_header(kid=1)),
    "typ absent": bearer(header={"alg": "ES256", "kid": "ec-1"}),
    "alg is a list": bearer(header=with_header(alg=["ES256"])),
}

BAD_SIGNATURE = {
    "alg none": f"Bearer {segment(with_header(alg='none'))}.{segment(CLAIMS)}.AA".encode(),
    "HS256 with the public key": bearer(
        header=with_header(alg="HS256"), key=PUBLIC_PEM, algorithm="HS256"
    ),
    "signed by a stranger": bearer(key=STRANGER_KEY),
    "signed by another issuer's key": bearer(with_claims(iss=ISSUER), key=STRANGER_KEY),
    "our key in another issuer's name": bearer(with_claims(iss=OTHER.name)),
    "an algorithm not on this issuer's list": bearer(
        header=with_header(alg="RS384", kid="rsa-1"), key=RSA_KEY, algorithm="RS384"
    ),
    "an algorithm of another issuer": bearer(
        with_claims(iss=OTHER.name), with_header(alg="RS256", kid="rsa-1"), RSA_KEY, "RS256"
    ),
    "an algorithm of another kind of key": bearer(header=with_header(alg="RS256")),
    "a key on another curve": bearer(
        header=with_header(alg="ES384"), key=P384_KEY, algorithm="ES384"
    ),
    "an unknown kid": bearer(header=with_header(kid="ec-2")),
    "a changed payload": PARTS[0]
    + b"."
    + segment(with_claims(role="admin")).encode()
    + b"."
    + (PARTS[2]),
    "issuer with a trailing slash": bearer(with_claims(iss=ISSUER + "/")),
    "issuer in capitals": bearer(with_claims(iss=ISSUER.upper())),
    "issuer absent": bearer(with_claims(iss=None)),
    "issuer is a list": bearer(with_claims(iss=[ISSUER])),
}

BAD_CLAIMS = {
    "expired": (with_claims(exp=NOW), "The token has expired"),
    "exp as text": (with_claims(exp=str(NOW + 600)), "exp"),
    "exp with a fraction": (with_claims(exp=NOW + 600.5), "exp"),
    "exp true": (with_claims(exp=True), "exp"),
    "exp absent": (with_claims(exp=None), "exp"),
    "exp in ten years": (with_claims(exp=NOW + 315_360_000), "longer"),
    "a second longer than allowed": (with_claims(exp=NOW + 3601), "longer"),
    "exp no later than iat": (with_claims(iat=NOW + 10, exp=NOW + 10), "longer"),
    "exp beyond the calendar": (with_claims(exp=10**15), "exp"),
    "iat absent": (with_claims(iat=None), "iat"),
    "iat negative": (with_claims(iat=-1), "iat"),
    "iat in the future": (with_claims(iat=NOW + 61), "not valid yet"),
    "nbf in the future": (with_claims(nbf=NOW + 61), "not valid yet"),
    "nbf as text": (with_claims(nbf="0"), "nbf"),
    "another audience": (with_claims(aud="https://elsewhere.example"), "not meant"),
    "audience with a trailing slash": (with_claims(aud=CLAIMS["aud"] + "/"), "not meant"),
    "audience absent": (with_claims(aud=None), "not meant"),
    "audience list with a number": (with_claims(aud=[CLAIMS["aud"], 1]), "not meant"),
    "audience is an object": (with_claims(aud={CLAIMS["aud"]: 1}), "not meant"),
    "jti absent": (with_claims(jti=None), "jti"),
    "jti with a space": (with_claims(jti="a b"), "jti"),
    "sub absent": (with_claims(sub=None), "sub"),
    "sub empty": (with_claims(sub=""), "sub"),
    "sub half a character": (with_claims(sub="\ud800"), "sub"),
    "sub of 256 characters": (with_claims(sub="s" * 256), "sub"),
    "client_id absent": (with_claims(client_id=None), "client_id"),
    "scope absent": (with_claims(scope=None), "scope"),
    "scope is a list": (with_claims(scope=["system/*.rs"]), "scope"),
    "role absent": (with_claims(role=None), "role"),
    "role unknown": (with_claims(role="superuser"), "role"),
    "organisation absent": (with_claims(organization=None), "organization"),
    "organisation is a path": (with_claims(organization="../admin"), "organization"),
    "patient is a reference": (with_claims(patient="Patient/7"), "patient"),
    "patient is a number": (with_claims(patient=7), "patient"),
    "an ID token by nonce": (with_claims(nonce="n"), "ID token"),
    "an ID token by at_hash": (with_claims(at_hash="h"), "ID token"),
}


@pytest.mark.parametrize("name", BAD_FORM)
def test_a_token_that_is_not_in_form_is_refused(name: str) -> None:
    assert refusal(BAD_FORM[name]).status == 401


@pytest.mark.parametrize("name", BAD_SIGNATURE)
def test_every_token_we_do_not_trust_gets_one_answer(name: str) -> None:
    assert str(refusal(BAD_SIGNATURE[name])) == (
        "The token is not signed by an issuer this service trusts."
    )


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_a_signed_token_with_a_claim_amiss_is_refused_by_its_name(name: str) -> None:
    claims, part = BAD_CLAIMS[name]
    assert part in str(refusal(bearer(claims)))


@pytest.mark.parametrize(
    "name", ["iat", "nbf", "exp", "jti", "sub", "client_id", "scope", "role", "organization"]
)
def test_the_claim_that_is_amiss_is_named_in_a_whole_sentence(name: str) -> None:
    told = f"The token's claim {name} is missing or not in order."
    assert str(refusal(bearer({**CLAIMS, name: []}))) == told


@pytest.mark.parametrize(
    ("claims", "code", "told"),
    [
        (
            with_claims(exp=NOW),
            "expired",
            "The token has expired. Sign in again for a new one.",
        ),
        (with_claims(iat=NOW + 61), "unknown", "The token is not valid yet."),
        (
            with_claims(exp=NOW + 3601),
            "unknown",
            "The token is valid for longer than this service allows.",
        ),
        (with_claims(aud="x"), "unknown", "The token is not meant for this service."),
    ],
)
def test_a_refusal_tells_apart_what_is_over_from_what_is_no_good(
    claims: dict[str, Any], code: str, told: str
) -> None:
    issue = refusal(bearer(claims)).issues[0]
    assert (issue.code, issue.text) == (code, told)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("two segments", "it needs three parts"),
        ("padding", "a part is not base64url"),
        ("duplicate claim", "its claims are not strict JSON"),
        ("duplicate header member", "its header is not strict JSON"),
        ("claims are a list", "its claims are not an object"),
        ("crit", "its header needs alg, kid and typ, and nothing else"),
        ("kid is a number", "its header is not in order"),
    ],
)
def test_a_token_out_of_form_is_refused_with_what_is_odd_about_it(name: str, why: str) -> None:
    assert str(refusal(BAD_FORM[name])) == (
        f"The access token is not a JSON Web Token this service accepts: {why}. "
        "Sign in again, and send the whole of it."
    )


def test_a_text_of_255_characters_is_the_longest() -> None:
    longest = "s" * 255
    assert verifier().verify(bearer(with_claims(sub=longest))).subject == longest


def test_a_time_is_a_whole_second_from_1970_to_the_year_9999() -> None:
    last = 253_402_300_799
    assert [compact.is_second(one) for one in (-1, 0, last, last + 1)] == [False, True, True, False]


def test_what_is_odd_is_told_wherever_it_is_caught() -> None:
    with pytest.raises(compact.Odd, match="it needs three parts") as odd:
        compact.read(b"a.b")
    assert odd.value.why == "it needs three parts"


def test_a_challenge_is_ascii_whatever_is_told() -> None:
    assert challenge(refused("Zoë")) == (b'Bearer error="invalid_token", error_description="Zo?"')


def test_an_exponent_past_all_numbers_never_means_forever() -> None:
    assert "exp" in str(refusal(bearer(ENORMOUS)))


@pytest.mark.parametrize("token_type", ["JWT", "dpop+jwt", "logout+jwt", "id_token", ""])
def test_a_token_of_another_type_is_refused(token_type: str) -> None:
    assert "type" in str(refusal(bearer(header=with_header(typ=token_type))))


def test_an_issuer_may_be_given_the_plain_type_by_rule() -> None:
    plain = Issuer(
        TRUSTED.name,
        TRUSTED.audience,
        TRUSTED.algorithms,
        TRUSTED.key_by_id,
        token_type="JWT",  # noqa: S106
    )
    caller = verifier(plain).verify(bearer(header=with_header(typ="JWT")))
    assert caller.subject == "subject-1"
    with pytest.raises(Unauthenticated):
        verifier(plain).verify(bearer())


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_and_nothing_else_goes_wrong(noise: bytes) -> None:
    assert refusal(noise).status == 401
    assert refusal(b"Bearer " + noise).status == 401


@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "patient", "name"]), st.from_type(str)))
def test_random_claims_are_refused_or_make_a_caller(changes: dict[str, str]) -> None:
    try:
        caller = verifier().verify(bearer({**CLAIMS, **changes}))
    except Unauthenticated:
        return
    assert caller.issuer == ISSUER


def test_no_refusal_repeats_the_token_or_a_claim() -> None:
    claims = with_claims(sub="9990000018", role="9990000018", organization="9990000018")
    error = refusal(bearer(claims))
    assert "999" not in f"{error} {error.issues}"
    assert "eyJ" not in f"{error} {error.issues}"


def test_a_request_without_a_token_is_asked_for_one_without_an_error() -> None:
    assert challenge(refusal(None)) == b"Bearer"
    for sent in (b"Basic dXNlcjpwYXNz", b"Bearer", b"Bearer ", b"Bearer  "):
        assert challenge(refusal(sent)) == b"Bearer"
        assert "Sign in, and send it as: Authorization: Bearer" in str(refusal(sent))


def test_every_refusal_is_a_whole_sentence() -> None:
    claims = {name: bearer(claims) for name, (claims, _) in BAD_CLAIMS.items()}
    for authorization in (None, *{**BAD_FORM, **BAD_SIGNATURE, **claims}.values()):
        assert str(refusal(authorization)).endswith(".")


def test_a_bad_token_is_answered_with_what_a_developer_can_use() -> None:
    assert challenge(refusal(bearer(with_claims(exp=NOW)))) == (
        b'Bearer error="invalid_token", '
        b'error_description="The token has expired. Sign in again for a new one."'
    )
    for name in (*BAD_FORM, *BAD_SIGNATURE):
        described = challenge(refusal({**BAD_FORM, **BAD_SIGNATURE}[name]))
        assert described.count(b'"') in (0, 4)


def test_a_token_seen_before_gives_the_same_caller_without_a_second_proof() -> None:
    check = verifier()
    assert check.verify(bearer_once) is check.verify(bearer_once)


bearer_once = bearer()


def test_a_token_seen_before_still_expires() -> None:
    times = [float(NOW)]
    check = Verifier([TRUSTED], lambda: times[-1])
    check.verify(bearer_once)
    times.append(NOW + 599.9)
    check.verify(bearer_once)
    times.append(NOW + 600)
    for _ in range(2):
        with pytest.raises(Unauthenticated) as no:
            check.verify(bearer_once)
        told = [(issue.code, issue.text) for issue in no.value.issues]
        assert told == [("expired", "The token has expired. Sign in again for a new one.")]


def test_only_so_many_tokens_are_remembered_and_the_least_used_goes_first() -> None:
    check = Verifier([TRUSTED], lambda: NOW, remembered=2)
    one, two, three = (bearer(with_claims(jti=f"token-{n}")) for n in range(3))
    first, second = check.verify(one), check.verify(two)
    assert check.verify(one) is first
    check.verify(three)
    assert check.verify(one) is first
    assert check.verify(two) is not second


def test_a_refused_token_is_not_remembered_as_good() -> None:
    check = verifier()
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            check.verify(BAD_SIGNATURE["signed by a stranger"])


def test_who_sent_a_token_before_is_told_without_a_proof_until_it_expires() -> None:
    times = [float(NOW)]
    check = Verifier([TRUSTED], lambda: times[-1])
    assert check.remembered(bearer_once) is None
    caller = check.verify(bearer_once)
    assert check.remembered(bearer_once) is caller
    assert check.remembered(bearer()) is not caller
    times.append(NOW + 599.9)
    assert check.remembered(bearer_once) is caller
    times.append(NOW + 600)
    assert check.remembered(bearer_once) is None
