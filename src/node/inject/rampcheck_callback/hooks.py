"""Hooks for the moments that matter, without a change to the user's script: modules are changed when they are imported."""

from __future__ import annotations

import functools
import importlib.util
import sys

from .schedulers import innermost


def install(watcher, guard) -> None:
    """Arranges for the hooks below to be set when torch, transformers, DeepSpeed and the others are imported.

    `guard` wraps every function that later runs inside the training.
    """
    sys.meta_path.insert(0, _AfterImport(dict(CHANGES), watcher, guard))


class _AfterImport:
    """A finder that finds no modules itself.

    It lets other finders find a module and applies a change after the module's own code.
    """

    def __init__(self, changes, watcher, guard) -> None:
        self._changes = changes
        self._watcher = watcher
        self._guard = guard

    def find_spec(self, fullname, path=None, target=None):
        change = self._changes.pop(fullname, None)
        if change is None:
            return None
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self._guard(change)(module, self._watcher, self._guard)

        spec.loader.exec_module = exec_module
        return spec


class _EngineStep:
    """The state during DeepSpeed's model step, which calls the inner optimizer once per group or sub-group."""

    engine = None
    groups = ()
    calls = 0


def _hook_optimizers(module, watcher, guard) -> None:
    @guard
    def before_step(optimizer, args, kwargs):
        engine = _EngineStep.engine
        if engine is None:
            watcher.optimizer_steps(optimizer)
            return
        _EngineStep.calls += 1
        if _EngineStep.calls == 1:
            watcher.engine_steps(engine, optimizer, _EngineStep.groups)

    # A compiled optimizer step calls it untraced: if it were traced, it would be compiled again at every step.
    before_step._torchdynamo_disable = True
    module.register_optimizer_step_pre_hook(before_step)
    original = module.Optimizer.add_param_group

    @functools.wraps(original)
    def add_param_group(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        guard(watcher.group_added)(self)
        return result

    module.Optimizer.add_param_group = add_param_group


def _hook_compiler(module, watcher, guard) -> None:
    watcher.optimizer_steps = module.disable(watcher.optimizer_steps)


def _hook_schedulers(module, watcher, guard) -> None:
    for name in ("ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"):
        made = getattr(module, name, None)
        if made is not None and "__init__" in vars(made):
            _after_init(made, guard(watcher.registry.made))
    base = module.LRScheduler
    made_as_before = base.__init__

    @functools.wraps(made_as_before)
    def init(self, optimizer, *args, **kwargs):
        # An existing base comes from a checkpoint or from another scheduler.
        fresh = not any("initial_lr" in group for group in getattr(optimizer, "param_groups", ()))
        made_as_before(self, optimizer, *args, **kwargs)
        guard(watcher.scheduler_made)(self, fresh)

    base.__init__ = init
    if not hasattr(base, "_update_lr") or not hasattr(base, "_is_initial"):
        return
    original = base._update_lr

    # `step` itself is not changed: torch's warnings find its caller by counting frames.
    @functools.wraps(original)
    def update_lr(self, *args, **kwargs):
        # The first step inside a scheduler's constructor does not count as a step of the loop.
        if watcher.held and not self._is_initial:
            guard(watcher.registry.stepped)(self, sys._getframe(1))
        return original(self, *args, **kwargs)

    base._update_lr = update_lr


def _hook_scaler(module, watcher, guard) -> None:
    original = module.GradScaler.step

    @functools.wraps(original)
    def step(self, optimizer, *args, **kwargs):
        before = watcher.attempts
        try:
            return original(self, optimizer, *args, **kwargs)
        finally:
            # The optimizer was not called: gradients were not finite, and the update was skipped.
            if watcher.attempts == before and _EngineStep.engine is None:
                guard(watcher.update_skipped)(optimizer)

    module.GradScaler.step = step


def _hook_engine(module, watcher, guard) -> None:
    original = module.DeepSpeedEngine._take_model_step

    @functools.wraps(original)
    def take_model_step(self, *args, **kwargs):
        # Read now, because some stages later show their inner optimizer one group at a time.
        groups = guard(lambda: list(self.optimizer.param_groups))()
        _EngineStep.engine, _EngineStep.groups, _EngineStep.calls = self, groups or (), 0
        finished = False
        try:
            result = original(self, *args, **kwargs)
            finished = True
            return result
        finally:
            if finished and not _EngineStep.calls:
                # The inner optimizer was not called: an overflow, and the curve waits for the next update.
                guard(watcher.update_skipped)(innermost(self.optimizer), self)
            _EngineStep.engine, _EngineStep.groups = None, ()

    module.DeepSpeedEngine._take_model_step = take_model_step


def _hook_trainer(module, watcher, guard) -> None:
    class RampcheckCallback(module.TrainerCallback):
        def __init__(self, trainer):
            self._trainer = trainer

        def __reduce__(self):
            # A copy of the Trainer (joblib, Ray, a checkpoint) does not train in this process: its callback does nothing.
            return module.TrainerCallback, ()

        def on_train_begin(self, args, state, control, **kwargs):
            guard(watcher.train_begins)(self._trainer)

        def on_train_end(self, args, state, control, **kwargs):
            guard(watcher.train_ends)(self._trainer)

    original = module.Trainer.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        guard(lambda: self.add_callback(RampcheckCallback(self)))()

    module.Trainer.__init__ = init


def _hook_lightning(module, watcher, guard) -> None:
    original = module._configure_schedulers_manual_opt

    @functools.wraps(original)
    def configure(*args, **kwargs):
        configs = original(*args, **kwargs)
        guard(watcher.registry.manual)(configs)
        return configs

    module._configure_schedulers_manual_opt = configure


def _hook_made(name: str, moment: str):
    """Tells the watcher or its registry of every new object of a class."""

    def hook(module, watcher, guard) -> None:
        receiver = getattr(watcher, moment, None) or getattr(watcher.registry, moment)
        _after_init(getattr(module, name), guard(receiver))

    return hook


def _after_init(made, tell) -> None:
    original = made.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        tell(self)

    made.__init__ = init


# The change for each module, applied after its import.
CHANGES = {
    "torch.optim.optimizer": _hook_optimizers,
    "torch.optim.lr_scheduler": _hook_schedulers,
    "torch.amp.grad_scaler": _hook_scaler,
    "torch._dynamo": _hook_compiler,
    "transformers.trainer": _hook_trainer,
    "deepspeed.runtime.engine": _hook_engine,
    "accelerate.scheduler": _hook_made("AcceleratedScheduler", "accelerated"),
    "accelerate.utils.deepspeed": _hook_made("DummyScheduler", "placeholder"),
    "lightning.pytorch.utilities.types": _hook_made("LRSchedulerConfig", "configured"),
    "pytorch_lightning.utilities.types": _hook_made("LRSchedulerConfig", "configured"),
    "lightning.pytorch.trainer.trainer": _hook_made("Trainer", "lightning"),
    "pytorch_lightning.trainer.trainer": _hook_made("Trainer", "lightning"),
    "lightning.pytorch.core.optimizer": _hook_lightning,
    "pytorch_lightning.core.optimizer": _hook_lightning,
    "megatron.core.optimizer_param_scheduler": _hook_made("OptimizerParamScheduler", "made"),
}
