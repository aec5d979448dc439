"""Writes the implementation guide into fhir_profiles/, as `make profiles` asks."""

import sys

from app.fhir import guide
from app.fhir.library import FOLDER, examples, shipped
from app.fhir.snapshot import file_text

PATH = FOLDER / guide.TYPE / f"{guide.ID}.json"


def text() -> str:
    """What the guide's file should hold."""
    return file_text(guide.guide(shipped(), examples()))


def main() -> None:
    """Write the guide; say so when it changed."""
    made = text()
    if not PATH.is_file() or PATH.read_text(encoding="utf-8") != made:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(made, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{PATH.name}\n")


if __name__ == "__main__":
    main()
