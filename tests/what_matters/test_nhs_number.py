from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.nhs_number import (
    NHS_NUMBER,
    is_nhs_number,
    not_taken,
    numbers_not_taken,
    verified_numbers,
)

STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"

# The check digit of the first nine, by another way of counting than the service's: each step adds
# the sum so far once more, which gives the first digit its weight of ten in the end.
nine_digits = st.text("0123456789", min_size=9, max_size=9)


def check_digit(nine: str) -> int | None:
    total = running = 0
    for digit in nine:
        running += int(digit)
        total += running
    rest = -(total + running) % 11
    return None if rest == 10 else rest


def numbered(value: str, code: str | None = "01", **rest: Any) -> dict[str, Any]:
    identifier: dict[str, Any] = {"system": NHS_NUMBER, "value": value, **rest}
    if code is not None:
        concept = {"coding": [{"system": CODES, "code": code}]}
        identifier["extension"] = [{"url": STATUS, "valueCodeableConcept": concept}]
    return {"resourceType": "Patient", "identifier": [identifier]}


@given(nine_digits)
def test_of_ten_ways_to_end_at_most_one_is_a_number(nine: str) -> None:
    right = [last for last in range(10) if is_nhs_number(f"{nine}{last}")]
    expected = check_digit(nine)
    if expected is None or set(f"{nine}{expected}") == {nine[0]}:
        assert right == []
    else:
        assert right == [expected]


@given(nine_digits, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_found(nine: str, place: int, by: int) -> None:
    last = check_digit(nine)
    if last is None:
        return
    number = f"{nine}{last}"
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not is_nhs_number(wrong)


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_equal_digits_are_no_number_though_the_sum_is_right(digit: str) -> None:
    assert not is_nhs_number(digit * 10)


@pytest.mark.parametrize(
    "written",
    [
        "9990000018".translate({digit: digit + 0xFEE0 for digit in range(48, 58)}),  # full width
        "9990000018".translate({digit: digit + 0x0630 for digit in range(48, 58)}),  # Arabic-Indic
        "9990000018\n",
        " 9990000018",
        "999 000 0018",
        "999-000-0018",
        "99900000180",
        "999000001",
        "",
        "999000001X",
    ],
)
def test_only_ten_ascii_digits_are_a_number(written: str) -> None:
    assert not is_nhs_number(written)
    assert verified_numbers(numbered(written)) == frozenset()


@given(st.text(max_size=12))
def test_no_text_at_all_makes_it_fail(written: str) -> None:
    assert is_nhs_number(written) in (True, False)


@pytest.mark.parametrize(
    ("first", "kind", "is_taken"),
    [
        ("9", "any", True),
        ("9", "test", True),
        ("9", "live", False),
        ("4", "any", True),
        ("4", "test", False),
        ("4", "live", True),
    ],
)
def test_a_service_for_tests_and_one_for_people_share_no_number(
    first: str, kind: Any, is_taken: bool
) -> None:
    number = next(
        f"{first}{n:08}{last}" for n in range(1, 99) if (last := check_digit(f"{first}{n:08}"))
    )
    assert is_nhs_number(number)
    assert (not_taken(number, kind) is None) is is_taken
    places = [one.expression for one in numbers_not_taken(numbered(number), kind)]
    assert places == ([] if is_taken else ["Patient.identifier[0].value"])


@pytest.mark.parametrize("code", [None, "02", "03", "04", "05", "06", "07", "08", "1", ""])
def test_a_number_without_the_status_01_is_not_verified(code: str | None) -> None:
    assert verified_numbers(numbered("9990000018", code)) == frozenset()


def test_a_number_with_the_status_01_is_verified() -> None:
    assert verified_numbers(numbered("9990000018")) == {"9990000018"}


def test_a_code_of_another_system_verifies_nothing() -> None:
    patient = numbered("9990000018")
    concept = patient["identifier"][0]["extension"][0]["valueCodeableConcept"]
    concept["coding"][0]["system"] = "https://fhir.hl7.org.uk/CodeSystem/another"
    assert verified_numbers(patient) == frozenset()


def test_an_old_number_and_a_replaced_record_hold_none() -> None:
    replaced = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}
    assert verified_numbers(numbered("9990000018", use="old")) == frozenset()
    assert verified_numbers({**numbered("9990000018"), **replaced}) == frozenset()
