"""`python -m clients.make client` and `python -m clients.make collection` write what is derived."""

import sys

from clients.make.made import CLIENT, COLLECTION, Made


def main() -> None:
    """Write the files that are named, where they differ."""
    made: tuple[Made, ...] = {"client": CLIENT, "collection": COLLECTION}[sys.argv[1]]
    for one in made:
        text = one.text()
        if not one.path.exists() or one.path.read_text(encoding="utf-8") != text:
            one.path.write_text(text, encoding="utf-8")


main()
