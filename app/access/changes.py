"""What a caller may not change of a resource that it may write: identifiers, labels, choices that
favour itself, and why a supporter stands where they do.

Source: docs/decisions/0015-access-is-one-clause.md,
docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from app.access.caller import Caller, Role
from app.access.consent import rights_of_choice
from app.errors import Forbidden
from app.fhir.labels import Label, labels_of
from app.fhir.resource_types import Json
from app.store.rights import TEAM, Right
from app.what_matters.supporter import reasons, standing_of

_THE_PERSONS_OWN = (
    "A yes to your own organisation, and taking back a no, is the person's to say: by their own "
    "sign-in, or through another organisation."
)
_ANSWERED_BY_THE_INVITED = (
    "Whether an invitation is accepted is said by whoever was invited, with their own sign-in and "
    "the code: RelatedPerson/$accept-invitation, or $decline-invitation."
)
_LOOKED_AT_BY_AN_ORGANISATION = (
    "This reason is given by an organisation on the person's team. Speak to one of them, and it "
    "can be looked at."
)
_PERSONS_OWN = Label.RESTRICTED | Label.JUST_US | Label.HIDDEN_FROM_SUPPORTERS
_ANY = _PERSONS_OWN | Label.HIDDEN_FROM_PERSON


def check_change(
    caller: Caller, before: Json, after: Json, *, labels: int, author: str, fhir_base: str
) -> None:
    """before: {} when it is not there, or deleted. labels: those stored with it, which a deletion
    keeps. author: who first wrote it. Raises Forbidden."""
    if after["resourceType"] == "Patient":
        _check_identifiers(caller, before, after)
    if after["resourceType"] == "Organization" and before:
        _check_organization(caller, before, author)
    # What is set apart is so by a step of its own, which no version that is written undoes.
    stored = Label(labels) & ~Label.QUARANTINED
    _check_labels(caller, stored, labels_of(after), author)
    if after["resourceType"] == "Consent":
        _check_choice(caller, before, after, fhir_base)
    if after["resourceType"] == "RelatedPerson":
        _check_standing(caller, before, after)


def _check_standing(caller: Caller, before: Json, after: Json) -> None:
    """Whoever was invited answers for themselves, and what holds a supporter back is looked at by
    an organisation."""
    now = standing_of(after)
    reason = reasons().get(now.reason or "")
    may_give_any = caller.role in (Role.ADMIN, Role.SERVICE)
    if reason is None or may_give_any or (before and standing_of(before) == now):
        return
    if reason.given_by == "invited":
        raise Forbidden(_ANSWERED_BY_THE_INVITED)
    if reason.given_by == "organisation" and caller.organization is None:
        raise Forbidden(_LOOKED_AT_BY_AN_ORGANISATION)


def _check_identifiers(caller: Caller, before: Json, after: Json) -> None:
    """Organisations find a person by identifier, and write to whom they find. Whoever took
    another's NHS number would be sent the other's record."""
    if caller.role is Role.PERSON and after.get("identifier") != before.get("identifier"):
        raise Forbidden(
            "A person's token cannot change the identifiers by which organisations know them, "
            "such as the NHS number. Send these as they are, or ask an organisation to change them."
        )


def _check_organization(caller: Caller, before: Json, author: str) -> None:
    """People say yes and no to organisations by their names."""
    if caller.role is Role.ADMIN or caller.agent in (author, f"Organization/{before.get('id')}"):
        return
    raise Forbidden(
        "What is said of an organisation is changed by that organisation, by who first wrote it "
        "here, or by an administrator."
    )


def _check_labels(caller: Caller, before: Label, after: Label, author: str) -> None:
    """A person labels any entry of theirs; an organisation adds to any it may write, and takes
    from what it wrote itself; a supporter labels none."""
    added, taken = after & ~before, before & ~after
    match caller.role:
        case Role.ADMIN | Role.SERVICE:
            may_add, may_take = _ANY, _ANY
        case Role.PERSON:
            may_add = may_take = _PERSONS_OWN
        case Role.SUPPORTER:
            may_add = may_take = Label.NONE
        case _:
            # What the person wrote is theirs to see, whatever an organisation thinks of it.
            may_add = _PERSONS_OWN if author.startswith("Patient/") else _ANY
            may_take = _ANY if author == caller.agent else Label.NONE
    if added & ~may_add:
        raise Forbidden("Your token cannot put this label in meta.security. Leave it as it was.")
    if taken & ~may_take:
        raise Forbidden(
            "Your token cannot take this label out of meta.security: who put it there, or the "
            "person, can. Send the labels as they are stored."
        )


def check_deletion(caller: Caller, before: Json, *, author: str, fhir_base: str) -> None:
    """before: what would go. author: who first wrote it. Raises Forbidden."""
    if before.get("resourceType") == "Organization":
        _check_organization(caller, before, author)
    if before.get("resourceType") == "Consent":
        _check_choice(caller, before, {}, fhir_base)


def _check_choice(caller: Caller, before: Json, after: Json, fhir_base: str) -> None:
    """Nobody says on the person's behalf that they themselves may see more, nor takes back a no."""
    if caller.role not in (Role.SYSTEM, Role.PRACTITIONER):
        return
    was, becomes = (_in_force(tree, fhir_base) for tree in (before, after))
    if any(not one.says for one in was):
        raise Forbidden(_THE_PERSONS_OWN)
    if any(one.says and one.actor in (caller.agent, TEAM) for one in becomes):
        raise Forbidden(_THE_PERSONS_OWN)


def _in_force(tree: Json, fhir_base: str) -> list[Right]:
    """The rights it has, or would have once it is active."""
    return [*rights_of_choice({**tree, "status": "active"}, fhir_base)] if tree else []
