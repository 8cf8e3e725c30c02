"""Time in which this process has been running."""

from __future__ import annotations

import time

from .contract import seconds


class AwakeClock:
    """A monotonic clock (seconds) that stands still while this process is stopped or suspended.

    It is read in every turn of a loop, at least once a second: a longer gap between two readings is a pause of our own, in which
    nothing could be heard and nobody else can be called silent.
    """

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._paused = 0.0

    def now(self) -> float:
        at = time.monotonic()
        if at - self._last > seconds.own_pause:
            self._paused += at - self._last
        self._last = at
        return at - self._paused
