"""What is asked for and what may be had, met: the scopes that a token is given.

Spec: https://www.rfc-editor.org/rfc/rfc6749#section-3.3,
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from collections.abc import Iterable

from app.access.scopes import Scope, covers

# So that no list of scopes makes a token of more than 16 kB, or costs more than its share.
MOST_SCOPES = 50
MOST_GRANTED = 100
MOST_CHARACTERS = 8_000


def meet(requested: Iterable[Scope], allowed: Iterable[Scope]) -> tuple[Scope, ...]:
    """The scopes that allow exactly what both lists allow, in the order requested, each once.

    A requested scope that is allowed whole stays as it is; of another, what is left of it. Those
    within another are left out, unless there are too many to look.
    """
    held = tuple(allowed)
    found: dict[Scope, None] = {}
    for wanted in requested:
        if covers(held, wanted):
            found[wanted] = None
            continue
        found.update((both, None) for one in held if (both := _both(wanted, one)))
    if len(found) > MOST_GRANTED:
        return tuple(found)
    return tuple(scope for scope in found if not _is_within_another(scope, found))


def text(scopes: Iterable[Scope]) -> str:
    """The scopes as a token's claim holds them."""
    return " ".join(_word(scope) for scope in scopes)


def _both(one: Scope, other: Scope) -> Scope | None:
    if one.context != other.context or (
        one.type != other.type and "*" not in (one.type, other.type)
    ):
        return None
    letters = "".join(letter for letter in one.letters if letter in other.letters)
    if not letters:
        return None
    type = other.type if one.type == "*" else one.type
    constraint = tuple(sorted({*one.constraint, *other.constraint}))
    return Scope(one.context, type, letters, constraint)


def _is_within_another(scope: Scope, found: Iterable[Scope]) -> bool:
    return any(other != scope and covers((other,), scope) for other in found)


def _word(scope: Scope) -> str:
    limits = "?" + "&".join(scope.constraint) if scope.constraint else ""
    return f"{scope.context}/{scope.type}.{scope.letters}{limits}"
