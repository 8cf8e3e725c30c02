"""One training in one rank: what is expected, what is projected before the first step, what each step really uses."""

from __future__ import annotations

import platform
import sys

from . import expected
from .channel import Channel
from .compare import first_difference, plain, tolerance
from .projection import innermost, project

VIOLATION = 93
UNWATCHED = 94
# Points of the expected curve that the launcher checks against its own formula.
SAMPLES = 256


class Watcher:
    """Receives the moments that hooks report. `applied` counts optimizer steps that changed the model."""

    def __init__(self, channel: Channel, settings: dict) -> None:
        self.channel = channel
        self.settings = settings
        self.applied = 0
        self.training: Training | None = None
        # Optimizer steps that nobody announced (no Trainer): told once, so that the launcher can say what is missing.
        self._unannounced = False

    def train_begins(self, trainer) -> None:
        self.training = Training(self, trainer)
        self.training.prove_before_the_first_step()

    def optimizer_steps(self, optimizer) -> None:
        """Called when an innermost optimizer is about to apply an update, outside DeepSpeed."""
        if self.training is None:
            if not self._unannounced:
                self._unannounced = True
                self.channel.send("unannounced", optimizer=type(optimizer).__name__)
            return
        if self.training.owns(optimizer):
            self.training.observe(optimizer.param_groups)
            self.training.step_done()

    def engine_steps(self, optimizer, engine, first_call: bool) -> None:
        """The same inside DeepSpeed's model step, where one step calls the inner optimizer once per group or sub-group."""
        if self.training is not None and self.training.owns(optimizer):
            groups = engine.optimizer.param_groups if first_call else optimizer.param_groups
            self.training.observe(groups, announce=first_call)

    def engine_stepped(self) -> None:
        if self.training is not None:
            self.training.step_done()


