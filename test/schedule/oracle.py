"""The real libraries, asked line by line: settings in (JSON), curves or errors out.

One process per library version. `{"lib", "scheduler", "params", "lr0", "count"}` answers `{"lrs": [...]}`, the learning
rate that each of the first `count` optimizer steps uses, or `{"error": "..."}` with what the library raised.
"""

import json
import logging
import os
import sys
import warnings

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["DEEPSPEED_LOG_LEVEL"] = "error"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

# Libraries print to stdout as they please; the answers keep the real one for themselves.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402

torch.set_num_threads(1)


def optimizer_of(lr):
    # AdamW, because schedulers that cycle the momentum want betas.
    return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def lambda_of(value):
    if isinstance(value, list):
        return lambda epoch: value[epoch]
    return lambda epoch: float(value)


def torch_scheduler(optimizer, name, params):
    params = dict(params)
    if "lr_lambda" in params:
        params["lr_lambda"] = lambda_of(params["lr_lambda"])
    if "schedulers" in params:
        children = params.pop("schedulers")
        built = [torch_scheduler(optimizer, child["scheduler"], child.get("params", {})) for child in children]
        if name == "ChainedScheduler":
            return torch.optim.lr_scheduler.ChainedScheduler(built, optimizer=optimizer, **params)
        return torch.optim.lr_scheduler.SequentialLR(optimizer, schedulers=built, **params)
    return getattr(torch.optim.lr_scheduler, name)(optimizer, **params)


def transformers_scheduler(optimizer, name, params):
    from transformers import get_scheduler

    kwargs = dict(params)
    warmup, total = kwargs.pop("num_warmup_steps", None), kwargs.pop("num_training_steps", None)
    return get_scheduler(name, optimizer, warmup, total, scheduler_specific_kwargs=kwargs)


def deepspeed_scheduler(optimizer, name, params):
    from deepspeed.runtime import lr_schedules

    return getattr(lr_schedules, name)(optimizer, **params)


builders = {
    "torch": torch_scheduler,
    "transformers": transformers_scheduler,
    "deepspeed": deepspeed_scheduler,
}


def stepped(lib, scheduler, params, lr0, count):
    optimizer = optimizer_of(lr0)
    built = builders[lib](optimizer, scheduler, params)
    lrs = []
    for step in range(count):
        lrs.append(float(optimizer.param_groups[0]["lr"]))
        if step + 1 < count:
            optimizer.step()
            built.step()
    return lrs


def accelerated(params, lr0, count):
    """accelerate's own wrapper; only the number of processes is told to it rather than found."""
    import accelerate.scheduler as module
    from accelerate.state import GradientState

    inner = params["scheduler"]
    optimizer = optimizer_of(lr0)
    scheduler = builders[inner.get("lib", "torch")](optimizer, inner["scheduler"], inner.get("params", {}))
    world = type("World", (), {"num_processes": params.get("num_processes", 1)})
    real, module.AcceleratorState = module.AcceleratorState, world
    optimizer.step_was_skipped = False
    try:
        wrapper = module.AcceleratedScheduler(
            scheduler,
            optimizer,
            step_with_optimizer=params.get("step_with_optimizer", True),
            split_batches=params.get("split_batches", False),
        )
        window = params.get("gradient_accumulation_steps", 1)
        lrs, batch = [], 0
        while len(lrs) < count:
            batch += 1
            sync = batch % window == 0
            GradientState()._set_sync_gradients(sync)
            if sync:
                lrs.append(float(optimizer.param_groups[0]["lr"]))
                optimizer.step()
            if len(lrs) < count:
                wrapper.step()
        return lrs
    finally:
        module.AcceleratorState = real


def answer(request):
    lib, params = request["lib"], request["params"]
    if lib == "accelerate":
        return {"lrs": accelerated(params, request["lr0"], request["count"])}
    return {"lrs": stepped(lib, request["scheduler"], params, request["lr0"], request["count"])}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(reply) + "\n")
    answers.flush()
