"""Shared memory that a killed process leaves: taken back when it is the run's, and left alone in every other case."""

from __future__ import annotations

import mmap
import os
import signal
import uuid
from pathlib import Path

import pytest
from running_agent import sweep as sweep_run
from running_agent import until


@pytest.fixture
def name():
    """A name in /dev/shm that nobody else has."""
    path = Path(f"/dev/shm/rampcheck-test-{uuid.uuid4()}")
    yield path
    path.unlink(missing_ok=True)


def kill(agent):
    agent.send("kill")
    agent.finish()


def stop(agent):
    agent.send("stop", grace=5)
    agent.finish()


def lose_the_lease(agent):
    agent.process.stdin.close()
    agent.finish()


def lose_the_agent(agent):
    os.kill(agent.events("ready")[0]["pid"], signal.SIGKILL)
    agent.finish(128 + signal.SIGKILL)


def sweep(agent):
    for pid in (agent.process.pid, agent.events("ready")[0]["pid"]):
        os.kill(pid, signal.SIGSTOP)
    assert sweep_run(agent.run)["killed"] >= 2
    agent.process.wait(20)
    until("nothing is left", lambda: agent.left() == {})


@pytest.mark.parametrize("end", [kill, stop, lose_the_lease, lose_the_agent, sweep])
def test_whoever_ends_a_run_takes_its_memory_back(agent, name, end):
    agent.start("holds_memory.py", str(name)).until_line("up")
    assert name.exists()
    end(agent)
    assert not name.exists()


def until_it_was_looked_at(agent, name):
    """The agent looks at its ranks as often as it says that it is alive."""
    agent.start("rank.py", "0", f"memory={name}", "wait", lease=30).until_line("up", rank=0)
    seen = len(agent.seen)
    agent.until(lambda event: event["type"] == "alive" and agent.seen[seen:].count(event) >= 3)
    return agent.until("rank")["event"]["pid"]


def test_a_rank_that_somebody_else_has_killed(agent, name):
    os.kill(until_it_was_looked_at(agent, name), signal.SIGKILL)
    agent.finish()
    assert agent.events("exited")[0]["signal"] == "SIGKILL"
    assert not name.exists()


def test_a_rank_that_was_killed_together_with_its_agent(agent, name):
    rank = until_it_was_looked_at(agent, name)
    for pid in (rank, agent.events("ready")[0]["pid"]):
        os.kill(pid, signal.SIGKILL)
    agent.finish(128 + signal.SIGKILL)
    assert not name.exists()


def test_data_that_was_there_before_the_run(agent, name):
    name.write_bytes(b"d" * mmap.PAGESIZE)
    until("the clock of files has gone on", lambda: os.times().elapsed - os.stat(name).st_ctime != 0)
    agent.start("holds_memory.py", str(name)).until_line("up")
    kill(agent)
    assert name.read_bytes() == b"d" * mmap.PAGESIZE


def test_memory_that_another_run_has_mapped_too(new_agent, name):
    first, second = new_agent(), new_agent()
    second.until("ready")
    first.start("holds_memory.py", str(name)).until_line("up")
    second.start("holds_memory.py", str(name)).until_line("up")
    kill(first)
    assert name.exists()
    kill(second)
    assert not name.exists()


def test_a_file_that_the_run_put_there_and_does_not_use(agent, name):
    agent.start("sh", "-c", f"echo data > {name}; echo up; exec sleep 60").until_line("up")
    kill(agent)
    assert name.read_text() == "data\n"


def test_what_a_released_run_leaves_when_it_ends_by_itself(agent, name):
    agent.start("rank.py", "0", f"memory={name}", "wait", lease=30).until_line("up", rank=0)
    agent.send("release")
    os.kill(agent.until("rank")["event"]["pid"], signal.SIGINT)
    agent.finish()
    assert name.exists()
