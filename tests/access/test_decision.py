from dataclasses import replace
from typing import Any

import pytest

from app.access import decision
from app.access.acts import LETTER_BY_ACT, Act
from app.access.caller import Caller, Role
from app.access.decision import (
    decide,
    may_break_glass,
    permit_of_party,
    permit_of_person,
    reach,
    with_user,
)
from app.access.service import SERVICE
from app.errors import Forbidden
from app.fhir.resource_types import RESOURCE_TYPES
from app.store.permit import Permit
from tests.access.callers import ABOUT_ONE_PERSON, caller, person, surgery

DIRECTORY = {name for name, row in RESOURCE_TYPES.items() if row.directory}
PERSONAL = set(RESOURCE_TYPES) - DIRECTORY - {"AuditEvent"}

LETTERS_BY_HAND = {
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "create": "c",
    "search-type": "s",
    "search-system": "s",
    "history-type": "s",
    "history-system": "s",
    "everything": "s",
    "what-matters": "s",
    "journey": "s",
    "said-and-done": "s",
    "told-once": "s",
    "goals-to-look-at": "s",
    "measures": "s",
    "experience-scores": "s",
    "match": "s",
    "export-person": "s",
    "who-can-see": "r",
    "provenance": "r",
    "emergency-access": "s",
    "freeze": "u",
    "unfreeze": "u",
    "quarantine": "u",
}
ABOUT_SIGN_IN = (
    Act.TOKEN,
    Act.INTROSPECT,
    Act.REVOKE,
    Act.CLIENTS,
    Act.SIGN_IN,
    Act.SIGN_OUT,
    Act.UNTIE,
)
OF_SEVERAL_ROLES = (
    Act.EMERGENCY_ACCESS_END,
    Act.EMERGENCY_ACCESS_LIST,
    Act.EMERGENCY_ACCESS_REVIEW,
    Act.NOTICES,
    Act.QUARANTINE_LIFT,
    Act.MERGE,
    Act.UNMERGE,
    Act.INVITE_SUPPORTER,
    Act.ACCEPT_INVITATION,
    Act.DECLINE_INVITATION,
)
WITHOUT_A_TYPE = {"search-system", "history-system"}


def may(who: Caller, act: Act, type: str | None) -> bool:
    try:
        permit = decide(who, act, type)
    except Forbidden:
        return False
    return type is None or type in permit.types


@pytest.mark.parametrize("letter", "cruds")
@pytest.mark.parametrize("act", LETTERS_BY_HAND)
def test_each_act_needs_its_own_letter_and_no_other_will_do(act: str, letter: str) -> None:
    type = None if act in WITHOUT_A_TYPE else "Goal"
    assert may(surgery(f"system/Goal.{letter}"), Act(act), type) is (LETTERS_BY_HAND[act] == letter)


def test_every_act_is_in_the_table_of_letters_or_shows_nothing_by_itself() -> None:
    assert {str(act) for act in LETTER_BY_ACT} == set(LETTERS_BY_HAND)
    assert set(Act) - set(LETTER_BY_ACT) == {
        Act.CAPABILITIES,
        Act.TRANSACTION,
        Act.BATCH,
        Act.VALIDATE,
        Act.WHO_HAS_LOOKED,
        Act.ERASE_PERSON,
        *ABOUT_SIGN_IN,
        *OF_SEVERAL_ROLES,
    }


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", [Act.CAPABILITIES, Act.TRANSACTION, Act.BATCH, *ABOUT_SIGN_IN])
def test_an_act_that_is_decided_entry_by_entry_opens_no_row_itself(role: Role, act: Act) -> None:
    permit = decide(caller(role, person="7"), act, None)
    assert (permit.types, permit.people, permit.audit) == (frozenset(), (), "none")


