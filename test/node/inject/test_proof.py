"""What a rank says of its own proof: how many steps it will show, and that it has shown them, once."""

import pytest
import torch
from rampcheck_callback import stated
from test_loops import CURVE, PEAK, TOTAL, make, stopped, train
from torch.optim import lr_scheduler

FLAT = {"lrs": [PEAK] * TOTAL}


def by_hand(values):
    """A loop without a scheduler: each value is written into the group before its update."""
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    for value in values:
        optimizer.param_groups[0]["lr"] = value
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()


def order(seen, *types):
    return [event["type"] for event in seen.events if event["type"] in types]


def test_proven_once_with_the_step_that_shows_enough(watch):
    seen = watch(expect=[CURVE])
    train(*make())
    hold, proven = seen.one("hold"), seen.one("proven")
    assert proven == {"type": "proven", "optimizer": 0, "steps": hold["steps"], "projection": "complete"}
    # The rate of the scheduler is known after two updates; the third one has then been shown too.
    assert order(seen, "step", "hold", "proven")[:5] == ["step", "step", "step", "hold", "proven"]


def test_hold_steps_is_taken_as_it_is_and_never_more_than_the_run(watch):
    seen = watch(expect=[CURVE], hold=7)
    train(*make())
    assert (seen.one("hold"), seen.one("proven")["steps"]) == (
        {"type": "hold", "optimizer": 0, "steps": 7, "mode": "asked"},
        7,
    )
    assert order(seen, "step", "proven").index("proven") == 7


def test_no_more_than_the_run_has_left(watch):
    seen = watch(expect=[CURVE], hold=1000)
    train(*make())
    assert (seen.one("hold")["steps"], seen.one("proven")["steps"]) == (TOTAL, TOTAL)


def test_without_a_scheduler_the_proof_claims_no_projection_and_takes_longer(watch):
    seen = watch(expect=[CURVE])
    by_hand(CURVE["lrs"])
    assert seen.one("projected")["available"] is False
    assert seen.one("hold")["mode"] == "uneven-data"
    assert (seen.one("proven")["steps"], seen.one("proven")["projection"]) == (16, "none")


def test_with_projection_turned_off_the_same(watch):
    seen = watch(expect=[CURVE], projection=False)
    train(*make())
    assert seen.all("projected") == []
    assert (seen.one("proven")["steps"], seen.one("proven")["projection"]) == (16, "none")


def test_a_curve_that_never_moves_needs_two_steps(watch):
    seen = watch(expect=[FLAT])
    by_hand(FLAT["lrs"])
    assert (seen.one("proven")["steps"], seen.one("hold")["mode"]) == (2, "behind-the-back")


def test_the_hold_reaches_a_bend_that_comes_late(watch):
    curve = [PEAK if step < 25 else PEAK / 10 for step in range(TOTAL)]
    seen = watch(expect=[{"lrs": curve}])
    by_hand(curve)
    # Step 25 is the first one at the lower rate.
    assert seen.one("proven")["steps"] == 26


def test_a_step_that_differs_proves_nothing(watch):
    seen = watch(expect=[CURVE])
    assert stopped(lambda: by_hand([*CURVE["lrs"][:15], PEAK * 2, *CURVE["lrs"][16:]])) == 93
    assert (seen.one("violation")["parks"], seen.all("proven")) == (True, [])


def test_a_training_that_goes_on_wrong_never_proves(watch):
    seen = watch(expect=[CURVE], on_mismatch="warn")
    train(*make(total=TOTAL * 2))
    assert (seen.one("violation")["parks"], seen.all("proven")) == (False, [])


@pytest.mark.parametrize("on_mismatch", ["abort", "warn"])
def test_groups_without_a_curve_are_a_contradiction(watch, on_mismatch):
    seen = watch(expect=[{"groups": [CURVE["lrs"], CURVE["lrs"]]}], on_mismatch=on_mismatch)
    if on_mismatch == "abort":
        assert stopped(lambda: train(*make())) == 93
    else:
        train(*make())
    found = seen.one("contradiction")
    assert (found["id"], found["parks"], seen.all("proven")) == ("groups-missing", on_mismatch == "abort", [])


def test_after_release_another_training_is_not_asked_for_a_proof(watch):
    seen = watch(expect=[CURVE, CURVE])
    train(*make(), updates=10)
    seen.released.set()
    train(*make(), updates=10)
    assert [event["optimizer"] for event in seen.all("proven")] == [0]


def test_each_of_two_optimizers_proves_its_own(watch):
    half = {"lrs": [rate / 2 for rate in CURVE["lrs"]]}
    seen = watch(expect=[CURVE, half])
    train(*make())
    train(*make(lr=PEAK / 2))
    assert [event["optimizer"] for event in seen.all("proven")] == [0, 1]


def one_cycle():
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK)
    return model, optimizer, lr_scheduler.OneCycleLR(optimizer, max_lr=PEAK, total_steps=TOTAL)


def test_a_schedule_that_raises_past_its_end_is_held_within_it(watch):
    _, optimizer, scheduler = one_cycle()
    curve = [optimizer.param_groups[0]["lr"]]
    for _ in range(TOTAL - 1):
        scheduler.step()
        curve.append(optimizer.param_groups[0]["lr"])
    seen = watch(expect=[{"lrs": curve}])
    train(*one_cycle(), updates=5)
    assert (seen.one("proven")["steps"], seen.one("proven")["projection"]) == (2, "complete")


COUNTED = {
    "samples": 40,
    "total": 15,
    "from": "--samples 40 / (2 x 4)",
    "updates_rounded_up": True,
    "arguments": {"per_device_train_batch_size": 2, "world_size": 4, "dataloader_drop_last": False},
}


@pytest.mark.parametrize(
    ("total", "changes", "found"),
    [
        (15, {}, None),
        (12, {}, "too short"),
        (18, {}, "too long"),
        # Other arguments than the plan's: nothing follows from its total.
        (12, {"per_device_train_batch_size": 4}, None),
        (12, {"world_size": 8}, None),
        (12, {"dataloader_drop_last": True}, None),
        (12, {"max_steps": 12}, None),
        # GRPO and its kin make batches of their own.
        (12, {"batches_by": "trl.trainer.grpo_trainer.GRPOTrainer"}, None),
    ],
)
def test_the_total_that_samples_make(monkeypatch, total, changes, found):
    monkeypatch.setattr(stated, "version", lambda: (5, 23))
    training = {**COUNTED["arguments"], "max_steps": -1, **changes}
    contradiction = stated.other_total(COUNTED, total, training)
    assert (contradiction and contradiction["message"].endswith(found)) if found else contradiction is None
    monkeypatch.setattr(stated, "version", lambda: (4, 46))
    # transformers before 4.52 counts in another way than the plan did.
    assert stated.other_total(COUNTED, total, training) is None
