"""A process that is stuck in the kernel blocks whoever reads its environment, arguments or map, and must not block a run's end.

Played by a FIFO that nobody writes to, mounted over its file in /proc.
"""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from running_agent import program

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting over /proc needs root")


@pytest.fixture
def stuck(scratch):
    """Makes words in front of a command for which this file of another process of ours blocks; the process is not the run's."""
    process = subprocess.Popen(["sleep", "600"])
    fifo = os.path.join(scratch, "never")
    os.mkfifo(fifo)
    mount = 'mount --bind "$0" "$1"; shift; exec "$@"'
    yield lambda name: ("unshare", "-m", "sh", "-c", mount, fifo, f"/proc/{process.pid}/{name}")
    assert process.poll() is None
    process.kill()
    process.wait()


@pytest.mark.parametrize("name", ["environ", "maps", "cmdline"])
@pytest.mark.parametrize("how", ["kill", "stop", "eof"])
def test_the_run_is_ended(new_agent, stuck, name, how):
    agent = new_agent(wrap=stuck(name))
    agent.start("ignores_term.py").until_line("up")
    if how == "eof":
        agent.process.stdin.close()
    else:
        agent.send(how, grace=0.1)
    assert agent.finish()["killed"] == 1


@pytest.mark.parametrize("name", ["environ", "maps"])
def test_by_its_guardian(new_agent, stuck, name):
    agent = new_agent(wrap=stuck(name))
    agent.start("ignores_term.py").until_line("up")
    os.kill(agent.events("ready")[0]["pid"], signal.SIGKILL)
    agent.finish(128 + signal.SIGKILL)


@pytest.mark.parametrize("name", ["environ", "maps", "cmdline"])
def test_by_a_sweep(agent, stuck, name):
    agent.start("ignores_term.py").until_line("up")
    for pid in (agent.process.pid, agent.events("ready")[0]["pid"]):
        os.kill(pid, signal.SIGSTOP)
    argv, text = program("sweep", agent.run, "0")
    done = subprocess.run([*stuck(name), *argv], input=text, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert agent.process.wait(20) == -signal.SIGKILL
