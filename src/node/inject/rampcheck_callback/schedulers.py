"""Which live scheduler drives which optimizer, where it stands, and how often it is stepped per update."""

from __future__ import annotations

import os
import sys
import weakref

# Attributes that say how often a scheduler has been stepped: torch's, DeepSpeed's, Megatron-Core's (in samples).
POSITIONS = ("last_epoch", "last_batch_iteration", "num_steps")
_HERE = os.path.dirname(os.path.abspath(__file__))
# Callers of a scheduler's step that are kept while the run is held.
CALLERS = 4


# What wrappers call the optimizer inside them: accelerate, DeepSpeed, Lightning and Megatron-Core; SAM and its kin; torch's
# ZeroRedundancyOptimizer.
OPTIMIZERS = ("optimizer", "base_optimizer", "optim")
SCHEDULERS = ("scheduler",)


def wrappers(thing, names=OPTIMIZERS):
    """An object and what it wraps, from the outside in."""
    seen = set()
    while thing is not None and id(thing) not in seen:
        seen.add(id(thing))
        yield thing
        try:
            thing = next((inner for inner in (getattr(thing, name, None) for name in names) if inner is not None), None)
        except Exception:
            # A property that refuses to answer (Megatron-Core's chain of several optimizers) is the end of the chain.
            return


def innermost(thing, names=OPTIMIZERS):
    """The object at the end of a chain of wrappers."""
    for inner in wrappers(thing, names):
        thing = inner
    return thing


def position(scheduler):
    """How often it has been stepped; None when it does not say. A chain stands where its first scheduler does."""
    for name in POSITIONS:
        value = getattr(scheduler, name, None)
        if isinstance(value, int):
            return value
    inner = getattr(scheduler, "_schedulers", None)
    return position(inner[0]) if inner else None


class Registry:
    """Every scheduler that was made in this process and still lives, with the wrappers of libraries around it."""

    def __init__(self) -> None:
        self._schedulers: weakref.WeakSet = weakref.WeakSet()
        self._order: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._accelerated: weakref.WeakSet = weakref.WeakSet()
        # Compared by value and so without a hash: a list of weak references.
        self._lightning: list = []
        self._callers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def made(self, scheduler) -> None:
        self._schedulers.add(scheduler)
        self._order.setdefault(scheduler, len(self._order))

    def accelerated(self, wrapper) -> None:
        self._accelerated.add(wrapper)

    def configured(self, config) -> None:
        """Lightning's configuration of a scheduler: interval and frequency."""
        self._lightning.append(weakref.ref(config))

    def manual(self, configs) -> None:
        """With manual optimization Lightning steps nothing, whatever the configuration says."""
        theirs = {id(config) for config in configs}
        self._lightning = [reference for reference in self._lightning if id(reference()) not in theirs]

    def stepped(self, scheduler, frame) -> None:
        """Remembers who steps a scheduler: the first lines outside torch that do."""
        known = self._callers.setdefault(scheduler, [])
        if len(known) < CALLERS:
            place = _outside(frame)
            if place not in known:
                known.append(place)

    def driving(self, optimizer):
        """Schedulers of this optimizer, in the order in which they were made, without those that others contain."""
        chain = self.whole(optimizer)
        found = [
            s
            for s in self._schedulers
            if innermost(getattr(s, "optimizer", None)) is optimizer or (chain and s.optimizer is chain)
        ]
        inside = {id(part) for s in found for part in getattr(s, "_schedulers", ())}
        return sorted((s for s in found if id(s) not in inside), key=lambda s: self._order.get(s, 0))

    def whole(self, optimizer):
        """The chain of optimizers that this one is a part of and that one scheduler drives (Megatron-Core); None without one."""
        for scheduler in self._schedulers:
            chain = getattr(scheduler, "optimizer", None)
            parts = getattr(chain, "chained_optimizers", None) or ()
            if len(parts) > 1 and any(innermost(part) is optimizer for part in parts):
                return chain
        return None

    def rate(self, scheduler):
        """(steps per update, who steps it) where a library decides both; (None, None) where only the loop does."""
        for wrapper in self._accelerated:
            if innermost(wrapper, SCHEDULERS) is scheduler and wrapper.step_with_optimizer:
                from accelerate.state import AcceleratorState

                return (1 if wrapper.split_batches else AcceleratorState().num_processes), "accelerate wrapper"
        for config in (reference() for reference in self._lightning):
            if config is not None and config.scheduler is scheduler:
                once = config.interval == "step" and config.frequency == 1
                return (1 if once else None), f"Lightning loop (every {config.frequency} {config.interval})"
        return None, None

    def callers(self, scheduler) -> list:
        return list(self._callers.get(scheduler, ()))


def _outside(frame) -> str:
    """The first line of the user's own code above this frame, or of a library when there is none."""
    nearest = None
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith(("<", _HERE)) and f"{os.sep}torch{os.sep}optim{os.sep}" not in path:
            nearest = nearest or f"{path}:{frame.f_lineno}"
            if "site-packages" not in path and "dist-packages" not in path and not path.startswith(sys.base_prefix):
                return f"{path}:{frame.f_lineno}"
        frame = frame.f_back
    return nearest or "unknown"
