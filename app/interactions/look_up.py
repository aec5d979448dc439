"""Which searches look for a person, by what tells people apart; these are counted for each client.

What a client may see, it may list; but whoever asks for one name after another is stopped.
"""

from app.access.caller import Caller
from app.access.decision import people
from app.access.limits import LOOK_UP, Standing, client_of
from app.fhir.query_string import split
from app.interactions.visit import Record

_PEOPLE = frozenset(("Patient", "RelatedPerson", None))
_MOST_LINKS = 5  # what is longer is refused by the search itself
_TELLING = frozenset(
    ("identifier", "name", "family", "given", "phonetic", "birthdate", "phone", "email", "telecom")
)


def looks_for_people(type: str | None, query: str) -> bool:
    """Whether a search asks for a Patient or RelatedPerson by what tells them apart, or for
    anything else by a chain to it."""
    return any(_tells_apart(type, name) for name, _ in split(query))


def _tells_apart(type: str | None, name: str) -> bool:
    for _ in range(_MOST_LINKS):
        if not name.startswith("_has:"):
            break
        # _has:[type]:[parameter]:[name, or _has anew]
        _, type, _, name = (*name.split(":", 3), "", "", "")[:4]
    before, dot, last = name.rpartition(".")
    telling = last.partition(":")[0]
    if telling not in _TELLING and not telling.startswith("address"):
        return False
    return bool(dot) or (type in _PEOPLE and not before)


async def count_look_ups(record: Record, caller: Caller, times: int = 1) -> tuple[Standing, ...]:
    """Raises TooMany. Whoever sees one person's record alone finds nobody, and is not counted."""
    if people(caller) is not None:
        return ()
    return await record.limits.take((LOOK_UP, client_of(caller)), times=times)
