"""Making the rights and labels anew from the entries, and saying how many were not as they say."""

from collections.abc import Callable

from msgspec import Struct

from app.access.relationship import RIGHTS_TYPES, rights_of
from app.fhir.json_guard import parse
from app.fhir.labels import Label, labels_of
from app.main import make_record, open_database
from app.settings import Settings
from app.store.database import Session
from app.store.links import put_right
from app.store.quarantines import apart_of
from app.store.reindex import count_resources
from app.store.rights_again import (
    Version,
    set_labels,
    set_rights,
    stored_rights,
    versions_after,
)

CHUNK = 500


class Rebuilt(Struct):
    """How many current entries were looked at, and how many versions and entries differed.

    copies: of rights of linked people.
    """

    entries: int = 0
    labels: int = 0
    rights: int = 0
    copies: int = 0


async def rebuild(settings: Settings, advance: Callable[[int, int], None]) -> Rebuilt:
    """Compare and put right, in small transactions, beside a running service."""
    database = await open_database(settings)
    session, base = database.session(), make_record(settings, database).fhir_base
    told, after = Rebuilt(), ("", "", "", 0)
    last: tuple[tuple[str, str, str], int] = (("", "", ""), 0)
    try:
        total = await count_resources(session)
        while versions := await versions_after(session, after, CHUNK):
            apart = await apart_of(session, versions)
            for one in versions:
                # A deletion carries the labels of the version before it.
                before = last[1] if last[0] == one.key[:3] else 0
                labels = int(labels_of(parse(one.body))) if one.body else before
                if one.type == "Provenance":
                    # As hidden as its targets were when it was written, which it does not say.
                    labels |= one.labels & Label.HIDDEN_FROM_PERSON
                last = (one.key[:3], labels)
                if one.key[:3] in apart:
                    labels |= Label.QUARANTINED
                if labels != one.labels:
                    await set_labels(session, one, labels)
                    told.labels += 1
            current = [one for one in versions if one.is_current]
            await _rights(session, current, base, apart, told)
            after = versions[-1].key
            advance(min(told.entries, total), total)
        told.copies = await put_right(session)
    finally:
        await database.close()
    return told


async def _rights(
    session: Session,
    entries: list[Version],
    base: str,
    apart: set[tuple[str, str, str]],
    told: Rebuilt,
) -> None:
    told.entries += sum(1 for one in entries if one.body)
    giving = [one for one in entries if one.type in RIGHTS_TYPES]
    if not giving:
        return
    stored = await stored_rights(session, giving)
    for one in giving:
        given = rights_of(parse(one.body), one.author, base) if one.body else ()
        if one.key[:3] in apart:
            given = tuple(right for right in given if not right.says)
        if stored.get((one.type, one.id), []) != [(one.version, right) for right in given]:
            await set_rights(session, one, given)
            told.rights += 1


def sentence(told: Rebuilt) -> str:
    """What to tell."""
    if not told.labels and not told.rights and not told.copies:
        return f"{told.entries} entries were looked at; who may see what is as they say."
    return (
        f"{told.entries} entries were looked at. Put right: what {told.rights} of them say of who "
        f"may see what, and the labels of {told.labels} versions"
        + (f"; and {told.copies} rights between linked records." if told.copies else ".")
    )
