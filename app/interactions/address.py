"""What a method and a path under the FHIR base ask for: the table of addresses.

Spec: https://hl7.org/fhir/R4/http.html#summary
"""

from collections.abc import Iterable
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from app.access.acts import Act
from app.errors import Malformed, MethodNotAllowed, NotFound
from app.fhir.library import DEFINITION_TYPES
from app.fhir.reference import is_id
from app.fhir.resource_types import RESOURCE_TYPES

_NO_SUCH = (
    "There is no such address here. An address begins with a type as FHIR spells it, such as "
    "Goal; /fhir/metadata tells which there are."
)
_PUBLISHED = (
    "Definitions come with the service and are not written here: read them, or search for them."
)


class Address(Struct, frozen=True):
    """One address understood. operation: `everything` of `$everything`. compartment: a Patient
    id. is_open: it is about definitions, which anyone may read."""

    act: Act | None
    type: str | None = None
    id: str | None = None
    version: int | None = None
    compartment: str | None = None
    operation: str | None = None
    form: bool = False  # the query is (also) in the body, as a form
    is_open: bool = False


def decoded(path: str) -> str:
    """A path without its percent-encoding; but an encoded slash stays, as it parts nothing."""
    return unquote(path.replace("%2f", "%252f").replace("%2F", "%252F"), errors="replace")


def address(method: str, path: str) -> Address:
    """Read a path without slashes at its ends ("Goal/7/_history/2").

    Raises NotFound for an unknown address, MethodNotAllowed for a method it does not take,
    Malformed for an id
    that cannot be one.
    """
    segments = path.split("/") if path else []
    if segments and segments[-1].startswith("$"):
        return _operation(method, segments)
    if not segments or segments[0] not in RESOURCE_TYPES:
        return _on_system(method, segments)
    match segments:
        case [type]:
            return _of(method, _ON_TYPE, type)
        case [type, "_search"]:
            return _of(method, {"POST": Act.SEARCH_TYPE}, type, form=True)
        case [type, "_history"]:
            return _of(method, {"GET": Act.HISTORY_TYPE}, type)
        case [type, id]:
            return _of(method, _ON_INSTANCE, type, _id(id))
        case [type, id, "_history"]:
            return _of(method, {"GET": Act.HISTORY_INSTANCE}, type, _id(id))
        case [type, id, "_history", version]:
            return _of(method, {"GET": Act.VREAD}, type, _id(id), _version(version))
        case ["Patient", id, other, *rest] if rest in ([], ["_search"]):
            return _in_compartment(method, _id(id), other, bool(rest))
    raise NotFound(_NO_SUCH)


def _on_system(method: str, segments: list[str]) -> Address:
    if segments and segments[0] in DEFINITION_TYPES:
        return _on_definition(method, segments)
    match segments:
        case []:
            return _of(method, {"GET": Act.SEARCH_SYSTEM, "POST": Act.BATCH})
        case ["metadata"]:
            return _of(method, {"GET": Act.CAPABILITIES})
        case ["_search"]:
            return _of(method, {"POST": Act.SEARCH_SYSTEM}, form=True)
        case ["_history"]:
            return _of(method, {"GET": Act.HISTORY_SYSTEM})
    raise NotFound(_NO_SUCH)


def _on_definition(method: str, segments: list[str]) -> Address:
    match segments:
        case [type, "_search"]:
            found = _of(method, {"POST": Act.SEARCH_TYPE}, type, form=True)
            return replace(found, is_open=True)
        case [type]:
            return _of_definition(method, Act.SEARCH_TYPE, type)
        case [type, id]:
            return _of_definition(method, Act.READ, type, _id(id))
    raise NotFound(_NO_SUCH)


def _of_definition(method: str, act: Act, type: str, id: str | None = None) -> Address:
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowed(_PUBLISHED, takes=("GET", "HEAD"))
    return Address(act, type, id, is_open=True)


