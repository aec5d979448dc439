"""What a search reaches through references, from a query string to the rows, as resources are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from app.errors import Malformed
from app.fhir.index_values import extract
from app.fhir.query_string import Limits, parse, split
from app.fhir.resource_types import DIRECTORY
from app.store.page_bytes import Room
from app.store.permit import Permit
from tests.store.search_world import ALL_TYPES, EVERYONE, Bench, Stored, names

BASE = "https://record.example/fhir"


def stored(person: str, resource: dict[str, Any], author: str = "Organization/o9") -> Stored:
    index = extract(resource, BASE)
    tokens = tuple(index.tokens)
    return Stored(person, resource["resourceType"], resource["id"], tokens, index, author=author)


def patient(id_: str, family: str, surgery: str) -> Stored:
    return stored(
        id_,
        {
            "resourceType": "Patient",
            "id": id_,
            "name": [{"family": family}],
            "managingOrganization": {"reference": f"Organization/{surgery}"},
        },
    )


def goal(id_: str, person: str, status: str) -> Stored:
    return stored(
        person,
        {
            "resourceType": "Goal",
            "id": id_,
            "lifecycleStatus": status,
            "subject": {"reference": f"{BASE}/Patient/{person}"},
        },
    )


def observation(id_: str, person: str, about: str, value: float) -> Stored:
    return stored(
        person,
        {
            "resourceType": "Observation",
            "id": id_,
            "status": "final",
            "code": {"coding": [{"system": "http://c", "code": "sleep"}]},
            "subject": {"reference": f"Patient/{person}"},
            "focus": [{"reference": f"Goal/{about}"}],
            "component": [
                {
                    "code": {"coding": [{"system": "http://c", "code": code}]},
                    "valueQuantity": {"value": value, "code": "h"},
                }
                for code, value in (("nights", value), ("days", 24 - value))
            ],
        },
    )


def organization(id_: str, name: str) -> Stored:
    return stored(DIRECTORY, {"resourceType": "Organization", "id": id_, "name": name})


ROWS = [
    organization("o1", "Trelawny surgery"),
    organization("o2", "Saltash surgery"),
    patient("p1", "Élan", "o1"),
    patient("p2", "Elder", "o2"),
    goal("g1", "p1", "active"),
    goal("g2", "p1", "completed"),
    goal("g3", "p2", "active"),
    observation("b1", "p1", "g1", 8),
    observation("b2", "p2", "g1", 3),
    stored(
        "p1",
        {
            "resourceType": "List",
            "id": "l1",
            "entry": [{"item": {"reference": f"Goal/{goal}"}} for goal in ("g2", "g3")],
        },
    ),
    stored(
        DIRECTORY,
        {"resourceType": "Questionnaire", "id": "q1", "url": "http://q", "version": "1"},
    ),
    stored(
        DIRECTORY,
        {"resourceType": "Questionnaire", "id": "q2", "url": "http://q", "version": "2"},
    ),
    stored(
        "p1",
        {
            "resourceType": "QuestionnaireResponse",
            "id": "r1",
            "questionnaire": "http://q|2",
            "subject": {"reference": "Patient/p1"},
        },
    ),
    Stored("p1", "AuditEvent", "e1", ("entity=Goal/g1", "patient=Patient/p1", "action=R")),
]
ONLY_P2 = structs.replace(EVERYONE, people=("p2",), audit="about")


def ask(
    bench: Bench, url: str, permit: Permit = EVERYONE, rows: Sequence[Stored] = ROWS
) -> list[str]:
    path, _, query = url.partition("?")
    *within, type_name = path.split("/")
    asked = parse(
        None if type_name in ("", "*") else type_name,
        split(query),
        fhir_base=BASE,
        lenient=False,
        limits=Limits(),
        compartment=within[1] if within else None,
        value_sets=lambda url: [("http://ls", "active"), (None, "active")],
    )
    with bench.holding(rows):
        found = bench.search(asked, permit)
    return names(found) + [f"+{row.type}/{row.id}" for row in found.included]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("Goal?patient=Patient/p1", "Goal/g1 Goal/g2"),
        ("Goal?patient=p1&lifecycle-status=active", "Goal/g1"),
        ("Goal?subject=https://record.example/fhir/Patient/p2", "Goal/g3"),
        ("Goal?patient=p1,p2&_sort=-_id", "Goal/g3 Goal/g2 Goal/g1"),
        ("Goal?lifecycle-status:not=active", "Goal/g2"),
        ("Patient?_id:not=p1", "Patient/p2"),
        ("Goal?patient:missing=true", ""),
        ("Goal?lifecycle-status:in=http://vs", "Goal/g1 Goal/g3"),
        ("Goal?lifecycle-status:not-in=http://vs", "Goal/g2"),
        ("Goal?subject:Patient.name=el", "Goal/g1 Goal/g2 Goal/g3"),
        ("Goal?subject:Patient.name:exact=Élan", "Goal/g1 Goal/g2"),
        ("Goal?subject.organization.name=salt", "Goal/g3"),
        ("Goal?patient.organization=Organization/o2", "Goal/g3"),
        ("Observation?focus:Goal.subject:Patient.name=elder", ""),
        ("Observation?focus:Goal.lifecycle-status=active", "Observation/b1 Observation/b2"),
        ("Observation?patient=p2&focus:Goal.lifecycle-status=active", "Observation/b2"),
        ("Patient?_has:Goal:patient:lifecycle-status=completed", "Patient/p1"),
        ("Patient?_has:Observation:patient:_has:AuditEvent:entity:action=R", ""),
        ("Goal?_has:Observation:focus:patient=Patient/p2", "Goal/g1"),
        ("Goal?patient=p1&_has:Observation:focus:status=final", "Goal/g1"),
        ("Goal?_has:AuditEvent:entity:action=R", "Goal/g1"),
        ("Organization?_has:Patient:organization:family=elan", "Organization/o1"),
        ("Goal?_list=l1", "Goal/g2 Goal/g3"),
        ("Observation?component-code-value-quantity=http://c|nights$8", "Observation/b1"),
        ("Observation?component-code-value-quantity=days$8", ""),
        ("Observation?combo-code-value-quantity=days$gt20||h", "Observation/b2"),
        ("Patient/p1/Goal", "Goal/g1 Goal/g2"),
        ("Patient/p1/Patient", "Patient/p1"),
        ("Patient/p2/Observation?code=sleep", "Observation/b2"),
        ("AuditEvent?patient=Patient/p1&date=2026-06-01", "AuditEvent/e1"),
        ("AuditEvent?entity:Goal.lifecycle-status=active", "AuditEvent/e1"),
        ("?_type=Goal,Patient&_id=g1,p2", "Goal/g1 Patient/p2"),
        ("?_type=Goal,Observation&patient=p2", "Goal/g3 Observation/b2"),
        ("?_type=Goal,Observation&patient.family=elder", "Goal/g3 Observation/b2"),
        ("?_type=Goal,Patient&_list=l1", "Goal/g2 Goal/g3"),
        ("?_type=Goal,Patient&_has:List:item:_id=l1", "Goal/g2 Goal/g3"),
        ("Patient/p2/*?_type=Goal,Observation", "Goal/g3 Observation/b2"),
        ("?_lastUpdated=2026-06-01&_type=Patient,AuditEvent", "Patient/p1 Patient/p2"),
        ("QuestionnaireResponse?questionnaire=http://q", "QuestionnaireResponse/r1"),
        ("Questionnaire?url:below=http:", "Questionnaire/q1 Questionnaire/q2"),
        ("Questionnaire?url:above=http://q/deeper", "Questionnaire/q1 Questionnaire/q2"),
    ],
)
def test_a_search_finds(bench: Bench, url: str, found: str) -> None:
    assert ask(bench, url) == found.split()


@pytest.mark.parametrize(
    ("url", "brought"),
    [
        ("Goal?_id=g1&_include=Goal:patient", "Patient/p1"),
        ("Goal?_id=g2&_include=Goal:*&_include:iterate=Patient:*", "Organization/o1 Patient/p1"),
        ("Goal?_id=g1&_include=Patient:organization", ""),
        ("Goal?_id=g1&_revinclude=Observation:focus", "Observation/b1 Observation/b2"),
        ("Goal?_id=g1&_revinclude=AuditEvent:entity", "AuditEvent/e1"),
        ("Goal?_id=g3&_revinclude=*", "List/l1"),
        ("Observation?_id=b2&_include=*", "Goal/g1 Patient/p2"),
        ("Observation?_id=b2&_include=Observation:*:Goal", "Goal/g1"),
        ("AuditEvent?_include=AuditEvent:entity", "Goal/g1"),
        ("QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire", "Questionnaire/q2"),
        (
            "Questionnaire?_id=q2&_revinclude=QuestionnaireResponse:questionnaire",
            "QuestionnaireResponse/r1",
        ),
        ("Questionnaire?_id=q1&_revinclude=QuestionnaireResponse:questionnaire", ""),
        ("Goal?_include=Goal:patient&_revinclude:iterate=Goal:patient", "Patient/p1 Patient/p2"),
    ],
)
def test_a_page_brings_along(bench: Bench, url: str, brought: str) -> None:
    found = [name[1:] for name in ask(bench, url) if name.startswith("+")]
    assert sorted(found) == brought.split()


@pytest.mark.parametrize(
    "url",
    [
        "Observation?focus:Goal.lifecycle-status=active",
        "Observation?patient=p2&focus:Goal.lifecycle-status=active",
        "Goal?_has:Observation:focus:patient=Patient/p1",
        "Patient?_has:Goal:patient:lifecycle-status=completed",
        "Organization?_has:Patient:organization:family=elan",
        "Goal?_list=l1",
        "AuditEvent?entity:Goal.lifecycle-status=active",
        "Patient/p1/Goal",
        "AuditEvent?patient=Patient/p1",
    ],
)
def test_nothing_is_learnt_of_people_outside_the_permit(bench: Bench, url: str) -> None:
    assert ask(bench, url, ONLY_P2) == []


@pytest.mark.parametrize("url", ["Goal?_id=g3&_revinclude=*", "Observation?_id=b2&_include=*"])
def test_what_is_brought_along_is_inside_the_permit(bench: Bench, url: str) -> None:
    assert not {"+List/l1", "+Goal/g1", "+AuditEvent/e1"} & set(ask(bench, url, ONLY_P2))


@pytest.mark.parametrize(
    ("hidden", "url"),
    [
        ("Goal", "Observation?focus:Goal.lifecycle-status=active"),
        ("Patient", "Goal?subject:Patient.organization.name=salt"),
        ("Observation", "Goal?_has:Observation:focus:status=final"),
        ("List", "Goal?_list=l1"),
        ("AuditEvent", "Goal?_has:AuditEvent:entity:action=R"),
        ("Goal", "Goal?patient=p1"),
        ("Patient", "Goal?_id=none&_include=Goal:patient"),
    ],
)
def test_a_type_outside_the_permit_finds_nothing(bench: Bench, hidden: str, url: str) -> None:
    permit = structs.replace(EVERYONE, types=ALL_TYPES - {hidden})
    assert ask(bench, url, permit) == []


def test_too_much_to_bring_along_is_cut_and_said(bench: Bench) -> None:
    room = Room(included=3)
    more = [observation(f"c{n}", "p1", "g1", 1) for n in range(4)]
    asked = parse(
        "Goal",
        [("_id", "g1"), ("_revinclude", "Observation:focus")],
        fhir_base=BASE,
        lenient=False,
        limits=Limits(),
        value_sets=lambda url: None,
    )
    with bench.holding([goal("g1", "p1", "active"), *more[:3]]):
        assert not bench.search(asked, room=room).included_cut
        bench.add(more[3:])
        found = bench.search(asked, room=room)
    assert (len(found.included), found.included_cut) == (3, True)


def circle() -> list[Stored]:
    """Nine Organizations, each part of the next."""
    return [
        stored(
            DIRECTORY,
            {
                "resourceType": "Organization",
                "id": f"o{n}",
                "partOf": {"reference": f"Organization/o{(n + 1) % 9}"},
            },
        )
        for n in range(9)
    ]


def test_what_several_rounds_bring_along_has_room_for_so_many_bytes_together(bench: Bench) -> None:
    asked = parse(
        "Organization",
        [("_id", "o0"), ("_include:iterate", "Organization:partof")],
        fhir_base=BASE,
        lenient=False,
        limits=Limits(),
        value_sets=lambda url: None,
    )
    with bench.holding(circle()):
        found = bench.search(asked, room=Room(bytes=2 * len(b"o1")))
    assert ([row.id for row in found.included], found.included_cut) == (["o1", "o2"], True)


def test_references_that_lead_in_a_circle_come_to_an_end(bench: Bench) -> None:
    found = ask(bench, "Organization?_id=o0&_include:iterate=Organization:partof", rows=circle())
    assert found == ["Organization/o0", *(f"+Organization/o{n}" for n in range(1, 6))]


def test_a_chain_follows_its_own_reference_alone(bench: Bench) -> None:
    other = Stored("p1", "Observation", "b9", ("patient=Patient/p1", "other=Goal/g1"))
    url = "Observation?patient=p1&focus:Goal.lifecycle-status=active"
    assert ask(bench, url, rows=[*ROWS, other]) == ["Observation/b1"]


def test_deleted_rows_are_nowhere(bench: Bench) -> None:
    rows = [replace(row, deleted=True) if row.name == "Goal/g1" else row for row in ROWS]
    assert ask(bench, "Goal?patient=p1", rows=rows) == ["Goal/g2"]
    assert ask(bench, "Observation?focus:Goal.lifecycle-status=active", rows=rows) == []
    assert ask(bench, "Observation?_id=b1&_include=Observation:focus", rows=rows) == [
        "Observation/b1"
    ]


def test_a_page_link_of_another_search_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(Malformed, match="page link"):
        ask(bench, "Goal?_page=x")
