"""The ranks of one node: each has a connection to its agent, on which it reports and learns of the release."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import time

from .contract import files
from .exit_status import ExitStatus
from .journal import Journal
from .processes import send_signal
from .wire import read


class Rank:
    """One connection; number and process are known with the first report."""

    def __init__(self, connection: socket.socket) -> None:
        self.exit_status = ExitStatus(connection)
        self.rest = b""
        self.number: int | None = None
        self.pid: int | None = None


class Ranks:
    """`nonsense` is called when a rank has sent what is no event: not from our callback."""

    def __init__(self, directory: str, selector: selectors.BaseSelector, journal: Journal, nonsense) -> None:
        self._selector, self._journal, self._nonsense = selector, journal, nonsense
        self._connections: dict[socket.socket, Rank] = {}
        self._released = False
        self._listener = listen(directory, files.ranks_socket, selector, self.accept)

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                self._connections[connection] = Rank(connection)
                self._selector.register(connection, selectors.EVENT_READ, lambda it=connection: self._read(it))
                if self._released:
                    tell_released(connection)

    def release(self) -> None:
        self._released = True
        for connection in self._connections:
            tell_released(connection)

    def signal(self, number: int) -> None:
        """What the training itself handles (USR2: save, the time is nearly over); launchers would die of it."""
        for _, pid in self.processes():
            send_signal(pid, number)

    def processes(self) -> list[tuple[int, int]]:
        """Rank and pid of those that are known."""
        return [(rank.number, rank.pid) for rank in self._connections.values() if rank.pid is not None]

    def drain(self) -> None:
        """Takes in all that ranks have sent by now."""
        self.accept()
        for connection in list(self._connections):
            while self._read(connection):
                pass

    def _read(self, connection: socket.socket) -> bool:
        """Takes in one piece. Returns whether there may be more."""
        rank = self._connections[connection]
        data = read(connection.fileno())
        if data is None:
            return False
        *lines, rank.rest = (rank.rest + data).split(b"\n")
        for line in lines:
            self._take(line.strip(), rank)
        if not data:
            self._selector.unregister(connection)
            connection.close()
            del self._connections[connection]
            if rank.number is not None:
                exit_status = rank.exit_status.read()
                self._journal.write("rank_gone", rank=rank.number, pid=rank.pid, exit=exit_status, time=time.time_ns())
            rank.exit_status.close()
        return bool(data)

    def _take(self, line: bytes, rank: Rank) -> None:
        event = parse_event(line)
        if event is not None:
            rank.number = event["rank"]
            rank.pid = event["pid"] if isinstance(event.get("pid"), int) else rank.pid
            self._journal.write_rank_event(line)
        elif not self._released:
            # A held run fails closed; a released one is not touched.
            self._nonsense()


def listen(directory: str, name: str, selector: selectors.BaseSelector, accept) -> socket.socket:
    """A Unix socket in the folder, for this user alone."""
    path = os.path.join(directory, name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(1024)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, accept)
    return listener


def tell_released(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.send(b'{"type": "released"}\n')


def parse_event(line: bytes) -> dict | None:
    # Deep lists are a RecursionError.
    with contextlib.suppress(ValueError, RecursionError):
        event = json.loads(line.decode())
        if isinstance(event, dict) and isinstance(event.get("type"), str) and isinstance(event.get("rank"), int):
            return event if event["rank"] >= 0 else None
    return None
