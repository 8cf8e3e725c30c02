"""One training loop, as it is: prints nanoseconds of CPU time per update, of a real update, and the process's memory in kB.

With RAMPCHECK_DIR and a rank in its environment it is watched; the loop itself is the same.
"""

import os
import resource
import sys
import time

import torch

torch.set_num_threads(1)
steps, batches = int(sys.argv[1]), 5


def make(model):
    parameters = list(model.parameters())
    half = len(parameters) // 2
    groups = [{"params": parameters[:half]}, {"params": parameters[half:], "lr": 1e-2}]
    optimizer = torch.optim.SGD(groups, lr=1e-3)
    total = 1_000_000

    def scale(step):
        return step / 1000 if step < 1000 else (total - step) / (total - 1000)

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, scale)


def updates(optimizer, scheduler, count):
    start = time.process_time_ns()
    for _ in range(count):
        optimizer.step()
        scheduler.step()
    return (time.process_time_ns() - start) / count


tiny = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
tiny(torch.ones(1, 2)).sum().backward()
optimizer, scheduler = make(tiny)
updates(optimizer, scheduler, 3)
# Whoever watches has released the run by then.
time.sleep(0.5)
updates(optimizer, scheduler, 200)
update = sorted(updates(optimizer, scheduler, steps // batches) for _ in range(batches))[batches // 2]
memory = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() // 1024

real = 0
if "--real" in sys.argv:
    layer = torch.nn.TransformerEncoderLayer(256, 4, 1024, batch_first=True)
    data = torch.randn(8, 128, 256)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-3)
    times = []
    for _ in range(5):
        start = time.process_time_ns()
        layer(data).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.process_time_ns() - start)
    real = sorted(times)[2]
print(update, real, memory, flush=True)
os._exit(0)
