"""Looking at many processes without being held up by one that is stuck in the kernel.

/proc/PID/environ, cmdline and maps block for as long as that process is (a dead file server holds its memory), so they are read
in the background.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

# A process that is not read within this time is stuck, unless the machine is so busy that nothing else was read either.
READING_SECONDS = 0.5
# So long a process that cannot be read counts as one that may be among those that are searched for.
DOUBT_SECONDS = 2.0


class Search:
    """Finds processes by `look`, which takes a pid and returns something true of those that are searched for.

    A process that blocks `look` is skipped until that search has ended.
    """

    def __init__(self, look: Callable[[int], object]) -> None:
        self._look = look
        self._blocked: dict[int, _Looking] = {}

    def find(self, pids: Iterable[int]) -> dict:
        """Returns what `look` has found, by pid."""
        self._blocked = {pid: looking for pid, looking in self._blocked.items() if looking.is_alive()}
        found: dict = {}
        left = [pid for pid in pids if pid not in self._blocked]
        while left:
            looking = _Looking(self._look, left)
            left = [] if looking.finish() else looking.leave()
            if left:
                self._blocked[left.pop()] = looking
            found.update(looking.found)
        return found

    def in_doubt(self) -> bool:
        """Whether a process has blocked so briefly that it may still turn out to be searched for."""
        now = time.monotonic()
        return any(now - looking.since < DOUBT_SECONDS for looking in self._blocked.values())


class _Looking(threading.Thread):
    """Looks at one process after another, from the end of the list: the last one of `_left` is being looked at."""

    def __init__(self, look: Callable[[int], object], pids: list[int]) -> None:
        super().__init__(daemon=True)
        self._look, self._left = look, list(pids)
        self.found: dict = {}
        self.since = time.monotonic()
        self.start()

    def run(self) -> None:
        while self._left:
            found = self._look(self._left[-1])
            if found:
                self.found[self._left[-1]] = found
            self._left.pop()

    def finish(self) -> bool:
        """Waits as long as it goes on. Returns whether all processes have been looked at."""
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
