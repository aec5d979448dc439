"""The three ways in which a check does not pass, and the sentence that goes with it."""


class Unmet(Exception):
    """The server does otherwise than is asked; the text says what it did."""


class NotOffered(Exception):
    """The server does not claim to do this."""


class NotTried(Exception):
    """It takes something that the kit was not given, such as a second token."""


def expect(holds: object, otherwise: str) -> None:
    """Raises Unmet with a sentence that says what the server did, unless it holds."""
    if not holds:
        raise Unmet(otherwise)
