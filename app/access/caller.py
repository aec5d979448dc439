"""Who asks: the one value every decision and every audit record starts from.

Spec: https://hl7.org/fhir/R4/security.html#authentication
"""

from dataclasses import dataclass
from enum import StrEnum

from app.access.scopes import Scope


class Role(StrEnum):
    """What the caller is to this record; the policy of each is in decision.py."""

    SYSTEM = "system"
    PERSON = "person"
    SUPPORTER = "supporter"
    PRACTITIONER = "practitioner"
    ANALYST = "analyst"
    PRIVACY_OFFICER = "privacy-officer"
    ADMIN = "admin"
    SERVICE = "service"  # the record itself, as time passes; no token says so


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """One verified token. Compared by identity, so that it is a cheap key: one token, one Caller.

    subject: unique within the issuer. token_id: the token's `jti`. expires_at: seconds since 1970.
    organization, person: ids of the Organization acted for, or of the Patient the token is about.
    supporter: the id of the RelatedPerson that a supporter is; None for one who is nobody's yet, or
    whose token leaves it to the invitation that was accepted. purpose: a code of v3-ActReason that
    the token says the access is for. signed_in_at: when the human being last proved who they are,
    in seconds since 1970, where the issuer says.
    agent: "Organization/x", "Patient/x", "RelatedPerson/x" or "service", or "" for a person whose
    token names no Patient and for a supporter who is nobody's yet.
    name: of the human being, where the issuer says. linked: the other records that are this
    person's too just now, which no token says.
    """

    issuer: str
    client_id: str
    subject: str
    token_id: str
    expires_at: int
    scopes: tuple[Scope, ...]
    role: Role
    organization: str | None = None
    person: str | None = None
    name: str | None = None
    supporter: str | None = None
    purpose: str | None = None
    signed_in_at: int | None = None
    linked: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """The one human being, or the one program, behind the token: what rights call them."""
        return f"user\n{self.issuer}\n{self.subject}"

    @property
    def agent(self) -> str:
        if self.role is Role.PERSON:
            return f"Patient/{self.person}" if self.person else ""
        if self.role is Role.SUPPORTER:
            return f"RelatedPerson/{self.supporter}" if self.supporter else ""
        if self.role is Role.SERVICE:
            return "service"
        return f"Organization/{self.organization}"

    @property
    def author(self) -> str:
        """Whose an entry is that this caller first writes. What an administrator writes, such as a
        load, makes their organisation nobody's: it would see every person it loaded."""
        return f"{self.agent}/admin" if self.role is Role.ADMIN else self.agent
