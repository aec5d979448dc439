"""What the query, and the Parameters resource sent to an operation, ask. Spec:
https://hl7.org/fhir/R4/operations.html#request"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Invalid, Issue, Malformed, MethodNotAllowed
from app.fhir.date_ranges import DateRange, date_range
from app.fhir.json_guard import parse
from app.fhir.query_string import NOT_SEARCHED, split
from app.fhir.resource_types import Json
from app.interactions.visit import Ask


def asked_of(ask: Ask) -> list[tuple[str, str]]:
    """(name, text) of each simple parameter, from the query and from a Parameters body, in order.

    Raises Malformed for a Parameters that is not well formed.
    """
    pairs = [pair for pair in split(ask.query) if pair[0] not in NOT_SEARCHED]
    if not ask.body:
        return pairs
    return pairs + [
        (name, _text(value)) for name, kind, value in _parameters(parse(ask.body)) if kind != ""
    ]


def parameters_of(ask: Ask, *names: str) -> dict[str, list[str]]:
    """The texts of each of these parameters, from the body alone, which keeps them out of
    addresses; a reference is told as "Type/id".

    Raises MethodNotAllowed but for a POST, Malformed for a query, Invalid for other parameters.
    """
    if ask.method != "POST":
        raise MethodNotAllowed("Send this as a POST of Parameters.", takes=("POST",))
    if any(name not in NOT_SEARCHED for name, _ in split(ask.query)):
        raise Malformed("Send what this is about in a Parameters body, not in the address.")
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, kind, value in _parameters(parse(ask.body)) if ask.body else ():
        if name not in found or kind == "":
            told = f"This takes: {', '.join(names)}."
            raise Invalid([Issue("not-supported", told, "Parameters.parameter")])
        if kind == "Reference" and isinstance(value, dict):
            value = value.get("reference")
        found[name].append(_text(value))
    return found


def only(found: Mapping[str, list[str]], name: str) -> str:
    """The one text of a parameter, without white space at its ends, or "" without it. Raises
    Invalid for several."""
    if len(found[name]) > 1:
        raise Invalid([Issue("invariant", f"Give {name} once.", place_of(name))])
    return found[name][0].strip() if found[name] else ""


def in_words(found: Mapping[str, list[str]], name: str, *, least: int = 10) -> str:
    """A reason in somebody's own words. Raises Invalid where it says nothing, or too much."""
    words = only(found, name)
    if not least <= len(words) <= _MOST_LETTERS:
        told = f"Say why, in your own words, with {least} to {_MOST_LETTERS} letters."
        raise Invalid([Issue("required" if not words else "value", told, place_of(name))])
    return words


_MOST_LETTERS = 2_000


def place_of(name: str) -> str:
    """Where a parameter stands, as FHIRPath."""
    return f"Parameters.parameter.where(name='{name}')"


def moment_of(values: Mapping[str, str], name: str) -> DateRange | None:
    """The span that a date or an instant stands for; None when it is not asked for. A "+" that came
    as a space is read as meant. Raises Malformed."""
    text = values.get(name)
    if text is None:
        return None
    found = date_range(text.replace(" ", "+"))
    if found is None:
        told = f"{name} is a date or an instant, such as 2026-03-01T09:00:00Z."
        raise Malformed(issues=[Issue("value", told, f"http.{name}")])
    return found


def resource_in(body: Json) -> Json:
    """The one parameter named resource. Raises Malformed without one, or with several."""
    found = [value for name, kind, value in _parameters(body) if name == "resource" and kind == ""]
    if not found:
        raise Malformed("The Parameters hold no parameter named resource.")
    if len(found) > 1:
        raise Malformed("The Parameters hold more than one resource. Send a Bundle of them.")
    return dict(found[0])


def typed_of(body: Json) -> list[tuple[str, str, Any]]:
    """(name, kind, value) of each parameter as it came; kind is "Code" of `valueCode`, or empty for
    a resource. Raises Malformed."""
    return list(_parameters(body))


def _parameters(body: Json) -> Iterator[tuple[str, str, Any]]:
    """(name, kind, value): kind is "Code" of `valueCode`, or empty for a resource."""
    if body.get("resourceType") != "Parameters":
        return
    parameters = body.get("parameter", [])
    for one in parameters if isinstance(parameters, list) else [None]:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(name, str):
            raise Malformed("Each parameter of Parameters is an object with a name.")
        if isinstance(one.get("resource"), dict):
            yield name, "", one["resource"]
        for key, value in one.items():
            if key.startswith("value"):
                yield name, key.removeprefix("value"), value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Malformed("The parameters of this operation are texts, codes, dates and whole numbers.")
