import pytest

from app.cli import made_up_people as people
from app.cli.made_up_people import Person
from app.fhir import structure
from benchmarks.fill import TOGETHER, retold
from benchmarks.sql import Sent


def test_every_resource_of_a_made_up_person_is_structurally_right() -> None:
    for number in (0, 1):
        for resource in Person(number).resources():
            assert structure.check(resource, expected_type=resource["resourceType"]) == []


def test_a_person_is_the_same_each_time() -> None:
    assert Person(7).resources() == Person(7).resources()


def test_a_long_record_has_exactly_twenty_goals() -> None:
    types = [resource["resourceType"] for resource in Person(0).resources()]
    assert people.has_long_record(0)
    assert types.count("Goal") == 20


def test_nhs_numbers_are_synthetic_and_different_and_have_their_check_digit() -> None:
    numbers = {people.nhs_number(number) for number in range(20_000)}
    assert len(numbers) == 20_000
    assert min(numbers) >= "9990000000"
    for number in list(numbers)[:500]:
        weighted = sum(int(digit) * (10 - n) for n, digit in enumerate(number[:9]))
        assert int(number[9]) == (11 - weighted % 11) % 11


@pytest.mark.parametrize("text", [str, str.encode])
def test_a_story_retold_is_what_its_teller_would_have_said(text: type) -> None:
    def said(first: int) -> list[object]:
        tellers = [Person(number) for number in range(first, first + TOGETHER)]
        return [text(repr(teller.resources())) for teller in tellers]

    other = people.VARIETIES
    ((statement,),) = retold((Sent("insert", [said(0), 7]),), 0, [other])
    assert statement == Sent("insert", [said(other), 7])


def test_the_audit_of_a_story_retold_has_an_id_of_its_own() -> None:
    id = "01a204f2002ce8d1452122066fca"
    body = b'{"resourceType":"AuditEvent","id":"%b","meta":{}}' % id.encode()
    told = retold((Sent("insert", [[id], [body]]),), 0, [0, 2 * people.VARIETIES])
    ids, bodies = zip(*(statement.arguments for (statement,) in told), strict=True)
    assert [one for (one,) in ids] == [id[:-4] + "0000", id[:-4] + "0002"]
    assert [one for (one,) in bodies] == [body.replace(id.encode(), new.encode()) for (new,) in ids]
