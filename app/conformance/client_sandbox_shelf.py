"""The sandbox's memory: versions of resources, kept for one scenario and then forgotten."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.fhir.resource_types import Json


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version. number counts from 1."""

    tree: Json
    number: int
    by_client: bool

    @property
    def type(self) -> str:
        return str(self.tree["resourceType"])

    @property
    def id(self) -> str:
        return str(self.tree["id"])

    @property
    def etag(self) -> str:
        return f'W/"{self.number}"'

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


class Shelf:
    """Every version of everything, oldest first."""

    def __init__(self, resources: Iterable[Json], now: datetime) -> None:
        self._versions_by_reference: dict[str, list[Version]] = {}
        for tree in resources:
            self.write(tree, now, by_client=False)

    def read(self, type: str, id: str) -> Version | None:
        """The current version."""
        versions = self._versions_by_reference.get(f"{type}/{id}")
        return versions[-1] if versions else None

    def all_of(self, type: str) -> list[Version]:
        """The current versions of a type, in the order in which they were first written."""
        return [
            versions[-1]
            for versions in self._versions_by_reference.values()
            if versions[-1].type == type
        ]

    def versions(self, type: str, *, by_client: bool = True) -> list[Version]:
        """Every version of a type that the client wrote, or that it did not."""
        return [
            version
            for versions in self._versions_by_reference.values()
            for version in versions
            if version.type == type and version.by_client is by_client
        ]

    def written(self) -> list[Version]:
        """Every version of anything that the client wrote."""
        return [
            version
            for versions in self._versions_by_reference.values()
            for version in versions
            if version.by_client
        ]

    def write(self, tree: Json, now: datetime, *, by_client: bool = True) -> Version:
        """The next version. A tree without an id is given one."""
        id = tree.get("id") or secrets.token_hex(8)
        versions = self._versions_by_reference.setdefault(f"{tree['resourceType']}/{id}", [])
        number = len(versions) + 1
        stamp = now.isoformat(timespec="milliseconds")
        meta = {**tree.get("meta", {}), "versionId": str(number), "lastUpdated": stamp}
        type = tree["resourceType"]
        tree = {"resourceType": type, "id": id, **tree, "meta": meta}
        versions.append(Version(tree, number, by_client))
        return versions[-1]
