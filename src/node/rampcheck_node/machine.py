"""The state machine of a batch job: one event of one node in, actions out. src/run/react.ts is the same for a launched run.

It counts what the ranks have decided by themselves (`proven`, `parks`) and decides nothing about learning rates.
test/run/machine/ holds both machines to one table of sequences.
Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import json
import math

from .contract import seconds
from .departure import has_found
from .finish import end_after_training, launchers_linger
from .rank_event import wrong_field
from .rate import exact, rates

# How much of an output is quoted when nothing else tells why it ended.
TAIL_LINES = 20
# Less than this (milliseconds) is the time that a message takes, not a clock that is off.
CLOCK_OFF = 1000


class Node:
    """What is known of a node."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tail: list[str] = []
        self.exit_code: int | None = None
        self.gone = False
        self.killed = 0
        # How far our clock is ahead of the node's in milliseconds, at most: the smallest delay of anything it has sent.
        self.clock: float | None = None


class Rank:
    def __init__(self, number: int, node: int) -> None:
        self.number, self.node = number, node
        # 0 until it has reported.
        self.pid = 0
        # By optimizer: {"declared", "projected", "proven", "tolerated", "steps"}.
        self.trainings: dict[int, dict] = {}
        self.steps = self.skipped = 0
        self.deviation = 0.0
        self.violation: dict | None = None
        # {"id", "message", "fix"}: what it was asked for contradicts what it trains with.
        self.contradiction: dict | None = None
        self.error: dict | None = None
        self.tail: list[str] = []
        self.gone = False
        # How far each training had come at the rank's normal exit.
        self.ended: list[dict] | None = None
        # How its process ended ({"code", "signal"}), where that is known.
        self.exit: dict | None = None

    def training(self, optimizer: int) -> dict:
        return self.trainings.setdefault(optimizer, {"steps": 0})


