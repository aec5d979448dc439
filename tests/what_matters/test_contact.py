"""Contacts: whether each started with what matters, and whether it was told again."""

from typing import Any

import pytest

from app.what_matters.contact import Conversation, Conversations, contact_of, conversations
from tests.what_matters.cast import everybody

FIRST = next(one for link, one in everybody().items() if link.startswith("Encounter/"))


def contact(conversation: str | None = None, **rest: Any) -> dict[str, Any]:
    base = "https://whatmatters.example/fhir/StructureDefinition"
    said = [{"url": f"{base}/what-matters-conversation", "valueCode": conversation}]
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "period": {"start": "2026-03-01T10:00:00Z"},
        "serviceProvider": {"reference": "Organization/larder"},
        "extension": said if conversation else [],
        **rest,
    }


@pytest.mark.parametrize(
    ("conversation", "starts"),
    [("asked", True), ("read", True), ("updated", True), ("not-asked", False), (None, False)],
)
def test_a_contact_starts_with_what_matters_when_it_was_read_asked_or_updated(
    conversation: str | None, starts: bool
) -> None:
    found = contact_of(contact(conversation))
    assert found is not None
    assert found.starts_with_what_matters is starts


def test_what_is_not_said_is_no_no() -> None:
    found = [contact_of(contact(one)) for one in ("asked", "not-asked", None)]
    some = [one for one in found if one is not None]
    assert conversations(some) == Conversations(contacts=3, said=2, with_what_matters=1)
    assert some[2].told_again is None


@pytest.mark.parametrize("status", ["planned", "cancelled", "entered-in-error", "unknown"])
def test_what_did_not_happen_is_no_contact(status: str) -> None:
    assert contact_of(contact("asked", status=status)) is None


def test_what_does_not_say_when_it_was_is_no_contact() -> None:
    assert contact_of(contact("asked", period={})) is None


def test_the_contacts_of_the_cast_are_read() -> None:
    every = [one for link, one in everybody().items() if link.startswith("Encounter/")]
    found = [one for one in map(contact_of, every) if one is not None]
    assert len(found) == len(every) - 1  # one was called off
    assert {one.conversation for one in found} == set(Conversation)
    assert {one.told_again for one in found} == {True, False}
    assert all(one.organisation and one.goals is not None for one in found)
