"""What one resource gives the search index: the shapes the extractor fills and the store writes.

Entries in `tokens` are matched exactly and start with the parameter's code and `=`:

    code=http://loinc.org|81338-6   token with system          code=81338-6   the same, any system
    code=|81338-6                   token without a system      code=http://loinc.org|   any code
    of a system
    subject=Patient/7               reference, relative         focus=Goal/7/_history/2  versioned
    (besides Goal/7)
    url=http://x/y                  uri and canonical           instantiates=http://x/y|2 (besides
    without |2)
    subject:identifier=sys|value    the reference's logical identifier, in the token forms above
    identifier:of-type=sys|code|value

Rows with a `pair` belong to a composite parameter whose parts sit in one repeating element:
`pair` is one
token form of the part that is a token ("http://loinc.org|8480-6", "8480-6"), one row for each
form.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


class DateRow(Struct, frozen=True):
    """low, high: inclusive UTC instants; BEGINNING and END stand for an open side."""

    parameter: str
    low: datetime
    high: datetime
    pair: str | None = None


class NumberRow(Struct, frozen=True):
    """low, high: the number's range; equal for a plain number. Quantities carry system and code
    (or unit)."""

    parameter: str
    low: Decimal | None
    high: Decimal | None
    system: str | None = None
    code: str | None = None
    unit: str | None = None
    pair: str | None = None


class StringRow(Struct, frozen=True):
    """normalised: case and accents folded, white space single. exact: as written.

    `:text` of a token `code` is indexed as parameter "code:text"; uris for :above and :below
    under their code.
    """

    parameter: str
    normalised: str
    exact: str
    pair: str | None = None


@dataclass(slots=True)
class IndexValues:
    """Everything one resource gives the index."""

    tokens: list[str] = field(default_factory=list)
    dates: list[DateRow] = field(default_factory=list)
    numbers: list[NumberRow] = field(default_factory=list)
    strings: list[StringRow] = field(default_factory=list)
