from typing import Any

import pytest

from app.access.agents import check_agents, check_author
from app.access.caller import Caller, Role
from app.errors import Forbidden, Invalid
from tests.access.callers import caller

BASE = "https://record.example/fhir"
KINDS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"

Json = dict[str, Any]

SYSTEM = caller(Role.SYSTEM)
PRACTITIONER = caller(Role.PRACTITIONER)
PERSON = caller(Role.PERSON, person="7")
SUPPORTER = caller(Role.SUPPORTER, person="7")
ADMIN = caller(Role.ADMIN)
# Who helps this person, and who helps another.
PEOPLE = {"RelatedPerson/r": "7", "RelatedPerson/o": "8"}

NOT_YOURS = (
    "This Provenance was written by somebody else. Leave it as it is, and add one of your own."
)
FOR_ORGANISATIONS = (
    "Name your own organisation here, by a link, or somebody who works for it. The person, and who "
    "helps them, is named as author or informant, where the words are theirs."
)
FOR_PEOPLE = (
    "Name yourself here, by a link. Who helps you is named as author or informant, where the words "
    "are theirs."
)
ON_BEHALF = "Name your own organisation here, by a link to it, or leave this out."


def link(to: str) -> Json:
    return {"reference": to}


def agent(who: Json, *kinds: str, **rest: Any) -> Json:
    codings = [{"system": KINDS, "code": kind} for kind in kinds]
    return {"who": who, **({"type": {"coding": codings}} if kinds else {}), **rest}


def tree(*agents: Any, **rest: Any) -> Json:
    return {"resourceType": "Provenance", "agent": list(agents), **rest}


def issues(who: Caller, provenance: Json) -> list[tuple[str, str, str | None]]:
    try:
        check_agents(who, provenance, "7", PEOPLE, BASE)
    except Invalid as no:
        return [(one.code, one.text, one.expression) for one in no.issues]
    return []


def places(who: Caller, provenance: Json) -> list[str | None]:
    return [place for _, _, place in issues(who, provenance)]


def test_a_provenance_is_changed_by_who_wrote_it_alone() -> None:
    check_author(SYSTEM, "Provenance", "Organization/gp-surgery")
    check_author(PERSON, "Provenance", "Patient/7")
    with pytest.raises(Forbidden) as no:
        check_author(SYSTEM, "Provenance", "Organization/other")
    assert str(no.value) == NOT_YOURS


def test_an_administrator_may_change_any_provenance() -> None:
    check_author(ADMIN, "Provenance", "Organization/other")


def test_what_is_no_provenance_is_not_kept_for_its_author() -> None:
    check_author(SYSTEM, "Goal", "Organization/other")


def test_an_administrator_may_name_anybody() -> None:
    assert issues(ADMIN, tree(agent(link("Organization/other")))) == []


@pytest.mark.parametrize(
    ("who", "named"),
    [
        (SYSTEM, link("Organization/gp-surgery")),
        (SYSTEM, link(f"{BASE}/Organization/gp-surgery")),
        (SYSTEM, link("Practitioner/p")),
        (SYSTEM, link("PractitionerRole/p")),
        (SYSTEM, link("Device/d")),
        (SYSTEM, {"display": "Wella at the desk"}),
        (SYSTEM, {"identifier": {"value": "1"}, "type": "Practitioner"}),
        (PRACTITIONER, link("Practitioner/p")),
        (PERSON, link("Patient/7")),
        (SUPPORTER, link("RelatedPerson/bessie")),
        (PERSON, {"display": "Me"}),
    ],
)
def test_one_names_oneself_or_who_works_for_one(who: Caller, named: Json) -> None:
    assert issues(who, tree(agent(named))) == []


@pytest.mark.parametrize(
    "named",
    [
        link("Organization/other"),
        link("https://elsewhere.example/fhir/Organization/gp-surgery"),
        link("Patient/7"),
        link("RelatedPerson/r"),
        link("no reference"),
        {"identifier": {"value": "1"}, "type": "Organization"},
        {"display": "Somebody", "type": "Patient"},
    ],
)
def test_an_organisation_names_no_other_and_nobody_as_having_written(named: Json) -> None:
    assert issues(SYSTEM, tree(agent(named))) == [
        ("business-rule", FOR_ORGANISATIONS, "Provenance.agent[0].who")
    ]


@pytest.mark.parametrize(
    "named",
    [
        link("Organization/gp-surgery"),
        link("Patient/8"),
        link("RelatedPerson/r"),
        link("Practitioner/p"),
        {"display": "Somebody", "type": "Practitioner"},
        {"display": "Somebody", "identifier": {"value": "1"}},
    ],
)
@pytest.mark.parametrize("who", [PERSON, SUPPORTER], ids=lambda who: str(who.role))
def test_a_person_names_nobody_but_themselves_as_having_written(who: Caller, named: Json) -> None:
    assert issues(who, tree(agent(named))) == [
        ("business-rule", FOR_PEOPLE, "Provenance.agent[0].who")
    ]


