"""The PostgreSQL that comes with the service: started at first use, found again ever after.

The server is a process of its own and outlives whoever started it. One lock says whether it lives:
flock(2) on `postgresql.lock`, which the server and all its children inherit. It is held as long as
any of them runs, whoever was killed and in whatever order, also across containers that share the
folder, and a process id that was given out again cannot mislead. Whoever gets the lock may start.

Nobody else on the machine gets in: no TCP, folders of mode 0700, and a random password (SCRAM) in a
passfile of mode 0600. Who runs it when the caller is root: `embedded_account`.
https://www.postgresql.org/docs/18/server-start.html
"""

import fcntl
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from app.errors import Unavailable
from app.store.embedded_account import Account, account_for_existing, account_for_new
from app.store.embedded_cluster import (
    DATABASE,
    USER,
    arguments,
    check,
    create,
    last_words,
    make_data_folder,
    programs_for,
)
from app.store.embedded_socket import (
    PORT,
    clear_socket,
    listener,
    make_socket_folder,
    socket_folder,
    status,
)

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """Where a running server is met: `host` is the folder of its socket."""

    host: str
    passfile: str
    port: int = PORT
    user: str = USER
    database: str = DATABASE

    @property
    def url(self) -> str:
        """For asyncpg and libpq; holds no secret, only the passfile's name."""
        place = {"host": self.host, "port": self.port, "user": self.user, "passfile": self.passfile}
        return f"postgresql:///{quote(self.database)}?{urlencode(place, quote_via=quote)}"


def start(data_dir: Path, *, namespaces: bool = True, wait_seconds: float = 180.0) -> Server:
    """Starts the server of this data directory, or finds it running; ready when this returns.

    namespaces: whether user namespaces may be used when the caller is root.
    Raises Unavailable with a sentence that says what is wrong and what to do. After a wait that was
    too short the server is still on its way, and the next start finds it.
    """
    try:
        make_data_folder(data_dir, namespaces=namespaces)
        return _start(_home(data_dir), namespaces, time.monotonic() + wait_seconds)
    except OSError as problem:
        raise Unavailable(_sentence(data_dir, problem)) from problem


def stop(data_dir: Path, *, wait_seconds: float = 60.0) -> bool:
    """Ends sessions, writes everything out and stops; False when nothing was running."""
    try:
        home = _home(data_dir)
        return home.exists() and _stop(home, time.monotonic() + wait_seconds)
    except OSError as problem:
        raise Unavailable(_sentence(data_dir, problem)) from problem


def is_running(data_dir: Path) -> bool:
    """Whether a server of this data directory takes connections now."""
    try:
        return _is_ready(_home(data_dir))
    except OSError as problem:
        raise Unavailable(_sentence(data_dir, problem)) from problem


def _home(data_dir: Path) -> Path:
    return data_dir.resolve() / "postgresql"


def _sentence(data_dir: Path, problem: OSError) -> str:
    place = problem.filename or data_dir
    return (
        f"The database in {data_dir} cannot be used: {problem.strerror or problem} ({place}). "
        "See that there is room on the disk, and that this user may write there."
    )


def _start(home: Path, namespaces: bool, deadline: float) -> Server:
    launched: Account | None = None
    if os.path.lexists(home):
        check(home)
    while not _is_ready(home):
        lock = _claim(home)
        if lock is not None:
            try:
                if launched:
                    raise Unavailable(_why_it_ended(home, launched))
                launched = _launch(home, namespaces, lock)
            finally:
                # Only closed, never unlocked: the server holds the same lock now.
                os.close(lock)
        elif time.monotonic() > deadline:
            raise Unavailable(_why_it_waits(home))
        time.sleep(POLL_SECONDS)
    return Server(host=str(socket_folder(home)), passfile=str(home / "password"))


def _claim(home: Path) -> int | None:
    """The lock, as an open file; None while a server, or another start, has it."""
    name = home.with_name("postgresql.lock")
    lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _launch(home: Path, namespaces: bool, lock: int) -> Account:
    if os.path.lexists(home):
        check(home)
    else:
        create(home, account_for_new(namespaces=namespaces), lock)
    home = home.resolve()
    account = account_for_existing(home, namespaces=namespaces)
    clear_socket(home)
    folder = make_socket_folder(home, account)
    # The shell puts the server in the background, so that it is nobody's child, and opens the log
    # as the account: root must not write where another user could have put a link.
    background = 'umask 077; log=$1; shift; "$@" >"$log" 2>&1 </dev/null &'
    server = arguments(home, programs_for(account), folder, PORT)
    done = account.run(
        ["/bin/sh", "-c", background, "sh", str(home / "start.log"), *server],
        environment=_past_process(home),
        keep_open=lock,
    )
    if done.returncode != 0:
        raise Unavailable(f"The database in {home} did not start: {last_words(done)}")
    return account


def _past_process(home: Path) -> dict[str, str]:
    """What makes PostgreSQL overlook a process id left by a server that was killed.

    We hold the lock, so that server is gone, yet its id may belong to another process by now.
    PostgreSQL overlooks the id of its grandparent; its check for shared memory in use remains.
    """
    with suppress(FileNotFoundError):
        left = home / "cluster" / "postmaster.pid"
        process = left.read_text().partition("\n")[0].strip()
        if process.isdigit():
            return {"PG_GRANDPARENT_PID": process}
        left.unlink()
    return {}


def _is_ready(home: Path) -> bool:
    if listener(home) is None:
        return False
    with suppress(FileNotFoundError):
        return "".join(status(home)[7:8]).strip() == "ready"
    return False


def _why_it_ended(home: Path, account: Account) -> str:
    said = account.run(["/bin/sh", "-c", 'tail -n 3 "$0" >&2', home.resolve() / "start.log"])
    return (
        f"The database in {home} ended while starting: {last_words(said)} "
        f"More may be in {home / 'cluster' / 'log'}."
    )


def _why_it_waits(home: Path) -> str:
    if listener(home) is not None:
        return f"The database in {home} is still starting or stopping. Try again in a while."
    return (
        f"The database in {home} does not answer, yet something still holds it: processes left by "
        "a server that was killed, or a server in another container. "
        f"End them (they are called postgres, and have {home.with_name('postgresql.lock')} open)."
    )


def _stop(home: Path, deadline: float) -> bool:
    stopping: int | None = None
    while (lock := _claim(home)) is None:
        process = listener(home)
        if process == 0:
            raise Unavailable(f"The database in {home} runs in another container: stop it there.")
        if process is not None and stopping is None:
            # The fast shutdown: https://www.postgresql.org/docs/18/server-shutdown.html
            os.kill(process, signal.SIGINT)
            stopping = process
        elif process is not None and process != stopping:
            return True  # and another start was waiting
        if time.monotonic() > deadline:
            raise Unavailable(_why_it_waits(home))
        time.sleep(POLL_SECONDS)
    try:
        clear_socket(home)
    finally:
        os.close(lock)
    return stopping is not None
