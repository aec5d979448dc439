"""What the reports tell of a client: its scenarios, what was asked of it and what it sent.

Nothing that a person said is repeated, and no token.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from app.conformance.client_judgement import Judgement
from app.conformance.client_sandbox_session import Session
from app.conformance.client_trace import Exchange
from app.conformance.exchange import texts_of
from app.conformance.reports import Account, Entry, Section
from app.conformance.verdict import Outcome

_OUTCOMES = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_SEEN)


def account_of(sessions: Iterable[Session], began_at: datetime) -> Account:
    """The scenarios as the reports want them."""
    return Account(
        "client",
        "What Matters client sandbox",
        began_at,
        (datetime.now(UTC) - began_at).total_seconds(),
        _OUTCOMES,
        tuple(map(_section, sessions)),
        facts=("What is not seen yet counts as not met: play the scenario, or the rest of it.",),
    )


def _section(session: Session) -> Section:
    scenario = session.scenario
    return Section(
        scenario.name,
        scenario.title,
        tuple(map(_entry, session.judgements())),
        scenario.ask,
        tuple(map(_line, session.trace.exchanges)),
    )


def _entry(one: Judgement) -> Entry:
    requirement, verdict = one.requirement, one.verdict
    sentence = requirement.sentence.removesuffix(".")
    return Entry(
        requirement.id,
        sentence,
        requirement.strength,
        verdict.outcome,
        requirement.clause,
        verdict.why,
    )


def _line(one: Exchange) -> str:
    """What was sent, without its query: that may hold a number of a person, or a token."""
    asked = f"{one.request.method} {quote(one.request.path)}{'?…' if one.request.query else ''}"
    note = f" ({one.reply.note})" if one.reply.note else ""
    # Only the sandbox's own words: what a client sent is not in them.
    said = "".join(f" · {text}" for text in texts_of(one.reply.tree or {}))
    return f"{one.seconds:.2f} s: {asked} → {one.reply.status}{note}{said}"
