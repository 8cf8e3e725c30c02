"""Processes of this node, as /proc shows them."""

from __future__ import annotations

import contextlib
import os
import signal

# linux/sched.h
PF_EXITING = 0x4


class Stat:
    """A process at one moment, from /proc/PID/stat. Reading it never blocks."""

    def __init__(self, text: str) -> None:
        # The name in parentheses may hold anything, parentheses too.
        fields = text.rpartition(")")[2].split()
        self.parent = int(fields[1])
        self.started = fields[19]
        # A zombie is dead, unless only its first thread has ended.
        self.alive = fields[0] not in "ZX" or int(fields[17]) > 1
        # By a signal; under a debugger it is "t".
        self.stopped = fields[0] == "T"
        # It no longer runs anything of its own.
        self.ending = bool(int(fields[6]) & PF_EXITING)
        self.wait_status = int(fields[49])


def read_stat(pid: int) -> Stat | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return Stat(file.read())
    except (OSError, IndexError):
        return None


def read_stats() -> dict[int, Stat]:
    stats = {int(name): read_stat(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    return {pid: stat for pid, stat in stats.items() if stat is not None}


def is_stopped(pid: int) -> bool:
    """Whether somebody has stopped it (SIGSTOP)."""
    stat = read_stat(pid)
    return stat is not None and stat.stopped


def is_same(pid: int, started: str) -> bool:
    """Whether this process still lives: a number may belong to another one by now."""
    stat = read_stat(pid)
    return stat is not None and stat.alive and stat.started == started


def children_of(parent: int) -> set[int]:
    return {pid for pid, stat in read_stats().items() if stat.parent == parent}


def descendants_of(ancestor: int, stats: dict[int, Stat], spared: set[int]) -> set[int]:
    """Without those in `spared` and what they have started."""
    children: dict[int, set[int]] = {}
    for pid, stat in stats.items():
        children.setdefault(stat.parent, set()).add(pid)
    tree: set[int] = set()
    todo = {ancestor}
    while todo:
        todo = set().union(*(children.get(pid, ()) for pid in todo)) - spared - tree
        tree |= todo
    return tree


def name_of(pid: int) -> str:
    """Its name alone: arguments may hold secrets."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def read_environment(pid: int) -> set[bytes]:
    """What it was started with (`NAME=value` each); nothing for one that is not ours to look at. May block: see search.py."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(file.read().split(b"\0"))
    except OSError:
        return set()


def read_command_line(pid: int) -> list[bytes]:
    """May block: see search.py."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().rstrip(b"\0").split(b"\0")
    except OSError:
        return []


def send_signal(pid: int, number: int) -> None:
    """To a process that may have ended, or be somebody else's by now."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
