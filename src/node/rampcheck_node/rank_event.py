"""Which events of a rank can be read: src/contract/rank-event.ts, for the fields that the machine and the verdict read.

Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import math


def is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value) -> bool:
    return is_int(value) and value >= 0


def is_positive(value) -> bool:
    return is_int(value) and value > 0


def is_rate(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_time(value) -> bool:
    return is_rate(value) and math.isfinite(value)


def is_text(value) -> bool:
    return isinstance(value, str)


def is_bool(value) -> bool:
    return isinstance(value, bool)


def one_of(*words):
    return lambda value: value in words


def listed(check):
    return lambda value: isinstance(value, list) and all(map(check, value))


def is_point(value) -> bool:
    """[step, expected, actual]"""
    return isinstance(value, list) and len(value) == 3 and is_int(value[0]) and is_rate(value[1]) and is_rate(value[2])


def nothing_or(check):
    return lambda value: value is None or check(value)


def made_of(**checks):
    """An object that has all of these."""
    return lambda value: isinstance(value, dict) and all(name in value and check(value[name]) for name, check in checks.items())


def is_object(value) -> bool:
    return isinstance(value, dict)


DIFFERENCE = made_of(step=is_count, group=is_count, expected=is_rate, actual=is_rate)
ASKED = made_of(lib=is_text, scheduler=is_text, params=is_object, lr0=is_rate)
END = made_of(optimizer=is_count, step=is_count, total=nothing_or(is_count))
# By type: the fields that must be there, and those that may be.
EVENTS = {
    "hello": ({"pid": is_int, "world_size": is_count}, {}),
    "declared": (
        {"asked": ASKED, "total": is_count, "start": is_count, "base_lrs": listed(is_rate)},
        {"optimizer": is_count},
    ),
    "projected": (
        {"available": is_bool},
        {"optimizer": is_count, "max_deviation": is_rate, "difference": nothing_or(DIFFERENCE)},
    ),
    "hold": ({"steps": is_positive}, {"optimizer": is_count}),
    "step": (
        {"step": is_count, "lrs": listed(is_rate), "expected": nothing_or(listed(is_rate))},
        {"optimizer": is_count},
    ),
    "skipped": ({"skipped": is_count}, {"optimizer": is_count}),
    "proven": ({"steps": is_positive, "projection": one_of("none", "partial", "complete")}, {"optimizer": is_count}),
    "violation": (
        {
            "parks": is_bool,
            "by": one_of("projection", "observation"),
            "step": is_count,
            "difference": DIFFERENCE,
            "max_deviation": is_rate,
            "window": listed(is_point),
        },
        {"optimizer": is_count},
    ),
    "contradiction": (
        {"parks": is_bool, "id": is_text, "message": is_text, "fix": listed(is_text)},
        {"optimizer": is_count},
    ),
    "fault": ({"parks": is_bool, "traceback": is_text}, {}),
    "undeclared": ({"parks": is_bool, "why": is_text}, {}),
    "unjudged": ({"why": is_text}, {}),
    "error": ({"time": is_time, "error": is_text, "traceback": is_text}, {}),
    "end": ({}, {"trainings": listed(END)}),
}


def wrong_field(event: dict) -> str | None:
    """The first field of an event that is missing or of another type; None for an event that can be read."""
    if event["type"] not in EVENTS:
        return "type"
    needed, optional = EVENTS[event["type"]]
    optional = {"time": is_time, **optional}
    for name, check in optional.items():
        if name in event and not check(event[name]):
            return name
    return next((name for name, check in needed.items() if name not in event or not check(event[name])), None)
