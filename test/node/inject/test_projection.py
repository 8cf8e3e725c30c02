"""The projection against the schedulers of the real libraries: it must see their future and change nothing."""

import copy
import itertools

import pytest
import torch
from rampcheck_callback.curves import ClosedForm, Stepped
from rampcheck_callback.projection import Projection, future
from rampcheck_callback.schedulers import innermost
from torch.optim import lr_scheduler
from transformers import get_scheduler

STEPS = 40


def project(scheduler, groups, steps, per_update=1, shared=()):
    return list(itertools.islice(future(scheduler, groups, per_update, shared), steps))


def really(scheduler, optimizer, steps, per_update=1):
    """What the scheduler does when it is stepped for real."""
    curve = Stepped(scheduler, optimizer)
    return [curve.at(step * per_update) for step in range(steps)]


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
    assert projected == really(scheduler, optimizer, STEPS)
    assert len({lr for row in projected for lr in row}) > 2


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "one cycle"])
def test_knows_how_often_the_scheduler_is_stepped_per_update(name):
    optimizer = make_optimizer()
    scheduler = SCHEDULERS[name](optimizer)
    assert project(scheduler, optimizer.param_groups, 12, per_update=3) == really(scheduler, optimizer, 12, per_update=3)


def test_starts_where_a_resumed_scheduler_stands():
    optimizer = make_optimizer()
    scheduler = SCHEDULERS["cosine"](optimizer)
    whole = project(scheduler, optimizer.param_groups, STEPS)
    for _ in range(10):
        scheduler.step()
    assert project(scheduler, optimizer.param_groups, STEPS - 10) == whole[10:]


def test_does_not_copy_what_is_shared():
    class Heavy:
        def __deepcopy__(self, memo):
            raise AssertionError("the model was copied")

    optimizer, model = make_optimizer(), Heavy()
    scheduler = SCHEDULERS["step"](optimizer)
    scheduler.model = model
    assert len(project(scheduler, optimizer.param_groups, 3, shared=(model,))) == 3


def test_a_scheduler_that_follows_a_metric_has_no_future():
    optimizer = make_optimizer()
    with pytest.raises(TypeError):
        project(lr_scheduler.ReduceLROnPlateau(optimizer), optimizer.param_groups, 3)


def line(length, slope=1.0):
    return ClosedForm([lambda step: 1 - slope * step / length], [1.0], length)


def test_goes_on_in_slices_up_to_the_first_difference():
    length = 1000
    rows = ([1 - step / length if step < 700 else 0.0] for step in itertools.count())
    projection = Projection(rows, line(length), 0, 1e-12)
    projection.advance(300, 10)
    assert (projection.next, projection.complete, projection.difference) == (300, False, None)
    projection.advance(10_000, 10)
    assert projection.complete
    assert projection.difference == {"step": 700, "group": 0, "expected": 1 - 0.7, "actual": 0.0}
    assert [step for step, _, _ in projection.window] == list(range(697, 707))


def test_stops_looking_when_its_time_is_over():
    projection = Projection(([1 - step / 1e6] for step in itertools.count()), line(1_000_000), 0, 1e-12)
    projection.advance(1_000_000, 0.0)
    assert 0 < projection.next < 1_000_000
    assert not projection.complete


def test_what_is_not_finite_is_a_difference():
    projection = Projection(itertools.repeat([float("nan")]), line(10), 0, 1e-12)
    projection.advance(10, 10)
    assert projection.difference is not None
    assert projection.largest == float("inf")


def test_innermost_ends_on_a_wrapper_that_wraps_itself():
    class Wrapper:
        pass

    inner, outer = Wrapper(), Wrapper()
    outer.optimizer, inner.optimizer = inner, inner
    assert innermost(outer) is inner
