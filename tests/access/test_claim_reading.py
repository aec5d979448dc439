"""What each kind of issuer says, read into our own names; and what it must not say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import claim_reading
from app.access.caller import Caller, Role
from app.access.claim_rules import Cis2, Keycloak, NhsLogin, Ours, Rules
from app.access.issuers import Issuer
from app.access.token_check import Verifier
from app.errors import Forbidden, Unauthenticated
from tests.access.tokens import AUDIENCE, CLAIMS, HEADER, ISSUER, NOW, TRUSTED, bearer, with_claims

ROLES = {"nurse": Role.PRACTITIONER, "citizen": Role.PERSON, "helper": Role.SUPPORTER}
RULES = Keycloak(roles=ROLES)
NURSE: dict[str, Any] = {
    **{name: CLAIMS[name] for name in ("iss", "sub", "aud", "exp", "iat", "jti")},
    "typ": "Bearer",
    "azp": "the-app",
    "scope": "openid profile user/*.rs",
    "realm_access": {"roles": ["default-roles-cornwall", "nurse"]},
    "organization": ["gp-surgery"],
    "name": "Nurse Morwenna Bray",
}
PERSON = {**NURSE, "realm_access": {"roles": ["citizen"]}, "patient": "7", "scope": "patient/*.rs"}


def issuer(rules: Rules, audience: str | None = AUDIENCE) -> Issuer:
    return Issuer(
        ISSUER,
        audience,
        TRUSTED.algorithms,
        TRUSTED.key_by_id,
        token_type="JWT",  # noqa: S106
        rules=rules,
    )


def caller(claims: dict[str, Any], rules: Rules = RULES) -> Caller:
    token = bearer(claims, {**HEADER, "typ": "JWT"})
    return Verifier([issuer(rules)], lambda: NOW).verify(token)


def test_an_access_token_of_keycloak_makes_the_caller_that_ours_would() -> None:
    nurse = caller(NURSE)
    assert (nurse.role, nurse.organization) == (Role.PRACTITIONER, "gp-surgery")
    assert (nurse.client_id, nurse.name) == ("the-app", "Nurse Morwenna Bray")
    assert [(one.context, one.letters) for one in nurse.scopes] == [("user", "rs")]
    person = caller(PERSON)
    assert (person.role, person.agent, person.organization) == (Role.PERSON, "Patient/7", None)


def test_the_scopes_of_a_role_stand_in_for_what_the_token_says() -> None:
    rules = Keycloak(roles=ROLES, scopes={Role.PRACTITIONER: "user/Goal.rs"})
    assert [one.type for one in caller(NURSE, rules).scopes] == ["Goal"]
    assert [one.type for one in caller(PERSON, rules).scopes] == ["*"]


def test_keycloak_may_call_everything_by_other_names() -> None:
    rules = Keycloak(
        roles={"GP": Role.PRACTITIONER},
        role="https://county.example/roles",
        organization="where.works",
        name="nick",
        client="via",
    )
    claims = {
        **NURSE,
        "https://county.example/roles": "GP",
        "where": {"works": "acute-trust"},
        "nick": "Dr P",
        "via": "another-app",
    }
    found = caller(claims, rules)
    assert (found.organization, found.name, found.client_id) == (
        "acute-trust",
        "Dr P",
        "another-app",
    )


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"realm_access": {"roles": ["nurse", "citizen"]}}, "two roles"),
        ({"realm_access": {"roles": ["citizen", "nurse"]}}, "two roles"),
        ({"realm_access": {"roles": []}}, "no role"),
        ({"realm_access": {"roles": [["nurse"], None]}}, "no role"),
        ({"realm_access": "nurse"}, "no role"),
        ({"role": "admin", "realm_access": {}}, "no role"),
        ({"organization": ["gp-surgery", "acute-trust"]}, "two organisations"),
        ({"organization": {"acute-trust": {}, "gp-surgery": {}}}, "two organisations"),
        ({"organization": []}, "organization"),
        ({"organization": [["gp-surgery"]]}, "organization"),
        ({"azp": None, "client_id": "another"}, "client_id"),
        ({"typ": "ID"}, "not an access token"),
        ({"typ": "Refresh"}, "not an access token"),
        ({"nonce": "n"}, "ID token"),
    ],
)
def test_a_token_of_keycloak_that_is_amiss_is_refused(changes: dict[str, Any], part: str) -> None:
    claims = {name: value for name, value in {**NURSE, **changes}.items() if value is not None}
    with pytest.raises(Unauthenticated) as no:
        caller(claims)
    assert part in str(no.value)
    assert str(no.value).endswith(".")


def test_an_organisation_written_as_a_member_is_that_one() -> None:
    assert caller({**NURSE, "organization": {"acute-trust": {}}}).organization == "acute-trust"


def test_a_claim_of_ours_gives_no_role_at_keycloak() -> None:
    claims = {**NURSE, "role": "admin"}
    assert caller(claims).role is Role.PRACTITIONER


@pytest.mark.parametrize("rules", [NhsLogin(), Cis2()])
def test_no_token_of_an_issuer_that_signs_people_in_counts_here(rules: Rules) -> None:
    check = Verifier([issuer(rules, audience=None)], lambda: NOW)
    for claims in (CLAIMS, with_claims(aud=None), with_claims(aud=[None])):
        with pytest.raises(Unauthenticated, match="signs people in at /sign-in"):
            check.verify(bearer(claims, {**HEADER, "typ": "JWT"}))


def test_an_issuer_of_ours_signs_people_in_by_our_names_with_the_usual_scopes() -> None:
    id_token: dict[str, object] = {
        "role": "person",
        "patient": "7",
        "scope": "system/*.cruds",
        "sub": "s",
    }
    said = claim_reading.of_sign_in(Ours(), id_token, {}, ISSUER)
    assert said == {"role": "person", "patient": "7", "scope": "patient/*.cruds"}


def test_what_is_signed_wins_over_userinfo() -> None:
    said = claim_reading.of_sign_in(Ours(), {"role": "person"}, {"role": "admin"}, ISSUER)
    assert said["role"] == "person"


def test_a_gp_connect_token_without_a_signature_is_refused() -> None:
    made = {
        "iss": ISSUER,
        "sub": "1",
        "aud": AUDIENCE,
        "exp": NOW + 300,
        "iat": NOW,
        "reason_for_request": "directcare",
        "requested_record": {"resourceType": "Patient"},
        "requested_scope": "patient/*.read",
        "requesting_practitioner": {"resourceType": "Practitioner"},
    }
    signed = bearer(made, {"alg": "none", "typ": "JWT", "kid": "ec-1"})
    for token in (signed, signed.rpartition(b".")[0] + b"."):
        with pytest.raises(Unauthenticated):
            Verifier([issuer(RULES)], lambda: NOW).verify(token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_NAMES = (
    "role",
    "realm_access",
    "organization",
    "patient",
    "vot",
    "vtm",
    "nhs_number",
    "birthdate",
    "nhsid_nrbac_roles",
    "selected_roleid",
    "idassurancelevel",
    "authentication_assurance_level",
    "org_code",
    "person_roleid",
    "name",
    "given_name",
    "identity_proofing_level",
    "display_name",
)
_CLAIMS = st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=8)


@given(_CLAIMS, _CLAIMS, st.sampled_from([Ours(), RULES, NhsLogin(), Cis2()]))
def test_whatever_is_said_is_read_or_refused(
    id_token: dict[str, Any], userinfo: dict[str, Any], rules: Rules
) -> None:
    try:
        said = claim_reading.of_sign_in(rules, id_token, userinfo, ISSUER)
    except (Unauthenticated, Forbidden):
        return
    if isinstance(rules, NhsLogin):
        assert said["role"] == "person"
    if isinstance(rules, Cis2):
        assert said["role"] == "practitioner"


@given(st.permutations(["500", "501", "502"]), st.sampled_from(["500", "501", "502", "503", None]))
def test_the_order_of_the_roles_never_matters(order: list[str], chosen: str | None) -> None:
    roles = [{"person_roleid": one, "org_code": f"ORG{one}"} for one in order]
    userinfo: dict[str, object] = {"nhsid_nrbac_roles": roles, "idassurancelevel": "3"}
    if chosen is not None:
        userinfo["selected_roleid"] = chosen
    try:
        said = claim_reading.of_sign_in(Cis2(), {}, json.loads(json.dumps(userinfo)), ISSUER)
    except (Unauthenticated, Forbidden):
        assert chosen in ("503", None)
        return
    assert said["organization_code"] == f"ORG{chosen}"


def test_a_role_of_cis2_that_is_there_twice_is_none() -> None:
    twice = [{"person_roleid": "1", "org_code": code} for code in ("A", "B")]
    userinfo: dict[str, object] = {"nhsid_nrbac_roles": twice, "idassurancelevel": "3"}
    userinfo["selected_roleid"] = "1"
    with pytest.raises(Unauthenticated, match="not one of yours"):
        claim_reading.of_sign_in(Cis2(), {}, userinfo, ISSUER)


EVERYTHING_OF_OURS: dict[str, object] = {
    "role": "supporter",
    "organization": "gp-surgery",
    "patient": "7",
    "related_person": "r",
    "name": "Zoë Nańcarrow",
    "purpose_of_use": "TREAT",
}


def test_each_claim_of_ours_is_read_at_a_sign_in_and_no_other() -> None:
    claims = {**EVERYTHING_OF_OURS, "client_id": "x", "sub": "s", "exp": 1}
    said = claim_reading.of_sign_in(Ours(), claims, {}, ISSUER)
    assert said == {**EVERYTHING_OF_OURS, "scope": "patient/*.cruds"}


def test_keycloak_signs_people_in_by_its_own_names() -> None:
    claims: dict[str, object] = {"realm_access": {"roles": ["helper"]}, "who": "7", "helps": "r"}
    rules = Keycloak(roles=ROLES, patient="who", related_person="helps")
    said = claim_reading.of_sign_in(rules, claims, {"name": "Bessie"}, ISSUER)
    assert (said["role"], said["patient"], said["related_person"]) == ("supporter", "7", "r")
    assert (said["name"], said["scope"]) == ("Bessie", "patient/*.cruds")


def told(claims: dict[str, Any]) -> str:
    with pytest.raises(Unauthenticated) as no:
        caller(claims)
    return str(no.value)


def test_a_refusal_of_keycloaks_claims_can_be_read_out() -> None:
    assert told({**NURSE, "organization": ["a", "b"]}) == (
        "The token names two organisations; choose one when you sign in."
    )
    assert told({**NURSE, "realm_access": {"roles": ["nurse", "citizen"]}}) == (
        "The token says that you have two roles here; whoever gives out roles must leave you one."
    )
    assert told({**NURSE, "typ": "Offline"}) == (
        "This token is not an access token. Send the access token."
    )
