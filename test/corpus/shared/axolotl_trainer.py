"""axolotl's own create_scheduler and schedules, without the rest of its package: plugins, models and data are not needed here."""

import importlib
import os
import sys
import types
from dataclasses import dataclass

import axolotl
import transformers


def _bare(name, **attributes):
    """A package of axolotl's whose __init__ would import all of it."""
    module = types.ModuleType(name)
    module.__path__ = [os.path.join(axolotl.__path__[0], *name.split(".")[1:])]
    module.__dict__.update(attributes)
    sys.modules[name] = module


class _NoPlugins:
    @classmethod
    def get_instance(cls):
        return cls()

    def create_lr_scheduler(self, **_):
        return None


for package in ("axolotl.core", "axolotl.core.trainers", "axolotl.core.trainers.mixins", "axolotl.integrations"):
    _bare(package)
_bare("axolotl.integrations.base", PluginManager=_NoPlugins)
SchedulerMixin = importlib.import_module("axolotl.core.trainers.mixins.scheduler").SchedulerMixin


@dataclass
class AxolotlTrainingArguments(transformers.TrainingArguments):
    """The arguments of axolotl's that its create_scheduler reads (core/training_args_base.py)."""

    # What axolotl writes for rex and one_cycle too (core/builders/base.py, _configure_scheduler).
    lr_scheduler_type: str = "cosine"
    lr_quadratic_warmup: bool = False
    cosine_min_lr_ratio: float | None = None
    cosine_constant_lr_ratio: float | None = None
    jagged_restart_steps: int | None = None
    jagged_restart_warmup_steps: int | None = None
    jagged_restart_anneal_steps: int | None = None
    alternate_lr_scheduler_type: str | None = None

    def __post_init__(self):
        super().__post_init__()
        self.lr_scheduler_kwargs = self.lr_scheduler_kwargs or {}


class AxolotlTrainer(SchedulerMixin, transformers.Trainer):
    pass
