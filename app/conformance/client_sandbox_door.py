"""What the sandbox answers: enough of FHIR's HTTP for a client to be tried, and no more.

Spec: https://hl7.org/fhir/R4/http.html
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

import jsonpatch

from app.conformance import client_profiles
from app.conformance.client_sandbox_shelf import Shelf, Version
from app.errors import Issue, Malformed
from app.fhir import structure
from app.fhir.json_guard import encode, parse, parse_value
from app.fhir.outcome import outcome
from app.fhir.reference import is_id
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.task_moves import may_follow, moves

FHIR_JSON = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
_BODY_TYPES = (FHIR_JSON, "application/json")


@dataclass(frozen=True, slots=True)
class Request:
    """What came. path: below the base, "Goal/7". headers: by their names in lower case."""

    base: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. note: what the sandbox did that a server seldom does."""

    status: int
    tree: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def refused(status: int, text: str, code: str = "invalid", expression: str | None = None) -> Reply:
    """A refusal that says why, in one sentence."""
    return Reply(status, outcome([Issue(code, text, expression)]))


class Door:
    """The FHIR interactions, on one shelf. page_size: entries on a page of a search."""

    def __init__(self, shelf: Shelf, page_size: int) -> None:
        self._shelf = shelf
        self._page_size = page_size
        self._pages: dict[str, tuple[str, int]] = {}

    def answer(self, request: Request, now: datetime) -> Reply:
        """The answer of a server that is in order."""
        try:
            return self._answer(request, now)
        except Malformed as refusal:
            return Reply(400, outcome(refusal.issues))

    def _answer(self, request: Request, now: datetime) -> Reply:
        match (request.method, request.path.split("/")):
            case ("GET", ["metadata"]):
                return Reply(200, _capabilities(now))
            case (_, [type, *_]) if type not in RESOURCE_TYPES:
                return refused(404, "This sandbox has nothing at this address.", "not-found")
            case ("GET", [type]):
                return self._search(type, request.query, request.base)
            case ("POST", [type, "_search"]):
                form = request.body.decode("latin-1")
                return self._search(type, f"{request.query}&{form}", request.base)
            case ("GET", [type, id]):
                return _told(200, self._shelf.read(type, id))
            case ("POST", [type]):
                return self._create(type, request, now)
            case ("PUT", [type, id]) if is_id(id):
                return self._update(type, id, _tree(request), request, now)
            case ("PATCH", [type, id]):
                return self._patch(type, id, request, now)
        return refused(405, "This sandbox does not take this method here.", "not-supported")

    def _search(self, type: str, query: str, base: str) -> Reply:
        pairs = parse_qsl(query, keep_blank_values=True)
        pages = [value for name, value in pairs if name == "page"]
        start = 0
        if pages:
            if pages[0] not in self._pages:
                text = "There is no such page. Follow the link called next of the page before."
                return refused(400, text)
            query, start = self._pages[pages[0]]
            pairs = parse_qsl(query, keep_blank_values=True)
        unknown = [name for name, _ in pairs if name not in PARAMETERS and name not in _RESULTS]
        if unknown:
            return refused(400, "The sandbox does not know one of these search parameters.")
        found = [one for one in self._shelf.all_of(type) if _matches(one.tree, pairs)]
        return Reply(200, self._bundle(f"{base}/{type}", query, found, start))

    def _bundle(self, url: str, query: str, found: list[Version], start: int) -> Json:
        here = found[start : start + self._page_size]
        links = [{"relation": "self", "url": f"{url}?{query}"}]
        if start + self._page_size < len(found):
            token = secrets.token_urlsafe(12)
            self._pages[token] = (query, start + self._page_size)
            next_page = urlencode({"page": token})
            links.append({"relation": "next", "url": f"{url}?{next_page}"})
        entries = [
            {
                "fullUrl": f"{url.rpartition('/')[0]}/{one.reference}",
                "resource": one.tree,
                "search": {"mode": "match"},
            }
            for one in here
        ]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
        return bundle | ({"entry": entries} if entries else {})

    def _create(self, type: str, request: Request, now: datetime) -> Reply:
        tree = _tree(request)
        condition = request.headers.get("if-none-exist")
        if condition is not None:
            pairs = parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True)
            if not pairs or any(name not in PARAMETERS for name, _ in pairs):
                return refused(400, "If-None-Exist must be a search, such as identifier=a|b.")
            found = [one for one in self._shelf.all_of(type) if _matches(one.tree, pairs)]
            if len(found) > 1:
                return refused(412, "More than one is like it already.", "multiple-matches")
            if found:
                return _told(200, found[0], request.base)
        faults = _faults(tree, type)
        if faults:
            return Reply(422, outcome(faults))
        new = {name: value for name, value in tree.items() if name != "id"}
        return _told(201, self._shelf.write(new, now), request.base)

    def _update(self, type: str, id: str, tree: Json, request: Request, now: datetime) -> Reply:
        current = self._shelf.read(type, id)
        match = request.headers.get("if-match")
        if match is not None and match != (current.etag if current else None):
            text = "It was changed since you read it. Read it again, and make your change to that."
            return refused(412, text, "conflict")
        faults = _faults(tree, type)
        if not faults and tree.get("id") != id:
            text = "The id in the body must be the id in the address."
            faults = [Issue("invariant", text, f"{type}.id")]
        if not faults and type == "Task" and current:
            faults = _wrong_move(str(current.tree.get("status")), str(tree.get("status")))
        if faults:
            return Reply(422, outcome(faults))
        return _told(200 if current else 201, self._shelf.write(tree, now), request.base)

    def _patch(self, type: str, id: str, request: Request, now: datetime) -> Reply:
        current = self._shelf.read(type, id)
        if current is None:
            return _told(404, None)
        change = parse_value(request.body)
        if request.media == MERGE_PATCH and isinstance(change, dict):
            return self._update(type, id, _merged(current.tree, change), request, now)
        if request.media != JSON_PATCH:
            return refused(415, f"Send a patch as {JSON_PATCH} or {MERGE_PATCH}.", "not-supported")
        if not isinstance(change, list):
            return refused(400, "A JSON Patch is a list of steps.")
        if any(isinstance(step, dict) and step.get("op") == "copy" for step in change):
            # Copies of copies grow without end.
            return refused(422, "The sandbox takes no copy in a patch. Add the value instead.")
        try:
            patched = jsonpatch.apply_patch(current.tree, change)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError):
            return refused(422, "This patch does not fit what is stored here.")
        return self._update(type, id, patched, request, now)


