"""A requirement: a sentence, how strongly it is asked, the clause it cites, and the check of it.

A check is a function named as the sentence. It returns when the server does what is asked, and
raises otherwise, as app.conformance.unmet says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.conformance.bench import Bench

R4 = "https://hl7.org/fhir/R4/"
SMART = "https://hl7.org/fhir/smart-app-launch/STU2.2/"
# The page of this project that says what is asked beyond R4 and SMART, and why.
GUIDE = "docs/conformance-kit.md"

Check = Callable[[Bench], None]


class Strength(StrEnum):
    """How strongly a requirement is asked, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


MUST, SHOULD, MAY = Strength.MUST, Strength.SHOULD, Strength.MAY


class Group(StrEnum):
    """What a requirement is about."""

    REST = "rest"
    VERSIONS = "versions"
    SEARCH = "search"
    BUNDLES = "bundles"
    ERRORS = "errors"
    SECURITY = "security"
    PROFILES = "profiles"
    PRIVACY = "privacy"
    NOTIFICATIONS = "notifications"


TITLE_BY_GROUP = {
    Group.REST: "REST basics",
    Group.VERSIONS: "Versions and concurrency",
    Group.SEARCH: "Search",
    Group.BUNDLES: "Bundles",
    Group.ERRORS: "Errors",
    Group.SECURITY: "Security",
    Group.PROFILES: "What-matters profiles",
    Group.PRIVACY: "Privacy: hidden is absent",
    Group.NOTIFICATIONS: "Notifications",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of the table. name: the sentence, as words; id: the function's name."""

    id: str
    name: str
    group: Group
    strength: Strength
    clause: str
    check: Check

    def is_meant_by(self, word: str) -> bool:
        """Whether a word of `--only` means this one: a group, an id, or the start of an id."""
        return word == self.group or self.id.startswith(word.replace(" ", "_").replace("-", "_"))


def row(group: Group, strength: Strength, clause: str, check: Check) -> Requirement:
    """The requirement that a function checks, named by the function's name."""
    identifier = check.__name__
    name = identifier.replace("_", " ")
    return Requirement(identifier, name[0].upper() + name[1:], group, strength, clause, check)


def rows(group: Group, given: Iterable[tuple[Strength, str, Check]]) -> tuple[Requirement, ...]:
    """The rows of one group."""
    return tuple(row(group, strength, clause, check) for strength, clause, check in given)
