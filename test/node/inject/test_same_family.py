"""The cases of test/job/same-family.json, which src/job/same-family.ts decides too, in the callback's own code."""

import json
from pathlib import Path

import pytest
from rampcheck_callback.expected import same_family

CASES = json.loads((Path(__file__).parents[2] / "job" / "same-family.json").read_text())
# What DeepSpeed takes where the block names none.
DEFAULTS = {"warmup_num_steps": 1000}


class Engine:
    def __init__(self, params):
        self.params = params

    def scheduler_params(self):
        return self.params


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['asked']['scheduler']}-{case['block']['type']}")
def test_a_block_stands_in_when_family_and_numbers_are_the_same(case):
    asked, block = case["asked"], case["block"]
    numbers = {"num_warmup_steps": asked["warmup"], "num_training_steps": asked["total"]}
    spec = {"lib": "transformers", "scheduler": asked["scheduler"], "lr0": asked["lr0"]}
    spec["params"] = {**numbers, **asked.get("kwargs", {})}
    scheduler = type(block["type"], (), {})()
    held = same_family(spec, scheduler, Engine(block["params"]))
    # A block with other numbers is held against the numbers that were asked for: it differs, and the run is stopped.
    agrees = held is not None and held["params"] == {**DEFAULTS, **block["params"]}
    assert agrees == case["stands_in"]
