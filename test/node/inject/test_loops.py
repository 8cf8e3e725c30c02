"""Plain torch loops: which updates count, what is compared, and when a fault is known."""

import pytest
import torch
from torch.optim import lr_scheduler
from watching import Parked

PEAK, WARMUP, TOTAL = 1e-3, 3, 40


def scale(step, total=TOTAL):
    return step / WARMUP if step < WARMUP else max(0.0, (total - step) / (total - WARMUP))


CURVE = {"lrs": [PEAK * scale(step) for step in range(TOTAL)]}


def make(lr=PEAK, total=TOTAL, **more):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, **more)
    return model, optimizer, lr_scheduler.LambdaLR(optimizer, lambda step: scale(step, total))


def backward(model):
    model(torch.ones(1, 2)).sum().backward()


def train(model, optimizer, scheduler, updates=TOTAL, per_update=1):
    for _ in range(updates):
        backward(model)
        optimizer.step()
        optimizer.zero_grad()
        for _ in range(per_update):
            scheduler.step()


def stopped(run):
    with pytest.raises(Parked) as parked:
        run()
    return parked.value.code


def test_a_healthy_run_is_projected_at_the_rate_of_its_first_updates(watch):
    seen = watch(expect=[CURVE])
    train(*make())
    assert seen.used() == CURVE["lrs"]
    projected = seen.one("projected")
    assert (projected["available"], projected["steps_per_update"], projected["difference"]) == (True, 1, None)
    assert projected["complete"]
    assert projected["in_force"]["stepped_at"][0].split(":")[0] == __file__
    assert seen.all("violation") == []


def test_a_scheduler_made_for_the_wrong_total_is_known_before_the_third_update_is_applied(watch):
    seen = watch(expect=[CURVE])
    model, optimizer, scheduler = make(total=20)
    assert stopped(lambda: train(model, optimizer, scheduler)) == 93
    violation = seen.one("violation")
    assert (violation["by"], violation["step"], violation["difference"]["step"]) == ("projection", 2, 4)
    assert violation["in_force"]["class"] == "LambdaLR"


@pytest.mark.parametrize("per_update", [2, 4])
def test_a_scheduler_stepped_too_often_is_seen_at_the_second_update(watch, per_update):
    seen = watch(expect=[CURVE])
    assert stopped(lambda: train(*make(), per_update=per_update)) == 93
    violation = seen.one("violation")
    assert (violation["by"], violation["step"], violation["scheduler"]) == ("observation", 1, per_update)


