"""What is granted is what is both asked for and allowed, no letter and no row more or less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import scopes
from app.access.scope_meet import meet, text
from app.access.scopes import Scope

TAGS = ("category=a", "category=b", "status=active")
ROWS = [frozenset(), *(frozenset((tag,)) for tag in TAGS), frozenset(TAGS[:2]), frozenset(TAGS)]
LETTERS = st.sets(st.sampled_from("cruds"), min_size=1).map(
    lambda some: "".join(letter for letter in "cruds" if letter in some)
)
SCOPES = st.lists(
    st.builds(
        Scope,
        st.sampled_from(["system", "user"]),
        st.sampled_from(["*", "Goal", "Task"]),
        LETTERS,
        st.sets(st.sampled_from(TAGS), max_size=2).map(lambda some: tuple(sorted(some))),
    ),
    max_size=4,
)


def reached(held: tuple[Scope, ...] | list[Scope]) -> set[tuple[str, str, str, frozenset[str]]]:
    """Everything that the scopes allow, of a small world."""
    return {
        (context, type, letter, row)
        for context in ("system", "user")
        for type in ("Goal", "Task", "Patient")
        for letter in "cruds"
        for row in ROWS
        if (found := scopes.allowed(held, {context}, type, letter)) is not None
        and (not found or any(row.issuperset(entries) for entries in found))
    }


@given(SCOPES, SCOPES)
def test_the_meeting_allows_exactly_what_both_allow(
    requested: list[Scope], allowed: list[Scope]
) -> None:
    assert reached(meet(requested, allowed)) == reached(requested) & reached(allowed)


@given(SCOPES, SCOPES)
def test_what_is_granted_can_be_written_and_read_again(
    requested: list[Scope], allowed: list[Scope]
) -> None:
    granted = meet(requested, allowed)
    assert scopes.parse(text(granted)) == granted


@given(st.text(max_size=40), SCOPES)
def test_text_that_is_no_scope_is_granted_nothing(words: str, allowed: list[Scope]) -> None:
    assert reached(meet(scopes.parse(words), allowed)) <= reached(scopes.parse(words))


@pytest.mark.parametrize(
    ("requested", "allowed", "granted"),
    [
        ("system/*.rs", "system/*.cruds", "system/*.rs"),
        ("system/*.rs", "system/Goal.cruds system/Task.r", "system/Goal.rs system/Task.r"),
        ("system/Goal.cruds", "system/*.rs", "system/Goal.rs"),
        ("system/Goal.rs", "system/Goal.rs?status=active", "system/Goal.rs?status=active"),
        (
            "system/Goal.rs?status=active",
            "system/*.r?_tag=x|y",
            "system/Goal.r?_tag=x|y&status=active",
        ),
        ("system/*.read", "system/*.cruds", "system/*.rs"),
        ("system/Goal.rs", "system/Task.rs", ""),
        ("user/Goal.rs", "system/*.cruds", ""),
        ("system/Goal.c", "system/Goal.rud", ""),
        ("openid system/Goal.r launch", "system/*.cruds", "system/Goal.r"),
        ("system/Goal.cr", "system/Goal.c system/Goal.r", "system/Goal.cr"),
    ],
)
def test_what_is_granted(requested: str, allowed: str, granted: str) -> None:
    assert text(meet(scopes.parse(requested), scopes.parse(allowed))) == granted


def granted(requested: str, allowed: str) -> list[str]:
    return text(meet(scopes.parse(requested), scopes.parse(allowed))).split()


def test_scopes_are_granted_in_the_order_in_which_they_were_asked_for() -> None:
    asked = "system/Task.r user/Goal.rs system/Goal.r"
    assert granted(asked, "system/*.cruds user/*.r") == [
        "system/Task.r",
        "user/Goal.r",
        "system/Goal.r",
    ]


@pytest.mark.parametrize(("each", "is_left_out"), [(7, True), (8, False)])
def test_one_within_another_is_left_out_unless_there_are_too_many_to_look(
    each: int, is_left_out: bool
) -> None:
    asked = " ".join(f"user/Goal.r?category={n}" for n in range(14))
    held = " ".join(f"user/Goal.rs?status={n}" for n in range(each))
    found = granted(f"{asked} system/*.r system/Goal.r", f"{held} system/*.cruds")
    assert len(found) == 14 * each + 2 - is_left_out
    assert ("system/Goal.r" in found) is not is_left_out
