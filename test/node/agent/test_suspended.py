"""A job that is suspended (SIGSTOP, `scontrol suspend`) and continued: a process that could not run was not silent."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from running_agent import NODE, archive, is_alive, until

# The real clocks wait 10 and 15 s; these take longer than a pause of their own is long, and that is what matters.
PAUSE = 4.5


def faster(module: str, name: str, value: float) -> bytes:
    """The archive with another constant."""
    text = (NODE / "rampcheck_node" / f"{module}.py").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} = ")]
    return archive(**{module: text.replace(line, f"{name} = {value}")})


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def suspend(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        until(f"{pid} is stopped", lambda pid=pid: state_of(pid) == "T")


def proceed(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def suspended(*pids: int):
    suspend(*pids)
    time.sleep(PAUSE)
    yield
    proceed(*pids)


def both(agent) -> tuple[int, int]:
    """The guardian and the agent."""
    return agent.process.pid, agent.events("ready")[0]["pid"]


def live_on(agent, beats: int = 15) -> None:
    """The launcher of the run is there again; nothing has ended meanwhile."""
    for _ in range(beats):
        agent.send("alive")
        time.sleep(0.1)
    assert agent.events("fault") == [] and agent.left() != {}


def test_a_launcher_that_is_suspended_together_with_the_agent(agent):
    agent.start("idle.py", lease=2.0).until_line("up")
    with suspended(*both(agent)):
        pass
    time.sleep(0.3)
    live_on(agent)
    agent.send("kill")
    agent.finish()


def test_a_rank_that_was_suspended_first_and_goes_on_last(new_agent):
    agent = new_agent(body=faster("agent", "STOPPED_SECONDS", 2.5))
    agent.start("rank.py", "0", "wait", lease=600).until_line("up", rank=0)
    rank = agent.until("rank")["event"]["pid"]
    suspend(rank)
    # Long enough for the agent to have seen it.
    time.sleep(1.3)
    with suspended(*both(agent)):
        pass
    time.sleep(0.5)
    proceed(rank)
    live_on(agent)
    agent.send("kill")
    agent.finish()


def test_an_agent_that_goes_on_after_its_guardian(new_agent):
    agent = new_agent(body=faster("guardian", "HANG_SECONDS", 2.5))
    agent.start("idle.py").until_line("up")
    guardian, pid = both(agent)
    suspend(pid)
    with suspended(guardian):
        pass
    time.sleep(0.8)
    proceed(pid)
    live_on(agent)
    agent.send("kill")
    agent.finish()


def test_a_checkpoint_that_is_being_written_gets_its_whole_grace(agent):
    agent.start("saves_on_term.py", "40").until_line("up")
    launcher = agent.events("started")[0]["pid"]
    agent.send("stop", grace=3.5)
    time.sleep(0.5)
    with suspended(*both(agent), launcher):
        pass
    agent.finish()
    assert agent.lines() == ["up", "saved"]


@pytest.mark.parametrize("who", ["agent", "guardian", "both"])
def test_a_released_run_outlives_a_long_pause_of_its_agent(agent, scratch, who):
    go = Path(scratch, "go")
    agent.start("rank.py", "0", "released", f"until={go}", lease=1.0).until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    guardian, pid = both(agent)
    with suspended(*{"agent": [pid], "guardian": [guardian], "both": [guardian, pid]}[who]):
        pass
    assert is_alive(agent.until("rank")["event"]["pid"])
    go.touch()
    assert agent.finish()["killed"] == 0
    assert agent.events("fault") == []


def test_a_follower_that_is_suspended_follows_on(new_agent, new_follower, scratch):
    go = Path(scratch, "go")
    agent = new_agent().start("rank.py", "0", "released", f"until={go}")
    agent.until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    follower = new_follower().attach(agent.events("started")[0]["directory"], lease=1.5)
    follower.until("caught_up")
    with suspended(follower.process.pid):
        pass
    time.sleep(0.3)
    for _ in range(10):
        follower.send("alive")
        time.sleep(0.1)
    go.touch()
    follower.until("gone")
    agent.finish()
    follower.send("forget")
    assert follower.process.wait(20) == 0
    assert follower.events("fault") == []
