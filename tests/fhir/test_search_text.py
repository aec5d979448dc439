"""Text as the search index holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.search_text import capped, entry, normalise


def test_a_long_entry_is_replaced_by_its_digest() -> None:
    assert entry("code", "x" * 507) == "code=" + "x" * 507
    long = entry("code", "x" * 508)
    assert long.startswith("code=#")
    assert len(long) == len("code=#") + 64
    assert entry("code", "é" * 300) == entry("code", "é" * 300)
    assert len(entry("code", "é" * 300)) == len(long)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("  Zoë\t ÅNGSTRÖM ", "zoe angstrom"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("\u0386", "\u03b1"),
        ("İstanbul", "istanbul"),
        ("\u0301", ""),
    ],
)
def test_text_is_folded_for_case_accents_and_white_space(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_text_is_capped_at_255_characters() -> None:
    assert capped("x" * 300) == "x" * 255
