"""What is told of a training besides its curves: everything that a diagnosis may be recognised by."""

from __future__ import annotations

import os
import platform
import sys

LIBRARIES = ("torch", "transformers", "accelerate", "deepspeed", "lightning", "trl", "peft")
# Parts of a DeepSpeed config that bear on learning rates and step counts. The rest may hold secrets.
DEEPSPEED_KEYS = (
    "optimizer",
    "scheduler",
    "train_batch_size",
    "train_micro_batch_size_per_gpu",
    "gradient_accumulation_steps",
    "gradient_clipping",
    "fp16",
    "bf16",
)


def start_of_trainer(trainer, engine) -> int:
    """Updates that a resumed Trainer has applied: its own count goes on at updates that overflow left out."""
    step = trainer.state.global_step
    if engine is not None:
        return max(0, step - engine.skipped_steps)
    applied = applied_updates(trainer.optimizer)
    scaler = getattr(getattr(trainer, "accelerator", None), "scaler", None)
    return applied if scaler is not None and applied is not None and applied < step else step


def start_of(optimizer, engine) -> int:
    """Updates applied before this process, as far as the engine's or the optimizer's own restored state tells."""
    if engine is not None:
        return max(0, engine.global_steps - engine.skipped_steps)
    return applied_updates(optimizer) or 0


def applied_updates(optimizer) -> int | None:
    """What the optimizer itself has counted (Adam and its kin do); None when it does not count."""
    for state in getattr(optimizer, "state", {}).values():
        step = state.get("step") if isinstance(state, dict) else None
        if step is not None:
            return int(step)
    return None


def versions() -> dict:
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        module = sys.modules.get(name)
        if module is not None:
            found[name] = getattr(module, "__version__", "unknown")
    return found


def deepspeed(engine, config=None):
    """The DeepSpeed config in force; None without an engine. `config` is the file it came from, when that is known."""
    if engine is None:
        return None
    in_force = getattr(engine._config, "_param_dict", None) or {}
    return {
        "config": config if isinstance(config, str) else None,
        "scheduler": engine.scheduler_name(),
        "scheduler_params": engine.scheduler_params(),
        "optimizer": engine.optimizer_name(),
        "optimizer_params": engine.optimizer_params(),
        "zero_stage": engine.zero_optimization_stage(),
        "client_scheduler": engine.client_lr_scheduler is not None,
        "in_force": {key: in_force[key] for key in DEEPSPEED_KEYS if key in in_force},
    }


def arguments(trainer) -> dict:
    """What TrainingArguments say of step counts."""
    args = trainer.args
    names = (
        "learning_rate",
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "world_size",
        "num_train_epochs",
        "max_steps",
        "dataloader_drop_last",
        # TRL's own, where the Trainer is one of its.
        "packing",
        "num_generations",
        "num_iterations",
        "steps_per_generation",
    )
    # Not every version of transformers has all of them.
    found = {name: getattr(args, name, None) for name in names}
    config, optim = getattr(args, "deepspeed", None), getattr(args, "optim", None)
    found["deepspeed_config"] = config if isinstance(config, str) else None
    found["optim"] = str(getattr(optim, "value", optim))
    found["warmup_steps"] = getattr(args, "warmup_steps", None)
    found["trainer"] = qualified(type(trainer))
    found["batches_by"] = batches_by(type(trainer))
    found["trl"] = next((qualified(cls) for cls in type(trainer).__mro__ if cls.__module__.startswith("trl.")), None)
    found["resumed_at"] = trainer.state.global_step
    return found


def batches_by(trainer_class) -> str | None:
    """The class that makes the batches in place of transformers' Trainer; None where that one does."""
    for cls in trainer_class.__mro__:
        if cls.__module__.split(".")[0] == "transformers":
            return None
        if "get_train_dataloader" in vars(cls) or "_get_train_sampler" in vars(cls):
            return qualified(cls)
    return None


def qualified(cls) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def loop(engine, lightning=None) -> dict:
    """The same of a loop without transformers' Trainer, as far as libraries know it; `lightning` is Lightning's own Trainer."""
    found = {"world_size": int(os.environ.get("WORLD_SIZE", "1")), "gradient_accumulation_steps": 1}
    if engine is not None:
        found["gradient_accumulation_steps"] = engine.gradient_accumulation_steps()
        found["per_device_train_batch_size"] = engine.train_micro_batch_size_per_gpu()
    if lightning is not None:
        found["gradient_accumulation_steps"] = lightning.accumulate_grad_batches
    accelerate = sys.modules.get("accelerate.state")
    if accelerate is not None and accelerate.GradientState._shared_state:
        found["gradient_accumulation_steps"] = accelerate.GradientState().num_steps
        if accelerate.AcceleratorState._shared_state:
            found["accelerate_processes"] = accelerate.AcceleratorState().num_processes
    return found


def own_scheduler(trainer, engine, settings) -> str | None:
    """Whose scheduler it is when a Trainer's arguments cannot be taken for what it should do; None when they can."""
    if settings.get("expect") or settings.get("asked_on_command_line") or engine is not None:
        return None
    import transformers

    if type(trainer).create_scheduler is not transformers.Trainer.create_scheduler:
        return "the Trainer's class makes its own scheduler"
    # Older versions do not say who made it.
    if not getattr(trainer, "_created_lr_scheduler", True):
        return "the script hands a scheduler of its own to the Trainer"
    return None


def describe(thing) -> dict:
    return {"class": type(thing).__name__, "module": type(thing).__module__}
