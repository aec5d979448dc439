from typing import Any

import pytest

from app.access.caller import Caller, Role
from app.access.changes import check_change, check_deletion
from app.errors import Forbidden
from app.fhir.labels import CONFIDENTIALITY, OURS, labels_of
from app.what_matters.supporter import Standing, reasons, with_standing
from tests.access.callers import caller

BASE = "https://record.example/fhir"
OWN = "Organization/gp-surgery"

Json = dict[str, Any]

SYSTEM = caller(Role.SYSTEM)
PRACTITIONER = caller(Role.PRACTITIONER)
PERSON = caller(Role.PERSON, person="7")
SUPPORTER = caller(Role.SUPPORTER, person="7")
ADMIN = caller(Role.ADMIN)
EVERYONE = (SYSTEM, PRACTITIONER, PERSON, SUPPORTER, ADMIN)

SYSTEM_BY_LABEL = {
    "R": CONFIDENTIALITY,
    "just-us": OURS,
    "hidden-from-supporters": OURS,
    "hidden-from-the-person": OURS,
}
PERSONS_OWN = ("R", "just-us", "hidden-from-supporters")


def goal(*labels: str) -> Json:
    marks = [{"system": SYSTEM_BY_LABEL[code], "code": code} for code in labels]
    return {"resourceType": "Goal", "meta": {"security": marks}}


def refusal(who: Caller, before: Json, after: Json, author: str = OWN) -> str:
    """Why the change may not be made; "" when it may."""
    try:
        labels = int(labels_of(before))
        check_change(who, before, after, author=author, labels=labels, fhir_base=BASE)
    except Forbidden as no:
        return str(no)
    return ""


def refusal_to_delete(who: Caller, before: Json, author: str = OWN) -> str:
    try:
        check_deletion(who, before, author=author, fhir_base=BASE)
    except Forbidden as no:
        return str(no)
    return ""


CANNOT_PUT = "Your token cannot put this label in meta.security. Leave it as it was."
CANNOT_TAKE = (
    "Your token cannot take this label out of meta.security: who put it there, or the "
    "person, can. Send the labels as they are stored."
)
THE_PERSONS_OWN = (
    "A yes to your own organisation, and taking back a no, is the person's to say: by their own "
    "sign-in, or through another organisation."
)
CANNOT_IDENTIFY = (
    "A person's token cannot change the identifiers by which organisations know them, "
    "such as the NHS number. Send these as they are, or ask an organisation to change them."
)


@pytest.mark.parametrize("label", SYSTEM_BY_LABEL)
@pytest.mark.parametrize("who", EVERYONE, ids=lambda who: who.role)
def test_who_may_put_on_which_label(who: Caller, label: str) -> None:
    may = who.role is not Role.SUPPORTER and (who.role is not Role.PERSON or label in PERSONS_OWN)
    for author in (OWN, "Organization/other"):
        assert refusal(who, goal(), goal(label), author) == ("" if may else CANNOT_PUT)


@pytest.mark.parametrize("label", SYSTEM_BY_LABEL)
def test_an_organisation_hides_from_the_person_nothing_that_they_wrote(label: str) -> None:
    told = refusal(SYSTEM, goal(), goal(label), "Patient/7")
    assert told == ("" if label in PERSONS_OWN else CANNOT_PUT)


@pytest.mark.parametrize("author", [OWN, "Organization/other", "RelatedPerson/bessie"])
@pytest.mark.parametrize("label", SYSTEM_BY_LABEL)
@pytest.mark.parametrize("who", EVERYONE, ids=lambda who: who.role)
def test_who_may_take_off_which_label(who: Caller, label: str, author: str) -> None:
    may = {
        Role.ADMIN: True,
        Role.PERSON: label in PERSONS_OWN,
        Role.SUPPORTER: False,
    }.get(who.role, author == OWN)
    assert refusal(who, goal(label), goal(), author) == ("" if may else CANNOT_TAKE)


@pytest.mark.parametrize("who", EVERYONE, ids=lambda who: who.role)
def test_labels_that_stay_as_they_are_are_no_change_to_anybody(who: Caller) -> None:
    labels = (*SYSTEM_BY_LABEL,)
    assert refusal(who, goal(*labels), goal(*reversed(labels)), "Organization/other") == ""


