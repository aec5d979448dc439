"""The one page as a sheet to look at or to print: HTML without scripts and without anything from
elsewhere. The style is allowed by its hash alone.

The sheet is in English but for what says that it is not (`lang`): our own words where they are
translated, and what somebody said in another language. So no voice reads one as if it were another.
Spec: https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/WCAG22/
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache

from jinja2 import Template
from markupsafe import Markup, escape

from app.endpoints.rest.html import style
from app.endpoints.rest.told_tag import ENGLISH, Filter, in_language, templates
from app.what_matters.days import day_in_words
from app.what_matters.journey import Happening
from app.what_matters.language import Say, in_english, joined
from app.what_matters.summary_page import Changed, Helper, Language, Page
from app.what_matters.summary_text import goal_alone, helper_in_words
from app.what_matters.telling import SOMEBODY_ELSE, Help, HowClose, Words
from app.what_matters.told_words import COUNTED, WORDS
from app.what_matters.wording import Wording, how_close_words, wording

_STYLE = style("sheet.css")
POLICY = _STYLE.policy


def sheet(page: Page, zone: tzinfo, say: Say = in_english) -> str:
    """The page as HTML. Everything in it that somebody wrote is escaped. zone: of the days. say:
    the language."""
    return _template(zone, say).render(page=page, style=_STYLE.text)


@cache
def _template(zone: tzinfo, say: Say) -> Template:
    words = _Words(say, wording(zone, say))
    own: dict[str, Filter] = {
        "day": words.day,
        "known": words.known,
        "said": words.said,
        "who": words.who,
        "what": words.what,
        "counted": words.counted,
        "how_close": words.how_close,
        "state": words.state,
        "parts": words.parts,
    }
    plain: dict[str, Filter] = {
        "strong": _strong,
        "title": words.title,
        "spoken": words.spoken,
        "both": words.wording.both,
        "helper": words.helper,
        "goal_alone": goal_alone,
    }
    made = templates(WORDS, say, {**own, **plain}, frozenset(own))
    return made.get_template("what_matters.html")


@dataclass(frozen=True, slots=True)
class _Words:
    """What fills the places of a sheet, in one language."""

    say: Say
    wording: Wording

    def known(self, message: str) -> str:
        """One of our own words, for a state or a direction."""
        return self._tagged(self.say(message), message)

    def said(self, one: Words) -> Markup:
        """What somebody said, with who said it where it was not the person; the person's own words
        before another's."""
        language = f' lang="{escape(one.language)}"' if one.language else ""
        told = f"<span{language}>{escape(one.words)}{'…' if one.cut else ''}</span>"
        if one.by:
            english = WORDS["said-by"].format(name=one.by)
            by = self._tagged(self.wording.told("said-by", name=self.wording.who(one.by)), english)
            told = f'{told} <span class="quiet">{escape(by)}</span>'
        if one.their_note:
            english = WORDS["their-note"].format(words=one.their_note)
            note = self._tagged(self.wording.told("their-note", words=one.their_note), english)
            told = f"{told}<br>{escape(note)}"
        if one.themself is not None:
            told = f"{self.said(one.themself)}<br>{told}"
        return Markup(told)  # noqa: S704  (each part is escaped)

    def what(self, one: Happening | Changed) -> str:
        """What happened, which is told in a language of its own."""
        english = self.say is in_english
        return one.what if english else in_language(one.what_language or ENGLISH, one.what)

    def who(self, name: str) -> str:
        """Who said it: by name, which is of no language, or in our own words."""
        told = self.wording.who(name)
        return self._tagged(told, name) if name == SOMEBODY_ELSE else told

    def day(self, written: str) -> str:
        """A day, as it is said."""
        if self.say is in_english:
            return self.wording.day(written)
        english = day_in_words(written, self.wording.zone)
        return self._tagged(self.wording.day(written), english)

    def counted(self, count: int, key: str) -> str:
        """A message with a number."""
        english = in_english.of(*COUNTED[key], count).format(count=count)
        return self._tagged(self.wording.counted(key, count), english)

    def how_close(self, close: HowClose) -> str:
        """How close the person is, in their words or in ours."""
        return self._tagged(how_close_words(close, self.say), close.words)

    def state(self, request: Help) -> str:
        """Where each end of a request has got to."""
        return self.parts(request.states, ", ") or self.known(WORDS["nobody-asked"])

    def parts(self, messages: Iterable[str], between: str = "; ") -> str:
        """Some of our own words in a row."""
        told = [self.known(one) for one in messages]
        return between.join(told) if self.say is in_english else escape(between).join(told)

    def _tagged(self, told: str, english: str) -> str:
        """With its language, where the sheet is to be in another than English."""
        if self.say is in_english:
            return told
        return in_language(ENGLISH if told == english else self.say.language, told)

    def title(self, name: str) -> str:
        """Whose page it is, where no language can be told."""
        words = self.wording
        return words.told("title", name=name) if name else words.words["title-unnamed"]

    def spoken(self, languages: Iterable[Language]) -> str:
        """The languages that a person speaks, the one they like best first."""
        return joined((one.name for one in languages), self.wording.words["then"])

    def helper(self, one: Helper) -> str:
        """Who helps, with their organisation, and as what."""
        return helper_in_words(one, self.wording)


def _strong(words: str) -> Markup:
    return Markup(f"<strong>{escape(words)}</strong>")  # noqa: S704  (it is escaped)