@pytest.mark.parametrize("kinds", [("author",), ("informant",), ("author", "informant")])
@pytest.mark.parametrize("named", ["Patient/7", "RelatedPerson/r"])
@pytest.mark.parametrize("who", [SYSTEM, PERSON], ids=lambda who: str(who.role))
def test_the_person_and_who_helps_them_are_named_where_the_words_are_theirs(
    who: Caller, named: str, kinds: tuple[str, ...]
) -> None:
    assert issues(who, tree(agent(link(named), *kinds))) == []


@pytest.mark.parametrize(
    "named", ["Patient/8", "RelatedPerson/o", "RelatedPerson/nobody", "Organization/other"]
)
def test_the_words_are_never_those_of_somebody_of_another_record(named: str) -> None:
    assert places(SYSTEM, tree(agent(link(named), "author"))) == ["Provenance.agent[0].who"]


@pytest.mark.parametrize(
    "type",
    [
        {},
        {"coding": []},
        {"coding": [{"system": KINDS, "code": "enterer"}]},
        {"coding": [{"system": "http://elsewhere.example", "code": "author"}]},
        {"coding": [{"code": "author"}]},
        {"coding": [{"system": KINDS, "code": "author"}, {"system": KINDS, "code": "enterer"}]},
    ],
)
def test_only_author_and_informant_say_no_more_than_whose_words_they_are(type: Json) -> None:
    named = {"type": type, "who": link("Patient/7")}
    assert places(SYSTEM, tree(named)) == ["Provenance.agent[0].who"]


def test_every_agent_that_is_not_ones_own_is_told_with_its_place() -> None:
    provenance = tree(
        agent(link("Organization/other")),
        agent(link("Organization/gp-surgery")),
        agent(link("Patient/8"), "author", onBehalfOf=link("Organization/other")),
        signature=[{"who": link("Practitioner/p")}, {"who": link("Organization/other")}],
    )
    assert places(SYSTEM, provenance) == [
        "Provenance.agent[0].who",
        "Provenance.agent[2].who",
        "Provenance.agent[2].onBehalfOf",
        "Provenance.signature[1].who",
    ]


def test_a_signature_is_never_the_word_of_another() -> None:
    signed = {"who": link("Patient/7"), "type": [{"system": KINDS, "code": "author"}]}
    assert places(SYSTEM, tree(signature=[signed])) == ["Provenance.signature[0].who"]


def test_what_names_nobody_is_left_to_the_structure() -> None:
    assert issues(SYSTEM, tree({}, {"who": "Organization/other", "onBehalfOf": "x"})) == []


@pytest.mark.parametrize("to", ["Organization/other", "Patient/7"])
def test_an_agent_without_who_still_answers_for_whom_it_acts(to: str) -> None:
    assert places(SYSTEM, tree({"onBehalfOf": link(to)})) == ["Provenance.agent[0].onBehalfOf"]


@pytest.mark.parametrize(
    ("who", "to", "may"),
    [
        (SYSTEM, link("Organization/gp-surgery"), True),
        (SYSTEM, link(f"{BASE}/Organization/gp-surgery"), True),
        (SYSTEM, link("#inside"), False),
        (SYSTEM, link("Organization/other"), False),
        (SYSTEM, link("Patient/7"), False),
        (SYSTEM, {"display": "Us"}, False),
        (PERSON, link("Patient/7"), True),
        (PERSON, link("Organization/gp-surgery"), False),
    ],
)
def test_one_acts_for_oneself_alone(who: Caller, to: Json, may: bool) -> None:
    told = issues(who, tree(agent(link(who.agent), onBehalfOf=to)))
    assert told == ([] if may else [("business-rule", ON_BEHALF, "Provenance.agent[0].onBehalfOf")])


def test_who_helps_a_person_may_speak_for_them() -> None:
    spoken = agent(link("RelatedPerson/r"), "author", onBehalfOf=link("Patient/7"))
    asked = agent(link("RelatedPerson/r"), "author", onBehalfOf=link("Organization/gp-surgery"))
    other = agent(link("RelatedPerson/r"), "author", onBehalfOf=link("Patient/8"))
    assert places(SYSTEM, tree(spoken, asked, other)) == ["Provenance.agent[2].onBehalfOf"]


@pytest.mark.parametrize(
    ("inside", "may"),
    [
        ({"resourceType": "Practitioner", "id": "p"}, True),
        ({"resourceType": "Device", "id": "p"}, True),
        ({"resourceType": "PractitionerRole", "id": "p"}, True),
        ({"resourceType": "PractitionerRole", "id": "p", "organization": link("x")}, False),
        ({"resourceType": "Organization", "id": "p"}, False),
        ({"resourceType": "Patient", "id": "p"}, False),
        ({"resourceType": "Practitioner", "id": "other"}, False),
        ({"id": "p"}, False),
    ],
)
def test_somebody_described_inside_is_read_by_their_type(inside: Json, may: bool) -> None:
    beside = {"resourceType": "Organization", "id": "q", "organization": link("x")}
    told = places(SYSTEM, tree(agent(link("#p")), contained=[beside, inside]))
    assert told == ([] if may else ["Provenance.agent[0].who"])


def test_nobody_described_inside_is_the_person_themselves() -> None:
    inside = [{"resourceType": "Patient", "id": "p"}]
    provenance = tree(agent(link("#p"), "author"), contained=inside)
    assert places(SYSTEM, provenance) == ["Provenance.agent[0].who"]
