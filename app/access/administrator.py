"""What an administrator may do about who signs in, and about two records of one person: role and
scope together, as everywhere.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from app.access.caller import Caller, Role
from app.access.scopes import Scope, covers
from app.errors import Forbidden

_SEES = Scope("system", "*", "rs")
_CHANGES = Scope("system", "*", "cruds")


def is_one(caller: Caller, *, changes: bool) -> bool:
    """Whether this is an administrator whose token reaches everything. changes: not only to see."""
    return caller.role is Role.ADMIN and covers(caller.scopes, _CHANGES if changes else _SEES)


def check(caller: Caller, *, changes: bool) -> None:
    """Raises Forbidden for anybody else, with what is missing."""
    _check(caller, "Only an administrator may see or change who signs in here.", changes=changes)


def check_of_records(caller: Caller) -> None:
    """The same for who puts two records of one person together, or takes them apart."""
    _check(
        caller,
        "Only an administrator puts two records together or takes them apart. Tell one what you "
        "saw.",
        changes=True,
    )


def _check(caller: Caller, refused: str, *, changes: bool) -> None:
    if caller.role is not Role.ADMIN:
        raise Forbidden(refused)
    if not is_one(caller, changes=changes):
        letters = (_CHANGES if changes else _SEES).letters
        raise Forbidden(f"This needs the scope system/*.{letters}, which the token does not hold.")
