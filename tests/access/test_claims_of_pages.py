"""What NHS login and NHS CIS2 must say at a sign-in, claim by claim, and what is told of what is
amiss."""

from typing import Any

import pytest

from app.access import claim_reading
from app.access.claim_rules import Cis2, NhsLogin
from app.errors import Forbidden, Unauthenticated

ISSUER = "https://login.example"
ID_TOKEN: dict[str, Any] = {"vot": "P9.Cp.Cd", "vtm": f"{ISSUER}/trustmark/a"}
USERINFO: dict[str, Any] = {
    "nhs_number": "9990000018",
    "birthdate": "1950-02-03",
    "given_name": "Jenna",
    "family_name": "Trescothick",
    "identity_proofing_level": "P9",
}
NOT_P9 = (
    "Your NHS login has not proven who you are to the highest level (P9). Prove your identity "
    "there, with a photo of a document, then sign in again."
)
NO_NUMBER = (
    "NHS login did not tell your NHS number and date of birth, so your record cannot be found. "
    "Sign in again, and agree that they are shared."
)
NO_MARK = "The sign-in has no trust mark (vtm) of NHS login."
NO_VECTOR = "The sign-in does not say how sure NHS login is of you (vot)."


def changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`...` leaves a claim out."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not ...}


def by_nhs_login(
    id_token: dict[str, Any] | None = None, userinfo: dict[str, Any] | None = None
) -> dict[str, object]:
    """What is said, with these changes to what each of the two says."""
    return claim_reading.of_sign_in(
        NhsLogin(scopes="patient/Goal.rs"),
        changed(ID_TOKEN, id_token or {}),
        changed(USERINFO, userinfo or {}),
        ISSUER,
    )


SAID: dict[str, object] = {
    "role": "person",
    "nhs_number": "9990000018",
    "birthdate": "1950-02-03",
    "name": "Jenna Trescothick",
    "scope": "patient/Goal.rs",
}


@pytest.mark.parametrize("vector", ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
def test_a_person_proven_to_p9_is_let_in_by_number_and_date_of_birth(vector: str) -> None:
    assert by_nhs_login({"vot": vector}) == SAID
    assert by_nhs_login({"vot": vector}, {"identity_proofing_level": ...}) == SAID


@pytest.mark.parametrize(
    ("userinfo", "name"),
    [
        ({"given_name": ...}, "Trescothick"),
        ({"family_name": ...}, "Jenna"),
        ({"given_name": "", "family_name": "Trescothick"}, "Trescothick"),
        ({"given_name": 1}, "Trescothick"),
        ({"given_name": ..., "family_name": ...}, None),
    ],
)
def test_a_person_is_called_what_nhs_login_calls_them(
    userinfo: dict[str, Any], name: str | None
) -> None:
    assert by_nhs_login(userinfo=userinfo).get("name") == name


@pytest.mark.parametrize("also", [{}, {"nhs_number": "9990000018", "birthdate": "1950-02-03"}])
def test_the_id_token_may_say_the_number_and_the_date_too(also: dict[str, Any]) -> None:
    assert by_nhs_login(also) == SAID


@pytest.mark.parametrize(
    ("id_token", "userinfo", "refusal", "told"),
    [
        ({"vtm": ...}, {}, Unauthenticated, NO_MARK),
        ({"vtm": 1}, {}, Unauthenticated, NO_MARK),
        ({"vtm": "https://other.example/trustmark/a"}, {}, Unauthenticated, NO_MARK),
        ({"vtm": f"{ISSUER}.other/trustmark/a"}, {}, Unauthenticated, NO_MARK),
        ({"vot": ...}, {}, Unauthenticated, NO_VECTOR),
        ({"vot": 9}, {}, Unauthenticated, NO_VECTOR),
        ({"vot": "P5.Cp.Cd"}, {}, Forbidden, NOT_P9),
        ({"vot": "P9.Cp"}, {}, Forbidden, NOT_P9),
        ({}, {"identity_proofing_level": "P5"}, Forbidden, NOT_P9),
        ({"vot": "P5.Cp.Cd"}, {"identity_proofing_level": "P5"}, Forbidden, NOT_P9),
        ({}, {"nhs_number": ...}, Forbidden, NO_NUMBER),
        ({"nhs_number": "9990000018"}, {"nhs_number": ...}, Forbidden, NO_NUMBER),
        ({}, {"birthdate": ...}, Forbidden, NO_NUMBER),
    ],
)
def test_a_person_who_is_not_proven_is_told_why(
    id_token: dict[str, Any], userinfo: dict[str, Any], refusal: type[Exception], told: str
) -> None:
    with pytest.raises(refusal) as no:
        by_nhs_login(id_token, userinfo)
    assert str(no.value) == told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nhs_number", 9990000018),
        ("nhs_number", "999000001"),
        ("nhs_number", "99900000180"),
        ("birthdate", "1950"),
        ("birthdate", "9990000018"),
        ("birthdate", ["1950-02-03"]),
    ],
)
def test_a_number_or_date_out_of_form_is_told_by_its_name(name: str, value: object) -> None:
    with pytest.raises(Unauthenticated) as no:
        by_nhs_login(userinfo={name: value})
    assert str(no.value) == f"What NHS login says in {name} is not in order."


