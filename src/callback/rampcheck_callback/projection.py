"""The whole future curve of a live scheduler, from a copy of it, without touching the optimizer or the model."""

from __future__ import annotations

import copy
import types
import warnings

from .compare import plain


def innermost(thing, attribute: str):
    """The object at the end of a chain of wrappers (`optimizer.optimizer…`, `scheduler.scheduler…`)."""
    seen = set()
    while id(thing) not in seen:
        seen.add(id(thing))
        inner = getattr(thing, attribute, None)
        if inner is None:
            break
        thing = inner
    return thing


def project(scheduler, groups, steps: int, shared=()):
    """Learning rates that the next `steps` optimizer steps will use if `scheduler` steps once after each.

    `groups` are the live parameter groups; `shared` are objects that the copy must not duplicate (the model, the trainer).
    Returns one list per group, each `steps` long. Raises what the scheduler's copy raises.
    """
    held = [{key: value for key, value in group.items() if key != "params"} for group in groups]
    dummy = types.SimpleNamespace(
        param_groups=[{**group, "params": []} for group in copy.deepcopy(held)],
        defaults=dict(getattr(scheduler.optimizer, "defaults", {}) or {}),
        state={},
        step=lambda *args, **kwargs: None,
    )
    memo = {id(thing): thing for thing in shared}
    wrapper, seen = scheduler.optimizer, set()
    while wrapper is not None and id(wrapper) not in seen:
        seen.add(id(wrapper))
        memo[id(wrapper)] = dummy
        wrapper = getattr(wrapper, "optimizer", None)
    twin = copy.deepcopy(scheduler, memo)
    return trace(twin, dummy, steps)


def trace(scheduler, optimizer, steps: int):
    """Learning rates that `steps` optimizer steps use when `scheduler` steps once after each of them, one list per group."""
    curves = [[] for _ in optimizer.param_groups]
    with warnings.catch_warnings():
        # torch warns of a scheduler that steps before its optimizer; here no optimizer steps at all.
        warnings.simplefilter("ignore")
        for step in range(steps):
            if step:
                scheduler.step()
            for curve, group in zip(curves, optimizer.param_groups):
                curve.append(plain(group["lr"]))
    return curves
