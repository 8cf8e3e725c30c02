"""Which processes carry the run's marks in their environment, wherever they were started from."""

from __future__ import annotations

import threading
import time

# A process whose environment is not read within this time is stuck in the kernel, unless the machine is so busy that nothing
# else was read either.
READING_SECONDS = 0.5
# So long a process that cannot be read counts as one that may be the run's.
DOUBT_SECONDS = 2.0


def read_environment(pid: int) -> set[bytes]:
    """Returns what a process was started with (`NAME=value` each); nothing for one that is not ours to look at."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(file.read().split(b"\0"))
    except OSError:
        return set()


class Marks:
    """Finds the processes that carry all of some marks.

    Reading /proc/PID/environ blocks for as long as that process is stuck in the kernel (a dead file server holds its memory), so
    it is done in the background. A process that blocks is left alone until its reading ends.
    """

    def __init__(self, marks: set[bytes]) -> None:
        self.marks = marks
        self._blocked: dict[int, _Reading] = {}

    def find(self, pids: list[int]) -> set[int]:
        if not self.marks:
            return set()
        self._blocked = {pid: reading for pid, reading in self._blocked.items() if reading.is_alive()}
        found: set[int] = set()
        left = [pid for pid in pids if pid not in self._blocked]
        while left:
            reading = _Reading(self.marks, left)
            left = [] if reading.finish() else reading.leave()
            if left:
                self._blocked[left.pop()] = reading
            found |= reading.found
        return found

    def in_doubt(self) -> bool:
        """Whether a process blocks its reader since so short a time that it may still turn out to be the run's."""
        now = time.monotonic()
        return any(now - reading.since < DOUBT_SECONDS for reading in self._blocked.values())


class _Reading(threading.Thread):
    """Reads one process after another, from the end of the list: the last one of `_left` is being read."""

    def __init__(self, marks: set[bytes], pids: list[int]) -> None:
        super().__init__(daemon=True)
        self._marks, self._left = marks, list(pids)
        self.found: set[int] = set()
        self.since = time.monotonic()
        self.start()

    def run(self) -> None:
        while self._left:
            if self._marks <= read_environment(self._left[-1]):
                self.found.add(self._left[-1])
            self._left.pop()

    def finish(self) -> bool:
        """Waits as long as it goes on; returns whether all processes have been read."""
        while self.is_alive():
            before = len(self._left)
            self.join(READING_SECONDS)
            if self.is_alive() and len(self._left) == before:
                return False
        return True

    def leave(self) -> list[int]:
        """Takes away what is not begun, and returns it; the last one is what blocks."""
        left, self._left = self._left, self._left[-1:]
        return left