def test_one_label_changed_for_another_is_one_put_on_and_one_taken_off() -> None:
    before, after = goal("R"), goal("just-us")
    assert refusal(SYSTEM, before, after, "Organization/other") == CANNOT_TAKE
    assert refusal(SYSTEM, before, after) == ""


def test_what_is_new_may_bear_the_labels_its_writer_may_put_on() -> None:
    assert refusal(PERSON, {}, goal("R", "just-us"), "Patient/7") == ""
    assert refusal(PERSON, {}, goal("hidden-from-the-person"), "Patient/7") == CANNOT_PUT


NUMBER = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]


def patient(identifier: Any) -> Json:
    return {"resourceType": "Patient", **({"identifier": identifier} if identifier else {})}


@pytest.mark.parametrize(("before", "after"), [(None, NUMBER), (NUMBER, None), (NUMBER, [])])
def test_a_person_does_not_change_the_identifiers_they_are_known_by(
    before: Any, after: Any
) -> None:
    assert refusal(PERSON, patient(before), patient(after)) == CANNOT_IDENTIFY


@pytest.mark.parametrize("who", [SYSTEM, PRACTITIONER, ADMIN], ids=lambda who: who.role)
def test_an_organisation_may_change_the_identifiers_of_a_person(who: Caller) -> None:
    assert refusal(who, patient(None), patient(NUMBER)) == ""


def test_a_person_may_change_the_rest_of_who_they_are() -> None:
    assert refusal(PERSON, patient(NUMBER), {**patient(NUMBER), "active": True}) == ""


def test_a_person_may_change_the_identifiers_of_what_is_not_who_they_are() -> None:
    assert refusal(PERSON, goal(), {**goal(), "identifier": NUMBER}, "Patient/7") == ""


def choice(kind: str, actor: str = "Organization/other", status: str = "active") -> Json:
    return {
        "resourceType": "Consent",
        "status": status,
        "patient": {"reference": "Patient/7"},
        "provision": {"type": kind, "actor": [{"reference": {"reference": actor}}]},
    }


BY_ORGANISATION = pytest.mark.parametrize(
    "who", [SYSTEM, PRACTITIONER], ids=lambda who: str(who.role)
)
BY_OTHERS = pytest.mark.parametrize(
    "who", [PERSON, SUPPORTER, ADMIN], ids=lambda who: str(who.role)
)
STATUSES = pytest.mark.parametrize("status", ["active", "proposed", "inactive"])


@STATUSES
@pytest.mark.parametrize("actor", [OWN, f"{BASE}/{OWN}", "CareTeam/t"])
@BY_ORGANISATION
def test_an_organisation_writes_no_yes_to_itself_nor_to_the_team(
    who: Caller, actor: str, status: str
) -> None:
    yes = choice("permit", actor, status)
    assert refusal(who, {}, yes) == THE_PERSONS_OWN
    assert refusal(who, choice("permit"), yes) == THE_PERSONS_OWN


@BY_ORGANISATION
def test_an_organisation_writes_down_a_yes_to_another_and_a_no_to_anybody(who: Caller) -> None:
    assert refusal(who, {}, choice("permit")) == ""
    assert refusal(who, {}, choice("permit", "RelatedPerson/r")) == ""
    assert refusal(who, {}, choice("deny", OWN)) == ""
    assert refusal(who, {}, choice("deny", "CareTeam/t")) == ""


def test_a_yes_to_oneself_among_others_is_still_one() -> None:
    yes = choice("permit")
    yes["provision"]["actor"].append({"reference": {"reference": OWN}})
    assert refusal(SYSTEM, {}, yes) == THE_PERSONS_OWN


@STATUSES
@BY_ORGANISATION
def test_an_organisation_takes_back_no_no(who: Caller, status: str) -> None:
    no = choice("deny", status=status)
    assert refusal(who, no, {**no, "status": "inactive"}) == THE_PERSONS_OWN
    assert refusal_to_delete(who, no) == THE_PERSONS_OWN


