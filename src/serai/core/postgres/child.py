"""Becomes a program of PostgreSQL: `python child.py PARENT SIGNAL USER PROGRAM ...`.

Run as a script, so that the steps between fork and exec happen in a process with one thread.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Drop to USER ('-' keeps the own one), be signalled when PARENT dies, run PROGRAM."""
    parent, death_signal, user, *program = arguments
    if user != "-":
        _become(pwd.getpwnam(user))
    # After the change of user, which clears it.
    _end_with_parent(int(parent), int(death_signal))
    os.umask(0o077)
    os.chdir("/")
    os.execv(program[0], program)


def _become(user: pwd.struct_passwd) -> None:
    os.setgroups(os.getgrouplist(user.pw_name, user.pw_gid))
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _end_with_parent(parent: int, death_signal: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        raise SystemExit("The process that started the database is gone.")


if __name__ == "__main__":
    main(sys.argv[1:])
