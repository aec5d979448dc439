"""The pages on which people sign in: plain HTML, no scripts, nothing from elsewhere.

Spec: https://www.w3.org/TR/WCAG22/
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from app.access.caller import Role
from app.access.sessions import SignedIn
from app.store.sessions import IDLE_MINUTES

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_MONTHS = "January February March April May June July August September October November December"
_HERE_FOR: Mapping[Role, str] = {
    Role.PERSON: "You are here for your own record.",
    Role.SUPPORTER: "You are here to help somebody, with their record.",
    Role.PRACTITIONER: "You are here for {organization}, as somebody who works there.",
    Role.ANALYST: "You are here for {organization}, to see figures about many people.",
    Role.PRIVACY_OFFICER: "You are here for {organization}, to look after people's privacy.",
    Role.ADMIN: "You are here for {organization}, to look after this service.",
}


def choices(labels: Iterable[tuple[str, str]], next: str) -> str:
    """Where one can sign in. labels: (issuer, what people read)."""
    told = [
        f'<li><a href="{_start(issuer, next)}">Sign in with {escape(label)}</a></li>'
        for issuer, label in labels
    ]
    if not told:
        return _page(
            "Sign in",
            "<p>Nobody can sign in on this page yet: whoever runs this service has not set a way "
            "to do so.</p>",
            "<p>In the demonstration there is none: its README says how to read the record.</p>",
        )
    return _page("Sign in", "<p>Choose how you sign in.</p>", f"<ul>{''.join(told)}</ul>")


def me(here: SignedIn, label: str) -> str:
    """Who is signed in, with a button to sign out."""
    who = here.caller.name or "somebody whose name we were not told"
    freshly = _start(here.caller.issuer, "/sign-in/me") + "&amp;fresh=yes"
    return _page(
        "Who is signed in",
        f"<p>You are signed in as {escape(who)}. {escape(here_for(here))}</p>",
        f"<p>{escape(since(here, label))}</p>",
        '<form method="post" action="/sign-out"><button>Sign out</button></form>',
        f'<p><a href="{freshly}">Prove again who you are</a></p>',
    )


def no(text: str, next: str | None = None) -> str:
    """A refusal, with the way to try again."""
    again = "/sign-in" if next is None else "/sign-in?" + urlencode({"next": next})
    return _page(
        "That did not work",
        f'<p role="alert">{escape(text)}</p>',
        f'<p><a href="{escape(again)}">Go to the sign-in page</a></p>',
    )


def here_for(here: SignedIn) -> str:
    """In what capacity, in one sentence."""
    named = here.organization_name or f"the organisation {here.caller.organization}"
    return _HERE_FOR[here.caller.role].format(organization=named)


def since(here: SignedIn, label: str) -> str:
    """Since when and until when, in words."""
    return (
        f"You signed in with {label} on {_moment(here.created)}. After {IDLE_MINUTES} minutes in "
        f"which you do nothing, and at the latest on {_moment(here.expires)}, you are asked to "
        "sign in again."
    )


def _moment(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day.day} {_MONTHS.split()[day.month - 1]} {day.year} at {day:%H:%M} (UTC)"


def _start(issuer: str, next: str) -> str:
    return escape("/sign-in/start?" + urlencode({"iss": issuer, "next": next}))


def _page(title: str, *parts: str) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        'initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} - What Matters</title>"
    )
    main = f"<h1>{escape(title)}</h1>" + "".join(parts)
    return (
        f'<!doctype html><html lang="en-GB"><head>{head}</head>'
        f"<body><main>{main}</main></body></html>\n"
    )
