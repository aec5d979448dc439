"""A step that the record takes by itself: decided, checked and recorded like anybody's."""

import secrets
from datetime import datetime

from app.access.acts import Act
from app.access.decision import decide
from app.access.service import SERVICE
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.interactions.perform import perform
from app.interactions.visit import Answer, Ask, Record
from app.store.resources import Row, Wanted
from app.store.unit import Unit
from app.store.upkeep import Key, hold
from app.what_matters.supporter import Standing, with_standing


async def held_entry(unit: Unit, key: Key) -> Row | None:
    """A supporter's entry, which nobody else changes until the transaction ends; None where
    another worker has it, or it is not there."""
    if not await hold(unit.session, key):
        return None
    permit = decide(SERVICE, Act.READ, "RelatedPerson")
    row = await unit.read(permit, Wanted(key[0], "RelatedPerson", key[1]))
    return None if row is None or row.deleted else row


async def stand(record: Record, unit: Unit, row: Row, now: Standing) -> Answer:
    """The next version of a supporter's entry, standing there. Raises a Refusal."""
    tree = with_standing(parse(row.body), now)
    ask = _ask(Act.UPDATE, "PUT", "RelatedPerson", tree, id=row.id, if_match=row.version)
    return await perform(record, SERVICE, ask, unit)


async def create(record: Record, unit: Unit, tree: Json) -> Answer:
    """A new entry. Raises a Refusal."""
    return await perform(
        record, SERVICE, _ask(Act.CREATE, "POST", tree["resourceType"], tree), unit
    )


def in_words(moment: datetime) -> str:
    """A day, such as 3 March 2027. moment: in the zone that it is told in."""
    return f"{moment:%d %B %Y}".lstrip("0")


def _ask(
    act: Act,
    method: str,
    type: str,
    tree: Json,
    *,
    id: str | None = None,
    if_match: int | None = None,
) -> Ask:
    request = f"upkeep-{secrets.token_hex(8)}"
    return Ask(act, type, id, method=method, tree=tree, if_match=if_match, request_id=request)
