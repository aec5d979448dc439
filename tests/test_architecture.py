"""The rules of the house that no type and no linter knows (docs/decisions/0001)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.papers import ROOT, files, texts

LONGEST_FILE = 400
PURE = ("app/fhir/", "app/what_matters/")

# A judgement may be stopped by a clock; none depends on it (decision 0012).
DEADLINE = ("app/fhir/deadline.py", "time.perf_counter")

# What reaches out of the process. Loading data files of its own, once, is not that.
REACHES_OUT = frozenset(
    (
        # the network
        "aiohttp",
        "fastapi",
        "ftplib",
        "http",
        "httptools",
        "httpx",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "starlette",
        "urllib.request",
        "uvicorn",
        # the database
        "asyncpg",
        "sqlalchemy",
        "sqlite3",
        # the machine
        "fcntl",
        "multiprocessing",
        "os",
        "shutil",
        "signal",
        "subprocess",
        "tempfile",
        "threading",
        # waiting, the clock and chance
        "asyncio",
        "random",
        "secrets",
        "select",
        "selectors",
        "time",
        "uuid",
        "uvloop",
        # telling
        "logging",
        "prometheus_client",
        "structlog",
        "typer",
    )
)
CLOCK = frozenset(("now", "today", "utcnow"))


def modules(folder: str = "app") -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every module below a folder."""
    for path in files(".py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(f"{folder}/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"), name)


def imported(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that a module imports, inside its functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, packages: frozenset[str]) -> bool:
    """Whether a dotted name is one of the packages, or inside one."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in packages for n in range(1, len(parts) + 1))


def called(node: ast.AST) -> str:
    """The last word of what a call calls: `Permit` of `permit.Permit(...)`."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def makes_a_permit(tree: ast.Module) -> bool:
    """Whether a permit is made: by its name, by another name given to it, or from another one."""
    names = {"Permit"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {a.asname for a in node.names if a.name == "Permit" and a.asname}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):
            last = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if last in names:
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        name = called(node)
        if name in names:
            return True
        # dataclasses.replace(permit, people=None) would make a wider one.
        if name == "replace" and isinstance(node, ast.Call) and node.args:
            first = ast.unparse(node.args[0])
            if "permit" in first.lower():
                return True
    return False


def importers(package: str) -> list[str]:
    """The modules of app/ that import a package."""
    wanted = frozenset((package,))
    return [name for name, tree in modules() if any(is_of(one, wanted) for one in imported(tree))]


@pytest.mark.parametrize(
    "source",
    [
        "Permit('a', 'b', frozenset(), frozenset())",
        "permit.Permit('a', 'b', frozenset(), frozenset())",
        "from app.store.permit import Permit as P\nP('a', 'b', frozenset(), frozenset())",
        "Wide = permit.Permit\nWide('a', 'b', frozenset(), frozenset())",
        "dataclasses.replace(visit.permit, people=None)",
    ],
)
def test_a_permit_that_is_made_is_noticed(source: str) -> None:
    assert makes_a_permit(ast.parse(source))


def test_only_access_makes_a_permit() -> None:
    makers = [name for name, tree in modules() if makes_a_permit(tree)]
    assert makers
    assert [name for name in makers if not name.startswith("app/access/")] == []


@pytest.mark.parametrize("folder", PURE)
def test_the_language_and_the_meaning_reach_nothing_outside(folder: str) -> None:
    faults = [
        f"{name} imports {one}"
        for name, tree in modules(folder.rstrip("/"))
        for one in imported(tree)
        if is_of(one, REACHES_OUT) and (name, one) != DEADLINE
    ]
    assert faults == []


@pytest.mark.parametrize("folder", PURE)
def test_the_language_and_the_meaning_have_no_clock_and_open_no_file(folder: str) -> None:
    faults = [
        f"{name}:{node.lineno} calls {called(node)}"
        for name, tree in modules(folder.rstrip("/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in (*CLOCK, "open", "print", "input")
    ]
    assert faults == []


def test_only_one_module_speaks_to_the_database_driver() -> None:
    assert importers("asyncpg") == ["app/store/database.py"]


def test_only_one_module_knows_the_model_classes() -> None:
    assert importers("fhir.resources") == ["app/fhir/model.py"]


def test_no_request_meets_the_model_classes() -> None:
    assert importers("app.fhir.model") == []


def test_sqlalchemy_describes_tables_and_does_nothing_else() -> None:
    ends = ("", "_links", "_protection", "_sign_in", "_supporters")
    tables = [f"app/store/tables{end}.py" for end in ends]
    assert importers("sqlalchemy") == tables


def test_no_file_has_grown_past_what_can_be_read() -> None:
    long = {
        name: text.count("\n")
        for name, text in texts(".py")
        if name.startswith("app/") and text.count("\n") > LONGEST_FILE
    }
    assert long == {}


def test_every_import_stands_at_the_top() -> None:
    hidden = [
        f"{name}:{inner.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.slow
def test_every_import_leads_to_a_floor_below() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603  (our own tool, on our own code)
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits have the check digit of an NHS number.

    Source: https://www.datadictionary.nhs.uk/attributes/nhs_number.html
    """
    total = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)
    )
    return (11 - total % 11) % 11 == int(digits[9])


# Ten digits, together or as they are spoken (999 000 0018), that are no part of a longer word or
# number: a hash, a version, a telephone number that starts with 0.
_TEN_DIGITS = re.compile(r"(?<![\w.+-])([1-9]\d{2})([ -]?)(\d{3})\2(\d{4})(?![\w-]|\.\d)")

# Past the largest 32-bit integer: its check digit is right by chance, and R4 names it.
_NUMBERS_OF_THEIR_OWN = frozenset((str(2**31),))


def nhs_numbers(text: str) -> list[str]:
    """What could be an NHS number in a text."""
    found = ("".join((m[1], m[3], m[4])) for m in _TEN_DIGITS.finditer(text))
    return [digits for digits in found if is_nhs_number(digits)]


def test_an_nhs_number_is_known_by_its_check_digit() -> None:
    assert nhs_numbers("one 9990000018, two 999 000 0018.") == ["9990000018", "9990000018"]
    assert nhs_numbers("one digit off: 9990000019; a part of more: 19990000018") == []


def test_no_nhs_number_outside_the_synthetic_range_is_anywhere() -> None:
    found = [
        f"{name}: {digits[:3]}…"
        for name, text in texts()
        if name != "requirements.lock"  # hashes, which are nobody's numbers
        for digits in nhs_numbers(text)
        if not digits.startswith("999") and digits not in _NUMBERS_OF_THEIR_OWN
    ]
    assert found == []
