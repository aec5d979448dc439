"""What an exchange says: its condition, its links, and what stands in its trees."""

from typing import Any
from urllib.parse import unquote_plus

from app.conformance.client_trace import Exchange
from app.fhir.resource_types import Json


def condition(one: Exchange) -> str:
    """The If-None-Exist of a request, or an empty text."""
    return one.request.headers.get("if-none-exist", "")


def next_link(one: Exchange) -> str | None:
    """Where the next page of an answer is, or None."""
    links = (one.reply.tree or {}).get("link", ())
    return next((link["url"] for link in links if link["relation"] == "next"), None)


def decoded(one: Exchange) -> str:
    """What a search asks, in its address and in its form."""
    form = one.request.body.decode("latin-1") if one.request.path.endswith("_search") else ""
    return unquote_plus(f"{one.request.query}&{form}")


def shows(one: Exchange, place: str) -> bool:
    """Whether an answer gave what is at an address, by a read or by a search of its type."""
    is_read = one.request.method == "GET" and one.request.path == place
    return one.worked and (is_read or (one.is_search and one.type == place.partition("/")[0]))


def reference(value: Any) -> str:
    """The text of a Reference, or an empty one."""
    found = member(value, "reference", default="")
    return found if isinstance(found, str) else ""


def text(tree: Json, *names: str) -> str:
    """The text at a path of members, or an empty one."""
    found = member(tree, *names, default="")
    return found if isinstance(found, str) else ""


def member(tree: Any, *names: str, default: Any = None) -> Any:
    """What stands at a path of members, or the default."""
    for name in names:
        if not isinstance(tree, dict) or name not in tree:
            return default
        tree = tree[name]
    return tree
