"""Every invariant of R4 that holds for what is served, by the node it is asked of.

Spec: https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections import defaultdict
from functools import cache

from app.fhir import bundle_rules, datatype_rules, questionnaire_rules, resource_rules
from app.fhir.rule import Rule, node_at

ERRORS: tuple[Rule, ...] = (
    *datatype_rules.RULES,
    *resource_rules.RULES,
    *questionnaire_rules.RULES,
    *bundle_rules.RULES,
)

WARNINGS: tuple[Rule, ...] = (*resource_rules.WARNINGS, *questionnaire_rules.WARNINGS)

NARRATIVE_IS_MISSING = Rule(
    "dom-6",
    "DomainResource",
    "A narrative would let a person read this without a program that knows it.",
    lambda node: "div" in node_at(node, "text"),
)

KEPT_ELSEWHERE = {
    "ele-1": "object_check: an object is not empty and not an id alone",
    "dom-2": "contained: nothing contained contains",
    "dom-3": "contained: what is contained is referred to",
    "dom-4": "contained: no version or time of its own",
    "dom-5": "contained: no security label of its own",
    "ref-1": "reference_check and contained: #id leads to something contained",
    "txt-1": "narrative: the allow-list",
    "txt-2": "narrative: not empty",
}


@cache
def errors_by_path() -> dict[str, tuple[Rule, ...]]:
    """The rules whose breach refuses a resource, by node ("Goal.target", "Quantity")."""
    return _by_path(ERRORS)


@cache
def warnings_by_path() -> dict[str, tuple[Rule, ...]]:
    """The rules whose breach is only worth saying, by resource type."""
    return _by_path(WARNINGS)


def _by_path(rules: tuple[Rule, ...]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.path].append(rule)
    return {path: tuple(rules) for path, rules in found.items()}
