"""How much one request may ask for, send and be given: the names of WHATMATTERS_LIMITS.

docs/operations.md lists them with their errors.
"""

import re
from dataclasses import dataclass, fields

_WORD = re.compile(r"([a-z-]+)=([0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one worker. A name holds its unit, or else counts things.

    head_*, body_*: of what is sent. depth: levels of JSON. bundle: entries of a batch or
    transaction. page: entries when no `_count` is asked for; largest_page: the largest `_count`.
    parameters, clauses, values, chain, includes, sorts: of one search; included: entries that it
    brings along. answer_bytes: of a page, and of the answer to a Bundle. answer_seconds: from when
    the request is whole. taking_seconds: in which a caller must take 64 kB of an answer.
    in_flight, connections: of one worker.
    """

    head_bytes: int = 32_768
    head_seconds: int = 10
    body_bytes: int = 5_000_000
    body_seconds: int = 60
    depth: int = 64
    bundle: int = 1_000
    page: int = 20
    largest_page: int = 1_000
    parameters: int = 100
    clauses: int = 50
    values: int = 200
    chain: int = 4
    includes: int = 20
    included: int = 1_000
    sorts: int = 5
    answer_bytes: int = 20_000_000
    answer_seconds: int = 30
    taking_seconds: int = 60
    in_flight: int = 500
    connections: int = 2_000


NAMES = tuple(field.name.replace("_", "-") for field in fields(Bounds))

# (least, most): below the one nothing useful gets through, above the other it limits nothing.
_BETWEEN = {
    "head-bytes": (1_000, 9_999_999),
    "body-bytes": (1_000, 1_000_000_000),
    "depth": (8, 64),  # deeper, and what is read cannot be walked
    "largest-page": (1, 10_000),
    "answer-bytes": (1_000, 1_000_000_000),
}
_USUALLY = (1, 100_000)


def bounds(text: str) -> Bounds:
    """Read from words like body-bytes=5000000; what is left out keeps its default. Raises
    ValueError, with what to write instead."""
    given: dict[str, int] = {}
    for word in text.split():
        match = _WORD.fullmatch(word)
        if match is None or match[1] not in NAMES or match[1] in given:
            raise ValueError(
                "it is written like body-bytes=5000000 page=20, each name once at the most. "
                f"The names are {', '.join(NAMES)}"
            )
        least, most = _BETWEEN.get(match[1], _USUALLY)
        if not least <= int(match[2]) <= most:
            raise ValueError(f"{match[1]} is a number from {least} to {most}")
        given[match[1]] = int(match[2])
    made = Bounds(**{name.replace("-", "_"): number for name, number in given.items()})
    if made.page > made.largest_page:
        raise ValueError("page may not be more than largest-page")
    return made
