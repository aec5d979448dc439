"""What the door asks of a person's or a supporter's record: whether it is frozen, and which other
records are the same person's.

Of a frozen one, whoever is no professional gets one sentence, whatever they ask for. The clause
that every read is kept by holds it too, so that no entry depends on this being asked.
Source: docs/decisions/0020-what-is-out-of-the-ordinary-is-a-row-too.md,
docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from dataclasses import replace

from app.access.caller import Caller, Role
from app.errors import Forbidden
from app.interactions.perform import audit_refusal
from app.interactions.visit import Ask, Record

NOT_JUST_NOW = (
    "This record cannot be opened here just now. Please speak to an organisation that is in touch "
    "with you."
)

_REMEMBERED = 1024
_linked: dict[Caller, Caller] = {}  # one value for each token, which permits are remembered by


async def admitted(record: Record, caller: Caller, ask: Ask) -> Caller:
    """The caller, with the other records that are theirs just now. Raises Forbidden for a person
    or a supporter whose record is frozen, which is audited."""
    if caller.role not in (Role.PERSON, Role.SUPPORTER) or caller.person is None:
        return caller
    if not caller.agent:  # a supporter of nobody, to whom nothing is told of anybody
        return caller
    around = await record.store.around(caller.person)
    if around.frozen:
        refusal = Forbidden(NOT_JUST_NOW)
        await audit_refusal(record, caller, ask, refusal, [caller.person])
        raise refusal
    return with_linked(caller, around.linked)


def with_linked(caller: Caller, linked: tuple[str, ...]) -> Caller:
    """The same caller, whose other records are these."""
    if caller.linked == linked:
        return caller
    known = _linked.get(caller)
    if known is None or known.linked != linked:
        if len(_linked) >= _REMEMBERED:
            _linked.pop(next(iter(_linked)), None)
        known = _linked[caller] = replace(caller, linked=linked)
    return known
