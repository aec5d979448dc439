from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.likeness import (
    GRADES,
    Traits,
    dates_alike,
    is_whole,
    likeness,
    phone,
    score,
    traits_of,
    turned,
)
from app.what_matters.nhs_number import NHS_NUMBER
from tests.endpoints.numbers import identifier

FAMILIES = ["pender", "trembath", "kitto", "polglase", "penderr", "o'dowd", ""]
GIVENS = ["tamsin", "denzel", "perran", "jory", "jori", "tamzin", ""]
NUMBERS = ["9990000018", "9990000026", "9990000034"]

some = st.frozensets(st.sampled_from(["1", "2"]), max_size=2)
numbers = st.frozensets(st.sampled_from(NUMBERS), max_size=2)


@st.composite
def some_traits(draw: st.DrawFn) -> Traits:
    held = draw(numbers)
    return Traits(
        names=draw(
            st.frozensets(st.tuples(st.sampled_from(FAMILIES), st.sampled_from(GIVENS)), max_size=3)
        ),
        born=draw(st.none() | st.dates().map(str) | st.sampled_from(["1950-03-01", "1950-01-03"])),
        postcodes=draw(some),
        phones=draw(some),
        emails=draw(some),
        numbers=held,
        verified=held & draw(numbers),
    )


traits = some_traits()


def person(
    family: str = "Pender",
    given: str = "Tamsin",
    born: str | None = "1950-03-01",
    number: str | None = None,
    status: str | None = "01",
    **rest: Any,
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [{"family": family, "given": [given]}],
        **rest,
    }
    if born is not None:
        body["birthDate"] = born
    if number is not None:
        body["identifier"] = [identifier(number, status)]
    return body


def grade(asked: dict[str, Any], held: dict[str, Any]) -> str:
    return likeness(traits_of(asked), traits_of(held)).grade


HOME: dict[str, Any] = {
    "telecom": [{"system": "phone", "value": "01736 000 000"}],
    "address": [{"postalCode": "TR18 4AB"}],
}


@given(traits, traits)
def test_the_score_is_the_same_whichever_comes_first(one: Traits, other: Traits) -> None:
    assert score(one, other) == score(other, one)
    assert 0 <= score(one, other) <= 1


@given(traits, traits)
def test_nothing_is_certain_but_a_verified_number_with_the_date(
    asked: Traits, held: Traits
) -> None:
    told = likeness(asked, held)
    is_proven = bool(asked.numbers & held.verified) and asked.born == held.born is not None
    assert (told.grade == "certain") is is_proven
    assert (told.score == 1) is is_proven
    assert told.grade in GRADES


@given(traits)
def test_nobody_without_a_number_is_certain_to_be_even_themselves(one: Traits) -> None:
    bare = Traits(one.names, one.born, one.postcodes, one.phones, one.emails)
    assert likeness(bare, bare).grade != "certain"


@given(traits, traits)
def test_to_share_more_never_scores_less(one: Traits, other: Traits) -> None:
    more = Traits(
        one.names | other.names,
        one.born,
        one.postcodes | other.postcodes,
        one.phones | other.phones,
        one.emails | other.emails,
    )
    assert score(more, other) >= score(one, other)


@given(st.dates().map(str), st.dates().map(str))
def test_dates_are_as_alike_one_way_as_the_other(one: str, other: str) -> None:
    assert dates_alike(one, other) == dates_alike(other, one)
    assert dates_alike(one, one) == 1
    assert (dates_alike(one, other) == 1) is (one == other)


@given(st.text(max_size=40))
def test_any_text_may_stand_for_a_telephone_or_a_name(written: str) -> None:
    assert phone(written).isdigit() or phone(written) == ""
    patient = {"resourceType": "Patient", "name": [{"text": written}]}
    assert likeness(traits_of(patient), traits_of(patient)).grade == "certainly-not"


def test_a_verified_number_with_the_date_is_certain() -> None:
    assert grade(person(number=NUMBERS[0], status=None), person(number=NUMBERS[0])) == "certain"


def test_that_the_one_who_asks_calls_it_verified_makes_nothing_certain() -> None:
    held = person(number=NUMBERS[0], status="02")
    assert grade(person(number=NUMBERS[0]), held) != "certain"


def test_the_number_with_another_date_is_possible() -> None:
    asked = person(number=NUMBERS[0], born="1950-01-03")
    assert grade(asked, person(number=NUMBERS[0])) == "possible"


def test_another_verified_number_is_another_person() -> None:
    asked = person(number=NUMBERS[0], **HOME)
    assert grade(asked, person(number=NUMBERS[1], **HOME)) == "certainly-not"
    assert grade(asked, person(number=NUMBERS[1], status="02", **HOME)) == "probable"


def test_twins_are_at_most_possible() -> None:
    assert grade(person(given="Jory", **HOME), person(given="Petra", **HOME)) == "certainly-not"
    assert grade(person(given="Jory"), person(given="Jori")) == "possible"


def test_a_father_and_a_son_of_one_name_in_one_house_are_possible() -> None:
    father, son = person(born="1950-03-01", **HOME), person(born="1980-06-21", **HOME)
    assert grade(father, son) == "possible"


def test_a_day_and_a_month_changed_about_are_possible() -> None:
    asked = person(born="1950-01-03", **HOME)
    assert grade(asked, person(born="1950-03-01", **HOME)) == "possible"


def test_a_shared_telephone_by_itself_is_nothing() -> None:
    shared = {"telecom": HOME["telecom"]}
    held = person("Kitto", "Perran", "1970-09-09", **shared)
    assert grade(person(**shared), held) == "certainly-not"


def test_a_name_and_a_date_and_a_postcode_are_probable() -> None:
    assert grade(person(**HOME), person("PENDÉR", "tamsin", **HOME)) == "probable"


def test_a_name_that_sounds_the_same_is_as_good_as_near() -> None:
    assert grade(person("Pender", "Tamsin"), person("Pendar", "Tamzin")) == "possible"


def test_one_who_has_several_names_is_known_by_each() -> None:
    held = person(**HOME)
    held["name"].append({"use": "maiden", "family": "Kitto", "given": ["Tamsin"]})
    assert grade(person("Kitto", **HOME), held) == "probable"


@pytest.mark.parametrize(
    "written", ["01736 000 000", "+44 1736 000000", "0044 (0)1736-000-000", "01736000000"]
)
def test_a_telephone_is_the_same_however_it_is_written(written: str) -> None:
    assert phone(written) == "01736000000"


def test_a_part_of_a_date_is_not_compared() -> None:
    assert traits_of(person(born="1950-03")).born is None
    assert not is_whole("1950-02-30")
    assert turned("1950-03-01") == "1950-01-03"


def test_an_identifier_of_another_system_is_no_nhs_number() -> None:
    body = person()
    body["identifier"] = [{"system": "urn:other", "value": NUMBERS[0]}]
    assert traits_of(body).numbers == frozenset()
    assert NHS_NUMBER.startswith("https://fhir.nhs.uk/")
