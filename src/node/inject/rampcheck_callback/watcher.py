"""What hooks report, turned into trainings: one for every optimizer (or DeepSpeed engine), in the order of their first steps."""

from __future__ import annotations

import weakref

from . import expected, facts
from .channel import Channel
from .compare import plain
from .schedulers import SCHEDULERS, Registry, innermost
from .training import UNWATCHED, Training

NOBODY_SAYS = "no schedule is declared for the optimizer {}"
ONE_MORE = "optimizer number {} ({}) steps, and {} given"


class Watcher:
    """Receives the moments that hooks report. `applied` counts updates that changed a model, of all optimizers."""

    def __init__(self, channel: Channel, settings: dict) -> None:
        self.channel = channel
        self.settings = settings
        self.registry = Registry()
        self.applied = 0
        # Calls of an optimizer's step, applied or not.
        self.attempts = 0
        # By id of the optimizer or engine; None for one that is not judged. Nothing here keeps an optimizer alive.
        self._trainings: dict[int, tuple] = {}
        self._base_lrs: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._begun = 0
        # The Trainer that trains now, and the number of its training.
        self._trainer: tuple | None = None
        self._unjudged: set[str] = set()
        self._ends: dict[int, object] = {}
        # accelerate fills a DeepSpeed config's scheduler from the script: the config alone is then no intent.
        self._placeholder = False
        # The Lightning Trainer made last.
        self._lightning = lambda: None
        # Disables all hooks; set by the code that guards them.
        self.detach = lambda: None
        # Called before the first optimizer is told of, in a process that was not known to be a rank.
        self.trains = lambda: None

    @property
    def held(self) -> bool:
        return not self.channel.released.is_set()

    # — what is made —

    def group_added(self, optimizer) -> None:
        """Remembers a group's own base learning rate: schedulers and checkpoints overwrite it later."""
        self.trains()
        group = optimizer.param_groups[-1]
        if group.get("lr") is not None:
            self._base_lrs.setdefault(optimizer, {})[id(group)] = plain(group["lr"])

    def scheduler_made(self, scheduler, fresh: bool) -> None:
        """Remembers a torch scheduler; the first one finds the base learning rates, which may have been changed by then."""
        self.registry.made(scheduler)
        if fresh:
            optimizer = innermost(scheduler.optimizer)
            pairs = zip(optimizer.param_groups, scheduler.base_lrs)
            self._base_lrs[optimizer] = {id(group): plain(lr) for group, lr in pairs}

    def placeholder(self, scheduler) -> None:
        self._placeholder = True

    def lightning(self, trainer) -> None:
        self._lightning = weakref.ref(trainer)

    # — what steps —

    def train_begins(self, trainer) -> None:
        """A Trainer's `on_train_begin`: every object is final, nothing has been trained."""
        engine = trainer.model_wrapped if hasattr(trainer.model_wrapped, "_take_model_step") else None
        optimizer = innermost(trainer.optimizer)
        groups = (engine.optimizer if engine else optimizer).param_groups
        again = self._trainer is not None and self._trainer[0]() is trainer and self.held
        number = self._trainer[1] if again else self._next_number()
        self._trainer = (weakref.ref(trainer), number)
        scheduler = innermost(trainer.lr_scheduler, SCHEDULERS)
        bases = self._bases(optimizer, groups)
        given = self._given(number)
        intent = expected.from_expect(given, bases) if given else expected.from_trainer(trainer, bases, scheduler, engine)
        if any(group.get("lr") is None for group in groups):
            intent = expected.without_curve(intent, "the optimizer chooses its learning rate by itself")
        start = self.settings.get("start_step")
        start = facts.start_of_trainer(trainer, engine) if start is None else start
        training = Training(self, number, optimizer, engine, intent, start)
        self._remember(engine or optimizer, training)
        training.whose_scheduler = facts.own_scheduler(trainer, engine, self.settings)
        drives = (scheduler, *self._rate_of(trainer, scheduler))
        training.declare(groups, bases, facts.arguments(trainer), drives, given, trainer)
        training.project(groups, (trainer, trainer.model, trainer.model_wrapped))

    def _rate_of(self, trainer, scheduler) -> tuple:
        """(steps per update, who steps it) under a Trainer, whose scheduler a library may have wrapped once more."""
        if type(trainer.lr_scheduler).__name__ == "DeepSpeedSchedulerWrapper":
            return 1, "DeepSpeed engine"
        rate, by = self.registry.rate(scheduler)
        return (rate, f"Trainer through the {by}") if rate is not None else (1, "Trainer")

    def train_ends(self, trainer) -> None:
        if self._trainer is not None and self._trainer[0]() is trainer and not self.held:
            self._trainer = None

    def optimizer_steps(self, optimizer) -> None:
        """An innermost optimizer is about to apply an update, outside DeepSpeed."""
        self.attempts += 1
        training = self._training_of(optimizer, optimizer)
        if training is None:
            return
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is not None and plain(found_inf):
            # A fused kernel under a GradScaler leaves the update out by itself.
            training.skip()
            return
        chain = training.chain()
        training.update((chain or optimizer).param_groups)

    def engine_steps(self, engine, optimizer, groups) -> None:
        """The first call of the inner optimizer inside DeepSpeed's model step; `groups` are all of the engine's."""
        self.attempts += 1
        training = self._training_of(engine, optimizer, engine, groups)
        if training is not None:
            training.update(groups or optimizer.param_groups)

    def update_skipped(self, optimizer, engine=None) -> None:
        """An update was left out (overflow), perhaps before any was applied: the curve waits for the next one."""
        training = self._training_of(engine or optimizer, optimizer, engine)
        if training is not None:
            training.skip()

    def _training_of(self, key, optimizer, engine=None, groups=()):
        known = self._trainings.get(id(key))
        return known[1] if known is not None and known[0]() is key else self._first_step_of(key, optimizer, engine, groups)

    def ends(self) -> list:
        """How far every training has come, of how many steps: what is told when the process ends."""
        if not self.held and self.settings.get("after_release") == "off":
            # Nobody counted the updates that came after the release.
            return []
        return [{"optimizer": number, **end()} for number, end in sorted(self._ends.items())]

    # — what is expected of it —

    def _first_step_of(self, key, optimizer, engine=None, groups=()):
        """The training of an optimizer that nobody announced; None when it is not judged. `groups` are all of an engine's."""
        if _wraps_another(optimizer) and engine is None:
            return self._remember(key, None)
        chain = self.registry.whole(optimizer) if engine is None else None
        if chain is not None and id(chain) in self._trainings:
            # The first part of the chain stands for all of it.
            return self._remember(key, None)
        name = type(optimizer).__name__
        given = self._given(self._begun)
        trains = self._trainer is not None
        if given is None and (trains or not self.held):
            return self._not_judged(key, name, "is not judged: no schedule is declared for it")
        groups = groups or (engine.optimizer if engine else chain or optimizer).param_groups
        bases = self._bases(optimizer, groups)
        by_config = engine is not None and engine.scheduler_name() and not engine.client_lr_scheduler and not self._placeholder
        if any(group.get("lr") is None for group in groups):
            return self._nobody_says(key, f"{name} has no learning rate of its own")
        if given is not None:
            intent = expected.from_expect(given, bases)
        elif by_config and not self.settings.get("expect"):
            intent = expected.from_deepspeed(engine, bases)
        else:
            count = len(self.settings.get("expect") or ())
            many = ONE_MORE.format(self._begun + 1, name, "one --expect is" if count == 1 else f"{count} --expect are")
            return self._nobody_says(key, many if count else NOBODY_SAYS.format(name))
        start = self.settings.get("start_step")
        start = facts.start_of(optimizer, engine) if start is None else start
        training = Training(self, self._next_number(), optimizer, engine, intent, start)
        self._remember(key, training)
        if chain is not None:
            training.chain = weakref.ref(chain)
            self._remember(chain, training)
        training.declare(groups, bases, facts.loop(engine, self._lightning()), training.find_scheduler(), given)
        training.project(groups)
        return training

    def _nobody_says(self, key, why: str):
        """Nothing is proven wrong, and nothing can be proven: a held run ends before its first update."""
        held = self.held
        self.channel.send("undeclared", why=why, parks=held)
        if held:
            self.channel.park(UNWATCHED)
        return self._remember(key, None)

    def _not_judged(self, key, name: str, why: str):
        if name not in self._unjudged:
            self._unjudged.add(name)
            self.channel.send("unjudged", why=f"another optimizer ({name}) steps and {why}")
        return self._remember(key, None)

    def _remember(self, key, training):
        number = id(key)
        if training is not None:
            self._ends[training.number] = training.end
        self._trainings[number] = (weakref.ref(key, lambda _: self._trainings.pop(number, None)), training)
        return training

    def _next_number(self) -> int:
        self._begun += 1
        return self._begun - 1

    def _given(self, number: int):
        given = self.settings.get("expect") or ()
        return given[number] if number < len(given) else None

    def _bases(self, optimizer, groups):
        """Each group's own base learning rate: what it was made with, else what its scheduler took for it."""
        made = self._base_lrs.get(optimizer, {})
        if len(made) == len(groups):
            return list(made.values())
        # DeepSpeed leaves out empty groups; a chain has those of several optimizers.
        every = {number: lr for known in self._base_lrs.values() for number, lr in known.items()}
        return [every.get(id(group), plain(group.get("initial_lr", group.get("lr")))) for group in groups]


def _wraps_another(optimizer) -> bool:
    """Whether another optimizer does this one's work (Lookahead, SAM): that one's step is the update."""
    import torch

    inner = innermost(optimizer)
    return inner is not optimizer and isinstance(inner, torch.optim.Optimizer)
