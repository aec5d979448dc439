"""Which searches look for a person, by what tells people apart; these are counted for each client.

What a client may see, it may list; but whoever asks for one name after another is stopped.
"""

from app.access.caller import Caller
from app.access.decision import people
from app.access.limits import LOOK_UP, Standing, client_of
from app.fhir.query_string import split
from app.interactions.visit import Record

_PEOPLE = frozenset(("Patient", "RelatedPerson", None))
_TELLING = frozenset(
    ("identifier", "name", "family", "given", "phonetic", "birthdate", "phone", "email", "telecom")
)


def looks_for_people(type: str | None, query: str) -> bool:
    """Whether a search asks for a Patient or RelatedPerson by what tells them apart, or for
    anything else by a chain to it."""
    for name, _ in split(query):
        before, dot, last = name.rpartition(".")
        telling = last.partition(":")[0]
        if (telling in _TELLING or telling.startswith("address")) and (
            dot or (type in _PEOPLE and not before)
        ):
            return True
    return False


async def count_look_ups(record: Record, caller: Caller, times: int = 1) -> tuple[Standing, ...]:
    """Raises TooMany. Whoever sees one person's record alone finds nobody, and is not counted."""
    if people(caller) is not None:
        return ()
    return await record.limits.take((LOOK_UP, client_of(caller)), times=times)
