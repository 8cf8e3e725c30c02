"""What the launcher and the ranks print: growing files in the agent's folder, passed on line by line."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import time

from .contract import files
from .wire import CHUNK, Wire

# A line without an end is passed on after this time (a prompt, a progress bar), or at this many characters.
PARTIAL_SECONDS, LINE_LENGTH = 0.5, 64 * 1024
RANK_LOG = re.compile(re.escape(files.rank_log).replace(re.escape("{rank}"), r"(\d+)"))


class Output:
    """All output of a folder. `ends` says how far each file has been passed on before, by rank or `launcher`."""

    def __init__(self, directory: str, wire: Wire, ends: dict[str, int] | None = None) -> None:
        self._directory, self._wire, self._ends = directory, wire, ends or {}
        self._tails: dict[str, Tail] = {}

    def pass_on(self, last: bool = False) -> bool:
        """Passes on what is new, while it is taken. Returns whether that was all; with `last`, lines need no end."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self._directory):
                if name not in self._tails:
                    self._find(name)
        return all([self._pass_on(tail, last) for tail in self._tails.values()])

    def _find(self, name: str) -> None:
        match = RANK_LOG.fullmatch(name)
        if match is not None or name == files.launcher_log:
            rank = None if match is None else int(match[1])
            end = self._ends.get("launcher" if rank is None else str(rank), 0)
            self._tails[name] = Tail(os.path.join(self._directory, name), rank, end)

    def _pass_on(self, tail: Tail, last: bool) -> bool:
        for _ in range(16):
            if not self._wire.has_room():
                return False
            lines = tail.read(last)
            if lines is None:
                return True
            if lines:
                self._wire.send({"type": "log", "rank": tail.rank, "lines": lines, "end": tail.end})
        return False


class Tail:
    """A growing file as lines: split at newlines and carriage returns, undecodable bytes replaced.

    `end` is the offset behind the last line passed on, where another Tail can go on.
    """

    def __init__(self, path: str, rank: int | None, end: int = 0) -> None:
        self.rank, self.end = rank, end
        self._file = open(path, "rb", buffering=0)
        self._rest = b""
        self._since = 0.0
        # The last line went out before its end came.
        self._cut = False
        if end > 0:
            self._file.seek(end - 1)
            self._cut = self._file.read(1) not in (b"\n", b"\r")

    def read(self, last: bool = False) -> list[str] | None:
        """Returns the next lines, perhaps none yet; None at the end of the file."""
        data = self._file.read(CHUNK)
        if data:
            return self._split(data)
        if self._rest and (last or time.monotonic() - self._since > PARTIAL_SECONDS):
            whole = len(self._rest) if last else whole_characters(self._rest)
            line, self._rest, self._cut = self._rest[:whole], self._rest[whole:], True
            self.end += whole
            return pieces(line, blank=False)
        return None

    def _split(self, data: bytes) -> list[str]:
        if self._cut:
            # The end of a line that has gone out already.
            found = re.match(rb"\r?\n", data)
            self.end += found.end() if found else 0
            data, self._cut = data[found.end() :] if found else data, False
        fresh = not self._rest
        *whole, rest = (self._rest + data).split(b"\n")
        # A carriage return at the very end may be the first half of a Windows line end.
        done = max(rest.rfind(b"\r", 0, -1) + 1, whole_characters(rest[: len(rest) // LINE_LENGTH * LINE_LENGTH]))
        if fresh or whole or done:
            self._since = time.monotonic()
        self._rest = rest[done:]
        self._cut = done > 0 and not self._rest
        self.end += sum(len(line) + 1 for line in whole) + done
        lines = [piece for line in whole for piece in pieces(line)]
        return lines + (pieces(rest[:done], blank=False) if done else [])


def whole_characters(data: bytes) -> int:
    """How many bytes of it end with a whole UTF-8 character."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    return len(data) - len(decoder.getstate()[0])


def pieces(data: bytes, blank: bool = True) -> list[str]:
    """The steps of a progress bar, and an endless line in parts; an empty line stays one."""
    line = data.decode("utf-8", "replace")
    found = [part[at : at + LINE_LENGTH] for part in line.split("\r") for at in range(0, len(part), LINE_LENGTH)]
    return found or ([""] if blank else [])
