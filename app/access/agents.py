"""Whom a Provenance may name as having had a part: who writes it, and the person whose words it is.

Source: docs/decisions/0019-where-an-entry-comes-from.md
Spec: https://hl7.org/fhir/R4/provenance.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.access.caller import Caller, Role
from app.errors import Forbidden, Invalid, Issue
from app.fhir.reference import parse_reference, type_referred_to
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text

_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OWN_WORDS = frozenset(("author", "informant"))
_BY_LINK = frozenset(("Organization", "Patient", "RelatedPerson"))
_NOT_YOURS = (
    "This Provenance was written by somebody else. Leave it as it is, and add one of your own."
)
_FOR_ORGANISATIONS = (
    "Name your own organisation here, by a link, or somebody who works for it. The person, and who "
    "helps them, is named as author or informant, where the words are theirs."
)
_FOR_PEOPLE = (
    "Name yourself here, by a link. Who helps you is named as author or informant, where the words "
    "are theirs."
)
_ON_BEHALF = "Name your own organisation here, by a link to it, or leave this out."


def check_author(caller: Caller, type: str, author: str) -> None:
    """A Provenance is changed and deleted by who wrote it alone. author: who first wrote it.
    Raises Forbidden."""
    if type == "Provenance" and author != caller.author and caller.role is not Role.ADMIN:
        raise Forbidden(_NOT_YOURS)


def check_agents(
    caller: Caller, tree: Json, record: str, people: Mapping[str, str], fhir_base: str
) -> None:
    """Refuse a Provenance that says that others than the caller had a part in it.

    record: whose record it is in. people: where each stored resource it refers to lives. Raises
    Invalid with every agent that is not the caller's to name.
    """
    if caller.role is Role.ADMIN:
        return
    issues = []
    for place, node, in_own_words in _parts(tree):
        who, helps = node.get("who"), False
        if isinstance(who, dict):
            kind, named = _named(who, tree, fhir_base)
            helps = in_own_words and (
                (kind == "Patient" and named == f"Patient/{record}")
                or (kind == "RelatedPerson" and people.get(named or "") == record)
            )
            if not helps and not _is_of(caller, who, kind, named):
                told = _FOR_PEOPLE if caller.organization is None else _FOR_ORGANISATIONS
                issues.append(Issue("business-rule", told, f"{place}.who"))
        on_behalf = node.get("onBehalfOf")
        if not isinstance(on_behalf, dict):
            continue
        # Who helps a person may speak for them.
        may_be = {caller.agent, f"Patient/{record}"} if helps else {caller.agent}
        if _named(on_behalf, tree, fhir_base)[1] not in may_be:
            issues.append(Issue("business-rule", _ON_BEHALF, f"{place}.onBehalfOf"))
    if issues:
        raise Invalid(issues)


def _parts(tree: Json) -> Iterator[tuple[str, Json, bool]]:
    """(where, agent or signature, whether it says no more than whose words they are)."""
    for n, agent in enumerate(nodes(tree, "agent")):
        codings = [one for type in nodes(agent, "type") for one in nodes(type, "coding")]
        own = [
            text(one, "system") == _PARTICIPANT and text(one, "code") in _OWN_WORDS
            for one in codings
        ]
        yield f"Provenance.agent[{n}]", agent, bool(own) and all(own)
    for n, signature in enumerate(nodes(tree, "signature")):
        yield f"Provenance.signature[{n}]", signature, False


def _is_of(caller: Caller, who: Json, kind: str | None, named: str | None) -> bool:
    """Whether this is the caller, or a human being or a device that acts for their organisation."""
    if named == caller.agent:
        return True
    if kind in _BY_LINK or (kind is None and "reference" in who):
        return False
    # A name alone tells nobody apart: it stands beside who wrote the version.
    return caller.organization is not None or not {"reference", "identifier", "type"} & who.keys()


def _named(node: Json, tree: Json, fhir_base: str) -> tuple[str | None, str | None]:
    """(type, "Type/id" when it is stored here) of what a Reference leads to."""
    link: Any = node.get("reference")
    if isinstance(link, str) and link.startswith("#"):
        inside = [one for one in nodes(tree, "contained") if one.get("id") == link[1:]]
        # A role says at which organisation it is, which only a stored one is looked up for.
        if any("organization" in one for one in inside):
            return "Organization", None
        return next((text(one, "resourceType") for one in inside), None), None
    if not isinstance(link, str):
        return type_referred_to(node), None
    parts = parse_reference(link, fhir_base)
    return (None, None) if parts is None else (parts.type, parts.relative)
