"""Every test counts the processes that are left of its run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile

import pytest
from running_agent import DEADLINE, Agent


@pytest.fixture
def scratch():
    # Shorter than pytest's own: a socket's path has a limit.
    path = tempfile.mkdtemp(prefix="ra-", dir="/tmp")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def new_agent(scratch):
    """Makes agents. At the end none may have left a process or a folder, unless the test took care of it."""
    made: list[Agent] = []

    def make(**options) -> Agent:
        made.append(Agent(scratch, **options))
        return made[-1]

    yield make
    try:
        for agent in made:
            assert agent.left() == {}
            assert agent.folders() == []
    finally:
        for agent in made:
            for pid in [agent.process.pid, *agent.left()]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            agent.process.wait(DEADLINE)


@pytest.fixture
def new_follower(new_agent):
    """Makes what comes back to a run (`rampcheck attach`, `status`)."""
    return lambda **options: new_agent(command="rampcheck-attach", **options)


@pytest.fixture
def agent(new_agent):
    return new_agent()
