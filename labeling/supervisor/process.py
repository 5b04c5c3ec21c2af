"""Child processes that never outlive their parent."""

import ctypes
import importlib.util
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from labeling.supervisor.faults import Fault

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None, use_errno=True)

Child = subprocess.Popen[bytes]
Farewell = tuple[tuple[signal.Signals, float], ...]  # signals to try in turn, with the seconds to wait after each


def die_with_parent(sign: signal.Signals, parent: int) -> None:
    """Ask the kernel to send this process a signal when its parent's thread ends; safe if it already has."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), sign)


def spawn(
    command: Sequence[str | Path],
    *,
    on_orphan: signal.Signals,
    prepare: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
    output: IO[bytes] | None = None,
) -> Child:
    """Start a child in a session of its own (Ctrl-C reaches the parent alone) that dies with this process.

    Call it from the main thread: the kernel ties the signal to the thread that forked.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if prepare is not None:
            prepare()
        die_with_parent(on_orphan, parent)  # last, since changing the user id clears it

    return subprocess.Popen(
        [str(part) for part in command],
        preexec_fn=before_exec,
        env=None if environment is None else dict(environment),
        pass_fds=tuple(keep_open),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def wheel_folder(package: str) -> Path:
    """Where a package lies, without running its code (the wrappers in these wheels work and warn at import)."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Fault(f"The package {package} is not installed: install requirements.txt.")
    return Path(found.origin).parent


def stop(child: Child, farewell: Farewell) -> None:
    """Ask a child to end by one signal after the other; whatever is left of its group is killed."""
    for sign, patience in farewell:
        if child.poll() is not None:
            break
        child.send_signal(sign)
        try:
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
    kill_group(child)


def kill_group(child: Child) -> None:
    """End a child and all that it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        child.wait()
