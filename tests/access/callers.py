"""Callers of every role, made without a token."""

from app.access import scopes
from app.access.caller import Caller, Role

EVERYTHING_BY_ROLE = {
    Role.SYSTEM: "system/*.cruds",
    Role.PRACTITIONER: "user/*.cruds",
    Role.PERSON: "patient/*.cruds",
    Role.SUPPORTER: "patient/*.cruds",
    Role.ANALYST: "system/*.cruds",
    Role.PRIVACY_OFFICER: "user/*.cruds",
    Role.ADMIN: "system/*.cruds",
    Role.SERVICE: "system/*.cruds",
}


ABOUT_ONE_PERSON = (Role.PERSON, Role.SUPPORTER)


def caller(role: Role, scope: str | None = None, *, person: str | None = None) -> Caller:
    """A caller of the surgery, or the person with that Patient id; scope None = every letter."""
    return Caller(
        issuer="https://issuer.example",
        client_id="client-1",
        subject="subject-1",
        token_id="token-1",  # noqa: S106
        expires_at=2_000_000_000,
        scopes=scopes.parse(EVERYTHING_BY_ROLE[role] if scope is None else scope),
        role=role,
        organization=None if role in ABOUT_ONE_PERSON else "gp-surgery",
        person=person,
        name="Jenna Trescothick" if role is Role.PRACTITIONER else None,
        supporter="bessie" if role is Role.SUPPORTER else None,
    )


def surgery(scope: str | None = None) -> Caller:
    return caller(Role.SYSTEM, scope)


def person(scope: str | None = None) -> Caller:
    return caller(Role.PERSON, scope, person="7")
