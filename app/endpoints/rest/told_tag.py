"""Messages in a template: `{% told "born", day=person.born | day %}`. A template is compiled for
each language with the words already in it, so that a page costs what it would cost in one language.

What is not in English says so: a message that is translated, with `lang`; and what fills its places
says that it is English again, unless the filter it passed has seen to that.
Spec: https://www.w3.org/TR/WCAG22/#language-of-parts
"""

from collections.abc import Callable, Iterator, Mapping
from string import Formatter

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup, escape

from app.endpoints.rest.html import TEMPLATES
from app.what_matters.language import Say

ENGLISH = "en-GB"
Filter = Callable[..., object]


def templates(
    messages: Mapping[str, str], say: Say, filters: Mapping[str, Filter], own: frozenset[str]
) -> Environment:
    """The templates in one language. own: the filters that tell which language they answer in."""
    made = TEMPLATES.overlay(extensions=[Told])
    made.filters = {**TEMPLATES.filters, **filters}
    made.extend(messages=messages, say=say, own_filters=own)
    return made


def in_language(language: str, words: str) -> Markup:
    """Words that say in which language they are."""
    return Markup(f'<span lang="{escape(language)}">{escape(words)}</span>')  # noqa: S704


class Told(Extension):
    """The tag: the key of a message, and what fills its places."""

    tags = {"told"}  # noqa: RUF012  (as Jinja has it)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        key = parser.stream.expect("string").value
        places: dict[str, nodes.Expr] = {}
        while parser.stream.skip_if("comma"):
            name = parser.stream.expect("name").value
            parser.stream.expect("assign")
            places[name] = parser.parse_expression()
        message: str = self.environment.messages[key]  # type: ignore[attr-defined]
        return nodes.Output(list(self._pieces(message, places)), lineno=line)

    def _pieces(self, message: str, places: Mapping[str, nodes.Expr]) -> Iterator[nodes.Expr]:
        say: Say = self.environment.say  # type: ignore[attr-defined]
        is_english = not say.knows(message)
        if not is_english:
            yield nodes.TemplateData(f'<span lang="{say.language}">')
        for text, place, _, _ in Formatter().parse(say(message)):
            yield nodes.TemplateData(str(escape(text)))
            if place is not None:
                yield from self._filled(places[place], is_english)
        if not is_english:
            yield nodes.TemplateData("</span>")

    def _filled(self, value: nodes.Expr, is_english: bool) -> Iterator[nodes.Expr]:
        own: frozenset[str] = self.environment.own_filters  # type: ignore[attr-defined]
        if is_english or (isinstance(value, nodes.Filter) and value.name in own):
            yield value
        else:
            yield nodes.TemplateData(f'<span lang="{ENGLISH}">')
            yield value
            yield nodes.TemplateData("</span>")
