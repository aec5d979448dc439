from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.consent import rights_of_choice
from app.fhir.indexed import BEGINNING, END
from app.fhir.labels import CONFIDENTIALITY
from app.store.rights import TEAM, Right

BASE = "https://record.example/fhir"

Json = dict[str, Any]


def link(to: str) -> Json:
    return {"reference": to}


def choice(kind: str = "permit", *actors: str, **rest: Any) -> Json:
    return {
        "resourceType": "Consent",
        "status": "active",
        "patient": link("Patient/7"),
        "provision": {
            "type": kind,
            "actor": [{"reference": link(one)} for one in actors or ("Organization/a",)],
            **rest,
        },
    }


def rights(tree: Json) -> list[Right]:
    return list(rights_of_choice(tree, BASE))


def right(tree: Json) -> Right:
    (only,) = rights(tree)
    return only


def data(*names: str) -> Json:
    return {"data": [{"meaning": "instance", "reference": link(one)} for one in names]}


def label(code: str, system: str = CONFIDENTIALITY) -> Json:
    return {"securityLabel": [{"system": system, "code": code}]}


CLASS = {"class": [{"code": "Goal"}]}
PURPOSE = {"purpose": [{"code": "TREAT"}]}
PERIOD = {"period": {"start": "2020"}}


def test_a_plain_yes_to_an_organisation_is_about_everything_at_any_time() -> None:
    assert rights(choice("permit", "Organization/a")) == [
        Right("Organization/a", True, weight=16, covers_restricted=True, low=BEGINNING, high=END)
    ]


def test_a_plain_no_to_an_organisation_is_about_everything_at_any_time() -> None:
    assert rights(choice("deny", "Organization/a")) == [
        Right("Organization/a", False, weight=16, covers_restricted=True)
    ]


@pytest.mark.parametrize("status", ["draft", "proposed", "inactive", "rejected", None])
def test_a_choice_that_is_not_active_gives_no_right(status: str | None) -> None:
    assert rights({**choice(), "status": status}) == []


def test_each_actor_has_a_right_of_its_own_and_a_team_is_everyone_on_it() -> None:
    tree = choice("permit", "Organization/a", "RelatedPerson/r", "CareTeam/t")
    found = [(one.actor, one.weight) for one in rights(tree)]
    assert found == [("Organization/a", 16), ("RelatedPerson/r", 16), (TEAM, 0)]


@pytest.mark.parametrize(
    "actor",
    [
        "Practitioner/p",
        "Patient/7",
        "PractitionerRole/p",
        "https://elsewhere.example/fhir/Organization/a",
        "#inside",
        "no reference",
    ],
)
def test_an_actor_of_another_kind_or_another_server_gets_no_right(actor: str) -> None:
    assert rights(choice("permit", actor)) == []


def test_an_actor_without_a_link_gets_no_right_and_spoils_no_other() -> None:
    tree = choice("permit", "Organization/a")
    tree["provision"]["actor"][:0] = [{"reference": {"display": "Somebody"}}, {}]
    assert [one.actor for one in rights(tree)] == ["Organization/a"]


@pytest.mark.parametrize(
    "to", ["Organization/a", f"{BASE}/Organization/a", "Organization/a/_history/3"]
)
def test_however_an_actor_is_linked_to_it_is_the_same_actor(to: str) -> None:
    assert right(choice("permit", to)).actor == "Organization/a"


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        (data("Goal/g"), 32),
        (CLASS, 8),
        (label("R"), 4),
        (PURPOSE, 2),
        (PERIOD, 1),
        ({**data("Goal/g"), **CLASS, **label("N"), **PURPOSE, **PERIOD}, 47),
    ],
)
@pytest.mark.parametrize("kind", ["permit", "deny"])
def test_each_part_that_is_said_has_its_own_weight(kind: str, said: Json, weight: int) -> None:
    assert right(choice(kind, "Organization/a", **said)).weight == 16 + weight
    assert right(choice(kind, "CareTeam/t", **said)).weight == weight


def test_a_yes_to_some_kinds_or_entries_lets_see_who_they_are_of() -> None:
    kinds = right(choice("permit", "Organization/a", **CLASS))
    single = right(choice("permit", "Organization/a", **data("Goal/g")))
    both = right(choice("permit", "Organization/a", **CLASS, **data("Goal/g")))
    assert (kinds.classes, kinds.entries) == (("Goal", "Patient"), None)
    assert (single.classes, single.entries) == (None, ("Goal/g", "Patient/7"))
    assert (both.classes, both.entries) == (("Goal", "Patient"), ("Goal/g", "Patient/7"))


