"""What a batch job's coordinator knows of the run, and what it decides: `react` of src/run/react.ts, as far as release and stop
need it. The same events through the same rules; the diagnosis is not made here. Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import time

from .hold import hold_steps

# The other ranks find the same thing within this time; then everything is stopped (seconds).
COLLECT = 0.4
# A held run has nothing to save; a released run that fails somewhere may still be writing elsewhere.
HELD_GRACE, RELEASED_GRACE = 0.2, 10.0


class Rank:
    def __init__(self, number: int, node: int) -> None:
        self.number, self.node = number, node
        # By optimizer: {"declared", "projected", "steps"}.
        self.trainings: dict[int, dict] = {}
        self.steps = 0
        self.deviation = 0.0
        self.violation: dict | None = None
        self.error: dict | None = None

    def training(self, optimizer: int) -> dict:
        return self.trainings.setdefault(optimizer, {"steps": 0})


class RunState:
    """Changed by `react` alone. An action is ("release",) or ("stop", grace, after), in seconds."""

    def __init__(self, bundle: dict) -> None:
        self.bundle, self.settings = bundle, bundle["settings"]
        self.ranks: dict[int, Rank] = {}
        self.world_size: int | None = None
        self.holds: dict[int, int] = {}
        self.released = False
        self.cause: dict | None = None
        self.warnings: list[str] = []
        self.stopped_at: float | None = None
        self.gone_at: float | None = None

    @property
    def hold(self) -> int | None:
        return max(self.holds.values(), default=None)

    @property
    def aborts(self) -> bool:
        return self.settings["on_mismatch"] == "abort"

    def end(self, cause: dict, after: float = 0.0) -> list[tuple]:
        """The first reason stands."""
        if self.cause is not None:
            return []
        self.cause, self.stopped_at = cause, time.monotonic()
        return [("stop", RELEASED_GRACE if self.released else HELD_GRACE, after)]

    def react(self, node: int, event: dict) -> list[tuple]:
        kind = event["type"]
        if kind == "rank":
            return self.react_to_rank(node, event["event"])
        if kind == "exited" and event["code"] != 0:
            return self.end({"kind": "training-failed", "node": node, "reason": f"the launcher exited with {event['code']}"})
        if kind == "not_started":
            return self.end({"kind": "not-started", "node": node, "reason": event["reason"]})
        if kind == "fault":
            return self.end({"kind": "node-lost", "node": node, "reason": event["message"]})
        if kind == "gone":
            self.gone_at = time.monotonic()
        return []

    def react_to_rank(self, node: int, event: dict) -> list[tuple]:
        kind = event["type"]
        rank = self.ranks.setdefault(event["rank"], Rank(event["rank"], node))
        optimizer = event.get("optimizer")
        # Elsewhere the word may stand for an optimizer's name.
        training = rank.training(optimizer if isinstance(optimizer, int) else 0) if kind in TOLD else {}
        if kind == "hello":
            self.world_size = event["world_size"]
        elif kind == "declared":
            return self.declares(rank, event)
        elif kind == "projected":
            training["projected"] = event
            rank.deviation = max(rank.deviation, event.get("max_deviation") or 0.0)
            if "declared" in training:
                self.decide_hold(training["declared"], bool(event["available"]))
            return self.release()
        elif kind == "step":
            rank.steps += 1
            if not (event.get("differs") and self.aborts):
                # One that differs proves nothing, and its violation follows.
                training["steps"] += 1
            pairs = zip(event["lrs"], event["expected"] or event["lrs"])
            rank.deviation = max([rank.deviation, *(abs(used - wanted) for used, wanted in pairs)])
            return self.release()
        elif kind == "violation":
            rank.violation = event
            return self.violated(rank, event)
        elif kind == "fault":
            if not self.released:
                return self.end({"kind": "fault", "rank": rank.number, "node": node, "traceback": str(event["traceback"])})
            self.warn(f"rank {rank.number}: the callback failed and takes no further part")
        elif kind == "unjudged" or (kind == "undeclared" and self.released):
            self.warn(str(event["why"]))
        elif kind == "undeclared":
            return self.end({"kind": "undeclared", "why": str(event["why"])}, COLLECT)
        elif kind == "unannounced" and not self.released:
            why = "an optimizer steps, and nothing says what its learning rate should do"
            return self.end({"kind": "undeclared", "why": why}, COLLECT)
        elif kind == "error":
            rank.error = event
        return []

    def declares(self, rank: Rank, declared: dict) -> list[tuple]:
        optimizer = declared.get("optimizer") or 0
        # Declared again: a Trainer that starts over before anything was released.
        rank.trainings[optimizer] = {"declared": declared, "steps": 0}
        others = [
            other for other in self.ranks.values() if other is not rank and "declared" in other.trainings.get(optimizer, {})
        ]
        contradiction = self.other_than_stated(declared)
        if contradiction is None and others:
            contradiction = ranks_differ(others[0], rank, optimizer)
        if contradiction and self.aborts and not self.released:
            return self.end({"kind": "contradiction", "rank": rank.number, "node": rank.node, **contradiction}, COLLECT)
        if contradiction:
            self.warn(contradiction["message"])
        if not self.settings["projection"] or declared.get("unpredictable"):
            self.decide_hold(declared, False)
        return []

    def decide_hold(self, declared: dict, projection: bool) -> None:
        """N of one optimizer, decided once, by the first rank that can tell."""
        optimizer = declared.get("optimizer") or 0
        if optimizer not in self.holds:
            self.holds[optimizer] = hold_steps(self.bundle["hold"], declared, projection)

    def other_than_stated(self, declared: dict) -> dict | None:
        """The command states one thing and the script trains with another (src/run/judge.ts)."""
        if declared.get("source") not in (None, "TrainingArguments"):
            return None
        for name, stated in self.bundle["stated"].items():
            used = declared["asked"][name]
            if stated["value"] != used:
                message = f"the command says {stated['text']}, but the script trains with {used}"
                return {"id": "argument-not-used", "message": message, "fix": []}
        return None

    def violated(self, rank: Rank, event: dict) -> list[tuple]:
        if self.settings.get("after_release") != "abort" if self.released else not self.aborts:
            step = event["difference"]["step"]
            self.warn(f"rank {rank.number} leaves the expected learning rate from optimizer step {step} on")
            return []
        all_agree = len(self.ranks) == self.world_size and all(other.violation for other in self.ranks.values())
        if all_agree and self.cause is not None:
            return [("stop", HELD_GRACE, 0.0)]
        cause = {"kind": "violation", "rank": rank.number, "node": rank.node, "violation": event}
        return self.end(cause, 0.0 if all_agree else COLLECT)

    def release(self) -> list[tuple]:
        """Once every rank has shown enough steps of every optimizer, each of them as expected."""
        if self.released or self.cause is not None or len(self.ranks) != self.world_size:
            return []
        if not all(self.proven(rank) for rank in self.ranks.values()):
            return []
        self.released = True
        return [("release",)]

    def proven(self, rank: Rank) -> bool:
        if len(rank.trainings) < max(1, len(self.settings.get("expect") or [])) or (rank.violation and self.aborts):
            return False
        for optimizer, training in rank.trainings.items():
            declared = training.get("declared")
            if not declared or optimizer not in self.holds or training["steps"] < self.holds[optimizer]:
                return False
            if self.settings["projection"] and "projected" not in training and not declared.get("unpredictable"):
                return False
        return True

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


# Events that belong to one optimizer of a rank.
TOLD = ("declared", "projected", "step")


def ranks_differ(one: Rank, other: Rank, optimizer: int) -> dict | None:
    """Two ranks that are asked for different curves: a config or an environment that differs on one node."""

    def words(rank: Rank) -> dict:
        declared = rank.trainings[optimizer]["declared"]
        asked = declared["asked"]
        return {
            "schedule": f"{asked['lib']}:{asked['scheduler']}",
            "learning rate": asked["lr0"],
            **asked["params"],
            "total of optimizer steps": declared["total"],
            "first optimizer step": declared["start"],
        }

    mine, theirs = words(one), words(other)
    for key, value in mine.items():
        if theirs.get(key) != value:
            message = (
                f"the ranks are asked for different schedules: {key} is {value} for rank {one.number}, "
                f"and {theirs.get(key)} for rank {other.number}"
            )
            return {"id": "ranks-differ", "message": message, "fix": []}
    return None


# — the verdict (DESIGN's fields; the diagnosis is made where the run is looked at) —


def conclude(state: RunState, nodes: list, goes_on: bool = False) -> dict:
    ranks = list(state.ranks.values())
    # The one that was heard first, which is the cause; ranks stand in the order in which they were heard of.
    cause = state.cause if (state.cause or {}).get("kind") == "violation" else None
    first = state.ranks[cause["rank"]] if cause else next((rank for rank in ranks if rank.violation), None)
    outcome, run_state, code, message = GOES_ON if goes_on else ending(state, nodes)
    deviations = [max(rank.deviation, (rank.violation or {}).get("max_deviation") or 0.0) for rank in ranks]
    gone = all(node.gone for node in nodes)
    return {
        "outcome": outcome,
        "state": run_state,
        "exit_code": code,
        "message": message,
        "detected": first and {"by": first.violation["by"], "step": first.violation["step"]},
        "diagnosis": None,
        "first_difference": first and {**first.violation["difference"], "rank": first.number, "node": nodes[first.node].name},
        "max_deviation": max(deviations, default=None),
        "ranks": {"total": state.world_size, "agreeing": sum(bool(rank.violation) != (outcome == "released") for rank in ranks)},
        "hold_steps": state.hold,
        "steps_seen": state.ranks[0].steps if 0 in state.ranks else 0,
        "warnings": state.warnings,
        "root_cause": root_cause(state, nodes),
        "seconds_to_stop": round(state.gone_at - state.stopped_at, 3) if state.stopped_at and state.gone_at and gone else None,
        "nodes": [
            {"name": node.name, "launcher_exit": node.exit_code, "processes_stopped": node.killed, "nothing_left": node.gone}
            for node in nodes
        ],
    }


GOES_ON = ("released", "released", 0, "the learning rate follows the schedule; the training goes on")


def ending(state: RunState, nodes: list) -> tuple:
    cause = state.cause or {}
    kind = cause.get("kind")
    outcome = "released" if state.released else "unverified"
    where = nodes[cause["node"]].name if isinstance(cause.get("node"), int) else ""
    if kind == "violation":
        return "aborted", "aborted", 93, "the learning rate does not follow the schedule that was asked for"
    if kind == "contradiction":
        return "aborted", "aborted", 93, cause["message"]
    if kind == "fault":
        return "unverified", "unverified", 94, f"rampcheck's callback failed in rank {cause['rank']} on {where}"
    if kind == "undeclared":
        return "unverified", "unverified", 94, f"{cause['why']}: say what the learning rate should do with --expect"
    if kind == "silent":
        return "unverified", "unverified", 94, cause["reason"]
    if kind == "training-failed":
        return outcome, "failed", 1, "the training failed by itself"
    if kind == "not-started":
        return outcome, "failed", 91, f"{where} could not be started: {cause['reason']}"
    if kind == "node-lost":
        return outcome, "failed", 92, f"{where} was lost: {cause['reason']}"
    if kind == "interrupted":
        return outcome, "aborted", 143 if cause["signal"] == "SIGTERM" else 130, f"stopped by {cause['signal']}"
    if state.released:
        return "released", "finished", 0, "the learning rate follows the schedule, and the training has finished"
    return "unverified", "unverified", 94, unproven(state)


def unproven(state: RunState) -> str:
    steps = state.ranks[0].steps if 0 in state.ranks else 0
    if steps == 0:
        return "the training ended before any optimizer step"
    hold = state.hold if state.hold is not None else "unknown number of"
    return f"the training ended after {steps} optimizer steps, before the {hold} that prove its learning rate"


def root_cause(state: RunState, nodes: list) -> dict | None:
    """The rank whose own exception came first."""
    failed = sorted((rank for rank in state.ranks.values() if rank.error), key=lambda rank: rank.error["time"])
    if (state.cause or {}).get("kind") != "training-failed" or not failed:
        return None
    error = failed[0].error
    return {
        "node": nodes[failed[0].node].name,
        "rank": failed[0].number,
        "error": error["error"],
        "traceback": error["traceback"],
    }
