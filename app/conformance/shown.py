"""What the other side said, made fit for a terminal, a page and XML."""

MOST_SHOWN = 2000


def shown(text: str) -> str:
    """The text on one line, without what would steer a terminal or is no character; of a very long
    one, its beginning."""
    cut = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    return "".join(map(_shown, cut))


def _shown(one: str) -> str:
    if one.isprintable():
        return one
    return " " if one.isspace() else "\ufffd"
