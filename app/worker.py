"""The worker: does as time passes what is due, beside the service or instead of its own rounds.

`whatmatters serve` does the same in the background, so that one machine needs nothing else.
"""

import asyncio
import signal
from collections.abc import Sequence

from app.interactions.visit import Record
from app.upkeep.rounds import Done, keep_up, one_round
from app.what_matters.supporter_reviews import Review


async def work(record: Record, reviews: Sequence[Review], *, once: bool) -> Done | None:
    """Round after round until the process is asked to stop; or one, and what it did."""
    if once:
        return await one_round(record, reviews, record.clock())
    rounds = asyncio.create_task(keep_up(record, reviews))
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, rounds.cancel)
    await asyncio.gather(rounds, return_exceptions=True)
    return None
