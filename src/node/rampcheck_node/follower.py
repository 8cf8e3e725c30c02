"""Comes back to a released run: reads the folder of its agent, and passes orders on to that agent.

It never touches the run by itself: several may follow one run, and each may be killed at any time. It ends with its standard
input. Standard input and output are JSON lines.
    in    {"type": "attach", directory, after: {seq, logs: {"0": end, …, "launcher": end}}, follow, lease}   once, first
          {"type": "stop", grace} · {"type": "kill"} · {"type": "forget"} · {"type": "alive"}
    out   ready {} · secrets {env, argv} · what was missed, in order and once · caught_up {} · what follows, to `gone` · alive {}
The folder is touched by `forget` alone, when all is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import socket

from .clock import AwakeClock
from .contract import files, seconds
from .folder import owners_of
from .journal import parse_numbered
from .output import Output
from .processes import is_same
from .pursuit import TICK
from .wire import CHUNK, Wire

# A stopped agent does not answer. A look waits this long for it (seconds); a follower waits until it continues.
ANSWER_SECONDS = 2.0


class Follower:
    """The loop: signs of life to the other side, and orders from it, once the first one has named the run."""

    def __init__(self) -> None:
        self._clock = AwakeClock()
        self._wire = Wire(self._clock, self._obey, self._fail, self._end)
        self._followed: FollowedRun | None = None
        self._lease: float | None = None
        self._alive_at = self._clock.now()
        self._over = False

    def run(self) -> None:
        self._wire.on_signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), lambda _: self._end())
        ready = {"pid": os.getpid(), "python": platform.python_version(), "host": socket.gethostname()}
        # The first of every agent's events; the numbers after it belong to the agent that is followed.
        self._wire.send({"type": "ready", "seq": 1, **ready})
        while not self._over:
            self._wire.turn(TICK)
            self._look_every_second()
            if self._followed is not None and not self._over:
                self._over = self._followed.turn()
        self._wire.drain(TICK)

    def _look_every_second(self) -> None:
        now = self._clock.now()
        if self._lease is None or now - self._alive_at < seconds.alive:
            return
        self._alive_at = now
        if self._wire.connected:
            self._wire.send({"type": "alive"})
        if self._wire.silence() > self._lease:
            self._end()

    def _obey(self, order: dict) -> None:
        kind = order["type"]
        if self._followed is None:
            if kind != "attach":
                raise ValueError(f"{kind!r} came before 'attach'")
            self._lease = None if order.get("lease") is None else float(order["lease"])
            if not os.path.isdir(str(order["directory"])):
                self._lose(f"nothing of the run is left here: {order['directory']} is gone")
                return
            self._followed = FollowedRun(order, self._wire, self._clock)
        elif kind != "alive":
            self._followed.obey(order)

    def _fail(self, message: str) -> None:
        self._wire.send({"type": "fault", "message": message})
        self._end()

    def _lose(self, message: str) -> None:
        self._wire.send({"type": "fault", "message": message, "run_lost": True})
        self._end()

    def _end(self) -> None:
        self._over = True


class FollowedRun:
    """What became of a run that was left to itself."""

    def __init__(self, order: dict, wire: Wire, clock: AwakeClock) -> None:
        self._directory = str(order["directory"])
        self._after = int(order["after"]["seq"])
        self._follow = bool(order.get("follow", True))
        self._wire = wire
        self._rest = b""
        # The run's last event waits until all output has been read.
        self._last: bytes | None = None
        self._caught_up = self._ended = self._forgotten = False
        self._events = open(os.path.join(self._directory, files.events), "rb", buffering=0)
        ends = {str(name): int(end) for name, end in order["after"]["logs"].items()}
        self._output = Output(self._directory, wire, ends)
        self._agent = self._connect()
        # The agent's first line names what must be masked: until it is here, no output is passed on.
        self._answer = b""
        self._answered = self._agent is None
        self._clock, self._asked_at = clock, clock.now()

    def _connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            connection.connect(os.path.join(self._directory, files.control_socket))
        except OSError:
            return None
        return connection

    def _read_answer(self) -> None:
        """Takes in what the agent has answered so far. One that ends before it has answered never will."""
        try:
            data = self._agent.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._answer += data
        if self._answer.endswith(b"\n"):
            self._wire.send_line(self._answer)
        self._answered = not data or self._answer.endswith(b"\n")

    def turn(self) -> bool:
        """Passes on what is new. Returns whether it is over."""
        if not self._answered:
            self._read_answer()
        alive = self._is_alive()
        if not self._answered and alive:
            return not self._follow and self._clock.now() - self._asked_at > ANSWER_SECONDS
        at_end = self._read_events()
        if self._ended:
            # The other side has read everything now, and sends `forget` if it needs the folder no more.
            return self._forgotten
        at_end = self._output.pass_on(last=self._last is not None or not alive) and at_end
        if not at_end:
            return False
        if self._last is not None:
            self._wire.send_line(self._last)
            self._ended = True
            return False
        if not self._caught_up:
            self._caught_up = True
            self._wire.send({"type": "caught_up"})
        if not alive:
            self._wire.send({"type": "fault", "message": "its agent was lost", "run_lost": True})
            return True
        return not self._follow

    def obey(self, order: dict) -> None:
        if order["type"] in ("stop", "kill"):
            # An agent that is gone has nothing left to stop.
            with contextlib.suppress(OSError):
                if self._agent is not None:
                    self._agent.sendall(json.dumps(order).encode() + b"\n")
        elif order["type"] == "forget":
            if self._ended:
                self._forgotten = True
                shutil.rmtree(self._directory, ignore_errors=True)
        else:
            raise ValueError(f"unknown order {order['type']!r}")

    def _is_alive(self) -> bool:
        """Whether the agent lives, or the guardian that ends the job in its place."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return any(is_same(pid, started) for pid, started in owners_of(self._directory))
        return False

    def _read_events(self) -> bool:
        """Passes on what the agent has sent since. Returns whether that was all."""
        if not self._wire.has_room():
            return False
        data = self._events.read(CHUNK)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            event = parse_numbered(line)
            if event is None or event["seq"] <= self._after:
                continue
            if event["type"] == "gone":
                self._last = line + b"\n"
            else:
                self._wire.send_line(line + b"\n")
        return len(data) < CHUNK


def main() -> int:
    Follower().run()
    return 0
