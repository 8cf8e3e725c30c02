"""DeepSpeed without a Trainer, in one process on the CPU: every ZeRO stage, offload, and who steps the scheduler."""

import os
import sys
from pathlib import Path

import pytest
import torch
from watching import Parked

os.environ.setdefault("DS_ACCELERATOR", "cpu")
# What `npm run setup` has compiled beforehand, and the ninja that looks whether it is still current.
os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(Path(sys.prefix).resolve() / "torch-extensions"))
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
deepspeed = pytest.importorskip("deepspeed")

PEAK, WARMUP, TOTAL = 1e-3, 4, 20
BLOCK = {
    "type": "WarmupDecayLR",
    "params": {
        "warmup_min_lr": 0,
        "warmup_max_lr": PEAK,
        "warmup_num_steps": WARMUP,
        "total_num_steps": TOTAL,
        "warmup_type": "linear",
    },
}


def decay(step):
    """WarmupDecayLR, one step late as it is (deepspeed 0.19, runtime/lr_schedules.py)."""
    at = step - 1
    if at < 0:
        return 0.0
    return PEAK * (at / WARMUP if at < WARMUP else max(0.0, (TOTAL - at) / (TOTAL - WARMUP)))


CURVE = {"lrs": [decay(step) for step in range(TOTAL)]}


@pytest.fixture(scope="module", autouse=True)
def process_group():
    before = dict(os.environ)
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "LOCAL_SIZE": "1"}.items():
        os.environ.setdefault(name, value)
    mine = not torch.distributed.is_initialized()
    if mine:
        torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    yield
    if mine:
        torch.distributed.destroy_process_group()
    # DeepSpeed adds to it as well; processes that other tests start must not look like ranks.
    os.environ.clear()
    os.environ.update(before)


def make_model():
    return torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1))


def make(stage=0, scheduler=BLOCK, groups=False, offload=False, accumulate=1, model=None, **client):
    model = model or make_model()
    config = {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": accumulate,
        "zero_optimization": {"stage": stage},
        "bf16": {"enabled": stage > 0},
        "steps_per_print": 1000,
    }
    if offload:
        # torch's own AdamW on the CPU, because DeepSpeed's would have to be compiled first.
        config["zero_optimization"]["offload_optimizer"] = {"device": "cpu"}
        config["zero_force_ds_cpu_optimizer"] = False
    if "optimizer" not in client:
        config["optimizer"] = {"type": "AdamW", "params": {"lr": PEAK, "torch_adam": True}}
    if scheduler:
        config["scheduler"] = scheduler
    parameters = (
        [{"params": list(model[0].parameters())}, {"params": list(model[1].parameters())}] if groups else model.parameters()
    )
    return deepspeed.initialize(model=model, model_parameters=parameters, config=config, **client)[0]


def train(engine, updates=TOTAL, accumulate=1, broken=(), after=lambda engine: None):
    dtype = torch.bfloat16 if engine.bfloat16_enabled() else torch.float32
    for update in range(updates):
        for _ in range(accumulate):
            loss = engine(torch.ones(1, 4, dtype=dtype)).float().sum()
            engine.backward(loss * (float("inf") if update in broken else 1.0))
            engine.step()
        after(engine)


MODULE = "deepspeed.runtime.engine"


@pytest.mark.parametrize(("stage", "offload"), [(0, False), (1, False), (2, True), (3, False), (3, True)])
def test_a_config_s_own_scheduler_is_what_was_asked_for(watch, stage, offload):
    seen = watch(MODULE)
    train(make(stage, offload=offload), updates=8)
    declared = seen.one("declared")
    assert (declared["source"], declared["total"], declared["deepspeed"]["zero_stage"]) == ("DeepSpeed config", TOTAL, stage)
    assert declared["in_force"]["stepped_by"] == "DeepSpeed engine"
    assert seen.used() == pytest.approx(CURVE["lrs"][:8], abs=1e-15)
    assert seen.one("projected")["complete"]
    assert seen.all("violation") == []


def test_a_schedule_without_an_end_is_projected_too_and_its_total_said_to_be_unknown(watch):
    seen = watch(MODULE)
    block = {"type": "WarmupLR", "params": {"warmup_max_lr": PEAK, "warmup_num_steps": WARMUP}}
    train(make(1, block), updates=6)
    assert (seen.one("declared")["total_known"], seen.one("projected")["difference"]) == (False, None)
    assert seen.one("projected")["steps"] > 1000
    assert len(seen.used()) == 6


