"""Where the callback acts: in the first Python process of a rank, and nowhere else."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

CALLBACK = Path(__file__).parents[2] / "src" / "callback"


@pytest.fixture
def agent(tmp_path):
    """A socket where an agent would listen; yields the environment of its ranks and the list of what they say."""
    (tmp_path / "settings.json").write_text("{}")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    said = []

    def listen(connection):
        with connection, connection.makefile() as lines:
            said.extend(json.loads(line) for line in lines)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            readers.append(threading.Thread(target=listen, args=(connection,)))
            readers[-1].start()

    readers = []
    threading.Thread(target=accept, daemon=True).start()
    yield {**os.environ, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}, said, readers
    listener.close()


def run(agent, script, **env):
    environment, said, readers = agent
    result = subprocess.run(
        [sys.executable, "-c", script], env={**environment, **env}, capture_output=True, text=True, timeout=60
    )
    for reader in readers:
        reader.join(10)
    return result, [event["type"] for event in said]


RANK = {"RANK": "0", "WORLD_SIZE": "1"}


def test_a_rank_says_hello_and_how_it_ends(agent):
    result, types = run(agent, "print('trains')", **RANK)
    assert (result.returncode, result.stdout, types) == (0, "trains\n", ["hello", "end"])


def test_a_process_without_a_rank_is_left_alone(agent):
    assert run(agent, "pass")[1] == []


def test_a_child_of_a_rank_is_left_alone(agent):
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1)'], check=True)"
    assert run(agent, script, **RANK)[1] == ["hello", "end"]


def test_a_forked_child_of_a_rank_does_not_speak_for_it(agent):
    script = "import os, sys; pid = os.fork(); pid and os.wait(); pid or sys.exit(3)"
    assert run(agent, script, **RANK)[1] == ["hello", "end"]


def test_an_uncaught_exception_is_reported_and_still_printed(agent):
    result, types = run(agent, "raise ValueError('broken data')", **RANK)
    assert types == ["hello", "error", "end"]
    assert result.returncode == 1
    assert "ValueError: broken data" in result.stderr


def test_a_sitecustomize_of_the_machine_runs_too(agent, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("print('own sitecustomize')")
    result, types = run(agent, "import sitecustomize; print(sitecustomize.__file__)", **RANK, PYTHONPATH=f"{CALLBACK}:{own}")
    assert result.stdout.splitlines() == ["own sitecustomize", str(own / "sitecustomize.py")]
    assert types == ["hello", "end"]


def test_losing_the_agent_while_held_ends_the_rank(tmp_path):
    (tmp_path / "settings.json").write_text("{}")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    env = {**os.environ, **RANK, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}
    rank = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=env)
    connection, _ = listener.accept()
    connection.makefile().readline()
    connection.close()
    assert rank.wait(20) == 94


def test_losing_the_agent_after_release_does_not(tmp_path):
    (tmp_path / "settings.json").write_text("{}")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "sock"))
    listener.listen()
    env = {**os.environ, **RANK, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}
    script = "import sys; sys.stdin.readline(); print('trained')"
    rank = subprocess.Popen([sys.executable, "-c", script], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    connection, _ = listener.accept()
    connection.makefile().readline()
    connection.sendall(b'{"type": "released"}\n')
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert rank.communicate("go\n", timeout=20)[0] == "trained\n"
    assert rank.returncode == 0
