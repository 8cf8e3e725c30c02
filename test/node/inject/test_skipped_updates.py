"""Updates that overflow leaves out: they are a lag of the curve, and a fault only when the scheduler goes on without them."""

import pytest
import torch
from torch.optim import lr_scheduler
from watching import Parked

PEAK, TOTAL = 1e-3, 12
CURVE = {"lrs": [PEAK * (1 - step / TOTAL) for step in range(TOTAL)]}
# Micro-batches whose gradients are not finite.
OVERFLOWS = {0, 3, 4}


def train(scaler, optimizer, scheduler, weight, wait_for_update):
    for batch in range(8):
        loss = (weight * (float("inf") if batch in OVERFLOWS else 1.0)).sum()
        scaler.scale(loss).backward()
        before = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        skipped = scaler.get_scale() < before
        if not (skipped and wait_for_update):
            scheduler.step()


def make(fused):
    weight = torch.nn.Parameter(torch.ones(4))
    optimizer = torch.optim.AdamW([weight], lr=PEAK, fused=fused)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / TOTAL)
    return torch.amp.GradScaler("cpu", init_scale=4.0), optimizer, scheduler, weight


@pytest.mark.parametrize("fused", [False, True])
def test_a_scheduler_that_waits_is_healthy(watch, fused):
    seen = watch(expect=[CURVE])
    train(*make(fused), wait_for_update=True)
    assert seen.used() == CURVE["lrs"][:5]
    assert [(event["step"], event["skipped"]) for event in seen.all("skipped")] == [(0, 1), (2, 2), (2, 3)]
    assert seen.all("violation") == []
    assert seen.one("projected")["difference"] is None


@pytest.mark.parametrize("fused", [False, True])
def test_a_scheduler_that_goes_on_without_the_update_is_a_fault(watch, fused):
    seen = watch(expect=[CURVE])
    with pytest.raises(Parked) as parked:
        train(*make(fused), wait_for_update=False)
    assert parked.value.code == 93
    violation = seen.one("violation")
    assert violation["step"] == 0
    # Scheduler steps, applied updates and updates left out are all there to be explained.
    assert violation["by"] == "observation"
    assert violation["scheduler"] == violation["step"] + violation["skipped"]
