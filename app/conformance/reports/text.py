"""A run as lines for a terminal, or for the log of a build."""

from collections.abc import Iterator
from textwrap import wrap

from app.conformance.reports.account import Account, Entry
from app.conformance.reports.badge import badge
from app.conformance.verdict import Outcome

SIGN_BY_OUTCOME = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_OFFERED: "○",
    Outcome.NOT_TRIED: "?",
    Outcome.NOT_SEEN: "?",
}


def text(account: Account, width: int) -> str:
    """Every requirement by its section, then the badge. width: in characters; 0 = never broken."""
    lines: list[str] = []
    for section in account.sections:
        lines += ["", section.title]
        for entry in section.entries:
            lines += lines_of(entry, width)
    return "\n".join([*lines, "", badge(account)]) + "\n"


def lines_of(entry: Entry, width: int, *, place: str = "") -> Iterator[str]:
    """The requirement; where it is not met, the reason and the clause on lines of their own.

    place: the section, where it is not said above.
    """
    where = f"{place}  " if place else ""
    head = f"{SIGN_BY_OUTCOME[entry.outcome]} {entry.outcome}  {where}{entry.strength}: "
    yield from _broken(f"{head}{entry.sentence}.", "  ", width)
    if entry.outcome is not Outcome.PASSED:
        yield from _broken(entry.reason, "      ", width)
    if entry.outcome in (Outcome.FAILED, Outcome.NOT_SEEN):
        # An address is never broken, so that it can be clicked.
        yield f"      See {entry.clause}"


def _broken(words: str, indent: str, width: int) -> list[str]:
    if not width:
        return [indent + words]
    return wrap(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
