"""What NHS login says of a person: who they are, once their identity was proven to P9.

Spec: NHS login interface specification (Federation), sections 5 and 6,
https://www.rfc-editor.org/rfc/rfc8485 (vectors of trust)
"""

import re

from app.access.caller import Role
from app.access.compact import Claims
from app.access.token_form import refused
from app.errors import Forbidden

# Two factors, of which one is a password, a device or a key.
VECTORS = ("P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm")
ALGORITHM = "RS512"  # NHS login signs with nothing else

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_NOT_P9 = (
    "Your NHS login has not proven who you are to the highest level (P9). Prove your identity "
    "there, with a photo of a document, then sign in again."
)
_NO_NUMBER = "NHS login did not tell your NHS number and date of birth, so your record cannot be"
_NO_NUMBER += " found. Sign in again, and agree that they are shared."


def said(id_token: Claims, userinfo: Claims, issuer: str) -> Claims:
    """Role, name, number and date of birth. Raises Unauthenticated for what NHS login never sends,
    Forbidden for who may not come in."""
    vector, mark = id_token.get("vot"), id_token.get("vtm")
    if not isinstance(mark, str) or not mark.startswith(f"{issuer}/trustmark/"):
        raise refused("The sign-in has no trust mark (vtm) of NHS login.")
    if not isinstance(vector, str):
        raise refused("The sign-in does not say how sure NHS login is of you (vot).")
    level = userinfo.get("identity_proofing_level", "P9")
    if vector not in VECTORS or level != "P9":
        raise Forbidden(_NOT_P9)
    return {
        "role": str(Role.PERSON),
        "nhs_number": _told(id_token, userinfo, "nhs_number", _TEN_DIGITS),
        "birthdate": _told(id_token, userinfo, "birthdate", _DAY),
        **_name(userinfo),
    }


def _told(id_token: Claims, userinfo: Claims, name: str, form: re.Pattern[str]) -> str:
    """The one value that both say; the ID token may leave it out."""
    value = userinfo.get(name)
    if value is None:
        raise Forbidden(_NO_NUMBER)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise refused(f"What NHS login says in {name} is not in order.")
    if id_token.get(name, value) != value:
        raise refused(f"NHS login says two things in {name}.")
    return value


def _name(userinfo: Claims) -> Claims:
    parts = [userinfo.get(name) for name in ("given_name", "family_name")]
    name = " ".join(one for one in parts if isinstance(one, str) and one)
    return {"name": name} if name else {}
