"""Nodes have any Python from 3.9 on: every one that is found on this machine runs the agent, and an older one says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running_agent import program, sweep

OLDEST = (3, 9)


def interpreters() -> dict[tuple[int, int], str]:
    """The Pythons of this machine besides the one of these tests, by version: on the PATH, of pyenv and of uv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [*pyenv.glob("versions/3.*/bin/python3"), *Path.home().glob(".local/share/uv/python/cpython-3.*/bin/python3")]
    paths = [*map(str, places), *filter(None, (shutil.which(f"python3.{minor}") for minor in range(6, 15)))]
    found = {}
    for path in paths:
        done = subprocess.run([path, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
        if done.returncode == 0:
            found.setdefault(tuple(map(int, done.stdout.split())), path)
    return {version: path for version, path in sorted(found.items()) if version != sys.version_info[:2]}


FOUND = interpreters()
supported = [pytest.param(path, id=".".join(map(str, version))) for version, path in FOUND.items() if version >= OLDEST]
too_old = [pytest.param(path, id=".".join(map(str, version))) for version, path in FOUND.items() if version < OLDEST]


@pytest.mark.parametrize("python", supported)
def test_a_run_from_its_start_to_its_end(new_agent, python):
    agent = new_agent(python=python).start("rank.py", "0", "wait")
    agent.until_line("up", rank=0)
    agent.send("stop", grace=5)
    assert agent.finish()["killed"] == 1
    assert agent.process.stderr.read() == b""


@pytest.mark.parametrize("python", supported)
def test_a_killed_agent_is_replaced(new_agent, python):
    agent = new_agent(python=python)
    agent.start("ignores_term.py").until_line("up")
    os.kill(agent.events("ready")[0]["pid"], 9)
    assert agent.finish(128 + 9)["killed"] >= 0
    assert agent.process.stderr.read() == b""


@pytest.mark.parametrize("python", supported)
def test_back_to_a_released_run(new_agent, new_follower, scratch, python):
    go = Path(scratch, "go")
    agent = new_agent(python=python).start("rank.py", "0", "released", f"until={go}")
    agent.until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    agent.process.stdin.close()
    directory = agent.events("started")[0]["directory"]
    follower = new_follower(python=python).attach(directory)
    follower.until("caught_up")
    go.touch()
    follower.until("gone")
    follower.send("forget")
    assert follower.process.wait(20) == 0 and agent.process.wait(20) == 0
    assert follower.process.stderr.read() == agent.process.stderr.read() == b""


@pytest.mark.parametrize("python", supported)
def test_sweep_and_probe(new_agent, python):
    agent = new_agent(python=python)
    agent.start("idle.py").until_line("up")
    assert sweep(agent.run, python=python)["killed"] >= 2
    agent.process.wait(20)
    argv, text = program("probe", python=python)
    request = json.dumps({"cwd": "/", "program": "sh", "python": python, "modules": ["pip"]}).encode() + b"\n"
    done = subprocess.run(argv, input=text + request, capture_output=True, timeout=60)
    assert done.stderr == b"" and json.loads(done.stdout)["python"]["path"]


@pytest.mark.parametrize("python", too_old)
def test_a_python_that_is_too_old_says_so(python):
    argv, text = program("rampcheck-agent", "run", "0", python=python)
    done = subprocess.run(argv, input=text, capture_output=True, timeout=60, text=False)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("rampcheck: nodes need Python 3.9 or later, and ")
