"""What a training does other than it was asked, and goes on all the same: src/run/departure.ts says the same.

Standard library only, Python 3.9 and later.
"""

from __future__ import annotations


def departure_of(state) -> dict | None:
    """The earliest departure of a run that was not ended for it: {"step", "rank", "violation"} or {"step", "contradiction"}.

    None if there is none, or if no optimizer step was made.
    """
    ranks = list(state.ranks.values())
    if (state.cause or {}).get("kind") in ("violation", "contradiction"):
        return None
    if not state.released and all(rank.steps == 0 for rank in ranks):
        return None
    violating = [rank for rank in ranks if rank.violation]
    if violating:
        first = min(violating, key=lambda rank: rank.violation["difference"]["step"])
        return {"step": first.violation["difference"]["step"], "rank": first, "violation": first.violation}
    contradiction = state.contradiction or next((rank.contradiction for rank in ranks if rank.contradiction), None)
    if contradiction is None:
        return None
    zero = state.ranks.get(0)
    declared = zero.trainings.get(0, {}).get("declared") if zero else None
    return {"step": declared["start"] if declared else 0, "contradiction": contradiction}


def departure_words(departure: dict) -> str:
    """One clause."""
    if "violation" in departure:
        return f"the learning rate leaves the expected curve from optimizer step {departure['step']} on"
    return departure["contradiction"]["message"]


def agreeing(ranks, outcome: str) -> int:
    """How many ranks have themselves shown what an outcome says of the learning rate."""
    if outcome == "unverified":
        return 0
    return sum(map(has_proven if outcome == "released" else has_found, ranks))


def has_found(rank) -> bool:
    return rank.violation is not None or rank.contradiction is not None


def has_proven(rank) -> bool:
    trainings = rank.trainings.values()
    return not has_found(rank) and len(trainings) > 0 and all("proven" in training for training in trainings)
