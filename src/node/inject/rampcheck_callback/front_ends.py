"""Schedules that a front-end makes of arguments of its own, in the words of the schedule families: a function for each front-end.

src/intent holds the same for the command: both must say the same schedule for the same arguments.
"""

from __future__ import annotations


def schedule_of(trainer, asked: dict) -> dict | None:
    """The schedule in place of `asked`, what transformers would make of the same arguments; None where it is the same."""
    for cls in type(trainer).__mro__:
        make = _MAKERS.get(cls.__module__.split(".")[0])
        if make is not None:
            return make(trainer.args, asked)
    return None


def name_of(args) -> str | None:
    """What the front-end calls the schedule where TrainingArguments have no word for it: axolotl's rex and one_cycle."""
    return getattr(args, "alternate_lr_scheduler_type", None)


def _axolotl(args, asked: dict) -> dict | None:
    """axolotl 0.19.0, core/trainers/mixins/scheduler.py (create_scheduler): the same questions in the same order."""
    total, warmup = asked["params"]["num_training_steps"], asked["params"]["num_warmup_steps"]
    lengths = {"num_warmup_steps": warmup, "num_training_steps": total}
    peak, cosine = asked["lr0"], asked["scheduler"] == "cosine"
    floor = args.cosine_min_lr_ratio if cosine else None

    def spec(lib, scheduler, params):
        return {"lib": lib, "scheduler": scheduler, "lr0": peak, "params": params}

    made = None
    if name_of(args) == "one_cycle":
        own = {"max_lr": peak, "total_steps": total, "pct_start": warmup / total, "anneal_strategy": "cos"}
        made = spec("torch", "OneCycleLR", {**own, **(args.lr_scheduler_kwargs or {})})
    elif name_of(args) == "rex":
        own = {"max_lr": peak, "min_lr": peak * floor if floor is not None else 0}
        made = spec("axolotl", "RexLR", {**own, "total_steps": total, "num_warmup_steps": warmup})
    elif cosine and args.lr_quadratic_warmup is True:
        made = spec("axolotl", "get_cosine_schedule_with_quadratic_warmup", lengths)
    elif floor and args.cosine_constant_lr_ratio:
        own = {"min_lr_ratio": floor, "constant_lr_ratio": args.cosine_constant_lr_ratio}
        made = spec("axolotl", "get_cosine_schedule_with_warmup_decay_constant", {**lengths, **own})
    elif floor:
        made = spec("axolotl", "get_cosine_schedule_with_min_lr", {**lengths, "min_lr_ratio": floor})
    if not args.jagged_restart_steps:
        return made
    inner = made or asked
    restarts = {
        "inner": {key: inner[key] for key in ("lib", "scheduler", "params")},
        "jagged_restart_steps": args.jagged_restart_steps,
        "jagged_restart_warmup_steps": args.jagged_restart_warmup_steps or 10,
        "jagged_restart_anneal_steps": args.jagged_restart_anneal_steps or 1,
        "min_lr_scale": args.cosine_min_lr_ratio or 0.001,
    }
    return spec("axolotl", "JaggedLRRestartScheduler", restarts)


_MAKERS = {"axolotl": _axolotl}
