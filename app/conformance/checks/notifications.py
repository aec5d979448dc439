"""Notifications: not offered, unless the server claims to send them.

That a server stores a Subscription is no claim that it sends anything; the profile of the
Subscriptions R5 Backport is, and so is its operation $status.

Spec: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from app.conformance.bench import Bench, address
from app.conformance.made_up import SYSTEM
from app.conformance.requirement import Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_GUIDE = "https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/"


def a_subscription_is_taken_as_requested_and_not_more(bench: Bench) -> None:
    _claimed(bench)
    made = bench.create(_subscription())
    expect(
        made.get("status") in ("requested", "active"),
        f"A new Subscription has the status {made.get('status')}.",
    )


def the_status_of_a_subscription_can_be_asked(bench: Bench) -> None:
    _claimed(bench)
    if not bench.claims.operation("Subscription", "status"):
        raise NotOffered("The server does not claim $status for Subscription.")
    place = address(bench.create(_subscription()))
    answer = bench.caller.ask("GET", f"{place}/$status")
    answer.must_be(200, when="Asked for the status of a Subscription")
    expect(answer.resource_type == "Bundle", "The status of a Subscription is no Bundle.")


def a_subscription_to_an_unsafe_address_is_refused(bench: Bench) -> None:
    _claimed(bench)
    unsafe = _subscription()
    unsafe["channel"]["endpoint"] = "file:///etc/hostname"
    answer = bench.caller.ask("POST", "Subscription", unsafe)
    answer.must_refuse(when="Subscribed with an endpoint that is no web address")


def _claimed(bench: Bench) -> None:
    bench.claims.need("Subscription", "create", "read")
    by_profile = any(one.startswith(_BACKPORT) for one in bench.claims.profiles("Subscription"))
    if not by_profile and not bench.claims.operation("Subscription", "status"):
        raise NotOffered("The server does not claim to send notifications.")


def _subscription() -> Json:
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "The conformance kit tries whether notifications are sent",
        "criteria": f"Observation?identifier={SYSTEM}|nobody",
        "channel": {
            "type": "rest-hook",
            "endpoint": "https://whatmatters.example/conformance-kit/hook",
            "payload": "application/fhir+json",
        },
    }


REQUIREMENTS = rows(
    Group.NOTIFICATIONS,
    (
        (MUST, _GUIDE, a_subscription_is_taken_as_requested_and_not_more),
        (SHOULD, _GUIDE, the_status_of_a_subscription_can_be_asked),
        (MUST, _GUIDE, a_subscription_to_an_unsafe_address_is_refused),
    ),
)
