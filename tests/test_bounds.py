"""The limits of one worker, read from one setting."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.bounds import NAMES, Bounds, bounds
from app.settings import REPLACED, Settings


def test_what_is_left_out_keeps_its_default() -> None:
    assert bounds("") == Bounds()
    assert bounds(" page=7  body-bytes=9000 ") == Bounds(page=7, body_bytes=9000)


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_can_be_set(name: str) -> None:
    member = name.replace("-", "_")
    lower = max(getattr(Bounds(), member) - 1, 1)
    assert getattr(bounds(f"{name}={lower}"), member) == lower


@pytest.mark.parametrize(
    "text", ["nonesuch=1", "page", "page=", "page=-1", "page=x", "page=1 page=2", "page=1,depth=9"]
)
def test_what_cannot_be_read_is_told_with_the_names_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(", ".join(NAMES))):
        bounds(text)


@pytest.mark.parametrize(
    "text", ["depth=65", "depth=0", "page=0", "body-bytes=999", "chain=100001"]
)
def test_a_limit_that_would_limit_nothing_or_everything_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is a number from"):
        bounds(text)


def test_a_page_is_no_larger_than_the_largest() -> None:
    with pytest.raises(ValueError, match="largest-page"):
        bounds("page=30 largest-page=20")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(bounds(text), Bounds)


def test_settings_that_cannot_be_read_are_refused_at_start() -> None:
    with pytest.raises(ValidationError, match="The names are"):
        Settings(limits="nonesuch=1")


@pytest.mark.parametrize("name", REPLACED)
def test_a_name_that_was_replaced_is_refused_with_the_new_one(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(ValidationError, match=f"{REPLACED[name]} in WHATMATTERS_LIMITS"):
        Settings()
