"""The one page as a sheet to look at or to print: HTML without scripts and without anything from
elsewhere. The style is allowed by its hash alone.

Spec: https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/WCAG22/
"""

from datetime import tzinfo

from app.endpoints.rest.html import TEMPLATES, style
from app.what_matters.naming import day_in_words
from app.what_matters.summary_page import Page

_STYLE = style("sheet.css")
POLICY = _STYLE.policy


def sheet(page: Page, zone: tzinfo) -> str:
    """The page as HTML. Everything in it that somebody wrote is escaped. zone: of the days."""
    template = TEMPLATES.get_template("what_matters.html")
    return template.render(
        page=page, style=_STYLE.text, day=lambda written: day_in_words(written, zone)
    )
