"""The coordinator's side of the network: who connects, until they have shown that they belong to the job.

The port is open to the whole cluster network. Whatever a stranger sends, however much, however slowly and from however many
connections, costs that connection and nothing else.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import selectors
import socket
from collections.abc import Callable

from .connection import keep_alive, reset
from .contract import ports
from .link import HANDSHAKE_LINE, HANDSHAKE_SECONDS, proof

CHUNK = 64 * 1024
# Connections at a time that have not shown that they belong to the job, beyond one for every node. A new one replaces the oldest.
MOST_STRANGERS = 128
# So many connections are taken in before anything else has its turn.
AT_ONCE = 64


def listen(port: int) -> socket.socket:
    """The first free port of a few: two jobs on one node may have neighbouring numbers. Raises OSError when none is free."""
    for candidate in range(port, port + ports.tried):
        listener = socket.socket(socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET)
        with contextlib.suppress(OSError):
            if listener.family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("", candidate))
            listener.listen(1024)
            return listener
        listener.close()
    raise OSError(f"no port of {port} to {port + ports.tried - 1} is free")


class Link:
    """One connection of JSON lines that never blocks. `on_line` gets every line, `on_end` is called once when it is lost."""

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector, longest_line: int) -> None:
        self.connection, self._selector = connection, selector
        self.longest_line: int | None = longest_line
        self.on_line: Callable[[bytes], None] = lambda line: None
        self.on_end: Callable[[], None] = lambda: None
        self.is_open = True
        self._in = self._out = b""
        connection.setblocking(False)
        keep_alive(connection)
        selector.register(connection, selectors.EVENT_READ, self._turn)

    def send(self, document: dict) -> None:
        """Sends what is taken now, and the rest when it is taken."""
        self._out += json.dumps(document).encode() + b"\n"
        try:
            if self.is_open:
                self._flush()
        except OSError:
            # Reading finds its end.
            self._out = b""

    def close(self, hard: bool = False) -> None:
        """`hard`: the other side must not take it for a good end."""
        if self.is_open:
            self.is_open = False
            self._selector.unregister(self.connection)
            reset(self.connection) if hard else self.connection.close()

    def _turn(self, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                self._read()
            if self.is_open:
                self._flush()
        except OSError:
            self._end()

    def _end(self) -> None:
        if self.is_open:
            self.close()
            self.on_end()

    def _read(self) -> None:
        for _ in range(16):
            try:
                data = self.connection.recv(CHUNK)
            except BlockingIOError:
                return
            if not data:
                self._end()
                return
            *lines, self._in = (self._in + data).split(b"\n")
            for line in lines:
                self._take(line)
            if self.longest_line is not None and len(self._in) > self.longest_line:
                self._end()
            if not self.is_open:
                return

    def _take(self, line: bytes) -> None:
        if self.longest_line is not None and len(line) > self.longest_line:
            self._end()
        if self.is_open:
            self.on_line(line)

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._out:
                self._out = self._out[self.connection.send(self._out) :]
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        if self._selector.get_key(self.connection).events != mask:
            self._selector.modify(self.connection, mask, self._turn)


class Stranger:
    """A connection that has not yet shown that it belongs to the job."""

    def __init__(self, link: Link, since: float) -> None:
        self.link, self.since = link, since
        self.nonce = secrets.token_hex(16)
        self.role: str | None = None
        self.node = 0


class Reception:
    """`admit(link, role, node)` takes over a connection that has proven who it is, or raises ValueError."""

    def __init__(self, listener: socket.socket, selector: selectors.BaseSelector, clock, token: bytes, nodes: int, admit) -> None:
        self._listener, self._selector, self._clock = listener, selector, clock
        self._token, self._nodes, self._admit = token, nodes, admit
        # In the order in which they came.
        self._strangers: dict[Link, Stranger] = {}
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ, lambda mask: self._accept())

    def look(self) -> None:
        """Drops connections that take too long."""
        for stranger in list(self._strangers.values()):
            if self._clock.now() - stranger.since > HANDSHAKE_SECONDS:
                self._give_up(stranger)

    def close(self) -> None:
        for stranger in list(self._strangers.values()):
            self._give_up(stranger)

    def _accept(self) -> None:
        # Besides the end of the queue: a connection that is gone already, or no file descriptor left for it.
        with contextlib.suppress(OSError):
            for _ in range(AT_ONCE):
                connection, _ = self._listener.accept()
                self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        if len(self._strangers) >= MOST_STRANGERS + self._nodes:
            self._give_up(next(iter(self._strangers.values())))
        try:
            link = Link(connection, self._selector, HANDSHAKE_LINE)
        except OSError:
            connection.close()
            return
        stranger = self._strangers[link] = Stranger(link, self._clock.now())
        link.on_line = lambda line: self._hear(stranger, line)
        link.on_end = lambda: self._give_up(stranger)

    def _give_up(self, stranger: Stranger) -> None:
        self._strangers.pop(stranger.link, None)
        stranger.link.close()

    def _hear(self, stranger: Stranger, line: bytes) -> None:
        try:
            document = json.loads(line)
            if stranger.role is None:
                self._greet(stranger, document)
            else:
                self._welcome(stranger, document)
        except Exception:
            # A RecursionError, an OverflowError: nobody can list what a stranger's bytes may raise.
            self._give_up(stranger)

    def _greet(self, stranger: Stranger, document: dict) -> None:
        role, node, nonce = document["role"], document["node"], document["nonce"]
        if role not in ("agent", "control") or type(node) is not int or type(nonce) is not str:
            raise ValueError("no hello of ours")
        if role == "agent" and not 0 <= node < self._nodes:
            raise ValueError("there is no such node")
        stranger.role, stranger.node = role, node
        answer = proof(self._token, "coordinator", node, nonce)
        stranger.link.send({"nonce": stranger.nonce, "proof": answer})

    def _welcome(self, stranger: Stranger, document: dict) -> None:
        expected = proof(self._token, stranger.role, stranger.node, stranger.nonce)
        if not hmac.compare_digest(str(document["proof"]).encode(), expected.encode()):
            raise ValueError("a wrong proof")
        link = stranger.link
        link.longest_line = None
        self._admit(link, stranger.role, stranger.node)
        del self._strangers[link]
