"""Sentences and words of a text, and the age at which people can read it: the Automated
Readability Index.

Source: Smith & Senter 1967, Automated Readability Index, AMRL-TR-66-220:
4.71 * letters / words + 0.5 * words / sentences - 21.43 is a grade of American schools; the age is
that of the end of the grade, five years more. It needs no dictionary of syllables, so it works
offline and is the same everywhere. Like every such measure it helps to find the hardest texts, and
does not say that a text is good: ask people who read it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_YEARS_BEFORE_SCHOOL = 5
# With fewer words, one long name decides all.
LEAST_WORDS = 30
_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-][^\W_]+)*")
# What is no prose: code, an address, and what a template fills in.
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\b[a-z]+://\S+|\{[^{}\n]*\}", re.DOTALL)
_END = re.compile(
    r"[.!?…:]+[\"'\u201d\u2019)\]]*(?=\s|\Z)"  # the end of a sentence, or of what leads in a list
    r"|\n[ \t]*\n"  # a paragraph
    r"|\n(?=[ \t]*(?:[-*•|#>]|\d{1,3}[.)])[ \t])",  # an item of a list, a row, a heading
)
_LEAD = re.compile(r"[\s\-*•|#>]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """start: where it begins in the text, in characters from 0."""

    text: str
    start: int

    @property
    def words(self) -> int:
        """How many words it has; a hyphen joins, and so does an apostrophe."""
        return len(_WORD.findall(self.text))


@dataclass(frozen=True, slots=True)
class Readability:
    """reading_age: in years; None for a text of fewer than thirty words."""

    words: int
    sentences: int
    reading_age: float | None


def prose(text: str) -> str:
    """The text with spaces in the place of what is no prose, so that every place stays."""
    return _NO_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, in their order. An item of a list, a heading, and what stands before
    a colon is one by itself; a line that is only wrapped is not."""
    plain, start = prose(text), 0
    ends = [found.end() for found in _END.finditer(plain)]
    for end in (*ends, len(plain)):
        lead = _LEAD.match(plain, start, end)
        begin = lead.end() if lead is not None else start
        found = Sentence(plain[begin:end].rstrip(), begin)
        if found.words:
            yield found
        start = end


def readability(text: str) -> Readability:
    """How hard a text is to read, as a whole."""
    found = [_WORD.findall(one.text) for one in sentences(text)]
    words = [word for some in found for word in some]
    if len(words) < LEAST_WORDS:
        return Readability(len(words), len(found), None)
    letters = sum(letter.isalnum() for word in words for letter in word)
    grade = 4.71 * letters / len(words) + 0.5 * len(words) / len(found) - 21.43
    age = max(0.0, grade) + _YEARS_BEFORE_SCHOOL
    return Readability(len(words), len(found), round(age, 1))
