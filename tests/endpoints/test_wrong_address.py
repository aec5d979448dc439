"""What a caller is told who sends a sound entry to the wrong address."""

import httpx
import pytest

from tests.endpoints.asking import told
from tests.people import goal, new_person


@pytest.mark.parametrize("address", ["/Goals", "/goal", "/Golf"])
def test_an_address_that_is_no_type_is_told_how_addresses_begin(
    surgery: httpx.Client, address: str
) -> None:
    answer = surgery.post(address, json=goal(new_person(surgery)))
    assert answer.status_code == 404
    assert told(answer) == (
        "There is no such address here. An address begins with a type as FHIR spells it, such as "
        "Goal; /fhir/metadata tells which there are."
    )


def test_an_entry_sent_to_the_address_of_another_type_is_told_so(surgery: httpx.Client) -> None:
    answer = surgery.post("/Task", json=goal(new_person(surgery)))
    assert answer.status_code == 422
    assert told(answer) == "This must be a resource of type Task, as the address says."


def test_an_update_without_an_id_is_told_to_put_one_in_the_address(surgery: httpx.Client) -> None:
    answer = surgery.put("/Goal", json=goal(new_person(surgery)))
    assert answer.status_code == 400
    assert told(answer) == (
        "Say which one is meant: by its id in the address, or by a condition such as identifier=…"
    )
