"""The scheduler in force, as a diagnosis needs it: what it is, where it stands, and who steps it."""

from __future__ import annotations

from .facts import describe
from .schedulers import position


def in_force(scheduler, stepped_by: str, registry, optimizer) -> dict:
    """`scheduler` is None where none drives the optimizer; `optimizer` is None where an engine keeps its groups."""
    if scheduler is None:
        return {"class": "no scheduler", "module": "", "stepped_by": stepped_by, "position": None, "stepped_at": []}
    return {
        **describe(scheduler),
        "stepped_by": stepped_by,
        "position": position(scheduler),
        "stepped_at": registry.callers(scheduler),
        "base_lrs": _floats(getattr(scheduler, "base_lrs", None)),
        "last_lrs": _floats(getattr(scheduler, "_last_lr", None)),
        "copies": _writes_into_copies(scheduler, optimizer),
    }


def _writes_into_copies(scheduler, optimizer) -> bool:
    """Whether the scheduler has groups of a wrapper's that hold the optimizer's tensors and are not the optimizer's own."""
    theirs = getattr(getattr(scheduler, "optimizer", None), "param_groups", None)
    ours = getattr(optimizer, "param_groups", None)
    if not theirs or not ours:
        return False
    return not {id(group) for group in theirs} & {id(group) for group in ours}


def _floats(values):
    """A scheduler's own base learning rates, when it has some; DeepSpeed's may be other things."""
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return None
