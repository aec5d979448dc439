"""People sign in at a provider that is not ours, all the way there and back."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.cli.person_untie import untie_person
from app.errors import NotFound
from app.settings import Settings
from tests.conftest import run_sql
from tests.endpoints.numbers import new_number, patient
from tests.endpoints.people_signing_in import (
    CIS2,
    KEYCLOAK,
    NHS_LOGIN,
    Browser,
    Providers,
    back,
)
from tests.endpoints.sharing import stored
from tests.papers import read

BORN = "1955-03-04"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def refusal(answer: httpx.Response, status: int) -> str:
    """The sentence of a page that says no, and that nobody is signed in by it."""
    assert answer.status_code == status, answer.text
    assert "wm-session=" not in str(answer.headers.get("set-cookie"))
    return answer.text.partition('role="alert">')[2].partition("</p>")[0]


def new_patient(surgery: httpx.Client, number: str, status: str = "01", born: str = BORN) -> str:
    return stored(surgery, patient(number, status, birthDate=born)).partition("/")[2]


# The round trip


def test_somebody_signs_in_reads_who_they_are_and_signs_out(
    made: Providers, browser: Browser
) -> None:
    made.nurse()
    landed = browser.sign_in(made.issuer(KEYCLOAK))
    assert (landed.status_code, landed.headers["location"]) == (303, "/sign-in/me"), landed.text
    me = browser.me().json()
    assert (me["name"], me["role"]) == ("Nurse Morwenna Bray", "practitioner")
    assert me["organization"] == "gp-surgery"
    out = browser.sign_out()
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert browser.me().status_code == 401


def test_the_page_of_who_is_signed_in_says_so_in_words(made: Providers, browser: Browser) -> None:
    made.nurse(id_token={"name": "Zoë <b>Bray</b>"})
    browser.sign_in(made.issuer(KEYCLOAK))
    page = browser.http.get("/sign-in/me", headers={"Accept": "text/html"})
    assert "You are signed in as Zoë &lt;b&gt;Bray&lt;/b&gt;." in page.text
    assert "as somebody who works there" in page.text
    assert "<button>Sign out</button>" in page.text


def test_the_page_of_choices_has_every_provider_and_keeps_where_to_go(browser: Browser) -> None:
    page = browser.http.get("/sign-in", params={"next": "/sign-in/me?a=1&b=2"}).text
    for label in ("keycloak", "nhs login", "cis2"):
        assert f"Sign in with {label}</a>" in page
    assert page.count("next=%2Fsign-in%2Fme%3Fa%3D1%26b%3D2") == 3
    assert '<html lang="en-GB">' in page
    assert "<script" not in page
    assert "<title>Sign in - What Matters</title>" in page


def test_one_is_led_to_where_one_wanted_to_go(made: Providers, browser: Browser) -> None:
    made.nurse()
    landed = browser.sign_in(made.issuer(KEYCLOAK), next="/sign-in/me?from=a-letter")
    assert landed.headers["location"] == "/sign-in/me?from=a-letter"


def test_a_provider_is_told_a_challenge_by_s256_and_never_the_verifier(
    made: Providers, browser: Browser
) -> None:
    asked = parse_qs(urlsplit(browser.start(made.issuer(NHS_LOGIN))).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert "code_verifier" not in asked
    assert asked["vtr"] == ['["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]']
    again = parse_qs(urlsplit(browser.start(made.issuer(NHS_LOGIN))).query)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]


def test_the_provider_refuses_a_code_without_the_challenge(
    made: Providers, browser: Browser
) -> None:
    made.nurse()
    location = browser.start(made.issuer(KEYCLOAK))
    for changed in ("code_challenge_method=plain", "x=y"):
        asked = httpx.get(location.replace("code_challenge_method=S256", changed))
        assert asked.status_code == 400


def test_the_sign_in_is_on_record(
    made: Providers, browser: Browser, as_client: Callable[..., httpx.Client]
) -> None:
    made.nurse(sub="nurse-on-record")
    browser.sign_in(made.issuer(KEYCLOAK))
    browser.sign_out()
    query = f"agent:identifier={made.issuer(KEYCLOAK)}|nurse-on-record"
    found = as_client("admin").get(f"/AuditEvent?{query}&_sort=date").json()["entry"]
    told = [one["resource"]["subtype"][1]["code"] for one in found]
    assert told == ["sign-in", "sign-out"]
    assert "code=" not in str(found)


# Keycloak


@pytest.mark.parametrize(
    ("claims", "status", "part"),
    [
        ({"realm_access": {"roles": ["nurse", "citizen"]}}, 401, "two roles"),
        ({"realm_access": {"roles": ["offline_access"]}}, 401, "no role"),
        ({"realm_access": None}, 401, "no role"),
        ({"realm_access": {"roles": ["program"]}}, 403, "A program does not sign in"),
        ({"organization": ["gp-surgery", "acute-trust"]}, 401, "two organisations"),
        ({"organization": ["nowhere"]}, 403, "not in this record"),
        ({"organization": None}, 403, "not in this record"),
        ({"realm_access": {"roles": ["citizen"]}}, 403, "no record here"),
        ({"realm_access": {"roles": ["citizen"]}, "patient": "nobody"}, 403, "no record here"),
        ({"name": "x" * 300}, 401, "name"),
    ],
)
def test_a_keycloak_that_does_not_say_who_one_is_here_is_refused(
    made: Providers, browser: Browser, claims: dict[str, Any], status: int, part: str
) -> None:
    made.nurse(id_token=claims)
    assert part in refusal(browser.sign_in(made.issuer(KEYCLOAK)), status)


def test_a_person_and_a_supporter_sign_in_for_the_record_that_keycloak_names(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    person = new_patient(surgery, new_number())
    claims = {"realm_access": {"roles": ["citizen"]}, "patient": person, "organization": None}
    made.nurse(id_token=claims)
    browser.sign_in(made.issuer(KEYCLOAK))
    assert (browser.me().json()["role"], browser.me().json()["person"]) == ("person", person)
    helper = {"realm_access": {"roles": ["helper"]}, "related_person": "bessie"}
    made.nurse(id_token={**claims, **helper})
    browser.sign_in(made.issuer(KEYCLOAK))
    assert browser.me().json()["role"] == "supporter"


def test_when_one_signed_in_is_what_was_signed_and_not_what_userinfo_says(
    made: Providers, browser: Browser
) -> None:
    made.nurse(id_token={"auth_time": None}, userinfo={"auth_time": 1_795_000_000})
    browser.sign_in(made.issuer(KEYCLOAK))
    assert browser.me().json()["signed_in_at"] is None


def test_staff_are_here_for_no_one_person_whatever_keycloak_says(
    made: Providers, browser: Browser
) -> None:
    made.nurse(id_token={"patient": "tamsin-pender"})
    browser.sign_in(made.issuer(KEYCLOAK))
    assert browser.me().json()["person"] is None


def test_a_number_that_anybody_but_nhs_login_tells_opens_no_record(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    """Whoever may edit their own profile would else be whomever they like."""
    number = new_number()
    new_patient(surgery, number)
    told = {"nhs_number": number, "birthdate": BORN}
    citizen = {"realm_access": {"roles": ["citizen"]}, "organization": None}
    for where in ({"id_token": {**citizen, **told}}, {"id_token": citizen, "userinfo": told}):
        made.nurse(**where)
        assert "no record here" in refusal(browser.sign_in(made.issuer(KEYCLOAK)), 403)


# NHS login


def test_a_person_proven_to_p9_is_found_by_number_and_date_of_birth(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    number = new_number()
    person = new_patient(surgery, number)
    made.patient(f"sub-{number}", number)
    assert browser.sign_in(made.issuer(NHS_LOGIN)).status_code == 303
    me = browser.me().json()
    assert (me["role"], me["person"], me["name"]) == ("person", person, "Tamsin Pender")
    assert number not in browser.me().text


def test_a_person_reads_in_their_own_log_that_they_signed_in(
    made: Providers,
    browser: Browser,
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
) -> None:
    number = new_number()
    person = new_patient(surgery, number)
    made.patient(f"sub-{number}", number)
    browser.sign_in(made.issuer(NHS_LOGIN))
    browser.sign_out()
    told = as_client(f"person:{person}").get(f"/Patient/{person}/$who-has-looked").text
    assert "You signed in on" in told
    assert "You signed out on" in told


def nhs(**changes: Any) -> dict[str, Any]:
    return changes


@pytest.mark.parametrize(
    ("changes", "status", "part"),
    [
        (nhs(id_token={"vot": "P0.Cp.Cd"}), 403, "highest level"),
        (nhs(id_token={"vot": "P5.Cp.Cd"}), 403, "highest level"),
        (nhs(id_token={"vot": "P9.Cp"}), 403, "highest level"),
        (nhs(userinfo={"identity_proofing_level": "P5"}), 403, "highest level"),
        (nhs(id_token={"vot": None}), 401, "vot"),
        (nhs(id_token={"vtm": None}), 401, "vtm"),
        (nhs(id_token={"vtm": "https://elsewhere.example/trustmark/x"}), 401, "vtm"),
        (nhs(userinfo={"sub": "somebody-else"}), 401, "somebody else"),
        (nhs(userinfo={"nhs_number": 9990000018}), 401, "nhs_number"),
        (nhs(userinfo={"nhs_number": "999 000 0018"}), 401, "nhs_number"),
        (nhs(userinfo={"nhs_number": None}), 403, "did not tell"),
        (nhs(userinfo={"birthdate": None}), 403, "did not tell"),
        (nhs(userinfo={"birthdate": "1955-03-05"}), 403, "no record here"),
        (nhs(id_token={"nhs_number": "9990000026"}), 401, "two things"),
        (nhs(jwt={"sign_alg": "RS256"}), 401, "another algorithm"),
        (nhs(header={"jku": "https://elsewhere.example/"}), 401, "jku"),
        (nhs(header={"x5u": "https://elsewhere.example/"}), 401, "jku"),
        (nhs(header={"x5c": ["MIIB"]}), 401, "jku"),
    ],
)
def test_what_nhs_login_must_not_say_lets_nobody_in(
    made: Providers,
    browser: Browser,
    surgery: httpx.Client,
    changes: dict[str, Any],
    status: int,
    part: str,
) -> None:
    number = new_number()
    new_patient(surgery, number)
    made.patient(f"sub-{number}", number, **changes)
    assert part in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), status)
    made.patient(f"sub-{number}", number)
    assert browser.sign_in(made.issuer(NHS_LOGIN)).status_code == 303


def test_a_number_that_nobody_verified_finds_nobody(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    number = new_number()
    new_patient(surgery, number, status="02")
    made.patient(f"sub-{number}", number)
    assert "no record here" in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), 403)


def test_two_who_are_verified_as_the_same_are_nobody(
    made: Providers, browser: Browser, surgery: httpx.Client, settings: Settings
) -> None:
    number = new_number()
    new_patient(surgery, number)
    other = new_patient(surgery, number, status="02")
    # The service refuses a second one; a database that was put together from two may hold it.
    with status_of(settings, other, "01"):
        made.patient(f"sub-{number}", number)
        assert "no record here" in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), 403)


@contextmanager
def status_of(settings: Settings, person: str, status: str) -> Iterator[None]:
    """For a while, in the database, their number has another status than 02."""
    sql = (
        "update resources set body = convert_to(replace(convert_from(body, 'UTF8'), '{0}', '{1}'),"
        " 'UTF8') where type = 'Patient' and id = '{2}'"
    )
    parts = ['"code":"02"', f'"code":"{status}"']
    run_sql(settings.database_url or "", sql.format(*parts, person))
    yield
    run_sql(settings.database_url or "", sql.format(*reversed(parts), person))


def test_an_account_is_tied_once_and_never_to_another_record(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    first, second = new_number(), new_number()
    person = new_patient(surgery, first)
    new_patient(surgery, second)
    made.patient("sub-of-one", first)
    browser.sign_in(made.issuer(NHS_LOGIN))
    made.patient("sub-of-one", second)
    assert "another NHS number" in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), 403)
    made.patient("sub-of-one", first)
    browser.sign_in(made.issuer(NHS_LOGIN))
    assert browser.me().json()["person"] == person


def test_a_record_has_one_account_and_an_e_mail_address_is_none(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    number = new_number()
    new_patient(surgery, number)
    mail = {"email": "tamsin@mail.example", "email_verified": True}
    made.patient("sub-old", number, userinfo=mail)
    browser.sign_in(made.issuer(NHS_LOGIN))
    made.patient("sub-new", number, userinfo=mail)
    assert "another sign-in" in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), 403)


def test_a_tied_account_whose_number_is_no_longer_verified_is_refused(
    made: Providers, browser: Browser, surgery: httpx.Client
) -> None:
    number = new_number()
    person = new_patient(surgery, number)
    made.patient(f"sub-{number}", number)
    browser.sign_in(made.issuer(NHS_LOGIN))
    changed = {**patient(number, "02", birthDate=BORN), "id": person}
    surgery.put(f"/Patient/{person}", json=changed).raise_for_status()
    assert "another NHS number" in refusal(browser.sign_in(made.issuer(NHS_LOGIN)), 403)


def test_a_record_that_was_let_go_of_takes_a_new_account(
    made: Providers,
    browser: Browser,
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
    settings: Settings,
) -> None:
    number = new_number()
    person = new_patient(surgery, number)
    made.patient("sub-before", number)
    browser.sign_in(made.issuer(NHS_LOGIN))
    untied = asyncio.run(untie_person(settings, person, "care-board"))
    assert untied == [made.issuer(NHS_LOGIN)]
    assert browser.me().status_code == 401
    made.patient("sub-after", number)
    assert browser.sign_in(made.issuer(NHS_LOGIN)).status_code == 303
    with pytest.raises(NotFound):
        asyncio.run(untie_person(settings, "nobody-at-all", "care-board"))
    asyncio.run(untie_person(settings, person, "care-board"))
    with pytest.raises(NotFound, match="No sign-in is tied"):
        asyncio.run(untie_person(settings, person, "care-board"))
    own = as_client(f"person:{person}")
    log = own.get(f"/AuditEvent?patient={person}&subtype=untie-sign-in").json()
    assert len(log["entry"]) == 2


# CIS2


@pytest.fixture(scope="module")
def codes(as_client: Callable[..., httpx.Client]) -> tuple[str, str]:
    """The ODS codes of two organisations."""
    made = ("RZW01", "RZW02")
    for code in made:
        body = {
            "resourceType": "Organization",
            "name": f"The trust {code}",
            "identifier": [{"system": ODS, "value": code}],
        }
        stored(as_client("admin"), body)
    return made


def role(code: str, id: str) -> dict[str, str]:
    return {
        "org_code": code,
        "person_orgid": f"1{id}",
        "person_roleid": id,
        "role_code": "S8000:G8000:R8001",
        "role_name": "Nurse Access Role",
    }


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("chosen", [0, 1])
def test_only_the_chosen_role_counts_in_whatever_order_they_come(
    made: Providers, browser: Browser, codes: tuple[str, str], chosen: int, turned: bool
) -> None:
    roles = [role(codes[0], "500"), role(codes[1], "501")]
    selected = roles[chosen]["person_roleid"]
    made.staff(roles[::-1] if turned else roles, userinfo={"selected_roleid": selected})
    assert browser.sign_in(made.issuer(CIS2)).status_code == 303
    me = browser.me().json()
    assert (me["role"], me["name"]) == ("practitioner", "Dr Loveday Penrose")
    assert me["organization_name"] == f"The trust {codes[chosen]}"


@pytest.mark.parametrize("turned", [False, True])
def test_two_roles_and_none_chosen_let_nobody_in(
    made: Providers, browser: Browser, codes: tuple[str, str], turned: bool
) -> None:
    roles = [role(codes[0], "500"), role(codes[1], "501")]
    made.staff(roles[::-1] if turned else roles)
    assert "Choose one" in refusal(browser.sign_in(made.issuer(CIS2)), 403)


@pytest.mark.parametrize(
    ("changes", "status", "part"),
    [
        ({"userinfo": {"selected_roleid": "999"}}, 401, "not one of yours"),
        ({"userinfo": {"selected_roleid": 500}}, 401, "not one of yours"),
        ({"userinfo": {"nhsid_nrbac_roles": None}}, 401, "which roles"),
        ({"userinfo": {"nhsid_nrbac_roles": []}}, 403, "several roles, or none"),
        ({"userinfo": {"idassurancelevel": "2"}}, 403, "assurance level 3"),
        ({"id_token": {"authentication_assurance_level": "2"}}, 403, "assurance level 3"),
        ({"userinfo": {"sub": "555000000002"}}, 401, "somebody else"),
    ],
)
def test_what_cis2_must_not_say_lets_nobody_in(
    made: Providers,
    browser: Browser,
    codes: tuple[str, str],
    changes: dict[str, Any],
    status: int,
    part: str,
) -> None:
    made.staff([role(codes[0], "500")], **changes)
    assert part in refusal(browser.sign_in(made.issuer(CIS2)), status)


def test_one_role_needs_no_choice_and_an_organisation_must_be_here_once(
    made: Providers, browser: Browser, codes: tuple[str, str], as_client: Callable[..., Any]
) -> None:
    made.staff([role(codes[0], "500")])
    assert browser.sign_in(made.issuer(CIS2)).status_code == 303
    made.staff([role("NOWHERE", "500")])
    assert "not in this record" in refusal(browser.sign_in(made.issuer(CIS2)), 403)
    twice = [{"system": ODS, "value": "RZW09"}]
    for _ in range(2):
        stored(as_client("admin"), {"resourceType": "Organization", "identifier": twice})
    made.staff([role("RZW09", "500")])
    assert "there twice" in refusal(browser.sign_in(made.issuer(CIS2)), 403)


def test_the_code_of_an_organisation_counts_from_cis2_alone(
    made: Providers, browser: Browser, codes: tuple[str, str]
) -> None:
    made.nurse(id_token={"organization": None, "organization_code": codes[0]})
    assert "not in this record" in refusal(browser.sign_in(made.issuer(KEYCLOAK)), 403)


# What comes back


def test_a_state_and_a_code_count_once(made: Providers, browser: Browser) -> None:
    made.nurse()
    attempt = browser.start(made.issuer(KEYCLOAK))
    kept = browser.http.cookies["wm-sign-in"]
    returned = back(attempt)
    assert browser.http.get(returned).status_code == 303
    browser.http.cookies.set("wm-sign-in", kept)
    assert "once before" in refusal(browser.http.get(returned), 400)


def test_a_code_of_another_sign_in_is_not_confirmed(made: Providers, browser: Browser) -> None:
    made.nurse()
    code = parse_qs(urlsplit(back(browser.start(made.issuer(KEYCLOAK)))).query)["code"][0]
    state = parse_qs(urlsplit(browser.start(made.issuer(KEYCLOAK))).query)["state"][0]
    answer = browser.http.get("/sign-in/return", params={"state": state, "code": code})
    assert "did not confirm" in refusal(answer, 401)


def test_what_was_begun_in_another_browser_does_not_come_back_here(
    made: Providers, browser: Browser, people: Any
) -> None:
    made.nurse()
    other = Browser(people)
    returned = back(other.start(made.issuer(KEYCLOAK)))
    other.http.close()
    assert "not begun in this browser" in refusal(browser.http.get(returned), 400)
    browser.start(made.issuer(KEYCLOAK))
    assert "not begun in this browser" in refusal(browser.http.get(returned), 400)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"id_token": {"nonce": "another"}}, "nonce"),
        ({"id_token": {"nonce": None}}, "nonce"),
        ({"stranger": True}, "not signed by the provider"),
        ({"jwt": {"iss": "{issuer}/"}}, "iss"),
        ({"jwt": {"iss": "https://login.example"}}, "iss"),
        ({"jwt": {"aud": ["another-service"]}}, "aud"),
        ({"jwt": {"aud": ["what-matters", "another-service"]}}, "azp"),
        ({"id_token": {"azp": "another-service"}}, "azp"),
        ({"jwt": {"lifetime": 7200}}, "too long"),
        ({"jwt": {"lifetime": -10}}, "expired"),
        ({"jwt": {"sign_alg": "RS384"}}, "another algorithm"),
        ({"jwt": {"sign_alg": "none"}}, "base64url"),
        ({"userinfo": {"sub": "somebody-else"}}, "somebody else"),
    ],
)
def test_an_id_token_that_is_amiss_lets_nobody_in(
    made: Providers, browser: Browser, wrong: dict[str, Any], part: str
) -> None:
    issuer = made.issuer(KEYCLOAK)
    if "iss" in wrong.get("jwt", {}):
        wrong = {"jwt": {"iss": wrong["jwt"]["iss"].format(issuer=issuer)}}
    made.nurse(**wrong)
    told = refusal(browser.sign_in(issuer), 401)
    assert part in told
    assert told.endswith(".")
    assert browser.me().status_code == 401


def test_another_place_that_answers_is_refused(made: Providers, browser: Browser) -> None:
    made.nurse()
    returned = back(browser.start(made.issuer(KEYCLOAK)))
    assert "&iss=" in returned
    other = returned.partition("&iss=")[0] + "&iss=https://elsewhere.example"
    assert "Another place" in refusal(browser.http.get(other), 401)


@pytest.mark.parametrize(
    ("error", "status", "part"),
    [
        ("access_denied", 403, "not finished"),
        ("login_required", 403, "not finished"),
        ("temporarily_unavailable", 503, "does not answer"),
        ("<script>", 403, "not finished"),
    ],
)
def test_a_sign_in_that_was_not_finished_is_told_in_our_own_words(
    made: Providers, browser: Browser, error: str, status: int, part: str
) -> None:
    made.nurse(error=error)
    answer = browser.sign_in(made.issuer(KEYCLOAK))
    assert part in refusal(answer, status)
    assert error not in answer.text


@pytest.mark.parametrize(
    ("answers", "status", "part"),
    [
        ({"token": [500, "{}"]}, 503, "does not answer"),
        ({"token": [302, ""]}, 503, "does not answer"),
        ({"token": [400, '{"error":"invalid_grant"}']}, 401, "did not confirm"),
        ({"token": [200, "<html>"]}, 401, "did not confirm"),
        ({"token": [200, "[]"]}, 401, "did not confirm"),
        ({"token": [200, '{"access_token":"a"}']}, 401, "did not confirm"),
        ({"token": [200, '{"access_token":"a","id_token":"a.b"}']}, 401, "three parts"),
        ({"token": [200, "{" + " " * 70_000 + "}"]}, 503, "does not answer"),
        ({"userinfo": [500, "{}"]}, 503, "does not answer"),
        ({"userinfo": [401, "{}"]}, 401, "did not confirm"),
        ({"userinfo": [200, '{"sub":"a","sub":"b"}']}, 401, "did not confirm"),
        ({"userinfo": [200, "eyJhbGciOiJub25lIn0.e30."]}, 401, "did not confirm"),
    ],
)
def test_a_provider_that_answers_oddly_lets_nobody_in(
    made: Providers, browser: Browser, answers: dict[str, Any], status: int, part: str
) -> None:
    made.nurse(answers=answers)
    assert part in refusal(browser.sign_in(made.issuer(KEYCLOAK)), status)


def test_of_two_that_come_back_at_once_with_one_state_one_is_let_in(
    made: Providers, browser: Browser
) -> None:
    made.nurse()
    base, returned = str(browser.http.base_url), back(browser.start(made.issuer(KEYCLOAK)))
    cookies = {"Cookie": f"wm-sign-in={browser.http.cookies['wm-sign-in']}"}
    assert returned.startswith(base)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: httpx.get(returned, headers=cookies), range(4))
        assert sorted(one.status_code for one in answers) == [303, 400, 400, 400]


def test_a_slash_too_many_is_another_issuer(made: Providers, browser: Browser) -> None:
    answer = browser.http.get("/sign-in/start", params={"iss": made.issuer(KEYCLOAK) + "/"})
    assert "Nobody signs in there" in refusal(answer, 404)


def test_a_fresh_sign_in_is_asked_for_and_looked_at(made: Providers, browser: Browser) -> None:
    issuer = made.issuer(KEYCLOAK)
    made.nurse()
    asked = parse_qs(urlsplit(browser.start(issuer, fresh="yes")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert browser.sign_in(issuer, fresh="yes").status_code == 303
    made.nurse(proven_ago=600)
    assert "did not ask you anew" in refusal(browser.sign_in(issuer, fresh="yes"), 401)
    assert browser.sign_in(issuer).status_code == 303


def test_the_packages_of_the_provider_are_locked_by_hashes_and_none_is_ours() -> None:
    lock = read("tests/endpoints/provider/requirements.lock")
    names = re.findall(r"^(\w\S*)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}\b", lock, re.MULTILINE)
    assert names == re.findall(r"^(\w\S*)==", lock, re.MULTILINE)
    assert "idpyoidc" in names
    ours = set(re.findall(r"^(\w\S*)==", read("requirements.lock"), re.MULTILINE))
    assert ours.isdisjoint(names)
