"""The one page as a sheet to look at or to print: HTML without scripts and without anything from
elsewhere. The style is allowed by its hash alone.

Spec: https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/WCAG22/
"""

from base64 import b64encode
from datetime import tzinfo
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.what_matters.naming import day_in_words
from app.what_matters.summary_page import Page

_FOLDER = Path(__file__).with_name("templates")
_STYLE = (_FOLDER / "sheet.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_templates = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def sheet(page: Page, zone: tzinfo) -> str:
    """The page as HTML. Everything in it that somebody wrote is escaped. zone: of the days."""
    template = _templates.get_template("what_matters.html")
    # The style is our own file, and its hash is of these very characters.
    style = Markup(_STYLE)  # noqa: S704
    return template.render(page=page, style=style, day=lambda written: day_in_words(written, zone))
