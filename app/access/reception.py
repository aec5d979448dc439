"""Where people sign in: the providers, and what it takes to ask them.

Source: docs/decisions/0024-people-sign-in-elsewhere.md
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.access.issuers import Issuer, Provider
from app.access.outward import Outward
from app.access.sign_in import Desk
from app.errors import NotFound


@dataclass(frozen=True, slots=True)
class Reception:
    """One worker's. issuer_by_name: those that people sign in at. key: seals what a browser keeps.
    base_url: the address that callers use."""

    desk: Desk
    issuer_by_name: Mapping[str, Issuer]
    outward: Outward
    key: bytes
    base_url: str

    @property
    def return_url(self) -> str:
        """Where providers send people back to, as it is registered with them."""
        return f"{self.base_url}/sign-in/return"

    def choice(self, name: str) -> tuple[Issuer, Provider]:
        """An issuer and how to sign in there; to the letter. Raises NotFound."""
        issuer = self.issuer_by_name.get(name)
        if issuer is None or issuer.provider is None:
            raise NotFound("Nobody signs in there. Choose one of the ways on the page /sign-in.")
        return issuer, issuer.provider
