"""A run as lines for a terminal, or for the log of a build."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from app.conformance.reports.account import Account, Entry
from app.conformance.reports.badge import badge
from app.conformance.verdict import MUST, Outcome

SIGN_BY_OUTCOME = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_OFFERED: "○",
    Outcome.NOT_TRIED: "?",
    Outcome.NOT_SEEN: "?",
}

_DEEP = " " * 6


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
    yield from broken(f"{head}{entry.sentence}.", width, "  ", "    ")
    if entry.outcome is not Outcome.PASSED:
        yield from broken(entry.reason, width, _DEEP, _DEEP)
    if entry.outcome in (Outcome.FAILED, Outcome.NOT_SEEN):
        # An address is never broken, so that it can be clicked.
        yield f"{_DEEP}See {entry.clause}"


def lines_of_many(entries: Sequence[Entry], width: int, place: str) -> Iterator[str]:
    """Those of one section that came out alike, for one reason, told once; at least one."""
    if len(entries) == 1:
        yield from lines_of(entries[0], width, place=place)
        return
    [first, *_] = entries
    musts = sum(one.strength is MUST for one in entries)
    sign = f"{SIGN_BY_OUTCOME[first.outcome]} {first.outcome}"
    head = f"{sign}  {place}: {len(entries)} requirements, {musts} of them MUST."
    yield from broken(head, width, "  ", "    ")
    yield from broken(first.reason, width, _DEEP, _DEEP)


def broken(words: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of no more than so many characters, each with its indent; 0 = one line."""
    if not width:
        return [first + words]
    return wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
