"""Faults of the callback itself, put in at random: while the run is held they end it, after release they touch nothing."""

import io
import random
import socket
import sys
import threading
import time

import pytest
import torch
from rampcheck_callback import channel as channels
from rampcheck_callback import compare, projection, schedulers, training
from rampcheck_callback.channel import Channel
from rampcheck_callback.rank import _guard
from rampcheck_callback.watcher import Watcher
from torch.optim import lr_scheduler
from watching import Parked, Recorder

TOTAL = 12
CURVE = {"lrs": [1e-3 * (1 - step / TOTAL) for step in range(TOTAL)]}
# Everything that a hook may run into inside a training.
PLACES = [
    (Watcher, "optimizer_steps"),
    (Watcher, "_training_of"),
    (Watcher, "_first_step_of"),
    (Watcher, "group_added"),
    (Watcher, "update_skipped"),
    (training.Training, "update"),
    (training.Training, "skip"),
    (training.Training, "_learn"),
    (training.Training, "_differs"),
    (training.Training, "_go_on"),
    (schedulers.Registry, "made"),
    (Watcher, "scheduler_made"),
    (schedulers.Registry, "stepped"),
    (schedulers.Registry, "driving"),
    (projection.Projection, "advance"),
    (training, "read"),
    (compare, "plain"),
    (Recorder, "send"),
]
FAULTS = [ValueError, OSError, MemoryError, RecursionError, AssertionError, StopIteration, KeyError, UnicodeError]


def train(after_update=lambda step: None):
    """Two optimizers, a scaler with an overflow, and a learning rate that leaves its curve; returns the weights."""
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / TOTAL)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    other = None
    for step in range(TOTAL):
        if step == 8:
            optimizer.param_groups[0]["lr"] *= 3
            other = torch.optim.SGD(model.parameters(), lr=0.1)
        scaler.scale(model(torch.ones(1, 4)).sum() * (float("inf") if step == 6 else 1.0)).backward()
        scaler.step(optimizer)
        scaler.update()
        if other:
            other.step()
        optimizer.zero_grad()
        scheduler.step()
        after_update(step)
    return [parameter.detach().clone() for parameter in model.parameters()]


UNWATCHED = train()


def break_something(monkeypatch, chance):
    place, name = chance.choice(PLACES)
    fault, calls = chance.choice(FAULTS), chance.randrange(3)
    original = getattr(place, name)

    def broken(*args, **kwargs):
        nonlocal calls
        calls -= 1
        if calls < 0:
            raise fault("put in by the test")
        return original(*args, **kwargs)

    monkeypatch.setattr(place, name, broken)


@pytest.mark.parametrize("seed", range(60))
def test_after_release_no_fault_touches_the_training(watch, monkeypatch, seed):
    recorder_guard = None

    def guard(function):
        return recorder_guard(function)

    seen = None
    chance = random.Random(seed)
    recorder = Recorder()
    recorder_guard, detach = _guard(recorder)
    monkeypatch.setattr("watching.Recorder", lambda: recorder)
    seen = watch(guard=guard, expect=[CURVE])
    seen.watcher.detach = detach
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)

    def after_update(step):
        if step == 4:
            seen.released.set()
            break_something(monkeypatch, chance)

    weights = train(after_update)
    assert all(torch.equal(a, b) for a, b in zip(weights, UNWATCHED))
    # Told at most once, and nothing is watched any more.
    assert errors.getvalue().count("takes no further part") <= 1
    assert len(seen.all("fault")) <= 1


@pytest.mark.parametrize("seed", range(30))
def test_while_the_run_is_held_any_fault_ends_it(watch, monkeypatch, seed):
    chance = random.Random(seed)
    recorder = Recorder()
    guard, _ = _guard(recorder)
    monkeypatch.setattr("watching.Recorder", lambda: recorder)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    seen = watch(guard=guard, expect=[CURVE])
    hit = []
    for place, name in PLACES[:-1]:
        original = getattr(place, name)

        def broken(*args, _original=original, **kwargs):
            if chance.random() < 0.02 or hit:
                hit.append(1)
                raise chance.choice(FAULTS)("put in by the test")
            return _original(*args, **kwargs)

        monkeypatch.setattr(place, name, broken)
    try:
        train()
    except Parked as parked:
        # 93 is the learning rate that the training itself changes; nothing was put in before.
        assert parked.code == (94 if hit else 93)
        assert bool(seen.all("fault")) == bool(hit)
    else:
        assert not hit


def test_a_closed_standard_error_does_not_matter(watch, monkeypatch):
    recorder = Recorder()
    guard, _ = _guard(recorder)
    monkeypatch.setattr("watching.Recorder", lambda: recorder)
    watch(guard=guard, expect=[CURVE])
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)

    def after_update(step):
        if step == 4:
            recorder.released.set()
            monkeypatch.setattr(training.Training, "update", lambda *args: 1 / 0)

    assert all(torch.equal(a, b) for a, b in zip(train(after_update), UNWATCHED))


@pytest.fixture
def connected(tmp_path):
    """A channel, and the connection of an agent that does nothing by itself."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    channel = Channel(str(tmp_path / "sock"))
    channel.connect(0, world_size=1)
    agent, _ = listener.accept()
    yield channel, agent
    channel.released.set()
    agent.close()
    listener.close()


def test_an_agent_that_reads_nothing_does_not_hold_up_a_released_training(connected):
    channel, agent = connected
    agent.sendall(b'{"type": "released"}\n')
    assert channel.released.wait(10)
    start = time.monotonic()
    # Far more than a socket's buffer and the backlog hold.
    for step in range(3 * channels.BACKLOG):
        channel.send("step", step=step, lrs=[1e-3] * 20)
    assert time.monotonic() - start < 10
    assert len(channel._waiting) <= channels.BACKLOG


def test_what_is_said_after_release_arrives_before_the_rank_ends(connected):
    channel, agent = connected
    agent.sendall(b'{"type": "released"}\n')
    assert channel.released.wait(10)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(agent.makefile()))
    reader.start()
    for step in range(500):
        channel.send("step", step=step)
    channel.send("end")
    channel.flush()
    channel._socket.shutdown(socket.SHUT_RDWR)
    reader.join(10)
    assert len(lines) == 1 + 500 + 1
