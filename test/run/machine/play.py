"""Plays sequences with the machine of a batch job: one JSON document per line in, one out. `--table` plays the table."""

import glob
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "src", "node"))

from rampcheck_node.machine import RunState  # noqa: E402
from rampcheck_node.verdict import conclude  # noqa: E402


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


DEFAULTS = read("defaults.json")


def read_table():
    names = sorted(os.path.basename(path) for path in glob.glob(os.path.join(HERE, "*.json")))
    return [row for name in names if name != "defaults.json" for row in read(name)]


def play(sequence):
    asked = {"on_mismatch": "abort", "expect": 0, **sequence.get("settings", {})}
    settings = {"on_mismatch": asked["on_mismatch"], "expect": [{}] * asked["expect"]}
    state = RunState(settings, sequence.get("nodes", ["a", "b"]))
    actions, now = [], 1_000_000
    for number, happening in enumerate(sequence["events"]):
        fields = happening[-1] if isinstance(happening[-1], dict) else {}
        now += fields.get("at", 1)
        if happening[0] == "end":
            done = state.end(happening[1], now)
        else:
            # JSON has no NaN: a sequence writes it as a word.
            event = json.loads(json.dumps(event_of(*happening[1:])).replace('"NaN"', "NaN"))
            done = state.react(happening[0], event, now)
        actions += [f"{number} {words_of(action)}" for action in done]
    verdict = conclude(state)
    return {"name": sequence["name"], "actions": actions, "verdict": verdict}


def event_of(first, *rest):
    """As the agent would send it."""
    if isinstance(first, int):
        kind, fields = rest[0], (rest[1] if len(rest) > 1 else {})
        return {"type": "rank", "event": {**DEFAULTS.get(kind, {}), **fields, "type": kind, "rank": first}}
    return {**DEFAULTS.get(f"agent {first}", {}), **(rest[0] if rest else {}), "type": first}


def words_of(action):
    return "release" if action[0] == "release" else f"stop {action[1]:g} after {action[2]:g}"


if __name__ == "__main__":
    played = 0
    for row in read_table() if sys.argv[1:] == ["--table"] else map(json.loads, sys.stdin):
        print(json.dumps(play(row), allow_nan=False), flush=True)
        played += 1
    sys.stderr.write(f"played {played}\n")
