"""A run as one HTML page for people. It loads nothing from anywhere.

Spec: https://www.w3.org/TR/WCAG22/ (AA)
"""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from app.conformance.reports.account import Account, Entry, Section
from app.conformance.reports.badge import badge
from app.conformance.reports.text import SIGN_BY_OUTCOME
from app.conformance.requirement import GUIDE, R4
from app.conformance.verdict import MAY, MUST, Outcome, Strength

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_ORDER = list(Strength)


def page(account: Account) -> str:
    """The page: the badge and the counts, what to put right first, then everything by section."""
    title = escape(account.title)
    body = [
        f'<header><h1>{title}</h1><p class="badge {"green" if account.is_green else "red"}">'
        f"{escape(badge(account))}</p>",
        *(f"<p>{escape(one)}</p>" for one in account.facts),
        *_left(account),
        "</header>",
        *_counts(account),
    ]
    parts = [*_first(account), *_sections(account), *_choices(account)]
    body += [_contents(parts), "<main>", *(text for _, _, text in parts), "</main>"]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


# A part of the page: its id, its heading, and all of it as HTML.
_Part = tuple[str, str, str]


def _part(id: str, heading: str, *rest: str) -> _Part:
    text = f'<section aria-labelledby="{id}"><h2 id="{id}">{escape(heading)}</h2>'
    return id, heading, "\n".join([text, *rest, "</section>"])


def _contents(parts: Iterable[_Part]) -> str:
    links = "".join(f'<li><a href="#{id}">{escape(name)}</a></li>' for id, name, _ in parts)
    return f'<nav aria-label="On this page"><ul>{links}</ul></nav>'


def _left(account: Account) -> list[str]:
    if not account.left:
        return []
    places = "".join(f"<li>{escape(one)}</li>" for one in account.left)
    return [f"<p>These could not be deleted again; please delete them:</p><ul>{places}</ul>"]


def _counts(account: Account) -> list[str]:
    """A row for each outcome: the strengths are few and short, so that a phone can show them."""
    heads = "".join(f'<th scope="col">{strength}</th>' for strength in account.strengths)
    rows = [
        f'<tr><th scope="row">{outcome}</th>'
        + "".join(
            f"<td>{account.count(outcome, strength=strength)}</td>"
            for strength in account.strengths
        )
        + "</tr>"
        for outcome in account.outcomes
    ]
    return [
        "<table><caption>What came of the requirements</caption>",
        f'<thead><tr><th scope="col">Outcome</th>{heads}</tr></thead>',
        "<tbody>",
        *rows,
        "</tbody></table>",
    ]


def _first(account: Account) -> list[_Part]:
    """What somebody has to do something about, the strongest first; a MAY is never among it."""
    asked = [one for one in account.entries if one.strength is not MAY]
    failed = sorted(
        (one for one in asked if one.outcome is Outcome.FAILED),
        key=lambda one: _ORDER.index(one.strength),
    )
    untried = [one for one in asked if one.outcome is Outcome.NOT_TRIED and one.strength is MUST]
    unseen = [one for one in asked if one.outcome is Outcome.NOT_SEEN]
    given = (
        ("to-put-right", "To put right", failed),
        ("not-tried", "Not tried, so not proven", untried),
        ("not-seen", "Not seen yet", unseen),
    )
    cause = f"<p><strong>{escape(account.common_cause)}</strong></p>"
    return [
        _part(
            id, heading, cause if account.common_cause and entries is failed else "", _list(entries)
        )
        for id, heading, entries in given
        if entries
    ]


def _sections(account: Account) -> list[_Part]:
    return [
        _section(one) for one in account.sections if any(e.strength is not MAY for e in one.entries)
    ]


def _section(section: Section) -> _Part:
    asked = [one for one in section.entries if one.strength is not MAY]
    ask = [f"<p>{escape(section.ask)}</p>"] if section.ask else []
    return _part(
        f"section-{section.name}",
        section.title,
        *ask,
        f'<p class="soft">{_tally(asked)}</p>',
        _list(asked),
        _folded("What was sent", section.sent),
    )


def _choices(account: Account) -> list[_Part]:
    free = [one for one in account.entries if one.strength is MAY]
    if not free:
        return []
    said = (
        "<p>R4 leaves these to you. None of them counts; what is done has to be done rightly.</p>"
    )
    return [_part("free-choices", "Free choices (MAY)", said, _list(free))]


def _tally(entries: list[Entry]) -> str:
    counts = ((sum(one.outcome is outcome for one in entries), outcome) for outcome in Outcome)
    return ", ".join(f"{count} {outcome}" for count, outcome in counts if count) + "."


def _list(entries: list[Entry]) -> str:
    # Safari takes the list's role away with its marks, unless the role is written.
    return "\n".join(['<ul class="checks" role="list">', *map(_item, entries), "</ul>"])


def _item(entry: Entry) -> str:
    outcome = entry.outcome
    why = f"<p>{escape(entry.reason)}</p>" if entry.reason else ""
    return (
        f'<li><span class="outcome {outcome.replace(" ", "-")}">'
        f'<span aria-hidden="true">{SIGN_BY_OUTCOME[outcome]}</span> {outcome}</span>'
        f"<span>{entry.strength}</span>"
        f'<div class="what"><p>{escape(entry.sentence)}.</p>{why}{_clause(entry.clause)}'
        f"{_folded('What was asked', entry.sent)}</div></li>"
    )


def _clause(clause: str) -> str:
    # The guide's page lies in the project, not on the network, so only specifications are links.
    if clause.startswith(GUIDE):
        said = f"This project: {escape(clause)}"
    else:
        name = f"R4: {clause.removeprefix(R4)}" if clause.startswith(R4) else clause
        said = f'<a href="{escape(clause)}">{escape(name.removeprefix("https://"))}</a>'
    return f'<p class="clause soft">{said}</p>'


def _folded(summary: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    text = escape("\n".join(lines))
    return f"<details><summary>{summary}</summary><pre>{text}</pre></details>"
