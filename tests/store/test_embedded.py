import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from app.errors import Unavailable
from app.store import embedded, embedded_account, embedded_cluster
from app.store.embedded_socket import listener

ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody").pw_uid
as_root_only = pytest.mark.skipif(not ROOT, reason="needs root, to become somebody else")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory below a folder that is closed to everyone else, with a table in it."""
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    ask(embedded.start(folder / "var"), "create table said (number int)")
    yield folder / "var"
    embedded.stop(folder / "var")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def own_account(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts things back: the account, if it is made, goes, and so does what is shared."""
    name = embedded_account.ACCOUNT_NAME
    known = any(entry.pw_name == name for entry in pwd.getpwall())
    monkeypatch.setattr(embedded_cluster, "SHARED", open_folder / "shared")
    yield
    if not known:
        subprocess.run(["/usr/sbin/userdel", name], check=False, capture_output=True)  # noqa: S603 - a fixed name


def ask(server: embedded.Server, *statements: str) -> object:
    """The value of the last of these statements, each committed on its own."""

    async def asked() -> object:
        connection = await asyncpg.connect(server.url)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(asked())


def as_nobody(do: Callable[[], object]) -> str:
    """What `do` returns, or raises, in a process of the user nobody."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            answer = str(do())
        except BaseException as problem:
            answer = f"{type(problem).__name__}: {problem}"
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answered:
        return answered.read()


def postmaster(data_dir: Path) -> int:
    found = listener(data_dir / "postgresql")
    assert found
    return found


def kill(data_dir: Path) -> None:
    os.kill(postmaster(data_dir), signal.SIGKILL)
    while listener(data_dir / "postgresql"):
        pass


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_start_finds_the_same_server(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    before = postmaster(data_dir)
    assert embedded.start(data_dir) == server
    assert postmaster(data_dir) == before


def test_two_processes_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    code = "import sys, pathlib; from app.store import embedded; from app.store.embedded_socket "
    code += "import listener; where = pathlib.Path(sys.argv[1]); embedded.start(where); "
    code += "sys.exit(str(listener(where / 'postgresql')))"
    command = [sys.executable, "-c", code, str(tmp_path / "var")]
    root = Path(embedded.__file__).parents[2]
    started = [
        subprocess.Popen(  # noqa: S603 - this Python
            command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    said = [process.communicate() for process in started]
    assert {out for out, _ in said} == {""}
    assert {err.strip() for _, err in said} == {str(postmaster(tmp_path / "var"))}
    assert embedded.stop(tmp_path / "var")


def test_what_was_committed_survives_a_killed_server(data_dir: Path) -> None:
    count = "select count(*) from said where number = 1"
    ask(embedded.start(data_dir), "insert into said values (1)")
    kill(data_dir)
    assert ask(embedded.start(data_dir), count) == 1


def test_every_acknowledged_write_survives_a_kill_in_the_middle(data_dir: Path) -> None:
    server = embedded.start(data_dir)

    acknowledged = 0

    async def write() -> None:
        nonlocal acknowledged
        connection = await asyncpg.connect(server.url)
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InternalClientError, OSError):
            while True:
                await connection.execute("insert into said values (2)")
                acknowledged += 1
                if acknowledged == 200:
                    kill(data_dir)
        connection.terminate()

    async def write_by_four() -> None:
        await asyncio.gather(*(write() for _ in range(4)))

    asyncio.run(write_by_four())
    kept = ask(embedded.start(data_dir), "select count(*) from said where number = 2")
    # Each writer's last row may have been committed without the writer hearing of it.
    assert isinstance(kept, int)
    assert acknowledged <= kept <= acknowledged + 4


def test_a_process_that_outlives_its_server_is_waited_for(data_dir: Path) -> None:
    server = embedded.start(data_dir)

    async def strand() -> int:
        connection = await asyncpg.connect(server.url)
        process: int = await connection.fetchval("select pg_backend_pid()")
        os.kill(process, signal.SIGSTOP)
        kill(data_dir)
        connection.terminate()
        return process

    process = asyncio.run(strand())
    try:
        with pytest.raises(Unavailable, match="something still holds it"):
            embedded.start(data_dir, wait_seconds=0.2)
    finally:
        os.kill(process, signal.SIGCONT)
    assert ask(embedded.start(data_dir), "select 1") == 1


def test_a_process_id_that_was_given_out_again_does_not_prevent_a_start(data_dir: Path) -> None:
    embedded.start(data_dir)
    left = data_dir / "postgresql" / "cluster" / "postmaster.pid"
    text = left.read_text()
    kill(data_dir)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        lines = text.splitlines(keepends=True)
        left.write_text("".join([f"{other.pid}\n", *lines[1:]]))
        assert ask(embedded.start(data_dir), "select 1") == 1


def test_the_folder_above_keeps_its_mode_and_all_below_is_private(data_dir: Path) -> None:
    embedded.start(data_dir)
    home = data_dir / "postgresql"
    assert mode(data_dir.parent) == 0o700
    for folder in (data_dir, home, home / "cluster", home / "socket", home / "cluster" / "log"):
        assert mode(folder) == 0o700, folder
    for file in (home / "password", home / "start.log", data_dir / "postgresql.lock"):
        assert mode(file) == 0o600, file


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_the_server_has_no_tcp_socket(data_dir: Path) -> None:
    embedded.start(data_dir)
    listed = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    inodes = {line.split()[9] for line in listed.splitlines() if "inode" not in line}
    held = []
    for entry in Path(f"/proc/{postmaster(data_dir)}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.append(os.readlink(entry))
    assert any(name.startswith("socket:") for name in held)
    assert not any(name.removeprefix("socket:").strip("[]") in inodes for name in held)


def test_the_server_keeps_what_it_is_told(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(server, f"show {name}") == "on"
    assert ask(server, "select usesuper from pg_user where usename = current_user") is False
    assert ask(server, "select lower('ÅSA')") == "åsa"


def test_sqlalchemy_takes_the_same_address(data_dir: Path) -> None:
    server = embedded.start(data_dir)

    async def asked() -> object:
        engine = create_async_engine(server.url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            answer = await connection.scalar(sqlalchemy.text("select current_database()"))
        await engine.dispose()
        return answer

    assert asyncio.run(asked()) == "whatmatters"


def test_the_log_never_holds_what_was_said(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    with pytest.raises(asyncpg.DataError):
        ask(server, "select 'to walk to the sea'::int")
    with pytest.raises(asyncpg.PostgresError):
        ask(server, "create table said (walk text) -- to walk to the sea")
    home = data_dir / "postgresql"
    logs = [home / "start.log", *(home / "cluster" / "log").iterdir()]
    assert len(logs) > 1
    assert not any("to walk to the sea" in log.read_text() for log in logs)


@as_root_only
def test_another_user_can_neither_connect_nor_read(open_folder: Path) -> None:
    server = embedded.start(open_folder / "var")
    # Even if a folder were opened by mistake, the next one, and the password, still keep them out.
    (open_folder / "var").chmod(0o755)
    assert as_nobody(lambda: ask(server, "select 1")).startswith("PermissionError")
    assert as_nobody(lambda: Path(server.passfile).read_text()).startswith("PermissionError")
    for folder in (open_folder / "var" / "postgresql", Path(server.host)):
        folder.chmod(0o755)
    (Path(server.host) / ".s.PGSQL.5432").chmod(0o777)
    assert "password" in as_nobody(lambda: ask(server, "select 1"))
    assert "belongs to another user" in as_nobody(lambda: embedded.start(open_folder / "var"))
    Path(server.host).chmod(0o700)
    assert embedded.stop(open_folder / "var")


@as_root_only
def test_an_ordinary_user_runs_it_and_root_finds_it(open_folder: Path) -> None:
    os.chown(open_folder, NOBODY, NOBODY)
    data_dir = open_folder / "var"
    if not as_nobody(lambda: embedded.start(data_dir)).startswith("Server("):
        programs = embedded_cluster.programs_for(embedded_account.Account(0, 0))
        assert not embedded_account.Account(NOBODY, NOBODY).reaches(programs / "postgres")
        pytest.skip("PostgreSQL is installed where ordinary users cannot reach it")
    assert ask(embedded.start(data_dir), "select 1") == 1
    # Root starts it again for its owner, who then finds it too.
    assert embedded.stop(data_dir)
    embedded.start(data_dir)
    assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid == NOBODY
    assert as_nobody(lambda: ask(embedded.start(data_dir), "select 1")) == "1"
    assert as_nobody(lambda: embedded.stop(data_dir)) == "True"


@as_root_only
@pytest.mark.usefixtures("own_account")
def test_root_without_namespaces_keeps_it_in_a_folder_others_may_enter(open_folder: Path) -> None:
    data_dir = open_folder / "var"
    server = embedded.start(data_dir, namespaces=False)
    owner = Path(server.passfile).stat()
    assert owner.st_uid not in (0, NOBODY)
    assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid == owner.st_uid
    assert (mode(data_dir), data_dir.stat().st_gid) == (0o710, owner.st_gid)
    assert (data_dir / "postgresql").resolve().parent == data_dir
    assert ask(embedded.start(data_dir, namespaces=False), "select 1") == 1
    assert embedded.stop(data_dir)


@as_root_only
@pytest.mark.usefixtures("own_account")
def test_root_without_namespaces_keeps_it_elsewhere_below_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    # PostgreSQL itself is out of the account's reach, too.
    package = embedded_cluster._package()
    for part in (package, package.with_name(f"{package.name}.libs")):
        (tmp_path / part.name).symlink_to(part)
    monkeypatch.setattr(embedded_cluster, "_package", lambda: tmp_path / package.name)
    server = embedded.start(tmp_path, namespaces=False)
    home = (tmp_path / "postgresql").resolve()
    assert home.parent == embedded_cluster.SHARED
    command = Path(f"/proc/{postmaster(tmp_path)}/cmdline").read_text()
    assert command.startswith(str(embedded_cluster.SHARED / "programs-"))
    assert (mode(tmp_path), mode(home)) == (0o700, 0o700)
    ask(server, "create table said (number int)", "insert into said values (1)")
    kill(tmp_path)
    server = embedded.start(tmp_path)
    assert ask(server, "select count(*) from said") == 1
    assert embedded.stop(tmp_path)


@as_root_only
@pytest.mark.usefixtures("own_account")
def test_a_cluster_made_in_a_namespace_opens_where_they_are_refused(open_folder: Path) -> None:
    data_dir = open_folder / "var"
    data_dir.mkdir(mode=0o755)
    ask(embedded.start(data_dir), "create table said (number int)")
    assert embedded.stop(data_dir)
    server = embedded.start(data_dir, namespaces=False)
    assert ask(server, "select count(*) from said") == 0
    assert embedded.stop(data_dir)


def test_a_deep_folder_has_its_socket_elsewhere_until_it_stops(tmp_path: Path) -> None:
    data_dir = tmp_path / ("deep" * 20) / 'o\'clock, "quoted" $HOME'
    # What an earlier start left when it was killed half way is no database.
    (data_dir / "postgresql.new" / "cluster").mkdir(parents=True)
    server = embedded.start(data_dir)
    assert ask(server, "select 1") == 1
    assert mode(Path(server.host)) == 0o700
    assert embedded.is_running(data_dir)
    assert embedded.stop(data_dir)
    assert not Path(server.host).exists()
    assert not embedded.is_running(data_dir)
    assert not embedded.stop(data_dir)


@pytest.mark.parametrize(
    ("written_by", "sentence"),
    [("17", "written by PostgreSQL 17.*pg_dump 17"), (None, "holds no database")],
)
def test_a_folder_of_another_kind_is_refused_with_what_to_do(
    tmp_path: Path, written_by: str | None, sentence: str
) -> None:
    cluster = tmp_path / "postgresql" / "cluster"
    cluster.mkdir(parents=True)
    if written_by:
        (cluster / "PG_VERSION").write_text(f"{written_by}\n")
    with pytest.raises(Unavailable, match=sentence):
        embedded.start(tmp_path)


def test_a_database_that_cannot_open_says_where_to_look(tmp_path: Path) -> None:
    embedded.start(tmp_path)
    assert embedded.stop(tmp_path)
    (tmp_path / "postgresql" / "cluster" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(Unavailable, match=r"ended while starting.*More may be in"):
        embedded.start(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be used: Not a directory"):
        embedded.start(tmp_path / "file" / "var")
    assert not embedded.is_running(tmp_path / "nowhere")
    assert not embedded.stop(tmp_path / "nowhere")