def _tree(request: Request) -> Json:
    if request.media not in _BODY_TYPES:
        raise Malformed(f"Send FHIR JSON, and say so: Content-Type: {FHIR_JSON}.")
    return parse(request.body)


def _told(status: int, version: Version | None, base: str = "") -> Reply:
    if version is None:
        return refused(404, "There is nothing here that you may see.", "not-found")
    headers = {"ETag": version.etag, "Last-Modified": version.tree["meta"]["lastUpdated"]}
    if base:
        headers["Location"] = f"{base}/{version.reference}/_history/{version.number}"
    return Reply(status, version.tree, headers)


def _faults(tree: Json, type: str) -> list[Issue]:
    """What R4 finds, or else what the profiles that are claimed find: as the service does."""
    return structure.check(tree, expected_type=type) or client_profiles.faults(tree)


def _wrong_move(before: str, after: str) -> list[Issue]:
    if may_follow(before, after):
        return []
    allowed = ", ".join(sorted(moves().get(before, ()))) or "nothing else"
    text = f"A Task that is {before} may become {allowed}."
    return [Issue("business-rule", text, "Task.status")]


def _merged(target: Any, change: Any) -> Any:
    """Spec: https://www.rfc-editor.org/rfc/rfc7396"""
    if not isinstance(change, dict):
        return change
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _matches(tree: Json, pairs: list[tuple[str, str]]) -> bool:
    return all(
        any(alternative in PARAMETERS[name](tree) for alternative in value.split(","))
        for name, value in pairs
        if name in PARAMETERS
    )


Values: TypeAlias = set[str]


def _identifiers(tree: Json) -> Values:
    pairs = [(one.get("system", ""), one.get("value", "")) for one in tree.get("identifier", ())]
    return {f"{system}|{value}" for system, value in pairs} | {value for _, value in pairs}


def _reference(*elements: str) -> Callable[[Json], Values]:
    def values(tree: Json) -> Values:
        found: Values = set()
        for element in elements:
            given = tree.get(element)
            for one in given if isinstance(given, list) else [given]:
                reference = one.get("reference", "") if isinstance(one, dict) else ""
                found |= {reference, reference.rpartition("/")[2]} - {""}
        return found

    return values


def _text(element: str) -> Callable[[Json], Values]:
    return lambda tree: {str(tree.get(element))}


PARAMETERS: Mapping[str, Callable[[Json], Values]] = {
    "_id": _text("id"),
    "birthdate": _text("birthDate"),
    "based-on": _reference("basedOn"),
    "focus": _reference("focus"),
    "identifier": _identifiers,
    "lifecycle-status": _text("lifecycleStatus"),
    "owner": _reference("owner"),
    "patient": _reference("subject", "for", "patient"),
    "performer": _reference("performer"),
    "requester": _reference("requester"),
    "status": _text("status"),
    "subject": _reference("subject", "for"),
}
_RESULTS = frozenset(("_count", "_sort", "_total", "_format", "_pretty", "_elements", "_summary"))


def _capabilities(now: datetime) -> Json:
    codes = ("read", "create", "update", "patch", "search-type")
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "What Matters client sandbox"},
        "implementation": {"description": "A sandbox for clients. It holds made-up people only."},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "patchFormat": [JSON_PATCH, MERGE_PATCH],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": type,
                        "interaction": [{"code": code} for code in codes],
                        "versioning": "versioned-update",
                        "updateCreate": True,
                        "conditionalCreate": True,
                        "searchParam": [],
                    }
                    for type in RESOURCE_TYPES
                ],
            }
        ],
    }


def body(reply: Reply) -> bytes:
    """The answer's body."""
    return b"" if reply.tree is None else encode(reply.tree)
