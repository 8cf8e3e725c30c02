"""Standard input and output as JSON lines, in one loop with whatever else is to be waited for."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import selectors
import signal
import socket
import time

from .clock import AwakeClock
from .connection import wait_for_slow_reader

CHUNK = 64 * 1024
# Above this much unsent output, files are left to wait; what ranks report is never dropped.
BACKLOG_BYTES = 8 * 1024 * 1024
# Once nobody is known to read, a reader that takes nothing for this long is not waited for.
READER_SECONDS = 5.0


class Wire:
    """The other side of standard input and output. Everything happens in one thread.

    `obey` gets every order, `misunderstood` the error of one that is none. `lost` is called once, when the other side is gone:
    one of both is closed.
    """

    def __init__(self, clock: AwakeClock, obey=None, misunderstood=None, lost=None) -> None:
        self._clock = clock
        self._obey, self._misunderstood, self._lost = obey, misunderstood, lost
        # poll, not epoll: standard input may be a file or /dev/null.
        self.selector = selectors.PollSelector()
        # Whether the other side is there, as far as we know.
        self.connected = obey is not None
        # Nothing is sent any more.
        self.muted = False
        self.heard_at = clock.now()
        self._input = b""
        self._waiting: collections.deque[bytes] = collections.deque()
        self._size = self._sent = 0
        self._moved_at = time.monotonic()
        os.set_blocking(1, False)
        if obey is not None:
            self.selector.register(0, selectors.EVENT_READ, self._read)

    def on_signals(self, numbers, handle) -> None:
        """From now on `handle` gets the number of each of these signals, in the loop."""
        self._wakeup, wakeup = socket.socketpair()
        self._wakeup.setblocking(False)
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        self._wakeup_writer = wakeup
        for number in numbers:
            signal.signal(number, lambda *_: None)
        self.selector.register(self._wakeup, selectors.EVENT_READ, lambda: [handle(n) for n in self._wakeup.recv(4096)])

    def turn(self, wait: float) -> None:
        """Waits at most so many seconds for something to happen, and has it dealt with."""
        for key, _ in self.selector.select(wait):
            key.data()

    def silence(self) -> float:
        """Seconds since something was heard, without those in which this process could not listen."""
        return self._clock.now() - self.heard_at

    # — out —

    def send(self, document: dict) -> None:
        self.send_line(json.dumps(document).encode() + b"\n")

    def send_line(self, line: bytes) -> None:
        if not self.muted:
            self._waiting.append(line)
            self._size += len(line)
            self._flush()

    def has_room(self) -> bool:
        return self._size <= BACKLOG_BYTES

    def mute(self) -> None:
        self.muted = True
        self._clear()
        self._wait_for_writing()

    def has_reader(self) -> bool:
        """With the connection a reader may take its time; without, one that takes nothing is not waited for."""
        return self.connected or time.monotonic() - self._moved_at < READER_SECONDS

    def wait_for_slow_reader(self) -> None:
        """Of a batch job's connection, which breaks by itself as long as the run is held."""
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(0)) as connection:
            wait_for_slow_reader(connection)

    def drain(self, tick: float) -> None:
        """At the end: until everything is sent, or nobody takes it."""
        while self._waiting and self.has_reader():
            self.turn(tick)

    def _flush(self) -> None:
        try:
            while self._waiting:
                self._sent += os.write(1, memoryview(self._waiting[0])[self._sent :])
                self._moved_at = time.monotonic()
                if self._sent == len(self._waiting[0]):
                    self._size -= len(self._waiting.popleft())
                    self._sent = 0
        except BlockingIOError:
            pass
        except OSError:
            self._clear()
            self._disconnect()
        self._wait_for_writing()

    def _clear(self) -> None:
        self._waiting.clear()
        self._size = self._sent = 0

    def _wait_for_writing(self) -> None:
        registered = 1 in self.selector.get_map()
        if self._waiting and not registered:
            self.selector.register(1, selectors.EVENT_WRITE, self._flush)
        elif not self._waiting and registered:
            self.selector.unregister(1)

    # — in —

    def _read(self) -> None:
        data = read(0)
        if data is None:
            return
        if not data:
            self.selector.unregister(0)
            self._disconnect()
            return
        self.heard_at = self._clock.now()
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            try:
                self._obey(json.loads(line.decode()))
            except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
                self._misunderstood(f"{type(error).__name__}: {error}")

    def _disconnect(self) -> None:
        if self.connected:
            self.connected = False
            self._lost()


def read(descriptor: int) -> bytes | None:
    """Returns what is there: b"" at the end, None when there is nothing yet."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""
