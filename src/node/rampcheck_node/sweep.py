"""Ends what is left of a run whose agent no longer answers: agent, guardian, and all of the job. From another session."""

from __future__ import annotations

import json
import os
import shutil
import time

from .contract import words
from .folder import folders_of, is_our_folder, made_at
from .launcher import marks_of
from .processes import read_command_line, read_stats
from .pursuit import Pursuit
from .search import Search
from .shared_memory import SharedMemory, segments_noted_in


def sweep(run: str, node: str, *known: str) -> dict:
    """`known` are folders of the agent that were heard of. Returns {"killed": how many, "survivors": [{pid, cmd}]}."""
    title = [words.agent.encode(), run.encode(), node.encode()]
    others = {pid: stat.started for pid, stat in read_stats().items() if pid != os.getpid()}
    # The agent's own arguments, by which it is known.
    agents = {pid: others[pid] for pid in Search(lambda pid: read_command_line(pid)[-3:] == title).find(others)}
    memory = SharedMemory(time.time())
    pursuit = Pursuit(marks_of(run, node), memory)
    folders = set(filter(is_our_folder, known)).union(*Search(folders_of).find([*agents, *pursuit.processes()]).values())
    memory.since = min(map(made_at, folders), default=time.time())
    memory.add(*map(segments_noted_in, folders))
    pursuit.also_end(agents)
    pursuit.stop(0)
    pursuit.finish()
    memory.free()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return pursuit.result()


def main(*argv: str) -> int:
    print(json.dumps(sweep(*argv)))
    return 0
