"""One text in one language: its words looked up once, its days, and lines of one width.

Spec: https://www.unicode.org/reports/tr35/ (how words in a row are put together)
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from textwrap import wrap

from app.what_matters.attainment import WORDS_BY_LEVEL
from app.what_matters.days import day_in_words
from app.what_matters.help_chain import HOW_IS_NOT_SAID
from app.what_matters.language import Say, in_english, joined, translated
from app.what_matters.progress import Way
from app.what_matters.telling import SOMEBODY_ELSE, Help, HowClose
from app.what_matters.told_words import COUNTED, HAPPENED, WORDS

_WIDTH = 78
_TWICE = {0: "never", 1: "once", 2: "twice"}


@dataclass(frozen=True, slots=True)
class Wording:
    """How a text is told. words: its messages, by key. zone: where the days are told."""

    say: Say
    words: Mapping[str, str]
    zone: tzinfo

    def told(self, key: str, **places: str) -> str:
        """A message with its places filled in."""
        return self.words[key].format(**places)

    def counted(self, key: str, count: int, **places: str) -> str:
        """A message with a number, in the form that goes with it."""
        return self.say.of(*COUNTED[key], count).format(count=count, **places)

    def times(self, count: int) -> str:
        """How often: never, once, twice, and then in figures."""
        key = _TWICE.get(count)
        return self.words[key] if key is not None else self.counted("times", count)

    def day(self, written: str) -> str:
        """A day, as it is said."""
        return day_in_words(written, self.zone, self.say)

    def state(self, request: Help) -> str:
        """Where each end of a request has got to."""
        states = ", ".join(map(self.say, request.states))
        return states or self.words["nobody-asked"]

    def who(self, name: str) -> str:
        """Who said it: by name, or our own words where no name may be told."""
        return self.say(name) if name == SOMEBODY_ELSE else name

    def instead(self, words: str) -> str:
        """How somebody will be in touch: as they said it, or our own words where they did not."""
        return self.say(words) if words == HOW_IS_NOT_SAID else words

    def both(self, names: Iterable[str]) -> str:
        """Names in a row."""
        return joined(names, self.words["and"])

    def with_note(self, told: str, note: str) -> str:
        """The same, and on a line of its own what the person wrote beside it."""
        return f"{told}\n{self.told('their-note', words=note)}" if note else told

    def quoted(self, what: str, words: str) -> str:
        """What it is, and what was said, where something was."""
        return self.told("with-words", what=what, words=words) if words else what


def wording(zone: tzinfo, say: Say = in_english) -> Wording:
    """How a text is told in a language."""
    return Wording(say, _words(say), zone)


@cache
def _words(say: Say) -> Mapping[str, str]:
    return translated(WORDS, say)


def how_close_words(close: HowClose, say: Say) -> str:
    """How close somebody is: what the person said as they said it, and our own words for a number
    in the language of who reads."""
    if close.way is Way.ZERO_TO_TEN:
        return say(HAPPENED["out-of-ten"]).format(number=close.number)
    is_ours = close.number is not None and close.words == WORDS_BY_LEVEL.get(close.number)
    return say(close.words) if is_ours else close.words


def lines(text: str, first: str, below: str) -> Iterator[str]:
    """A text in lines that a screen or a sheet has room for. first, below: what they begin with."""
    # Of one line that is all there is to it; most are, and the rest costs a hundred times as much.
    if len(first) + len(text) <= _WIDTH and text.isprintable() and text.strip() == text != "":
        yield first + text
    else:
        yield from wrap(text, _WIDTH, initial_indent=first, subsequent_indent=below)


def with_name(told: str, name: str) -> str:
    """The same, and in brackets who said or did it, where it was not the person."""
    return f"{told} ({name})" if name else told
