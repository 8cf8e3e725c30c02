"""A released batch job on two machines: one that no longer answers ends it, and one that is only slow does not.

Machines are network namespaces; the clock that waits 60 s for an answer waits 6 s here.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from pathlib import Path

import pytest
from running_agent import DEADLINE, FIXTURES, processes_with, until
from test_suspended import faster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Job:
    """Its two tasks: the second one runs in a network namespace of its own, behind a cable that can be pulled."""

    def __init__(self, folder: str) -> None:
        self.run, self.folder, self.go = f"test-{uuid.uuid4()}", Path(folder), Path(folder, "go")
        name = uuid.uuid4().hex[:8]
        self.space, self.cable, net = f"rc-{name}", f"rc{name}a", f"10.213.{int(name[:2], 16)}"
        ip("netns", "add", self.space)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", f"rc{name}b", "netns", self.space)
        ip("address", "add", f"{net}.1/24", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        for words in (["address", "add", f"{net}.2/24", "dev", f"rc{name}b"], ["link", "set", f"rc{name}b", "up"]):
            ip("-n", self.space, *words)
        ip("-n", self.space, "link", "set", "lo", "up")
        self.address = f"{net}.1"
        self.tasks: list[subprocess.Popen] = []

    def start(self, width: int) -> None:
        archive = self.folder / "rampcheck.pyz"
        order = {"argv": [sys.executable, str(FIXTURES / "batch_rank.py"), str(self.go), str(width)], "cwd": "/", "env": {}}
        bundle = {
            "run": self.run,
            "directory": str(self.folder / "run"),
            "token": "secret",
            "port": 21_000 + os.getpid() % 9_000,
            "placeholders": {},
            "orders": [order, order],
            "env": {},
            "settings": {"on_mismatch": "abort", "expect": []},
            "limits": {"connect": 60, "report": 60},
            "print_verdict": False,
        }
        data = io.BytesIO(faster("connection", "DEAD_SECONDS", 6))
        with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as file:
            file.writestr("bundle.json", json.dumps(bundle))
        archive.write_bytes(data.getvalue())
        env = {**os.environ, "RAMPCHECK_NODES": f"{self.address},{self.address}", "TMPDIR": str(self.folder)}
        for rank, enter in ((0, []), (1, ["ip", "netns", "exec", self.space])):
            argv = [*enter, sys.executable, "-I", str(archive), "node"]
            output = open(self.folder / f"task-{rank}", "wb")
            own = {**env, "RAMPCHECK_NODE_RANK": str(rank)}
            self.tasks.append(subprocess.Popen(argv, env=own, stdout=output, stderr=output))
            output.close()
        until("the job is released", lambda: b"rampcheck: released" in (self.folder / "task-0").read_bytes() or None)

    def children(self, task: int) -> list[int]:
        pid = self.tasks[task].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def pull(self) -> None:
        ip("link", "set", self.cable, "down")

    def verdict(self) -> dict:
        return json.loads((self.folder / "run" / "verdict.json").read_text())

    def clean(self) -> None:
        for pid in [*(task.pid for task in self.tasks), *processes_with(f"RAMPCHECK_RUN={self.run}")]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for task in self.tasks:
            task.wait(DEADLINE)
        until("nothing is left", lambda: processes_with(f"RAMPCHECK_RUN={self.run}") == {})
        ip("netns", "del", self.space)


@pytest.fixture
def job(scratch):
    made = Job(scratch)
    yield made
    made.clean()


def test_a_machine_that_no_longer_answers_ends_it(job):
    job.start(width=10)
    job.pull()
    assert job.tasks[0].wait(60) == 92
    assert "was lost: " in job.verdict()["message"]
    # Its own ranks go on, as after a cut: nobody is there to tell them.
    assert len(processes_with(f"RAMPCHECK_RUN={job.run}")) >= 1
    job.go.touch()


@pytest.mark.parametrize("width", [10, 20_000])
def test_a_coordinator_that_is_stopped_for_longer_than_that_does_not(job, width):
    """With much output its connections are full meanwhile: their readers acknowledge nothing but that they live."""
    job.start(width)
    coordinator = job.children(0)[0]
    os.kill(coordinator, signal.SIGSTOP)
    time.sleep(14)
    os.kill(coordinator, signal.SIGCONT)
    # For as long as it takes to notice a lost machine.
    time.sleep(8)
    assert [task.poll() for task in job.tasks] == [None, None], (job.folder / "task-0").read_bytes()[-2000:]
    job.go.touch()
    assert [task.wait(60) for task in job.tasks] == [0, 0]
    assert job.verdict()["state"] == "finished"


def test_an_agent_that_is_stopped_for_longer_than_that_does_not(job):
    job.start(width=10)
    agents = [int(line["pid"]) for line in events(job) if line["type"] == "ready"]
    for pid in agents:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(14)
    for pid in agents:
        os.kill(pid, signal.SIGCONT)
    job.go.touch()
    assert [task.wait(60) for task in job.tasks] == [0, 0]


def events(job) -> list[dict]:
    return [json.loads(line) for line in (job.folder / "run" / "events.jsonl").read_text().splitlines()]
