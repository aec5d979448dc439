"""The code of an invitation, as it is read out, written on paper, and typed in again.

Twenty letters and digits that are not taken for one another, a hundred random bits: nobody guesses
one. Source: https://www.crockford.com/base32.html
"""

from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS, _TOGETHER = 20, 5
RANDOM_BYTES = _LETTERS
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": ""})


def spelled(random: bytes) -> str:
    """As it is shown: "7K3QD-…". random: `RANDOM_BYTES` of them."""
    letters = "".join(_ALPHABET[byte & 31] for byte in random)
    return "-".join(letters[start : start + _TOGETHER] for start in range(0, _LETTERS, _TOGETHER))


def digest(code: str) -> bytes:
    """What is kept of a code. It is random and long, so that a plain SHA-256 tells nothing."""
    return sha256(as_meant(code).encode()).digest()


def as_meant(typed: str) -> str:
    """The same without what does not matter: spaces, hyphens, small letters, an O for a zero."""
    return typed.upper().translate(_MEANT)
