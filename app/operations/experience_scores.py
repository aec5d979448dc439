"""The friends and family scores of several people.

Source: docs/api.md
"""

import asyncio
from collections.abc import Sequence

from msgspec.json import encode

from app.interactions.visit import Answer, Visit
from app.operations.one_person import not_reached
from app.operations.several_people import people_seen, tell_each
from app.store.people_entries import Sort
from app.what_matters.experience_told import experience_told
from app.what_matters.period import Period

_ANSWERS = "QuestionnaireResponse"
_PART_BY_TYPE = {_ANSWERS: "how it was"}


async def experience_scores(visit: Visit, people: Sequence[str], period: Period) -> Answer:
    """How it was, by what these people answered, as JSON. Raises Forbidden for a supporter,
    TooCostly for more than can be read at once."""
    seen = await people_seen(visit, people, [Sort(_ANSWERS)])
    told = await asyncio.to_thread(
        experience_told,
        [one.get(_ANSWERS, ()) for one in seen.people],
        period,
        seen.not_found,
        not_reached(visit, _PART_BY_TYPE),
    )
    await tell_each(visit, seen)
    return Answer(200, encode(told), audited=True)
