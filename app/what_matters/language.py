"""What is said to people in their own language: gettext catalogues, and English where one has no
word yet.

Spec: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
A message is written where it is used, in English, and listed in messages.py. `make languages`
brings languages/<language>/LC_MESSAGES/messages.po up to that list, for a translator to fill in,
and makes the .mo beside it, which is read here. A translation that is marked as fuzzy waits for a
speaker, and is not used; in drafts.mo it is, which is read for `kw-x-draft`, so that a speaker can
see it in its place.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

ENGLISH = "en"
DRAFT = "-x-draft"
FOLDER = Path(__file__).with_name("languages")


@dataclass(frozen=True, slots=True)
class Say:
    """What says a message in one language, or in English where that has no word for it.

    language: by its code in BCP 47. one: of a message. of: of (for one, for several, how many)."""

    language: str
    one: Callable[[str], str]
    of: Callable[[str, str, int], str]

    def __call__(self, message: str) -> str:
        return self.one(message)

    def knows(self, message: str) -> bool:
        """Whether it is said otherwise than in English."""
        return self.one(message) != message


def _as_it_is(message: str) -> str:
    return message


def _by_number(one: str, several: str, count: int) -> str:
    return one if count == 1 else several


in_english = Say(ENGLISH, _as_it_is, _by_number)


@cache
def languages() -> tuple[str, ...]:
    """Those there are, by their codes in BCP 47: English, and each that has a catalogue."""
    found = FOLDER.glob("*/LC_MESSAGES/messages.mo")
    return (ENGLISH, *sorted(path.parents[1].name for path in found))


@cache
def said_in(language: str) -> Say:
    """What says a message in a language; for one that is not among `languages`, English."""
    code = language.removesuffix(DRAFT)
    if code == ENGLISH or code not in languages():
        return in_english
    name = "messages.mo" if code == language else "drafts.mo"
    catalogue = FOLDER / code / "LC_MESSAGES" / name
    known = GNUTranslations(BytesIO(catalogue.read_bytes()))
    # To gettext the empty message is the catalogue's heading.
    return Say(
        language, lambda message: known.gettext(message) if message else message, known.ngettext
    )


def best_language(wanted: Iterable[str]) -> str:
    """The first language of those wanted that there is, a dialect by its language ("kw-GB" by
    "kw"); English when there is none of them."""
    for one in wanted:
        code = one.replace("_", "-").lower()
        if code.endswith(DRAFT) and code.removesuffix(DRAFT) in languages()[1:]:
            return code
        for known in (code, code.partition("-")[0]):
            if known in languages():
                return known
    return ENGLISH


def translated(messages: Mapping[str, str], say: Say) -> dict[str, str]:
    """The same messages by the same keys, in a language."""
    return {key: say(message) for key, message in messages.items()}


def joined(words: Iterable[str], pattern: str) -> str:
    """Words in a row, each put to those before it by a pattern: "{before} and {last}"; "" for
    none."""
    some = list(words)
    return reduce(lambda before, last: pattern.format(before=before, last=last), some or [""])
