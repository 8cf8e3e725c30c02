"""How many optimizer steps a run is held for: the rule of src/schedule/hold.ts, step by step and mode by mode.

N is the smallest number of first steps in which every failure mode has differed from the expected curve by more than 1e-12 of
its peak. A mode that never differs on this curve asks for nothing. A projection of the live scheduler shows most modes before the
first step; without one, N is also never less than the first place where the curve bends.
"""

from __future__ import annotations

import math

TOLERANCE = 1e-12
# So many first steps are looked at one by one, and as many more at equal distances: a million steps take no longer than 4096.
CLOSELY = 2048
# Who writes the learning rate behind the scheduler's back does it after a step: the second one shows it.
LEAST = 2
# Without a scheduler object a loop may follow its own share of the data; ranks whose data differ part within a few batches.
UNEVEN = 16


def hold_steps(at, total: int, projection: bool, world_size: int = 1, accumulation: int = 1, epoch: int = 1) -> tuple[int, str]:
    """(N, the mode that needs it) for the curve `at`, a function of the optimizer step, over steps 0 … total - 1.

    `epoch` is the number of optimizer steps in an epoch: what a total is usually off by.
    """
    curve = _Curve(at, total)
    steps, longest = min(LEAST, total), "behind-the-back"
    for mode, instead in _modes(curve, projection, world_size, accumulation, epoch):
        shown = curve.first_difference(instead)
        if shown is not None and shown + 1 > steps:
            steps, longest = shown + 1, mode
    if not projection:
        bend = curve.first_bend()
        if bend is not None and bend + 1 > steps:
            steps, longest = bend + 1, "bend"
        if curve.moves and min(UNEVEN, total) > steps:
            steps, longest = min(UNEVEN, total), "uneven-data"
    return steps, longest


class _Curve:
    """The expected curve where it is looked at. Nothing is known of a step past its end: `at` is None there."""

    def __init__(self, at, total: int) -> None:
        self.total = total
        self._at = at
        self._known: dict[int, float] = {}
        self.points = _points(total)
        values = [self.at(step) for step in self.points]
        self.peak = max(map(abs, values))
        self.bound = TOLERANCE * self.peak
        self.moves = any(abs(value - values[0]) > self.bound for value in values)
        self.warmup = self._warmup()

    def at(self, step: int):
        if step >= self.total:
            return None
        if step not in self._known:
            self._known[step] = self._at(step)
        return self._known[step]

    def first_difference(self, instead):
        """The first step at which another curve is told from this one; None when it never is."""

        def differs(step: int) -> bool:
            other = instead(step)
            return other is not None and not abs(self.at(step) - other) <= self.bound

        return self._first(differs)

    def first_bend(self):
        """The first step that does not lie on the straight line through the first two."""
        if self.total < 2:
            return None
        start = self.at(0)
        slope = self.at(1) - start
        # Rounding errors of the slope grow with the distance.
        return self._first(lambda step: abs(self.at(step) - (start + step * slope)) > self.peak * (TOLERANCE + 1e-15 * step))

    def _first(self, test):
        previous = -1
        for point in self.points:
            if test(point):
                return next(step for step in range(previous + 1, point + 1) if test(step))
            previous = point
        return None

    def _warmup(self) -> int:
        """Steps before the curve stops rising; 0 for one that begins with a fall, or that never stops."""
        rises = False
        for place in range(1, len(self.points)):
            change = self.at(self.points[place]) - self.at(self.points[place - 1])
            if change > self.bound:
                rises = True
            elif rises:
                first, last = self.points[place - 2], self.points[place]
                return max(range(first, last + 1), key=self.at)
            elif change < -self.bound:
                return 0
        return 0


def _points(total: int) -> list[int]:
    stride = max(1, math.ceil((total - CLOSELY) / CLOSELY))
    return [*range(min(total, CLOSELY)), *range(CLOSELY, total, stride)]


def _modes(curve: _Curve, projection: bool, world_size: int, accumulation: int, epoch: int):
    """(name, the curve that would be used instead) of every failure mode that no projection excludes."""
    at = curve.at
    if not projection:
        yield from _projected_modes(curve, epoch)
    yield "not-stepped", lambda step: at(0)
    for k in dict.fromkeys((2, world_size, accumulation)):
        if k > 1:
            yield f"too-often-{k}x", lambda step, k=k: at(k * step)
            yield f"too-rarely-{k}x", lambda step, k=k: at(step // k)


def _projected_modes(curve: _Curve, epoch: int):
    """Faults that the scheduler object itself carries."""
    at, peak, warmup = curve.at, curve.peak, curve.warmup
    yield "flat", lambda step: peak
    yield "no-warmup", lambda step: at(step + warmup)
    yield "scaled-peak", lambda step: 10 * at(step)
    yield "log-warmup", lambda step: peak / math.log(max(2, warmup)) * math.log(step + 1) if step < warmup else at(step)
    yield "one-late", lambda step: at(max(0, step - 1))
    yield "two-late", lambda step: at(max(0, step - 2))
    yield "constant", _decaying(curve, lambda progress: 1.0)
    yield "linear", _decaying(curve, lambda progress: 1.0 - progress)
    yield "cosine", _decaying(curve, lambda progress: 0.5 * (1 + math.cos(math.pi * progress)))
    yield "longer", _stretched(curve, epoch)
    yield "shorter", _stretched(curve, -epoch)


def _decaying(curve: _Curve, shape):
    length = max(1, curve.total - curve.warmup)
    return lambda step: curve.at(step) if step < curve.warmup else curve.peak * shape((step - curve.warmup) / length)


def _stretched(curve: _Curve, more: int):
    """The decay of a run that is `more` steps longer, read between the steps of this one's."""
    length = curve.total - curve.warmup
    scale = length / max(1, length + more)

    def instead(step: int):
        if step < curve.warmup:
            return curve.at(step)
        place = curve.warmup + (step - curve.warmup) * scale
        low = math.floor(place)
        share = place - low
        if share == 0:
            return curve.at(low)
        left, right = curve.at(low), curve.at(low + 1)
        return None if right is None else left * (1 - share) + right * share

    return instead
