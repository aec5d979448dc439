"""What NHS CIS2 says of a member of staff: who they are, and the one role they chose to work in.

Only that role's organisation counts: a doctor at two trusts is one of the two at a time.
Spec: NHS CIS2 Authentication, userinfo (scopes nhsperson, nationalrbacaccess, selectedrole)
"""

from app.access.caller import Role
from app.access.compact import Claims
from app.access.token_form import refused
from app.errors import Forbidden

_LEVELS = ("authentication_assurance_level", "idassurancelevel", "id_assurance_level")
_STRONG = frozenset(("3",))


def said(id_token: Claims, userinfo: Claims) -> Claims:
    """Role, name and the ODS code of the organisation. Raises Unauthenticated or Forbidden."""
    told = [one[name] for one in (id_token, userinfo) for name in _LEVELS if name in one]
    if not told or not all(str(level) in _STRONG for level in told):
        raise Forbidden(
            "You signed in with less than a smartcard or its equal (assurance level 3). Sign in "
            "again with yours."
        )
    chosen = _chosen(userinfo)
    code = chosen.get("org_code")
    if not isinstance(code, str) or not code:
        raise refused("The role that CIS2 names has no organisation (org_code).")
    return {"role": str(Role.PRACTITIONER), "organization_code": code, **_name(userinfo)}


def _chosen(userinfo: Claims) -> Claims:
    roles = userinfo.get("nhsid_nrbac_roles")
    if not isinstance(roles, list) or not all(isinstance(one, dict) for one in roles):
        raise refused("CIS2 does not say which roles you have (nhsid_nrbac_roles).")
    selected = userinfo.get("selected_roleid")
    if selected is None:
        if len(roles) == 1:
            return dict(roles[0])
        raise Forbidden("You have several roles, or none. Choose one when you sign in.")
    matching = [one for one in roles if one.get("person_roleid") == selected]
    if not isinstance(selected, str) or len(matching) != 1:
        raise refused("The role that was chosen is not one of yours (selected_roleid).")
    return dict(matching[0])


def _name(userinfo: Claims) -> Claims:
    for name in ("display_name", "name"):
        value = userinfo.get(name)
        if isinstance(value, str) and value:
            return {"name": value}
    return {}
