"""The sentences in which a person is told who has looked, and the words they are made of."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.access import audit
from app.access.acts import Act
from app.access.audit import Deed
from app.access.caller import Caller, Role
from app.fhir.resource_types import RESOURCE_TYPES
from app.operations.who_has_looked import whole_days
from app.what_matters import looked_words as words
from app.what_matters.who_has_looked import look_of, tell
from tests.access.callers import caller, person, surgery

LONDON = ZoneInfo("Europe/London")
AT = datetime(2026, 3, 3, 10, 14, tzinfo=UTC)
NAMES = {"Organization/gp-surgery": "Polmear Surgery", "RelatedPerson/7-sister": "Kensa"}


def event(who: Caller, act: Act = Act.READ, **rest: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": "Goal",
        "id": "7-abc",
        "version": 2,
        "person_id": "7",
        "outcome": "0",
        "refusal": None,
        "query": None,
        "request_id": "request-1",
        "recorded": AT,
        "method": "GET",
        **rest,
    }
    made = audit.event(Deed(who=who, act=act, **fields), "audit-1", "https://record.example/fhir")
    return dict(json.loads(made))


def sentences(*events: dict[str, Any]) -> list[str]:
    return [one.sentence for one in tell([look_of(one) for one in events], NAMES, LONDON)]


def told(who: Caller, act: Act = Act.READ, **rest: Any) -> str:
    (sentence,) = sentences(event(who, act, **rest))
    return sentence


def someone(role: Role, **rest: Any) -> Caller:
    return replace(caller(role, person="7"), **rest)


def practitioner(**rest: Any) -> Caller:
    return someone(Role.PRACTITIONER, **{"name": None, **rest})


def test_a_named_human_being_of_an_organisation_is_told_with_what_it_was_for() -> None:
    who = practitioner(name="Wella Bray", purpose="TREAT")
    assert told(who) == (
        "Wella Bray, of Polmear Surgery, read your goals on 3 March 2026 at 10:14, "
        "to care for you or help you."
    )


@pytest.mark.parametrize(
    ("who", "start"),
    [
        (surgery(), "The computer system of Polmear Surgery read"),
        (practitioner(), "Somebody at Polmear Surgery read"),
        (person(), "You read"),
        (someone(Role.SUPPORTER, supporter="7-sister"), "Kensa, who helps you, read"),
        (
            someone(Role.SUPPORTER, supporter="7-other"),
            "One of your helpers read",
        ),
        (
            caller(Role.ADMIN),
            "Somebody who runs this service for Polmear Surgery read",
        ),
    ],
)
def test_who_it_was_is_told_as_far_as_it_is_known(who: Caller, start: str) -> None:
    assert told(who).startswith(start)


@pytest.mark.parametrize(
    ("act", "rest", "part"),
    [
        (Act.READ, {}, "read your goals on"),
        (Act.VREAD, {}, "read your goals on"),
        (Act.HISTORY_INSTANCE, {}, "read older versions of your goals on"),
        (Act.SEARCH_TYPE, {"query": b"Goal?patient=7"}, "looked for your goals on"),
        (Act.SEARCH_TYPE, {"query": b"Patient/7/Goal"}, "looked for your goals on"),
        (
            Act.SEARCH_TYPE,
            {"query": b"Patient?_revinclude:iterate=Goal:patient", "type": "Patient"},
            "looked for your name and how to reach you, and more of your record on",
        ),
        (Act.SEARCH_SYSTEM, {"query": b"?_id=7", "type": None}, "looked for your record on"),
        (Act.EVERYTHING, {"type": "Patient", "id": "7"}, "read your whole record on"),
        (
            Act.EXPORT_PERSON,
            {"type": "Patient", "id": "7"},
            "took a copy of all that is here about you on",
        ),
        (Act.SIGN_IN, {"type": None, "id": None, "version": None}, "signed in on"),
        (Act.SIGN_OUT, {"type": None, "id": None, "version": None}, "signed out on"),
        (Act.UNTIE, {"type": "Patient", "id": "7"}, "took your sign-in off your record on"),
        (Act.ERASE_PERSON, {"type": "Patient", "id": "7"}, "erased all that is here about you on"),
        (Act.WHO_CAN_SEE, {}, "asked who can see your goals on"),
        (Act.WHO_HAS_LOOKED, {}, "asked who has looked at your record on"),
        (Act.CREATE, {}, "added to your goals on"),
        (Act.UPDATE, {}, "changed your goals on"),
        (Act.PATCH, {"type": "Observation"}, "changed what you and others noted on"),
        (Act.DELETE, {"type": "Consent"}, "took something out of your choices about sharing on"),
    ],
)
def test_what_was_done_is_told_in_plain_words(act: Act, rest: dict[str, Any], part: str) -> None:
    if "query" in rest:
        rest = {"id": None, "version": None, **rest}
    assert part in told(surgery(), act, **rest)


@pytest.mark.parametrize("act", Act)
def test_every_act_has_its_words_done_and_refused(act: Act) -> None:
    for outcome in ("0", "4", "8"):
        for who in (surgery(), person()):
            assert told(who, act, outcome=outcome).endswith(".")


def test_a_refusal_is_told_as_one() -> None:
    assert told(surgery(), outcome="4") == (
        "The computer system of Polmear Surgery tried to read your goals "
        "on 3 March 2026 at 10:14, and was not let in."
    )
    assert told(person(), outcome="4").endswith("at 10:14, but could not.")
    assert told(surgery(), Act.UPDATE, outcome="4").endswith("at 10:14, but could not.")


def test_equal_ones_of_a_day_are_told_as_one() -> None:
    some = [event(surgery(), recorded=AT + timedelta(minutes=n)) for n in range(12)]
    other = event(surgery(), Act.UPDATE, recorded=AT + timedelta(minutes=5))
    start = "The computer system of Polmear Surgery"
    assert sentences(*some, other) == [
        f"{start} read your goals on 3 March 2026, 12 times between 10:14 and 10:25.",
        f"{start} changed your goals on 3 March 2026 at 10:19.",
    ]
    assert sentences(some[0], some[0]) == [
        f"{start} read your goals on 3 March 2026, 2 times at 10:14."
    ]


def test_another_day_another_organisation_another_use_and_a_refusal_stand_by_themselves() -> None:
    looks = [
        event(surgery()),
        event(surgery(), recorded=AT + timedelta(days=1)),
        event(someone(Role.SYSTEM, organization="other")),
        event(practitioner(purpose="HRESCH")),
        event(practitioner(purpose="TREAT")),
        event(practitioner(name="Wella Bray", purpose="TREAT")),
        event(surgery(), outcome="4"),
    ]
    assert len(sentences(*looks)) == len(looks)


def test_the_time_is_that_of_london_in_summer_too() -> None:
    late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    assert "on 1 August 2026 at 00:30" in told(surgery(), recorded=late)


def test_an_organisation_that_is_gone_is_told_as_such() -> None:
    assert "an organisation that is no longer listed" in told(
        someone(Role.SYSTEM, organization="gone")
    )


def test_a_name_cannot_turn_the_sentence_round() -> None:
    look = look_of(event(surgery()))
    (one,) = tell([look], {"Organization/gp-surgery": "{why}\u202eSurgery"}, LONDON)
    assert "The computer system of {why}Surgery read" in one.sentence


def test_a_page_ends_with_a_whole_day() -> None:
    looks = [
        look_of(event(surgery(), recorded=AT - timedelta(hours=n * 6))) for n in range(9)
    ]  # 10:14 and 04:14 of the 3rd, four of the 2nd, three of the 1st
    assert whole_days(looks[:5], 6) is None
    whole, before = whole_days(looks[:4], 4) or ([], None)
    assert (len(whole), before) == (2, datetime(2026, 3, 3, tzinfo=UTC))
    assert whole_days(looks[:2], 1) is None
    same = [looks[0]] * 9_999 + [look_of(event(surgery(), recorded=AT - timedelta(seconds=1)))]
    whole, before = whole_days(same, 1) or ([], None)
    assert (len(whole), before) == (9_999, AT - timedelta(milliseconds=999))


PARTS = [
    *words.WHO.values(),
    *words.WHAT.values(),
    *words.DONE.values(),
    *words.REFUSED.values(),
    *words.REFUSED_YOU.values(),
    words.ONCE,
    *words.OFTEN,
    *words.AT_ONCE,
    *words.WHY.values(),
    words.AN_ORGANISATION,
]
# Words that a child of ten meets at school, though they are long.
LONG_BUT_KNOWN = {"something", "everybody", "emergency", "questions", "organisation", "computer"}
JARGON = {
    "resource", "audit", "event", "consent", "provenance", "token", "scope", "server", "client",
    "request id", "access", "data", "query", "patch", "api", "practitioner", "patient", "purpose",
}  # fmt: skip


def test_no_word_of_fhir_or_of_computing_is_in_the_sentences() -> None:
    text = " ".join(re.sub(r"\{\w+\}", "", part) for part in PARTS).lower()
    found = set(re.findall(r"[a-z]+", text))
    plain = {"goal", "task", "list", "group", "location", "basic", "flag", "condition"}
    types = {name.lower() for name in RESOURCE_TYPES} - plain
    assert found & (JARGON | types) == set()


def test_the_sentences_are_short_and_of_short_words() -> None:
    for part in PARTS:
        found = re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", part))
        assert [one for one in found if len(one) > 8 and one.lower() not in LONG_BUT_KNOWN] == []
    longest = max(len(words.WHO[kind].split()) for kind in words.WHO)
    acts = max(len(one.split()) for one in (*words.DONE.values(), *words.REFUSED.values()))
    assert longest + acts < 32


def test_every_type_that_a_record_may_hold_has_its_words() -> None:
    of_people = {row.name for row in RESOURCE_TYPES.values() if row.person}
    assert of_people <= words.WHAT.keys()