class RunState:
    """Changed by `react` and `end` alone. An action is ("release",) or ("stop", grace, after), in seconds.

    `settings` are the callback's own. Times that come in as `now` are milliseconds since the epoch.
    """

    def __init__(self, settings: dict, names: list[str]) -> None:
        self.optimizers = max(1, len(settings.get("expect") or []))
        self.stop_on_mismatch = settings["on_mismatch"] == "abort"
        self.nodes = [Node(name) for name in names]
        self.ranks: dict[int, Rank] = {}
        self.world_size: int | None = None
        self.hold: int | None = None
        self.released = False
        self.cause: dict | None = None
        # Found between ranks, and tolerated.
        self.contradiction: dict | None = None
        # Every rank has made its steps and is gone: what is left of the launchers was told to end.
        self.complete = False
        self.warnings: list[str] = []
        self.stopped_at: int | None = None
        self.gone_at: int | None = None

    def end(self, cause: dict, now: int, after: float = 0.0) -> list[tuple]:
        """Ends the run for a reason; the first reason stands."""
        if self.cause is not None:
            return []
        self.cause, self.stopped_at = cause, now
        return [("stop", seconds.released_grace if self.released else seconds.held_grace, after)]

    def react(self, node: int, event: dict, now: int) -> list[tuple]:
        kind = event["type"]
        if kind == "rank":
            return self.react_to_rank(node, event["event"], now)
        if kind == "log":
            source = self.nodes[node] if event["rank"] is None else self.ranks.get(event["rank"])
            if source is not None:
                source.tail = [*source.tail, *event["lines"]][-TAIL_LINES:]
        elif kind == "rank_gone":
            rank = self.ranks.get(event["rank"])
            if rank is not None:
                rank.gone, rank.exit = True, event.get("exit") or rank.exit
            return self.end_lingering()
        elif kind == "exited":
            return self.exited(node, event, now)
        elif kind == "not_started":
            return self.end({"kind": "not-started", "node": node, "reason": event["reason"]}, now)
        elif kind == "fault":
            return self.end({"kind": "node-lost", "node": node, "reason": event["message"]}, now)
        elif kind == "gone":
            self.nodes[node].gone, self.nodes[node].killed = not event["survivors"], event["killed"]
            self.gone_at = now
        return []

    def exited(self, node: int, event: dict, now: int) -> list[tuple]:
        self.nodes[node].exit_code = event["code"]
        if event["code"] == 0 or self.cause is not None or self.complete:
            return []
        after = end_after_training(self, node)
        if after is not None:
            self.warn(after)
            return self.end_lingering()
        failed = self.failures()
        reason = f"was ended by {event['signal']}" if event.get("signal") else f"exited with {event['code']}"
        rank, at = (failed[0].number, failed[0].node) if failed else (None, node)
        return self.end({"kind": "training-failed", "rank": rank, "node": at, "reason": f"the launcher {reason}"}, now)

    def end_lingering(self) -> list[tuple]:
        if self.complete or not launchers_linger(self):
            return []
        self.complete = True
        return [("stop", seconds.released_grace, 0.0)]

    def react_to_rank(self, node: int, event: dict, now: int) -> list[tuple]:
        kind, number = event["type"], event["rank"]
        self.read_clock(node, event.get("time"), now)
        rank = self.ranks.setdefault(number, Rank(number, node))
        wrong = wrong_field(event)
        if wrong is not None:
            return self.invalid(rank, f"the event '{kind}' of rank {number} is not valid: {wrong}", now)
        optimizer = event.get("optimizer", 0)
        if kind == "hello":
            return self.meets(rank, node, event, now)
        elif kind == "declared":
            return self.declares(rank, optimizer, event, now)
        elif kind == "projected":
            rank.training(optimizer)["projected"] = event
        elif kind == "hold":
            rank.training(optimizer)["hold"] = event["steps"]
            self.hold = max(self.hold or 0, event["steps"])
        elif kind == "step":
            rank.steps += 1
            rank.training(optimizer)["steps"] += 1
            rank.deviation = larger(rank.deviation, *deviations(event))
        elif kind == "skipped":
            rank.skipped = event["skipped"]
        elif kind == "proven":
            rank.training(optimizer)["proven"] = event
            return self.release()
        elif kind == "violation":
            return self.violates(rank, optimizer, event, now)
        elif kind == "contradiction":
            return self.contradicts(rank, optimizer, event, now)
        elif kind == "fault":
            if event["parks"]:
                return self.end({"kind": "fault", "rank": number, "node": rank.node, "traceback": event["traceback"]}, now)
            self.warn(f"rank {number}: the callback failed and takes no further part")
        elif kind == "undeclared" and event["parks"]:
            return self.end({"kind": "undeclared", "why": event["why"]}, now, seconds.collect)
        elif kind in ("undeclared", "unjudged"):
            self.warn(event["why"])
        elif kind == "error":
            rank.error = event
        elif kind == "end":
            rank.ended = event.get("trainings", [])
            self.ends(rank, rank.ended)
        return []

    def meets(self, rank: Rank, node: int, event: dict, now: int) -> list[tuple]:
        """A rank reports for the first time: one of the run's, and not of another training that a node has for itself."""
        apart = self.apartness(rank, node, event)
        rank.pid = event["pid"]
        if self.world_size is None:
            self.world_size = event["world_size"]
        if apart is None:
            return []
        found = {
            "id": "ranks-apart",
            "message": f"{apart}: each node trains for itself",
            "fix": [
                "tell the launcher on every node how many there are and where they meet: the number of nodes, the rank of the "
                "node, address and port",
                "some launchers ignore it in a mode of theirs: accelerate launch --cpu starts one process on each machine",
            ],
        }
        if not self.stop_on_mismatch or self.released:
            self.contradiction = self.contradiction or found
            return self.warn(found["message"])
        return self.end({"kind": "contradiction", "rank": rank.number, "node": node, **found}, now)

    def apartness(self, rank: Rank, node: int, event: dict) -> str | None:
        """Why a rank that reports is none of the run's; None when it is one."""
        size, name = event["world_size"], self.nodes[node].name
        if rank.pid and not rank.gone and rank.node != node:
            return f"rank {rank.number} runs twice, on {self.nodes[rank.node].name} and on {name}"
        if size < len(self.nodes):
            return f"rank {rank.number} on {name} is one of {ranks(size)}, and the run has {len(self.nodes)} nodes"
        if self.world_size is not None and self.world_size != size:
            return f"rank {rank.number} on {name} is one of {ranks(size)}, and others are of {self.world_size}"
        return None

    def declares(self, rank: Rank, optimizer: int, event: dict, now: int) -> list[tuple]:
        # Declared again: a Trainer that starts over before anything was released.
        rank.trainings[optimizer] = {"declared": event, "steps": 0}
        others = (other for other in self.ranks.values() if other is not rank)
        other = next((other for other in others if "declared" in other.trainings.get(optimizer, {})), None)
        differ = other and self.disagreement(other, rank, optimizer)
        if not differ:
            return []
        if not self.stop_on_mismatch or self.released:
            self.contradiction = self.contradiction or differ
            return self.warn(differ["message"])
        return self.end({"kind": "contradiction", "rank": rank.number, "node": rank.node, **differ}, now)

    def disagreement(self, one: Rank, other: Rank, optimizer: int) -> dict | None:
        """Two ranks that are asked for different curves: a config or an environment that differs on one node."""
        mine, theirs = (asked_of(rank.trainings[optimizer]["declared"]) for rank in (one, other))
        name, other_name = self.name_of(one), self.name_of(other)
        for key in {**mine, **theirs}:
            value, other_value = mine.get(key, "not given"), theirs.get(key, "not given")
            if value != other_value:
                return {
                    "id": "ranks-differ",
                    "message": f"the ranks have different schedules: {key} is {value} for {name}, "
                    f"and {other_value} for {other_name}",
                    "fix": [
                        f"make the configs, arguments, data and environment of the nodes of {name} and {other_name} the same"
                    ],
                }
        return None

    def violates(self, rank: Rank, optimizer: int, event: dict, now: int) -> list[tuple]:
        rank.violation = rank.violation or event
        if event["parks"]:
            return self.stop_together({"kind": "violation", "rank": rank.number, "node": rank.node, "violation": event}, now)
        rank.training(optimizer)["tolerated"] = True
        found = event["difference"]
        verb = "will use" if event["by"] == "projection" else "uses"
        used, wanted = rates(found["actual"], found["expected"])
        self.warn(f"{self.name_of(rank)} {verb} {used} instead of {wanted} from optimizer step {found['step']} on")
        return self.release()

    def contradicts(self, rank: Rank, optimizer: int, event: dict, now: int) -> list[tuple]:
        what = {key: event[key] for key in ("id", "message", "fix")}
        rank.contradiction = rank.contradiction or what
        if event["parks"]:
            return self.stop_together({"kind": "contradiction", "rank": rank.number, "node": rank.node, **what}, now)
        rank.training(optimizer)["tolerated"] = True
        self.warn(event["message"])
        return self.release()

    def stop_together(self, cause: dict, now: int) -> list[tuple]:
        """Ends the run when the other ranks have had a moment to find the same, or at once when all of them have."""
        everybody = len(self.ranks) == self.world_size and all(map(has_found, self.ranks.values()))
        if everybody and self.cause is not None:
            return [("stop", seconds.held_grace, 0.0)]
        return self.end(cause, now, 0.0 if everybody else seconds.collect)

    def invalid(self, rank: Rank, why: str, now: int) -> list[tuple]:
        """It says what no callback of this version says."""
        if self.released:
            return self.warn(why)
        return self.end({"kind": "fault", "rank": rank.number, "node": rank.node, "traceback": why}, now)

    def release(self) -> list[tuple]:
        """Releases the run once every rank has proven every optimizer that it trains, and as many as were asked for.

        One that has left its curve and goes on all the same (--on-mismatch warn) has nothing left to prove.
        """
        if self.released or self.cause is not None or len(self.ranks) != self.world_size:
            return []
        # A node without a rank may yet have one that is none of these.
        if len({rank.node for rank in self.ranks.values()}) < len(self.nodes):
            return []
        for rank in self.ranks.values():
            done = all("proven" in training or "tolerated" in training for training in rank.trainings.values())
            if not done or len(rank.trainings) < self.optimizers:
                return []
        self.released = True
        return [("release",)]

    def ends(self, rank: Rank, trainings: list[dict]) -> None:
        """A total that the run did not reach, or went past: the curve was made for another run. Rank 0 says it for all."""
        if rank.number != 0 or self.cause is not None or rank.error is not None:
            return
        for training in trainings:
            step, total = training["step"], training["total"]
            which = f" of optimizer {training['optimizer'] + 1}" if len(trainings) > 1 else ""
            if total is None or step in (0, total):
                continue
            if step < total:
                what = f"ended after {step} of the {total} optimizer steps of its schedule"
            else:
                what = f"made {step} optimizer steps, but its curve ends at {total}: the later steps were not judged"
            self.warn(f"the training{which} {what}")

    def failures(self) -> list[Rank]:
        """The ranks that failed on their own, in order of time: the first is the root cause, the others may be consequences."""
        return sorted((rank for rank in self.ranks.values() if rank.error), key=self.failed_at)

    def failed_at(self, rank: Rank) -> float:
        """When a rank failed by itself: milliseconds, comparable between nodes whose clocks are off."""
        clocks = [node.clock for node in self.nodes if node.clock is not None]
        behind = (self.nodes[rank.node].clock or 0.0) - min(clocks, default=math.inf)
        return rank.error["time"] / 1e6 + (behind if behind > CLOCK_OFF else 0.0)

    def read_clock(self, node: int, time, now: int) -> None:
        if isinstance(time, (int, float)):
            known = self.nodes[node].clock
            self.nodes[node].clock = min(math.inf if known is None else known, now - time / 1e6)

    def name_of(self, rank: Rank) -> str:
        return f"rank {rank.number} on {self.nodes[rank.node].name}"

    def warn(self, text: str) -> list[tuple]:
        """A sentence for the user, once."""
        if text not in self.warnings:
            self.warnings.append(text)
        return []


def asked_of(declared: dict) -> dict[str, str]:
    asked = declared["asked"]
    values = {
        "schedule": f"{asked['lib']}:{asked['scheduler']}",
        "learning rate": asked["lr0"],
        **asked["params"],
        "total of optimizer steps": declared["total"],
        "first optimizer step": declared["start"],
    }
    return {key: value if isinstance(value, str) else text(value) for key, value in values.items()}


def text(value) -> str:
    """A value as JSON, with numbers as people write learning rates."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 2**53 else exact(value)
    if isinstance(value, list):
        return f"[{','.join(map(text, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{text(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def deviations(event: dict) -> list[float]:
    return [abs(used - wanted) for used, wanted in zip(event["lrs"], event["expected"] or [])]


def larger(*values: float) -> float:
    """The largest; a value that is no number is larger than any."""
    return max(values, key=lambda value: math.inf if math.isnan(value) else value)


def ranks(count: int) -> str:
    return "1 rank" if count == 1 else f"{count} ranks"