def test_one_of_torch_s_schedulers_in_the_config(watch):
    seen = watch(MODULE)
    train(make(0, {"type": "ExponentialLR", "params": {"gamma": 0.5}}), updates=4)
    assert seen.used() == [PEAK * 0.5**step for step in range(4)]
    assert seen.all("violation") == []


def test_another_curve_than_the_config_s_is_known_before_the_first_update(watch):
    lrs = [PEAK * min(1.0, step / WARMUP) for step in range(TOTAL)]
    seen = watch(MODULE, expect=[{"lrs": lrs}])
    with pytest.raises(Parked):
        train(make(2))
    violation = seen.one("violation")
    assert (violation["by"], violation["step"], violation["difference"]["step"]) == ("projection", 0, 1)


def test_a_scheduler_that_the_loop_steps_too_is_seen_at_the_second_update(watch):
    seen = watch(MODULE)
    with pytest.raises(Parked):
        train(make(1), after=lambda engine: engine.lr_scheduler.step())
    violation = seen.one("violation")
    # After one update it stands where a second step leaves it; it starts at -1.
    assert (violation["by"], violation["step"], violation["scheduler"]) == ("observation", 1, 1)


@pytest.mark.parametrize("stage", [1, 2])
def test_updates_that_bf16_leaves_out_are_a_lag(watch, stage):
    seen = watch(MODULE)
    train(make(stage), updates=10, broken={0, 3, 4})
    assert [event["skipped"] for event in seen.all("skipped")] == [1, 2, 3]
    assert seen.used() == pytest.approx(CURVE["lrs"][:7], abs=1e-15)
    assert seen.all("violation") == []


def test_accumulation_is_one_update(watch):
    seen = watch(MODULE)
    train(make(1, accumulate=3), updates=5, accumulate=3)
    assert seen.used() == pytest.approx(CURVE["lrs"][:5], abs=1e-15)
    assert seen.one("declared")["training"]["gradient_accumulation_steps"] == 3


@pytest.mark.parametrize("stage", [1, 3])
def test_all_groups_are_read_before_the_first_of_them_is_applied(watch, stage):
    seen = watch(MODULE)
    train(make(stage, groups=True), updates=3)
    assert [len(event["lrs"]) for event in seen.all("step")] == [2, 2, 2]
    assert len(seen.one("declared")["base_lrs"]) == 2


def test_a_scheduler_handed_to_initialize_replaces_the_config_s_and_nothing_is_said_of_it(watch):
    seen = watch(MODULE)
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    own = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    engine = make(0, model=model, optimizer=optimizer, lr_scheduler=own)
    with pytest.raises(Parked) as parked:
        train(engine)
    assert parked.value.code == 94
    assert seen.all("declared") == []


def test_a_loop_that_steps_as_well_is_seen_where_it_then_stands(watch):
    seen = watch(MODULE, expect=[{"lrs": [PEAK * 0.9**step for step in range(TOTAL)]}])
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    own = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    engine = make(0, None, model=model, optimizer=optimizer, lr_scheduler=own)
    train(engine, updates=1)
    own.step()
    with pytest.raises(Parked):
        train(engine, updates=1)
    assert [event["differs"] for event in seen.all("step")] == [False, True]
    violation = seen.one("violation")
    assert (violation["step"], violation["scheduler"]) == (1, 2)
    # What follows is what two steps per update make of it, not one.
    assert violation["rest"][0][2] == pytest.approx(PEAK * 0.9**4)


def test_the_same_with_its_curve_given(watch):
    seen = watch(MODULE, expect=[{"lrs": [PEAK * 0.5 ** (step // 3) for step in range(TOTAL)]}])
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    engine = make(1, None, model=model, optimizer=optimizer, lr_scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5))
    train(engine, updates=7)
    assert seen.one("projected")["in_force"]["class"] == "StepLR"
    assert seen.all("violation") == []


def test_two_engines_have_a_curve_each(watch):
    seen = watch(MODULE)
    one, two = make(1), make(2)
    for _ in range(4):
        train(one, updates=1)
        train(two, updates=2)
    assert seen.used(0) == pytest.approx(CURVE["lrs"][:4], abs=1e-15)
    assert seen.used(1) == pytest.approx(CURVE["lrs"][:8], abs=1e-15)
