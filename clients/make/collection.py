"""A collection of requests, ready to send, made of the API's description.

Its form is Postman's v2.1, which Postman, Bruno, Insomnia and Hoppscotch read.
Spec: https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
"""

import json
from typing import Any, TypeAlias

from app.endpoints.rest.described import example_of, is_needed

Json: TypeAlias = dict[str, Any]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ABOUT = (
    "Every address of the plain API. Choose the environment, and put a token into it: "
    "`.venv/bin/whatmatters token gp-surgery` prints one for the demo."
)
_DEMO = {
    "base_url": "http://127.0.0.1:8000",
    "token": "",
    "person": "tamsin-pender",
    "id": "",
    "language": "en",
}
_KEEP_WHAT_WAS_TOLD = """\
const etag = pm.response.headers.get("ETag");
if (etag) { pm.environment.set("etag", etag); }
if (pm.response.code === 201) { pm.environment.set("id", pm.response.json().id); }
"""


def collection(description: Json) -> str:
    """The collection, a folder for each kind."""
    folders: dict[str, list[Json]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            folder = folders.setdefault(operation["tags"][0], [])
            folder.append(_request(path, method, operation))
    return _text(
        {
            "info": {"name": "What Matters", "description": _ABOUT, "schema": _SCHEMA},
            "auth": {
                "type": "bearer",
                "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}],
            },
            "event": [
                {
                    "listen": "test",
                    "script": {"type": "text/javascript", "exec": _KEEP_WHAT_WAS_TOLD.splitlines()},
                }
            ],
            "item": [{"name": name, "item": items} for name, items in folders.items()],
        }
    )


def environment() -> str:
    """The environment of the demo; `id` and `etag` are kept of the answer before."""
    values = [
        {"key": key, "value": value, "enabled": True}
        | ({"type": "secret"} if key == "token" else {"type": "default"})
        for key, value in {**_DEMO, "etag": ""}.items()
    ]
    return _text({"name": "What Matters: demo", "values": values})


def _request(path: str, method: str, operation: Json) -> Json:
    parameters = operation.get("parameters", [])
    request: Json = {
        "method": method.upper(),
        "header": [_header(each) for each in parameters if each["in"] == "header"],
        "url": _url(path, [each for each in parameters if each["in"] == "query"]),
    }
    if "requestBody" in operation:
        example = operation["requestBody"]["content"]["application/json"]["example"]
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {
            "mode": "raw",
            "raw": json.dumps(example, indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    if "description" in operation:
        request["description"] = operation["description"]
    return {"name": operation["summary"], "request": request}


def _header(parameter: Json) -> Json:
    value = {
        "If-Match": "{{etag}}",
        "Idempotency-Key": "{{$guid}}",
        "Accept-Language": "{{language}}",
    }[parameter["name"]]
    return {"key": parameter["name"], "value": value, "description": parameter["description"]}


def _url(path: str, query: list[Json]) -> Json:
    parts = path.strip("/").replace("{", "{{").replace("}", "}}").split("/")
    url: Json = {"raw": "/".join(["{{base_url}}/api", *parts]), "host": ["{{base_url}}"]}
    url["path"] = ["api", *parts]
    if query:
        url["query"] = [
            {
                "key": one["name"],
                "value": example_of(one) if is_needed(one) else "",
                "disabled": not is_needed(one),
                "description": one.get("description", ""),
            }
            for one in query
        ]
    return url


def _text(tree: Json) -> str:
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
