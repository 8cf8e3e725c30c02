"""The Hugging Face Trainer in this process: resumed runs, groups, several trainings, and what its arguments cannot say."""

import copy
import os
import pickle
import sys
from pathlib import Path

import pytest
import torch
from watching import Parked

transformers = pytest.importorskip("transformers")
sys.path.append(str(Path(__file__).parents[2] / "fixtures" / "training"))
from tiny import Tiny  # noqa: E402

MODULE = "transformers.trainer"
BASE = {
    "learning_rate": 1e-3,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 2,
    "max_steps": 8,
    "per_device_train_batch_size": 2,
    "save_strategy": "no",
    "report_to": "none",
    "use_cpu": True,
    "disable_tqdm": True,
}


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Other tests of this process may have left a rank's environment."""
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    transformers.logging.set_verbosity_error()


def make(trainer_class=transformers.Trainer, optimizers=(None, None), callbacks=(), **arguments):
    args = transformers.TrainingArguments(output_dir=os.getcwd(), **{**BASE, **arguments})
    dataset = [{"x": torch.ones(4), "labels": torch.tensor(1.0)}] * 16
    data = {"train_dataset": dataset, "eval_dataset": dataset}
    return trainer_class(model=Tiny(), args=args, **data, optimizers=optimizers, callbacks=list(callbacks))


def stopped(run):
    with pytest.raises(Parked) as parked:
        run()
    return parked.value.code


def test_every_update_is_judged_and_the_future_known_before_the_first(watch):
    seen = watch(MODULE)
    make(gradient_accumulation_steps=3).train()
    assert [event["type"] for event in seen.events[:4]] == ["declared", "projected", "hold", "step"]
    assert len(seen.used()) == 8
    assert seen.used()[:3] == [0.0, 0.0005, 0.001]
    assert seen.all("violation") == []


def test_two_trainings_in_one_process_have_a_count_each(watch):
    seen = watch(MODULE)
    make().train()
    seen.released.set()
    make(max_steps=4, lr_scheduler_type="linear").train()
    assert [event["optimizer"] for event in seen.all("declared")] == [0, 1]
    assert [event["step"] for event in seen.all("step")] == [*range(8), *range(4)]
    assert seen.all("violation") == []


def test_a_training_that_starts_over_while_held_is_the_same_one(watch):
    seen = watch(MODULE)
    trainer = make()
    trainer.train()
    trainer.train()
    assert [event["optimizer"] for event in seen.all("declared")] == [0, 0]


def save_and_resume(watch, **changes):
    make(save_strategy="steps", save_steps=3, max_steps=3 if "whole" not in changes else 8).train()
    changes.pop("whole", None)
    seen = watch(MODULE)
    trainer = make(**changes)
    return seen, lambda: trainer.train(resume_from_checkpoint=os.path.join(os.getcwd(), "checkpoint-3"))


def test_a_resumed_run_goes_on_along_its_curve(watch):
    seen, resume = save_and_resume(watch, whole=True)
    resume()
    assert seen.one("declared")["start"] == 3
    assert [event["step"] for event in seen.all("step")] == [3, 4, 5, 6, 7]
    assert seen.all("violation") == []


def test_a_new_learning_rate_that_the_checkpoint_overrides_is_found_at_once(watch):
    seen, resume = save_and_resume(watch, whole=True, learning_rate=5e-4)
    assert stopped(resume) == 93
    violation = seen.one("violation")
    assert (violation["by"], violation["step"]) == ("projection", 3)
    assert seen.one("declared")["base_lrs"][0] == 5e-4
    assert violation["in_force"]["base_lrs"][0] == 1e-3


def test_a_longer_run_than_the_checkpoint_s_jumps_and_is_found_at_once(watch):
    seen, resume = save_and_resume(watch, whole=True, max_steps=16)
    assert stopped(resume) == 93
    assert seen.one("violation")["difference"]["step"] == 3


def test_groups_of_the_script_s_own_are_held_to_their_own_base(watch):
    seen = watch(MODULE)
    model = Tiny()
    groups = [{"params": [model.layer.weight]}, {"params": [model.layer.bias], "lr": 16e-3}]
    trainer = make(optimizers=(torch.optim.AdamW(groups, lr=1e-3), None))
    trainer.train()
    assert seen.used(group=1) == pytest.approx([16 * lr for lr in seen.used()], rel=1e-12)
    assert seen.all("violation") == []


def test_a_callback_that_steps_the_scheduler_once_more_is_seen_at_the_second_update(watch):
    class Twice(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, lr_scheduler=None, **kwargs):
            lr_scheduler.step()

    seen = watch(MODULE)
    assert stopped(make(callbacks=[Twice()]).train) == 93
    violation = seen.one("violation")
    assert (violation["by"], violation["step"], violation["scheduler"]) == ("observation", 1, 2)
    assert any(place.startswith(__file__) for place in violation["in_force"]["stepped_at"])


