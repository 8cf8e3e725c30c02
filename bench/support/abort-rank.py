"""A rank that finds its learning rate wrong when a file says go: under rampcheck it reports that, elsewhere it raises."""

import os
import sys
import time

folder, who = sys.argv[-2:]
rank = int(os.environ["RANK"])
open(os.path.join(folder, "up", str(rank)), "w").close()
while not os.path.exists(os.path.join(folder, "go")):
    time.sleep(0.005)
if who == "all" or rank == int(who):
    with open(os.path.join(folder, "meet", str(rank)), "w") as file:
        file.write(str(time.time_ns()))
    if "RAMPCHECK_DIR" not in os.environ:
        raise SystemExit("the learning rate does not follow the schedule")
    sys.argv = [sys.argv[0], "mismatch"]
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "test", "lab", "scripted-ranks"))
    import rank as scripted_ranks  # noqa: F401
time.sleep(600)
