"""The definitions that are shipped agree with R4, with each other and with their examples.

Whether the examples pass and fail as they must is asked of the validator, in other tests.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.fhir.element_tables import children, datatypes, resources
from app.fhir.json_guard import parse
from app.fhir.library import BASE
from app.fhir.structure import check
from tests.profiles.walking import walk

FOLDER = Path(__file__).parents[2] / "fhir_profiles"
EXAMPLES = FOLDER / "examples" / "profiles"
FILES = sorted(FOLDER.glob("[A-Z]*/*.json"))
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/"
KINDS = (
    "min|max|min-value|max-value|max-length|type|fixed|pattern|binding|slice|reference"
    "|aggregation|extension|prohibited"
)
FEWEST_KINDS_OF_FAULT = 3

Json = dict[str, Any]


def _read(path: Path) -> Json:
    tree: Json = parse(path.read_bytes())
    return tree


def _profiles() -> list[Path]:
    """The profiles of resources; those of extensions are tried inside them."""
    return [
        path
        for path in FOLDER.glob("StructureDefinition/*.json")
        if _read(path)["kind"] == "resource"
    ]


DEFINITIONS = sorted(FOLDER.glob("StructureDefinition/*.json"))
PROFILES = sorted(_profiles())
BY_URL = {tree["url"]: tree for tree in map(_read, FILES) if "url" in tree}
EXAMPLE_FILES = sorted([*EXAMPLES.glob("*/valid-*.json"), *EXAMPLES.glob("*/invalid-*.json")])


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _exists(type_name: str, steps: list[str], below: str = "") -> bool:
    """Does R4 have this element? steps: the names below a type, ["target", "due[x]"]."""
    if not steps:
        return True
    found = dict(children(type_name, below)).get(steps[0])
    if found is None:
        return False
    rest = steps[1:]
    if not rest:
        return True
    if found.same_as is not None:
        return _exists(type_name, rest, found.same_as)
    if found.types and found.types[0] in ("BackboneElement", "Element"):
        return _exists(type_name, rest, found.path)
    return any(_exists(each, rest) for each in found.types if each in datatypes())


def _place(path: str) -> list[int]:
    """Where R4 puts an element, one number a step, so that places can be compared."""
    type_name, *steps = path.split(".")
    place, below = [], ""
    for depth, step in enumerate(steps):
        names = [name for name, _ in children(type_name, below)]
        place.append(names.index(step))
        found = dict(children(type_name, below))[step]
        if found.same_as is not None:
            below = found.same_as
        elif found.types and found.types[0] in ("BackboneElement", "Element"):
            below = found.path
        else:
            following = steps[depth + 1 :]
            type_name = next(
                (each for each in found.types if each in datatypes() and _exists(each, following)),
                "",
            )
            below = ""
    return place


def _invariants(tree: Json) -> Iterator[Json]:
    for element in tree["differential"]["element"]:
        yield from element.get("constraint", [])


def _expected(profile: Path) -> dict[str, dict[str, str]]:
    expected: dict[str, dict[str, str]] = json.loads(
        (EXAMPLES / profile.stem / "expected.json").read_text(encoding="utf-8")
    )
    return expected


@pytest.fixture(params=FILES, ids=_named)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=DEFINITIONS, ids=lambda path: path.stem)
def definition(request: pytest.FixtureRequest) -> Json:
    return _read(request.param)


@pytest.fixture(params=PROFILES, ids=lambda path: path.stem)
def profile(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=EXAMPLE_FILES, ids=_named)
def example(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_url_id_and_file_name_agree(file: Path) -> None:
    tree = _read(file)
    assert (tree["resourceType"], tree["id"]) == (file.parent.name, file.stem)
    url = tree.get("url", "")
    # A definition of somebody else's that must be known here keeps the address it has there.
    if url.startswith(BASE):
        assert url == f"{BASE}/{_named(file)}"
    else:
        assert url.endswith(f"/{file.stem}") or not url


def test_every_definition_says_what_it_is(file: Path) -> None:
    tree = _read(file)
    assert (tree["version"], tree["status"]) == ("0.1.0", "active")
    assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", tree["name"])
    assert tree["description"].strip()


def test_a_second_opinion_on_the_shape_agrees(file: Path) -> None:
    tree = _read(file)
    get_fhir_model_class(tree["resourceType"]).model_validate(tree)


def test_every_definition_of_a_kept_type_is_sound(file: Path) -> None:
    tree = _read(file)
    if tree["resourceType"] in resources():
        assert not check(tree)


def test_a_file_is_indented_by_two_and_ends_with_a_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "\r" not in text
    assert '\n  "resourceType"' in text


def test_every_canonical_of_ours_leads_to_a_definition(file: Path) -> None:
    for member, value in walk(_read(file)):
        for canonical in value if isinstance(value, list) else [value]:
            if isinstance(canonical, str) and canonical.startswith(f"{BASE}/"):
                assert canonical.partition("|")[0] in BY_URL, (member, canonical)


def test_every_path_of_a_profile_is_an_element_of_r4(definition: Json) -> None:
    for element in definition["differential"]["element"]:
        root, *steps = element["path"].split(".")
        assert root == definition["type"]
        assert _exists(root, steps), element["path"]


def test_elements_stand_in_the_order_of_r4(definition: Json) -> None:
    places = [_place(element["path"]) for element in definition["differential"]["element"]]
    # A slice begins its element again, and what is in it follows.
    ids = [element["id"] for element in definition["differential"]["element"]]
    for (before, place), (after, next_place) in pairwise(zip(ids, places, strict=True)):
        assert ":" in after.rpartition(".")[2] or place < next_place, (before, after)


def test_every_id_of_an_element_is_its_path_with_its_slices(definition: Json) -> None:
    ids = [element["id"] for element in definition["differential"]["element"]]
    assert len(ids) == len(set(ids))
    for element in definition["differential"]["element"]:
        assert re.sub(r":[^.]+", "", element["id"]) == element["path"]
        last = element["id"].rpartition(".")[2]
        assert element.get("sliceName", "") == last.partition(":")[2]


def test_every_element_says_in_short_what_it_holds(definition: Json) -> None:
    for element in definition["differential"]["element"]:
        assert element["short"].strip(), element["id"]


def test_every_invariant_has_a_key_a_sentence_and_an_expression(definition: Json) -> None:
    for invariant in _invariants(definition):
        assert re.fullmatch(r"wm-[a-z-]+-[0-9]+", invariant["key"])
        assert invariant["human"].endswith("."), invariant["key"]
        assert invariant["severity"] in {"error", "warning"}
        assert invariant["expression"].strip()


def test_no_two_invariants_share_a_key() -> None:
    keys = [each["key"] for path in DEFINITIONS for each in _invariants(_read(path))]
    assert len(keys) == len(set(keys))


def test_every_slice_belongs_to_an_element_that_is_sliced(definition: Json) -> None:
    parent = BY_URL.get(definition["baseDefinition"])
    elements = [*definition["differential"]["element"]]
    while parent is not None:
        elements += parent["differential"]["element"]
        parent = BY_URL.get(parent["baseDefinition"])
    sliced = {element["id"] for element in elements if "slicing" in element}
    for element in definition["differential"]["element"]:
        # Extensions are sliced by url in R4 itself.
        if "sliceName" in element and not element["path"].endswith("xtension"):
            assert element["id"].rpartition(":")[0] in sliced, element["id"]


def test_an_extension_says_where_it_may_stand_and_what_it_is(definition: Json) -> None:
    if definition["type"] != "Extension":
        return
    assert definition["context"]
    for context in definition["context"]:
        assert context["type"] in {"element", "extension", "fhirpath"}
    fixed = [
        element["fixedUri"]
        for element in definition["differential"]["element"]
        if element["id"] == "Extension.url"
    ]
    assert fixed == [definition["url"]]


def test_every_parent_is_r4_or_one_of_ours(definition: Json) -> None:
    base = definition["baseDefinition"]
    if base.startswith(FHIR_TYPE):
        assert base == FHIR_TYPE + definition["type"]
    else:
        assert BY_URL[base]["type"] == definition["type"]


def test_every_profile_has_right_examples_and_wrong_ones(profile: Path) -> None:
    names = {path.name for path in (EXAMPLES / profile.stem).glob("*.json")}
    wrong = {name for name in names if name.startswith("invalid-")}
    right = {name for name in names if name.startswith("valid-")}
    assert right
    assert set(_expected(profile)) == wrong
    assert len({each["rule"] for each in _expected(profile).values()}) >= FEWEST_KINDS_OF_FAULT


def test_every_expected_issue_has_a_place_and_a_rule(profile: Path) -> None:
    tree = _read(profile)
    keys = {each["key"] for path in DEFINITIONS for each in _invariants(_read(path))}
    for name, issue in _expected(profile).items():
        assert set(issue) == {"expression", "rule"}, name
        assert issue["expression"].partition(".")[0] == tree["type"], name
        ours = rf"{profile.stem}#{tree['type']}[^ ]*:({KINDS})"
        assert issue["rule"] in keys or re.fullmatch(ours, issue["rule"]), name


def test_every_example_claims_its_profile_and_is_sound_in_r4(example: Path) -> None:
    tree = _read(example)
    assert tree["meta"]["profile"] == [f"{BASE}/StructureDefinition/{example.parent.name}"]
    assert not check(tree)


def test_every_example_has_its_own_profile() -> None:
    assert {path.parent.name for path in EXAMPLE_FILES} == {path.stem for path in PROFILES}
