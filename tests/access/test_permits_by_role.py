"""Which rights, labels and people each role's permits are bound to, for every kind of act."""

from dataclasses import replace

import pytest

from app.access.acts import Act
from app.access.caller import Role
from app.access.decision import decide
from tests.access.callers import ABOUT_ONE_PERSON, caller, person, surgery

OWN = "Organization/gp-surgery"


@pytest.mark.parametrize(
    ("role", "party", "hidden"),
    [
        # 16 stands for what is set apart, which reviewers alone see.
        (Role.SYSTEM, OWN, 16),
        (Role.PRACTITIONER, OWN, 16),
        (Role.SUPPORTER, "RelatedPerson/bessie", 4 + 8 + 16),
        (Role.PERSON, None, 8 + 16),
        (Role.ANALYST, None, 16),
        (Role.PRIVACY_OFFICER, None, 0),
        (Role.ADMIN, None, 0),
    ],
)
def test_a_role_is_bound_to_the_rights_and_labels_of_its_policy(
    role: Role, party: str | None, hidden: int
) -> None:
    who = caller(role, person="7" if role in ABOUT_ONE_PERSON else None)
    permit = decide(who, Act.SEARCH_SYSTEM, None)
    assert (permit.party, permit.hidden, permit.purpose) == (party, hidden, "")


def test_a_permit_is_for_the_use_that_the_token_states() -> None:
    who = replace(surgery(), purpose="TREAT")
    assert decide(who, Act.READ, "Goal").purpose == "TREAT"


@pytest.mark.parametrize("role", ABOUT_ONE_PERSON)
@pytest.mark.parametrize(
    ("act", "type"),
    [
        (Act.READ, "Goal"),
        (Act.CREATE, "Goal"),
        (Act.UPDATE, "Goal"),
        (Act.PATCH, "Goal"),
        (Act.DELETE, "Goal"),
        (Act.VALIDATE, "Goal"),
        (Act.SEARCH_SYSTEM, None),
        (Act.EVERYTHING, None),
    ],
)
def test_a_token_about_one_person_reaches_no_other_by_any_act(
    role: Role, act: Act, type: str | None
) -> None:
    assert decide(caller(role, person="7"), act, type).people == ("7",)


def test_validation_may_show_what_the_caller_may_read() -> None:
    assert decide(surgery("system/Goal.r"), Act.VALIDATE, "Task").readable == {"Goal"}


def test_an_act_that_opens_no_row_shows_nothing() -> None:
    assert decide(person(), Act.CAPABILITIES, None).readable == frozenset()


def test_a_patient_scope_that_reaches_further_takes_the_wider_scopes_along() -> None:
    who = caller(Role.PRACTITIONER, "patient/Goal.rs user/Task.rs system/Flag.rs", person="7")
    permit = decide(who, Act.SEARCH_TYPE, "Goal")
    assert permit.types == {"Goal", "Task", "Flag"}
    assert permit.people == ("7",)
