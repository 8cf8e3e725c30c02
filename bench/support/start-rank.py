"""The first thing that a rank does: it says when it is there."""

import os
import sys
import time

with open(os.path.join(sys.argv[-1], "up", os.environ["RANK"]), "w") as file:
    file.write(str(time.time_ns()))
time.sleep(600)
