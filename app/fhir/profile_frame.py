"""What the checks of a profile share: what they are made from, what they are shown, what they tell.

Spec: https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from app.fhir.deadline import deadline
from app.fhir.finding import Finding
from app.fhir.profile_tree import Find, Node
from app.fhir.resource_types import Json
from app.fhir.rule import nodes
from app.fhir.terminology import Concept

MOST_SECONDS = 2.0

Member: TypeAlias = Callable[[str, str | None, str], bool | None]
Listed: TypeAlias = Callable[[str], Iterable[Concept] | None]


@dataclass(slots=True)
class Scene:
    """What a check may look at beside the value itself.

    resource: the one that the value is in. root: the whole, which contains it. told_of: the
    extensions that a slice has looked at, by identity. inside: what the root contains, by id, once
    it was asked for. until: when an answer is too late, on the performance counter.
    """

    root: Json
    resource: Json
    told_of: set[int] = field(default_factory=set)
    until: float = field(default_factory=lambda: deadline(MOST_SECONDS))
    inside: dict[Any, Json] = field(default_factory=dict)

    def contained(self, id: str) -> Json | None:
        """What the root contains under an id."""
        if not self.inside:
            self.inside.update(
                (one.get("id"), one) for one in reversed(nodes(self.root, "contained"))
            )
        return self.inside.get(id)

    def of(self, resource: Json) -> "Scene":
        """The scene of another resource in the same root."""
        return Scene(self.root, resource, until=self.until, inside=self.inside)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a profile's checks are made with.

    find: the definition of a canonical, or None. member: whether a code is in a value set, or None
    when that cannot be told. listed: the codes of a value set, or None when they cannot be listed.
    conforms: whether a resource is what a canonical asks.
    """

    profile_id: str
    find: Find
    member: Member
    listed: Listed
    conforms: "Callable[[str, Json, Scene], bool]"


ValueCheck: TypeAlias = Callable[[Any, Scene], Iterable[Finding]]
MemberCheck: TypeAlias = Callable[[Json, Scene], Iterable[Finding]]


def fault(
    workshop: Workshop, node: Node, kind: str, code: str, text: str, *, severity: str = "error"
) -> Callable[..., Finding]:
    """A maker of one finding, told under the profile's id; path: below the value it is told of."""
    rule = f"{workshop.profile_id}#{node.id}:{kind}"
    return partial(Finding, code, text, rule, severity=severity)


def joined(checks: list[ValueCheck]) -> ValueCheck | None:
    """The checks as one; None when there are none."""
    if len(checks) < 2:
        return checks[0] if checks else None
    several = tuple(checks)

    def check(value: Any, scene: Scene) -> Iterator[Finding]:
        for one in several:
            yield from one(value, scene)

    return check
