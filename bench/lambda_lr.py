"""torch's own LambdaLR through transformers' cosine: a step count per line in, nanoseconds of CPU time per step out."""

import os
import sys
import time
import warnings

os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.filterwarnings("ignore")

import torch  # noqa: E402
from transformers import get_scheduler  # noqa: E402

torch.set_num_threads(1)

for line in sys.stdin:
    steps = int(line)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-5)
    scheduler = get_scheduler("cosine", optimizer, steps // 100, steps)
    optimizer.step()
    start = time.process_time_ns()
    for _ in range(steps):
        scheduler.step()
    print((time.process_time_ns() - start) / steps, flush=True)
