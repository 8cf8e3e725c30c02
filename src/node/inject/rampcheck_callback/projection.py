"""The future of a live scheduler, without touching it, its optimizer or the model.

It is compared with the expected curve in slices: most of it before the first step, a very long run's rest between later updates.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import itertools
import math
import time
import types

from .compare import plain
from .curves import unheard
from .expected import is_lambda
from .schedulers import wrappers

# Steps of a curve around its first difference that a report shows.
BEFORE, AFTER = 3, 7
# Points of the rest of both curves that it holds, and how far ahead they reach: what tells one failure mode from another.
REST, REST_STEPS = 64, 20_000
# How many steps are compared between two looks at the clock.
CHUNK = 64
# Points that the report of a projection holds.
SAMPLES = 256


def future(scheduler, groups, per_update: int = 1, shared=()):
    """Learning rates of every group in this update and all later ones, if `scheduler` is stepped `per_update` times after each.

    `groups` are the live parameter groups; `shared` are objects that a copy must not duplicate (the model, the trainer).
    Raises what copying or stepping the copy raises.
    """
    now = [plain(group["lr"]) for group in groups]
    if is_lambda(scheduler):
        bases = [plain(lr) for lr in scheduler.base_lrs]
        pairs = list(zip(bases, scheduler.lr_lambdas))
        if len(pairs) != len(now):
            raise ValueError(f"the scheduler knows {len(pairs)} parameter groups, the optimizer has {len(now)}")
        later = itertools.count(scheduler.last_epoch + per_update, per_update)
        return itertools.chain([now], ([base * plain(scale(at)) for base, scale in pairs] for at in later))
    twin, dummy = _copy(scheduler, groups, shared)
    return itertools.chain([now], _stepping(twin, dummy, per_update))


def _stepping(twin, dummy, per_update: int):
    counts_samples = hasattr(twin, "num_steps") and not hasattr(twin, "last_epoch")
    while True:
        if counts_samples:
            twin.step(per_update)
        else:
            for _ in range(per_update):
                twin.step()
        yield [plain(group["lr"]) for group in dummy.param_groups]


def _copy(scheduler, groups, shared):
    """A copy of the scheduler on a stand-in for its optimizer, with the same parameter groups and no parameters."""
    held = [{key: value for key, value in group.items() if key != "params"} for group in groups]
    dummy = types.SimpleNamespace(
        param_groups=[{**group, "params": []} for group in copy.deepcopy(held)],
        defaults=dict(getattr(scheduler.optimizer, "defaults", {}) or {}),
        state={},
        step=lambda *args, **kwargs: None,
    )
    memo = {id(thing): thing for thing in shared}
    for value in vars(scheduler).values():
        # A model or a data loader that a scheduler of the user's own holds is not copied.
        if hasattr(value, "parameters") or hasattr(value, "dataset"):
            memo[id(value)] = value
    memo.update((id(wrapper), dummy) for wrapper in wrappers(scheduler.optimizer))
    return copy.deepcopy(scheduler, memo), dummy


def look_ahead(rows, curve, step: int, end: int):
    """[step, expected groups, projected groups] right behind a difference, and at distances up to the end of the curve.

    A scheduler that raises past its own end has no more to tell.
    """
    last = min(end, step + REST_STEPS)
    stride = max(1, (last - step - AFTER) // REST)
    near, far = [], []
    with contextlib.suppress(Exception):
        for at in range(step, last):
            row = next(rows)
            if at < step + AFTER - 1:
                near.append([at, curve.at(at), row])
            elif (at - step) % stride == 0 or at == last - 1:
                far.append([at, curve.at(at), row])
    return near, far


class Projection:
    """One comparison of a future with the expected curve, from update `start` on, up to the end of the curve.

    A curve without an end is compared over `horizon` updates.
    """

    def __init__(self, rows, curve, start: int, bound: float, horizon: int = 0) -> None:
        self.start = self.next = start
        self.end = max(start, curve.length) if curve.length is not None else start + horizon
        self.largest = 0.0
        self.difference: dict | None = None
        self.window: list = []
        self.rest: list = []
        self.samples: list = []
        # What a step of this comparison has taken so far, in seconds.
        self.cost = 0.0
        self._spent = 0.0
        self._rows = rows
        self._curve = curve
        self._bound = bound
        self._last: collections.deque = collections.deque(maxlen=BEFORE)
        self._stride = max(1, (self.end - start) // SAMPLES)

    @property
    def complete(self) -> bool:
        return self.difference is not None or self.next >= self.end

    def advance(self, steps: int, seconds: float) -> None:
        """Goes on for at most so many steps and about so long; stops at the first difference."""
        began, first = time.perf_counter(), self.next
        try:
            self._advance(steps, began + seconds)
        finally:
            self._spent += time.perf_counter() - began
            if self.next > first:
                self.cost = self._spent / (self.next - self.start)

    def _advance(self, steps: int, until: float) -> None:
        last = min(self.end, self.next + steps)
        # Later slices have nothing to say, and run inside the training: see Stepped.
        with unheard() if self.next == self.start else contextlib.nullcontext():
            while self.next < last and self.difference is None:
                for _ in range(min(CHUNK, last - self.next)):
                    if self._compare(next(self._rows), self._curve.at(self.next)):
                        return
                if time.perf_counter() > until:
                    return

    def _compare(self, got, wanted) -> bool:
        step = self.next
        self.next += 1
        if (step - self.start) % self._stride == 0:
            self.samples.append([step, got[0]])
        for group, (a, b) in enumerate(zip(wanted, got)):
            deviation = abs(a - b)
            if deviation <= self._bound:
                if deviation > self.largest:
                    self.largest = deviation
            elif self.difference is None:
                self.difference = {"step": step, "group": group, "expected": a, "actual": b}
        if self.difference is None:
            self._last.append([step, wanted, got])
            return False
        self._look_around(step, wanted, got)
        return True

    def _look_around(self, step: int, wanted, got) -> None:
        group = self.difference["group"]
        rows = [*self._last, [step, wanted, got]]
        near, far = look_ahead(self._rows, self._curve, step + 1, self.end)
        rows += near
        self.window = [[at, a[group], b[group]] for at, a, b in rows]
        self.rest = [[at, a[group], b[group]] for at, a, b in far]
        deviations = [abs(x - y) for _, a, b in rows for x, y in zip(a, b)]
        # max() of a NaN depends on its place.
        self.largest = max(deviation if math.isfinite(deviation) else math.inf for deviation in deviations)
