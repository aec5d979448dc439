"""Whose supporter a sign-in is, where its tokens do not say so: by the invitation it accepted.

Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from dataclasses import replace

from app.access.acts import Act
from app.access.caller import Caller, Role
from app.errors import Forbidden
from app.interactions.visit import Record
from app.store.supporter_invitations import bound_to

_SEVERAL = (
    "This sign-in helps several people. Ask for a token that names one of them in its claim "
    "patient. The answer to an accepted invitation tells which that is."
)
_ANSWERS = frozenset((Act.ACCEPT_INVITATION, Act.DECLINE_INVITATION))
_REMEMBERED = 4096
# One Caller for each token and supporter: permits and audits are remembered by it.
_bound: dict[tuple[Caller, str, str], Caller] = {}


async def bound(record: Record, caller: Caller, act: Act) -> Caller:
    """The caller as the supporter that they are; as they came where they need not, or cannot, be
    told apart. Raises Forbidden for one of several people whom the token does not name."""
    if caller.role is not Role.SUPPORTER or caller.supporter is not None or act in _ANSWERS:
        return caller
    session = record.store.database.session()
    found = await bound_to(session, caller.issuer, caller.subject, caller.person)
    if len(found) > 1:
        raise Forbidden(_SEVERAL)
    return caller if not found else as_supporter(caller, *found[0])


def as_supporter(caller: Caller, person: str, supporter: str) -> Caller:
    """The same sign-in, as this supporter of that person."""
    key = (caller, person, supporter)
    known = _bound.get(key)
    if known is None:
        if len(_bound) >= _REMEMBERED:
            _bound.pop(next(iter(_bound)), None)
        known = replace(
            caller, role=Role.SUPPORTER, person=person, supporter=supporter, organization=None
        )
        _bound[key] = known
    return known
