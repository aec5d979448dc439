"""Setting what only the server says of a resource: id, versionId, lastUpdated and who it came from.

Spec: https://hl7.org/fhir/R4/resource.html#Meta
"""

from datetime import datetime

from app.fhir.resource_types import Json

_SERVERS_OWN = ("versionId", "lastUpdated", "source")


def instant(moment: datetime) -> str:
    """A FHIR instant with milliseconds. moment: in UTC."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"  # what follows is +00:00


def stamped(tree: Json, id: str, version: int, updated: datetime, source: str) -> Json:
    """A copy with id and meta set; every other member as it was, in its order."""
    given = tree.get("meta") or {}
    meta = {"versionId": str(version), "lastUpdated": instant(updated), "source": source}
    meta.update((name, value) for name, value in given.items() if name not in meta)
    head = {"resourceType": tree["resourceType"], "id": id, "meta": meta}
    head.update((name, value) for name, value in tree.items() if name not in head)
    return head


def says_the_same(one: Json, other: Json) -> bool:
    """Whether two resources differ in nothing but what the server sets."""
    return _without_servers_own(one) == _without_servers_own(other)


def _without_servers_own(tree: Json) -> Json:
    meta = {k: v for k, v in (tree.get("meta") or {}).items() if k not in _SERVERS_OWN}
    rest = {name: value for name, value in tree.items() if name not in ("meta", "id")}
    return {**rest, "meta": meta} if meta else rest
