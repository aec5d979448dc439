"""What is said to people in their own language: gettext catalogues, and English where one has no
word yet.

Spec: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
A message is written where it is used, in English, and listed in messages.py. `make languages`
brings languages/<language>/LC_MESSAGES/messages.po up to that list, for a translator to fill in,
and makes the .mo beside it, which is read here. A translation that is marked as fuzzy waits for a
speaker, and is not used.
"""

from collections.abc import Callable, Iterable
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

Say: TypeAlias = Callable[[str], str]

ENGLISH = "en"
FOLDER = Path(__file__).with_name("languages")


def in_english(message: str) -> str:
    """The message as it is written."""
    return message


@cache
def languages() -> tuple[str, ...]:
    """Those there are, by their codes in BCP 47: English, and each that has a catalogue."""
    return (ENGLISH, *sorted(path.parents[1].name for path in FOLDER.glob("*/LC_MESSAGES/*.mo")))


@cache
def said_in(language: str) -> Say:
    """What says a message in a language; for one that is not among `languages`, English."""
    if language == ENGLISH or language not in languages():
        return in_english
    catalogue = FOLDER / language / "LC_MESSAGES" / "messages.mo"
    translations = GNUTranslations(BytesIO(catalogue.read_bytes()))
    # To gettext the empty message is the catalogue's heading.
    return lambda message: translations.gettext(message) if message else message


def best_language(wanted: Iterable[str]) -> str:
    """The first language of those wanted that there is, a dialect by its language ("kw-GB" by
    "kw"); English when there is none of them."""
    for one in wanted:
        code = one.replace("_", "-").lower()
        for known in (code, code.partition("-")[0]):
            if known in languages():
                return known
    return ENGLISH