# What each role may read, and what it may write, when its scopes hold every letter of every type.
READS: dict[Role, set[str]] = {
    Role.SYSTEM: {*RESOURCE_TYPES},
    Role.PRACTITIONER: {*RESOURCE_TYPES},
    Role.PERSON: {*RESOURCE_TYPES},
    Role.SUPPORTER: {*RESOURCE_TYPES},
    Role.ANALYST: DIRECTORY,
    Role.PRIVACY_OFFICER: DIRECTORY | {"AuditEvent", "Provenance"},
    Role.ADMIN: {*RESOURCE_TYPES},
    Role.SERVICE: {"Patient", "RelatedPerson", "Task"},
}
WRITES: dict[Role, set[str]] = {
    Role.SYSTEM: PERSONAL | DIRECTORY,
    Role.PRACTITIONER: PERSONAL | DIRECTORY,
    Role.PERSON: PERSONAL,
    Role.SUPPORTER: PERSONAL
    - {"Patient", "RelatedPerson", "CareTeam", "Consent", "Provenance", "Flag"},
    Role.ANALYST: set(),
    Role.PRIVACY_OFFICER: set(),
    Role.ADMIN: PERSONAL | DIRECTORY,
    Role.SERVICE: {"RelatedPerson", "Task"},
}


@pytest.mark.parametrize("type", RESOURCE_TYPES)
@pytest.mark.parametrize("role", Role)
def test_each_role_reaches_the_types_of_its_policy(role: Role, type: str) -> None:
    who = caller(role, person="7" if role in ABOUT_ONE_PERSON else None)
    for act in (Act.READ, Act.VREAD, Act.SEARCH_TYPE, Act.HISTORY_INSTANCE, Act.HISTORY_TYPE):
        assert may(who, act, type) is (type in READS[role])
    for act in (Act.CREATE, Act.UPDATE, Act.PATCH, Act.DELETE):
        assert may(who, act, type) is (type in WRITES[role])


@pytest.mark.parametrize(
    ("role", "people", "audit"),
    [
        (Role.SYSTEM, None, "own"),
        (Role.PRACTITIONER, None, "own"),
        (Role.PERSON, ("7",), "about"),
        (Role.SUPPORTER, ("7",), "own"),
        (Role.ANALYST, (), "none"),
        (Role.PRIVACY_OFFICER, None, "all"),
        (Role.ADMIN, None, "all"),
    ],
)
def test_each_role_reaches_the_people_and_access_logs_of_its_policy(
    role: Role, people: tuple[str, ...] | None, audit: str
) -> None:
    who = caller(role, person="7" if role in ABOUT_ONE_PERSON else None)
    permit = decide(who, Act.SEARCH_SYSTEM, None)
    assert (permit.people, permit.audit) == (people, audit)
    assert permit.types == READS[role]
    assert permit.directory_types == DIRECTORY
    agents = {
        Role.PERSON: "Patient/7",
        Role.SUPPORTER: "RelatedPerson/bessie",
        Role.ADMIN: "Organization/gp-surgery/admin",
    }
    assert permit.agent == agents.get(role, "Organization/gp-surgery")


def test_the_record_itself_does_its_steps_and_nothing_else() -> None:
    may_do = {
        (str(act), type)
        for act in (Act.READ, Act.CREATE, Act.UPDATE, Act.PATCH, Act.DELETE, Act.SEARCH_TYPE)
        for type in RESOURCE_TYPES
        if may(SERVICE, act, type)
    }
    assert may_do == {
        ("read", "Patient"),
        ("read", "RelatedPerson"),
        ("update", "RelatedPerson"),
        ("patch", "RelatedPerson"),
        ("read", "Task"),
        ("create", "Task"),
    }


def test_the_permit_of_a_search_names_no_type_the_caller_may_not_search() -> None:
    permit = decide(surgery("system/Goal.rs system/Patient.r"), Act.SEARCH_TYPE, "Goal")
    assert permit.types == {"Goal"}


def test_access_logs_stay_closed_to_a_search_without_their_scope() -> None:
    assert decide(surgery("system/Goal.rs"), Act.SEARCH_SYSTEM, None).audit == "none"


def test_a_scope_with_a_constraint_opens_no_access_log() -> None:
    permit = decide(surgery("system/*.rs?category=a"), Act.SEARCH_SYSTEM, None)
    assert permit.audit == "none"
    assert "AuditEvent" not in permit.types


@pytest.mark.parametrize("type", RESOURCE_TYPES)
@pytest.mark.parametrize("role", Role)
def test_a_patient_scope_without_a_patient_grants_nothing(role: Role, type: str) -> None:
    who = caller(role, "patient/*.cruds")
    assert not any(may(who, act, type) for act in LETTER_BY_ACT)
    assert not may(who, Act.SEARCH_SYSTEM, None)