class Training:
    def __init__(self, watcher: Watcher, trainer) -> None:
        self.watcher = watcher
        self.channel = watcher.channel
        self.settings = watcher.settings
        self.trainer = trainer
        self.total = trainer.state.max_steps
        self.step = self.settings.get("start_step") or trainer.state.global_step
        self.start = self.step
        self.optimizer = innermost(trainer.optimizer, "optimizer")
        self.scheduler = innermost(trainer.lr_scheduler, "scheduler")
        self.engine = trainer.model_wrapped if hasattr(trainer.model_wrapped, "_take_model_step") else None
        self.groups = (self.engine.optimizer if self.engine else trainer.optimizer).param_groups
        self.curves: list[list[float]] | None = None
        self.bound = 0.0
        self.violated = False

    def owns(self, optimizer) -> bool:
        return optimizer is self.optimizer

    def prove_before_the_first_step(self) -> None:
        """Tells what is expected and projects the live scheduler to its end: most failures are decided here, at no cost."""
        asked = expected.declared(self.trainer, self.total)
        facts = {
            "asked": asked,
            "total": self.total,
            "start": self.start,
            "in_force": expected.scheduler_in_force(self.trainer),
            "base_lrs": self._base_lrs(),
            "deepspeed": self._deepspeed(),
            "versions": _versions(),
            "training": self._arguments(),
        }
        given = self.settings.get("expect")
        if given is None and asked["scheduler"] in expected.METRIC_DRIVEN:
            why = f"{asked['scheduler']} follows a metric: no curve exists beforehand"
            self.channel.send("declared", **facts, unpredictable=why)
            return
        if given is not None:
            self.curves = _given_curves(given, self._base_lrs(), self.start)
            oracle = None
        else:
            count = self.total - self.start
            oracle = expected.same_family(asked, self.scheduler, self.engine) or asked
            self.curves = expected.curves(oracle, self._base_lrs(), count, self.start)
        self.bound = tolerance(max((max(map(abs, curve), default=0.0) for curve in self.curves), default=0.0))
        stride = max(1, len(self.curves[0]) // SAMPLES)
        samples = [[self.start + i, self.curves[0][i]] for i in range(0, len(self.curves[0]), stride)]
        self.channel.send("declared", **facts, expected=oracle, samples=samples)
        if self.settings.get("projection", True):
            self._project()

    def _project(self) -> None:
        shared = (self.trainer, self.trainer.model, self.trainer.model_wrapped)
        steps = len(self.curves[0])
        try:
            future = project(self.scheduler, self.groups, steps, shared)
        except Exception as error:
            # A scheduler that cannot be copied is watched step by step instead; that is a longer hold, not a fault.
            self.channel.send("projected", available=False, why=f"{type(error).__name__}: {error}")
            return
        difference, largest = first_difference(self.curves, future, self.bound, self.start)
        stride = max(1, steps // SAMPLES)
        samples = [[self.start + i, future[0][i]] for i in range(0, steps, stride)]
        self.channel.send("projected", available=True, max_deviation=largest, difference=difference, samples=samples)
        own = self._own_scheduler() if difference is not None else None
        if own is not None:
            self.channel.send("undeclared", why=own)
            if not self.channel.released.is_set():
                self.channel.park(UNWATCHED)
        elif difference is not None:
            around = range(max(0, difference["step"] - self.start - 3), min(steps, difference["step"] - self.start + 7))
            group = difference["group"]
            window = [[self.start + i, self.curves[group][i], future[group][i]] for i in around]
            self._violate("projection", difference, largest, window)

    def observe(self, groups, announce: bool = True) -> None:
        """Compares what the optimizer is about to use in this step with the expected curve, for every group in sight."""
        used = [plain(group["lr"]) for group in groups]
        index = self.step - self.start
        if self.curves is None or index >= len(self.curves[0]):
            if announce and (self.channel.rank == 0 or not self.channel.released.is_set()):
                self.channel.send("step", step=self.step, lrs=used, expected=None)
            return
        places = range(len(used)) if len(used) == len(self.curves) else self._places(groups)
        wanted = [self.curves[place][index] for place in places]
        if announce and (self.channel.rank == 0 or not self.channel.released.is_set()):
            self.channel.send("step", step=self.step, lrs=used, expected=wanted)
        bound = self.bound if all(isinstance(group["lr"], (int, float)) for group in groups) else self.bound * 1e6
        difference, largest = first_difference([[w] for w in wanted], [[u] for u in used], bound, self.step)
        if difference is not None and not self.violated:
            difference["group"] = places[difference["group"]]
            self._violate("observation", difference, largest, [[self.step, difference["expected"], difference["actual"]]])

    def step_done(self) -> None:
        self.step += 1
        self.watcher.applied += 1

    def _places(self, groups):
        """Which of all groups these are: DeepSpeed shows its inner optimizer one at a time."""
        known = {id(group): place for place, group in enumerate(self.groups)}
        return [known.get(id(group), 0) for group in groups]

    def _violate(self, by: str, difference: dict, largest: float, window) -> None:
        self.violated = True
        self.channel.send("violation", by=by, step=self.step, difference=difference, max_deviation=largest, window=window)
        if self.settings.get("on_mismatch", "abort") == "abort" and not self.channel.released.is_set():
            sys.stdout.flush()
            sys.stderr.flush()
            self.channel.park(VIOLATION)

    def _base_lrs(self):
        """Each group's own base learning rate. torch's schedulers leave it in the group; DeepSpeed's do not."""
        return [plain(group.get("initial_lr", self.trainer.args.learning_rate)) for group in self.groups]

    def _own_scheduler(self) -> str | None:
        """Whose scheduler it is when the arguments cannot be taken for what it should do; None when they can."""
        if self.settings.get("expect") or self.settings.get("asked_on_command_line") or self.engine is not None:
            return None
        import transformers

        if type(self.trainer).create_scheduler is not transformers.Trainer.create_scheduler:
            return "the Trainer's class makes its own scheduler"
        if not self.trainer._created_lr_scheduler:
            return "the script hands a scheduler of its own to the Trainer"
        return None

    def _deepspeed(self):
        if self.engine is None:
            return None
        config = self.trainer.args.deepspeed
        return {
            "config": config if isinstance(config, str) else None,
            "scheduler": self.engine.scheduler_name(),
            "scheduler_params": self.engine.scheduler_params(),
            "optimizer": self.engine.optimizer_name(),
            "zero_stage": self.engine.zero_optimization_stage(),
        }

    def _arguments(self):
        args = self.trainer.args
        return {
            "learning_rate": args.learning_rate,
            "per_device_train_batch_size": args.per_device_train_batch_size,
            "gradient_accumulation_steps": args.gradient_accumulation_steps,
            "world_size": args.world_size,
            "num_train_epochs": args.num_train_epochs,
            "max_steps": args.max_steps,
            "dataloader_drop_last": args.dataloader_drop_last,
        }


def _given_curves(given: dict, base_lrs, start: int):
    """Curves from --expect: one list per group, or one list that the others follow in proportion to their base learning rate."""
    if "groups" in given:
        return [curve[start:] for curve in given["groups"]]
    lrs = given["lrs"][start:]
    first = base_lrs[0] or 1.0
    return [[lr * (base / first) for lr in lrs] if base != first else lrs for base in base_lrs]


def _versions():
    found = {"python": platform.python_version()}
    for name in ("torch", "transformers", "accelerate", "deepspeed"):
        module = sys.modules.get(name)
        if module is not None:
            found[name] = getattr(module, "__version__", "unknown")
    return found
