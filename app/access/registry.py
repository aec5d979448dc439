"""Who may sign in here: clients registered, shown, suspended, resumed, removed, and given new keys.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
"""

import json
import re
from enum import StrEnum

import msgspec
from msgspec import Raw, Struct

from app.access import client_keys, key_address, scope_meet, scopes
from app.access.caller import Role
from app.errors import Conflict, Invalid, Issue, NotFound
from app.store import clients
from app.store.clients import ClientRow, NewClient
from app.store.database import Session

ROLES = (Role.SYSTEM, Role.ANALYST, Role.PRIVACY_OFFICER, Role.ADMIN)

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_NO_CLIENT = "There is no client of this id. `whatmatters client list` shows those there are."
_REMOVED = "This client was removed for good. Register it anew, under another id."


class Status(StrEnum):
    """Whether a client may sign in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class Registration(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for a new client; exactly one of jwks and jwks_url.

    organization: the id of its Organization. scopes: the most it may be granted, as a token has
    them. contact: whom to write to. jwks: a JSON Web Key Set.
    """

    client_id: str
    name: str
    organization: str
    scopes: str
    contact: str
    role: str = str(Role.SYSTEM)
    jwks: Raw = Raw()
    jwks_url: str | None = None


class NewKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """Keys in place of those that a client had; exactly one of the two."""

    jwks: Raw = Raw()
    jwks_url: str | None = None


def read_registration(body: bytes) -> Registration:
    """A registration from JSON. Raises Invalid."""
    try:
        return msgspec.json.decode(body, type=Registration)
    except (msgspec.MsgspecError, RecursionError):
        raise _unreadable(Registration.__struct_fields__) from None


def read_keys(body: bytes) -> NewKeys:
    """New keys from JSON. Raises Invalid."""
    try:
        return msgspec.json.decode(body, type=NewKeys)
    except (msgspec.MsgspecError, RecursionError):
        raise _unreadable(NewKeys.__struct_fields__) from None


def _unreadable(names: tuple[str, ...]) -> Invalid:
    text = f"The body is not the JSON object that is asked for, of {', '.join(names)}."
    return Invalid([Issue("structure", text)])


async def add(session: Session, asked: Registration, by: str, *, loopback: bool) -> ClientRow:
    """Register a client. by: who does it, for the registry. loopback: its keys may be on this
    machine. Raises Invalid with every fault, or Conflict where the id was given before."""
    issues = _faults(asked)
    jwks = jwks_url = None
    try:
        jwks, jwks_url = _keys(asked, loopback=loopback)
    except Invalid as invalid:
        issues += invalid.issues
    if issues:
        raise Invalid(issues)
    if not await clients.organization_is_there(session, asked.organization):
        text = "There is no such Organization in the record. Load it first, or check its id."
        raise Invalid([Issue("not-found", text, "organization")])
    new = NewClient(
        asked.client_id,
        asked.name,
        asked.organization,
        asked.role,
        scope_meet.text(scopes.parse(asked.scopes)),
        asked.contact,
        jwks,
        jwks_url,
    )
    added = await clients.add(session, new, by)
    if added is None:
        raise Conflict("This client_id was given before, and none is given twice. Choose another.")
    return added


async def show(session: Session, client_id: str) -> ClientRow:
    """One client. Raises NotFound."""
    found = await clients.find(session, client_id)
    if found is None:
        raise NotFound(_NO_CLIENT)
    return found


async def set_status(session: Session, client_id: str, status: Status, by: str) -> ClientRow:
    """Suspend, resume or remove a client. It binds other workers within the time that Standing
    knows (app/access/standing.py). Raises NotFound, or Conflict for one that was removed."""
    changed = await clients.set_status(session, client_id, status, by)
    return changed or await _not_changed(session, client_id)


async def set_keys(
    session: Session, client_id: str, keys: NewKeys, by: str, *, loopback: bool
) -> ClientRow:
    """Give a client other keys, in place of those it had. Raises as `add` and `set_status` do."""
    jwks, jwks_url = _keys(keys, loopback=loopback)
    changed = await clients.set_keys(session, client_id, jwks, jwks_url, by)
    return changed or await _not_changed(session, client_id)


def told(client: ClientRow) -> dict[str, object]:
    """A client as it is shown; what it holds is public."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "organization": client.organization,
        "role": client.role,
        "scopes": client.scopes,
        "contact": client.contact,
        "status": client.status,
        "jwks": Raw(client.jwks.encode()) if client.jwks else None,
        "jwks_url": client.jwks_url,
        "created": client.created,
        "changed": client.changed,
        "changed_by": client.changed_by,
    }


def key_ids(client: ClientRow) -> tuple[str, ...]:
    """The ids of the keys that are registered; none where they are published."""
    if client.jwks is None:
        return ()
    return tuple(str(key["kid"]) for key in json.loads(client.jwks)["keys"])


async def _not_changed(session: Session, client_id: str) -> ClientRow:
    await show(session, client_id)
    raise Conflict(_REMOVED)


def _faults(asked: Registration) -> list[Issue]:
    issues = []
    if not _CLIENT_ID.fullmatch(asked.client_id):
        text = "A client_id is 1 to 64 letters, digits and . _ - and begins with a letter or digit."
        issues.append(Issue("value", text, "client_id"))
    for name in ("name", "contact"):
        words = getattr(asked, name)
        if not 0 < len(words.strip()) <= 200 or not words.isprintable():
            text = "This takes some words on one line, at most 200 characters."
            issues.append(Issue("value", text, name))
    if not _FHIR_ID.fullmatch(asked.organization):
        text = "Give the id of its Organization, without the type: gp-surgery."
        issues.append(Issue("value", text, "organization"))
    if asked.role not in ROLES:
        issues.append(Issue("value", f"The role is one of {', '.join(ROLES)}.", "role"))
    return issues + _scope_faults(asked.scopes)


def _scope_faults(text: str) -> list[Issue]:
    words = text.split()
    parsed = [scopes.parse(word) for word in words]
    if not words or not all(len(one) == 1 and one[0].context == "system" for one in parsed):
        told = "A scope is written like system/Goal.rs; give one or more, with spaces between."
        return [Issue("value", told, "scopes")]
    if len(words) > scope_meet.MOST_SCOPES or len(text) > scope_meet.MOST_CHARACTERS:
        told = f"These are too many: at most {scope_meet.MOST_SCOPES} scopes."
        return [Issue("too-long", told, "scopes")]
    return []


def _keys(asked: Registration | NewKeys, *, loopback: bool) -> tuple[str | None, str | None]:
    jwks, url = bytes(asked.jwks), asked.jwks_url
    if (jwks in (b"", b"null")) == (url is None):
        text = "Give the client's public keys (jwks), or the address where they are (jwks_url)."
        raise Invalid([Issue("required", text, "jwks")])
    if url is not None:
        key_address.read(url, loopback=loopback)
        return None, url
    return client_keys.registered(jwks), None
