"""The cast: every example Bundle is sound, and the people in it are the ones the tests lean on."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.fhir.json_guard import parse
from app.fhir.structure import check
from tests.profiles.walking import walk

EXAMPLES = Path(__file__).parents[2] / "fhir_profiles" / "examples"
PEOPLE = sorted((EXAMPLES / "people").glob("*.json"))
FILES = [EXAMPLES / "organisations.json", *PEOPLE]
TODAY = date(2026, 11, 22)
BASE = "https://whatmatters.example/fhir/"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
VERIFICATION = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
)
UNAVAILABLE = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberUnavailableReason"
)
ORGANISATIONS = {
    "gp-surgery",
    "acute-trust",
    "community-trust",
    "council-care",
    "harbour-befriending",
    "open-door-housing",
    "larder-food-bank",
    "stranger-clinic",
    "care-board",
}
LICENSED = (
    r"\bPAM\b|Patient Activation|MYCaW|WEMWBS|Warwick|\bGBO\b|Goal.Based Outcomes?|collaboRATE"
    r"|howRu|howRwe|IntegRATE|P3C-EQ|EQ-5D|PHQ-?9|GAD-?7|PROMIS"
)
HAPPENED = (
    "authored",
    "authoredOn",
    "dateTime",
    "effectiveDateTime",
    "lastModified",
    "occurredDateTime",
    "received",
    "recorded",
    "sent",
    "statusDate",
    "time",
)
# From the last Sunday of March to the last of October.
SUMMER_TIMES = (("2025-03-30", "2025-10-26"), ("2026-03-29", "2026-10-25"))
# Narrower than https://hl7.org/fhir/R4/datatypes.html#id by the full stop.
ID = re.compile(r"[A-Za-z0-9-]{1,64}")

Json = dict[str, Any]


def _bundle(path: Path) -> Json:
    read: Json = json.loads(path.read_text(encoding="utf-8"))
    return read


def _resources(path: Path) -> list[Json]:
    return [entry["resource"] for entry in _bundle(path)["entry"]]


def _of(path: Path, type_: str) -> list[Json]:
    return [each for each in _resources(path) if each["resourceType"] == type_]


def _name(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _references(resource: Json) -> Iterator[str]:
    # Consent names an actor by an element that is itself called reference.
    return (
        value
        for member, value in walk(resource)
        if member == "reference" and isinstance(value, str)
    )


def _nhs_number(patient: Json) -> Json | None:
    found = [each for each in patient.get("identifier", []) if each["system"] == NHS_NUMBER]
    return found[0] if found else None


def _check_digit(number: str) -> int:
    """The tenth digit; 10 means not valid. Source: NHS Data Dictionary, Modulus 11."""
    weighted = sum(
        int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True)
    )
    return (11 - weighted % 11) % 11


def _age(patient: Json) -> int:
    born = date.fromisoformat(patient["birthDate"])
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


def _patient(path: Path) -> Json:
    (patient,) = _of(path, "Patient")
    return patient


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=PEOPLE, ids=lambda path: path.stem)
def person(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_at_least_twelve_people() -> None:
    assert len(PEOPLE) >= 12


def test_a_file_is_a_transaction_of_puts_with_chosen_ids(file: Path) -> None:
    bundle = _bundle(file)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    for entry in bundle["entry"]:
        name = _name(entry["resource"])
        assert ID.fullmatch(entry["resource"]["id"]), name
        assert entry["request"] == {"method": "PUT", "url": name}
        assert entry["fullUrl"] == BASE + name


def test_no_id_is_used_twice() -> None:
    names = [_name(each) for path in FILES for each in _resources(path)]
    assert len(names) == len(set(names))


def test_every_resource_has_the_shape_fhir_gives_it(file: Path) -> None:
    for entry in parse(file.read_bytes())["entry"]:
        assert not check(entry["resource"]), entry["fullUrl"]


def test_a_second_opinion_on_the_shape_agrees(file: Path) -> None:
    for resource in _resources(file):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_every_reference_leads_to_the_same_file_or_to_the_organisations(file: Path) -> None:
    known = {_name(each) for each in _resources(FILES[0]) + _resources(file)}
    for resource in _resources(file):
        missing = set(_references(resource)) - known
        assert not missing, _name(resource)


def test_every_entry_of_a_person_belongs_to_that_person_alone(person: Path) -> None:
    owner = _name(_patient(person))
    for resource in _resources(person):
        named = {each for each in _references(resource) if each.startswith("Patient/")}
        assert named <= {owner}, _name(resource)
        if resource["resourceType"] not in {"Patient", "Provenance"}:
            held = resource.get("subject") or resource.get("patient") or resource.get("for")
            assert held == {"reference": owner}, _name(resource)


def test_a_person_file_is_named_after_the_person(person: Path) -> None:
    assert person.stem == f"{PEOPLE.index(person) + 1:02d}-{_patient(person)['id']}"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", _patient(person)["id"])


def test_nhs_numbers_are_synthetic_valid_and_say_how_sure_we_are(person: Path) -> None:
    identifier = _nhs_number(_patient(person))
    if identifier is None:
        return
    number = identifier["value"]
    assert re.fullmatch(r"999[0-9]{7}", number)
    assert len(set(number)) > 1
    assert _check_digit(number) == int(number[9])
    assert [each["url"] for each in identifier["extension"]] == [VERIFICATION]


def test_nhs_numbers_differ_and_the_first_person_has_the_known_one() -> None:
    numbers = [found["value"] for path in PEOPLE if (found := _nhs_number(_patient(path)))]
    assert numbers[0] == "9990000018"
    assert len(numbers) == len(set(numbers)) == len(PEOPLE) - 1


def test_the_one_without_an_nhs_number_says_why_and_has_no_fixed_address() -> None:
    (patient,) = [each for each in map(_patient, PEOPLE) if _nhs_number(each) is None]
    assert UNAVAILABLE in {each["url"] for each in patient["extension"]}
    assert patient["address"][0]["use"] == "temp"


def test_the_ages_run_from_4_to_92() -> None:
    ages = sorted(_age(_patient(path)) for path in PEOPLE)
    assert (ages[0], ages[-1]) == (4, 92)
    assert sum(age < 18 for age in ages) >= 2
    assert sum(age >= 80 for age in ages) >= 2


def test_the_organisations_are_those_named() -> None:
    assert {each["id"] for each in _of(FILES[0], "Organization")} == ORGANISATIONS


def test_the_stranger_is_known_to_nobody(person: Path) -> None:
    of_the_stranger = {
        _name(each)
        for each in _resources(FILES[0])
        if "Organization/stranger-clinic" in {*_references(each), _name(each)}
    }
    strangers = of_the_stranger | {"Practitioner/ysella-trudgeon"}
    assert len(strangers) >= 4
    for resource in _resources(person):
        assert not strangers & set(_references(resource)), _name(resource)
    assert "stranger-clinic" not in person.read_text(encoding="utf-8")
    assert "Saltbox" not in person.read_text(encoding="utf-8")


def test_the_first_person_is_known_to_the_surgery_and_the_befrienders_alone() -> None:
    (team,) = [each for each in _of(PEOPLE[0], "CareTeam") if each["status"] == "active"]
    named = {each for each in _references(team) if each.startswith("Organization/")}
    assert named == {"Organization/gp-surgery", "Organization/harbour-befriending"}
    closed = {"completed", "rejected", "cancelled", "failed"}
    helping = {
        each["owner"]["reference"]
        for each in _of(PEOPLE[0], "Task")
        if each["status"] not in closed
    }
    assert helping <= named


def test_the_first_person_has_goals_reached_let_go_and_waiting() -> None:
    goals = _of(PEOPLE[0], "Goal")
    assert len(goals) >= 4
    by_status = {each["lifecycleStatus"]: each for each in goals}
    assert {"active", "completed", "cancelled", "on-hold"} <= by_status.keys()
    achieved = by_status["completed"]["achievementStatus"]["coding"][0]
    assert achieved["code"] == "achieved"
    assert by_status["cancelled"]["statusReason"]


def test_every_goal_has_words_a_subject_a_status_and_a_start(person: Path) -> None:
    goals = _of(person, "Goal")
    assert len(goals) >= 2
    for goal in goals:
        assert goal["description"]["text"].strip(), goal["id"]
        assert goal["subject"]["reference"] == _name(_patient(person))
        assert goal["lifecycleStatus"]
        assert date.fromisoformat(goal["startDate"]) <= TODAY
        assert goal["expressedBy"]["reference"].split("/")[0] in {"Patient", "RelatedPerson"}


def test_a_goal_that_ended_or_waits_says_why(person: Path) -> None:
    for goal in _of(person, "Goal"):
        if goal["lifecycleStatus"] in {"completed", "cancelled", "on-hold"}:
            assert goal["statusReason"].strip(), goal["id"]


def test_progress_is_told_after_the_goal_began(person: Path) -> None:
    start_by_goal = {_name(each): each["startDate"] for each in _of(person, "Goal")}
    for observation in _of(person, "Observation"):
        for focus in observation.get("focus", []):
            began = start_by_goal[focus["reference"]]
            assert observation["effectiveDateTime"][:10] >= began, observation["id"]


def test_a_declined_request_says_why(person: Path) -> None:
    for task in _of(person, "Task"):
        if task["status"] in {"rejected", "cancelled", "on-hold", "failed"}:
            assert task["statusReason"]["text"].strip(), task["id"]


def test_nothing_happens_after_today(person: Path) -> None:
    for resource in _resources(person):
        for member, value in walk(resource):
            if member in HAPPENED:
                assert value[:10] <= TODAY.isoformat(), (_name(resource), member)


def test_a_time_of_day_carries_its_zone(person: Path) -> None:
    for resource in _resources(person):
        for member, value in walk(resource):
            if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
                assert re.search(r"[+-]\d\d:\d\d$", value), (_name(resource), member)


def test_a_time_of_day_is_told_by_the_clocks_of_cornwall(person: Path) -> None:
    for member, value in walk(_bundle(person)):
        if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
            summer = any(start <= value[:10] < end for start, end in SUMMER_TIMES)
            assert value.endswith("+01:00" if summer else "+00:00"), (member, value)


def test_what_a_person_has_confirmed_had_reached_them_by_then(person: Path) -> None:
    told = {_name(each): each for each in _of(person, "Communication")}
    for task in _of(person, "Task"):
        for output in task.get("output", []):
            message = told[output["valueReference"]["reference"]]
            reached = message.get("received", message["sent"])
            assert message["sent"] <= reached <= task["lastModified"], task["id"]


def test_wellbeing_is_asked_of_no_one_under_16_and_is_said_by_the_person(person: Path) -> None:
    wellbeing = [
        each
        for each in _of(person, "Observation")
        if each["code"].get("coding", [{}])[0].get("system") == BASE + "CodeSystem/wellbeing"
    ]
    assert not wellbeing or _age(_patient(person)) >= 16
    for observation in wellbeing:
        assert all(0 <= each["valueInteger"] <= 10 for each in observation["component"])
        assert observation["performer"] == [{"reference": _name(_patient(person))}]


def test_a_childs_mother_speaks_for_him() -> None:
    (child,) = [path for path in PEOPLE if _age(_patient(path)) == 4]
    voices = {each["expressedBy"]["reference"].split("/")[0] for each in _of(child, "Goal")}
    assert voices == {"RelatedPerson"}


def test_a_cornish_speaker_is_in_the_cast() -> None:
    preferred = {
        spoken["language"]["coding"][0]["code"]
        for path in PEOPLE
        for spoken in _patient(path)["communication"]
        if spoken.get("preferred")
    }
    assert {"en", "kw"} <= preferred


def test_somebody_lives_on_the_isles_of_scilly() -> None:
    districts = {each["district"] for path in PEOPLE for each in _patient(path)["address"]}
    assert districts == {"Cornwall", "Isles of Scilly"}


def test_every_consent_is_one_choice_about_one_organisation_or_the_team() -> None:
    consents = [each for path in PEOPLE for each in _of(path, "Consent")]
    types = {each["provision"]["type"] for each in consents}
    assert types == {"permit", "deny"}
    for consent in consents:
        assert consent["status"] == "active"
        (actor,) = consent["provision"]["actor"]
        assert actor["reference"]["reference"].split("/")[0] in {"Organization", "CareTeam"}
        assert set(consent["provision"]) <= {"type", "actor", "data", "period"}


def test_a_decimal_keeps_its_trailing_zero_in_the_first_file() -> None:
    assert re.search(r'"value": \d+\.\d*0\b', PEOPLE[0].read_text(encoding="utf-8"))


def test_no_licensed_questionnaire_is_named() -> None:
    for path in EXAMPLES.rglob("*"):
        if path.is_file():
            assert not re.search(LICENSED, path.read_text(encoding="utf-8")), path.name


def test_phone_numbers_and_addresses_on_the_net_are_made_up(file: Path) -> None:
    for resource in _resources(file):
        for point in resource.get("telecom", []):
            # Ofcom keeps 01632 960 and 07700 900 for drama; RFC 2606 keeps .example.
            pattern = r"(01632 960|07700 900)\d{3}|[\w.-]+@[\w.-]+\.example"
            assert re.fullmatch(pattern, point["value"]), _name(resource)
