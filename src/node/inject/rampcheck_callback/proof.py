"""What one optimizer has shown while the run is held, and the word that says it is enough: `proven`, once per training."""

from __future__ import annotations

from .expected import FIRST_STEPS
from .hold import LEAST, hold_steps

# How much of the future a projection has shown: none of it, as far as it has come, all of it up to the end of the curve.
NONE, PARTIAL, COMPLETE = "none", "partial", "complete"
# Two groups follow the same curve, each scaled by its own base, when they agree at so many places.
PLACES = 64


class Proof:
    """Counts updates that used what was expected. A training that has left its curve once is never proven."""

    def __init__(self, channel, number: int, hold="auto") -> None:
        self.channel = channel
        self.number = number
        self.hold = hold
        # N; None until it is known whether there is a projection.
        self.needed: int | None = None
        self.shown = 0
        self.failed = self.said = False

    def decide(self, intent, start: int, projection: bool, training: dict, epoch) -> None:
        """Decides how many steps are needed, and tells it."""
        steps, mode = self._needed(intent, start, projection, training, epoch)
        self.needed = steps
        self.channel.send("hold", optimizer=self.number, steps=steps, mode=mode)

    def _needed(self, intent, start: int, projection: bool, training: dict, epoch) -> tuple[int, str]:
        # A loop of the script's own may not know its total.
        left = max(1, intent.total - start) if intent.total else None
        if self.hold != "auto":
            return at_most(self.hold, left), "asked"
        if intent.curve is None:
            return at_most(LEAST, left), "behind-the-back"
        total = intent.curve.known(start, FIRST_STEPS) - start
        if total < 1:
            return 1, "behind-the-back"
        world_size, accumulation = (whole(training.get(name)) for name in ("world_size", "gradient_accumulation_steps"))
        longest = (0, "")
        for group in shapes(intent.curve, start, total):
            at = intent.curve.of(group)
            found = hold_steps(lambda step, at=at: at(start + step), total, projection, world_size, accumulation, whole(epoch))
            longest = max(longest, found, key=lambda pair: pair[0])
        return at_most(longest[0], left), longest[1]

    def counts(self) -> None:
        """An update is about to use what was expected of it."""
        self.shown += 1

    def fails(self) -> None:
        self.failed = True

    def say(self, projection: str) -> None:
        """Tells that enough has been shown, as soon as it has."""
        if self.said or self.failed or self.needed is None or self.shown < self.needed:
            return
        self.said = True
        self.channel.send("proven", optimizer=self.number, steps=self.needed, projection=projection)


def shapes(curve, start: int, total: int) -> list[int]:
    """The first group of every shape among the groups' curves: the others are the same curve at another height."""
    places = [start + step for step in range(0, total, max(1, total // PLACES))]
    found: list[tuple] = []
    for group in range(curve.groups):
        at = curve.of(group)
        values = [at(place) for place in places]
        height = max(map(abs, values)) or 1.0
        values = [value / height for value in values]
        if not any(all(abs(a - b) <= 1e-9 for a, b in zip(values, known)) for _, known in found):
            found.append((group, values))
    return [group for group, _ in found]


def at_most(steps: int, left) -> int:
    return steps if left is None else min(steps, left)


def whole(value) -> int:
    """A count as libraries tell it; 1 where they tell none."""
    return int(value) if isinstance(value, (int, float)) and value >= 1 else 1