def test_a_schedule_that_follows_a_metric_is_recorded_and_not_judged(watch):
    seen = watch(MODULE)
    make(lr_scheduler_type="reduce_lr_on_plateau", eval_strategy="steps", eval_steps=2, warmup_steps=0).train()
    assert "follows a metric" in seen.one("declared")["unpredictable"]
    assert len(seen.used()) == 8


def test_another_optimizer_beside_the_trainer_s_is_named_and_not_judged(watch):
    class Probes(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            weight = torch.nn.Parameter(torch.ones(1))
            weight.sum().backward()
            torch.optim.SGD([weight], lr=0.1).step()

    seen = watch(MODULE)
    make(callbacks=[Probes()]).train()
    assert "another optimizer (SGD)" in seen.one("unjudged")["why"]
    assert seen.all("violation") == []


def test_expect_wins_over_the_arguments(watch):
    seen = watch(MODULE, expect=[{"lrs": [1e-3] * 8}])
    assert stopped(make().train) == 93
    violation = seen.one("violation")
    assert violation["difference"] == {"step": 0, "group": 0, "expected": 1e-3, "actual": 0.0}


def test_the_callbacks_of_a_trainer_can_be_pickled_and_copied(watch):
    watch(MODULE)
    trainer = make()
    kinds = [type(callback) for callback in trainer.callback_handler.callbacks]
    assert any(kind.__name__ == "RampcheckCallback" for kind in kinds)
    for copied in (
        pickle.loads(pickle.dumps(trainer.callback_handler.callbacks)),
        copy.deepcopy(trainer.callback_handler.callbacks),
        [copy.copy(callback) for callback in trainer.callback_handler.callbacks],
    ):
        assert len(copied) == len(kinds)
        assert not any(type(callback).__name__ == "RampcheckCallback" for callback in copied)


class Own(transformers.Trainer):
    """A class with an optimizer of its own, whose rates are not those of the arguments."""

    rates = (5e-4,)

    def create_optimizer(self, model=None):
        parameters = list(self.model.parameters())
        groups = [{"params": parameters[place :: len(self.rates)], "lr": lr} for place, lr in enumerate(self.rates)]
        self.optimizer = torch.optim.AdamW(groups)
        return self.optimizer


def stated(rate, **group_rates):
    rates = [{"value": value, "text": f"--{name} {value}"} for name, value in group_rates.items()]
    return {"learning_rate": {"value": rate, "text": f"--learning_rate {rate}"}, "group_rates": rates}


def with_rates(*rates):
    return type("Rated", (Own,), {"rates": rates})


@pytest.mark.parametrize(
    "how",
    [
        lambda: make(with_rates(5e-4)),
        lambda: make(with_rates(2e-3, 5e-4)),
        lambda: make(optimizers=(torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=3e-4), None)),
    ],
)
def test_a_stated_rate_that_no_group_is_made_with_is_a_contradiction(watch, how):
    seen = watch(MODULE, stated=stated(1e-3))
    assert stopped(how().train) == 93
    found = seen.one("contradiction")
    assert found["id"] == "argument-not-used"
    assert "--learning_rate 0.001" in found["message"] and "no parameter group is made with it" in found["message"]


@pytest.mark.parametrize("rates", [(1e-3,), (1e-3, 5e-4), (8e-4, 9e-4, 1e-3)])
def test_a_stated_rate_of_one_group_is_enough_and_others_are_listed(watch, rates):
    seen = watch(MODULE, stated=stated(1e-3))
    seen.released.set()
    make(with_rates(*rates)).train()
    assert not seen.all("contradiction") and not seen.all("violation")
    assert ["at other rates" in event["why"] for event in seen.all("unjudged")] == [True] * (len(set(rates)) > 1)


def test_a_further_stated_rate_that_no_group_has_is_named(watch):
    seen = watch(MODULE, stated=stated(1e-3, embedding_learning_rate=5e-6, head_lr=5e-4))
    seen.released.set()
    make(with_rates(1e-3, 5e-4)).train()
    (warning,) = seen.all("unjudged")
    assert warning["why"] == "no parameter group uses --embedding_learning_rate 5e-06: the groups are made with 1e-3, 5e-4"


def test_a_run_that_trains_only_what_has_a_rate_of_its_own_is_none(watch):
    seen = watch(MODULE, stated=stated(1e-3, head_lr=5e-4))
    seen.released.set()
    make(with_rates(5e-4)).train()
    assert not seen.all("contradiction")