@BY_ORGANISATION
def test_a_no_that_names_by_this_records_address_is_not_deleted_either(who: Caller) -> None:
    assert refusal_to_delete(who, choice("deny", f"{BASE}/{OWN}")) == THE_PERSONS_OWN


@BY_ORGANISATION
def test_an_organisation_may_take_back_a_yes(who: Caller) -> None:
    yes = choice("permit", OWN)
    assert refusal_to_delete(who, yes) == ""
    assert refusal(who, yes, choice("deny", OWN)) == ""


@BY_OTHERS
def test_the_person_and_who_stands_in_for_them_say_what_they_choose(who: Caller) -> None:
    assert refusal(who, choice("deny"), choice("permit", OWN)) == ""
    assert refusal_to_delete(who, choice("deny")) == ""


@BY_ORGANISATION
def test_what_is_no_choice_is_deleted_freely(who: Caller) -> None:
    assert refusal_to_delete(who, {**choice("deny"), "resourceType": "Goal"}) == ""
    assert refusal_to_delete(who, {}) == ""


@BY_ORGANISATION
def test_what_is_no_choice_is_not_read_as_one(who: Caller) -> None:
    assert refusal(who, {}, {**choice("permit", OWN), "resourceType": "Goal"}) == ""


def helper(state: str, reason: str) -> Json:
    return with_standing({"resourceType": "RelatedPerson"}, Standing(state, reason))


@pytest.mark.parametrize("who", EVERYONE)
def test_only_whoever_was_invited_answers_and_only_an_organisation_says_it_was_looked_at(
    who: Caller,
) -> None:
    before = helper("invited", "invited-by-person")
    for code, reason in reasons().items():
        after = helper(min(reason.leads_to), code)
        is_refused = bool(refusal(who, before, after))
        by_nobody_else = reason.given_by == "invited" and who is not ADMIN
        not_theirs = reason.given_by == "organisation" and who in (PERSON, SUPPORTER)
        assert is_refused is (by_nobody_else or not_theirs), code
        assert not refusal(who, after, after), "what stays as it was is no change"


ORGANIZATION = {"resourceType": "Organization", "id": "acute-trust", "name": "Acute Trust"}
NOT_YOURS = (
    "What is said of an organisation is changed by that organisation, by who first wrote it "
    "here, or by an administrator."
)


@pytest.mark.parametrize(
    ("who", "id", "author", "may"),
    [
        (SYSTEM, "acute-trust", "Organization/other", False),
        (SYSTEM, "gp-surgery", "Organization/other", True),
        (SYSTEM, "acute-trust", OWN, True),
        (SYSTEM, None, "Organization/other", False),
        (PRACTITIONER, "acute-trust", "Organization/other", False),
        (PRACTITIONER, "acute-trust", OWN, True),
        (PERSON, "acute-trust", OWN, False),
        (ADMIN, "acute-trust", "Organization/other", True),
    ],
)
def test_an_organisation_is_changed_and_deleted_by_itself_and_by_who_wrote_it(
    who: Caller, id: str | None, author: str, may: bool
) -> None:
    before = {**ORGANIZATION, "id": id}
    told = "" if may else NOT_YOURS
    assert refusal(who, before, {**before, "name": "Another"}, author) == told
    assert refusal_to_delete(who, before, author) == told
    assert refusal(who, {}, before, author) == "", "a new one is anybody's to write"
    elsewhere = {**before, "resourceType": "Location"}
    assert refusal(who, elsewhere, elsewhere, author) == ""
    assert refusal_to_delete(who, elsewhere, author) == ""


def test_a_supporter_who_may_not_say_so_is_told_who_may() -> None:
    before = helper("invited", "invited-by-person")
    accepted = next(code for code, one in reasons().items() if one.given_by == "invited")
    agreed = next(code for code, one in reasons().items() if one.given_by == "organisation")
    assert refusal(PERSON, before, helper("active", accepted)) == (
        "Whether an invitation is accepted is said by whoever was invited, with their own sign-in "
        "and the code: RelatedPerson/$accept-invitation, or $decline-invitation."
    )
    assert refusal(PERSON, before, helper("active", agreed)) == (
        "This reason is given by an organisation on the person's team. Speak to one of them, and "
        "it can be looked at."
    )
