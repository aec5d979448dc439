"""What both colours do alike, without sending anything: entries with their version, keys, and how
long to wait before the same is sent again.

Spec: docs/api.md, "What holds at every address"
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

import httpx

from whatmatters_client.refusals import refused

Told = TypeVar("Told")

TRIES = 4
MOST_SECONDS = 30.0
_AGAIN = frozenset((429, 503))


class Entry(Generic[Told]):
    """What the record told, with the version that a change of it will name.

    told: the fields, as `shapes` has them. etag: None where the token may write and not read.
    """

    def __init__(self, told: Told, etag: str | None) -> None:
        self.told = told
        self.etag = etag

    @property
    def id(self) -> str:
        """By which it is read again."""
        return cast(str, cast(Mapping[str, Any], self.told)["id"])

    @property
    def person(self) -> str:
        """The id of the person it is of."""
        return cast(str, cast(Mapping[str, Any], self.told)["person"])


def entry_of(answer: httpx.Response) -> Entry[Any]:
    """The entry in an answer."""
    return Entry(answer.json(), answer.headers.get("ETag"))


def headers_of(method: str, entry: Entry[Any] | None) -> dict[str, str]:
    """Of a POST, a key of its own, kept however often it is sent; of a change, the version."""
    headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    if entry is not None and entry.etag is not None:
        headers["If-Match"] = entry.etag
    return headers


def seconds_to_wait(answer: httpx.Response | None, tries: int, is_safe: bool) -> float | None:
    """How long to wait before the same is sent again; None for not at all.

    answer: None where none came. tries: how often it was sent. is_safe: sending it twice does
    nothing twice.
    """
    if tries >= TRIES or (answer is None and not is_safe):
        return None
    if answer is not None and answer.status_code not in _AGAIN:
        return None
    after = answer.headers.get("Retry-After", "") if answer is not None else ""
    seconds = float(after) if after.isdigit() else 0.5 * 2 ** (tries - 1)
    # Longer is for whoever calls to decide: a night's load can wait, a person cannot.
    return seconds if seconds <= MOST_SECONDS else None


def accepted(answer: httpx.Response) -> httpx.Response:
    """The answer, where it is a yes. Raises Refused."""
    if not answer.is_success:
        raise refused(answer)
    return answer
