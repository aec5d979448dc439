"""The API to look up in a browser: every address, what it takes and tells, and a line to try it.

One page of HTML without scripts, made of the description itself, so that it works offline and
under the strictest policy. Spec: https://www.w3.org/TR/CSP3/
"""

import json
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import urlencode

from fastapi import FastAPI, Response

from app.endpoints.rest.described import BASE, example_of, is_needed, operations
from app.endpoints.rest.html import TEMPLATES, style
from app.endpoints.rest.problem import always

Json: TypeAlias = dict[str, Any]

_STYLE = style("reference.css")
POLICY = _STYLE.policy


def reference_route(application: FastAPI, base_url: str) -> None:
    """Add the page to an application. base_url: of the service, for the lines to try."""

    @cache
    def page() -> str:
        return reference(application.openapi(), base_url)

    @application.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        headers = {**always(""), "Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        del headers["X-Request-Id"]  # it is of no request: anyone may read it
        return Response(page(), headers=headers, media_type="text/html")


def reference(description: Json, base_url: str) -> str:
    """The page. description: what /api/openapi.json says."""
    parts: dict[str, list[Json]] = {}
    for path, method, operation in operations(description):
        parts.setdefault(operation["tags"][0], []).append(
            {
                "name": operation["summary"],
                "id": operation["operationId"],
                "method": method.upper(),
                "path": BASE + path,
                "parameters": operation.get("parameters", []),
                "sent": _schema_of(operation.get("requestBody")),
                "told": _told(operation),
                "line": _line(base_url, path, method, operation),
            }
        )
    schemas = description["components"]["schemas"]
    template = TEMPLATES.get_template("reference.html")
    return template.render(
        version=description["info"]["version"],
        parts=parts,
        shapes={name: _fields(one) for name, one in sorted(schemas.items())},
        about={name: one.get("description", "") for name, one in schemas.items()},
        style=_STYLE.text,
    )


def _schema_of(content: Json | None) -> str | None:
    """The name of the shape in a body."""
    told = (content or {}).get("content", {}).get("application/json", {}).get("schema", {})
    return told["$ref"].rpartition("/")[2] if "$ref" in told else None


def _told(operation: Json) -> str | None:
    good = [one for status, one in operation["responses"].items() if status[0] == "2"]
    return _schema_of(good[0])


def _fields(schema: Json) -> list[Json]:
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "needed": name in required,
            "about": one.get("description", ""),
            **_kind(one),
        }
        for name, one in schema.get("properties", {}).items()
    ]


def _kind(schema: Json) -> Json:
    """In a few words what a field holds, and the shape that it leads to."""
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            return _kind(one)
    if "$ref" in schema:
        return {"kind": "", "shape": schema["$ref"].rpartition("/")[2]}
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return {**inner, "kind": f"list of {inner['kind']}".strip()}
    if "enum" in schema:
        return {"kind": ", ".join(f"{one}" for one in schema["enum"]), "shape": None}
    return {"kind": schema.get("type", "anything"), "shape": None}


def _line(base_url: str, path: str, method: str, operation: Json) -> str:
    """A line to paste into a terminal."""
    address = f"{base_url}{BASE}{path.replace('{person}', 'tamsin-pender').replace('{id}', '$ID')}"
    parameters = operation.get("parameters", [])
    query = {one["name"]: example_of(one) for one in parameters if is_needed(one)}
    address += f"?{urlencode(query)}" if query else ""
    headers = [_header(one) for one in parameters if one["in"] == "header"]
    words = ["curl -sS", '-H "Authorization: Bearer $TOKEN"', *filter(None, headers)]
    if method not in ("get", "post"):
        words.append(f"-X {method.upper()}")
    if "requestBody" in operation:
        body = json.dumps(operation["requestBody"]["content"]["application/json"]["example"])
        escaped = body.replace("'", "'\\''")
        words += ["-H 'Content-Type: application/json'", f"-d '{escaped}'"]
    return " ".join([*words, f'"{address}"'])


def _header(parameter: Json) -> str | None:
    return '-H "If-Match: $ETAG"' if parameter["name"] == "If-Match" else None
