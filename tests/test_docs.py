"""The papers of the house say what is so: settings, commands, types, decisions, links, the tour."""

import re
import tomllib
from pathlib import Path

import httpx
import pytest
import typer
from joserfc.jwk import RSAKey

from app.access import issuers
from app.access.claim_rules import Cis2, Keycloak, NhsLogin
from app.access.issuer_file import load
from app.bounds import NAMES, Bounds
from app.cli.commands import cli
from app.cli.tour import pasted
from app.endpoints.open_documents import POLICY
from app.fhir.resource_types import RESOURCE_TYPES
from app.settings import REPLACED, Settings
from tests.papers import ROOT, files, read, texts

MOST_SETTINGS = 25
SECTIONS_OF_A_DECISION = ["Context", "Decision", "Consequences", "Rejected", "Kept by"]
SECTIONS_OF_README = [
    "See it work in five minutes",
    "What it can do",
    "The floors",
    "Run the checks",
    "Settings",
    "Operate it",
    "Standards and conformance",
    "Decisions",
    "Licence",
]

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAPERS = dict(texts(".md"))
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def section(text: str, name: str) -> str:
    """What stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(name)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section called {name}"
    return found[1]


def headings(text: str, level: str) -> list[str]:
    """The headings of one level, code left out."""
    return re.findall(rf"^{level} (.+)$", _FENCED.sub("", text), re.MULTILINE)


def first_cells(table: str) -> list[str]:
    """What stands between backticks at the start of each row."""
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def anchor(heading: str) -> str:
    """The fragment that a heading is met under."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def code(text: str) -> str:
    """What is typed: the fenced blocks, and what stands between backticks, each on a line."""
    blocks = [block.partition("\n")[2].removesuffix("```") for block in _FENCED.findall(text)]
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", _FENCED.sub("", text))])


def words(text: str) -> str:
    """The text with its white space single, however its lines are broken."""
    return " ".join(text.split())


def shown(default: object) -> str:
    """A default as README writes it."""
    if default in (None, ""):
        return "*unset*"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_readme_is_in_its_order() -> None:
    assert headings(read("README.md"), "##") == SECTIONS_OF_README


def test_readme_says_what_it_is_in_three_sentences() -> None:
    opening = read("README.md").partition("\n\n")[2].partition("\n\n")[0]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 3


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_readme_with_its_default(name: str) -> None:
    variable = f"WHATMATTERS_{name.upper()}"
    row = re.search(
        rf"^\| `{variable}` \| (.+?) \| (.+) \|$",
        section(read("README.md"), "Settings"),
        re.MULTILINE,
    )
    assert row, f"{variable} is not in README's table of settings"
    assert row[1] == shown(Settings.model_fields[name].default)
    assert row[2].strip()


def test_the_settings_in_readme_are_those_there_are_and_in_their_order() -> None:
    told = first_cells(section(read("README.md"), "Settings"))
    assert told == [f"WHATMATTERS_{name.upper()}" for name in Settings.model_fields]


def test_there_are_few_settings() -> None:
    assert len(Settings.model_fields) < MOST_SETTINGS


def test_every_limit_is_in_operations_with_its_default() -> None:
    table = section(read("docs/operations.md"), "Limits")
    told = re.findall(r"^\| `([a-z-]+)` \| ([0-9]+) \| .+ \| .+ \|$", table, re.MULTILINE)
    assert told == [(name, str(getattr(Bounds(), name.replace("-", "_")))) for name in NAMES]


def test_every_variable_that_a_paper_or_the_image_names_is_read_somewhere() -> None:
    known = {f"WHATMATTERS_{name.upper()}" for name in Settings.model_fields}
    known |= {"WHATMATTERS_TEST_DATABASE_URL", *REPLACED}
    assert "WHATMATTERS_TEST_DATABASE_URL" in read("tests/conftest.py")
    papers = {**PAPERS, "Dockerfile": read("Dockerfile"), "Makefile": read("Makefile")}
    unknown = [
        f"{name}: {variable}"
        for name, text in papers.items()
        for variable in re.findall(r"\bWHATMATTERS_[A-Z_]+", text)
        if variable not in known
    ]
    assert unknown == []


def commands() -> list[str]:
    """What the command line offers."""
    group = typer.main.get_command(cli)
    assert isinstance(group, typer.core.TyperGroup)
    return sorted(group.commands)


def test_every_command_is_in_the_papers() -> None:
    papers = read("README.md") + read("docs/operations.md")
    assert [name for name in commands() if f"whatmatters {name}" not in papers] == []


