"""What a client sent in one scenario, and what it was told: all that a judgement may look at."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.conformance.client_sandbox_door import Reply, Request
from app.conformance.client_sandbox_shelf import Shelf
from app.errors import Malformed
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json

MOST_KEPT = 1_000
LOST = "the answer was lost on purpose"
BUSY = "the sandbox said that it was busy, on purpose"
CHANGED = "the sandbox let somebody else change it first, on purpose"
REFUSED = "the sandbox refused it, on purpose"
CHANGES = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. seconds: since the scenario began."""

    seconds: float
    request: Request
    reply: Reply

    @property
    def type(self) -> str:
        return self.request.path.partition("/")[0]

    @property
    def tree(self) -> Json | None:
        """The body that was sent, where it is a JSON object."""
        try:
            return parse(self.request.body)
        except Malformed:
            return None

    @property
    def is_search(self) -> bool:
        path, method = self.request.path, self.request.method
        return (method == "GET" and "/" not in path) or path.endswith("/_search")

    @property
    def is_change(self) -> bool:
        return self.request.method in CHANGES and not self.is_search

    @property
    def worked(self) -> bool:
        return self.reply.status in (200, 201)


@dataclass(slots=True)
class Trace:
    """The exchanges of one scenario in their order, and the shelf as they left it."""

    shelf: Shelf
    exchanges: list[Exchange] = field(default_factory=list)

    def add(self, exchange: Exchange) -> None:
        """Keep it; a client that never stops does not fill the memory."""
        if len(self.exchanges) < MOST_KEPT:
            self.exchanges.append(exchange)

    def searches(self, type: str) -> list[Exchange]:
        """The searches of a type."""
        return [one for one in self.exchanges if one.is_search and one.type == type]

    def changes(self, type: str) -> list[Exchange]:
        """The writes of a type, whatever came of them."""
        return [one for one in self.exchanges if one.is_change and one.type == type]

    def refused(self) -> list[Json]:
        """The bodies of writes that were refused with 422, other than on purpose."""
        held = [one for one in self.exchanges if one.is_change and one.reply.status == 422]
        return [one.tree for one in held if one.tree is not None and one.reply.note != REFUSED]

    def noted(self, note: str) -> Exchange | None:
        """The first exchange in which the sandbox did this on purpose."""
        return next((one for one in self.exchanges if one.reply.note == note), None)

    def after(self, exchange: Exchange) -> Iterator[Exchange]:
        """Those that came later."""
        place = next(n for n, one in enumerate(self.exchanges) if one is exchange)
        yield from self.exchanges[place + 1 :]
