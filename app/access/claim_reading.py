"""From the claims of an issuer of any kind to claims by our own names, or a refusal that says which
claim is amiss.

Each kind has a function from (rules, claims) to claims; what is the same for all is checked
afterwards, where the caller is made.
"""

from collections.abc import Mapping
from typing import NoReturn

from app.access import claims_cis2, claims_nhs_login
from app.access.caller import Role
from app.access.claim_rules import USUAL_SCOPES, Cis2, Keycloak, NhsLogin, Rules, ScopesByRole
from app.access.compact import Claims
from app.access.token_form import refused

# Keycloak says in the token itself which of its three kinds it is.
_NOT_FOR_ACCESS = frozenset(("ID", "Refresh", "Offline"))
# A record or an organisation is found by these on the word of NHS login and of CIS2 alone: at
# others, people may write them into their own profile.
_FOUND_BY = frozenset(("nhs_number", "birthdate", "organization_code"))


def of_access_token(rules: Rules, claims: Claims) -> Claims:
    """What an access token says, by our names. Raises Unauthenticated."""
    if isinstance(rules, Keycloak):
        if claims.get("typ") in _NOT_FOR_ACCESS:
            raise refused("This token is not an access token. Send the access token.")
        said = _of_keycloak(rules, claims)
        return _with_scopes(said, rules.scopes, {})
    return claims


def of_sign_in(rules: Rules, id_token: Claims, userinfo: Claims, issuer: str) -> Claims:
    """What an ID token and the userinfo of the same subject say, by our names, scopes among them.

    Besides those: `nhs_number` and `birthdate` of a person who is to be found by them, and
    `organization_code` (ODS) for an organisation that is. Raises Unauthenticated or Forbidden.
    """
    if isinstance(rules, NhsLogin):
        return {**claims_nhs_login.said(id_token, userinfo, issuer), "scope": rules.scopes}
    if isinstance(rules, Cis2):
        return {**claims_cis2.said(id_token, userinfo), "scope": rules.scopes}
    claims = {**userinfo, **id_token}
    said = _of_keycloak(rules, claims) if isinstance(rules, Keycloak) else _of_ours(claims)
    return _with_scopes({**said, "scope": None}, rules.scopes, USUAL_SCOPES)


def found(claims: Claims, path: str) -> object:
    """What stands under a name, or by dots inside others; None when nothing does."""
    if path in claims:
        return claims[path]
    here: object = claims
    for name in path.split("."):
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _of_ours(claims: Claims) -> Claims:
    names = ("role", "organization", "patient", "related_person", "name", "purpose_of_use")
    return {name: claims[name] for name in names if name in claims}


def _of_keycloak(rules: Keycloak, claims: Claims) -> Claims:
    said: Claims = {
        **{name: value for name, value in claims.items() if name not in _FOUND_BY},
        "role": str(_role(rules, claims)),
        "client_id": found(claims, rules.client),
        "organization": _one_organization(rules, claims),
        "patient": found(claims, rules.patient),
        "related_person": found(claims, rules.related_person),
        "name": found(claims, rules.name),
    }
    return {name: value for name, value in said.items() if value is not None}


def _role(rules: Keycloak, claims: Claims) -> Role:
    """Everybody at Keycloak has several roles; exactly one of them may mean something here."""
    told = found(claims, rules.role)
    names = told if isinstance(told, list) else [told]
    meant = {rules.roles[name] for name in names if isinstance(name, str) and name in rules.roles}
    if len(meant) == 1:
        return meant.pop()
    if meant:
        _refuse("says that you have two roles here; whoever gives out roles must leave you one")
    _refuse(f"names no role of this record in the claim {rules.role}")


def _one_organization(rules: Keycloak, claims: Claims) -> object:
    """Keycloak writes a list of names, or an object with the names as its members."""
    told = found(claims, rules.organization)
    if not isinstance(told, list | Mapping):
        return told
    names = list(told)
    if len(names) > 1:
        _refuse("names two organisations; choose one when you sign in")
    return names[0] if names else None


def _with_scopes(said: Claims, own: ScopesByRole, usual: ScopesByRole) -> Claims:
    role = said.get("role")
    known = {str(one): text for one, text in {**usual, **own}.items()}
    if isinstance(role, str) and role in known:
        return {**said, "scope": known[role]}
    return said


def _refuse(what: str) -> NoReturn:
    raise refused(f"The token {what}.")
