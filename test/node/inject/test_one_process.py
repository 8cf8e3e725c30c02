"""One process is the rank: what it forks or starts may train whatever it likes, and says nothing of the run."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

CALLBACK = Path(__file__).parents[3] / "src" / "node" / "inject"
RANK = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}
# The rank trains three steps at 0.1; any other rate is a violation.
SETTINGS = {"projection": False, "expect": [{"lrs": [0.1, 0.1, 0.1]}]}
PREPARE = """
import os, subprocess, sys, torch
def train(lr, steps, optimizer=None):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = optimizer or torch.optim.SGD([weight], lr=lr)
    for _ in range(steps):
        weight.sum().backward()
        optimizer.step()
    return optimizer
own = train(0.1, 1)
"""
# Ends the process only when all three steps were made and nothing has stopped it.
FINISH = """
train(0.1, 2, own)
print("finished")
"""
OTHER = "import torch; w = torch.zeros(1, requires_grad=True); o = torch.optim.SGD([w], lr=0.7); w.sum().backward(); o.step()"


class Agent:
    """The other end of a rank's socket; `release` says to every connection that the run is released."""

    def __init__(self, folder: Path) -> None:
        (folder / "settings.json").write_text(json.dumps(SETTINGS))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "sock"))
        self.listener.listen()
        self.events: list = []
        self.readers: list = []
        self.release = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            reader = threading.Thread(target=self.listen, args=(connection,))
            reader.start()
            self.readers.append(reader)

    def listen(self, connection) -> None:
        with connection, connection.makefile() as lines:
            if self.release:
                connection.sendall(b'{"type": "released"}\n')
            for line in lines:
                self.events.append(json.loads(line))


@pytest.fixture
def agent(tmp_path):
    agent = Agent(tmp_path)
    yield agent
    agent.listener.close()


def run(agent, tmp_path, script):
    (tmp_path / "train.py").write_text(script)
    env = {**os.environ, **RANK, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}
    result = subprocess.run([sys.executable, str(tmp_path / "train.py")], env=env, capture_output=True, text=True, timeout=120)
    for reader in agent.readers:
        reader.join(10)
    return result


def expect_one_rank(agent, result) -> None:
    kinds = [event["type"] for event in agent.events]
    assert (result.returncode, result.stdout.splitlines()[-1:]) == (0, ["finished"]), result.stdout + result.stderr
    assert kinds.count("hello") == 1
    assert {"violation", "fault", "undeclared"} & set(kinds) == set()
    assert [event["step"] for event in agent.events if event["type"] == "step"] == [0, 1, 2]
    assert {rate for event in agent.events if event["type"] == "step" for rate in event["lrs"]} == {0.1}


FORKS = {
    "os.fork, with an optimizer of its own": """
pid = os.fork()
if pid == 0:
    train(0.7, 3)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
""",
    "os.fork, with the rank's optimizer": """
pid = os.fork()
if pid == 0:
    own.param_groups[0]["lr"] = 0.7
    train(0.7, 3, own)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
""",
    "a data loader's worker": """
from torch.utils.data import DataLoader, Dataset
class Fits(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, index):
        train(0.7, 2)
        return index
assert len(list(DataLoader(Fits(), num_workers=2, multiprocessing_context="fork"))) == 4
""",
    "a pool": """
import multiprocessing
def fits(lr, steps):
    train(lr, steps)
with multiprocessing.get_context("fork").Pool(2) as pool:
    pool.starmap(fits, [(0.7, 2)] * 4)
""",
    "an executor": """
import concurrent.futures, multiprocessing
def fits(lr):
    train(lr, 2)
    return lr
with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
    assert list(pool.map(fits, [0.7, 0.7])) == [0.7, 0.7]
""",
}


@pytest.mark.parametrize("released", [False, True], ids=["held", "released"])
@pytest.mark.parametrize("name", FORKS)
def test_a_forked_child_is_not_the_rank(agent, tmp_path, name, released):
    agent.release = released
    expect_one_rank(agent, run(agent, tmp_path, PREPARE + FORKS[name] + FINISH))


STARTS = {
    "a Python that trains": [sys.executable, "fit.py"],
    "a shell that starts one": ["sh", "-c", f"{sys.executable} fit.py"],
    "an inner torchrun": [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "fit.py"],
    "an inner accelerate launch": [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1", "fit.py"],
}


@pytest.mark.parametrize("released", [False, True], ids=["held", "released"])
@pytest.mark.parametrize("name", STARTS)
def test_a_process_that_a_training_rank_starts_is_not_the_rank(agent, tmp_path, name, released):
    agent.release = released
    (tmp_path / "fit.py").write_text(OTHER)
    starts = f"subprocess.run({STARTS[name]!r}, check=True, cwd={str(tmp_path)!r})\n"
    expect_one_rank(agent, run(agent, tmp_path, PREPARE + starts + FINISH))


def test_a_process_that_forks_before_it_trains_leaves_the_rank_to_its_child(agent, tmp_path):
    script = """
import os, torch
pid = os.fork()
if pid == 0:
    os.environ.update(RANK="0", WORLD_SIZE="1")
    weight = torch.zeros(1, requires_grad=True)
    torch.optim.SGD([weight], lr=0.1)
    raise SystemExit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    (tmp_path / "train.py").write_text(script)
    unset = {name: value for name, value in os.environ.items() if name not in RANK}
    env = {**unset, "RAMPCHECK_DIR": str(tmp_path), "PYTHONPATH": str(CALLBACK)}
    result = subprocess.run([sys.executable, str(tmp_path / "train.py")], env=env, capture_output=True, text=True, timeout=60)
    for reader in agent.readers:
        reader.join(10)
    assert result.returncode == 0, result.stderr
    assert [event["type"] for event in agent.events if event["type"] == "hello"] == ["hello"]
