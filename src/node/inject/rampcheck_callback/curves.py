"""Curves of learning rates by optimizer step, computed when they are asked for: a run may have a million steps."""

from __future__ import annotations

import array
import contextlib
import logging
import warnings

from .compare import plain


class ClosedForm:
    """A LambdaLR: `base * lambda(position)`, any step at once (torch, optim/lr_scheduler.py, LambdaLR.get_lr)."""

    def __init__(self, lambdas, base_lrs, length=None) -> None:
        self._pairs = list(zip([plain(lr) for lr in base_lrs], lambdas))
        self.groups = len(self._pairs)
        self.length = length

    def at(self, step: int):
        """One learning rate per group."""
        return [base * plain(scale(step)) for base, scale in self._pairs]

    def of(self, group: int):
        """The curve of one group alone."""
        base, scale = self._pairs[group]
        return lambda step: base * plain(scale(step))

    def known(self, start: int, steps: int) -> int:
        """The step before which the whole curve can be read; `steps` from `start` on if its end is not known."""
        return self.length if self.length is not None else start + steps


class Given:
    """Values from --expect: one list per group, or one that the groups follow in proportion to their base learning rates."""

    def __init__(self, given: dict, base_lrs) -> None:
        if "groups" in given:
            self._curves = [array.array("d", curve) for curve in given["groups"]]
            self._scales = [1.0] * len(self._curves)
        else:
            curve = array.array("d", given["lrs"])
            first = reference(given, curve, base_lrs)
            self._curves = [curve] * len(base_lrs)
            self._scales = [1.0 if base == first else base / first for base in base_lrs]
        self.groups = len(self._curves)
        self.length = min(map(len, self._curves))
        self.peak = max(max(map(abs, curve)) * abs(scale) for curve, scale in zip(self._curves, self._scales))

    def at(self, step: int):
        return [curve[step] * scale for curve, scale in zip(self._curves, self._scales)]

    def of(self, group: int):
        curve, scale = self._curves[group], self._scales[group]
        return lambda step: curve[step] * scale

    def known(self, start: int, steps: int) -> int:
        return self.length


def reference(given: dict, curve, base_lrs) -> float:
    """The base rate of the group that one list of values is meant for; the others follow in proportion.

    It is the group that is made with the list's peak, wherever it stands, and the first one where none is.
    """
    peak = (given.get("spec") or {}).get("lr0") or max(map(abs, curve))
    meant = (base for base in base_lrs if base is not None and abs(base - peak) <= 1e-6 * peak)
    return next(meant, base_lrs[0] if base_lrs else 0) or 1.0


class Stepped:
    """A scheduler that must be stepped to know its future; what has been computed is kept for `at`."""

    def __init__(self, scheduler, optimizer, length=None) -> None:
        self._scheduler = scheduler
        self._optimizer = optimizer
        self._known = [array.array("d") for _ in optimizer.param_groups]
        self.groups = len(self._known)
        self.length = length

    def at(self, step: int):
        while len(self._known[0]) <= step:
            # Only a scheduler's first steps have something to say; changing warning filters again and again would let the
            # user's own old warnings be shown once more.
            with unheard() if len(self._known[0]) < 3 else contextlib.nullcontext():
                if self._known[0]:
                    self._scheduler.step()
            for known, group in zip(self._known, self._optimizer.param_groups):
                known.append(plain(group["lr"]))
        return [known[step] for known in self._known]

    def of(self, group: int):
        return lambda step: self.at(step)[group]

    def known(self, start: int, steps: int) -> int:
        """Each of its steps takes time, and none can be left out."""
        return min(self.length, start + steps) if self.length is not None else start + steps


@contextlib.contextmanager
def unheard():
    """Keeps what libraries say of our stand-ins out of the user's log."""
    logger = logging.getLogger("DeepSpeed")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # torch warns of a scheduler that steps before its optimizer; here no optimizer steps at all.
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
