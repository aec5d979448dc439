"""The definitions as one archive that FHIR tools load: a package in the shape of npm's.

Spec: https://hl7.org/fhir/packages.html, https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
The same files make the same archive to the byte: it holds no time, owner or path of its maker.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Mapping

from app.fhir import guide
from app.fhir.library import BASE, Example, Shipped
from app.fhir.resource_types import Json

ROOT = "package"
# npm's own day for what has none: some tools refuse a file of 1970.
_WRITTEN_AT = 499_162_500  # 1985-10-26T08:15:00Z
_INDEXED = ("id", "url", "version", "kind", "type")


def archive(definitions: Iterable[Shipped], examples: Iterable[Example]) -> bytes:
    """The package, gzipped. definitions: with the guide among them, which tells what it is."""
    return _packed(_body_by_path([*definitions], [*examples]))


def _body_by_path(definitions: list[Shipped], examples: list[Example]) -> Mapping[str, bytes]:
    """What is in the package, in its order: what it is, then its index, then the files."""
    [about] = [one.tree for one in definitions if one.type == guide.TYPE]
    defined = {f"{one.type}-{one.id}.json": one for one in definitions}
    shown = {f"{one.profile_id}-{one.name}.json": one for one in examples}
    return {
        f"{ROOT}/package.json": _text(_manifest(about)),
        f"{ROOT}/.index.json": _text(_index({name: one.tree for name, one in defined.items()})),
        **{f"{ROOT}/{name}": one.body for name, one in sorted(defined.items())},
        f"{ROOT}/example/.index.json": _text(
            _index({name: one.tree for name, one in shown.items()})
        ),
        **{f"{ROOT}/example/{name}": one.body for name, one in sorted(shown.items())},
    }


def _manifest(about: Json) -> Json:
    return {
        "name": about["packageId"],
        "version": about["version"],
        "canonical": BASE,
        "url": BASE,
        "title": about["title"],
        "description": about["description"],
        "fhirVersions": about["fhirVersion"],
        "dependencies": {"hl7.fhir.r4.core": guide.R4_VERSION},
        "license": about["license"],
        "author": about["publisher"],
        "type": "IG",
        "directories": {"lib": ROOT, "example": "example"},
    }


def _index(tree_by_name: Mapping[str, Json]) -> Json:
    return {
        "index-version": 2,
        "files": [
            {
                "filename": name,
                "resourceType": tree["resourceType"],
                **{
                    member: tree[member]
                    for member in _INDEXED
                    # In a record these names hold other things, such as a CodeableConcept.
                    if isinstance(tree.get(member), str)
                },
            }
            for name, tree in sorted(tree_by_name.items())
        ],
    }


def _text(tree: Json) -> bytes:
    return (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode()


def _packed(body_by_path: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=whole, mtime=0) as zipped,
        tarfile.TarFile(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path, body in body_by_path.items():
            # A TarInfo begins as nobody's: owner 0, no names, mode 0644.
            told = tarfile.TarInfo(path)
            told.size, told.mtime = len(body), _WRITTEN_AT
            tar.addfile(told, io.BytesIO(body))
    return whole.getvalue()
