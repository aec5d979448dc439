"""Profiles: is a resource what the profiles it claims, or is asked to follow, say?

Spec: https://hl7.org/fhir/R4/profiling.html, https://hl7.org/fhir/R4/resource.html#Meta.profile
Each profile is compiled once, when it is first met. Asked only of what is structurally right.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from app.errors import Issue
from app.fhir import terminology
from app.fhir.finding import Finding
from app.fhir.library import ENOUGH_HINTS, by_url, nearest_name, of_type
from app.fhir.profile_check import whole_check
from app.fhir.profile_extensions import stray_extensions
from app.fhir.profile_frame import Listed, Member, Scene, ValueCheck, Workshop
from app.fhir.profile_tree import Find, lineage, r4_type, tree_of
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes

MOST_ERRORS = 1000  # of one resource: enough to refuse it, and all that is ever told
NOT_KNOWN = "This profile is not known here, so nothing was checked against it."


class Profiles:
    """Profiles compiled so far. find, member, listed: where definitions and codes come from."""

    def __init__(self, find: Find, member: Member, listed: Listed = lambda _set: None) -> None:
        self._find = find
        self._member = member
        self._listed = listed
        self._check_by_url: dict[str, ValueCheck | None] = {}

    def issues(self, resource: Json, asked: Iterable[str] = ()) -> list[Issue]:
        """What the profiles claimed by a resource, by what it contains, and asked of it find, up to
        MOST_ERRORS errors. Warnings are not counted: behind any number there may be an error."""
        if not asked and "meta" not in resource and "contained" not in resource:
            return []
        told: list[Issue] = []
        errors = 0
        for issue in self._of_whole(resource, asked):
            told.append(issue)
            errors += issue.severity == "error"
            if errors == MOST_ERRORS:
                break
        return told

    def knows(self, canonical: str) -> bool:
        """Whether a resource can be checked against it."""
        return r4_type(canonical) is not None or self._definition(canonical) is not None

    def _of_whole(self, resource: Json, asked: Iterable[str]) -> Iterator[Issue]:
        kind = resource["resourceType"]
        scene = Scene(resource, resource)
        yield from self._told(scene, kind, asked)
        for n, inside in enumerate(nodes(resource, "contained")):
            if "meta" in inside:
                yield from self._told(scene.of(inside), f"{kind}.contained[{n}]", ())

    def _told(self, scene: Scene, place: str, asked: Iterable[str]) -> Iterator[Issue]:
        resource = scene.resource
        claimed = node_at(resource, "meta").get("profile", ())
        for n, canonical in enumerate(self._nearest([*claimed, *asked])):
            if not self.knows(canonical) and self.knows(canonical.partition("|")[0]):
                said = "This version of the profile is not known here. Claim it without a version."
                rule = f"{canonical.partition('|')[0]}:version"
                yield Issue("not-supported", said, f"{place}.meta.profile", rule=rule)
                continue
            if not self.knows(canonical):
                said = NOT_KNOWN + (nearest_name(canonical) if n < ENOUGH_HINTS else "")
                yield Issue("not-found", said, f"{place}.meta.profile", "warning")
                continue
            kind = r4_type(canonical) or self._definition(canonical)["type"]  # type: ignore[index]
            if kind not in (resource["resourceType"], "Resource", "DomainResource"):
                said = f"This profile is for {kind}, and this is something else."
                yield Issue("value", said, f"{place}.meta.profile", rule=f"{canonical}:type")
                continue
            check = self._check(canonical)
            if check is not None:
                yield from (_issue(place, finding) for finding in check(resource, scene))
                name = self._definition(canonical)["id"]  # type: ignore[index]
                stray = stray_extensions(name, scene, self._definition, self._check)
                yield from (_issue(place, finding) for finding in stray)

    def _nearest(self, canonicals: list[str]) -> list[str]:
        """Each once, without those that another is a child of: the child asks the same."""
        named = list(dict.fromkeys(one for one in canonicals if type(one) is str))
        if len(named) < 2:
            return named
        parents = {
            parent.get("url")
            for one in named
            if (definition := self._definition(one)) is not None
            for parent in lineage(definition, self._find)[:-1]
        }
        return [one for one in named if one.partition("|")[0] not in parents]

    def _definition(self, canonical: str) -> Json | None:
        found = self._find(canonical)
        return (
            found
            if found is not None and found.get("resourceType") == "StructureDefinition"
            else None
        )

    def _check(self, canonical: str) -> ValueCheck | None:
        url = canonical.partition("|")[0]
        if url not in self._check_by_url:
            definition = self._definition(canonical)
            self._check_by_url[url] = None if definition is None else self._compiled(definition)
        return self._check_by_url[url]

    def _compiled(self, definition: Json) -> ValueCheck:
        workshop = Workshop(
            definition["id"], self._find, self._member, self._listed, self._conforms
        )
        return whole_check(workshop, tree_of(definition, self._find))

    def _conforms(self, canonical: str, value: Json, scene: Scene) -> bool:
        """Whether a value is what a profile asks; for one that is only known by type, its type."""
        kind = r4_type(canonical)
        if kind is not None:
            return value.get("resourceType") == kind
        check = self._check(canonical)
        if check is None:
            return False
        return not any(finding.severity == "error" for finding in check(value, scene.of(value)))


@cache
def names_for(kind: str) -> tuple[str, ...]:
    """The ids of the shipped profiles of a type of resource, in order."""
    return tuple(one.id for one in of_type("StructureDefinition") if one.tree["type"] == kind)


@cache
def shipped() -> Profiles:
    """The profiles of fhir_profiles/."""
    return Profiles(_shipped_definition, terminology.member, terminology.expansion)


def _shipped_definition(canonical: str) -> Json | None:
    found = by_url(canonical)
    return None if found is None else found.tree


def _issue(place: str, finding: Finding) -> Issue:
    return Issue(finding.code, finding.text, place + finding.path, finding.severity, finding.rule)
