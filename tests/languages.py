"""Bring every catalogue of messages up to what is listed, and compile it: `make languages`.

A new language begins as a folder languages/<code>/LC_MESSAGES with nothing in it. Babel reads and
writes the catalogues, and knows from CLDR how most languages say a day; the service itself reads
only what is compiled, with Python's own gettext.
"""

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_month_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.what_matters.days import DAY, MONTH, MONTHS
from app.what_matters.language import FOLDER
from app.what_matters.messages import Message, every_message

# The same each time, so that what is written anew changes only where a message did.
_BEGUN = datetime(2026, 11, 26, tzinfo=UTC)
_HEADER = "# Messages of What Matters. Apache License 2.0.\n"


def catalogues() -> list[Path]:
    """The folder of each language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES"))


def updated(folder: Path) -> Catalog:
    """The catalogue of a language with exactly the messages that are listed, in their order; what
    was translated stays."""
    file = folder / "messages.po"
    before = Catalog(locale=folder.parent.name)
    if file.exists():
        before = read_po(BytesIO(file.read_bytes()), locale=folder.parent.name)
    after = Catalog(
        locale=folder.parent.name,
        header_comment=_HEADER,
        project="What Matters",
        version="1",
        creation_date=_BEGUN,
        revision_date=_BEGUN,
        language_team=folder.parent.name,
        last_translator="see the history of this file",
        msgid_bugs_address="see CONTRIBUTING.md",
        fuzzy=False,
    )
    cldr = days_of(folder.parent.name)
    for message, source in every_message().items():
        known = before.get(message)
        if known is not None and any(known.string or ""):
            after.add(
                message,
                known.string,
                flags=known.flags,
                auto_comments=[source],
                user_comments=known.user_comments,
            )
        else:
            by = ["CLDR"] if message in cldr else []
            after.add(message, cldr.get(message, ""), auto_comments=[source], user_comments=by)
    return after


def days_of(language: str) -> dict[Message, str]:
    """How a language says a day and a month, by CLDR; nothing of one that CLDR does not know."""
    try:
        locale = Locale.parse(language, sep="-")
    except UnknownLocaleError:
        return {}
    names = get_month_names("wide", "format", locale)
    said: dict[Message, str] = {month: names[n] for n, month in enumerate(MONTHS, 1)}
    for message, pattern in ((DAY, "long"), (MONTH, "MMMM y")):
        told = format_date(date(2026, 3, 5), pattern, locale)
        told = told.replace(names[3], "{month}").replace("2026", "{year}")
        said[message] = told.replace("5", "{day}")
    return said


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a .po file."""
    raw = BytesIO()
    write_po(raw, catalogue, width=100, omit_header=False)
    return raw.getvalue()


def compiled(catalogue: Catalog, *, drafts: bool = False) -> bytes:
    """A catalogue as a .mo file: what is fuzzy is left out, but for drafts."""
    raw = BytesIO()
    write_mo(raw, catalogue, use_fuzzy=drafts)
    return raw.getvalue()


def main() -> None:
    """Write the three files of every language."""
    for folder in catalogues():
        catalogue = updated(folder)
        (folder / "messages.po").write_bytes(written(catalogue))
        (folder / "messages.mo").write_bytes(compiled(catalogue))
        (folder / "drafts.mo").write_bytes(compiled(catalogue, drafts=True))


if __name__ == "__main__":
    main()
