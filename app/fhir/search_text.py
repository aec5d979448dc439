"""Text as the search index holds it: folded, by its sound, capped, and as exact-match entries.

Spec: https://hl7.org/fhir/R4/search.html#string
"""

import unicodedata
from hashlib import sha256

import jellyfish

PHONETIC = "phonetic"  # the search parameter that matches by sound
LONGEST_TEXT = 255
LONGEST_ENTRY = 512


def normalise(text: str) -> str:
    """The text without case, accents and compatibility forms, its white space single."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(letter for letter in folded if not unicodedata.category(letter).startswith("M"))
    return " ".join(kept.casefold().split())


def sound(text: str) -> str:
    """How the text sounds, word by word, by Metaphone; a word without a sound in it stays as it is.

    Source: Lawrence Philips, "Hanging on the Metaphone", Computer Language 7 (12), 1990. It knows
    the sounds of English: Cornish names that English people spell by ear are found, too.
    """
    return " ".join(jellyfish.metaphone(word) or word for word in normalise(text).split())


def capped(text: str) -> str:
    """The first 255 characters: what the index keeps, and so all that a query may compare."""
    return text[:LONGEST_TEXT]


def entry(code: str, text: str) -> str:
    """One exact-match entry, `code=text`; past 512 bytes `code=#` and the SHA-256 of the text."""
    whole = f"{code}={text}"
    # No character takes more than four bytes, so most entries need not be encoded to be measured.
    if len(whole) * 4 <= LONGEST_ENTRY or len(_bytes(whole)) <= LONGEST_ENTRY:
        return whole
    return f"{code}=#{sha256(_bytes(text)).hexdigest()}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
