"""The commands of the archive. Each imports what it needs alone: start-up time is part of every run's.

rampcheck-agent RUN NODE           the agent of one node (agent.py)
rampcheck-attach RUN NODE          comes back to a released run (follower.py)
sweep RUN NODE FOLDER…             ends what is left of a run whose agent is lost (sweep.py)
probe                              looks at a node before a run (probe.py)
node                               the task of one node of a batch job (task.py)
verdict                            prints the exit code that a batch job is to end with, from the verdict in the run's folder
signal NAME                        has a signal (USR2) passed on to every rank of a batch job
unreached NODE…                    writes the verdict of a batch job whose run folder these nodes do not see
"""

from __future__ import annotations

import sys

from .contract import exit_codes, words


def main(argv: list[str]) -> int:
    """Runs one command and returns its exit code."""
    command, *rest = argv or [""]
    if command == words.agent:
        from . import agent

        return agent.main()
    if command == words.attach:
        from . import follower

        return follower.main()
    if command == "sweep" and len(rest) >= 2:
        from . import sweep

        return sweep.main(*rest)
    if command == "probe":
        from . import probe

        return probe.main()
    if command in ("node", "verdict", "unreached") or (command == "signal" and len(rest) == 1):
        from . import task

        return task.main(command, rest)
    sys.stderr.write(f"rampcheck: unknown command {' '.join(argv)!r}; use node, verdict, signal NAME or unreached NODE…\n")
    return exit_codes.usage
