"""Notifications are judged by what comes: on a server that sends them, rightly and wrongly."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.conformance.bench import Target
from app.conformance.checks import requirements
from app.conformance.run import run
from app.conformance.verdict import Outcome
from tests.conformance.notifier import Notifier, Slip
from tests.journeys.served import free_port

CHECKS = [one.id for one in requirements(["notifications"])]
DELIVERIES = CHECKS[3:]


def outcomes(
    notifier: Notifier, only: str = "notifications", *, listens: bool = True
) -> dict[str, tuple[Outcome, str]]:
    """What the kit says of each check; nothing is left behind at the server."""
    with started(notifier) as base_url:
        place = f"http://127.0.0.1:{free_port()}/kit" if listens else None
        target = Target(base_url, notify_at=place, patience_seconds=2)
        report = run(target, requirements([only]))
        assert report.left == ()
        assert notifier.held == {}
    return {one.requirement.id: (one.outcome, one.reason) for one in report.verdicts}


@contextmanager
def started(notifier: Notifier) -> Iterator[str]:
    yield notifier.start()
    notifier.stop()


def test_a_server_that_sends_what_was_subscribed_to_passes_everything() -> None:
    told = outcomes(Notifier())
    assert {one: outcome for one, (outcome, _) in told.items()} == dict.fromkeys(
        CHECKS, Outcome.PASSED
    )


@pytest.mark.parametrize(
    ("slip", "named"),
    [
        (Slip.SENDS_NOTHING, "what_was_subscribed_to_is_notified"),
        (Slip.SENDS_EVERYTHING, "nothing_else_is_notified"),
        (Slip.SENDS_NO_HEADERS, "a_notification_carries_the_headers_that_were_asked_for"),
        (Slip.NEVER_STOPS, "a_deleted_subscription_is_not_notified_again"),
        (Slip.TURNS_OFF, "a_subscription_is_taken_as_requested_and_not_more"),
        (Slip.IS_NEVER_ACTIVE, "what_was_subscribed_to_is_notified"),
        (Slip.TAKES_ANY_ADDRESS, "a_subscription_to_an_unsafe_address_is_refused"),
        (Slip.HAS_NO_STATUS, "the_status_of_a_subscription_can_be_asked"),
    ],
    ids=str,
)
def test_a_server_that_sends_wrongly_turns_its_check_red(slip: Slip, named: str) -> None:
    outcome, reason = outcomes(Notifier(slip), named)[named]
    assert outcome is Outcome.FAILED
    assert reason


def test_a_notification_that_does_not_come_is_told_with_where_it_was_waited_for() -> None:
    named = "what_was_subscribed_to_is_notified"
    _, reason = outcomes(Notifier(Slip.SENDS_NOTHING), named)[named]
    assert reason.startswith("No notification came to http://127.0.0.1:")
    assert reason.endswith("/kit within 2 seconds.")


def test_without_an_address_to_listen_at_nothing_is_proven() -> None:
    told = outcomes(Notifier(), listens=False)
    assert {told[one][0] for one in DELIVERIES} == {Outcome.NOT_TRIED}
    assert {told[one][1] for one in DELIVERIES} == {
        "This takes an address that the server can reach: give --notify-at."
    }
    assert {told[one][0] for one in CHECKS[:3]} == {Outcome.PASSED}


def test_a_server_that_only_keeps_subscriptions_does_not_offer_notifications() -> None:
    told = outcomes(Notifier(claims=False))
    assert {outcome for outcome, _ in told.values()} == {Outcome.NOT_OFFERED}
    [reason] = {reason for _, reason in told.values()}
    assert reason.startswith("The server does not claim to send notifications: neither by ")


def test_an_address_that_is_taken_is_told() -> None:
    other = Notifier()
    with started(Notifier()) as base_url, started(other) as taken:
        target = Target(base_url, notify_at=taken)
        report = run(target, requirements(["what_was_subscribed_to"]))
    [verdict] = report.verdicts
    assert verdict.outcome is Outcome.NOT_TRIED
    assert f"The kit cannot listen at {taken}: " in verdict.reason
