"""Work that is due at a time, in a loop."""

from __future__ import annotations

from collections.abc import Callable

from .clock import AwakeClock


class Timers:
    def __init__(self, clock: AwakeClock) -> None:
        self._clock = clock
        self._due: list[tuple[float, Callable[[], None]]] = []

    def after(self, delay: float, work: Callable[[], None]) -> None:
        """Seconds in which this process is stopped do not count."""
        self._due.append((self._clock.now() + delay, work))

    def wait(self, most: float) -> float:
        """Seconds until the next work is due, at most so many."""
        now = self._clock.now()
        return max(0.0, min([most, *(at - now for at, _ in self._due)]))

    def run(self) -> None:
        now = self._clock.now()
        due = [work for at, work in self._due if at <= now]
        self._due = [timer for timer in self._due if timer[0] > now]
        for work in due:
            work()
