"""Pages of HTML without scripts and without anything from elsewhere: their templates, and a style
that the policy allows by its hash alone.

Spec: https://www.w3.org/TR/CSP3/
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = Path(__file__).with_name("templates")

# Everything in a page that somebody wrote is escaped.
TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Style:
    """text: to stand in the page as it is. policy: the Content-Security-Policy that allows it."""

    text: Markup
    policy: str


def style(name: str) -> Style:
    """A style sheet of ours, from the folder of the templates."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    digest = b64encode(sha256(text.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    # It is our own file, and its hash is of these very characters.
    return Style(Markup(text), policy)  # noqa: S704