def test_every_command_that_a_paper_names_is_there() -> None:
    named = {
        f"{name}: {word}"
        for name, text in PAPERS.items()
        for word in re.findall(r"(?:bin/|^)whatmatters ([a-z]+)", code(text), re.MULTILINE)
        if word not in commands()
    }
    assert named == set()


def test_every_make_target_that_a_paper_names_is_there() -> None:
    there = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for text in PAPERS.values()
        for target in re.findall(r"^make ([a-z]+)", code(text), re.MULTILINE)
    }
    assert {"bench", "check", "demo", "install", "serve", "stop", "test"} <= named
    assert named <= there


def test_every_option_of_serve_is_in_operations() -> None:
    group = typer.main.get_command(cli)
    assert isinstance(group, typer.core.TyperGroup)
    options = [one for param in group.commands["serve"].params for one in param.opts]
    table = section(read("docs/operations.md"), "Start it")
    assert [one for one in options if f"`{one}`" not in table] == []


def test_the_tour_in_readme_is_the_one_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WHATMATTERS_{name.upper()}", raising=False)
    tour = section(read("README.md"), "See it work in five minutes")
    blocks = re.findall(r"^```\n(.*?)^```", tour, re.MULTILINE | re.DOTALL)
    assert blocks == ["make demo\n", "\n".join(pasted(Settings())) + "\n"]


def test_each_line_of_the_tour_can_be_pasted_by_itself() -> None:
    for line in pasted(Settings()):
        assert "\n" not in line
        assert line.count("'") % 2 == 0


def test_readme_says_who_may_see_what_as_the_service_does() -> None:
    assert words(POLICY) in words(section(read("README.md"), "What it can do"))


def test_the_types_in_readme_are_those_served() -> None:
    paragraph = re.search(
        r"^Types served:(.*?)\.", section(read("README.md"), "What it can do"), re.M | re.S
    )
    assert paragraph
    assert re.findall(r"`(\w+)`", paragraph[1]) == list(RESOURCE_TYPES)


def test_the_interactions_and_operations_in_readme_are_those_served(
    surgery: httpx.Client,
) -> None:
    rest = surgery.get("/metadata").json()["rest"][0]
    told = [rest, *rest["resource"]]
    interactions = {one["code"] for part in told for one in part["interaction"]}
    operations = {f"${one['name']}" for part in told for one in part.get("operation", ())}
    named = first_cells(section(read("README.md"), "What it can do"))
    assert len(named) == len(set(named))
    assert set(named) == interactions | {"capabilities"} | operations


def test_every_floor_is_in_the_picture() -> None:
    floors = section(read("README.md"), "The floors")
    there = {path.name for path in (ROOT / "app").iterdir() if path.name != "__pycache__"}
    there -= {"__init__.py"}
    missing = [name for name in there if not re.search(rf"\b{re.escape(name)}", floors)]
    assert missing == []


@pytest.mark.parametrize("name", PAPERS)
def test_every_file_of_ours_that_a_paper_names_is_there(name: str) -> None:
    """Paths from the root, between backticks. What a file is called alone stands beside another."""
    here = {path.name for path in ROOT.iterdir()} - {"var", ".venv"}
    named = re.findall(r"`([\w.-]+/[\w./-]*)`", _FENCED.sub("", PAPERS[name]))
    ours = [path for path in named if path.partition("/")[0] in here]
    assert [path for path in ours if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAPERS)
def test_every_python_file_that_a_paper_names_alone_is_there(name: str) -> None:
    there = {path.name for path in files(".py")}
    assert set(re.findall(r"`(\w+\.py)`", PAPERS[name])) <= there


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_inside_the_repository_leads_somewhere(name: str) -> None:
    lost = []
    for target in _LINK.findall(_FENCED.sub("", PAPERS[name])):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, fragment = target.partition("#")
        path = (ROOT / name).parent / place if place else ROOT / name
        if not path.exists():
            lost.append(target)
        elif fragment:
            headed = _HEADING.findall(_FENCED.sub("", path.read_text(encoding="utf-8")))
            if fragment not in map(anchor, headed):
                lost.append(target)
    assert lost == []