def test_what_is_linked_to_by_this_records_address_is_named_as_the_record_names_it() -> None:
    tree = choice("permit", **data(f"{BASE}/Goal/g"))
    tree["patient"] = link(f"{BASE}/Patient/7")
    assert right(tree).entries == ("Goal/g", "Patient/7")


def test_a_no_to_some_kinds_or_entries_says_nothing_of_who_they_are_of() -> None:
    found = right(choice("deny", "Organization/a", **CLASS, **data("Goal/g", "Goal/h")))
    assert (found.classes, found.entries) == (("Goal",), ("Goal/g", "Goal/h"))


def test_a_yes_of_a_patient_who_is_not_linked_to_names_only_what_it_names() -> None:
    tree = choice("permit", "Organization/a", **CLASS, **data("Goal/g"))
    tree["patient"] = {"display": "Somebody"}
    found = right(tree)
    assert (found.classes, found.entries) == (("Goal",), ("Goal/g",))


def test_what_is_named_without_a_code_or_a_link_is_left_out() -> None:
    tree = choice(
        "deny",
        "Organization/a",
        **{
            "class": [{"system": "http://x"}, {"code": "Goal"}],
            "data": [{"meaning": "instance"}, *data("Goal/g")["data"]],
            "purpose": [{"system": "http://x"}, {"code": "TREAT"}],
        },
    )
    found = right(tree)
    assert (found.classes, found.entries, found.purposes) == (("Goal",), ("Goal/g",), ("TREAT",))


@pytest.mark.parametrize(
    ("kind", "actor", "said", "restricted"),
    [
        ("permit", "Organization/a", {}, True),
        ("permit", "RelatedPerson/r", {}, True),
        ("permit", "CareTeam/t", {}, False),
        ("deny", "CareTeam/t", {}, True),
        ("permit", "Organization/a", label("R"), True),
        ("permit", "Organization/a", label("N"), False),
        ("permit", "CareTeam/t", label("R"), False),
        ("deny", "Organization/a", label("R"), True),
        ("deny", "Organization/a", label("N"), False),
        ("permit", "Organization/a", label("N", "http://elsewhere.example"), True),
    ],
)
def test_a_choice_is_about_restricted_entries_by_name_or_when_it_is_a_no(
    kind: str, actor: str, said: Json, restricted: bool
) -> None:
    assert right(choice(kind, actor, **said)).covers_restricted is restricted


def test_a_label_of_another_system_has_no_weight() -> None:
    assert right(choice("deny", **label("R", "http://elsewhere.example"))).weight == 16


def test_a_choice_runs_from_the_first_moment_of_its_period_to_the_last() -> None:
    found = right(choice(period={"start": "2026-03", "end": "2026-04"}))
    assert found.low == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.high == datetime(2026, 4, 30, 23, 59, 59, 999999, tzinfo=UTC)


def test_a_period_that_is_open_on_a_side_has_no_end_on_it() -> None:
    begun = right(choice(period={"start": "2026-03-01"}))
    ended = right(choice(period={"end": "2026-03-01"}))
    assert (begun.low.year, begun.high) == (2026, END)
    assert (ended.low, ended.high.year) == (BEGINNING, 2026)


@pytest.mark.parametrize(
    ("source", "is_noted"),
    [
        ("Organization/b#1", True),
        ("Organization/b", True),
        ("Patient/7#1", False),
        ("Practitioner/b#1", False),
        ("Organization/b/_history#1", False),
        ("Organization#Organization/b", False),
        ("urn:x#Organization/b", False),
        ("Organization/b#one#two/three", True),
        ("", False),
        (None, False),
    ],
)
def test_a_yes_that_an_organisation_wrote_down_says_less_and_opens_nothing_restricted(
    source: str | None, is_noted: bool
) -> None:
    meta = {} if source is None else {"meta": {"source": source}}
    noted = right({**choice("permit", **PURPOSE), **meta})
    assert (noted.weight, noted.covers_restricted) == (18 - 64 * is_noted, not is_noted)
    no = right({**choice("deny", **PURPOSE), **meta})
    assert (no.weight, no.covers_restricted) == (18, True)
