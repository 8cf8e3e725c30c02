"""The connection of one rank to its node's agent: JSON lines over a Unix socket.

While the run is held, losing the agent ends the rank: nobody would be left to stop it. After release it means nothing.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time

UNWATCHED = 94
# A rank that reported something fatal waits for the agent to end the whole job; this long, should the agent not come.
PARK_SECONDS = 10.0


class Channel:
    """Connects on construction. `released` is set once the launcher has released the run."""

    def __init__(self, path: str, rank: int) -> None:
        self.rank = rank
        self._pid = os.getpid()
        self.released = threading.Event()
        self._lost = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._listener = threading.Thread(target=self._listen, name="rampcheck", daemon=True)
        self._listener.start()

    def send(self, type_: str, **fields) -> None:
        """Sends one event. A lost agent is no error after release, and the end of the rank before."""
        if os.getpid() != self._pid:
            # A child that the rank has forked (a data-loader worker) inherits all of this and speaks for nobody.
            return
        line = json.dumps({"type": type_, "rank": self.rank, "time": time.time_ns(), **fields})
        try:
            with self._lock:
                self._socket.sendall(line.encode() + b"\n")
        except OSError:
            # Whether it had released the run before it went is still to be read.
            self._listener.join(PARK_SECONDS)
            self._agent_is_gone()

    def park(self, code: int) -> None:
        """Waits for the agent to end this process, and ends it itself when the agent does not. Never returns."""
        self._lost.wait(PARK_SECONDS)
        os._exit(code)

    def _listen(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    if json.loads(line).get("type") == "released":
                        self.released.set()
        except (OSError, ValueError):
            pass
        self._agent_is_gone()

    def _agent_is_gone(self) -> None:
        self._lost.set()
        if not self.released.is_set():
            os._exit(UNWATCHED)
