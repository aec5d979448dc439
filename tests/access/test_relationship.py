from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.relationship import RIGHTS_TYPES, rights_of
from app.fhir.indexed import BEGINNING, END
from app.store.rights import Right

BASE = "https://record.example/fhir"
BASIS = "https://whatmatters.example/fhir/StructureDefinition/supporter-basis"
AUTHOR = "Organization/author"

Json = dict[str, Any]


def link(to: str) -> Json:
    return {"reference": to}


def actors(tree: Json, author: str = AUTHOR) -> list[str]:
    return [one.actor for one in rights_of(tree, author, BASE)]


def team(*participants: Json, **rest: Any) -> Json:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "participant": list(participants),
        **rest,
    }


def supporter(*bases: str, **rest: Any) -> Json:
    extensions = [
        {"url": BASIS, "valueCodeableConcept": {"coding": [{"code": one}]}} for one in bases
    ]
    return {
        "resourceType": "RelatedPerson",
        "id": "r",
        "active": True,
        "extension": extensions,
        **rest,
    }


MEMBER = {"member": link("Organization/a")}


def test_what_says_nothing_of_who_may_see_gives_no_right() -> None:
    assert rights_of({"resourceType": "Goal", "status": "active"}, AUTHOR, BASE) == ()
    assert {
        "Patient",
        "CareTeam",
        "Task",
        "ServiceRequest",
        "RelatedPerson",
        "Consent",
    } == RIGHTS_TYPES


def test_who_first_wrote_the_person_and_their_practice_have_a_tie_without_end() -> None:
    tree = {
        "resourceType": "Patient",
        "generalPractitioner": [link("Organization/gp"), link("Practitioner/p")],
        "managingOrganization": link("Organization/m"),
    }
    assert rights_of(tree, AUTHOR, BASE) == tuple(
        Right(one, True, tie=True, low=BEGINNING, high=END)
        for one in (AUTHOR, "Organization/gp", "Organization/m")
    )


@pytest.mark.parametrize("author", ["Organization/a/admin", "Patient/7", "RelatedPerson/r", ""])
def test_a_person_written_by_no_organisation_ties_nobody(author: str) -> None:
    assert actors({"resourceType": "Patient"}, author) == []


def test_an_author_who_is_no_organisation_does_not_spoil_the_tie_of_the_practice() -> None:
    tree = {"resourceType": "Patient", "generalPractitioner": [link("Organization/gp")]}
    assert actors(tree, "Patient/7") == ["Organization/gp"]


def test_a_tie_said_twice_is_one() -> None:
    tree = {"resourceType": "Patient", "managingOrganization": link(AUTHOR)}
    assert actors(tree) == [AUTHOR]


def test_everyone_an_active_team_names_is_tied() -> None:
    tree = team(
        MEMBER,
        {"member": link("Practitioner/p"), "onBehalfOf": link("Organization/b")},
        managingOrganization=[link("Organization/m")],
    )
    assert actors(tree) == ["Organization/m", "Organization/a", "Organization/b"]


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive", "entered-in-error", None])
def test_a_team_that_is_not_active_ties_nobody(status: str | None) -> None:
    assert actors({**team(MEMBER), "status": status}) == []


@pytest.mark.parametrize(
    ("whole", "part", "low", "high"),
    [
        ({}, {}, BEGINNING.year, END.year),
        ({"start": "2020", "end": "2025"}, {}, 2020, 2025),
        ({}, {"start": "2021", "end": "2024"}, 2021, 2024),
        ({"start": "2020", "end": "2025"}, {"start": "2021", "end": "2024"}, 2021, 2024),
        ({"start": "2021", "end": "2024"}, {"start": "2020", "end": "2025"}, 2021, 2024),
        ({"start": "2021"}, {"end": "2024"}, 2021, 2024),
    ],
)
def test_a_place_in_a_team_runs_while_both_periods_do(
    whole: Json, part: Json, low: int, high: int
) -> None:
    (right,) = rights_of(team({**MEMBER, "period": part}, period=whole), AUTHOR, BASE)
    assert (right.low.year, right.high.year) == (low, high)


def test_a_place_that_ends_before_its_team_begins_is_none() -> None:
    tree = team({**MEMBER, "period": {"end": "2019"}}, period={"start": "2020"})
    assert actors(tree) == []


def test_a_place_of_one_moment_is_one() -> None:
    moment = "2020-01-01T00:00:00.000000Z"
    tree = team({**MEMBER, "period": {"end": moment}}, period={"start": moment})
    (right,) = rights_of(tree, AUTHOR, BASE)
    assert right.low == right.high == datetime(2020, 1, 1, tzinfo=UTC)


