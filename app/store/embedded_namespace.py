"""Runs a command under a user id that is not 0, inside a user namespace; run as a script.

Arguments: the id to be seen inside, then the command. Files stay owned by whoever runs this, and
nobody else gains anything: the command even loses root's power to pass over permissions.
https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def main(inside: str, command: list[str]) -> None:
    """Does not return: gives way to the command. Raises OSError where namespaces are refused."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    # A group map may be written only once setgroups(2) is given up.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {group} 1")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
