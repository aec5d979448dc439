"""$expand, $validate-code and $lookup, over what is shipped.

Spec: https://hl7.org/fhir/R4/valueset-operation-expand.html,
https://hl7.org/fhir/R4/valueset-operation-validate-code.html,
https://hl7.org/fhir/R4/codesystem-operation-validate-code.html,
https://hl7.org/fhir/R4/codesystem-operation-lookup.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from app.errors import Invalid, Issue, Malformed, NotFound, NotSupported
from app.fhir import terminology
from app.fhir.json_guard import encode, parse
from app.fhir.library import Shipped, by_url
from app.fhir.query_string import NOT_SEARCHED
from app.fhir.resource_types import Json
from app.fhir.search_text import normalise
from app.fhir.terminology import Concept

Asked: TypeAlias = Mapping[str, Any]
Operation: TypeAlias = Callable[[Asked, str], Json]

_NAME_BY_SYSTEM = {"http://loinc.org": "LOINC", "http://snomed.info/sct": "SNOMED CT"}
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_NO_SET = (
    "This value set is not known here. Known are those at /fhir/ValueSet, and those that R4 "
    "requires a code of."
)
_NO_SYSTEM = "This code system is not shipped here. Those at /fhir/CodeSystem are."
_NO_LIST = (
    "This value set takes in codes that are not listed here, of a code system that is kept by "
    "others. Ask $validate-code about one code, or a terminology server."
)
_UNSURE = (
    "Whether this code is meant cannot be told here: its code system is kept by others. Ask a "
    "terminology server."
)


def operate(
    type: str,
    operation: str,
    named: Shipped | None,
    pairs: Sequence[tuple[str, str]],
    body: bytes,
    now: str,
) -> bytes:
    """The answer of one operation, as a resource.

    named: the definition in the address, or None. pairs: of the query, decoded. body: a Parameters
    resource, or empty. now: an instant. Raises Malformed, NotSupported, NotFound or Invalid.
    """
    row = _OPERATIONS.get((type, operation))
    if row is None or (named is not None and "url" not in row[1]):
        raise NotFound("There is no such operation here. See /fhir/metadata for what there is.")
    run, names = row
    asked = _asked(pairs, body, names)
    if named is not None:
        if "url" in asked:
            raise _bad("url", "The address names it already; leave out the url.")
        asked["url"] = named.url
    return encode(run(asked, now))


def operations_of(type: str) -> tuple[str, ...]:
    """The operations offered on a type of definition, without their `$`."""
    return tuple(name for one, name in _OPERATIONS if one == type)


def _asked(pairs: Sequence[tuple[str, str]], body: bytes, names: Sequence[str]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, value in [*pairs, *_in_body(body)]:
        if name in NOT_SEARCHED:
            continue
        if name not in names:
            place = f"http.{name}" if name.isalpha() else None
            text = f"This operation takes {', '.join(names)}."
            raise NotSupported(issues=[Issue("not-supported", text, place)])
        if name in asked:
            raise _bad(name, "Give this parameter once.")
        wanted = dict if name in ("coding", "codeableConcept") else str
        if not isinstance(value, wanted) or not value:
            raise _bad(name, "This parameter has not the type that the operation takes.")
        asked[name] = value
    return asked


def _in_body(body: bytes) -> list[tuple[str, Any]]:
    if not body:
        return []
    tree = parse(body)
    told = tree.get("parameter", [])
    if tree.get("resourceType") != "Parameters" or not isinstance(told, list):
        raise Malformed("Send a Parameters resource, or the parameters in the address.")
    return [_parameter(one) for one in told]


def _parameter(one: Any) -> tuple[str, Any]:
    values = [key for key in one if key.startswith("value")] if isinstance(one, dict) else []
    if len(values) != 1 or not isinstance(one.get("name"), str):
        raise Malformed("Each parameter here has a name and one value.")
    value = one[values[0]]
    return one["name"], str(value) if type(value) is int else value


def _expand(asked: Asked, now: str) -> Json:
    url = _url_of(asked)
    concepts = terminology.expansion(url)
    if concepts is None:
        if terminology.is_known(url):
            _refuse("too-costly", _NO_LIST, "http.url")
        raise _not_found(_NO_SET)
    told: list[Json] = []
    if "filter" in asked:
        sought = normalise(asked["filter"])
        told.append({"name": "filter", "valueString": asked["filter"]})
        concepts = tuple(
            one for one in concepts if sought in normalise(f"{one.code} {one.display or ''}")
        )
    start, count = _number(asked, "offset", 0), _number(asked, "count", len(concepts))
    told += [
        {"name": name, "valueInteger": int(asked[name])}
        for name in ("offset", "count")
        if name in asked
    ]
    expansion: Json = {"timestamp": now, "total": len(concepts), "offset": start}
    if told:
        expansion["parameter"] = told
    contains = [_coding(one) for one in concepts[start : start + count]]
    if contains:
        expansion["contains"] = contains
    return {**_head(url), "expansion": expansion}


def _head(url: str) -> Json:
    """The value set without what it is made of, which its expansion stands for."""
    found = by_url(url)
    if found is not None and found.type == "ValueSet":
        left_out = ("compose", "expansion", "text")
        return {name: value for name, value in found.tree.items() if name not in left_out}
    return {"resourceType": "ValueSet", "url": url.partition("|")[0], "status": "active"}


def _coding(concept: Concept) -> Json:
    told: Json = {"system": concept.system, "code": concept.code}
    return told if concept.display is None else {**told, "display": concept.display}


def _validate_in_value_set(asked: Asked, _: str) -> Json:
    url = _url_of(asked)
    if not terminology.is_known(url):
        raise _not_found(_NO_SET)
    codings = _codings(asked)
    if "code" in asked and "system" not in asked:
        raise _bad("system", "Name the code system of the code, in system.")
    return _judged(
        codings,
        [terminology.member(url, one.get("system"), one["code"]) for one in codings],
        "This code is not in the value set.",
    )


def _validate_in_code_system(asked: Asked, _: str) -> Json:
    codings = _codings(asked)
    system = asked.get("url") or codings[0].get("system")
    if system is None:
        raise _bad("url", "Name the code system, by its url.")
    answers: list[bool | None] = []
    for one in codings:
        one.setdefault("system", system.partition("|")[0])
        concepts = terminology.concepts_of(system)
        if one["system"] != system.partition("|")[0]:
            answers.append(False)
        elif concepts is not None:
            answers.append(one["code"] in concepts)
        elif terminology.lookup(system, one["code"]) is not None:
            answers.append(True)
        elif not terminology.is_mentioned(system):
            raise _not_found(_NO_SYSTEM)
        else:
            answers.append(None)
    return _judged(codings, answers, "The code system has no such code.")


def _judged(codings: Sequence[Json], answers: Sequence[bool | None], no: str) -> Json:
    """The answer for the first coding that is in; one that cannot be told leaves all in doubt."""
    for coding, answer in zip(codings, answers, strict=True):
        if answer:
            return _result(coding)
    if None in answers:
        _refuse("not-supported", _UNSURE)
    return _parameters(("result", "Boolean", False), ("message", "String", no))


def _result(coding: Json) -> Json:
    meant = terminology.lookup(coding.get("system") or "", coding["code"])
    display = None if meant is None else meant.display
    given = coding.get("display")
    if display is None:
        return _parameters(("result", "Boolean", True))
    if given is not None and normalise(str(given)) != normalise(display):
        return _parameters(
            ("result", "Boolean", False),
            ("message", "String", "The code is right, but it is not called so: see display."),
            ("display", "String", display),
        )
    return _parameters(("result", "Boolean", True), ("display", "String", display))


def _lookup(asked: Asked, _: str) -> Json:
    coding = _codings(asked)[0]
    system, code = coding.get("system"), coding["code"]
    if not isinstance(system, str):
        raise _bad("system", "Name the code system of the code, in system.")
    found = by_url(system)
    concept = terminology.lookup(system.partition("|")[0], code)
    if concept is None:
        raise _not_found(
            "The code system has no such code."
            if found is not None
            else "This code is in no definition that is shipped here. Ask a terminology server."
        )
    own: list[tuple[str, str, Any]] = [("name", "String", _NAME_BY_SYSTEM.get(system, system))]
    if found is not None:
        own = [("name", "String", found.name), ("version", "String", found.version)]
    told = _parameters(*own, ("display", "String", concept.display or code))
    if concept.definition is not None:
        told["parameter"].append(_property("definition", "String", concept.definition))
    if concept.parent is not None:
        told["parameter"].append(_property("parent", "Code", concept.parent))
    return told


def _property(code: str, kind: str, value: str) -> Json:
    part = [{"name": "code", "valueCode": code}, {"name": "value", f"value{kind}": value}]
    return {"name": "property", "part": part}


def _codings(asked: Asked) -> list[Json]:
    """What is asked about: a code with its system, a Coding, or the codings of a concept."""
    given = [name for name in ("code", "coding", "codeableConcept") if name in asked]
    if len(given) != 1:
        raise Malformed("Ask about one code: by code, or by coding or codeableConcept.")
    if given == ["code"]:
        codings = [{name: asked[name] for name in ("system", "code", "display") if name in asked}]
    elif given == ["coding"]:
        codings = [dict(asked["coding"])]
    else:
        told = asked["codeableConcept"].get("coding")
        codings = [dict(one) for one in told if isinstance(one, dict)] if type(told) is list else []
    for one in codings:
        if not all(isinstance(one.get(name, ""), str) for name in ("system", "code", "display")):
            raise _bad(given[0], "system, code and display are texts.")
    if not codings or not all(one.get("code") for one in codings):
        raise _bad(given[0], "There is no code in it.")
    return codings


def _url_of(asked: Asked) -> str:
    url = asked.get("url")
    if not isinstance(url, str):
        raise _bad("url", "Name the value set: by url, or by its id in the address.")
    version = asked.get("valueSetVersion")
    return f"{url}|{version}" if version and "|" not in url else url


def _number(asked: Asked, name: str, otherwise: int) -> int:
    text = asked.get(name)
    if text is None:
        return otherwise
    if _WHOLE_NUMBER.fullmatch(text) is None:
        raise _bad(name, "Write a whole number, 0 or more.")
    return int(text)


def _parameters(*told: tuple[str, str, Any]) -> Json:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, f"value{kind}": value} for name, kind, value in told],
    }


def _bad(name: str, text: str) -> Malformed:
    return Malformed(issues=[Issue("value", text, f"http.{name}")])


def _not_found(text: str) -> NotFound:
    return NotFound(issues=[Issue("not-found", text)])


def _refuse(code: str, text: str, place: str | None = None) -> NoReturn:
    raise Invalid([Issue(code, text, place)])


_CODE = ("code", "system", "display", "coding", "codeableConcept")

# By type and name: what does it, and the parameters it takes.
_OPERATIONS: Mapping[tuple[str, str], tuple[Operation, tuple[str, ...]]] = {
    ("ValueSet", "expand"): (_expand, ("url", "valueSetVersion", "filter", "count", "offset")),
    ("ValueSet", "validate-code"): (_validate_in_value_set, ("url", "valueSetVersion", *_CODE)),
    ("CodeSystem", "validate-code"): (
        _validate_in_code_system,
        ("url", "code", "display", "coding", "codeableConcept"),
    ),
    ("CodeSystem", "lookup"): (_lookup, ("system", "code", "coding")),
}
