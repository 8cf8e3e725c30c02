"""How many optimizer steps are held, where only the ranks know the curve: src/schedule/hold.ts over the points that they tell.

A rank tells at most some hundred points of its curve, every one of them for a run of that many steps. The rule is evaluated on
these points alone, so that N is that of `plan` for short runs, and rounded up to the next point for long ones.
"""

from __future__ import annotations

TOLERANCE = 1e-12
UNKNOWN = 2**53


def hold_steps(asked: dict, declared: dict, projection: bool) -> int:
    """N for what a rank has declared; `asked` is the bundle's {option, steps, total}."""
    start, total = declared["start"], declared["total"]
    # A loop of the script's own may not know its total.
    left = max(1, total - start) if total > 0 else UNKNOWN
    if asked["option"] != "auto":
        return min(asked["option"], left)
    if not declared.get("samples"):
        return min(2, left)
    first = declared.get("optimizer", 0) == 0
    if first and projection and start == 0 and asked["steps"] is not None and asked["total"] == total:
        return min(asked["steps"], left)
    points = {step - start: lr for step, lr in declared["samples"]}
    steps = longest_hidden(points, factors(declared["training"]))
    if not projection:
        # The faults that a projection excludes show within the warmup, or soon after it: a tenth of the decay is far beyond.
        warmup = max(0, int(declared["asked"]["params"].get("num_warmup_steps") or 0) - start)
        steps = max(steps, warmup + max(2, (min(left, max(points) + 1) - warmup) // 10))
    return min(max(steps, min(2, left)), left)


def longest_hidden(points: dict[int, float], ks: list[int]) -> int:
    """The step before which a scheduler stepped never, too often or too rarely has not shown itself, plus one."""
    bound = TOLERANCE * max((abs(lr) for lr in points.values()), default=0.0)
    others = [lambda step: 0]
    others += [lambda step, k=k: k * step for k in ks]
    others += [lambda step, k=k: step // k for k in ks]
    longest = 0
    for other in others:
        for step in sorted(points):
            instead = points.get(other(step))
            if instead is not None and abs(points[step] - instead) > bound:
                longest = max(longest, step + 1)
                break
    return longest


def factors(training: dict) -> list[int]:
    found = {2, int(training.get("world_size") or 1), int(training.get("gradient_accumulation_steps") or 1)}
    return sorted(k for k in found if k > 1)
