"""The one place that decides: scope and role make a Permit, or a refusal.

A scope alone never suffices: each role has its own policy (`_may_touch`). Relationship, consent and
label are asked of the database in every statement, by whom and what for the permit says; so is what
the scopes constrain.
Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from collections.abc import Collection
from typing import TypeAlias

from msgspec.structs import replace

from app.access import scopes
from app.access.acts import LETTER_BY_ACT, WRITE_LETTERS, Act
from app.access.caller import Caller, Role
from app.access.scopes import Alternatives
from app.errors import Forbidden
from app.fhir.labels import Label
from app.fhir.resource_types import RESOURCE_TYPES
from app.store.permit import Permit

AlternativesByType: TypeAlias = dict[str, Alternatives]

_ACTS_WITHOUT_A_TYPE = frozenset(
    (Act.SEARCH_SYSTEM, Act.HISTORY_SYSTEM, Act.EVERYTHING, Act.MATCH, Act.VALIDATE)
)
_ALL = frozenset(RESOURCE_TYPES)
_DIRECTORY = frozenset(name for name, row in RESOURCE_TYPES.items() if row.directory)
_WRITTEN_BY_CALLERS = frozenset(name for name, row in RESOURCE_TYPES.items() if not row.read_only)
# Who the person is, who helps them and who sees what is not a supporter's to say.
_WRITTEN_BY_SUPPORTERS = (
    _WRITTEN_BY_CALLERS
    - _DIRECTORY
    - {"Patient", "RelatedPerson", "CareTeam", "Consent", "Provenance", "Flag"}
)
# What the record does by itself: a supporter's time is over, or they are to be looked at.
_WRITTEN_BY_SERVICE = frozenset(("RelatedPerson", "Task"))
_READ_BY_SERVICE = _WRITTEN_BY_SERVICE | {"Patient"}
_ACCESS_REVIEW = _DIRECTORY | {"AuditEvent", "Provenance"}

_AUDIT_BY_ROLE = {
    Role.SYSTEM: "own",
    Role.PRACTITIONER: "own",
    Role.PERSON: "about",
    Role.SUPPORTER: "own",
    Role.ANALYST: "none",
    Role.PRIVACY_OFFICER: "all",
    Role.ADMIN: "all",
    Role.SERVICE: "none",
}
_POLICY_BY_ROLE = {
    Role.PERSON: "A person's token reads the directory but cannot change it.",
    Role.SUPPORTER: "A supporter's token reads the directory but cannot change it.",
    Role.ANALYST: "An analyst may read the directory only.",
    Role.PRIVACY_OFFICER: "A privacy officer may read access logs, provenance and the directory.",
}
_CONTEXT_BY_ROLE = {Role.PERSON: "patient", Role.SUPPORTER: "patient", Role.PRACTITIONER: "user"}

_ABOUT_ONE_PERSON = frozenset((Role.PERSON, Role.SUPPORTER))
_BY_RIGHTS = frozenset((Role.SYSTEM, Role.PRACTITIONER, Role.SUPPORTER))
_QUARANTINED = int(Label.QUARANTINED)
_HIDDEN_BY_ROLE = {
    Role.SYSTEM: _QUARANTINED,
    Role.PRACTITIONER: _QUARANTINED,
    Role.ANALYST: _QUARANTINED,
    Role.PERSON: _QUARANTINED | Label.HIDDEN_FROM_PERSON,
    Role.SUPPORTER: _QUARANTINED | Label.HIDDEN_FROM_PERSON | Label.HIDDEN_FROM_SUPPORTERS,
    Role.PRIVACY_OFFICER: 0,
    Role.ADMIN: 0,
    Role.SERVICE: _QUARANTINED,
}

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


def people(caller: Caller) -> tuple[str, ...] | None:
    """The only people whose rows the caller may see; () = nobody, None = whom the rights allow."""
    match caller.role:
        case Role.SYSTEM | Role.PRACTITIONER | Role.ADMIN | Role.PRIVACY_OFFICER | Role.SERVICE:
            return None
        case Role.PERSON | Role.SUPPORTER if caller.person and caller.agent:
            return (caller.person, *caller.linked)
        case _:
            return ()


def reach(caller: Caller) -> Permit:
    """Whose rows this caller may know of, whatever the scopes: to check that a reference leads
    somewhere.

    Shows no content; what is outside it is treated as not there.
    """
    key = (caller, Act.VALIDATE, "")
    permit = _permits.get(key)
    if permit is None:
        types: AlternativesByType = {name: () for name in RESOURCE_TYPES}
        permit = _permit(caller, types, people(caller), frozenset())
        _remembered(key, permit)
    return permit


def may_break_glass(caller: Caller, act: Act) -> bool:
    """Whether an emergency may show this caller more by this act: a practitioner who looks. What
    they write is decided as ever."""
    return caller.role is Role.PRACTITIONER and LETTER_BY_ACT.get(act, "") in ("r", "s")


def with_user(permit: Permit, user: str | None, opened: Collection[str]) -> Permit:
    """The same permit, where the rights of one practitioner count beside the organisation's.
    opened: whose records an emergency opens."""
    return replace(permit, user=user, opened=tuple(sorted(opened)))


def permit_of_party(party: str, records: tuple[str, ...], purpose: str) -> Permit:
    """What an organisation or supporter ("Organization/x", "RelatedPerson/x") sees of a person at
    the most, whatever their scopes. records: all that are this person's."""
    is_supporter = party.startswith("RelatedPerson/")
    role = Role.SUPPORTER if is_supporter else Role.SYSTEM
    return Permit(
        caller="",
        agent=party,
        types=_ALL,
        directory_types=_DIRECTORY,
        people=records if is_supporter else None,
        party=party,
        purpose=purpose,
        hidden=int(_HIDDEN_BY_ROLE[role]),
        is_lay=is_supporter,
    )


