"""As whom PostgreSQL runs: it refuses root, so root lends it another account."""

import ctypes
import os
import pwd
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from labeling.supervisor.faults import Fault
from labeling.supervisor.process import LIBC

SERVER_USERS = ("postgres", "emerald")
# linux/prctl.h and linux/capability.h
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody else for an ordinary user, another account for root, made if need be."""
    if os.geteuid() != 0:
        return None
    for name in SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    try:
        subprocess.run(["useradd", "--system", "--no-create-home", SERVER_USERS[-1]], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Fault("PostgreSQL refuses to run as root: run as an ordinary user, or add a user 'postgres'.") from error
    return pwd.getpwnam(SERVER_USERS[-1])


def own(folder: Path) -> None:
    """Make a folder that the server alone may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    user = server_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)


def becoming(paths: list[Path]) -> Callable[[], None] | None:
    """The step before exec that turns root into the server's user, still able to reach the paths; None if not root."""
    user = server_user()
    if user is None:
        return None
    shut = not all(_may_pass(user, folder) for path in paths for folder in path.resolve().parents)

    def become() -> None:
        if shut:
            LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        if shut:
            _keep_right_of_way()

    return become


def _may_pass(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether a user may walk through a folder."""
    status = folder.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _keep_right_of_way() -> None:
    """Keep the one capability that lets a server below root's private home reach its files; containers may lack it."""
    header = _Header(CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)()
    LIBC.capget(ctypes.byref(header), sets)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        bit = 1 << capability
        if sets[0].permitted & bit:
            sets[0].effective = sets[0].permitted = sets[0].inheritable = bit
            sets[1].effective = sets[1].permitted = sets[1].inheritable = 0
            LIBC.capset(ctypes.byref(header), sets)
            LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            return
