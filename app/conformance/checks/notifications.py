"""Notifications: not offered, unless the server claims to send them.

That a server stores a Subscription is no claim that it sends anything; the profile of the
Subscriptions R5 Backport is, and so is its operation $status. What is sent is caught by a listener
of the kit's own.

Spec: https://hl7.org/fhir/R4/subscription.html,
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

import time
from uuid import uuid4

from app.conformance.bench import Bench, address, new_value
from app.conformance.made_up import SYSTEM, observation
from app.conformance.requirement import GUIDE, R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_GUIDE = "https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/"
_NOWHERE = "https://whatmatters.example/conformance-kit/hook"
_HEADER = "X-Conformance-Kit"
_PAUSE_SECONDS = 0.2


def a_subscription_is_taken_as_requested_and_not_more(bench: Bench) -> None:
    _claimed(bench)
    made = bench.create(_subscription("nobody", _NOWHERE))
    expect(
        made.get("status") in ("requested", "active"),
        f"A new Subscription has the status {made.get('status')}.",
    )


def the_status_of_a_subscription_can_be_asked(bench: Bench) -> None:
    _claimed(bench)
    if not bench.claims.operation("Subscription", "status"):
        raise NotOffered("The server does not claim $status for Subscription.")
    place = address(bench.create(_subscription("nobody", _NOWHERE)))
    answer = bench.caller.ask("GET", f"{place}/$status")
    answer.must_be(200, when="Asked for the status of a Subscription")
    expect(answer.resource_type == "Bundle", "The status of a Subscription is no Bundle.")


def a_subscription_to_an_unsafe_address_is_refused(bench: Bench) -> None:
    _claimed(bench)
    answer = bench.caller.ask("POST", "Subscription", _subscription("nobody", "file:///etc/motd"))
    answer.must_refuse(when="Subscribed with an endpoint that is no web address")


def what_was_subscribed_to_is_notified(bench: Bench) -> None:
    value = new_value()
    name, _ = _subscribed(bench, value)
    bench.create(observation(value, bench.person))
    _expect_event(bench, name)


def a_notification_carries_the_headers_that_were_asked_for(bench: Bench) -> None:
    value = new_value()
    name, _ = _subscribed(bench, value)
    bench.create(observation(value, bench.person))
    _expect_event(bench, name)
    [first, *_] = bench.listener.events(name)
    expect(
        first.headers.get(_HEADER.lower()) == name,
        "A notification came without the header that the Subscription asks for.",
    )


def nothing_else_is_notified(bench: Bench) -> None:
    value, other = new_value(), new_value()
    name, _ = _subscribed(bench, value)
    # When the second is told of its own entry, the first would have been told of it too.
    fence, _ = _subscribed(bench, other)
    bench.create(observation(other, bench.person))
    _expect_event(bench, fence)
    bench.create(observation(value, bench.person))
    _expect_event(bench, name)
    told = len(bench.listener.events(name))
    expect(told == 1, f"Of two entries one was subscribed to; {told} notifications came.")


def a_deleted_subscription_is_not_notified_again(bench: Bench) -> None:
    bench.claims.need("Subscription", "delete")
    value = new_value()
    name, place = _subscribed(bench, value)
    bench.caller.ask("DELETE", place).must_be(200, 202, 204, when="Deleting a Subscription")
    # When the second is told, the first would have been.
    fence, _ = _subscribed(bench, value)
    bench.create(observation(value, bench.person))
    _expect_event(bench, fence)
    expect(not bench.listener.events(name), "A Subscription that was deleted is still notified.")


def _claimed(bench: Bench) -> None:
    bench.claims.need("Subscription", "create", "read")
    by_profile = any(one.startswith(_BACKPORT) for one in bench.claims.profiles("Subscription"))
    if not by_profile and not bench.claims.operation("Subscription", "status"):
        raise NotOffered(
            "The server does not claim to send notifications: neither by a profile of the "
            "Subscriptions R5 Backport nor by $status."
        )


def _subscribed(bench: Bench, value: str) -> tuple[str, str]:
    """A Subscription to what has this identifier: its name at the listener, and its address."""
    _claimed(bench)
    bench.claims.need("Observation", "create", "read")
    name = uuid4().hex
    wanted = _subscription(value, f"{bench.listener.address}/{name}")
    wanted["channel"]["header"] = [f"{_HEADER}: {name}"]
    place = address(bench.create(wanted))
    _wait_until_active(bench, place)
    return name, place


def _wait_until_active(bench: Bench, place: str) -> None:
    """A server may look at a Subscription before it heeds it."""
    deadline = time.monotonic() + bench.target.patience_seconds
    while (status := bench.read(place).json.get("status")) == "requested":
        expect(time.monotonic() < deadline, "A Subscription that was requested is not yet active.")
        bench.listener.wait_for_event(place, _PAUSE_SECONDS)
    expect(status == "active", f"A Subscription that was requested became {status}.")


def _expect_event(bench: Bench, name: str) -> None:
    seconds = bench.target.patience_seconds
    expect(
        bench.listener.wait_for_event(name, seconds),
        f"No notification came to {bench.listener.address} within {seconds:g} seconds.",
    )


def _subscription(value: str, endpoint: str) -> Json:
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "The conformance kit tries whether notifications are sent",
        "criteria": f"Observation?identifier={SYSTEM}|{value}",
        "channel": {"type": "rest-hook", "endpoint": endpoint},
    }


REQUIREMENTS = rows(
    Group.NOTIFICATIONS,
    (
        (MUST, R4 + "subscription.html", a_subscription_is_taken_as_requested_and_not_more),
        (SHOULD, _GUIDE, the_status_of_a_subscription_can_be_asked),
        (MUST, GUIDE + "#notifications", a_subscription_to_an_unsafe_address_is_refused),
        (MUST, R4 + "subscription.html", what_was_subscribed_to_is_notified),
        (
            SHOULD,
            R4 + "subscription.html",
            a_notification_carries_the_headers_that_were_asked_for,
        ),
        (MUST, R4 + "subscription.html", nothing_else_is_notified),
        (MUST, GUIDE + "#notifications", a_deleted_subscription_is_not_notified_again),
    ),
)