def test_there_are_decisions_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{n:04}" for n in range(1, len(DECISIONS) + 1)
    ]
    assert len(DECISIONS) >= 11


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_a_decision_is_one_page_in_its_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    [title] = headings(text, "#")
    assert title.startswith(path.name[:4] + " ")
    assert headings(text, "##") == SECTIONS_OF_A_DECISION
    quoted = [line for line in section(text, "Decision").splitlines() if line.startswith("> ")]
    sentence = " ".join(line.removeprefix("> ") for line in quoted)
    assert len(re.findall(r"\.(?:\s|$)", sentence)) == 1, "one sentence that can be quoted"
    rejected = section(text, "Rejected").strip().split("\n- ")
    assert all(re.match(r"(?:- )?\*\*[^*]+\*\*\s\S", one) for one in rejected), "with a reason"
    assert text.count("\n") <= 60


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_a_decision_names_a_check_that_exists(path: Path) -> None:
    kept_by = section(path.read_text(encoding="utf-8"), "Kept by")
    checks = re.findall(r"^- `([^`]+)`", kept_by, re.MULTILINE)
    assert checks
    assert [check for check in checks if not (ROOT / check).is_file()] == []
    assert any(check.startswith("tests/") for check in checks)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_every_decision_is_listed_in_readme(path: Path) -> None:
    title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix(f"# {path.name[:4]} ")
    row = f"| [{path.name[:4]}](docs/decisions/{path.name}) | {title} |"
    assert row in section(read("README.md"), "Decisions")


def test_every_decision_that_the_code_names_is_there() -> None:
    numbers = {path.name[:4] for path in DECISIONS}
    named = {
        (name, number)
        for name, text in texts(".py")
        for number in re.findall(r"docs/decisions/(\d{4})", text)
    }
    assert {place for place in named if place[1] not in numbers} == set()


def test_the_issuers_in_operations_can_be_used_as_they_stand() -> None:
    part = section(read("docs/operations.md"), "Who may sign in: issuers")
    block = re.search(r"^```json\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    assert block
    [issuer] = load(block[1])
    assert issuer.token_type == "at+jwt"  # noqa: S105  (a media type)
    for algorithm in issuers.ALGORITHMS:
        assert algorithm in part


def test_the_issuers_in_the_page_of_signing_in_can_be_used_as_they_stand(tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048).as_pem(private=True).decode()
    for name, text in (("a-secret", "a secret"), ("a-key", key)):
        (tmp_path / name).write_text(text)
    kinds = []
    for block in re.findall(r"^```json\n(.*?)^```", read("docs/sign-in.md"), re.M | re.S):
        files = re.sub(r'"/etc/whatmatters/[\w-]+-secret"', f'"{tmp_path}/a-secret"', block)
        files = re.sub(r'"/etc/whatmatters/[\w-]+\.pem"', f'"{tmp_path}/a-key"', files)
        [issuer] = load(files)
        assert issuer.provider is not None
        kinds.append(type(issuer.rules))
    assert kinds == [Keycloak, NhsLogin, Cis2]


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert headings(read("CHANGELOG.md"), "##")[0] == "[Unreleased]"


def test_the_licence_is_the_one_that_is_told() -> None:
    told = tomllib.loads(read("pyproject.toml"))["project"]["license"]
    assert told == "Apache-2.0"
    assert read("LICENSE").split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in read("LICENSE")


def test_every_package_is_locked_by_its_hashes() -> None:
    names = re.findall(r"^(\w\S*)==", LOCK, re.MULTILINE)
    hashed = re.findall(
        r"^(\w\S*)==\S+(?: ; .+)? \\\n    --hash=sha256:[0-9a-f]{64}\b", LOCK, re.MULTILINE
    )
    assert names
    assert hashed == names


def test_every_package_the_service_needs_is_locked() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[>=<;]", one)[0].lower().replace(".", "-") for one in needed]
    assert [name for name in names if not re.search(rf"^{name}==", LOCK, re.MULTILINE)] == []


LOCK = read("requirements.lock")

# Put together here, so that this file does not name what it looks for.
_HOSTS = "|".join(
    (
        "pypi" + r"\.org",
        "python" + r"hosted\.org",
        "registry" + r"\.npmjs",
        r"proxy\.golang" + r"\.org",
        "--(?:extra-)?index-" + "url",
        "--find-" + "links",
    )
)
_MACHINE_PATHS = "|".join(
    (
        r"(?<![\w.])/(?:root|home|Users)/" + r"\w",
        r"(?<![\w.])/opt/" + "wheels",
        r"(?<![\w./])/work/" + r"\w",
        r"[A-Z]:\\\\?" + r"Users",
    )
)


@pytest.mark.parametrize("forbidden", [_HOSTS, _MACHINE_PATHS], ids=["registries", "paths"])
def test_no_file_names_a_package_registry_or_a_path_of_one_machine(forbidden: str) -> None:
    found = [
        f"{name}: {match[0]}" for name, text in texts() for match in re.finditer(forbidden, text)
    ]
    assert found == []