def test_who_manages_a_team_is_tied_for_the_time_of_the_team() -> None:
    tree = team(managingOrganization=[link("Organization/m")], period={"end": "2025"})
    (right,) = rights_of(tree, AUTHOR, BASE)
    assert (right.low, right.high.year) == (BEGINNING, 2025)


TASK_STATUSES = {
    "draft": False,
    "requested": True,
    "received": True,
    "accepted": True,
    "rejected": False,
    "ready": True,
    "cancelled": False,
    "in-progress": True,
    "on-hold": True,
    "failed": False,
    "completed": False,
    "entered-in-error": False,
}
REQUEST_STATUSES = {
    "draft": False,
    "active": True,
    "on-hold": True,
    "revoked": False,
    "completed": False,
    "entered-in-error": False,
    "unknown": False,
}


@pytest.mark.parametrize(("status", "is_open"), TASK_STATUSES.items())
def test_who_asked_and_who_has_it_are_tied_while_a_task_is_open(status: str, is_open: bool) -> None:
    tree = {
        "resourceType": "Task",
        "status": status,
        "owner": link("Organization/a"),
        "requester": link("Organization/b"),
    }
    assert actors(tree) == (["Organization/a", "Organization/b"] if is_open else [])


@pytest.mark.parametrize(("status", "is_open"), REQUEST_STATUSES.items())
def test_who_asked_and_who_is_asked_are_tied_while_a_request_is_open(
    status: str, is_open: bool
) -> None:
    tree = {
        "resourceType": "ServiceRequest",
        "status": status,
        "performer": [link("Organization/a"), link("Practitioner/p")],
        "requester": link("Organization/b"),
    }
    assert actors(tree) == (["Organization/a", "Organization/b"] if is_open else [])


@pytest.mark.parametrize(
    ("named", "tied"),
    [
        (link("Organization/a"), ["Organization/a"]),
        (link(f"{BASE}/Organization/a"), ["Organization/a"]),
        (link("Practitioner/p"), []),
        (link("https://elsewhere.example/fhir/Organization/a"), []),
        (link("#inside"), []),
        ({"display": "Somebody"}, []),
        ({}, []),
    ],
)
def test_only_a_link_to_an_organisation_of_this_record_ties(named: Json, tied: list[str]) -> None:
    tree = {"resourceType": "Task", "status": "requested", "owner": named}
    assert actors(tree) == tied


@pytest.mark.parametrize(
    "tree",
    [
        {"resourceType": "Patient", "generalPractitioner": [link(f"{BASE}/Organization/a")]},
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "requester": link(f"{BASE}/Organization/a"),
        },
        team({"member": link(f"{BASE}/Organization/a")}),
        team(managingOrganization=[link(f"{BASE}/Organization/a")]),
    ],
)
def test_a_link_by_this_records_address_ties_from_every_place(tree: Json) -> None:
    assert actors(tree, "Patient/7") == ["Organization/a"]


def test_an_active_supporter_with_a_basis_is_tied_for_their_period() -> None:
    tree = supporter("chosen-by-person", period={"start": "2020", "end": "2025"})
    assert rights_of(tree, AUTHOR, BASE) == (
        Right(
            "RelatedPerson/r",
            True,
            tie=True,
            low=datetime(2020, 1, 1, tzinfo=UTC),
            high=datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    "tree",
    [
        supporter(),
        supporter("chosen-by-person", active=False),
        supporter("chosen-by-person", active=None),
        supporter("chosen-by-person", active="true"),
        supporter("attorney-money"),
        supporter("chosen-by-person", "attorney-money"),
        supporter(extension=[{"url": f"{BASIS}-of-another", "valueCodeableConcept": {}}]),
        supporter(
            extension=[
                {
                    "url": "https://elsewhere.example/basis",
                    "valueCodeableConcept": {"coding": [{"code": "chosen-by-person"}]},
                }
            ]
        ),
        supporter(
            extension=[{"url": BASIS, "valueCodeableConcept": {"coding": [{"system": "http://x"}]}}]
        ),
    ],
)
def test_a_supporter_without_a_basis_over_care_or_not_active_has_no_tie(tree: Json) -> None:
    assert rights_of(tree, AUTHOR, BASE) == ()


def test_a_choice_gives_its_rights_and_its_links_are_read_from_this_record() -> None:
    tree = {
        "resourceType": "Consent",
        "status": "active",
        "patient": link("Patient/7"),
        "provision": {
            "type": "deny",
            "actor": [{"reference": link(f"{BASE}/Organization/a")}],
        },
    }
    assert rights_of(tree, AUTHOR, BASE) == (
        Right("Organization/a", False, weight=16, covers_restricted=True),
    )
