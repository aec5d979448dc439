"""SMART v2 scopes: read strictly, so that what is not in the grammar grants nothing.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from app.fhir.resource_types import RESOURCE_TYPES

# Alternatives of index entries; a row must hold every entry of one of them. Empty = any row.
Alternatives: TypeAlias = tuple[tuple[str, ...], ...]

_SCOPE = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Za-z]+)"
    r"\.(?P<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)"
    r"(?:\?(?P<constraint>[!#-\[\]-~]+))?"
)
_LETTERS_BY_V1_RIGHT = {"read": "rs", "write": "cud", "*": "cruds"}

# Only token parameters: a constraint is compared with the entries of the index as they stand.
_CONSTRAINT_PARAMETERS = frozenset(
    ("_security", "_tag", "category", "code", "intent", "lifecycle-status", "status")
)
# `system|code` or `code`. A comma, `$` or `\` would mean more than one value, `%` an encoding.
_TOKEN_VALUE = re.compile(r"(?:[^|,$\\%?]+\|)?[^|,$\\%?]+")


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope that grants something.

    type: a served type, or "*". letters: some of "cruds", in that order.
    constraint: the index entries a row must hold all of ("category=http://x|y"); empty = any row.
    """

    context: str
    type: str
    letters: str
    constraint: tuple[str, ...] = ()


def parse(text: str) -> tuple[Scope, ...]:
    """The scopes in `text`, in order, each once; what is not understood is left out."""
    found = (_parsed(word) for word in text.split(" ") if word)
    return tuple(dict.fromkeys(scope for scope in found if scope is not None))


def allowed(
    scopes: Iterable[Scope], contexts: Collection[str], type: str, letter: str
) -> Alternatives | None:
    """What is allowed of a type: None = nothing, () = any row, else rows that hold one of them."""
    constraints = {
        scope.constraint
        for scope in scopes
        if scope.context in contexts and scope.type in ("*", type) and letter in scope.letters
    }
    if not constraints:
        return None
    return () if () in constraints else tuple(sorted(constraints))


def covers(held: Iterable[Scope], wanted: Scope) -> bool:
    """Whether every letter of `wanted` is held, for the same context, on the same rows or more."""
    granted = "".join(
        scope.letters
        for scope in held
        if scope.context == wanted.context
        and scope.type in ("*", wanted.type)
        and set(scope.constraint) <= set(wanted.constraint)
    )
    return set(wanted.letters) <= set(granted)


def _parsed(word: str) -> Scope | None:
    match = _SCOPE.fullmatch(word)
    if match is None or (match["type"] != "*" and match["type"] not in RESOURCE_TYPES):
        return None
    letters = _LETTERS_BY_V1_RIGHT.get(match["rights"])
    if match["constraint"] is None:
        return Scope(match["context"], match["type"], letters or match["rights"])
    constraint = _constraint(match["constraint"])
    # The v1 form has no constraints, so one that carries any is in neither grammar.
    if constraint is None or letters is not None:
        return None
    return Scope(match["context"], match["type"], match["rights"], constraint)


def _constraint(text: str) -> tuple[str, ...] | None:
    entries = set()
    for pair in text.split("&"):
        parameter, equals, value = pair.partition("=")
        if not equals or parameter not in _CONSTRAINT_PARAMETERS:
            return None
        if not _TOKEN_VALUE.fullmatch(value):
            return None
        entries.add(pair)
    return tuple(sorted(entries))
