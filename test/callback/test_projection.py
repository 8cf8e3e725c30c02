"""The projection against the schedulers of the real libraries: it must see their future and change nothing."""

import copy

import pytest
import torch
from rampcheck_callback.projection import innermost, project, trace
from torch.optim import lr_scheduler
from transformers import get_scheduler

STEPS = 40


def make_optimizer():
    weights = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    return torch.optim.AdamW([{"params": [weights[0]]}, {"params": [weights[1]], "lr": 3e-4}], lr=1e-3)


SCHEDULERS = {
    "cosine": lambda o: get_scheduler("cosine", o, num_warmup_steps=4, num_training_steps=STEPS),
    "wsd": lambda o: get_scheduler("warmup_stable_decay", o, 4, STEPS, {"num_decay_steps": 9}),
    "step": lambda o: lr_scheduler.StepLR(o, 7, 0.5),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 1e-2, total_steps=STEPS),
    "annealing": lambda o: lr_scheduler.CosineAnnealingLR(o, 11),
    "restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 7, 2),
    "sequential": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, total_iters=5), lr_scheduler.ExponentialLR(o, 0.9)], [5]
    ),
    "chained": lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.9)]),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_sees_the_future_and_changes_nothing(name):
    optimizer = make_optimizer()
    scheduler = SCHEDULERS[name](optimizer)
    before = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    projected = project(scheduler, optimizer.param_groups, STEPS)
    assert copy.deepcopy((optimizer.state_dict(), scheduler.state_dict())) == before
    assert projected == trace(scheduler, optimizer, STEPS)
    assert len({lr for curve in projected for lr in curve}) > 2


def test_starts_where_a_resumed_scheduler_stands():
    optimizer = make_optimizer()
    scheduler = SCHEDULERS["cosine"](optimizer)
    whole = project(scheduler, optimizer.param_groups, STEPS)
    for _ in range(10):
        scheduler.step()
    assert project(scheduler, optimizer.param_groups, STEPS - 10) == [curve[10:] for curve in whole]


def test_does_not_copy_what_is_shared():
    class Heavy:
        def __deepcopy__(self, memo):
            raise AssertionError("the model was copied")

    optimizer, model = make_optimizer(), Heavy()
    scheduler = SCHEDULERS["step"](optimizer)
    scheduler.model = model
    assert len(project(scheduler, optimizer.param_groups, 3, shared=(model,))[0]) == 3


def test_innermost_ends_on_a_wrapper_that_wraps_itself():
    class Wrapper:
        pass

    inner, outer = Wrapper(), Wrapper()
    outer.optimizer, inner.optimizer = inner, inner
    assert innermost(outer, "optimizer") is inner