def test_a_patient_scope_of_a_system_reaches_that_patient_only() -> None:
    who = caller(Role.SYSTEM, "patient/*.rs", person="7")
    permit = decide(who, Act.SEARCH_TYPE, "Goal")
    assert permit.people == ("7",)


def test_mixed_scopes_never_give_one_context_the_reach_of_another() -> None:
    who = caller(Role.SYSTEM, "patient/Goal.rs system/Task.rs", person="7")
    wide = decide(who, Act.SEARCH_TYPE, "Task")
    narrow = decide(who, Act.SEARCH_TYPE, "Goal")
    assert wide.types == {"Task"}
    assert wide.people is None
    assert narrow.types == {"Goal", "Task"}
    assert narrow.people == ("7",)


@pytest.mark.parametrize("act", [Act.SEARCH_SYSTEM, Act.VALIDATE])
def test_mixed_scopes_reach_everybody_where_no_type_is_asked_for(act: Act) -> None:
    who = caller(Role.SYSTEM, "patient/Goal.rs system/Task.rs", person="7")
    permit = decide(who, act, None)
    assert permit.types == {"Task"}
    assert permit.people is None


def test_what_a_patient_scope_wrote_is_readable_by_a_patient_scope_beside_a_wider_one() -> None:
    who = caller(Role.SYSTEM, "patient/Goal.cr system/Task.r", person="7")
    assert decide(who, Act.CREATE, "Goal").readable == {"Goal"}


@pytest.mark.parametrize(
    ("role", "person", "people"),
    [
        (Role.SYSTEM, None, None),
        (Role.SYSTEM, "7", None),
        (Role.PRACTITIONER, None, None),
        (Role.PERSON, "7", ("7",)),
        (Role.PERSON, None, ()),
        (Role.SUPPORTER, "7", ("7",)),
        (Role.ANALYST, None, ()),
        (Role.PRIVACY_OFFICER, None, None),
        (Role.ADMIN, None, None),
    ],
)
def test_what_a_caller_may_know_of_is_of_their_people_whatever_their_scopes(
    role: Role, person: str | None, people: tuple[str, ...] | None
) -> None:
    who = caller(role, "", person=person)
    permit = reach(who)
    assert permit.types == {*RESOURCE_TYPES}
    assert (permit.people, permit.agent) == (people, who.author)
    assert (permit.readable, permit.constraints) == (frozenset(), ())


def test_what_one_caller_may_know_of_is_remembered_for_them_alone() -> None:
    who, other = person(), caller(Role.PERSON, person="8")
    assert reach(who) is reach(who)
    assert reach(who) is not decide(who, Act.VALIDATE, None)
    assert reach(other).people == ("8",)


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.PRACTITIONER, Role.SUPPORTER])
def test_a_preview_for_a_party_opens_what_their_every_scope_would(role: Role) -> None:
    about = "7" if role is Role.SUPPORTER else None
    real = decide(replace(caller(role, person=about), purpose="TREAT"), Act.SEARCH_SYSTEM, None)
    assert real.party is not None
    assert permit_of_party(real.party, ("7",), "TREAT") == Permit(
        caller="",
        agent=real.agent,
        types=real.types,
        directory_types=real.directory_types,
        people=real.people,
        party=real.party,
        purpose=real.purpose,
        hidden=real.hidden,
        is_lay=real.is_lay,
    )


def test_a_preview_for_a_supporter_is_of_that_person_and_of_what_is_not_hidden_from_them() -> None:
    preview = permit_of_party("RelatedPerson/r", ("7",), "")
    assert (preview.people, preview.hidden) == (("7",), 4 + 8 + 16)
    preview = permit_of_party("Organization/a", ("7",), "")
    assert (preview.people, preview.hidden) == (None, 16)


def test_a_person_gains_nothing_from_a_system_scope() -> None:
    assert not may(person("system/*.cruds"), Act.READ, "Goal")
    assert decide(person("user/*.rs"), Act.READ, "Goal").people == ("7",)


def test_patient_scopes_without_a_patient_are_refused_with_that_reason() -> None:
    with pytest.raises(Forbidden, match="names no patient"):
        decide(surgery("patient/*.rs"), Act.READ, "Goal")


