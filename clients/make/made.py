"""Which files are made, and out of what."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.endpoints.rest.application import rest_application
from clients.make.calling import calling
from clients.make.collection import collection, environment
from clients.make.shapes import shapes

_HERE = Path(__file__).resolve().parent.parent
_CLIENT = _HERE / "python" / "whatmatters_client"
_COLLECTION = _HERE / "collection"


@dataclass(frozen=True)
class Made:
    """A file, and what it must hold."""

    path: Path
    text: Callable[[], str]


@cache
def description() -> dict[str, Any]:
    """What /api/openapi.json says."""
    return rest_application(lambda: None, "1").openapi()


def _in_form(source: str) -> str:
    """Python as every file of ours is written."""
    ruff = Path(sys.executable).with_name("ruff")
    for words in (("check", "--quiet", "--fix", "--select=I"), ("format", "--quiet")):
        run = subprocess.run(  # noqa: S603 - our own formatter
            [ruff, *words, "--stdin-filename", _CLIENT / "made.py", "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
        )
        source = run.stdout
    return source


CLIENT = (
    Made(_CLIENT / "shapes.py", lambda: _in_form(shapes(description()))),
    Made(
        _CLIENT / "calling.py",
        lambda: _in_form(calling((_CLIENT / "awaiting.py").read_text(encoding="utf-8"))),
    ),
)
COLLECTION = (
    Made(_COLLECTION / "what-matters.postman_collection.json", lambda: collection(description())),
    Made(_COLLECTION / "demo.postman_environment.json", environment),
)
