"""Where a story stands: whom it is about, what its entries are called, and the call that is next.

Source: fhir_profiles/examples/stories/README.md
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from app.errors import Malformed
from app.fhir.resource_types import Json

ORGANISATIONS: Mapping[str, str] = MappingProxyType(
    {
        "the surgery": "gp-surgery",
        "the hospital": "acute-trust",
        "the community trust": "community-trust",
        "the council": "council-care",
        "the befrienders": "harbour-befriending",
        "the housing team": "open-door-housing",
        "the food bank": "larder-food-bank",
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. who: the demo client who makes it. label: what the entry it makes is called in the
    story. changes: the address of the entry that it changes, which is read first."""

    who: str
    method: str
    path: str
    body: Json | None = None
    label: str = ""
    changes: str = ""


@dataclass(slots=True)
class Scene:
    """Where a story stands. called: what the person is called in it. ids: of entries, by label.
    supporters: their ids, by the name they go by. reference: what a contact told here is called by
    who sends it."""

    now: datetime
    called: str = ""
    person: str = ""
    reference: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    supporters: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The present, as an entry tells it."""
        return self.now.isoformat()

    def client(self, who: str) -> str:
        """Who signs in."""
        organisation = ORGANISATIONS.get(who.lower())
        if organisation is not None:
            return organisation
        if who in self.supporters:
            return f"supporter:{self.supporters[who]}"
        if who != self.called:
            raise Malformed(f"Nobody in this story is called {who}.")
        return f"person:{self.person}"

    def who(self, who: str) -> Json:
        """Somebody, as an entry names them."""
        kind, _, id = self.client(who).rpartition(":")
        return {"kind": kind or "organisation", "id": id}

    def id(self, label: str) -> str:
        """The id of what was labelled. Raises Malformed."""
        if label not in self.ids:
            raise Malformed(f"Nothing in this story is labelled [{label}].")
        return self.ids[label]

    def path(self, *parts: str) -> str:
        """An address under the person's."""
        return "/".join(("/people", self.person, *parts))