@pytest.mark.parametrize(
    ("who", "act", "type", "sentence"),
    [
        (surgery("system/Goal.r"), Act.UPDATE, "Goal", r"the scope system/Goal\.u,"),
        (surgery("system/Goal.r"), Act.SEARCH_SYSTEM, None, r"the scope system/\*\.s,"),
        (person("patient/Goal.r"), Act.CREATE, "Task", r"the scope patient/Task\.c,"),
        (caller(Role.PRACTITIONER, ""), Act.READ, "Goal", r"the scope user/Goal\.r,"),
        (surgery(), Act.DELETE, "AuditEvent", "by this service alone"),
        (caller(Role.ADMIN), Act.CREATE, "AuditEvent", "by this service alone"),
        (caller(Role.ANALYST), Act.READ, "Goal", "An analyst may read the directory only"),
        (caller(Role.ANALYST), Act.CREATE, "Location", "An analyst may read the directory only"),
        (caller(Role.PRIVACY_OFFICER), Act.READ, "Goal", "A privacy officer may read"),
        (person(), Act.UPDATE, "Organization", "cannot change it"),
        (surgery(), Act.READ, "Medication", "not served"),
    ],
)
def test_a_refusal_says_what_is_missing(
    who: Caller, act: Act, type: str | None, sentence: str
) -> None:
    with pytest.raises(Forbidden, match=rf"{sentence}.*\.$"):
        decide(who, act, type)


@pytest.mark.parametrize(
    ("who", "type", "told"),
    [
        (surgery(), "Medication", "This type is not served here."),
        (
            surgery("patient/*.r"),
            "Goal",
            "The token has patient/ scopes but names no patient, so they grant nothing.",
        ),
        (
            surgery("patient/*.r system/Task.r"),
            "Goal",
            "This needs the scope system/Goal.r, which the token does not hold.",
        ),
        (
            caller(Role.PRACTITIONER, "patient/*.r user/Task.r"),
            "Goal",
            "This needs the scope user/Goal.r, which the token does not hold.",
        ),
    ],
)
def test_the_whole_of_a_refusal_can_be_read_out(who: Caller, type: str, told: str) -> None:
    with pytest.raises(Forbidden) as no:
        decide(who, Act.READ, type)
    assert str(no.value) == told


def test_a_role_that_could_search_everything_is_told_the_scope_and_not_the_policy() -> None:
    with pytest.raises(Forbidden, match=r"the scope patient/\*\.s,"):
        decide(person("patient/Goal.r"), Act.SEARCH_SYSTEM, None)


def test_an_act_on_a_type_is_never_decided_without_one() -> None:
    with pytest.raises(ValueError, match="type"):
        decide(surgery(), Act.READ, None)


def test_a_caller_lost_on_the_way_is_a_fault_and_never_a_permit() -> None:
    lost: Any = None
    with pytest.raises(AttributeError):
        decide(lost, Act.SEARCH_TYPE, "Goal")


def constraint(permit: Permit, type: str) -> tuple[tuple[str, ...], ...]:
    return dict(permit.constraints).get(type, ())


@pytest.mark.parametrize("act", LETTER_BY_ACT)
def test_the_constraint_of_a_scope_binds_every_act(act: Act) -> None:
    permit = decide(surgery("system/Observation.cruds?category=http://x|y"), act, "Observation")
    assert constraint(permit, "Observation") == (("category=http://x|y",),)


def test_a_type_without_a_constraint_is_not_in_the_constraints() -> None:
    who = surgery("system/Observation.rs?category=a system/Goal.rs?status=b system/Goal.s")
    permit = decide(who, Act.SEARCH_SYSTEM, None)
    assert permit.constraints == (("Observation", (("category=a",),)),)


@pytest.mark.parametrize(
    ("scope", "readable"),
    [
        ("system/Goal.c", False),
        ("system/Goal.cu system/Task.r", False),
        ("system/Goal.cr", True),
        ("system/Goal.cs", False),
        ("system/Goal.c system/Goal.r?category=a", False),
        ("system/Goal.c?category=a system/Goal.r?category=a", True),
        ("system/Goal.c?category=a system/Goal.r?category=b", False),
        ("system/Goal.c?category=a&status=b system/Goal.r?category=a", True),
        ("system/Goal.c?category=a system/Goal.r", True),
        ("system/Goal.c?category=a system/Goal.c?category=b system/Goal.r?category=a", False),
    ],
)
def test_write_does_not_imply_read(scope: str, readable: bool) -> None:
    assert ("Goal" in decide(surgery(scope), Act.CREATE, "Goal").readable) is readable


