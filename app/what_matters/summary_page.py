"""What stands on the one page: its parts, in the order in which they are read.

Spec: docs/api.md
"""

from dataclasses import dataclass

from app.what_matters.journey import Happening
from app.what_matters.telling import GoalTold, Help, Words


@dataclass(frozen=True, slots=True)
class Language:
    """code: of BCP 47. name: what it is called."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose page it is. called: what they like to be called."""

    id: str
    name: str
    called: str
    pronouns: tuple[str, ...]
    born: str


@dataclass(frozen=True, slots=True)
class HowToTalk:
    """What to know before the first word. take_care: what people should take care with.
    interpreter: null where nobody said. reach: the way they like best first."""

    take_care: tuple[Words, ...]
    languages: tuple[Language, ...]
    interpreter: bool | None
    in_my_words: Words | None
    reach: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MostImportant:
    """in_short: the part of About Me of that name. things: what matters, in the person's order
    where they gave one. more: how many more there are."""

    in_short: Words | None
    things: tuple[Words, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Helper:
    """One of those who help. role: as the person calls it."""

    name: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True)
class SinceWeMet:
    """What was done since this organisation was last in touch. last: that contact."""

    last: Happening
    done: tuple[Happening, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that is new, or was changed. when: that was written. by: who wrote it.
    what_language: of what, where it is told otherwise than in English. their_note: as of
    `Words`."""

    entry: str
    what: str
    words: str
    when: str
    by: str
    their_note: str = ""
    what_language: str = ""


@dataclass(frozen=True, slots=True)
class SinceYouLooked:
    """What was written since the one who reads last opened this page."""

    last: str
    changed: tuple[Changed, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Page:
    """The one page to read before a conversation. not_shown: the parts that the token of who reads
    does not reach, so that they are not taken for empty. written: when this page was made."""

    person: Whom
    how_to_talk: HowToTalk
    most_important: MostImportant
    please: Words | None
    how_to_support: Words | None
    goals: tuple[GoalTold, ...]
    more_goals: int
    who_helps: tuple[Helper, ...]
    more_who_help: int
    requests: tuple[Help, ...]
    more_requests: int
    since_we_met: SinceWeMet | None
    since_you_looked: SinceYouLooked | None
    not_shown: tuple[str, ...]
    written: str
