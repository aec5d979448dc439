"""Bring every catalogue of messages up to what is listed, and compile it: `make languages`.

A new language begins as a folder languages/<code>/LC_MESSAGES with nothing in it. Babel reads and
writes the catalogues; the service itself reads only what is compiled, with Python's own gettext.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.what_matters.language import FOLDER
from app.what_matters.messages import every_message

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
    for message, source in every_message().items():
        known = before.get(message)
        after.add(
            message,
            known.string if known is not None else "",
            flags=known.flags if known is not None else (),
            auto_comments=[source],
            user_comments=known.user_comments if known is not None else (),
        )
    return after


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a .po file."""
    raw = BytesIO()
    write_po(raw, catalogue, width=100, omit_header=False)
    return raw.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue as a .mo file: what is fuzzy is left out."""
    raw = BytesIO()
    write_mo(raw, catalogue)
    return raw.getvalue()


def main() -> None:
    """Write both files of every language."""
    for folder in catalogues():
        catalogue = updated(folder)
        (folder / "messages.po").write_bytes(written(catalogue))
        (folder / "messages.mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    main()
