"""The verdict of a batch job, where there is no Node to make it: the fields of src/run/verdict.ts, in the same words.

Why the learning rate was wrong is found later, by replaying events.jsonl. Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import math

from .contract import exit_codes
from .departure import agreeing, departure_of, departure_words
from .machine import Rank, RunState, larger
from .plural import plural

# How much of the future a projection has shown, the least first.
PROJECTIONS = ("none", "partial", "complete")


def conclude(state: RunState, goes_on: bool = False) -> dict:
    """The verdict of a run whose processes are all gone; with `goes_on`, of a released one that still trains."""
    ranks = list(state.ranks.values())
    departure = departure_of(state)
    outcome, run_state, code, message = going(departure) if goes_on else ending(state, departure)
    first = first_violation(state)
    gone = all(node.gone for node in state.nodes)
    seconds = (state.gone_at - state.stopped_at) / 1000 if state.stopped_at is not None and state.gone_at is not None else None
    zero = state.ranks.get(0)
    return {
        "outcome": outcome,
        "state": run_state,
        "exit_code": code,
        "message": message,
        "violated_from": departure["step"] if departure and outcome == "violated" else None,
        "detected": detected(state, first),
        "diagnosis": diagnosis(state, first),
        "first_difference": first_difference(state, first),
        "max_deviation": largest_deviation(ranks),
        "ranks": {
            "total": state.world_size,
            "agreeing": agreeing(ranks, outcome),
        },
        "projection": projection_of(ranks),
        "hold_steps": state.hold,
        "steps_seen": zero.steps if zero else 0,
        "skipped_updates": zero.skipped if zero else 0,
        "warnings": state.warnings,
        "root_cause": root_cause(state),
        "failures": failures(state),
        "seconds_to_stop": seconds if gone else None,
        "nodes": [
            {"name": node.name, "launcher_exit": node.exit_code, "processes_stopped": node.killed, "nothing_left": node.gone}
            for node in state.nodes
        ],
    }


def going(departure: dict | None) -> tuple:
    """Of a released run that still trains."""
    what = departure_words(departure) if departure else "the learning rate follows the schedule"
    return "violated" if departure else "released", "released", exit_codes.done, f"{what}; the training goes on"


def ending(state: RunState, departure: dict | None) -> tuple:
    """(outcome, state, exit code, message)"""
    cause = state.cause or {}
    kind = cause.get("kind")
    outcome = "violated" if departure else "released" if state.released else "unverified"
    where = state.nodes[cause["node"]].name if isinstance(cause.get("node"), int) else ""
    if kind == "violation":
        return aborted("the learning rate does not follow the schedule that was asked for")
    if kind == "contradiction":
        return unverified(cause["message"]) if cause.get("inconclusive") else aborted(cause["message"])
    if kind == "fault":
        return unverified(f"rampcheck's callback failed in rank {cause['rank']} on {where}")
    if kind == "undeclared":
        return unverified(f'{cause["why"]}: add --expect "transformers:cosine lr=3e-4 warmup=2% total=4000", one per optimizer')
    if kind == "silent":
        return unverified(cause["reason"])
    if kind == "training-failed":
        return outcome, "failed", exit_codes.training_failed, "the training failed by itself"
    if kind == "not-started":
        return outcome, "failed", exit_codes.node_not_started, f"{where} could not be started: {cause['reason']}"
    if kind == "node-lost":
        return outcome, "failed", exit_codes.node_lost, f"{where} was lost: {cause['reason']}"
    if kind == "interrupted":
        code = exit_codes.terminated if cause["signal"] in ("SIGTERM", "stop") else exit_codes.interrupted
        message = "stopped with rampcheck stop" if cause["signal"] == "stop" else f"stopped by {cause['signal']}"
        return outcome, "aborted", code, message
    if departure:
        return outcome, "finished", exit_codes.done, f"{departure_words(departure)}; the training has finished"
    if state.released:
        return outcome, "finished", exit_codes.done, "the learning rate follows the schedule, and the training has finished"
    return unverified(unproven(state))


def aborted(message: str) -> tuple:
    return "aborted", "aborted", exit_codes.schedule_violation, message


def unverified(message: str) -> tuple:
    return "unverified", "unverified", exit_codes.unverified, message


def unproven(state: RunState) -> str:
    zero = state.ranks.get(0)
    steps, skipped = (zero.steps, zero.skipped) if zero else (0, 0)
    if steps == 0:
        overflow = f": overflow skipped {plural(skipped, 'update')}" if skipped > 0 else ""
        return f"the training ended before any optimizer step{overflow}"
    needed = ", too few" if state.hold is None else f"; {state.hold} are needed"
    return f"the training ended after {plural(steps, 'optimizer step')}{needed} to prove its learning rate"


def first_violation(state: RunState) -> tuple[Rank, dict] | None:
    """The rank that was heard first, which is the cause; ranks stand in the order in which they were heard of."""
    cause = state.cause or {}
    if cause.get("kind") == "violation":
        return state.ranks[cause["rank"]], cause["violation"]
    departure = departure_of(state) or {}
    if "violation" in departure:
        return departure["rank"], departure["violation"]
    return next(((rank, rank.violation) for rank in state.ranks.values() if rank.violation), None)


def detected(state: RunState, first) -> dict | None:
    if first is not None:
        return {"by": first[1]["by"], "step": first[1]["step"]}
    cause = state.cause or {}
    if cause.get("kind") != "contradiction" or cause.get("inconclusive"):
        return None
    rank = state.ranks.get(cause["rank"])
    declared = rank.trainings.get(0, {}).get("declared") if rank else None
    return {"by": "projection", "step": declared["start"] if declared else 0}


def diagnosis(state: RunState, first) -> dict | None:
    if first is not None:
        return None
    cause = state.cause or {}
    found = cause if cause.get("kind") == "contradiction" else (departure_of(state) or {}).get("contradiction")
    return found and {key: found[key] for key in ("id", "message", "fix")}


def first_difference(state: RunState, first) -> dict | None:
    if first is None:
        return None
    rank, violation = first
    found = {key: number(value) for key, value in violation["difference"].items()}
    optimizer = {"optimizer": violation["optimizer"]} if violation.get("optimizer") else {}
    return {**found, "rank": rank.number, "node": state.nodes[rank.node].name, **optimizer}


def largest_deviation(ranks: list[Rank]) -> float | None:
    """Over all ranks and optimizers, in steps that were seen or projected; null without any, or where one is no number."""
    found = [rank.deviation for rank in ranks if rank.steps > 0]
    for rank in ranks:
        projected = [training["projected"] for training in rank.trainings.values() if "projected" in training]
        found += [event["max_deviation"] for event in projected if "max_deviation" in event]
        found += [rank.violation["max_deviation"]] if rank.violation else []
    return number(larger(*found)) if found else None


def projection_of(ranks: list[Rank]) -> str | None:
    known = {training["proven"]["projection"] for rank in ranks for training in rank.trainings.values() if "proven" in training}
    return next((projection for projection in PROJECTIONS if projection in known), None)


def root_cause(state: RunState) -> dict | None:
    cause = state.cause or {}
    if cause.get("kind") == "fault":
        last = cause["traceback"].strip().split("\n")[-1]
        where = state.nodes[cause["node"]].name
        return {"node": where, "rank": cause["rank"], "error": last, "traceback": cause["traceback"]}
    if cause.get("kind") != "training-failed":
        return None
    failed = state.failures()
    if failed:
        error = failed[0].error
        where = state.nodes[failed[0].node].name
        return {"node": where, "rank": failed[0].number, "error": error["error"], "traceback": error["traceback"]}
    # Nobody left a traceback (a signal, os._exit, a launcher that could not start): the last lines are the best witness.
    node = cause["node"]
    died = next((rank for rank in state.ranks.values() if rank.node == node and rank.gone and rank.ended is None), None)
    tail = died.tail if died and died.tail else state.nodes[node].tail
    where, rank = state.nodes[node].name, died.number if died else None
    return {"node": where, "rank": rank, "error": cause["reason"], "traceback": "\n".join(tail) or None}


def failures(state: RunState) -> list[dict]:
    failed = state.failures()
    return [
        {
            "node": state.nodes[rank.node].name,
            "rank": rank.number,
            "error": rank.error["error"],
            "seconds_later": math.floor(state.failed_at(rank) - state.failed_at(failed[0]) + 0.5) / 1000,
        }
        for rank in failed
    ]


def number(value):
    """JSON has neither NaN nor Infinity."""
    return value if math.isfinite(value) else None
