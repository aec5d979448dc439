"""`whatmatters worker`: what time makes due, done by a process of its own."""

from app.main import make_record, open_database
from app.settings import Settings
from app.upkeep.rounds import Done
from app.what_matters.supporter_reviews import reviews_of
from app.worker import work


async def upkeep(settings: Settings, *, once: bool) -> Done | None:
    """Work until asked to stop; or once, and what was done. Raises Invalid for reviews that cannot
    be read, Unavailable without a database."""
    reviews = reviews_of(settings.supporter_reviews)
    database = await open_database(settings)
    try:
        return await work(make_record(settings, database), reviews, once=once)
    finally:
        await database.close()
