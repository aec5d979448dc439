"""How the claims of one issuer are to be read: which kind of issuer it is, and its own names for
what we ask.

Source: docs/sign-in.md, docs/decisions/0024-people-sign-in-elsewhere.md
"""

from typing import TypeAlias

from msgspec import Struct, field

from app.access.caller import Role

ScopesByRole: TypeAlias = dict[Role, str]

_PEOPLE = "patient/*.cruds"
_STAFF = "user/*.cruds"
# What a human being may ask for who signs in at a page and brings no scopes of ours.
USUAL_SCOPES: ScopesByRole = {
    Role.PERSON: _PEOPLE,
    Role.SUPPORTER: _PEOPLE,
    Role.PRACTITIONER: _STAFF,
    Role.ANALYST: _STAFF,
    Role.PRIVACY_OFFICER: _STAFF,
    Role.ADMIN: _STAFF,
}


class Ours(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="ours"):
    """The issuer says everything by our own names, as docs/operations.md lists them.

    scopes: by role, in place of what is usual for whoever signs in at a page.
    """

    scopes: ScopesByRole = field(default_factory=dict)


class Keycloak(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="keycloak"):
    """An issuer whose roles and claims have names of their own, such as Keycloak.

    roles: what one of its roles is here; whoever has none of these, or two, is refused. role,
    organization, patient, related_person, name, client: the claim that says it, a dot for what is
    inside another. scopes: by role, in place of what the token's `scope` says.
    """

    roles: dict[str, Role]
    role: str = "realm_access.roles"
    organization: str = "organization"
    patient: str = "patient"
    related_person: str = "related_person"
    name: str = "name"
    client: str = "azp"
    scopes: ScopesByRole = field(default_factory=dict)


class NhsLogin(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="nhs-login"):
    """NHS login: people whose identity was proven to P9. scopes: what they may ask for."""

    scopes: str = _PEOPLE


class Cis2(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="cis2"):
    """NHS CIS2: staff, for the organisation of the one role they chose. scopes: what they may ask
    for."""

    scopes: str = _STAFF


Rules: TypeAlias = Ours | Keycloak | NhsLogin | Cis2
# These sign people in, and their access tokens are for their own userinfo: none is taken here.
ONLY_AT_PAGES = (NhsLogin, Cis2)
