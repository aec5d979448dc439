"""R4's invariants on datatypes, as predicates.

Spec: https://hl7.org/fhir/R4/datatypes.html, https://hl7.org/fhir/R4/metadatatypes.html
"""

import msgspec

from app.fhir.resource_types import Json
from app.fhir.rule import Rule, has, has_choice, is_not_after, node_at, number, text

_UCUM = "http://unitsofmeasure.org"
_MEALS = frozenset({"C", "CM", "CD", "CV"})
_QUANTITIES = ("Quantity", "Age", "Count", "Distance", "Duration")


def _is_in_ucum(node: Json) -> bool:
    return (has(node, "code") or not has(node, "value")) and (
        not has(node, "system") or node.get("system") == _UCUM
    )


def _age_holds(node: Json) -> bool:
    value = number(node, "value")
    return _is_in_ucum(node) and (value is None or value > 0)


def _count_holds(node: Json) -> bool:
    value = node.get("value")
    is_whole = type(value) is not msgspec.Raw or b"." not in bytes(value)
    return _is_in_ucum(node) and is_whole and (not has(node, "code") or node.get("code") == "1")


def _duration_holds(node: Json) -> bool:
    return not has(node, "code") or (node.get("system") == _UCUM and has(node, "value"))


def _range_holds(node: Json) -> bool:
    low, high = node_at(node, "low"), node_at(node, "high")
    if (low.get("system"), low.get("code")) != (high.get("system"), high.get("code")):
        return True  # of different units, so neither is known to be the larger
    if "code" not in low and low.get("unit") != high.get("unit"):
        return True
    least, most = number(low, "value"), number(high, "value")
    return least is None or most is None or least <= most


def _ratio_holds(node: Json) -> bool:
    has_both = has(node, "numerator") == has(node, "denominator")
    return has_both and has(node, "numerator", "extension")


def _offset_holds(node: Json) -> bool:
    if not has(node, "offset"):
        return True
    when = node.get("when")
    names = when if type(when) is list else []
    return has(node, "when") and not any(name in _MEALS for name in names if type(name) is str)


def _trigger_holds(node: Json) -> bool:
    kind = text(node, "type") or ""
    if kind == "named-event":
        return has(node, "name")
    if kind == "periodic":
        return has_choice(node, "timing")
    return not kind.startswith("data-") or has(node, "data")


def _one_filter(node: Json) -> bool:
    return has(node, "path") != has(node, "searchParam")


def _is_from_zero(name: str, node: Json) -> bool:
    value = number(node, name)
    return value is None or value >= 0


RULES = (
    Rule(
        "ext-1",
        "Extension",
        "An extension has either a value or extensions of its own.",
        lambda node: has(node, "extension") != has_choice(node, "value"),
    ),
    *(
        Rule(
            "qty-3",
            quantity,
            "A unit's code needs the system it comes from.",
            lambda node: not has(node, "code") or has(node, "system"),
        )
        for quantity in _QUANTITIES
    ),
    Rule(
        "sqty-1",
        "SimpleQuantity",
        "No comparator may be given here.",
        lambda node: not has(node, "comparator"),
        ".comparator",
    ),
    Rule("age-1", "Age", "An age is more than 0, with a UCUM unit's code.", _age_holds),
    Rule("cnt-3", "Count", "A count is a whole number, with UCUM code 1.", _count_holds),
    Rule("dis-1", "Distance", "A distance has a UCUM unit's code.", _is_in_ucum),
    Rule("drt-1", "Duration", "A duration's code is from UCUM and has a value.", _duration_holds),
    Rule("rng-2", "Range", "The low end must not be above the high end.", _range_holds),
    Rule("rat-1", "Ratio", "A ratio has both a numerator and a denominator.", _ratio_holds),
    Rule(
        "per-1",
        "Period",
        "The start must not be after the end.",
        lambda node: is_not_after(text(node, "start"), text(node, "end")),
    ),
    Rule(
        "cpt-2",
        "ContactPoint",
        "A contact's value needs its system (phone, email, ...).",
        lambda node: not has(node, "value") or has(node, "system"),
    ),
    Rule(
        "att-1",
        "Attachment",
        "An attachment with data needs its contentType.",
        lambda node: not has(node, "data") or has(node, "contentType"),
    ),
    Rule(
        "exp-1",
        "Expression",
        "An expression or a reference to one must be given.",
        lambda node: has(node, "expression", "reference"),
    ),
    Rule(
        "drq-1",
        "DataRequirement.codeFilter",
        "A code filter has either a path or a search parameter.",
        _one_filter,
    ),
    Rule(
        "drq-2",
        "DataRequirement.dateFilter",
        "A date filter has either a path or a search parameter.",
        _one_filter,
    ),
    Rule(
        "tim-1",
        "Timing.repeat",
        "A duration needs its unit.",
        lambda node: not has(node, "duration") or has(node, "durationUnit"),
    ),
    Rule(
        "tim-2",
        "Timing.repeat",
        "A period needs its unit.",
        lambda node: not has(node, "period") or has(node, "periodUnit"),
    ),
    Rule(
        "tim-4",
        "Timing.repeat",
        "A duration must not be negative.",
        lambda node: _is_from_zero("duration", node),
        ".duration",
    ),
    Rule(
        "tim-5",
        "Timing.repeat",
        "A period must not be negative.",
        lambda node: _is_from_zero("period", node),
        ".period",
    ),
    Rule(
        "tim-6",
        "Timing.repeat",
        "A longest period needs a period.",
        lambda node: not has(node, "periodMax") or has(node, "period"),
    ),
    Rule(
        "tim-7",
        "Timing.repeat",
        "A longest duration needs a duration.",
        lambda node: not has(node, "durationMax") or has(node, "duration"),
    ),
    Rule(
        "tim-8",
        "Timing.repeat",
        "A largest count needs a count.",
        lambda node: not has(node, "countMax") or has(node, "count"),
    ),
    Rule(
        "tim-9",
        "Timing.repeat",
        "An offset needs a `when`, and not one that is a meal itself.",
        _offset_holds,
    ),
    Rule(
        "tim-10",
        "Timing.repeat",
        "Give a time of day or a `when`, not both.",
        lambda node: not (has(node, "timeOfDay") and has(node, "when")),
    ),
    Rule(
        "trd-1",
        "TriggerDefinition",
        "Give data or a timing, not both.",
        lambda node: not (has(node, "data") and has_choice(node, "timing")),
    ),
    Rule(
        "trd-2",
        "TriggerDefinition",
        "A condition needs data.",
        lambda node: not has(node, "condition") or has(node, "data"),
    ),
    Rule(
        "trd-3",
        "TriggerDefinition",
        "A named event needs its name, a periodic one its timing, a data event its data.",
        _trigger_holds,
    ),
)
