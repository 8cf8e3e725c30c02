"""A rank without torch: the real callback says hello for it, and it reports what its words say. `3@word` is for rank 3 alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

rank = int(os.environ["RANK"])
folder = os.environ["RAMPCHECK_DIR"]
LR = 1e-5
CONSTANT = {"lib": "transformers", "scheduler": "constant", "params": {}, "lr0": LR}
IN_FORCE = {"class": "LambdaLR", "module": "torch.optim.lr_scheduler", "stepped_by": "the Trainer", "base_lrs": [LR]}

agent = socket.socket(socket.AF_UNIX)
agent.connect(os.path.join(folder, "sock"))
answers = agent.makefile("rb")


def say(kind, **fields):
    agent.sendall(json.dumps({"type": kind, "rank": rank, "time": time.time_ns(), "optimizer": 0, **fields}).encode() + b"\n")


def declare():
    training = {"world_size": int(os.environ["WORLD_SIZE"]), "gradient_accumulation_steps": 1}
    say(
        "declared",
        optimizer_class={"class": "AdamW", "module": "torch.optim.adamw"},
        source="arguments",
        asked=CONSTANT,
        expected=CONSTANT,
        total=1000,
        total_known=True,
        start=0,
        base_lrs=[LR],
        lrs=[LR],
        float32=False,
        in_force=IN_FORCE,
        deepspeed=None,
        versions={"python": "3.11", "transformers": "5.23.0"},
        training=training,
        samples=[[0, LR]],
    )


def mismatch():
    declare()
    difference = {"step": 0, "group": 0, "expected": LR, "actual": 0.0}
    say(
        "violation",
        parks=True,
        by="observation",
        step=0,
        difference=difference,
        max_deviation=LR,
        window=[[0, LR, 0.0]],
        in_force=IN_FORCE,
    )
    wait()


def release():
    """Shows all steps that may be wanted, and goes on once it is released."""
    declare()
    say("projected", available=True, max_deviation=0, difference=None, samples=[[0, LR]], complete=True, steps_per_update=1)
    say("hold", steps=2)
    for step in range(20):
        say("step", step=step, lrs=[LR], expected=[LR], scheduler=step)
    say("proven", steps=2, projection="complete")
    while json.loads(answers.readline())["type"] != "released":
        pass
    print("released", flush=True)


def wait():
    print("up", flush=True)
    time.sleep(600)


def meet():
    """Waits for all other ranks, as a first collective would."""
    folder = os.environ["MEET"]
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, str(rank)), "w").close()
    while len(os.listdir(folder)) < int(os.environ["WORLD_SIZE"]):
        time.sleep(0.05)


def train(path):
    """Goes on until a file is there."""
    while not os.path.exists(path):
        time.sleep(0.05)
    print("trained", flush=True)


def count(path):
    """A numbered line fifty times a second until a file is there."""
    number = 0
    while not os.path.exists(path):
        print(f"{number:06d}", flush=True)
        number += 1
        time.sleep(0.02)


def daemon(environment):
    """A process that leaves its parent, its session and, if asked to, its environment behind."""
    env = None if environment == "marked" else {}
    subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; sleep 600 & sleep 600"], start_new_session=True, env=env)


def flood(seconds):
    """25 MB a second: 200 MB a second of eight ranks."""
    block = b"x" * 1023 + b"\n"
    start, written = time.monotonic(), 0
    while (passed := time.monotonic() - start) < float(seconds):
        if written < 25e6 * passed:
            written += os.write(1, block * 64)
        else:
            time.sleep(0.001)


def garbage():
    os.write(1, bytes(range(256)) * 8 + "half: é".encode()[:-1] + b"\n\xc3")
    print("after", flush=True)


actions = {
    "mismatch": mismatch,
    "release": release,
    "wait": wait,
    "meet": meet,
    "train": train,
    "count": count,
    "daemon": daemon,
    "flood": flood,
    "garbage": garbage,
    "ignore-term": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "exit": lambda code: sys.exit(int(code)),
}
for word in sys.argv[1:]:
    whose, _, rest = word.rpartition("@")
    if whose and int(whose) != rank:
        continue
    name, _, argument = rest.partition("=")
    actions[name](*([argument] if argument else []))
