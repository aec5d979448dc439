"""`whatmatters package`: the same archive each time, of the same bytes as are served.

Spec: https://hl7.org/fhir/packages.html
"""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from typer.testing import CliRunner

from app.cli.commands import cli
from app.fhir.library import BASE, DEFINITION_TYPES, FOLDER, Shipped, examples, shipped
from app.fhir.package import archive

EXAMPLE = "package/example/"
SERVED = [one for one in shipped() if one.type in DEFINITION_TYPES]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The archive, as the command writes it."""
    out = tmp_path_factory.mktemp("made") / "dist" / "package.tgz"
    result = CliRunner().invoke(cli, ["package", "--out", str(out)])
    assert (result.exit_code, result.output) == (0, f"{out}\n")
    return out.read_bytes()


@pytest.fixture(scope="module")
def body_by_path(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        return {one.name: _body(tar, one) for one in tar.getmembers()}


def _body(tar: tarfile.TarFile, one: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(one)
    assert file is not None
    return file.read()


def _tree(body: bytes) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(body)
    return tree


def test_the_same_files_make_the_same_archive(packed: bytes) -> None:
    # Read from other places and at another time: nothing of either is in it.
    assert archive([*reversed(shipped())], [*reversed(examples())]) == packed


def test_nothing_of_its_maker_is_in_it(packed: bytes) -> None:
    assert packed[4:8] == bytes(4), "the time in the head of gzip"
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        told = {(one.uid, one.gid, one.uname, one.gname, one.mode, one.mtime) for one in tar}
    assert len(told) == 1
    assert told.pop()[:5] == (0, 0, "", "", 0o644)
    assert str(FOLDER).encode() not in gzip.decompress(packed)


def test_it_says_first_what_it_is(body_by_path: dict[str, bytes]) -> None:
    assert next(iter(body_by_path)) == "package/package.json"
    about = _tree(body_by_path["package/package.json"])
    assert about["name"] == "whatmatters.fhir"
    assert about["version"] == "0.1.0"
    assert about["canonical"] == about["url"] == BASE
    assert about["fhirVersions"] == ["4.0.1"]
    assert about["dependencies"] == {"hl7.fhir.r4.core": "4.0.1"}
    assert (about["license"], about["type"]) == ("Apache-2.0", "IG")
    assert about["title"]
    assert about["description"]
    assert about["author"]


@pytest.mark.parametrize("one", shipped(), ids=lambda one: f"{one.type}/{one.id}")
def test_what_is_packed_is_the_file_to_the_byte(
    body_by_path: dict[str, bytes], one: Shipped
) -> None:
    body = body_by_path[f"package/{one.type}-{one.id}.json"]
    assert body == (FOLDER / one.type / f"{one.id}.json").read_bytes()


def test_what_is_packed_is_what_is_served(
    body_by_path: dict[str, bytes], as_client: Callable[..., httpx.Client]
) -> None:
    anyone = as_client(None)
    assert SERVED
    for one in SERVED:
        served = anyone.get(f"/{one.type}/{one.id}")
        assert served.content == body_by_path[f"package/{one.type}-{one.id}.json"], one.id


def test_the_right_examples_are_in_it_and_the_wrong_ones_are_not(
    body_by_path: dict[str, bytes],
) -> None:
    shown = {path: body for path, body in body_by_path.items() if path.startswith(EXAMPLE)}
    del shown[f"{EXAMPLE}.index.json"]
    folder = FOLDER / "examples" / "profiles"
    assert shown == {
        f"{EXAMPLE}{path.parent.name}-{path.stem.removeprefix('valid-')}.json": path.read_bytes()
        for path in folder.glob("*/valid-*.json")
    }


@pytest.mark.parametrize("folder", ["package/", EXAMPLE])
def test_the_index_of_a_folder_lists_all_that_is_in_it(
    body_by_path: dict[str, bytes], folder: str
) -> None:
    index = _tree(body_by_path[f"{folder}.index.json"])
    assert index["index-version"] == 2
    names = {path.removeprefix(folder) for path in body_by_path if path.startswith(folder)}
    resources = {name for name in names if "/" not in name} - {".index.json", "package.json"}
    assert [one["filename"] for one in index["files"]] == sorted(resources)
    for one in index["files"]:
        tree = _tree(body_by_path[folder + one["filename"]])
        for name in ("resourceType", "id", "url", "version", "kind", "type"):
            told = tree.get(name)
            assert one.get(name) == (told if isinstance(told, str) else None), name


def test_it_loads_as_a_fhir_tool_loads_a_package(packed: bytes, tmp_path: Path) -> None:
    """Unpack it, go by the index, read each resource as R4, and find by canonical."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(tmp_path, filter="data")
    root = tmp_path / "package"
    by_url = {}
    for one in _tree((root / ".index.json").read_bytes())["files"]:
        tree = _tree((root / one["filename"]).read_bytes())
        get_fhir_model_class(tree["resourceType"]).model_validate(tree)
        if "url" in one:
            assert one["url"] not in by_url
            by_url[one["url"]] = tree
    goal = by_url[f"{BASE}/StructureDefinition/person-stated-goal"]
    assert goal["snapshot"]["element"][0]["path"] == "Goal"
    [guide] = [one for one in by_url.values() if one["resourceType"] == "ImplementationGuide"]
    assert guide["packageId"] == "whatmatters.fhir"
    listed = {
        one["reference"]["reference"]
        for one in guide["definition"]["resource"]
        if not one["exampleBoolean"]
    }
    assert listed == {
        f"{one['resourceType']}/{one['id']}" for one in by_url.values() if one is not guide
    } | {f"{one.type}/{one.id}" for one in shipped() if not one.url}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")
    result = CliRunner().invoke(cli, ["package", "--out", str(tmp_path / "dist" / "package.tgz")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output
