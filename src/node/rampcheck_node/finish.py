"""Ranks that had made all their optimizer steps before something ended them: src/run/finish.ts does the same.

Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

from .plural import plural

# Signals that a launcher sends to the other ranks of its node when one of them has died.
LAUNCHERS_OWN = ("SIGTERM", "SIGKILL")


def end_after_training(state, node: int) -> str | None:
    """Returns what ended a node with a failed launcher, if it was not the training.

    None if a rank has not made all of its optimizer steps or has failed, or if its end is not known.
    """
    where, code = state.nodes[node].name, state.nodes[node].exit_code
    ranks = [rank for rank in state.ranks.values() if rank.node == node]
    if not ranks or len(state.ranks) != state.world_size or not all(map(is_complete, ranks)):
        return None
    count = max(training["step"] for rank in ranks for training in rank.ended)
    steps = plural(count, "optimizer step")
    signals = [rank.exit["signal"] for rank in ranks if rank.exit["signal"] is not None]
    if not signals:
        return f"the launcher on {where} exited with {code} after its ranks had finished their {steps}"
    signal = next((name for name in signals if name not in LAUNCHERS_OWN), signals[0])
    died = [str(number) for number in sorted(rank.number for rank in ranks if rank.exit["signal"] == signal)]
    who, whose = (f"ranks {', '.join(died)}", "their") if len(died) > 1 else (f"rank {died[0]}", "its")
    return f"{who} on {where} finished {whose} {steps} and died at exit with {signal}"


def launchers_linger(state) -> bool:
    """Returns whether the remaining launchers wait in vain: one has failed, and every rank has made all of its steps and is gone.

    torchrun on another node would wait five minutes for the one that failed.
    """
    codes = [node.exit_code for node in state.nodes]
    if state.cause is not None or len(state.ranks) != state.world_size or not any(codes):
        return False
    return None in codes and all(map(is_complete, state.ranks.values()))


def is_complete(rank) -> bool:
    """Returns whether a rank has made all of its steps; never true if its total is not known."""
    if not rank.ended or rank.error is not None or rank.exit is None:
        return False
    made = all(training["total"] is not None and training["step"] >= training["total"] for training in rank.ended)
    return made and (rank.exit["signal"] is not None or rank.exit["code"] == 0)