def test_a_rate_that_the_curve_allows_for_is_healthy(watch):
    seen = watch(expect=[{"lrs": [PEAK * scale(2 * step) for step in range(TOTAL // 2)]}])
    train(*make(), updates=TOTAL // 2, per_update=2)
    assert seen.one("projected")["steps_per_update"] == 2
    assert seen.all("violation") == []


def test_a_scheduler_stepped_once_an_epoch_is_watched_step_by_step(watch):
    seen = watch(expect=[{"lrs": [PEAK * 0.5 ** (step // 5) for step in range(TOTAL)]}])
    model, optimizer, _ = make()
    scheduler = lr_scheduler.StepLR(optimizer, 1, 0.5)
    optimizer.param_groups[0]["lr"] = PEAK
    for _epoch in range(TOTAL // 5):
        train(model, optimizer, scheduler, updates=5, per_update=0)
        scheduler.step()
    assert seen.one("projected")["available"] is False
    assert len(seen.used()) == TOTAL
    assert seen.all("violation") == []


def test_a_loop_that_writes_the_learning_rate_itself(watch):
    seen = watch(expect=[CURVE])
    model, _, _ = make()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    for lr in CURVE["lrs"]:
        backward(model)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
    assert "no scheduler" in seen.one("projected")["why"]
    assert seen.all("violation") == []


def test_a_scheduler_that_is_made_and_never_stepped(watch):
    seen = watch(expect=[CURVE])
    assert stopped(lambda: train(*make(), per_update=0)) == 93
    violation = seen.one("violation")
    assert (violation["step"], violation["scheduler"], violation["difference"]["actual"]) == (1, 0, 0.0)


def test_accumulation_and_evaluation_are_no_updates(watch):
    seen = watch(expect=[CURVE])
    model, optimizer, scheduler = make()
    for _ in range(5):
        for _ in range(4):
            backward(model)
        optimizer.step()
        scheduler.step()
        with torch.no_grad():
            model(torch.ones(1, 2))
    assert seen.used() == CURVE["lrs"][:5]


def test_closures_are_one_update_each(watch):
    seen = watch(expect=[{"lrs": [0.1, 0.05, 0.025]}])
    model, _, _ = make()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=5)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)

    def closure():
        optimizer.zero_grad()
        loss = (model(torch.ones(1, 2)) ** 2).sum()
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
        scheduler.step()
    assert seen.used() == [0.1, 0.05, 0.025]


def test_every_group_is_held_to_its_own_base(watch):
    seen = watch(expect=[CURVE])
    model, _, _ = make()
    groups = [{"params": model[0].parameters()}, {"params": model[1].parameters(), "lr": 10 * PEAK}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK)
    train(model, optimizer, lr_scheduler.LambdaLR(optimizer, scale))
    assert seen.used(group=1) == pytest.approx([10 * lr for lr in CURVE["lrs"]], rel=1e-12)
    assert seen.one("declared")["base_lrs"] == [PEAK, 10 * PEAK]
    assert seen.all("violation") == []


def test_groups_that_are_changed_before_the_scheduler_is_made_have_their_new_base(watch):
    seen = watch(expect=[CURVE])
    model, _, _ = make()
    optimizer = torch.optim.AdamW([{"params": model[0].parameters()}, {"params": model[1].parameters()}], lr=PEAK)
    optimizer.param_groups[1]["lr"] *= 0.5
    train(model, optimizer, lr_scheduler.LambdaLR(optimizer, scale))
    assert seen.one("declared")["base_lrs"] == [PEAK, PEAK / 2]
    assert seen.all("violation") == []


def test_a_group_that_leaves_its_curve_is_named(watch):
    seen = watch(expect=[CURVE])
    model, _, _ = make()
    groups = [{"params": model[0].parameters()}, {"params": model[1].parameters(), "lr": 10 * PEAK}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK)
    scheduler = lr_scheduler.LambdaLR(optimizer, [scale, lambda step: 1.0])
    assert stopped(lambda: train(model, optimizer, scheduler)) == 93
    assert seen.one("violation")["difference"] == {"step": 0, "group": 1, "expected": 0.0, "actual": 10 * PEAK}


def test_tensors_of_single_precision_have_their_own_tolerance(watch):
    seen = watch(expect=[CURVE])
    model, optimizer, scheduler = make(lr=torch.tensor(PEAK), foreach=False)
    train(model, optimizer, scheduler)
    assert seen.one("declared")["float32"]
    assert seen.one("projected")["difference"] is None
    assert seen.all("violation") == []


def test_tensors_are_read_together(watch, monkeypatch):
    watch(expect=[CURVE])
    model, _, _ = make()
    groups = [{"params": [parameter]} for parameter in model.parameters()]
    optimizer = torch.optim.SGD(groups, lr=torch.tensor(PEAK), foreach=False)
    reads = []
    original = torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, "tolist", lambda self: reads.append(self.shape) or original(self))
    scheduler = lr_scheduler.LambdaLR(optimizer, scale)
    train(model, optimizer, scheduler, updates=1)
    reads.clear()
    train(model, optimizer, scheduler, updates=1)
    assert reads == [(4,)]


def two_optimizers():
    one, _, first = make()
    two = torch.nn.Linear(2, 1)
    second = torch.optim.SGD(two.parameters(), lr=0.5)
    return one, first.optimizer, first, two, second, lr_scheduler.ExponentialLR(second, 0.9)


def train_both(one, first, first_scheduler, two, second, second_scheduler):
    for _ in range(5):
        # Twice as many updates for the second, as in adversarial training.
        train(two, second, second_scheduler, updates=2)
        train(one, first, first_scheduler, updates=1)


def test_two_optimizers_have_a_curve_each_in_the_order_of_their_first_steps(watch):
    seen = watch(expect=[{"lrs": [0.5 * 0.9**step for step in range(10)]}, CURVE])
    train_both(*two_optimizers())
    assert [event["optimizer_class"]["class"] for event in seen.all("declared")] == ["SGD", "AdamW"]
    assert seen.used(0) == pytest.approx([0.5 * 0.9**step for step in range(10)])
    assert seen.used(1) == CURVE["lrs"][:5]
    assert seen.all("violation") == []


def test_an_optimizer_for_which_no_curve_is_given_stops_before_its_first_update(watch):
    seen = watch(expect=[{"lrs": [0.5 * 0.9**step for step in range(10)]}])
    assert stopped(lambda: train_both(*two_optimizers())) == 94
    assert "optimizer number 2 (AdamW) steps, and one --expect is given" in seen.one("undeclared")["why"]


def test_a_loop_of_which_nothing_is_said_stops_before_its_first_update(watch):
    seen = watch()
    model, optimizer, scheduler = make()
    before = [parameter.clone() for parameter in model.parameters()]
    assert stopped(lambda: train(model, optimizer, scheduler)) == 94
    assert "no schedule is declared for the optimizer" in seen.one("undeclared")["why"]
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))


def test_two_trainings_in_one_process(watch):
    seen = watch(expect=[CURVE, CURVE])
    train(*make())
    train(*make())
    assert seen.used(0) == seen.used(1) == CURVE["lrs"]
    assert seen.all("violation") == []


def test_an_optimizer_inside_another_is_counted_once(watch):
    class Slow(torch.optim.Optimizer):
        def __init__(self, base):
            self.base_optimizer = base
            super().__init__(base.param_groups, dict(base.defaults))

        def step(self, closure=None):
            return self.base_optimizer.step(closure)

    seen = watch(expect=[CURVE])
    model, optimizer, scheduler = make()
    outer = Slow(optimizer)
    for _ in range(5):
        backward(model)
        outer.step()
        scheduler.step()
    assert seen.used() == CURVE["lrs"][:5]


def resume(model, optimizer, scheduler, updates, with_scheduler=True):
    """What `load_state_dict` does with a checkpoint that another run has left after so many updates."""
    other_model, other_optimizer, other_scheduler = make()
    train(other_model, other_optimizer, other_scheduler, updates=updates)
    optimizer.load_state_dict(other_optimizer.state_dict())
    if with_scheduler:
        scheduler.load_state_dict(other_scheduler.state_dict())


def test_a_resumed_run_goes_on_where_its_optimizer_has_stopped(watch):
    model, optimizer, scheduler = make()
    resume(model, optimizer, scheduler, 7)
    seen = watch(expect=[CURVE])
    train(model, optimizer, scheduler, updates=5)
    assert seen.one("declared")["start"] == 7
    assert seen.used() == CURVE["lrs"][7:12]


def test_a_resumed_run_whose_scheduler_starts_over_is_stopped(watch):
    model, optimizer, scheduler = make()
    resume(model, optimizer, scheduler, 7, with_scheduler=False)
    scheduler.step()
    seen = watch(expect=[CURVE])
    assert stopped(lambda: train(model, optimizer, scheduler)) == 93
    assert seen.one("violation")["difference"]["step"] == 7


def test_start_step_wins_over_what_the_optimizer_has_counted(watch):
    model, optimizer, scheduler = make()
    resume(model, optimizer, scheduler, 7, with_scheduler=False)
    optimizer.param_groups[0]["lr"] = 0.0
    seen = watch(expect=[CURVE], start_step=0)
    train(model, optimizer, scheduler, updates=5)
    assert seen.used() == CURVE["lrs"][:5]


def test_after_release_a_difference_is_told_once_and_touches_nothing(watch):
    seen = watch(expect=[CURVE])
    model, optimizer, scheduler = make()
    train(model, optimizer, scheduler, updates=5)
    seen.released.set()
    optimizer.param_groups[0]["lr"] *= 2
    train(model, optimizer, scheduler, updates=1)
    train(model, optimizer, scheduler, updates=3, per_update=0)
    violation = seen.one("violation")
    assert (violation["step"], violation["by"]) == (5, "observation")


def test_after_release_abort_stops_the_rank(watch):
    seen = watch(expect=[CURVE], after_release="abort")
    model, optimizer, scheduler = make()
    train(model, optimizer, scheduler, updates=5)
    seen.released.set()
    optimizer.param_groups[0]["lr"] *= 2
    assert stopped(lambda: train(model, optimizer, scheduler)) == 93


def test_after_release_off_watches_nothing(watch):
    seen = watch(expect=[CURVE], after_release="off")
    model, optimizer, scheduler = make()
    train(model, optimizer, scheduler, updates=5)
    seen.released.set()
    optimizer.param_groups[0]["lr"] *= 2
    train(model, optimizer, scheduler, updates=5)
    assert len(seen.all("step")) == 5
    assert seen.all("violation") == []


def test_a_million_steps_are_projected_in_slices(watch):
    total = 1_000_000
    expected = {"lrs": [PEAK * (1 - step / total) for step in range(total - 1)] + [PEAK]}
    seen = watch(expect=[expected])
    model, _, _ = make()
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / total)
    train(model, optimizer, scheduler, updates=4)
    projected = seen.one("projected")
    assert (projected["complete"], projected["difference"]) == (False, None)
    assert 0 < projected["steps"] <= 20_000
    for training in seen.watcher._trainings.values():
        training[1]._projection.advance(total, 60)
    assert stopped(lambda: train(model, optimizer, scheduler, updates=4)) == 93
    assert seen.one("violation")["difference"]["step"] == total - 1


def test_a_slice_is_as_long_as_one_per_cent_of_an_update_allows(watch, monkeypatch):
    total, now = 200_000, [0.0]
    seen = watch(expect=[{"lrs": [PEAK * (1 - step / total) for step in range(total)]}])
    model, _, _ = make()
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / total)
    train(model, optimizer, scheduler, updates=3)
    ((_, training),) = seen.watcher._trainings.values()
    projection = training._projection
    steps = []
    monkeypatch.setattr("rampcheck_callback.training.time.perf_counter", lambda: now[0])
    monkeypatch.setattr(projection, "advance", lambda count, seconds: steps.append((count, seconds)))
    training._updated_at, projection.cost = 0.0, 2e-6
    for seconds in (0.01, 0.05, 0.0001, 0.0001):
        now[0] += seconds
        train(model, optimizer, scheduler, updates=1)
    # The first update has nothing before it; an allowance that is too short for one step is kept for the next.
    assert steps == [(250, pytest.approx(5e-4)), (1, pytest.approx(2e-6))]


def test_an_optimizer_that_is_sharded_by_another(watch):
    from torch.distributed.optim import ZeroRedundancyOptimizer

    seen = watch(expect=[CURVE])
    mine = not torch.distributed.is_initialized()
    if mine:
        torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        model = torch.nn.Linear(2, 1)
        optimizer = ZeroRedundancyOptimizer(model.parameters(), torch.optim.AdamW, lr=PEAK)
        train(model, optimizer, lr_scheduler.LambdaLR(optimizer, scale))
    finally:
        if mine:
            torch.distributed.destroy_process_group()
    assert seen.used() == CURVE["lrs"]
    assert seen.one("projected")["available"]


def test_nothing_of_a_training_is_kept_alive(watch):
    import gc
    import weakref

    watch(expect=[CURVE])
    model, optimizer, scheduler = make()
    train(model, optimizer, scheduler, updates=5)
    alive = [weakref.ref(thing) for thing in (model, optimizer, scheduler)]
    del model, optimizer, scheduler
    gc.collect()
    assert [reference() for reference in alive] == [None, None, None]


@pytest.mark.parametrize("rates", [(1e-4, 1e-3), (1e-3, 1e-4), (5e-4, 1e-4, 1e-3)])
def test_the_peak_of_expect_is_that_of_the_group_that_has_it_wherever_it_stands(watch, rates):
    spec = {"lib": "transformers", "scheduler": "linear", "params": {}, "lr0": 1e-3}
    seen = watch(expect=[{"lrs": [1e-3 * (1 - step / 12) for step in range(12)], "spec": spec}])
    seen.released.set()
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in rates]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / 12)
    for _ in range(12):
        optimizer.step()
        scheduler.step()
    assert not seen.all("violation")
    assert len(seen.all("step")) == 12
