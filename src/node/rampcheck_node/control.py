"""A process that reattaches to a run (follower.py) connects to its agent here: learns the run's secrets, and may end it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket

from .contract import files
from .ranks import listen
from .wire import read


class Control:
    """`stop` is called with the grace that a visitor gives."""

    def __init__(self, directory: str, selector: selectors.BaseSelector, order: dict, stop) -> None:
        self._selector, self._order, self._stop = selector, order, stop
        # They still read in the folder when all is over.
        self.visitors: set[socket.socket] = set()
        self._listener = listen(directory, files.control_socket, selector, self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            # No log may hold them, so every process that writes a log must know them.
            secrets = {"type": "secrets", "env": {**os.environ, **self._order["env"]}, "argv": self._order["argv"]}
            connection.settimeout(1)
            connection.sendall(json.dumps(secrets).encode() + b"\n")
            connection.setblocking(False)
            rest = bytearray()
            self.visitors.add(connection)
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(connection, rest))

    def _read(self, connection: socket.socket, rest: bytearray) -> None:
        data = read(connection.fileno())
        if data == b"":
            self._selector.unregister(connection)
            self.visitors.discard(connection)
            connection.close()
        rest += data or b""
        while b"\n" in rest:
            line, _, left = bytes(rest).partition(b"\n")
            rest[:] = left
            # Nothing but a well-formed end is obeyed here, and nothing else does harm.
            with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
                order = json.loads(line.decode())
                if order["type"] in ("stop", "kill"):
                    self._stop(max(0.0, float(order["grace"])) if order["type"] == "stop" else 0.0)
