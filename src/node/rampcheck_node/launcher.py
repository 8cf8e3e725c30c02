"""The node's launcher (deepspeed, torchrun, …) as a child of the agent, and its output as a file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess

from .contract import environment, files
from .wire import read

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)
# A rank's identity belongs to one rank: from outside it would make the launcher itself look like one.
IDENTITY = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", environment.rank_pid, environment.trains)


class Launcher:
    """Started with a pipe that its ranks share until each has a file of its own.

    Raises OSError when its program, or the folder that it starts in, is not there or may not be used.
    """

    def __init__(self, order: dict, directory: str, selector: selectors.BaseSelector) -> None:
        self._log = os.path.join(directory, files.launcher_log)
        self._selector = selector
        self._pipe, writer = os.pipe()
        os.set_blocking(self._pipe, False)
        selector.register(self._pipe, selectors.EVENT_READ, self._read)
        agent = os.getpid()
        try:
            self._process = subprocess.Popen(
                [encode(word) for word in order["argv"]],
                cwd=encode(order["cwd"]),
                env=environment_of(order, directory, writer),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
                preexec_fn=lambda: die_with(agent),
            )
        finally:
            os.close(writer)
        self.pid = self._process.pid

    def ended(self, code: int) -> None:
        """Somebody else has waited for it: no number may be waited for twice."""
        self._process.returncode = code

    def drain(self) -> None:
        """Takes in what it has printed by now, within a bound."""
        for _ in range(64):
            if not self._read():
                break

    def _read(self) -> bool:
        """Through a file, like the output of the ranks: a slow reader never makes anybody wait."""
        data = read(self._pipe) if self._pipe is not None else None
        if data == b"":
            self._selector.unregister(self._pipe)
            os.close(self._pipe)
            self._pipe = None
        elif data:
            with contextlib.suppress(OSError), open(self._log, "ab") as file:
                file.write(data)
        return bool(data)


def environment_of(order: dict, directory: str, pipe: int) -> dict[bytes, bytes]:
    """The node's own environment without a rank's identity, what the plan adds, and our marks."""
    env = {name: value for name, value in os.environb.items() if os.fsdecode(name) not in IDENTITY}
    env.update((encode(name), encode(value)) for name, value in order["env"].items())
    status = os.fstat(pipe)
    inject = encode(os.path.join(directory, files.inject))
    previous = env.get(b"PYTHONPATH")
    own = {
        environment.run: order["run"],
        environment.node: order["node"],
        environment.directory: directory,
        environment.pipes: f"{status.st_dev}:{status.st_ino}",
    }
    return {
        **env,
        **{name.encode(): os.fsencode(str(value)) for name, value in own.items()},
        b"PYTHONPATH": inject + b":" + previous if previous else inject,
    }


def marks_of(run: str, node: object) -> set[bytes]:
    """What every process of the run has in its environment."""
    return {f"{environment.run}={run}".encode(), f"{environment.node}={node}".encode()}


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def be_subreaper() -> None:
    """Orphans of our descendants become our children."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def signal_when_parent_dies(number: int) -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def die_with(agent: int) -> None:
    """In the child, before the launcher's program: an agent that is killed takes its launcher with it."""
    signal_when_parent_dies(signal.SIGKILL)
    if os.getppid() != agent:
        os._exit(1)
