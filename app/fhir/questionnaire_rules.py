"""R4's invariants on Questionnaire and QuestionnaireResponse, as predicates.

Spec: https://hl7.org/fhir/R4/questionnaire.html, https://hl7.org/fhir/R4/questionnaireresponse.html
"""

import re

from app.fhir.resource_types import Json
from app.fhir.rule import Rule, has, has_choice, nodes, text

_is_computable = re.compile("[A-Z][A-Za-z0-9_]{0,254}").fullmatch
_OPTIONS = "choice open-choice decimal integer date dateTime time string quantity"
_LENGTHS = "boolean decimal integer string text url open-choice"
_WITH_OPTIONS = frozenset(_OPTIONS.split())
_WITH_LENGTH = frozenset(_LENGTHS.split())


def _link_ids_are_distinct(node: Json) -> bool:
    seen: set[str] = set()
    waiting = nodes(node, "item")
    while waiting:
        item = waiting.pop()
        link_id = text(item, "linkId")
        if link_id in seen:
            return False
        if link_id is not None:
            seen.add(link_id)
        waiting.extend(nodes(item, "item"))
    return True


def _items_fit(node: Json) -> bool:
    kind = node.get("type")
    if kind == "group":
        return has(node, "item")
    return kind != "display" or not has(node, "item")


def _is_display(node: Json) -> bool:
    return node.get("type") == "display"


def _options_fit(node: Json) -> bool:
    return text(node, "type") in _WITH_OPTIONS or not has(node, "answerValueSet", "answerOption")


def _length_fits(node: Json) -> bool:
    return text(node, "type") in _WITH_LENGTH or not has(node, "maxLength")


def _has_several(node: Json, name: str, more_than: int) -> bool:
    value = node.get(name)
    return type(value) is list and len(value) > more_than


RULES = (
    Rule(
        "que-2",
        "Questionnaire",
        "Every linkId must be used once only in the questionnaire.",
        _link_ids_are_distinct,
    ),
    Rule(
        "que-1",
        "Questionnaire.item",
        "A group has items of its own; a display has none.",
        _items_fit,
        ".item",
    ),
    Rule(
        "que-3",
        "Questionnaire.item",
        "A display item has no code.",
        lambda node: not (_is_display(node) and has(node, "code")),
        ".code",
    ),
    Rule(
        "que-4",
        "Questionnaire.item",
        "Give answer options or an answer value set, not both.",
        lambda node: not (has(node, "answerOption") and has(node, "answerValueSet")),
    ),
    Rule(
        "que-5",
        "Questionnaire.item",
        "Only choices and plain questions may list their answers.",
        _options_fit,
    ),
    Rule(
        "que-6",
        "Questionnaire.item",
        "A display item is neither required nor repeated.",
        lambda node: not (_is_display(node) and has(node, "required", "repeats")),
    ),
    Rule(
        "que-8",
        "Questionnaire.item",
        "A group or a display item has no initial value.",
        lambda node: node.get("type") not in ("group", "display") or not has(node, "initial"),
        ".initial",
    ),
    Rule(
        "que-9",
        "Questionnaire.item",
        "A display item has no readOnly.",
        lambda node: not (_is_display(node) and has(node, "readOnly")),
        ".readOnly",
    ),
    Rule(
        "que-10",
        "Questionnaire.item",
        "Only questions answered by typing may have a largest length.",
        _length_fits,
        ".maxLength",
    ),
    Rule(
        "que-11",
        "Questionnaire.item",
        "With answer options, mark the initial one there instead of giving an initial value.",
        lambda node: not (has(node, "answerOption") and has(node, "initial")),
        ".initial",
    ),
    Rule(
        "que-12",
        "Questionnaire.item",
        "With more than two conditions, say whether all or any of them must hold.",
        lambda node: not _has_several(node, "enableWhen", 2) or has(node, "enableBehavior"),
    ),
    Rule(
        "que-13",
        "Questionnaire.item",
        "Only an item that repeats may have several initial values.",
        lambda node: node.get("repeats") is True or not _has_several(node, "initial", 1),
        ".initial",
    ),
    Rule(
        "que-7",
        "Questionnaire.item.enableWhen",
        "With the operator `exists` the answer is true or false.",
        lambda node: (
            node.get("operator") != "exists"
            or has(node, "answerBoolean")
            or not has_choice(node, "answer")
        ),
    ),
    Rule(
        "qrs-1",
        "QuestionnaireResponse.item",
        "Items below an answered question go inside the answer.",
        lambda node: not (has(node, "answer") and has(node, "item")),
    ),
)

WARNINGS = (
    Rule(
        "que-0",
        "Questionnaire",
        "The name should be usable by programs: a capital, then letters, digits or underscores.",
        lambda node: "name" not in node or bool(_is_computable(text(node, "name") or "")),
        ".name",
    ),
)
