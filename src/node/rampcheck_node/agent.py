"""The agent: one per node of a run, and the owner of every process of the run on that node.

It starts the node's launcher, passes on what the ranks report, and ends everything when it is ordered to, when the other end of
its standard input is gone (the lease), or when the launcher has ended. It sends "gone" last, when it has verified that no process
of the run is left. Standard library only, Python 3.9 and later, Linux.

Standard input and output are JSON lines; standard error is for its own crash.
    in    {"type": "start", run, node, name, argv, cwd, env, settings, grace, lease}   once, first
          {"type": "release"} · {"type": "stop", grace} · {"type": "kill"} · {"type": "alive"}
          {"type": "signal", number}   to every rank, and to nobody else
    out   ready {pid, python, host} · started {pid, directory} · not_started {reason, errno} · fault {message}
          rank {event: as the rank sent it} · rank_gone {rank, pid, exit, time} · log {rank or null, lines, end}
          exited {code, signal, time} · gone {killed, survivors, seconds} · alive {}
With a lease (seconds; null without a network in between) both sides send "alive" every second, and a held run ends when the other
side has been silent for so long. Every event but `log` and `alive` carries `seq`, its number. The same stands in the agent's
folder (journal.py), and output in files there (`end` is the offset behind what was passed on): follower.py comes back to them.
A byte of argv, cwd or env that is not UTF-8 is a lone surrogate in JSON (0xff is "\\udcff", Python's surrogateescape).
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import signal
import socket
import time

from .clock import AwakeClock
from .contract import seconds
from .control import Control
from .folder import fill_folder, make_folder
from .guardian import GUARDIAN_GONE, Guardian, begin_guard
from .journal import Journal
from .launcher import Launcher, be_subreaper, marks_of
from .output import Output
from .processes import is_stopped, signal_name
from .pursuit import TICK, Pursuit
from .ranks import Ranks
from .shared_memory import SharedMemory
from .wire import Wire

# What outlives its launcher by more than this is an orphan; helpers that see their pipe close need a moment to end by themselves.
ORPHAN_SECONDS = 0.1
# A held run does not wait longer for a process that somebody has stopped.
STOPPED_SECONDS = 10.0


class Agent:
    """The loop's state. Everything happens in one thread."""

    def __init__(self, guardian: Guardian) -> None:
        self._guardian = guardian
        self._clock = AwakeClock()
        self._wire = Wire(self._clock, self._obey, self._fail, self._lose_lease)
        self._journal = Journal(self._wire)
        self._memory = SharedMemory(time.time())
        # Made before anything is started: children from before an exec are not ours to end.
        self._pursuit = Pursuit(set(), self._memory, None, self._clock.now, self._child_ended)
        self._order: dict | None = None
        self._directory: str | None = None
        self._launcher: Launcher | None = None
        self._ranks: Ranks | None = None
        self._control: Control | None = None
        self._output: Output | None = None
        self._grace = 0.0
        self._lease: float | None = None
        self._released = self._over = self._crashed = False
        # The folder stays: a released run was left to itself, and how it went on is still to be read there.
        self._kept = False
        self._looked_at = self._clock.now()
        # Since when each process that a held run needs has been stopped.
        self._stopped: dict[int, float] = {}

    def run(self) -> None:
        forwarded = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        self._wire.on_signals((*forwarded, GUARDIAN_GONE, signal.SIGCHLD), self._handle_signal)
        self._journal.write("ready", pid=os.getpid(), python=platform.python_version(), host=socket.gethostname())
        while not self._over:
            self._wire.turn(TICK)
            self._pursuit.reap()
            if self._output is not None and not self._kept:
                self._output.pass_on()
            self._look_every_second()
            if self._pursuit.begun:
                self._over = self._pursuit.turn()
        self._finish()
        self._wire.drain(TICK)

    def abandon(self) -> None:
        """Our own fault must not leave anything behind: no process that nobody owns."""
        self._crashed = not self._over
        if self._crashed and self._launcher is not None:
            self._pursuit.stop(0)
            self._pursuit.finish()
        if self._crashed:
            self._memory.free()
        # A broken connection may be open on this side for long after the other side has come back on a new one.
        visitors = self._control is not None and self._control.visitors
        if self._directory is not None and not self._kept and not visitors:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _finish(self) -> None:
        """Sends the last output, then the final event."""
        took = self._pursuit.seconds()
        self._pursuit.reap()
        self._drain()
        while not self._kept and not self._pass_on_the_rest() and self._wire.has_reader():
            self._wire.turn(0 if self._wire.has_room() else TICK)
        self._memory.free()
        self._journal.write("gone", **self._pursuit.result(), seconds=took)

    # — every second —

    def _look_every_second(self) -> None:
        """A sign of life to both sides, and a look for one from the launcher and from the ranks."""
        now = self._clock.now()
        if now - self._looked_at < seconds.alive:
            return
        self._looked_at = now
        self._guardian.tell_alive()
        held = not self._released and not self._pursuit.begun
        if not self._released and self._ranks is not None and self._ranks.processes():
            # What a rank has mapped cannot be read once somebody else has ended it.
            self._memory.note(pid for _, pid in self._ranks.processes())
        if self._lease is not None:
            if self._wire.connected:
                self._wire.send({"type": "alive"})
            if held and self._wire.silence() > self._lease:
                self._fail(f"nothing was heard from the launcher for {self._lease:.0f} s")
            elif held:
                self._look_for_stopped(now)

    def _look_for_stopped(self, now: float) -> None:
        needed = {pid: f"rank {number}" for number, pid in (self._ranks.processes() if self._ranks is not None else [])}
        if self._launcher is not None:
            needed[self._launcher.pid] = "the launcher"
        self._stopped = {pid: self._stopped.get(pid, now) for pid in needed if is_stopped(pid)}
        for pid, since in self._stopped.items():
            if now - since > STOPPED_SECONDS:
                self._fail(f"{needed[pid]} has been stopped (SIGSTOP) for {STOPPED_SECONDS:.0f} s")

    # — what comes in —

    def _obey(self, order: dict) -> None:
        kind = order["type"]
        if kind == "start":
            self._start(order)
        elif self._order is None:
            raise ValueError(f"{kind!r} came before 'start'")
        elif kind == "alive":
            pass
        elif kind == "release":
            self._release()
        elif kind == "stop":
            self._pursuit.stop(max(0.0, float(order["grace"])))
        elif kind == "kill":
            self._pursuit.stop(0)
        elif kind == "signal":
            self._ranks.signal(int(order["number"]))
        else:
            raise ValueError(f"unknown order {kind!r}")

    def _start(self, order: dict) -> None:
        if self._order is not None:
            raise ValueError("start: it was started before")
        if not order["argv"]:
            raise ValueError("start: argv is empty")
        self._order, self._grace = order, max(0.0, float(order.get("grace", seconds.held_grace)))
        self._lease = None if order.get("lease") is None else float(order["lease"])
        marks = marks_of(order["run"], order["node"])
        self._pursuit.set_marks(marks)
        self._directory = self._memory.directory = make_folder()
        self._guardian.hand_over(self._directory, self._grace, marks, self._memory.since)
        fill_folder(self._directory, order["settings"])
        self._journal.begin(self._directory)
        selector = self._wire.selector
        self._ranks = Ranks(self._directory, selector, self._journal, lambda: self._fail("a rank reported what is no event"))
        self._control = Control(self._directory, selector, order, self._pursuit.stop)
        self._output = Output(self._directory, self._wire)
        be_subreaper()
        try:
            self._launcher = Launcher(order, self._directory, selector)
        except OSError as error:
            name = os.fsdecode(error.filename or order["argv"][0])
            self._journal.write(
                "not_started", reason=f"{error.strerror}: {name}", errno=errno.errorcode.get(error.errno or 0, "")
            )
            self._pursuit.stop(0)
            return
        self._journal.write("started", pid=self._launcher.pid, directory=self._directory)

    def _release(self) -> None:
        self._released = True
        # From here on only what we end ourselves leaves anything that is ours to free.
        self._memory.forget()
        self._guardian.tell_released()
        self._wire.wait_for_slow_reader()
        self._ranks.release()

    def _child_ended(self, pid: int, status: int) -> None:
        if self._launcher is None or pid != self._launcher.pid:
            return
        self._launcher.ended(status)
        if self._crashed:
            return
        # What the ranks have sent comes first: their errors explain this end.
        self._drain()
        self._output.pass_on()
        code, name = (128 - status, signal_name(-status)) if status < 0 else (status, None)
        self._journal.write("exited", code=code, signal=name, time=time.time_ns())
        if not self._pursuit.begun:
            self._pursuit.stop(self._grace, after=ORPHAN_SECONDS)

    def _handle_signal(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT) or (number == signal.SIGHUP and not self._released):
            self._pursuit.stop(self._grace)
        elif number == GUARDIAN_GONE and not self._released:
            self._fail("the guardian of its agent was ended")

    def _fail(self, message: str) -> None:
        self._journal.write("fault", message=message)
        self._pursuit.stop(0)

    def _lose_lease(self) -> None:
        """Nobody is left on the other side. A released run goes on without them, and keeps what it has to say."""
        if not self._released or self._directory is None:
            self._pursuit.stop(self._grace)
        else:
            self._kept = True
            self._wire.mute()

    # — what is left to read —

    def _drain(self) -> None:
        """Takes in all that ranks and launcher have sent by now."""
        if self._ranks is not None:
            self._ranks.drain()
        if self._launcher is not None:
            self._launcher.drain()

    def _pass_on_the_rest(self) -> bool:
        return self._output is None or self._output.pass_on(last=True)


def main() -> int:
    guardian = begin_guard()
    agent = Agent(guardian)
    try:
        agent.run()
    finally:
        agent.abandon()
    return 0
