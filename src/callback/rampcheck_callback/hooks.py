"""The moments that matter, reached without touching the user's script: modules are changed as they are imported."""

from __future__ import annotations

import functools
import importlib.util
import sys


def install(watcher, guard) -> None:
    """Arranges for the hooks below to be set when torch, transformers and DeepSpeed are imported.

    `guard` wraps every function that later runs inside the training.
    """
    changes = {
        "torch.optim.optimizer": lambda module: _hook_optimizers(module, watcher, guard),
        "transformers.trainer": lambda module: _hook_trainer(module, watcher, guard),
        "deepspeed.runtime.engine": lambda module: _hook_engine(module, watcher, guard),
    }
    sys.meta_path.insert(0, _AfterImport(changes, guard))


class _AfterImport:
    """A finder that finds nothing itself: it lets the others find a module and runs a change after that module's own code."""

    def __init__(self, changes, guard) -> None:
        self._changes = changes
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
            self._guard(change)(module)

        spec.loader.exec_module = exec_module
        return spec


class _EngineStep:
    """What is known while DeepSpeed's model step runs: its inner optimizer is then called once per group or sub-group."""

    engine = None
    calls = 0


def _hook_optimizers(module, watcher, guard) -> None:
    @guard
    def before_step(optimizer, args, kwargs):
        if _EngineStep.engine is None:
            watcher.optimizer_steps(optimizer)
        else:
            watcher.engine_steps(optimizer, _EngineStep.engine, first_call=_EngineStep.calls == 0)
            _EngineStep.calls += 1

    module.register_optimizer_step_pre_hook(before_step)


def _hook_engine(module, watcher, guard) -> None:
    original = module.DeepSpeedEngine._take_model_step

    @functools.wraps(original)
    def take_model_step(self, *args, **kwargs):
        _EngineStep.engine, _EngineStep.calls = self, 0
        try:
            return original(self, *args, **kwargs)
        finally:
            # No call of the inner optimizer means that the update was skipped (overflow): the curve waits for the next one.
            if _EngineStep.calls:
                guard(watcher.engine_stepped)()
            _EngineStep.engine = None

    module.DeepSpeedEngine._take_model_step = take_model_step


def _hook_trainer(module, watcher, guard) -> None:
    class RampcheckCallback(module.TrainerCallback):
        def __init__(self, trainer):
            self._trainer = trainer

        def on_train_begin(self, args, state, control, **kwargs):
            guard(watcher.train_begins)(self._trainer)

    original = module.Trainer.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        guard(lambda: self.add_callback(RampcheckCallback(self)))()

    module.Trainer.__init__ = init
