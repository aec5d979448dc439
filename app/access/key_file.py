"""Private keys in files that their owner alone may read; each appears whole, or not at all."""

import os
import secrets
from pathlib import Path

from app.errors import Conflict, Unavailable


def write_once(path: Path, content: bytes) -> None:
    """Write it unless something is there already: the first writer wins. Mode 0600."""
    aside = _aside(path, content)
    try:
        os.link(aside, path)
    except FileExistsError:
        # Another process was first; everyone uses what it wrote.
        return
    finally:
        aside.unlink(missing_ok=True)


def write_new(path: Path, content: bytes) -> None:
    """The same, but raises Conflict where something is there, and Unavailable where nothing can be
    written."""
    try:
        aside = _aside(path, content)
    except OSError as problem:
        raise Unavailable(f"{path} cannot be written: {problem.strerror}.") from problem
    try:
        os.link(aside, path)
    except FileExistsError:
        raise Conflict(
            f"{path} is there already. Choose another file; none is written over."
        ) from None
    finally:
        aside.unlink(missing_ok=True)


def replace(path: Path, content: bytes) -> None:
    """Put this in place of what is there, at once. Mode 0600."""
    _aside(path, content).replace(path)


def _aside(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return aside
