"""A loop on a real DeepSpeed engine that prints its progress. Argument: DeepSpeed's config as JSON."""

import json
import sys

import deepspeed
import torch

# Its progress is of level INFO, and only warnings are shown by default.
deepspeed.utils.logger.setLevel("INFO")
for handler in deepspeed.utils.logger.handlers:
    handler.setLevel("INFO")
model = torch.nn.Linear(1, 1)
engine, *_ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config=json.loads(sys.argv[1]))
for _ in range(40):
    engine.backward(engine(torch.ones(1, 1)).mean())
    engine.step()
