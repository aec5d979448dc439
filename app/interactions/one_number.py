"""A verified NHS number is one person's: a second Patient with it is refused, whichever way it
comes.

Source: docs/decisions/0021-who-is-this.md
"""

from collections.abc import Sequence

from msgspec import Struct

from app.errors import Conflict, Issue
from app.fhir.json_guard import parse
from app.fhir.search_text import entry
from app.store.links import survivors
from app.store.locks import one_at_a_time
from app.store.number_holders import holders
from app.store.resources import Row, Write
from app.store.unit import Unit
from app.what_matters.nhs_number import NHS_NUMBER, is_replaced, verified_numbers

_TOKEN = entry("identifier", f"{NHS_NUMBER}|")
_HELD = (
    "A person with this verified NHS number is here already, so a second record of them is not "
    "made. Find them with Patient/$match, by number and date of birth; ask for their yes, or to be "
    "on their team; then write to the record there is. If you are not sure that the number is "
    "theirs, leave out its verification."
)


class NumberHeld(Conflict):
    """A verified number is another person's. people: whose; for their own log alone."""

    def __init__(
        self, text: str = "", issues: Sequence[Issue] = (), people: Sequence[str] = ()
    ) -> None:
        super().__init__(text, issues)
        self.people = tuple(people)


class Change(Struct, frozen=True):
    """A version to be written, and the one it replaces. place: of it in what was sent."""

    write: Write
    before: Row | None
    place: str = "Patient"


async def refuse_held(unit: Unit, changes: Sequence[Change]) -> None:
    """Refuse what gives a person a verified number that another has, or two of them one. Until the
    transaction ends, nobody else gets these numbers. Raises NumberHeld."""
    change_by_number: dict[str, Change] = {}
    for change in changes:
        for number in claimed(change):
            if number in change_by_number:
                raise _held(change, ())
            change_by_number[number] = change
    if not change_by_number:
        return
    numbers = sorted(change_by_number)
    for number in numbers:
        await one_at_a_time(unit.session, f"nhs number {number}")
    # Who is written in the same transaction has what is written there, and no more what was.
    written = {change.write.id for change in changes if change.write.type == "Patient"}
    found = await holders(unit.session, [_TOKEN + number for number in numbers])
    merged = await survivors(unit.session, [holder.id for holder in found]) if found else {}
    for holder in found:
        if holder.id in written:
            continue
        in_use = merged.get(holder.id)
        held = verified_numbers(parse(holder.body), is_merged=in_use is not None)
        for number in held & change_by_number.keys():
            # The number of a record that was merged is theirs whose record is in use.
            if change_by_number[number].write.id != in_use:
                raise _held(change_by_number[number], [in_use or holder.id])


def claimed(change: Change) -> frozenset[str]:
    """The numbers that this version has verified, and the one before had not."""
    write, before = change.write, change.before
    if write.type != "Patient" or not any(one.startswith(_TOKEN) for one in write.index.tokens):
        return frozenset()
    had = parse(before.body) if before is not None and not before.deleted else {}
    has = parse(write.body)
    # A record that was merged keeps its numbers; one that comes apart again claims them anew.
    return verified_numbers(has, is_merged=True) - verified_numbers(had, is_merged=is_replaced(has))


def _held(change: Change, people: Sequence[str]) -> NumberHeld:
    issue = Issue("duplicate", _HELD, f"{change.place}.identifier", rule="wm-one-nhs-number")
    return NumberHeld(issues=[issue], people=people)