@pytest.mark.parametrize(
    ("name", "value"), [("nhs_number", "9990000026"), ("birthdate", "1950-02-04")]
)
def test_two_numbers_or_dates_are_told_by_their_name(name: str, value: str) -> None:
    with pytest.raises(Unauthenticated) as no:
        by_nhs_login({name: value})
    assert str(no.value) == f"NHS login says two things in {name}."


SURGERY = {"person_roleid": "1", "org_code": "GP1"}
TRUST = {"person_roleid": "2", "org_code": "TR2"}
STAFF: dict[str, Any] = {
    "idassurancelevel": "3",
    "nhsid_nrbac_roles": [SURGERY, TRUST],
    "selected_roleid": "2",
    "display_name": "Dr Penrose",
}
WEAK = (
    "You signed in with less than a smartcard or its equal (assurance level 3). Sign in again "
    "with yours."
)
NO_ROLES = "CIS2 does not say which roles you have (nhsid_nrbac_roles)."
CHOOSE = "You have several roles, or none. Choose one when you sign in."
NOT_YOURS = "The role that was chosen is not one of yours (selected_roleid)."
NOWHERE = "The role that CIS2 names has no organisation (org_code)."


def by_cis2(
    userinfo: dict[str, Any] | None = None, id_token: dict[str, Any] | None = None
) -> dict[str, object]:
    """What is said, with these changes to the userinfo."""
    rules = Cis2(scopes="user/Goal.rs")
    return claim_reading.of_sign_in(rules, id_token or {}, changed(STAFF, userinfo or {}), ISSUER)


def test_staff_work_for_the_organisation_of_the_role_they_chose() -> None:
    assert by_cis2() == {
        "role": "practitioner",
        "organization_code": "TR2",
        "name": "Dr Penrose",
        "scope": "user/Goal.rs",
    }
    assert by_cis2({"selected_roleid": "1"})["organization_code"] == "GP1"


def test_who_has_one_role_need_not_choose() -> None:
    said = by_cis2({"selected_roleid": ..., "nhsid_nrbac_roles": [SURGERY]})
    assert said["organization_code"] == "GP1"


@pytest.mark.parametrize(
    ("userinfo", "name"),
    [
        ({"name": "Another"}, "Dr Penrose"),
        ({"display_name": ..., "name": "Another"}, "Another"),
        ({"display_name": "", "name": "Another"}, "Another"),
        ({"display_name": 1, "name": "Another"}, "Another"),
        ({"display_name": ...}, None),
    ],
)
def test_staff_are_called_what_cis2_shows(userinfo: dict[str, Any], name: str | None) -> None:
    assert by_cis2(userinfo).get("name") == name


@pytest.mark.parametrize(
    "level", ["authentication_assurance_level", "idassurancelevel", "id_assurance_level"]
)
def test_every_level_that_is_told_must_be_the_highest(level: str) -> None:
    said = by_cis2({"idassurancelevel": ..., level: 3})
    assert said["organization_code"] == "TR2"
    assert by_cis2({"idassurancelevel": ...}, {level: "3"}) == by_cis2()
    for weak in ("2", 2, None, ""):
        with pytest.raises(Forbidden):
            by_cis2({level: weak})
        with pytest.raises(Forbidden):
            by_cis2({}, {level: weak})


@pytest.mark.parametrize(
    ("userinfo", "refusal", "told"),
    [
        ({"idassurancelevel": ...}, Forbidden, WEAK),
        ({"idassurancelevel": "2"}, Forbidden, WEAK),
        ({"nhsid_nrbac_roles": ...}, Unauthenticated, NO_ROLES),
        ({"nhsid_nrbac_roles": {}}, Unauthenticated, NO_ROLES),
        ({"nhsid_nrbac_roles": [SURGERY, "2"]}, Unauthenticated, NO_ROLES),
        ({"selected_roleid": ...}, Forbidden, CHOOSE),
        ({"selected_roleid": ..., "nhsid_nrbac_roles": []}, Forbidden, CHOOSE),
        ({"selected_roleid": "3"}, Unauthenticated, NOT_YOURS),
        ({"selected_roleid": ["2"]}, Unauthenticated, NOT_YOURS),
        (
            {"selected_roleid": 2, "nhsid_nrbac_roles": [{**TRUST, "person_roleid": 2}]},
            Unauthenticated,
            NOT_YOURS,
        ),
        ({"nhsid_nrbac_roles": [TRUST, TRUST]}, Unauthenticated, NOT_YOURS),
        ({"nhsid_nrbac_roles": [{"person_roleid": "2"}]}, Unauthenticated, NOWHERE),
        ({"nhsid_nrbac_roles": [{**TRUST, "org_code": ""}]}, Unauthenticated, NOWHERE),
        ({"nhsid_nrbac_roles": [{**TRUST, "org_code": 2}]}, Unauthenticated, NOWHERE),
    ],
)
def test_staff_who_may_not_come_in_are_told_why(
    userinfo: dict[str, Any], refusal: type[Exception], told: str
) -> None:
    with pytest.raises(refusal) as no:
        by_cis2(userinfo)
    assert str(no.value) == told
