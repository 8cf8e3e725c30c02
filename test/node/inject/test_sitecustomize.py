"""Where the callback acts: in the first Python process of a rank, and nowhere else."""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

CALLBACK = Path(__file__).parents[3] / "src" / "node" / "inject"


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
            reader = threading.Thread(target=listen, args=(connection,))
            reader.start()
            readers.put(reader)

    readers = queue.Queue()
    threading.Thread(target=accept, daemon=True).start()
    yield {**os.environ, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}, said, readers
    listener.close()


def all_of(agent):
    """All events of processes that have ended. Connections are taken in the order in which they came: ours is the last one."""
    environment, said, readers = agent
    with socket.socket(socket.AF_UNIX) as last:
        last.connect(os.path.join(environment["RAMPCHECK_DIR"], "sock"))
        last.sendall(b'{"type": "last"}\n')
    while all(event["type"] != "last" for event in said):
        readers.get(timeout=10).join(10)
    return [event for event in said if event["type"] != "last"]


def run(agent, script, **env):
    environment, _, _ = agent
    result = subprocess.run(
        [sys.executable, "-c", script], env={**environment, **env}, capture_output=True, text=True, timeout=60
    )
    return result, [event["type"] for event in all_of(agent)]


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


OPTIMIZER = "import torch; torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)"


def test_a_process_without_a_rank_becomes_one_when_it_makes_an_optimizer(agent):
    assert run(agent, OPTIMIZER)[1] == ["hello", "end"]
    assert {key: agent[1][0][key] for key in ("rank", "world_size")} == {"rank": 0, "world_size": 1}


def test_importing_torch_makes_no_rank(agent):
    assert run(agent, "import torch")[1] == []


def test_a_script_that_finds_its_rank_by_itself(agent):
    script = "import os; os.environ.update(RANK='3', WORLD_SIZE='4'); " + OPTIMIZER
    assert run(agent, script)[1] == ["hello", "end"]
    assert {key: agent[1][0][key] for key in ("rank", "world_size")} == {"rank": 3, "world_size": 4}


def test_a_training_that_a_rank_s_wrapper_starts_speaks_for_the_rank(agent):
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {OPTIMIZER!r}], check=True)"
    types = run(agent, script, **RANK)[1]
    assert sorted(types) == ["end", "end", "hello", "hello"]


def test_a_worker_of_a_rank_never_does(agent, tmp_path):
    (tmp_path / "worker.py").write_text(
        "import multiprocessing\n"
        f"def work():\n    {OPTIMIZER}\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    process.start()\n    process.join()\n    assert process.exitcode == 0\n"
    )
    script = f"import runpy; runpy.run_path({str(tmp_path / 'worker.py')!r}, run_name='__main__')"
    result, types = run(agent, script, **RANK)
    assert (result.returncode, types) == (0, ["hello", "end"]), result.stderr


def test_data_loader_workers_are_left_alone(agent):
    script = "import torch, torch.utils.data as d; print(len(list(d.DataLoader(list(range(8)), num_workers=2))), flush=True)"
    result, types = run(agent, script, **RANK)
    assert (result.stdout, types) == ("8\n", ["hello", "end"])


def test_processes_that_spawn_starts_are_ranks_of_their_own(agent, tmp_path):
    (tmp_path / "spawns.py").write_text(
        "import torch.multiprocessing as mp\n"
        "def work(rank):\n"
        "    import os; os.environ.update(RANK=str(rank), WORLD_SIZE='2')\n"
        f"    {OPTIMIZER}\n"
        "if __name__ == '__main__':\n    mp.spawn(work, nprocs=2)\n"
    )
    environment, _, _ = agent
    result = subprocess.run([sys.executable, str(tmp_path / "spawns.py")], env=environment, capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert sorted(event["rank"] for event in all_of(agent) if event["type"] == "hello") == [0, 1]
