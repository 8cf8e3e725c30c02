"""The guardian: the agent's parent process. It ends the job, and says so, if the agent cannot.

As the parent it is handed whatever a killed agent leaves behind. It stays in the agent's process group.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import time

from .clock import AwakeClock
from .contract import seconds, words
from .journal import Journal, last_number
from .launcher import be_subreaper, signal_when_parent_dies
from .processes import children_of, send_signal, signal_name
from .pursuit import TICK, Pursuit
from .shared_memory import SharedMemory, segments_noted_in
from .wire import CHUNK, Wire

# The signal by which the agent learns that its guardian was ended.
GUARDIAN_GONE = signal.SIGUSR1
# A held run does not wait longer for an agent that hangs.
HANG_SECONDS = 10.0
# What the agent tells its guardian, besides the handover message (one JSON line).
ALIVE, RELEASED = b".", b"r"


class Guardian:
    """The agent's side: what its guardian must know, should the agent be killed."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def tell_alive(self) -> None:
        self._tell(ALIVE)

    def tell_released(self) -> None:
        self._tell(RELEASED)

    def hand_over(self, directory: str, grace: float, marks: set[bytes], began_at: float) -> None:
        names = [os.fsdecode(mark) for mark in marks]
        message = {"directory": directory, "grace": grace, "marks": names, "began_at": began_at}
        self._tell(json.dumps(message).encode() + b"\n")

    def _tell(self, text: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._pipe, text)


def begin_guard() -> Guardian:
    """Splits in two: returns in the agent. The guardian, which is the parent, ends with the agent's exit code."""
    spared = children_of(os.getpid())
    be_subreaper()
    reader, writer = os.pipe()
    parent = os.getpid()
    agent = os.fork()
    if agent == 0:
        os.close(reader)
        signal_when_parent_dies(GUARDIAN_GONE)
        if os.getppid() != parent:
            os._exit(1)
        os.set_blocking(writer, False)
        return Guardian(writer)
    os.close(writer)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: send_signal(agent, number))
    heard = listen_to_agent(reader, agent)
    status = os.waitstatus_to_exitcode(os.waitpid(agent, 0)[1])
    if status < 0:
        finish_for_dead_agent(heard, signal_name(-status), spared)
    os._exit(status if status >= 0 else 128 - status)


def listen_to_agent(reader: int, agent: int) -> bytes:
    """Returns all that the agent has sent, up to its end. One that hangs while the run is held is ended."""
    heard = b""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    clock = AwakeClock()
    heard_at = clock.now()
    while True:
        ready = poll.poll(seconds.alive * 1000)
        now = clock.now()
        if ready:
            data = os.read(reader, CHUNK)
            if not data:
                return heard
            heard_at = now
            heard += data.replace(ALIVE, b"") if b"{" not in data else data
        elif b"{" in heard and not heard.endswith(RELEASED) and now - heard_at > HANG_SECONDS:
            send_signal(agent, signal.SIGKILL)


def finish_for_dead_agent(heard: bytes, cause: str, spared: set[int]) -> None:
    """Does what the agent would have done: ends the job, and says so."""
    handover: dict | None = None
    with contextlib.suppress(ValueError):
        handover = json.loads(heard[heard.index(b"{") : heard.index(b"\n") + 1])
    wire = Wire(AwakeClock())
    memory, marks, grace = SharedMemory(time.time()), set(), 0.0
    # "ready" is the first event, and all that an agent without a folder can have sent.
    journal = Journal(wire, 1)
    kept = False
    if handover is not None:
        directory, grace = handover["directory"], handover["grace"]
        marks = {os.fsencode(mark) for mark in handover["marks"]}
        memory = SharedMemory(handover["began_at"], segments_noted_in(directory))
        journal = Journal(wire, last_number(directory))
        # A released run that nobody watches: how it ended is stored for a process that reattaches.
        kept = heard.endswith(RELEASED) and not has_lease()
        if kept:
            journal.go_on(directory)
    wire.send_line(words.taken_back.encode() + b"\n")
    journal.write("fault", message=f"its agent was ended by {cause}")
    pursuit = Pursuit(marks, memory, spared)
    pursuit.stop(grace)
    while not pursuit.turn():
        wire.turn(TICK)
    if handover is not None and not kept:
        shutil.rmtree(handover["directory"], ignore_errors=True)
    took = pursuit.seconds()
    memory.free()
    journal.write("gone", **pursuit.result(), seconds=took)
    wire.drain(TICK)


def has_lease() -> bool:
    """Whether somebody still holds the other end of standard input."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    events = dict(poll.poll(0)).get(0, 0)
    return not events & select.POLLHUP
