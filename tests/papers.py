"""The files of this repository, as text, for the tests that read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Not ours, or made here again at any time: what .gitignore names, and the history.
_LEFT_OUT = frozenset(
    (
        ".git",
        ".hypothesis",
        ".import_linter_cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "__pycache__",
        "build",
        "dist",
        "mutants",
        "var",
    )
)


def files(suffix: str = "") -> Iterator[Path]:
    """Every file of the repository whose name ends so, in order."""
    waiting = [ROOT]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.name in _LEFT_OUT or path.name.endswith(".egg-info"):
                continue
            if path.is_dir():
                waiting.append(path)
            elif path.name.endswith(suffix):
                yield path


def texts(suffix: str = "") -> Iterator[tuple[str, str]]:
    """(path from the root, text) of every file that is text."""
    for path in files(suffix):
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def read(name: str) -> str:
    """One file, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")
