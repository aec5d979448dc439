"""The one place that decides: scope, role and relationship together make a Permit, or a refusal.

A scope alone never suffices: each role has its own policy (`_may_touch`), and the people come from
relationship.py. What the scopes constrain is carried in the permit, to be kept in the statement.
Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from collections.abc import Collection
from typing import TypeAlias

from app.access import relationship, scopes
from app.access.acts import LETTER_BY_ACT, WRITE_LETTERS, Act
from app.access.caller import Caller, Role
from app.access.scopes import Alternatives
from app.errors import Forbidden
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.store.permit import Permit

AlternativesByType: TypeAlias = dict[str, Alternatives]

_ACTS_WITHOUT_A_TYPE = frozenset(
    (Act.SEARCH_SYSTEM, Act.HISTORY_SYSTEM, Act.EVERYTHING, Act.VALIDATE)
)
_ALL = frozenset(RESOURCE_TYPES)
_DIRECTORY = frozenset(name for name, row in RESOURCE_TYPES.items() if row.directory)
_WRITTEN_BY_CALLERS = frozenset(name for name, row in RESOURCE_TYPES.items() if not row.read_only)
_ACCESS_REVIEW = _DIRECTORY | {"AuditEvent", "Provenance"}

_AUDIT_BY_ROLE = {
    Role.SYSTEM: "own",
    Role.PRACTITIONER: "own",
    Role.PERSON: "about",
    Role.ANALYST: "none",
    Role.PRIVACY_OFFICER: "all",
    Role.ADMIN: "all",
}
_POLICY_BY_ROLE = {
    Role.PERSON: "A person's token reads the directory but cannot change it.",
    Role.ANALYST: "An analyst may read the directory only.",
    Role.PRIVACY_OFFICER: "A privacy officer may read access logs, provenance and the directory.",
}
_CONTEXT_BY_ROLE = {Role.PERSON: "patient", Role.PRACTITIONER: "user"}

_PERMITS_REMEMBERED = 8192
_permits: dict[tuple[Caller, Act, str | None], Permit] = {}


def decide(caller: Caller, act: Act, type: str | None) -> Permit:
    """What the caller may touch by this act. type: the type asked for; None where the act has none.

    The permit also names every other type the act may reach (includes, chains, system search).
    Raises Forbidden with what is missing.
    """
    key = (caller, act, type)
    permit = _permits.get(key)
    if permit is None:
        permit = _remembered(key, _decided(caller, act, type))
    return permit


def reach(caller: Caller) -> Permit:
    """Whose rows this caller may know of, whatever the scopes: to check that a reference leads
    somewhere.

    Shows no content; what is outside it is treated as not there.
    """
    key = (caller, Act.VALIDATE, "")
    permit = _permits.get(key)
    if permit is None:
        types: AlternativesByType = {name: () for name in RESOURCE_TYPES}
        permit = _permit(caller, types, relationship.people(caller), frozenset())
        _remembered(key, permit)
    return permit


def _remembered(key: tuple[Caller, Act, str | None], permit: Permit) -> Permit:
    if len(_permits) >= _PERMITS_REMEMBERED:
        # The oldest goes; a caller still at work is decided afresh.
        _permits.pop(next(iter(_permits)), None)
    _permits[key] = permit
    return permit


def check_change(caller: Caller, before: Json, after: Json) -> None:
    """What a role may not change of a resource that it may write. before: {} when it is not there.

    Organisations find a person by identifier, and write to whom they find. Whoever took another's
    NHS number would be sent the other's record. Raises Forbidden.
    """
    if caller.role is not Role.PERSON or after["resourceType"] != "Patient":
        return
    if after.get("identifier") != before.get("identifier"):
        raise Forbidden(
            "A person's token cannot change the identifiers by which organisations know them, "
            "such as the NHS number. Send these as they are, or ask an organisation to change them."
        )


def _decided(caller: Caller, act: Act, type: str | None) -> Permit:
    if act is Act.VALIDATE:
        # It shows nothing by itself; what it may look up is what the caller may read.
        granted, people = _granted(caller, "r", None)
        return _permit(caller, granted, people, frozenset(granted))
    letter = LETTER_BY_ACT.get(act)
    if letter is None:
        return _permit(caller, {}, (), frozenset())
    if type is None and act not in _ACTS_WITHOUT_A_TYPE:
        raise ValueError(f"{act} is decided for a type")
    granted, people = _granted(caller, letter, type)
    if not granted if type is None else type not in granted:
        raise Forbidden(_missing(caller, letter, type))
    if letter not in WRITE_LETTERS:
        return _permit(caller, granted, people, frozenset(granted))
    return _permit(caller, granted, people, _readable(caller, granted, type))


def _granted(
    caller: Caller, letter: str, type: str | None
) -> tuple[AlternativesByType, tuple[str, ...] | None]:
    """The types granted for a letter, and the people whose rows they reach.

    One permit has one set of people, so where a token about one person mixes patient/ scopes with
    wider ones, the patient/ scopes count only when the wider ones do not reach.
    """
    people = relationship.people(caller)
    if caller.role is Role.PERSON:
        contexts = {"patient", "user"} if people else set()
        return _by_type(caller, contexts, letter), people
    granted = _by_type(caller, {"system", "user"}, letter)
    reached = bool(granted) if type is None else type in granted
    if reached or people is not None or caller.person is None:
        return granted, people
    return _by_type(caller, {"system", "user", "patient"}, letter), (caller.person,)


def _by_type(caller: Caller, contexts: Collection[str], letter: str) -> AlternativesByType:
    alternatives_by_type = {
        type: scopes.allowed(caller.scopes, contexts, type, letter)
        for type in sorted(_may_touch(caller.role, letter))
    }
    # No AuditEvent holds what a constraint can ask for, so a constrained scope reaches none.
    if alternatives_by_type.get("AuditEvent"):
        del alternatives_by_type["AuditEvent"]
    return {type: found for type, found in alternatives_by_type.items() if found is not None}


def _may_touch(role: Role, letter: str) -> frozenset[str]:
    """The policy of each role: what it may touch when a scope allows it too."""
    writes = letter in WRITE_LETTERS
    match role:
        case Role.SYSTEM | Role.PRACTITIONER | Role.ADMIN:
            return _WRITTEN_BY_CALLERS if writes else _ALL
        case Role.PERSON:
            return _WRITTEN_BY_CALLERS - _DIRECTORY if writes else _ALL
        case Role.PRIVACY_OFFICER if not writes:
            return _ACCESS_REVIEW
        case Role.ANALYST if not writes:
            return _DIRECTORY
        case _:
            return frozenset()


def _readable(caller: Caller, granted: AlternativesByType, type: str | None) -> frozenset[str]:
    """The types of a write whose every row in reach may also be read: write never implies read."""
    read, _ = _granted(caller, "r", type)
    return frozenset(
        name for name, written in granted.items() if name in read and _within(written, read[name])
    )


def _within(written: Alternatives, read: Alternatives) -> bool:
    """Whether a row that holds an alternative of `written` always holds one of `read`."""
    if not read:
        return True
    return bool(written) and all(any(set(r) <= set(w) for r in read) for w in written)


def _permit(
    caller: Caller,
    granted: AlternativesByType,
    people: tuple[str, ...] | None,
    readable: frozenset[str],
) -> Permit:
    return Permit(
        caller="\n".join((caller.issuer, caller.client_id, caller.subject, caller.agent)),
        agent=caller.agent,
        types=frozenset(granted),
        directory_types=_DIRECTORY.intersection(granted),
        people=people,
        constraints=tuple((name, found) for name, found in granted.items() if found),
        audit=_AUDIT_BY_ROLE[caller.role] if "AuditEvent" in granted else "none",
        readable=readable,
    )


def _missing(caller: Caller, letter: str, type: str | None) -> str:
    writes = letter in WRITE_LETTERS
    if type is not None and type not in RESOURCE_TYPES:
        return "This type is not served here."
    if writes and type is not None and RESOURCE_TYPES[type].read_only:
        return f"{type} is written by this service alone; it cannot be created, changed or deleted."
    may_touch = _may_touch(caller.role, letter)
    if caller.role in _POLICY_BY_ROLE and (type not in may_touch if type else not may_touch):
        return _POLICY_BY_ROLE[caller.role]
    if caller.person is None and _names_a_patient_only(caller):
        return "The token has patient/ scopes but names no patient, so they grant nothing."
    context = _CONTEXT_BY_ROLE.get(caller.role, "system")
    return f"This needs the scope {context}/{type or '*'}.{letter}, which the token does not hold."


def _names_a_patient_only(caller: Caller) -> bool:
    contexts = {scope.context for scope in caller.scopes}
    return "patient" in contexts and not (contexts & {"system", "user"})
