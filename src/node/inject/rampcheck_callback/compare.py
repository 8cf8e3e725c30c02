"""The tolerance, and the first difference of two curves.

The bound is absolute, a share of the peak: near the end of a cosine one unit in the last place of cos() is a large share of the
current value, and a percentage of the current value lets a flat curve pass for the first 6 % of a run.
"""

from __future__ import annotations

import decimal
import math

DOUBLE = 1e-12
FLOAT32 = 1e-6


def plain(lr) -> float:
    """A learning rate as a Python float. Optimizers may hold it as a tensor, as an int 0 (DeepSpeed), or not at all."""
    return float(lr) if lr is not None else math.nan


def read(groups):
    """What every group uses now, as floats, and whether any of them is a tensor (of single precision).

    Tensors are read together: on an accelerator that is one synchronisation, however many groups there are.
    """
    lrs = [group["lr"] for group in groups]
    if all(type(lr) is float for lr in lrs):
        return lrs, False
    if all(lr is None or isinstance(lr, (int, float)) for lr in lrs):
        return [plain(lr) for lr in lrs], False
    import torch

    places = [place for place, lr in enumerate(lrs) if isinstance(lr, torch.Tensor)]
    if places:
        device = lrs[places[0]].device
        together = torch.stack([lrs[place].detach().reshape(()).to(device) for place in places])
        for place, lr in zip(places, together.tolist()):
            lrs[place] = lr
    return [plain(lr) for lr in lrs], True


def exact(lr: float) -> str:
    """A learning rate with every digit that it has, as people write it: 1e-5, 3.3333e-6, 0 (src/rate.ts)."""
    if lr == 0 or not math.isfinite(lr):
        return "0" if lr == 0 else "NaN"
    sign, digits, exponent = decimal.Decimal(repr(float(lr))).as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:])).rstrip("0")
    return f"{'-' if sign else ''}{first}{'.' if rest else ''}{rest}e{exponent + len(digits) - 1}"


def tolerance(peak: float, float32: bool = False) -> float:
    return (FLOAT32 if float32 else DOUBLE) * peak


def first_difference(expected, actual, bound: float, first_step: int):
    """The earliest step at which any group differs by more than `bound`, and the largest deviation of all.

    `expected` and `actual` are lists of groups, each a list of learning rates per optimizer step from `first_step` on.
    Returns ({"step", "group", "expected", "actual"} or None, largest absolute difference).
    """
    earliest, largest = None, 0.0
    for group, (wanted, got) in enumerate(zip(expected, actual)):
        for index, (a, b) in enumerate(zip(wanted, got)):
            deviation = abs(a - b)
            if not deviation <= bound:
                if earliest is None or first_step + index < earliest["step"]:
                    earliest = {"step": first_step + index, "group": group, "expected": a, "actual": b}
                deviation = deviation if math.isfinite(deviation) else math.inf
            largest = max(largest, deviation)
    return earliest, largest
