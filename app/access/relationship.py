"""What an entry says about who may see the person's entries: relationships, and choices.

An organisation has a relationship while it stands in an active team, asked for or has taken on a
request for help that is open, is the person's practice, or first wrote who the person is (an
administrator's load counts for nobody). A
supporter has one while they help (neither invited only, nor paused), their entry states on what
ground, and its period runs.
It is derived from these entries in the statement that writes them, and never typed separately.
Source: docs/decisions/0015-access-is-one-clause.md
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from app.access.consent import rights_of_choice, span_of
from app.fhir.date_ranges import DateRange
from app.fhir.indexed import BEGINNING, END
from app.fhir.reference import parse_reference
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.store.rights import Right
from app.what_matters.supporter import BASIS, helps

_OPEN_TASKS = frozenset(("requested", "received", "accepted", "ready", "in-progress", "on-hold"))
_OPEN_REQUESTS = frozenset(("active", "on-hold"))
_NO_SAY_OVER_CARE = "attorney-money"


def rights_of(tree: Json, author: str, fhir_base: str) -> tuple[Right, ...]:
    """The rights that an entry gives or takes, each once. author: who first wrote it."""
    derive = _BY_TYPE.get(tree["resourceType"])
    return () if derive is None else tuple(dict.fromkeys(derive(tree, author, fhir_base)))


def _of_patient(tree: Json, author: str, fhir_base: str) -> Iterator[Right]:
    yield from _ties([author])
    named = [*nodes(tree, "generalPractitioner"), *nodes(tree, "managingOrganization")]
    yield from _ties(_organizations(named, fhir_base))


def _of_team(tree: Json, _author: str, fhir_base: str) -> Iterator[Right]:
    if text(tree, "status") != "active":
        return
    span = span_of(tree)
    yield from _ties(_organizations(nodes(tree, "managingOrganization"), fhir_base), span)
    for one in nodes(tree, "participant"):
        named = [*nodes(one, "member"), *nodes(one, "onBehalfOf")]
        yield from _ties(_organizations(named, fhir_base), _narrower(span, span_of(one)))


def _of_task(tree: Json, _author: str, fhir_base: str) -> Iterator[Right]:
    if text(tree, "status") in _OPEN_TASKS:
        named = [*nodes(tree, "owner"), *nodes(tree, "requester")]
        yield from _ties(_organizations(named, fhir_base))


def _of_request(tree: Json, _author: str, fhir_base: str) -> Iterator[Right]:
    if text(tree, "status") in _OPEN_REQUESTS:
        named = [*nodes(tree, "performer"), *nodes(tree, "requester")]
        yield from _ties(_organizations(named, fhir_base))


def _of_supporter(tree: Json, _author: str, _base: str) -> Iterator[Right]:
    bases = [
        code
        for one in nodes(tree, "extension")
        if one.get("url") == BASIS
        for coding in nodes(node_at(one, "valueCodeableConcept"), "coding")
        if (code := text(coding, "code"))
    ]
    if helps(tree) and bases and _NO_SAY_OVER_CARE not in bases:
        low, high = span_of(tree)
        yield Right(f"RelatedPerson/{tree['id']}", True, tie=True, low=low, high=high)


def _of_choice(tree: Json, _author: str, fhir_base: str) -> Iterator[Right]:
    return rights_of_choice(tree, fhir_base)


def _ties(actors: Iterable[str], span: DateRange = (BEGINNING, END)) -> Iterator[Right]:
    for actor in actors:
        is_organization = actor.startswith("Organization/") and actor.count("/") == 1
        if is_organization and span[0] <= span[1]:
            yield Right(actor, True, tie=True, low=span[0], high=span[1])


def _organizations(references: Iterable[Json], fhir_base: str) -> Iterator[str]:
    for one in references:
        parts = parse_reference(text(one, "reference") or "", fhir_base)
        if parts is not None and parts.relative and parts.type == "Organization":
            yield parts.relative


def _narrower(one: DateRange, other: DateRange) -> DateRange:
    return max(one[0], other[0]), min(one[1], other[1])


_BY_TYPE: Mapping[str, Callable[[Json, str, str], Iterator[Right]]] = MappingProxyType(
    {
        "Patient": _of_patient,
        "CareTeam": _of_team,
        "Task": _of_task,
        "ServiceRequest": _of_request,
        "RelatedPerson": _of_supporter,
        "Consent": _of_choice,
    }
)
RIGHTS_TYPES = frozenset(_BY_TYPE)
