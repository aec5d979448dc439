"""Which user id the embedded PostgreSQL runs under; it refuses to run as root.

- An ordinary user: that user.
- Root, and user namespaces are allowed: root's own id, seen inside the namespace as another. No
  file changes hands, so this also works below a folder that is closed to everyone else.
- Root, and they are refused: the system account `whatmatters-db`, made when absent.
- Root, and there is a cluster already: whoever owns it.

https://www.postgresql.org/docs/18/postgres-user.html
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import Unavailable

ACCOUNT_NAME = "whatmatters-db"
NOBODY = 65534
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who a command runs as; in_namespace: the id is hidden behind another one."""

    uid: int
    gid: int
    in_namespace: bool = False

    def run(
        self,
        command: Sequence[str | Path],
        *,
        text: str = "",
        environment: Mapping[str, str] | None = None,
        keep_open: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs to the end, in a session of its own; `text` is its input, `keep_open` is handed on.

        The environment is a bare one: no setting of the service, and no secret, reaches it.
        """
        becomes = self.uid != os.geteuid()
        return subprocess.run(  # noqa: S603 - commands are built here, from our own paths
            [*(_entrance() if self.in_namespace else ()), *command],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=ENVIRONMENT | dict(environment or {}),
            start_new_session=True,
            pass_fds=() if keep_open is None else (keep_open,),
            user=self.uid if becomes else None,
            group=self.gid if becomes else None,
            extra_groups=[] if becomes else None,
        )

    def reaches(self, path: Path) -> bool:
        """Whether this account can be taken at all, and may enter the folder or run the file."""
        try:
            return self.run(["/bin/sh", "-c", 'test -x "$0"', path]).returncode == 0
        except PermissionError:
            return False


def account_for_new(*, namespaces: bool) -> Account:
    """The account for a cluster that does not exist yet."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0 and _has_name(uid):
        return Account(uid, gid)
    hidden = Account(uid, gid, in_namespace=True)
    if namespaces and hidden.reaches(Path("/bin/sh")):
        return hidden
    if uid != 0:
        raise Unavailable(
            f"PostgreSQL cannot be set up by user id {uid}, which has no name on this machine. "
            "Add the id to /etc/passwd, or run as a user that has a name."
        )
    return _account_of_its_own()


def account_for_existing(home: Path, *, namespaces: bool) -> Account:
    """The account that owns the cluster in `home`, which is not running now.

    A cluster made inside a namespace, where namespaces are refused now, goes to the own account.
    """
    owner = (home / "cluster").stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    hidden = Account(0, 0, in_namespace=True)
    if namespaces and hidden.reaches(home / "cluster"):
        return hidden
    account = _account_of_its_own()
    if not account.reaches(home.parent):
        raise Unavailable(
            f"The database in {home} is root's, and this system no longer lets root run it "
            f"(user namespaces are refused, and {home.parent} is closed to other accounts). "
            "Move the data directory to a folder that other accounts may enter."
        )
    give_to(account, home)
    return account


def give_to(account: Account, folder: Path) -> None:
    """Hands a folder and all it holds to the account; follows no links."""
    if account.uid == os.geteuid():
        return
    for path, _, names in os.walk(folder):
        for entry in (path, *(os.path.join(path, name) for name in names)):
            os.chown(entry, account.uid, account.gid, follow_symlinks=False)


def _entrance() -> tuple[str, ...]:
    # initdb looks its user id up by name, so the id seen inside must be one that has a name.
    named = sorted(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid not in (0, NOBODY))
    script = Path(__file__).with_name("embedded_namespace.py")
    return (sys.executable, "-I", "-S", str(script), str(named[0] if named else NOBODY))


def _account_of_its_own() -> Account:
    entry = _entry(ACCOUNT_NAME)
    if entry is None and (useradd := shutil.which("useradd", path=ENVIRONMENT["PATH"])):
        options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        # Two starts may both try; what counts is whether the account is there afterwards.
        subprocess.run([useradd, *options, ACCOUNT_NAME], capture_output=True, check=False)  # noqa: S603
        entry = _entry(ACCOUNT_NAME)
    if entry is None or entry.pw_uid == 0:
        raise Unavailable(
            "PostgreSQL does not run as root. Run this as an ordinary user, allow user namespaces, "
            f"or add a system account called {ACCOUNT_NAME}."
        )
    return Account(entry.pw_uid, entry.pw_gid)


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
