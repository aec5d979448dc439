"""The private folder of the embedded PostgreSQL's socket, and who listens there.

The path of a socket is short (unix(7)), so the folder of a deep data directory lies elsewhere, and
`<home>/socket` is a link to it. It is trusted only while it is private and the owner's.
https://www.postgresql.org/docs/18/runtime-config-connection.html#GUC-UNIX-SOCKET-DIRECTORIES
"""

import os
import re
import socket
import stat
import struct
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from app.store.embedded_account import Account, give_to

PORT = 5432  # only names the socket
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_PATH = 103  # bytes, without the closing zero: macOS; Linux allows 107


def make_socket_folder(home: Path, account: Account) -> Path:
    """A folder for the account alone; elsewhere, with a link to it, when the path is too long."""
    place = home / "socket"
    path = str(place / SOCKET)
    if len(os.fsencode(path)) <= LONGEST_PATH and re.fullmatch(r"[\w/.+-]+", path):
        place.mkdir(mode=0o700)
        give_to(account, place)
        return place
    folder = _short_folder(home)
    give_to(account, folder)
    place.symlink_to(folder)
    return folder


def _short_folder(home: Path) -> Path:
    """Short, and everywhere. The same after each start, so that a service that runs on finds the
    server again; but where somebody has taken that name, a new one that nobody can guess."""
    name = sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    folder = Path("/tmp") / f"whatmatters-{name}"  # noqa: S108 - made here, private, or not used
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return Path(tempfile.mkdtemp(prefix="whatmatters-", dir="/tmp"))
    return folder


def clear_socket(home: Path) -> None:
    """Takes away what a past server left; only when no server of this home runs."""
    folder = _owned_folder(home)
    if folder is not None:
        for name in (SOCKET, f"{SOCKET}.lock"):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
    if (home / "socket").is_symlink():
        (home / "socket").unlink()


def socket_folder(home: Path) -> Path | None:
    """The folder of the socket; None unless it is private and belongs to the database's owner."""
    folder = _owned_folder(home)
    return None if folder is None or folder.lstat().st_mode & 0o077 else folder


def _owned_folder(home: Path) -> Path | None:
    # A link may outlive its folder in /tmp, and somebody else may have taken the name since.
    with suppress(FileNotFoundError):
        place = home.resolve() / "socket"
        folder = place.readlink() if place.is_symlink() else place
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == home.stat().st_uid:
            return folder
    return None


def listener(home: Path) -> int | None:
    """The process id of the server that listens, be it ready or not; None when none does."""
    folder = socket_folder(home)
    if folder is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1.0)
            connection.connect(str(folder / SOCKET))
            return _peer(connection, home)
    except (FileNotFoundError, ConnectionRefusedError, BlockingIOError, TimeoutError):
        return None


def _peer(connection: socket.socket, home: Path) -> int:
    # The kernel's word where it gives one: a file may hold an id that is another's by now. Zero
    # when the server is in another container.
    if hasattr(socket, "SO_PEERCRED"):
        size = struct.calcsize("3i")
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", credentials)[0])
    return int(status(home)[0])


def status(home: Path) -> list[str]:
    """The lines of postmaster.pid: the process id comes first, the state eighth."""
    return (home / "cluster" / "postmaster.pid").read_text().splitlines()
