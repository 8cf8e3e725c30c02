"""What the command states and --expect gives, against what the script trains with: a contradiction ends a held run."""

from __future__ import annotations

import re

from .compare import exact

MAKE_THE_SAME = "let the script's TrainingArguments take the value of {}"
# The Trainer counts the last, incomplete accumulation of an epoch as an update since then (transformers, trainer.py).
UPDATES_ROUNDED_UP = (4, 52)
# Two rates are the same to this share: nobody means a difference that single precision makes.
SAME_RATE = 1e-6
# Groups that are named one by one.
GROUPS = 8


def contradiction(settings: dict, intent, given, bases, training: dict, trainer=None) -> dict | None:
    """{"id", "message", "fix"} of the first contradiction; None without one. `trainer` is a transformers Trainer."""
    if given is not None:
        return groups_missing(given, bases)
    # A loop without a Trainer gives the words of the command a meaning of its own.
    if trainer is None:
        return None
    stated, total = settings.get("stated") or {}, intent.total
    return (
        argument_not_used(stated, intent.asked)
        or rate_not_used(stated, bases, trainer)
        or other_total(settings.get("counted"), total, training)
        or other_max_steps(stated.get("max_steps"), total)
    )


def argument_not_used(stated: dict, asked: dict) -> dict | None:
    for name, used in (("lr_scheduler_type", asked["scheduler"]), ("learning_rate", asked["lr0"])):
        argument = stated.get(name)
        if argument and argument["value"] != used:
            return {
                "id": "argument-not-used",
                "message": f"the command says {argument['text']}, but the script trains with {words(used)}",
                "fix": [f"{MAKE_THE_SAME.format(argument['text'])}, or change the command to what is meant"],
            }
    return None


def rate_not_used(stated: dict, bases, trainer) -> dict | None:
    """Scaling each group by its own base proves the shape of a schedule; a group with the stated rate proves its height."""
    argument = stated.get("learning_rate")
    if not argument or not bases or not judged_by_base(bases, trainer) or in_use(argument["value"], bases):
        return None
    # A run may train nothing but what has a rate of its own: the warning of `unused` is enough then.
    others = [other["value"] for other in stated.get("group_rates") or ()]
    if others and all(in_use(base, others) for base in bases):
        return None
    return {
        "id": "argument-not-used",
        "message": f"the command says {argument['text']}, and no parameter group is made with it ({rates(bases)})",
        "fix": [
            f"build the optimizer with the rate of the command: lr=args.learning_rate, which is {words(argument['value'])}",
            f"or state what is meant: {argument['text'].split()[0].split('=')[0]} {words(bases[0])}",
        ],
    }


def unused(stated: dict, bases, trainer) -> list[str]:
    """What the user should know: stated rates that no group has, and groups at other rates than the stated one."""
    if not bases or not judged_by_base(bases, trainer):
        return []
    others = stated.get("group_rates") or ()
    found = [
        f"no parameter group uses {other['text']}: the groups are made with {rates(bases)}"
        for other in others
        if not in_use(other["value"], bases)
    ]
    argument = stated.get("learning_rate")
    if argument and in_use(argument["value"], bases):
        known = [argument["value"], *(other["value"] for other in others)]
        apart = [f"{place} at {words(base)}" for place, base in enumerate(bases) if not in_use(base, known)]
        if apart:
            found.append(f"parameter groups at other rates than {argument['text']}: group {', group '.join(apart[:GROUPS])}")
    return found


def judged_by_base(bases, trainer) -> bool:
    """Not for rates that an optimizer chooses by itself, nor for a dummy whose real optimizers step in hooks."""
    optimizer = type(getattr(trainer, "optimizer", None)).__name__
    return trainer is not None and None not in bases and "Dummy" not in optimizer


def in_use(value: float, rates_in_use) -> bool:
    return any(abs(value - rate) <= SAME_RATE * abs(value) for rate in rates_in_use)


def rates(bases) -> str:
    return ", ".join(dict.fromkeys(words(base) for base in bases))


def other_max_steps(argument, total: int) -> dict | None:
    """The command states how many steps, and the run counts others."""
    if not argument or argument["value"] <= 0 or argument["value"] == total:
        return None
    return {
        "id": "total-steps-differ",
        "message": f"the command says {argument['text']}, but the run counts {total} optimizer steps",
        "fix": [MAKE_THE_SAME.format(argument["text"])],
    }


def other_total(counted, total: int, training: dict) -> dict | None:
    """--samples makes one total with the arguments of the plan, and the run counts another with the same arguments."""
    if counted is None or counted["total"] == total or training.get("batches_by") is not None:
        return None
    if (training.get("max_steps") or 0) > 0 or counted["updates_rounded_up"] != (version() >= UPDATES_ROUNDED_UP):
        return None
    if any(training.get(name) != value for name, value in counted["arguments"].items()):
        return None
    size = "too long" if total > counted["total"] else "too short"
    but = f"but --samples {counted['samples']} gives {counted['total']}"
    return {
        "id": "total-steps-differ",
        "message": f"the run counts {total} optimizer steps, {but}: the schedule would be {size}",
        "fix": [
            "correct --samples, or find out why the data set has a different size in the run (packing, filtering, a split): "
            + counted["from"],
        ],
    }


def version() -> tuple:
    import transformers

    return tuple(int(part) for part in re.findall(r"\d+", transformers.__version__)[:2])


def groups_missing(given: dict, bases) -> dict | None:
    """--expect has a curve for each parameter group, and the optimizer has another number of groups."""
    if "groups" not in given or len(given["groups"]) == len(bases):
        return None
    return {
        "id": "groups-missing",
        "message": f"--expect has curves for {len(given['groups'])} parameter groups, the optimizer has {len(bases)}",
        "fix": [
            'look who builds the optimizer: a DeepSpeed "optimizer" block or a framework that makes its own drops the groups of '
            "the script",
            "give --expect one curve for each group that the optimizer really has",
        ],
    }


def words(value) -> str:
    if isinstance(value, float):
        return exact(value) if not value.is_integer() else str(int(value))
    return str(value)
