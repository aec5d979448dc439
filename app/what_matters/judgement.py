"""Is it right? Structure, then the profiles it claims, then the rules of this record: one verdict.

The write path, $validate and the offline command all ask here, so that they judge the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from app.errors import Issue, TooCostly
from app.fhir import profiles as profiled
from app.fhir import structure
from app.fhir.library import BASE
from app.fhir.projection import is_subsetted
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.fhir.sound_part import sound_part
from app.what_matters.label_rules import label_faults
from app.what_matters.rules import broken_rules

OTHER_ID = "The id in the body is not the id in the address."
# A choice about sharing that this record would not keep to must not be stored, whatever it claims.
ALWAYS_ASKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Consent": (f"{BASE}/StructureDefinition/sharing-choice",)}
)
_PART = "This is a part of a resource (tagged SUBSETTED). Read it whole, then change that."


def issues_of(
    tree: Json,
    *,
    type: str | None = None,
    id: str | None = None,
    in_transaction: bool = False,
    profiles: Iterable[str] = (),
    before: Json | None = None,
    with_advice: bool = False,
) -> list[Issue]:
    """Every issue of a parsed resource, errors and warnings; an empty list when it is right.

    type, id: what the address says. in_transaction: conditional references may stay. profiles:
    asked for beside those it claims. before: the stored version it replaces. with_advice: what R4
    only advises, too. Of what is not structurally right, the part that is sound is judged all the
    same; what depends on the rest is told once that is mended.
    """
    issues = structure.check(tree, expected_type=type, allow_conditional=in_transaction)
    if issues:
        return issues + _of_the_rest(tree, issues, tuple(profiles), before, in_transaction)
    kind = tree["resourceType"]
    if is_subsetted(tree):
        return [Issue("business-rule", _PART, f"{kind}.meta.tag")]
    if id is not None and tree.get("id", id) != id:
        issues.append(Issue("invariant", OTHER_ID, f"{kind}.id"))
    asked = tuple(profiles)
    issues += _by_profiles(tree, (*ALWAYS_ASKED.get(kind, ()), *asked))
    issues += _by_rules(tree, before, asked)
    if kind == "Bundle":
        issues += _of_entries(tree, with_advice)
    if kind == "Parameters":
        issues += _of_parameters(tree, "parameter", kind, with_advice)
    if with_advice:
        issues += structure.warnings(tree)
        issues += _unclaimed(tree, profiles)
    return issues


def errors(issues: Iterable[Issue]) -> list[Issue]:
    """Those that refuse a write."""
    return [issue for issue in issues if issue.severity in ("error", "fatal")]


def _unclaimed(tree: Json, asked: Iterable[str]) -> Iterator[Issue]:
    """That no profile was asked, and which there are, so that silence is not taken for praise."""
    kind = tree["resourceType"]
    names = profiled.names_for(kind)
    if (
        names
        and kind not in ALWAYS_ASKED
        and not tuple(asked)
        and not node_at(tree, "meta").get("profile")
    ):
        said = (
            "No profile is claimed in meta.profile, so only FHIR's own rules were asked. "
            f"For {kind} there are: {', '.join(names)}."
        )
        yield Issue("informational", said, f"{kind}.meta.profile", "information")


def _by_profiles(tree: Json, profiles: tuple[str, ...]) -> list[Issue]:
    """What cannot be judged in time is not right: it is told as an issue of its own."""
    try:
        return profiled.shipped().issues(tree, profiles)
    except TooCostly as refusal:
        return list(refusal.issues)


def _by_rules(tree: Json, before: Json | None, asked: tuple[str, ...]) -> list[Issue]:
    """What the rules say of it, and of what it contains."""
    issues = [*broken_rules(tree, before, asked), *label_faults(tree)]
    for n, inside in enumerate(nodes(tree, "contained")):
        place = f"{tree['resourceType']}.contained[{n}]"
        issues += [_moved(one, place) for one in broken_rules(inside, None)]
    return issues


def _of_the_rest(
    tree: Json,
    found: list[Issue],
    profiles: tuple[str, ...],
    before: Json | None,
    in_transaction: bool,
) -> list[Issue]:
    """What profiles and rules say of a resource's sound part."""
    part = sound_part(tree, found, in_transaction=in_transaction)
    if part is None or part.tree["resourceType"] == "Bundle":
        return []
    asked = ALWAYS_ASKED.get(part.tree["resourceType"], ())
    issues = _by_profiles(part.tree, (*asked, *profiles))
    if part.is_whole:
        issues += _by_rules(part.tree, before, profiles)
    return part.still_told(issues)


def _of_entries(bundle: Json, with_advice: bool) -> list[Issue]:
    """What is wrong with the resources inside a Bundle, each told from the Bundle's root."""
    in_transaction = bundle.get("type") in ("transaction", "batch")
    told = []
    for n, entry in enumerate(nodes(bundle, "entry")):
        resource = entry.get("resource")
        if resource is None:
            continue
        place = f"Bundle.entry[{n}].resource"
        for issue in issues_of(resource, in_transaction=in_transaction, with_advice=with_advice):
            told.append(_moved(issue, place))
    return told


def _of_parameters(node: Json, name: str, place: str, with_advice: bool) -> list[Issue]:
    """What is wrong with the resources that parameters hold, and the parts of parameters."""
    told = []
    for n, one in enumerate(nodes(node, name)):
        here = f"{place}.{name}[{n}]"
        if "resource" in one:
            found = issues_of(one["resource"], with_advice=with_advice)
            told += [_moved(issue, f"{here}.resource") for issue in found]
        told += _of_parameters(one, "part", here, with_advice)
    return told


def _moved(issue: Issue, place: str) -> Issue:
    _, dot, rest = (issue.expression or "").partition(".")
    return Issue(issue.code, issue.text, place + dot + rest, issue.severity, issue.rule)