_ON_TYPE = {
    "GET": Act.SEARCH_TYPE,
    "POST": Act.CREATE,
    "PUT": Act.UPDATE,
    "PATCH": Act.PATCH,
    "DELETE": Act.DELETE,
}
_ON_INSTANCE = {
    "GET": Act.READ,
    "PUT": Act.UPDATE,
    "PATCH": Act.PATCH,
    "DELETE": Act.DELETE,
}


def _of(
    method: str,
    act_by_method: dict[str, Act],
    type: str | None = None,
    id: str | None = None,
    version: int | None = None,
    *,
    form: bool = False,
) -> Address:
    act = act_by_method.get("GET" if method == "HEAD" else method)
    if act is None:
        raise _not_taken(act_by_method)
    return Address(act, type, id, version, form=form)


def _not_taken(methods: Iterable[str]) -> MethodNotAllowed:
    takes = [
        one for method in methods for one in (("GET", "HEAD") if method == "GET" else (method,))
    ]
    told = ", ".join(takes)
    text = f"This address does not take that method. It takes: {told}."
    return MethodNotAllowed(text, takes=takes)


def _in_compartment(method: str, id: str, type: str, form: bool) -> Address:
    act = Act.SEARCH_SYSTEM if type == "*" else Act.SEARCH_TYPE
    found = _of(
        method,
        {"POST" if form else "GET": act},
        None if type == "*" else _type(type),
        form=form,
    )
    return replace(found, compartment=id)


_ACT_BY_OPERATION = {
    "validate": Act.VALIDATE,
    "everything": Act.EVERYTHING,
    "match": Act.MATCH,
    "export-person": Act.EXPORT_PERSON,
    "who-can-see": Act.WHO_CAN_SEE,
    "who-has-looked": Act.WHO_HAS_LOOKED,
    "provenance": Act.PROVENANCE,
    "emergency-access": Act.EMERGENCY_ACCESS,
    "emergency-access-end": Act.EMERGENCY_ACCESS_END,
    "emergency-access-list": Act.EMERGENCY_ACCESS_LIST,
    "emergency-access-review": Act.EMERGENCY_ACCESS_REVIEW,
    "notices": Act.NOTICES,
    "freeze": Act.FREEZE,
    "unfreeze": Act.UNFREEZE,
    "quarantine": Act.QUARANTINE,
    "quarantine-lift": Act.QUARANTINE_LIFT,
    "merge": Act.MERGE,
    "unmerge": Act.UNMERGE,
    "invite-supporter": Act.INVITE_SUPPORTER,
    "accept-invitation": Act.ACCEPT_INVITATION,
    "decline-invitation": Act.DECLINE_INVITATION,
}


def _operation(method: str, segments: list[str]) -> Address:
    if method not in ("GET", "HEAD", "POST"):
        raise _not_taken(("GET", "POST"))
    name = segments[-1][1:]
    act = _ACT_BY_OPERATION.get(name)
    match segments[:-1]:
        case []:
            return Address(act, operation=name)
        case [type, *_] if type in DEFINITION_TYPES:
            return _operation_on_definitions(segments[:-1], name)
        case [type]:
            return Address(act, _type(type), operation=name)
        case [type, id]:
            return Address(act, _type(type), _id(id), operation=name)
    raise NotFound(_NO_SUCH)


def _operation_on_definitions(segments: list[str], name: str) -> Address:
    match segments:
        case [type]:
            return Address(None, type, operation=name, is_open=True)
        case [type, id]:
            return Address(None, type, _id(id), operation=name, is_open=True)
    raise NotFound(_NO_SUCH)


def _type(text: str) -> str:
    if text not in RESOURCE_TYPES:
        raise NotFound(_NO_SUCH)
    return text


def _id(text: str) -> str:
    if not is_id(text):
        raise Malformed("An id is 1 to 64 letters, digits, hyphens and full stops.")
    return text


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no such version. Versions are whole numbers from 1.")
    return int(text)
