"""Text written to people, checked for jargon, abbreviations nobody explained, words that hurt, long
sentences and its reading age: remarks with a kinder wording, and never a no.

Not for the person's own words: nobody corrects those. See written_to_people.py for what is.
Source: NHS digital service manual, content (Open Government Licence 3.0): a reading age of 9 to 11,
sentences of at most 20 words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.errors import TooCostly
from app.what_matters.plain_words import WordList, folded, is_abbreviation, shipped_words
from app.what_matters.reading_age import Readability, prose, readability, sentences

MOST_WORDS = 20
READING_AGE = 11
LONGEST = 100_000
_ABBREVIATION = re.compile(r"(?<![\w/&-])([A-Z][A-Z0-9&]{1,5})(?:['\u2019]?s)?(?![\w/&-])")
# Written out with the abbreviation in brackets, and the other way round.
_EXPLAINED = re.compile(r"\w[ \n]\(([A-Z][A-Z0-9&]{1,5})s?\)")
_EXPLAINS = re.compile(r"\b([A-Z][A-Z0-9&]{1,5})s?[ \n]\(\w+[ \n]\w")
_LINE = re.compile("\n")
_LETTERS = re.compile(r"[a-z]{2,}")


class Kind(StrEnum):
    """What is remarked upon."""

    JARGON = "jargon"
    UNKIND = "unkind"
    TONE = "tone"
    ABBREVIATION = "abbreviation"
    LONG_SENTENCE = "long sentence"
    READING_AGE = "reading age"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark. line, column: from 1, of where `found` begins; start: the same in characters from
    0. found: the words as they stand, or "" where it is about the whole text."""

    kind: Kind
    line: int
    column: int
    start: int
    found: str
    say: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one text. remarks: in the order of their places."""

    readability: Readability
    remarks: tuple[Remark, ...]


def check(text: str, words: WordList | None = None) -> Checked:
    """Every remark on a text that is written to people. words: the shipped list when None.

    Raises TooCostly for a text of more than a hundred thousand characters.
    """
    if len(text) > LONGEST:
        raise TooCostly(f"A text to check has at most {LONGEST:,} characters. Check it in parts.")
    listed = words if words is not None else shipped_words()
    plain = prose(text)
    found = [
        *_apart(_listed(plain, listed)),
        *_abbreviations(plain, listed),
        *_long_sentences(text),
    ]
    measured = readability(text)
    if measured.reading_age is not None and measured.reading_age > READING_AGE:
        said = (
            f"People need a reading age of about {measured.reading_age:.0f}; aim for 9 to "
            f"{READING_AGE}. Shorter words and shorter sentences help most."
        )
        found.append((Kind.READING_AGE, 0, "", said))
    ordered = sorted(found, key=lambda one: (one[1], one[0]))
    starts = [0, *(match.end() for match in _LINE.finditer(text))]
    return Checked(measured, tuple(_remark(starts, one) for one in ordered))


_Found = tuple[Kind, int, str, str]


def _listed(plain: str, words: WordList) -> Iterator[_Found]:
    for pattern in _patterns(frozenset(words.advice)):
        for match in pattern.finditer(plain):
            key = _looked_up(match[0])
            advice = words.advice.get(key) or words.advice.get(key.lower())
            if advice is not None:
                said = f"Better: {advice.instead}."
                yield Kind(advice.kind), match.start(), match[0], said


def _apart(found: Iterable[_Found]) -> Iterator[_Found]:
    """Without what lies in another; the longer is told."""
    end = 0
    for one in sorted(found, key=lambda one: (one[1], -len(one[2]))):
        if one[1] >= end:
            end = one[1] + len(one[2])
            yield one


def _abbreviations(plain: str, words: WordList) -> Iterator[_Found]:
    """Each that is not known, not on the list, and not explained anywhere in brackets, once."""
    told = {*words.known, *words.advice, *words.allowed, *_EXPLAINED.findall(plain)}
    told.update(found[1] for found in _EXPLAINS.finditer(plain))
    start = 0
    for line in plain.splitlines(keepends=True):
        # A line of capitals alone is a heading, and no abbreviation.
        is_heading = _LETTERS.search(line) is None and len(line.split()) > 1
        for match in () if is_heading else _ABBREVIATION.finditer(line):
            stem = match[1]
            if not {match[0], stem} & told:
                told.add(stem)
                said = f"Say what {stem} stands for, or leave it out."
                yield Kind.ABBREVIATION, start + match.start(), match[0], said
        start += len(line)


def _long_sentences(text: str) -> Iterator[_Found]:
    for one in sentences(text):
        if one.words > MOST_WORDS:
            said = f"{one.words} words in one sentence. Make two of it; at most {MOST_WORDS}."
            yield Kind.LONG_SENTENCE, one.start, text[one.start : one.start + len(one.text)], said


@lru_cache(maxsize=16)
def _patterns(avoid: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """One pattern for abbreviations, which are capitals, and one for all else; the longest words
    first, so that a phrase goes before a word in it."""
    by_length = sorted(avoid, key=lambda one: (-len(one), one))
    kinds: tuple[Iterable[str], Iterable[str]] = (
        [one for one in by_length if is_abbreviation(one)],
        [one for one in by_length if not is_abbreviation(one)],
    )
    flags = (0, re.IGNORECASE)
    return tuple(
        re.compile(rf"(?<![\w-])(?:{'|'.join(map(_escaped, some))})(?![\w-])", flag)
        for some, flag in zip(kinds, flags, strict=True)
        if some
    )


def _escaped(words: str) -> str:
    spaced = re.escape(words).replace(r"\ ", r"\s{1,8}").replace(r"\#", "#")
    return spaced.replace("#", r"\d{1,4}").replace("'", "['\u2019]")


def _looked_up(found: str) -> str:
    return folded(re.sub(r"\d{1,4}", "#", found.replace("\u2019", "'")))


def _remark(starts: Sequence[int], found: _Found) -> Remark:
    """starts: where each line begins."""
    kind, start, quoted, said = found
    line = bisect_right(starts, start)
    return Remark(kind, line, start - starts[line - 1] + 1, start, quoted, said)
