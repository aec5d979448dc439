"""The shapes of what is sent and told, as TypedDicts, made of the API's description.

Spec: https://spec.openapis.org/oas/v3.1.0#schema-object, https://peps.python.org/pep-0589/
"""

import re
import textwrap
from collections.abc import Iterator
from keyword import iskeyword
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_OPENING = '''\
"""What is sent to the plain API and told by it. Made of its description by `make client`.

What is not known yet may be told one day: pass over names that are not here.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
_TYPE_BY_NAME = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}


def shapes(description: Schema) -> str:
    """The source of the module."""
    schemas = description["components"]["schemas"]
    texts = [_shape(_name(name), schema) for name, schema in sorted(schemas.items())]
    moves = (("MoveGoal", "goals"), ("MoveRequest", "requests"))
    literals = [f"{name} = {_literal(_moves(description, kind))}" for name, kind in moves]
    return "\n\n".join([_OPENING, *texts, "\n".join(literals)]) + "\n"


def _moves(description: Schema, kind: str) -> list[str]:
    base = f"/people/{{person}}/{kind}/{{id}}/"
    paths = description["paths"].items()
    posted = [path for path, methods in paths if "post" in methods]
    return [path.removeprefix(base) for path in posted if path.startswith(base)]


def _name(schema: str) -> str:
    """Two of one name are told apart by the module of theirs."""
    *before, last = schema.split("__")
    module = before[-1].title().replace("_", "") if before else ""
    return module + last


def _shape(name: str, schema: Schema) -> str:
    told = _docstring(schema.get("description", ""))
    if "properties" not in schema:
        return f"{name} = {_type(schema)}"
    required = set(schema.get("required", ()))
    type_by_field = {
        field: _type(one) if field in required else f"NotRequired[{_type(one)}]"
        for field, one in schema["properties"].items()
    }
    if any(map(iskeyword, type_by_field)):
        return _called(name, schema.get("description", ""), type_by_field)
    fields = [f"    {field}: {type}" for field, type in type_by_field.items()]
    return "\n".join([f"class {name}(TypedDict):", *told, *fields])


def _called(name: str, description: str, type_by_field: dict[str, str]) -> str:
    """A shape with a field whose name is a word of Python's, such as `from`."""
    fields = ", ".join(f'"{field}": "{type}"' for field, type in type_by_field.items())
    told = [f"# {line}" for line in textwrap.wrap(" ".join(description.split()), 90)]
    return "\n".join([*told, f'{name} = TypedDict("{name}", {{{fields}}})'])


def _docstring(text: str) -> list[str]:
    words = re.sub(r"\s+", " ", text).strip()
    if not words:
        return []
    lines = textwrap.wrap(f'"""{words}', 92)
    return [*(f"    {one}" for one in lines[:-1]), f'    {lines[-1]}"""', ""]


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].rpartition("/")[2])
    if "enum" in schema or "const" in schema:
        return _literal(schema.get("enum") or [schema["const"]])
    if "anyOf" in schema:
        return _union(list(_of_union(schema["anyOf"])))
    if schema.get("type") == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if schema.get("type") == "object":
        return "dict[str, Any]"
    return _TYPE_BY_NAME.get(schema.get("type", ""), "Any")


def _of_union(members: list[Schema]) -> Iterator[str]:
    is_number = any(one.get("type") == "number" for one in members)
    for one in members:
        if not (is_number and one.get("type") == "string"):  # a number may be sent as its digits
            yield _type(one)


def _union(types: list[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _literal(words: list[str]) -> str:
    return f"Literal[{', '.join(repr(one) for one in words)}]".replace("'", '"')
