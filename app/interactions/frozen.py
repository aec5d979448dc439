"""A record that is frozen: whoever is no professional gets one sentence, whatever they ask for.

The clause that every read is kept by holds it too, so that no entry depends on this being asked.
Source: docs/decisions/0020-what-is-out-of-the-ordinary-is-a-row-too.md
"""

from app.access.caller import Caller, Role
from app.errors import Forbidden
from app.interactions.perform import audit_refusal
from app.interactions.visit import Ask, Record

NOT_JUST_NOW = (
    "This record cannot be opened here just now. Please speak to an organisation that is in touch "
    "with you."
)


async def refuse_frozen(record: Record, caller: Caller, ask: Ask) -> None:
    """Raises Forbidden for a person or a supporter whose record is frozen, which is audited."""
    if caller.role not in (Role.PERSON, Role.SUPPORTER) or caller.person is None:
        return
    if await record.store.is_frozen(caller.person):
        refusal = Forbidden(NOT_JUST_NOW)
        await audit_refusal(record, caller, ask, refusal, [caller.person])
        raise refusal
