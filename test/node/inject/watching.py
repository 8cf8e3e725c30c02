"""The callback inside the test's own process: real torch, accelerate and DeepSpeed, with the launcher's side recorded."""

import importlib
import json
import threading

import pytest
from rampcheck_callback import hooks
from rampcheck_callback.watcher import Watcher


class Parked(BaseException):
    """Where a real rank waits to be ended: nothing that it was about to do has happened."""

    def __init__(self, code):
        self.code = code


class Recorder:
    """The channel of a rank whose launcher is the test."""

    def __init__(self, rank=0):
        self.rank = rank
        self.released = threading.Event()
        self.events = []

    def send(self, type_, **fields):
        # What cannot travel as JSON fails here as it would on the way to the agent.
        self.events.append({"type": type_, **json.loads(json.dumps(fields))})

    def park(self, code):
        raise Parked(code)

    def flush(self):
        pass

    def all(self, type_):
        return [event for event in self.events if event["type"] == type_]

    def one(self, type_):
        (event,) = self.all(type_)
        return event

    def used(self, optimizer=0, group=0):
        return [event["lrs"][group] for event in self.all("step") if event["optimizer"] == optimizer]


# Everything that the hooks change, by module: put back after every test.
CHANGED = {
    "torch.optim.optimizer": ["Optimizer.add_param_group"],
    "torch.optim.lr_scheduler": [
        "LRScheduler.__init__",
        "LRScheduler._update_lr",
        "ReduceLROnPlateau.__init__",
        "SequentialLR.__init__",
        "ChainedScheduler.__init__",
    ],
    "torch.amp.grad_scaler": ["GradScaler.step"],
    "transformers.trainer": ["Trainer.__init__"],
    "accelerate.scheduler": ["AcceleratedScheduler.__init__"],
    "deepspeed.runtime.engine": ["DeepSpeedEngine._take_model_step"],
}


@pytest.fixture
def watch(monkeypatch):
    """Starts watching this process: `watch(module, …, expect=[…])` names what is watched besides torch; returns the recorder."""
    handles = []

    def start(*modules, guard=lambda function: function, **settings):
        recorder = Recorder()
        watcher = Watcher(recorder, {"on_mismatch": "abort", **settings})
        for name in (*list(CHANGED)[:3], *modules):
            module = importlib.import_module(name)
            for path in CHANGED[name]:
                owner, attribute = path.split(".")
                original = vars(getattr(module, owner)).get(attribute)
                if original is not None:
                    monkeypatch.setattr(getattr(module, owner), attribute, original)
            if name == "torch.optim.optimizer":
                before = dict(module._global_optimizer_pre_hooks)
                handles.append((module._global_optimizer_pre_hooks, before))
            hooks.CHANGES[name](module, watcher, guard)
        recorder.watcher = watcher
        return recorder

    yield start
    for hooked, before in handles:
        hooked.clear()
        hooked.update(before)
