"""Whatever happens in whatever order, no request that starts after a revocation was acknowledged is
let through, and none is held back before (decision 0016)."""

import asyncio
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.access.caller import Role
from app.access.standing import BINDS_AFTER_SECONDS, Standing
from app.errors import Unauthenticated, Unavailable
from app.store.sign_ins import Change
from tests.access.callers import caller

ISSUER = "https://record.example"
OURS = replace(caller(Role.SYSTEM), issuer=ISSUER)

SECONDS = st.sampled_from([0.0, 0.01, 0.3, 0.5, 0.7, 1.0, 1.2])
# A turn lets what is under way go one step further; there are three of them to one of the others.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["turn", "turn", "turn", "asks", "asks", "passes", "fails"]), SECONDS
    ),
    min_size=8,
    max_size=24,
)


class World:
    """One worker, and a registry that takes its time to ask and to tell, on one clock."""

    def __init__(self, delays: list[tuple[float, float]]) -> None:
        self.now = 100.0
        self.revoked_at: float | None = None
        self.fails = False
        self._delays = delays
        self.standing = Standing(ISSUER, self._changed, lambda: self.now)
        self.requests: set[asyncio.Task[None]] = set()

    async def _changed(self, mark: int) -> Change:
        before, after = self._delays.pop() if self._delays else (0.0, 0.0)
        await asyncio.sleep(0)
        self.now += before
        revoked = self.revoked_at is not None
        fails, self.fails = self.fails, False
        await asyncio.sleep(0)
        self.now += after
        if fails:
            raise Unavailable("It does not answer.")
        return Change(2 if revoked else 1, self.now, (), ((OURS.token_id, 300.0),) * revoked)

    async def request(self) -> None:
        began, revoked_before = self.now, self.revoked_at
        try:
            await self.standing.check(OURS)
        except Unavailable:
            return
        except Unauthenticated:
            assert self.revoked_at is not None
            return
        if revoked_before is not None:
            assert began < revoked_before + BINDS_AFTER_SECONDS

    async def play(self, events: list[tuple[str, float]], revoked_after: int) -> None:
        for n, (event, seconds) in enumerate(events):
            if n == revoked_after:
                self.revoked_at = self.now
            if event == "passes":
                self.now += seconds
            elif event == "fails":
                self.fails = True
            elif event == "turn":
                await asyncio.sleep(0)
            else:
                self.requests.add(asyncio.create_task(self.request()))
        await asyncio.gather(*self.requests)


@settings(max_examples=1_500)
@given(EVENTS, st.integers(0, 12), st.lists(st.tuples(SECONDS, SECONDS), max_size=6))
def test_no_request_that_starts_after_the_acknowledgement_is_let_through(
    events: list[tuple[str, float]], revoked_after: int, delays: list[tuple[float, float]]
) -> None:
    asyncio.run(World(delays).play(events, revoked_after))
