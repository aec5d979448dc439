"""A requirement: a sentence, how strongly it is asked, the clause it cites, and the check of it.

A check is a function named as the sentence. It returns when the server does what is asked, and
raises otherwise, as app.conformance.unmet says.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.conformance.bench import Bench
from app.conformance.verdict import Strength

R4 = "https://hl7.org/fhir/R4/"
SMART = "https://hl7.org/fhir/smart-app-launch/STU2.2/"
# The page of this project that says what is asked beyond R4 and SMART, and why.
GUIDE = "docs/conformance-kit.md"

Check = Callable[[Bench], None]


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


# What the name of a function cannot say as it is written. The order counts.
_WRITTEN_BY_WORDS = {
    "etag": "ETag",
    "fhir json": "FHIR JSON",
    "json patch": "JSON Patch",
    "json": "JSON",
    "r4": "R4",
    "urn uuid": "urn:uuid",
    "if none exist": "ifNoneExist",
    "if match": "ifMatch",
    "capability statement": "CapabilityStatement",
    "operation outcome": "OperationOutcome",
    "head request": "HEAD request",
    "by post": "by POST",
    "by head": "by HEAD",
    "the modifier not": "The modifier :not",
    "the modifier missing": "The modifier :missing",
    "last updated finds": "_lastUpdated finds",
    "has finds": "_has finds",
    "an include brings": "An _include brings",
    "a revinclude brings": "A _revinclude brings",
    "elements gives": "_elements gives",
    "made up": "made-up",
    "person s": "person's",
    "uri": "URI",
}
_WORDS = re.compile(rf"\b({'|'.join(_WRITTEN_BY_WORDS)})\b")


def row(group: Group, strength: Strength, clause: str, check: Check) -> Requirement:
    """The requirement that a function checks, named by the function's name."""
    identifier = check.__name__
    words = identifier.replace("_", " ")
    name = _WORDS.sub(lambda found: _WRITTEN_BY_WORDS[found[1]], words)
    return Requirement(identifier, name[0].upper() + name[1:], group, strength, clause, check)


def rows(group: Group, given: Iterable[tuple[Strength, str, Check]]) -> tuple[Requirement, ...]:
    """The rows of one group."""
    return tuple(row(group, strength, clause, check) for strength, clause, check in given)
