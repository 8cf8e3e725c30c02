"""Finding and ending all processes of a run on one node."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from .processes import children_of, descendants_of, name_of, read_environment, read_stat, read_stats, send_signal
from .search import Search
from .shared_memory import SharedMemory

# How often processes that are being ended are counted again (seconds).
TICK = 0.05
# A process that is still there so long after KILL is stuck in the kernel: it is reported as a survivor.
UNKILLABLE_SECONDS = 8.0


class Pursuit:
    """TERM, a grace, KILL, until two searches in a row find nothing: a process that forks while it is being ended is found by the
    next look.

    A process is the run's when it descends from this process (which must be a subreaper, so that orphans come back to it), or
    when its environment carries all of `marks`. `spared` are children from before the run (by default those of now).
    """

    def __init__(
        self, marks: set[bytes], memory: SharedMemory, spared: set[int] | None = None, clock=time.monotonic, child_ended=None
    ) -> None:
        self.memory = memory
        self.survivors: list[int] = []
        self.kill_at: float | None = None
        self.set_marks(marks)
        self._spared = children_of(os.getpid()) if spared is None else spared
        self._clock = clock
        # Called with (pid, exit code or negative signal) of every child that has ended.
        self._child_ended = child_ended or (lambda pid, code: None)
        self._began_at = self._term_at = 0.0
        self._memory_noted = self._term_sent = False
        self._signalled: set[tuple[int, str]] = set()

    def set_marks(self, marks: set[bytes]) -> None:
        """Once the run is known."""
        self._marks = marks
        self._carriers = Search(lambda pid: marks <= read_environment(pid))

    @property
    def begun(self) -> bool:
        return self.kill_at is not None

    def stop(self, grace: float, after: float = 0.0) -> None:
        """Begins `after` seconds from now: TERM, and KILL `grace` seconds later; KILL alone with 0.

        A later call can only bring it forward.
        """
        now = self._clock()
        if self.kill_at is None:
            self._began_at = now
            self._term_at = self.kill_at = float("inf")
        self._term_at = min(self._term_at, now + after)
        self.kill_at = min(self.kill_at, now + after + grace)

    def turn(self) -> bool:
        """Does what is due now. Returns whether it is over: nothing is left, or nothing that a KILL ends."""
        now = self._clock()
        if self.is_empty() and self.is_empty():
            return True
        if now >= min(self._term_at, self.kill_at) and not self._memory_noted:
            self._memory_noted = True
            self.memory.note_before_ending(self.processes())
        if now >= self.kill_at:
            self._kill_children()
            left = self.processes()
            self._signal(left, signal.SIGKILL)
            if now > self.kill_at + UNKILLABLE_SECONDS:
                # 0 stands for a child that no listing shows.
                self.survivors = list(left) or [0]
                return True
        elif now >= self._term_at and not self._term_sent:
            # Once: what a process starts in order to end properly is not disturbed.
            self._term_sent = True
            self._signal(self.processes(), signal.SIGTERM)
        return False

    def finish(self) -> None:
        """Continues to the end; for a caller that has nothing else to do."""
        while not self.turn():
            time.sleep(TICK)

    def result(self) -> dict:
        """How many processes were sent a signal, and which ones KILL has not ended."""
        survivors = [{"pid": pid, "cmd": name_of(pid)} for pid in self.survivors]
        return {"killed": len(self._signalled), "survivors": survivors}

    def seconds(self) -> float:
        """From the first reason to stop until now."""
        return round(self._clock() - self._began_at, 3)

    def reap(self) -> bool:
        """Takes leave of ended children, orphans of the run among them. Returns whether a child is left."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                self._child_ended(pid, os.waitstatus_to_exitcode(status))
        return False

    def is_empty(self) -> bool:
        """Returns whether no process of the run is left, neither a child nor one that /proc lists.

        A process that forks and exits faster than /proc can be read is in no listing, but it is our child.
        """
        child_left = self.reap() and not self._spared
        return not child_left and not self.processes() and not self._carriers.in_doubt()

    def processes(self) -> dict[int, str]:
        """Live processes of the run, by pid with their start time: a pid alone may be another process by the time of a signal."""
        stats = {pid: stat for pid, stat in read_stats().items() if pid != os.getpid()}
        ours = descendants_of(os.getpid(), stats, self._spared)
        if self._marks:
            ours |= self._carriers.find(pid for pid, stat in stats.items() if stat.alive and pid not in ours).keys()
        return {pid: stats[pid].started for pid in ours if stats[pid].alive}

    def also_end(self, processes: dict[int, str]) -> None:
        """Kills these at once, and counts them: the agent itself is no process of the run."""
        self._signal(processes, signal.SIGKILL)

    def _signal(self, processes: dict[int, str], number: int) -> None:
        for pid, started in processes.items():
            stat = read_stat(pid)
            if stat is not None and stat.started == started:
                self._signalled.add((pid, started))
                send_signal(pid, number)

    def _kill_children(self) -> None:
        """Ends chains of processes that fork and exit: their orphans are our children, found faster than by reading /proc."""
        start = fresh = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() < min(fresh + 0.002, start + TICK) and self.reap():
                with open("/proc/thread-self/children") as file:
                    pids = {int(pid) for pid in file.read().split()} - self._spared
                for pid in pids:
                    # A child keeps its number until it is reaped.
                    os.kill(pid, signal.SIGKILL)
                    stat = read_stat(pid)
                    if stat is not None and (pid, stat.started) not in self._signalled:
                        self._signalled.add((pid, stat.started))
                        fresh = time.monotonic()
