"""Writing the search index anew from the stored bytes, without a new version of anything."""

from collections.abc import Callable

from app.fhir.json_guard import parse
from app.interactions.draft import index_of
from app.main import make_record, open_database
from app.settings import Settings
from app.store.reindex import count_resources, index_again, resources_after

CHUNK = 500


async def reindex_all(settings: Settings, advance: Callable[[int, int], None]) -> int:
    """Index every current resource again, in small transactions, beside a running service; how
    many were done.

    A resource that is changed meanwhile keeps the index of its change.
    """
    database = await open_database(settings)
    record = make_record(settings, database)
    session = database.session()
    done, after = 0, ("", "", "")
    try:
        total = await count_resources(session)
        while rows := await resources_after(session, after, CHUNK):
            indexes = [index_of(parse(row.body), record.fhir_base) for row in rows]
            await index_again(session, rows, indexes)
            done += len(rows)
            after = (rows[-1].person_id, rows[-1].type, rows[-1].id)
            advance(done, total)
    finally:
        await database.close()
    return done
