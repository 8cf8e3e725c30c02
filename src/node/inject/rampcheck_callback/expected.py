"""The expected curve: the requested schedule, computed by the library's own scheduler on a dummy optimizer."""

from __future__ import annotations

from . import front_ends
from .curves import ClosedForm, Given, Stepped, unheard

# Which DeepSpeed scheduler is of the same family as a transformers one (it replaces it and may still follow the requested curve);
# src/job/same-family.ts has the same table.
SAME_FAMILY = {"cosine": "WarmupCosineLR", "linear": "WarmupDecayLR", "constant_with_warmup": "WarmupLR"}
# These follow a metric: there is no curve before the run.
METRIC_DRIVEN = {"reduce_lr_on_plateau", "greedy"}
# Points of a curve that the launcher checks against its own formula, and that is computed for them before the first step.
SAMPLES = 256
FIRST_STEPS = 20_000


class Intent:
    """The requested schedule of one optimizer, and its source."""

    def __init__(self, source: str, asked: dict, total, peak, curve=None, oracle=None, unpredictable=None) -> None:
        self.source = source
        self.asked = asked
        self.peak = peak
        # Optimizer steps of the whole run; None if only the run knows it.
        self.total = total
        # The curve to compare with; None if there is none before the run.
        self.curve = curve
        # The curve as a schedule of a family; None if it was given as values.
        self.oracle = oracle
        self.unpredictable = unpredictable


def without_curve(intent: Intent, why: str) -> Intent:
    return Intent(intent.source, intent.asked, intent.total, intent.peak, unpredictable=why)


def from_expect(given: dict, base_lrs) -> Intent:
    curve = Given(given, base_lrs)
    asked = given.get("spec") or {"lib": "expect", "scheduler": "--expect", "lr0": curve.peak, "params": {}}
    return Intent("--expect", asked, curve.length, curve.peak, curve)


def from_trainer(trainer, base_lrs, scheduler, engine) -> Intent:
    """The schedule requested by TrainingArguments."""
    total = trainer.state.max_steps
    asked = declared(trainer, total)
    if asked["scheduler"] in METRIC_DRIVEN:
        why = f"{asked['scheduler']} follows a metric: there is no curve before the run"
        return Intent("TrainingArguments", asked, total, asked["lr0"], unpredictable=why)
    own = front_ends.schedule_of(trainer, asked)
    name = front_ends.name_of(trainer.args)
    if own is not None and name is not None:
        asked = {**asked, "lib": own["lib"], "scheduler": name}
    oracle = own or same_family(asked, scheduler, engine) or asked
    peak = max([asked["lr0"], *base_lrs])
    return Intent("TrainingArguments", asked, total, peak, build_curve(oracle, base_lrs, total), oracle)


def from_deepspeed(engine, base_lrs) -> Intent:
    """The schedule of a DeepSpeed config's scheduler block, if the script itself declares none."""
    params = dict(engine.scheduler_params() or {})
    peak = params.get("warmup_max_lr") or (engine.optimizer_params() or {}).get("lr") or (base_lrs[0] if base_lrs else 0.0)
    spec = {"lib": "deepspeed", "scheduler": engine.scheduler_name(), "lr0": float(peak), "params": params}
    total = params.get("total_num_steps")
    return Intent("DeepSpeed config", spec, total, spec["lr0"], build_curve(spec, base_lrs, total), spec)


def declared(trainer, total: int) -> dict:
    """TrainingArguments as a schedule of a family."""
    args = trainer.args
    kind = getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
    return {
        "lib": "transformers",
        "scheduler": str(kind),
        "lr0": args.learning_rate,
        "params": {
            "num_warmup_steps": args.get_warmup_steps(total),
            "num_training_steps": total,
            # transformers has them since 4.38.
            **dict(getattr(args, "lr_scheduler_kwargs", None) or {}),
        },
    }


def build_curve(spec: dict, base_lrs, length):
    """Computes the curve of `spec` with the library's own scheduler, for groups with these base learning rates."""
    import torch

    groups = [{"params": [torch.zeros(1, device="cpu", requires_grad=True)], "lr": lr} for lr in base_lrs]
    optimizer = torch.optim.SGD(groups, lr=spec["lr0"])
    with unheard():
        scheduler = _build(spec, optimizer)
    if is_lambda(scheduler):
        return ClosedForm(scheduler.lr_lambdas, scheduler.base_lrs, length)
    return Stepped(scheduler, optimizer, length)


def is_lambda(scheduler) -> bool:
    """Returns whether a scheduler is a LambdaLR with LambdaLR's own computation."""
    from torch.optim.lr_scheduler import LambdaLR

    return isinstance(scheduler, LambdaLR) and type(scheduler).get_lr is LambdaLR.get_lr


def same_family(spec: dict, scheduler, engine) -> dict | None:
    """DeepSpeed's own curve with the *declared* numbers, if its scheduler in force is of the requested family.

    Peak, warmup and total come from the requested schedule, so a DeepSpeed config with different numbers is detected;
    the shape (warmup type, floors) is the config's own. None for any other scheduler, and for a cosine with more or fewer
    waves than half a one, which DeepSpeed does not have.
    """
    name = type(scheduler).__name__
    if SAME_FAMILY.get(spec["scheduler"]) != name or engine is None:
        return None
    if spec["scheduler"] == "cosine" and spec["params"].get("num_cycles", 0.5) != 0.5:
        return None
    params = dict(engine.scheduler_params() or {})
    params["warmup_num_steps"] = max(1, spec["params"]["num_warmup_steps"])
    if name != "WarmupLR":
        params["total_num_steps"] = spec["params"]["num_training_steps"]
    if name != "WarmupCosineLR":
        params["warmup_max_lr"] = spec["lr0"]
    return {"lib": "deepspeed", "scheduler": name, "lr0": spec["lr0"], "params": params}


def sample(curve, start: int, end: int):
    """[step, learning rate of group 0] at equal distances."""
    return [[step, curve.at(step)[0]] for step in range(start, end, max(1, (end - start) // SAMPLES))]


def _build(spec: dict, optimizer):
    if spec["lib"] == "deepspeed":
        import torch
        from deepspeed.runtime import lr_schedules

        # Any other name than DeepSpeed's own is one of torch's (runtime/engine.py, _scheduler_from_config).
        made = getattr(lr_schedules, spec["scheduler"], None) or getattr(torch.optim.lr_scheduler, spec["scheduler"])
        return made(optimizer, **spec["params"])
    if spec["lib"] == "torch":
        import torch

        return getattr(torch.optim.lr_scheduler, spec["scheduler"])(optimizer, **spec["params"])
    if spec["lib"] == "axolotl":
        from axolotl.utils import schedulers

        params = dict(spec["params"])
        inner = params.pop("inner", None)
        wrapped = () if inner is None else (_build(inner, optimizer),)
        return getattr(schedulers, spec["scheduler"])(optimizer, *wrapped, **params)
    from transformers import get_scheduler

    extra = {k: v for k, v in spec["params"].items() if k not in ("num_warmup_steps", "num_training_steps")}
    return get_scheduler(
        spec["scheduler"],
        optimizer=optimizer,
        num_warmup_steps=spec["params"]["num_warmup_steps"],
        num_training_steps=spec["params"]["num_training_steps"],
        **({"scheduler_specific_kwargs": extra} if extra else {}),
    )
