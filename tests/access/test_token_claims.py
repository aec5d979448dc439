"""What the claims of a proven token make of its caller."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from app.access.caller import Caller, Role
from app.access.decision import people
from app.access.issuers import Issuer, keys
from app.access.token_check import Verifier
from app.errors import Unauthenticated
from tests.access.tokens import (
    AUDIENCE,
    CLAIMS,
    ISSUER,
    NOW,
    TRUSTED,
    bearer,
    with_claims,
    with_header,
)

PERSON = with_claims(role="person", organization=None, patient="7")
SUPPORTER = with_claims(role="supporter", organization=None, patient="7", related_person="r")


def caller(claims: dict[str, Any]) -> Caller:
    return Verifier((TRUSTED,), lambda: NOW).verify(bearer(claims))


def told(claims: dict[str, Any]) -> str:
    with pytest.raises(Unauthenticated) as no:
        caller(claims)
    return str(no.value)


def amiss(name: str) -> str:
    return f"The token's claim {name} is missing or not in order."


def test_a_supporter_acts_as_their_related_person_for_one_patient() -> None:
    who = caller(SUPPORTER)
    assert (who.role, who.agent, who.supporter) == (Role.SUPPORTER, "RelatedPerson/r", "r")
    assert (who.person, who.organization) == ("7", None)


def test_a_supporter_acts_for_no_organisation_that_their_token_names() -> None:
    assert caller({**SUPPORTER, "organization": "gp-surgery"}).organization is None
    assert caller({**PERSON, "organization": "gp-surgery"}).organization is None


def test_only_a_supporter_is_somebodys_related_person() -> None:
    assert caller({**PERSON, "related_person": "r"}).supporter is None
    assert caller({**CLAIMS, "related_person": "r"}).supporter is None


def test_a_supporter_whose_token_says_who_they_are_says_of_whom() -> None:
    assert told({one: v for one, v in SUPPORTER.items() if one != "patient"}) == amiss("patient")


@pytest.mark.parametrize("left_out", [{"related_person"}, {"related_person", "patient"}])
def test_a_supporter_whose_token_does_not_say_who_they_are_is_nobody_yet(
    left_out: set[str],
) -> None:
    nobody = caller({one: value for one, value in SUPPORTER.items() if one not in left_out})
    assert (nobody.role, nobody.supporter, nobody.agent) == (Role.SUPPORTER, None, "")
    assert people(nobody) == ()


def test_no_token_is_the_record_itself() -> None:
    assert told({**CLAIMS, "role": "service"}) == amiss("role")


@pytest.mark.parametrize("value", ["", "a/b", 7, None])
def test_a_related_person_that_is_no_id_is_refused(value: object) -> None:
    assert told({**SUPPORTER, "related_person": value}) == amiss("related_person")


def test_who_acts_for_an_organisation_is_told_when_none_is_named() -> None:
    assert told(with_claims(organization=None)) == amiss("organization")


def test_a_role_that_there_is_not_is_told_of_by_its_claim() -> None:
    assert told(with_claims(role="superuser")) == amiss("role")


def test_a_name_and_a_use_are_taken_over_where_they_are_said() -> None:
    who = caller(with_claims(name="Zoë Nańcarrow", purpose_of_use="TREAT"))
    assert (who.name, who.purpose) == ("Zoë Nańcarrow", "TREAT")
    silent = caller(CLAIMS)
    assert (silent.name, silent.purpose) == (None, None)


@pytest.mark.parametrize("use", ["", "treat", "TREAT HRESCH", "A" * 21, 1])
def test_a_use_that_is_no_code_is_refused(use: object) -> None:
    assert told({**CLAIMS, "purpose_of_use": use}) == amiss("purpose_of_use")


def test_a_name_that_cannot_be_printed_is_refused() -> None:
    assert told(with_claims(name="a\nb")) == amiss("name")


def test_a_token_of_another_type_is_told_so() -> None:
    with pytest.raises(Unauthenticated) as no:
        Verifier((TRUSTED,), lambda: NOW).verify(bearer(header=with_header(typ="JWT")))
    assert str(no.value) == "The token is not of the type this issuer's access tokens have."


def test_an_issuer_may_sign_with_any_algorithm_of_its_list() -> None:
    key = ECKey.generate_key("P-384", {"kid": "ec-1"})
    public = keys([dict(key.as_dict(private=False))])
    issuer = Issuer(ISSUER, AUDIENCE, frozenset(("ES384",)), public)
    token = bearer(CLAIMS, with_header(alg="ES384"), key, "ES384")
    assert Verifier((issuer,), lambda: NOW).verify(token).subject == "subject-1"


def test_when_somebody_signed_in_is_taken_over_where_it_is_said() -> None:
    assert caller({**CLAIMS, "auth_time": NOW - 30}).signed_in_at == NOW - 30
    assert caller(CLAIMS).signed_in_at is None


@pytest.mark.parametrize("told_as", ["now", -1, 1.5, None])
def test_a_time_of_signing_in_that_is_none_is_refused(told_as: object) -> None:
    assert told({**CLAIMS, "auth_time": told_as}) == amiss("auth_time")
