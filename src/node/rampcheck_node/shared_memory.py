"""Shared memory (/dev/shm) of a run: noted while its processes live, taken back when they were killed."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import typing

from .contract import files
from .processes import read_stats

SHARED_MEMORY = b"/dev/shm/"
# So long the run's end waits for shared memory to be found before it, and to be taken back after it (seconds).
NOTING_SECONDS, FREEING_SECONDS = 0.25, 2.0
# A file's times are taken from a clock that stands still for up to so long (seconds).
CLOCK_TICK = 0.01


class Segment(typing.NamedTuple):
    """A file in memory that processes share (shm_open: DeepSpeed's CPU collectives, NCCL, multiprocessing).

    Known by its inode: under the same name another run may have made its own by now.
    """

    device: int
    inode: int
    path: bytes

    def free(self, since: float) -> None:
        """Unlinks it if it is ours and younger than the run: data that somebody has put there before is not the run's."""
        with contextlib.suppress(OSError):
            status = os.lstat(self.path)
            same = (status.st_dev, status.st_ino) == (self.device, self.inode)
            if same and status.st_uid == os.getuid() and status.st_ctime >= since - CLOCK_TICK:
                os.unlink(self.path)


class SharedMemory:
    """The segments of a run that began at `since` (seconds since the epoch).

    With a `directory` they are also written down there, for the process that ends the run if its agent cannot: ranks that lose
    their agent are gone before anybody can look at them.
    """

    def __init__(self, since: float, segments: set[Segment] = frozenset()) -> None:
        self.since = since
        self.directory: str | None = None
        self._segments = set(segments)
        self._noting = threading.Thread()

    def add(self, *noted: set[Segment]) -> None:
        self._segments.update(*noted)

    def note(self, pids, wait: float = 0.0) -> None:
        """Looks, in the background, at what these processes have mapped; waits at most `wait` seconds for it."""
        segments, directory = self._segments, self.directory
        pids = list(pids)

        def look() -> None:
            new = set().union(*map(mapped_by, pids)) - segments
            segments.update(new)
            if new and directory is not None:
                _write_down(directory, new)

        # After an earlier look that has not come back, a process is stuck in the kernel: the next one would be too.
        if wait > 0 or not self._noting.is_alive():
            self._noting = in_background(look, wait)

    def note_before_ending(self, pids) -> None:
        self.note(pids, NOTING_SECONDS)

    def forget(self) -> None:
        """What a run leaves when it ends by itself is its own to free."""
        self._segments = set()

    def free(self) -> None:
        """Takes back what a killed process could not: its name would keep it until the machine restarts."""
        segments = self._segments

        def unlink() -> None:
            in_use = set().union(*map(mapped_by, read_stats()))
            for segment in segments - in_use:
                segment.free(self.since)

        if segments:
            in_background(unlink, FREEING_SECONDS)


def mapped_by(pid: int) -> set[Segment]:
    """Returns what a process has mapped of /dev/shm, shared; nothing of one that is not ours to look at."""
    found = set()
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as file:
        for line in file:
            # address permissions offset major:minor inode path
            words = line.rstrip(b"\n").split(None, 5)
            if len(words) == 6 and words[5].startswith(SHARED_MEMORY) and words[1].endswith(b"s"):
                major, minor = (int(number, 16) for number in words[3].split(b":"))
                found.add(Segment(os.makedev(major, minor), int(words[4]), words[5]))
    return found


def segments_noted_in(directory: str) -> set[Segment]:
    found = set()
    # A line that a full disk has cut short is the last.
    with contextlib.suppress(OSError, ValueError), open(os.path.join(directory, files.memory), encoding="ascii") as file:
        for line in file:
            device, inode, path = json.loads(line)
            found.add(Segment(device, inode, os.fsencode(path)))
    return found


def _write_down(directory: str, segments: set[Segment]) -> None:
    with contextlib.suppress(OSError), open(os.path.join(directory, files.memory), "a", encoding="ascii") as file:
        file.writelines(json.dumps([each.device, each.inode, os.fsdecode(each.path)]) + "\n" for each in segments)


def in_background(work, wait: float) -> threading.Thread:
    """Runs in the background and waits at most `wait` seconds: reading /proc/PID/maps blocks if PID is stuck in the kernel."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(wait)
    return thread
