"""Where in a file the fault is, as an editor shows it."""

import pytest

from app.cli.source_place import place_at, place_of

TEXT = """{
  "resourceType": "Goal",
  "description": {"text": "a \\"quoted\\" word, [and] {more}"},
  "target": [
    {"dueDate": "2026-12-01"},
    {
      "dueDate": "soon", "detailString": "é"}
  ]
}
"""


@pytest.mark.parametrize(
    ("expression", "line", "column"),
    [
        ("Goal", 1, 1),
        (None, 1, 1),
        ("Goal.resourceType", 2, 3),
        ("Goal.description.text", 3, 19),
        ("Goal.target", 4, 3),
        ("Goal.target[0]", 5, 5),
        ("Goal.target[1].dueDate", 7, 7),
        ("Goal.target[1].detailString", 7, 26),
        ("Goal.target[2].dueDate", 4, 3),  # not there: the innermost that is
        ("Goal.subject", 1, 1),
        ("Goal.description[0].text", 3, 19),
    ],
)
def test_an_element_is_found(expression: str | None, line: int, column: int) -> None:
    assert place_of(TEXT, expression) == (line, column)


def test_a_byte_is_told_as_line_and_column_in_characters() -> None:
    raw = '{\n "é": x}'.encode()
    assert place_at(raw, raw.index(b"x")) == (2, 7)
    assert place_at(raw, raw.index(b"x"), first_line=5) == (6, 7)


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a":', "[", "[1,"])
def test_a_text_that_ends_early_still_has_a_place(text: str) -> None:
    assert place_of(text, "Goal.a[3].b") >= (1, 1)
