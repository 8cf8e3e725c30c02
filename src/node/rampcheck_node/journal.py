"""An agent's numbered events: sent, and stored in its folder for a process that reattaches to a released run."""

from __future__ import annotations

import contextlib
import json
import os

from .contract import files
from .folder import open_private
from .wire import Wire


class Journal:
    def __init__(self, wire: Wire, number: int = 0) -> None:
        """`number` is that of the last event."""
        self._wire, self._number = wire, number
        self._file = None

    def begin(self, directory: str) -> None:
        self._file = open_private(os.path.join(directory, files.events))

    def go_on(self, directory: str) -> None:
        """In the place of an agent that was ended."""
        with contextlib.suppress(OSError):
            self._file = open(os.path.join(directory, files.events), "ab", buffering=0)

    def write(self, kind: str, **fields) -> None:
        self._number += 1
        self._keep(json.dumps({"type": kind, "seq": self._number, **fields}).encode() + b"\n")

    def write_rank_event(self, text: bytes) -> None:
        """As the rank sent it."""
        self._number += 1
        self._keep(b'{"type": "rank", "seq": %d, "event": %s}\n' % (self._number, text))

    def _keep(self, line: bytes) -> None:
        # Stored first: a reader that is killed before reading it finds it there. A full disk costs what would have been kept,
        # never the training.
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.write(line)
        self._wire.send_line(line)


def parse_numbered(line: bytes) -> dict | None:
    """Returns one event of the file; None for what a full disk has cut."""
    with contextlib.suppress(ValueError, RecursionError):
        event = json.loads(line.decode())
        if isinstance(event, dict) and isinstance(event.get("seq"), int):
            return event
    return None


def last_number(directory: str) -> int:
    """Returns the number of the last event that a lost agent has written down."""
    try:
        with open(os.path.join(directory, files.events), "rb") as file:
            return max(event["seq"] for event in map(parse_numbered, file) if event is not None)
    except (OSError, ValueError):
        # It could write nothing down; what is sent from now on must count as new.
        return 1 << 40
