"""The expected curve: what the run was asked for, computed by the library's own scheduler on a dummy optimizer."""

from __future__ import annotations

import contextlib
import logging

from .projection import innermost, trace

# Which DeepSpeed scheduler is of the same family as a transformers one (it replaces it and may still do what was asked).
SAME_FAMILY = {"cosine": "WarmupCosineLR", "linear": "WarmupDecayLR", "constant_with_warmup": "WarmupLR"}
# These follow a metric: no curve exists beforehand.
METRIC_DRIVEN = {"reduce_lr_on_plateau", "greedy"}


def declared(trainer, total: int) -> dict:
    """What TrainingArguments ask for, in the words of the schedule families."""
    args = trainer.args
    kind = getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
    return {
        "lib": "transformers",
        "scheduler": str(kind),
        "lr0": args.learning_rate,
        "params": {
            "num_warmup_steps": args.get_warmup_steps(total),
            "num_training_steps": total,
            **dict(args.lr_scheduler_kwargs or {}),
        },
    }


def curves(spec: dict, base_lrs, steps: int, start: int = 0):
    """The curve of `spec`, a list for each base learning rate: optimizer steps start … start + steps - 1."""
    import torch

    groups = [{"params": [torch.zeros(1, device="cpu", requires_grad=True)], "lr": lr} for lr in base_lrs]
    optimizer = torch.optim.SGD(groups, lr=spec["lr0"])
    with _quiet("DeepSpeed"):
        scheduler = _build(spec, optimizer)
        return [curve[start:] for curve in trace(scheduler, optimizer, start + steps)]


def same_family(spec: dict, scheduler, engine) -> dict | None:
    """DeepSpeed's own curve with the *declared* numbers, when its scheduler in force is of the family that was asked for.

    Peak, warmup and total come from what was asked, so that a DeepSpeed config with other numbers differs from it and is found;
    the shape (warmup type, floors) is the config's own. None for any other scheduler.
    """
    name = type(scheduler).__name__
    if SAME_FAMILY.get(spec["scheduler"]) != name or engine is None:
        return None
    params = dict(engine.scheduler_params() or {})
    params["warmup_num_steps"] = max(1, spec["params"]["num_warmup_steps"])
    if name != "WarmupLR":
        params["total_num_steps"] = spec["params"]["num_training_steps"]
    if name != "WarmupCosineLR":
        params["warmup_max_lr"] = spec["lr0"]
    return {"lib": "deepspeed", "scheduler": name, "lr0": spec["lr0"], "params": params}


def scheduler_in_force(trainer) -> dict:
    """Names the scheduler that really decides, and who steps it."""
    outer = trainer.lr_scheduler
    inner = innermost(outer, "scheduler")
    by_engine = type(outer).__name__ == "DeepSpeedSchedulerWrapper"
    return {
        "class": type(inner).__name__,
        "module": type(inner).__module__,
        "stepped_by": "DeepSpeed engine" if by_engine else "Trainer",
    }


@contextlib.contextmanager
def _quiet(name: str):
    """Keeps a library's warnings about our dummy out of the user's log."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _build(spec: dict, optimizer):
    if spec["lib"] == "deepspeed":
        from deepspeed.runtime import lr_schedules

        return getattr(lr_schedules, spec["scheduler"])(optimizer, **spec["params"])
    from transformers import get_scheduler

    extra = {k: v for k, v in spec["params"].items() if k not in ("num_warmup_steps", "num_training_steps")}
    return get_scheduler(
        spec["scheduler"],
        optimizer=optimizer,
        num_warmup_steps=spec["params"]["num_warmup_steps"],
        num_training_steps=spec["params"]["num_training_steps"],
        scheduler_specific_kwargs=extra or None,
    )
