"""What /api/openapi.json says beside what the routes tell: how to sign in, the headers, each
refusal once, and links from what is made to what may be done with it.

Spec: https://spec.openapis.org/oas/v3.1.0#link-object
"""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.endpoints.rest.examples import body_example
from app.endpoints.rest.problem import MEDIA_TYPE, TITLE_BY_STATUS

Document: TypeAlias = dict[str, Any]

BASE = "/api"
KEEPS_NOTHING = ("/people/find", "/words/check", "/measures", "/experience")
_PEOPLE = "/people/{person}"
_SIGN_IN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of this service or of an issuer it trusts: docs/operations.md.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that you change.",
    "schema": {
        "type": "string",
        "pattern": r'^(\*|(W/)?"?0*[1-9][0-9]{0,8}"?)$',
        "examples": ['W/"1"'],
    },
}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same when you send the same again, so that nothing is written twice.",
    "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
}
# Where there are sentences that are told in the language asked for.
TOLD = ("what-matters", "journey", "said-and-done", "measures", "who-has-looked")
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "In which languages you like to read, the best first.",
    "schema": {"type": "string", "examples": ["kw, en;q=0.5"]},
}
_TOLD_IN = {"description": "The language it is told in.", "schema": {"type": "string"}}
_ETAG = {"description": "The version; send it as If-Match.", "schema": {"type": "string"}}
_LOCATION = {"description": "Where it is from now on.", "schema": {"type": "string"}}


def operation_name(route: APIRoute) -> str:
    """The operationId: the route's name in one word."""
    return re.sub(r"[^a-z0-9]+", "_", route.name.lower()).strip("_")


def describe(application: FastAPI) -> None:
    """Let an application describe itself so; made once, when it is first asked for."""

    def described() -> Document:
        if application.openapi_schema is None:
            application.openapi_schema = _described(application)
        return application.openapi_schema

    application.openapi = described  # type: ignore[method-assign]


def _described(application: FastAPI) -> Document:
    document: Document = get_openapi(
        title=application.title,
        version=application.version,
        description=application.description,
        routes=application.routes,
        # As it is taken, so it is told: a number stays a number.
        separate_input_output_schemas=False,
    )
    document["servers"] = [{"url": BASE}]
    document["security"] = [{"token": []}]
    components = document["components"]
    components["securitySchemes"] = {"token": _SIGN_IN}
    components["responses"] = {
        f"Refused{status}": _refusal(title) for status, title in TITLE_BY_STATUS.items()
    }
    for name, schema in components["schemas"].items():
        if name.startswith("Stored"):
            schema["required"] = ["id"]  # `fields` may leave out all the rest
    for path, method, operation in operations(document):
        _complete(path, method, operation)
    _link(document)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """(path, method, operation) of each, in their order."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def is_needed(parameter: Document) -> bool:
    """Whether an address tells nothing without what stands so after the question mark."""
    return parameter["in"] == "query" and parameter.get("required") is True


def example_of(parameter: Document) -> str:
    """What may stand there."""
    return str(parameter["schema"]["examples"][0])


def changes(path: str, method: str) -> bool:
    """Whether it changes what is stored, and so needs If-Match."""
    return method in ("patch", "delete") or (method == "post" and "{id}" in path)


def _refusal(title: str) -> Document:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": f"{title}.", "content": {MEDIA_TYPE: problem}}


def _complete(path: str, method: str, operation: Document) -> None:
    operation["summary"] = operation["summary"].capitalize()
    operation["tags"] = [_part(path)]
    headers = [_IF_MATCH] if changes(path, method) else []
    if method == "post" and path not in KEEPS_NOTHING:
        headers.append(_ONCE)
    if _has_sentences(path, method):
        headers.append(_LANGUAGE)
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        content["example"] = body_example(method, path)
    for status, response in operation["responses"].items():
        if status[0] in "45":
            operation["responses"][status] = {"$ref": f"#/components/responses/Refused{status}"}
        elif told := _headers_told(path, method, status):
            response["headers"] = told


def _has_sentences(path: str, method: str) -> bool:
    """Whether something in the answer is told in the language asked for."""
    inside = path.removeprefix(f"{_PEOPLE}/")
    is_choice = inside.startswith("sharing-choices") and not inside.endswith("/who-can-see")
    return inside in TOLD or (is_choice and method != "delete")


def _headers_told(path: str, method: str, status: str) -> Document:
    told = {"ETag": _ETAG} if _is_one(path, method) else {}
    if told and status == "201":
        told["Location"] = _LOCATION
    if _has_sentences(path, method):
        told["Content-Language"] = _TOLD_IN
    return told


def _part(path: str) -> str:
    """What an address is about: the kind of entries, or people, requests and so on."""
    inside = path.removeprefix(_PEOPLE).strip("/")
    return (inside or path.strip("/")).partition("/")[0]


def _is_one(path: str, method: str) -> bool:
    """Whether the answer is one entry, with its ETag."""
    if path in ("/contacts", *KEEPS_NOTHING) or method == "delete":
        return False
    return path == _PEOPLE or path.endswith("/{id}") or method in ("post", "patch")


def _link(document: Document) -> None:
    """From what made or read an entry to what may be done with it next."""
    every = list(operations(document))
    for path, _, operation in every:
        for status, response in operation["responses"].items():
            if status in ("200", "201") and "ETag" in response.get("headers", {}):
                links = dict(_links(path, every))
                links.pop(operation["operationId"], None)
                if links:
                    response["links"] = links


def _links(path: str, every: list[tuple[str, str, Document]]) -> Iterator[tuple[str, Document]]:
    is_person = path in ("/people", _PEOPLE)
    one = _PEOPLE if is_person else _one(path)
    for to, method, operation in every:
        if (to != one and not to.startswith(f"{one}/")) or (is_person and "{id}" in to):
            continue
        id = {"person": "$response.body#/id"}
        if not is_person:
            id = {"person": "$request.path.person", "id": "$response.body#/id"}
        if changes(to, method):
            id = {**id, "header.If-Match": "$response.header.ETag"}
        name = operation["operationId"]
        yield name, {"operationId": name, "parameters": id}


def _one(path: str) -> str:
    """The address of one entry, of the address that lists, reads or moves it."""
    return f"{path.partition('/{id}')[0]}/{{id}}"
