"""patch: JSON Patch and JSON merge patch. Spec: https://hl7.org/fhir/R4/http.html#patch, RFC 6902,
RFC 7396"""

from collections.abc import Callable, Sequence
from typing import Any

import jsonpatch
import jsonpointer

from app.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Issue,
    Malformed,
    NotFound,
    PreconditionFailed,
    TooCostly,
)
from app.fhir.json_guard import DEEPEST, encode, parse, parse_value
from app.fhir.resource_types import Json
from app.interactions import conditional
from app.interactions.draft import ATTEMPTS, checked, draft, people_referred_to
from app.interactions.placing import references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.update import OVERTAKEN, expect
from app.interactions.visit import Answer, PatchType, Visit
from app.interactions.writing import written

_MOST_OPERATIONS = 1000
_TOO_DEEP = f"What the JSON Patch builds is nested more than {DEEPEST} levels deep."
_MOST_COPIED = 1_000_000  # bytes
_NOT_WELL_FORMED = (
    jsonpatch.JsonPatchException,
    TypeError,
    KeyError,
    ValueError,
    AttributeError,
    IndexError,
)


async def patch(visit: Visit) -> Answer:
    """Change a part of the current version, or of the one match; again when overtaken and no
    If-Match."""
    type, id = visit.ask.type or "", visit.ask.id
    make = visit.ask.change or _patching(visit)
    if id is None:
        match = await conditional.only_match(visit, type, visit.ask.query)
        if match is None:
            raise NotFound(NOT_HERE)
        id = match.id
    for _ in range(ATTEMPTS):
        current = await visit.unit.read(visit.permit, wanted(type, id))
        if current is None or current.deleted:
            raise NotFound(NOT_HERE)
        expect(visit, current)
        tree = make(parse(current.body))
        checked(tree, type, id)
        if visit.ask.heed is not None:
            await visit.ask.heed(visit, tree)
        references = references_in(tree, visit.record.fhir_base)
        people = await people_referred_to(visit, references)
        made = draft(visit, tree, id, current=current, references=references, people=people)
        if await written(visit, made, current):
            return made.answer
        if visit.ask.if_match is not None:
            raise PreconditionFailed(OVERTAKEN)
    raise Conflict(OVERTAKEN)


def _patching(visit: Visit) -> Callable[[Json], Json]:
    change = change_of(visit)
    return lambda tree: patched(tree, change, visit.ask.type or "", visit.ask.patch)


def change_of(visit: Visit) -> Any:
    """The body of a patch, as a value. Raises Malformed; Forbidden for a test by who may not read,
    who could find out by it what is there, guess by guess."""
    change = parse_value(visit.ask.body)
    steps = change if isinstance(change, list) else []
    if visit.ask.type not in visit.permit.readable and any(
        isinstance(step, dict) and step.get("op") == "test" for step in steps
    ):
        raise Forbidden("A patch with a test reads what is there, which the token does not allow.")
    return change


def patched(tree: Json, change: Any, type: str, told: PatchType | None = None) -> Json:
    """The resource with the change made: an array is a JSON Patch, an object a merge patch.

    told: what the media type says it is. Raises Malformed for a change that is not one, TooCostly
    for a very long one, Invalid for one that cannot be made here.
    """
    kind = type_of(change)
    if told is not None and told != kind:
        raise Malformed("The body is not the kind of patch that its media type says.")
    if kind == "merge-patch":
        merged = _merged(tree, change)
        return merged if isinstance(merged, dict) else {}
    if len(change) > _MOST_OPERATIONS:
        raise TooCostly(f"A JSON Patch may have {_MOST_OPERATIONS} operations at the most.")
    result = _applied(tree, change, type)
    if not isinstance(result, dict):
        raise Malformed("The JSON Patch replaces the whole resource by something that is none.")
    # What was built step by step goes through the same strict door as what is sent whole.
    try:
        return parse(encode(result))
    except RecursionError:
        raise Malformed(_TOO_DEEP) from None


def _applied(tree: Any, change: Sequence[Any], type: str) -> Any:
    """Step by step, so that copies of copies cannot grow without end, and what cannot be done is
    told by its number, from 1."""
    room = _MOST_COPIED
    for number, step in enumerate(change, 1):
        operation = f"Operation {number} of the JSON Patch"
        prepared = _prepared(step, operation)
        try:
            room -= _size_copied(tree, step)
            if room < 0:
                raise TooCostly(f"{operation} copies too much. Send the whole resource instead.")
            tree = prepared.apply(tree, in_place=True)
        except jsonpatch.JsonPatchTestFailed:
            text = f"{operation} is a test that does not hold for the current version."
            raise Invalid([Issue("conflict", text, type)]) from None
        except (jsonpatch.JsonPatchConflict, jsonpointer.JsonPointerException):
            text = f"{operation} names a place that is not in the current version."
            raise Invalid([Issue("not-found", text, type)]) from None
        except RecursionError:
            raise Malformed(_TOO_DEEP) from None
        except _NOT_WELL_FORMED:
            raise Malformed(f"{operation} does not fit this resource.") from None
    return tree


def _prepared(step: Any, operation: str) -> jsonpatch.JsonPatch:
    try:
        return jsonpatch.JsonPatch([step])
    except (*_NOT_WELL_FORMED, jsonpointer.JsonPointerException):
        raise Malformed(f"{operation} is not well formed.") from None


def _size_copied(tree: Any, step: Any) -> int:
    if step.get("op") != "copy":
        return 0
    return len(encode(jsonpointer.resolve_pointer(tree, step["from"], None)))


def type_of(change: Any) -> PatchType:
    """Which kind of patch a body is, by its shape. Raises Malformed when it is neither."""
    if isinstance(change, list):
        return "json-patch"
    if isinstance(change, dict):
        if change.get("resourceType") == "Parameters":
            raise Malformed("FHIRPath Patch is not offered. Send a JSON Patch or a merge patch.")
        return "merge-patch"
    raise Malformed("A patch is a JSON array (JSON Patch) or a JSON object (merge patch).")


def _merged(target: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
