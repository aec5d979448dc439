"""Rounds of upkeep: one after another, by whichever worker is first each time.

What a round does may be done twice without harm; each entry is taken by one worker at a time.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from app.interactions.visit import Record
from app.store.upkeep import claim
from app.upkeep.ending import close_invitations, end_those_over
from app.upkeep.reviewing import ask_for_reviews, settle_reviews
from app.what_matters.supporter_reviews import Review

EVERY = timedelta(hours=1)
_LOOKS_EVERY_SECONDS = 60
_NAME = "supporters"
_log = structlog.get_logger()


class Done(Struct, frozen=True):
    """What one round did: supporters whose time was over, invitations that were too late, reviews
    asked for, and supporters paused as nobody agreed."""

    ended: int
    invitations: int
    reviews: int
    paused: int

    def sentence(self) -> str:
        """What to tell."""
        return (
            f"Supporters whose last day was over: {self.ended}. Invitations that were too late: "
            f"{self.invitations}. Reviews asked for: {self.reviews}. Supporters paused, as nobody "
            f"agreed: {self.paused}."
        )


async def one_round(record: Record, reviews: Sequence[Review], now: datetime) -> Done:
    """Do all that is due by now. Safe beside other workers that do the same."""
    ended = await end_those_over(record, now)
    invitations = await close_invitations(record, now)
    asked = await ask_for_reviews(record, reviews, now)
    return Done(ended, invitations, asked, await settle_reviews(record, reviews, now))


async def keep_up(record: Record, reviews: Sequence[Review]) -> None:
    """Round after round, each hour, until it is cancelled. What fails is logged, and tried again
    with the next."""
    while True:
        try:
            if await claim(record.store.database.session(), _NAME, EVERY):
                done = await one_round(record, reviews, record.clock())
                _log.info(
                    "upkeep", **{name: getattr(done, name) for name in Done.__struct_fields__}
                )
        except Exception:
            _log.exception("a round of upkeep failed")
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)
