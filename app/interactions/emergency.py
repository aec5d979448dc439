"""What an emergency that runs adds to one look: the practitioner's own right, and why it was done.

It is asked for anew with every request, and a record that is open is audited as such, whether the
organisation would have seen it anyway or not.
Source: docs/decisions/0020-what-is-out-of-the-ordinary-is-a-row-too.md
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.access.audit import broken_glass
from app.access.caller import Caller
from app.access.decision import with_user
from app.store.emergencies import people_open_to
from app.store.permit import Permit
from app.store.unit import Unit

_BROKEN_GLASS = broken_glass()
_REMEMBERED_FOR = timedelta(minutes=5)
_MOST_REMEMBERED = 1_000


class Emergencies:
    """Who was found in an emergency at this worker a moment ago, so that they need not wait behind
    others. It decides nothing else, and is no proof of an emergency."""

    def __init__(self) -> None:
        self._last_by_user: dict[str, datetime] = {}

    def note(self, caller: Caller, now: datetime) -> None:
        """An emergency of theirs runs."""
        self._last_by_user.pop(caller.user, None)
        self._last_by_user[caller.user] = now
        if len(self._last_by_user) > _MOST_REMEMBERED:
            del self._last_by_user[next(iter(self._last_by_user))]

    def had(self, caller: Caller, now: datetime) -> bool:
        """Whether one ran just now."""
        last = self._last_by_user.get(caller.user)
        return last is not None and now - last < _REMEMBERED_FOR


async def in_emergency(
    unit: Unit, caller: Caller, permit: Permit
) -> tuple[Permit, Mapping[str, bytes]]:
    """The permit, and by person what an audit says the look was for; as it was, and nothing, while
    no emergency of this caller runs."""
    people = await people_open_to(unit.fetch, caller.user)
    if not people:
        return permit, {}
    return with_user(permit, caller.user, people), dict.fromkeys(people, _BROKEN_GLASS)