def test_a_read_or_search_may_show_what_it_finds() -> None:
    assert decide(surgery("system/Goal.s"), Act.SEARCH_TYPE, "Goal").readable == {"Goal"}
    assert decide(surgery("system/Goal.r"), Act.READ, "Goal").readable == {"Goal"}


def test_validation_looks_up_only_what_the_caller_may_read() -> None:
    permit = decide(surgery("system/Goal.r system/Task.c"), Act.VALIDATE, "Task")
    assert permit.types == {"Goal"}


def test_a_permit_is_bound_to_the_caller_but_not_to_one_token() -> None:
    first, again = surgery(), surgery()
    assert first != again
    assert decide(first, Act.READ, "Goal").caller == decide(again, Act.READ, "Goal").caller
    assert decide(first, Act.READ, "Goal").caller != decide(person(), Act.READ, "Goal").caller


def test_the_same_question_gets_the_same_permit() -> None:
    who = surgery()
    assert decide(who, Act.READ, "Goal") is decide(who, Act.READ, "Goal")
    assert decide(who, Act.READ, "Goal") is not decide(who, Act.READ, "Task")


def test_one_callers_permit_is_never_anothers() -> None:
    assert may(surgery(), Act.CREATE, "Goal")
    assert not may(surgery("system/Goal.r"), Act.CREATE, "Goal")
    assert decide(person(), Act.READ, "Goal").people == ("7",)
    assert decide(caller(Role.PERSON, person="8"), Act.READ, "Goal").people == ("8",)


def test_permits_of_callers_long_gone_are_forgotten() -> None:
    most = decision._PERMITS_REMEMBERED
    for _ in range(most + 1):
        reach(person())
    assert len(decision._permits) <= most


@pytest.mark.parametrize("act", LETTER_BY_ACT)
@pytest.mark.parametrize("role", Role)
def test_an_emergency_shows_more_to_a_practitioner_who_looks_and_to_nobody_else(
    role: Role, act: Act
) -> None:
    looks = LETTERS_BY_HAND[act] in ("r", "s")
    who = caller(role, person="7" if role in ABOUT_ONE_PERSON else None)
    assert may_break_glass(who, act) is (role is Role.PRACTITIONER and looks)


def test_an_emergency_opens_nothing_by_an_act_of_no_letter() -> None:
    practitioner = caller(Role.PRACTITIONER)
    assert not any(may_break_glass(practitioner, act) for act in Act if act not in LETTER_BY_ACT)


def test_an_emergency_adds_who_and_whose_records_to_a_permit_and_changes_nothing_else() -> None:
    plain = decide(caller(Role.PRACTITIONER), Act.READ, "Goal")
    opened = with_user(plain, "Practitioner/p", ["b", "a"])
    assert (opened.user, opened.opened) == ("Practitioner/p", ("a", "b"))
    assert (plain.user, plain.opened) == (None, ())
    assert with_user(opened, None, []) == plain


def test_what_a_person_sees_at_the_most_is_what_their_every_scope_would_show() -> None:
    real = decide(person(), Act.SEARCH_SYSTEM, None)
    assert permit_of_person("7") == Permit(
        caller="Patient/7",
        agent="Patient/7",
        types=real.types,
        directory_types=real.directory_types,
        people=("7",),
        hidden=8 + 16,
        audit="about",
    )
    assert (real.people, real.hidden, real.audit) == (("7",), 8 + 16, "about")


def test_a_supporter_of_nobody_is_told_how_to_become_one() -> None:
    told = (
        "This sign-in helps nobody here yet. Say yes to an invitation, with its code: "
        "RelatedPerson/$accept-invitation."
    )
    nobody = replace(caller(Role.SUPPORTER, person="7"), supporter=None)
    with pytest.raises(Forbidden) as no:
        decide(nobody, Act.READ, "Goal")
    assert str(no.value) == told
    for other in (caller(Role.SUPPORTER, "", person="7"), replace(surgery(""), organization=None)):
        with pytest.raises(Forbidden, match="This needs the scope"):
            decide(other, Act.READ, "Goal")