def permit_of_person(person: str) -> Permit:
    """What a person sees of their own record at the most, whoever asks for it."""
    return Permit(
        caller=f"Patient/{person}",
        agent=f"Patient/{person}",
        types=_ALL,
        directory_types=_DIRECTORY,
        people=(person,),
        hidden=_HIDDEN_BY_ROLE[Role.PERSON],
        audit=_AUDIT_BY_ROLE[Role.PERSON],
    )


def _remembered(key: tuple[Caller, Act, str | None], permit: Permit) -> Permit:
    if len(_permits) >= _PERMITS_REMEMBERED:
        # The oldest goes; a caller still at work is decided afresh.
        _permits.pop(next(iter(_permits)), None)
    _permits[key] = permit
    return permit


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
    own = people(caller)
    if caller.role in _ABOUT_ONE_PERSON:
        contexts = {"patient", "user"} if own else set()
        return _by_type(caller, contexts, letter), own
    granted = _by_type(caller, {"system", "user"}, letter)
    reached = bool(granted) if type is None else type in granted
    if reached or own is not None or caller.person is None:
        return granted, own
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
        case Role.SUPPORTER:
            return _WRITTEN_BY_SUPPORTERS if writes else _ALL
        case Role.SERVICE:
            return _WRITTEN_BY_SERVICE if writes else _READ_BY_SERVICE
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
        agent=caller.author,
        types=frozenset(granted),
        directory_types=_DIRECTORY.intersection(granted),
        people=people,
        party=caller.agent if caller.role in _BY_RIGHTS else None,
        purpose=caller.purpose or "",
        hidden=int(_HIDDEN_BY_ROLE[caller.role]),
        is_lay=caller.role in _ABOUT_ONE_PERSON,
        constraints=tuple((name, found) for name, found in granted.items() if found),
        # Whoever is nobody here has done nothing here: what nobody did is not theirs.
        audit=_AUDIT_BY_ROLE[caller.role] if "AuditEvent" in granted and caller.agent else "none",
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
    if caller.role is Role.SUPPORTER and not caller.agent:
        return (
            "This sign-in helps nobody here yet. Say yes to an invitation, with its code: "
            "RelatedPerson/$accept-invitation."
        )
    if caller.person is None and _names_a_patient_only(caller):
        return "The token has patient/ scopes but names no patient, so they grant nothing."
    context = _CONTEXT_BY_ROLE.get(caller.role, "system")
    return f"This needs the scope {context}/{type or '*'}.{letter}, which the token does not hold."


def _names_a_patient_only(caller: Caller) -> bool:
    contexts = {scope.context for scope in caller.scopes}
    return "patient" in contexts and not (contexts & {"system", "user"})
