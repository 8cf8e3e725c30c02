"""The connection of one rank to its node's agent: JSON lines over a Unix socket.

While the run is held, what is said arrives before the rank goes on, and losing the agent ends the rank: nobody would be left to
stop it. After release a thread of its own does the talking: a slow or lost agent never makes the training wait.
"""

from __future__ import annotations

import collections
import json
import os
import socket
import threading
import time

from .contract import exit_codes

UNWATCHED = exit_codes.unverified
# A rank that reported something fatal waits for the agent to end the whole job; this long, should the agent not come.
PARK_SECONDS = 10.0
# After release: how often the thread looks for something to say, how much may wait, and how long the end of the rank waits.
PAUSE_SECONDS = 0.2
BACKLOG = 2_000
FLUSH_SECONDS = 2.0


class Channel:
    """`released` is set once the launcher has released the run."""

    def __init__(self, path: str) -> None:
        self.rank: int | None = None
        self._path = path
        self._pid: int | None = None
        self.released = threading.Event()
        self._lost = threading.Event()
        self._lock = threading.Lock()
        self._waiting: collections.deque = collections.deque()
        self._wake = threading.Event()
        self._writing = False

    @property
    def connected(self) -> bool:
        """Whether this process, or the one that it was forked from, is a rank."""
        return self._pid is not None

    def abandon(self) -> None:
        """In a forked child: whatever still waits is the rank's to say, whose threads are not here."""
        self._waiting = collections.deque()
        self._writing = False

    def connect(self, rank: int, **hello) -> None:
        """Makes this process the rank of that number, and says so."""
        self.rank, self._pid = rank, os.getpid()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(self._path)
        self._listener = threading.Thread(target=self._listen, name="rampcheck", daemon=True)
        self._listener.start()
        self.send("hello", pid=self._pid, **hello)

    def send(self, type_: str, **fields) -> None:
        """Sends one event. A lost agent is no error after release, and the end of the rank before."""
        if os.getpid() != self._pid:
            # Not connected; or a child that the rank has forked (a data-loader worker), which speaks for nobody.
            return
        event = {"type": type_, "rank": self.rank, "time": time.time_ns(), **fields}
        if self.released.is_set():
            # Serialised and sent by the other thread. Steps, and nothing else, are dropped when nobody takes them.
            waiting = len(self._waiting)
            if waiting < BACKLOG or type_ != "step":
                self._waiting.append(event)
            if waiting > BACKLOG // 4:
                self._wake.set()
            return
        try:
            self._write([event])
        except OSError:
            # Whether it had released the run before it went is still to be read.
            self._listener.join(PARK_SECONDS)
            self._agent_is_gone()

    def park(self, code: int) -> None:
        """Waits for the agent to end this process, and ends it itself when the agent does not. Never returns."""
        self._lost.wait(PARK_SECONDS)
        os._exit(code)

    def flush(self) -> None:
        """At the end of the rank: what is still to be said after release is said, within a bound."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while (self._waiting or self._writing) and not self._lost.is_set() and time.monotonic() < deadline:
            time.sleep(0.005)

    def _write(self, events) -> None:
        lines = "".join(json.dumps(event) + "\n" for event in events)
        with self._lock:
            self._socket.sendall(lines.encode())

    def _listen(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    if json.loads(line).get("type") == "released" and not self.released.is_set():
                        self.released.set()
                        threading.Thread(target=self._write_waiting, name="rampcheck-writer", daemon=True).start()
        except (OSError, ValueError):
            pass
        self._agent_is_gone()

    def _write_waiting(self) -> None:
        while not self._lost.is_set():
            # Set `_writing` before emptying the queue, so that flush() cannot return while a batch is in flight.
            self._writing = True
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                if events:
                    self._write(events)
            except (OSError, ValueError, TypeError):
                return
            finally:
                self._writing = False
            self._wake.wait(PAUSE_SECONDS)
            self._wake.clear()

    def _agent_is_gone(self) -> None:
        self._lost.set()
        self._wake.set()
        self._waiting.clear()
        if not self.released.is_set():
            os._exit(UNWATCHED)
