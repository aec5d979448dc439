"""Who may see what of a person, row by row, as the entries of that person say.

Written in the statement that writes the entry; `permit.visible` reads it in every statement.
"""

from datetime import datetime

from msgspec import Struct

from app.fhir.indexed import BEGINNING, END

TEAM = "team"  # every organisation with a tie to the person


class Right(Struct, frozen=True):
    """One thing that an entry says about who may see a person's entries.

    actor: "Organization/x", "RelatedPerson/x", or TEAM. says: whether they may. tie: it comes from
    a relationship, not from a choice. weight: how much it says; the heaviest that applies wins, and
    of equal ones the no. classes: types; entries: `Type/id`; purposes: codes of use; None = any.
    covers_restricted: it speaks about restricted entries too. low, high: when it applies,
    inclusive.
    """

    actor: str
    says: bool
    tie: bool = False
    weight: int = 0
    covers_restricted: bool = False
    classes: tuple[str, ...] | None = None
    entries: tuple[str, ...] | None = None
    purposes: tuple[str, ...] | None = None
    low: datetime = BEGINNING
    high: datetime = END
