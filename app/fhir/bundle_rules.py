"""R4's invariants on Bundle and Parameters, as predicates.

Spec: https://hl7.org/fhir/R4/bundle.html, https://hl7.org/fhir/R4/parameters.html
"""

from app.fhir.resource_types import Json
from app.fhir.rule import Rule, has, has_choice, node_at, nodes, text

_WITH_REQUESTS = frozenset({"batch", "transaction", "history"})
_WITH_RESPONSES = frozenset({"batch-response", "transaction-response", "history"})


def _is_document(node: Json) -> bool:
    return node.get("type") == "document"


def _is_identified(node: Json) -> bool:
    identifier = node_at(node, "identifier")
    return has(identifier, "system") and has(identifier, "value")


def _all_entries(node: Json, name: str, types: frozenset[str]) -> bool:
    is_wanted = text(node, "type") in types
    return all(has(entry, name) == is_wanted for entry in nodes(node, "entry"))


def _full_urls_are_distinct(node: Json) -> bool:
    if node.get("type") == "history":
        return True
    seen = set()
    for entry in nodes(node, "entry"):
        url = text(entry, "fullUrl")
        version = text(node_at(node_at(entry, "resource"), "meta"), "versionId")
        if url is not None:
            if (url, version) in seen:
                return False
            seen.add((url, version))
    return True


def _first_is(node: Json, kind: str) -> bool:
    entries = nodes(node, "entry")
    return bool(entries) and node_at(entries[0], "resource").get("resourceType") == kind


def _parameter_holds(node: Json) -> bool:
    has_value, has_resource = has_choice(node, "value"), has(node, "resource")
    if has(node, "part"):
        return not has_value and not has_resource
    return has_value != has_resource


RULES = (
    Rule(
        "bdl-1",
        "Bundle",
        "Only a search result or a history has a total.",
        lambda node: not has(node, "total") or node.get("type") in ("searchset", "history"),
        ".total",
    ),
    Rule(
        "bdl-2",
        "Bundle",
        "Only the entries of a search result have search.",
        lambda node: (
            node.get("type") == "searchset"
            or not any(has(entry, "search") for entry in nodes(node, "entry"))
        ),
    ),
    Rule(
        "bdl-3",
        "Bundle",
        "Every entry of a batch, transaction or history has a request; no other has one.",
        lambda node: _all_entries(node, "request", _WITH_REQUESTS),
    ),
    Rule(
        "bdl-4",
        "Bundle",
        "Every entry of a batch or transaction response or a history has a response; no other has.",
        lambda node: _all_entries(node, "response", _WITH_RESPONSES),
    ),
    Rule(
        "bdl-5",
        "Bundle.entry",
        "An entry has a resource, a request or a response.",
        lambda node: has(node, "resource", "request", "response"),
    ),
    Rule(
        "bdl-7",
        "Bundle",
        "A fullUrl may be there twice only for different versions.",
        _full_urls_are_distinct,
    ),
    Rule(
        "bdl-8",
        "Bundle.entry",
        "A fullUrl is not that of one version.",
        lambda node: "/_history/" not in (text(node, "fullUrl") or ""),
        ".fullUrl",
    ),
    Rule(
        "bdl-9",
        "Bundle",
        "A document has an identifier with system and value.",
        lambda node: not _is_document(node) or _is_identified(node),
    ),
    Rule(
        "bdl-10",
        "Bundle",
        "A document has a timestamp.",
        lambda node: not _is_document(node) or "timestamp" in node,
    ),
    Rule(
        "bdl-11",
        "Bundle",
        "The first entry of a document is a Composition.",
        lambda node: not _is_document(node) or _first_is(node, "Composition"),
    ),
    Rule(
        "bdl-12",
        "Bundle",
        "The first entry of a message is a MessageHeader.",
        lambda node: node.get("type") != "message" or _first_is(node, "MessageHeader"),
    ),
    Rule(
        "inv-1",
        "Parameters.parameter",
        "A parameter has a value, a resource or parts, and only one of them.",
        _parameter_holds,
    ),
)
