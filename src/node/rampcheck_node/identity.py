"""Who a task of a batch job is, from the batch system's environment."""

from __future__ import annotations

import os
import socket

from .contract import environment, seconds


class Identity:
    def __init__(self, bundle: dict, env: dict[str, str]) -> None:
        self.rank = int(first(env, environment.node_rank, "SLURM_NODEID", "JOB_COMPLETION_INDEX") or "0")
        self.nodes = (first(env, environment.nodes) or socket.gethostname()).split(",")
        self.port = int(first(env, environment.port) or bundle["port"])
        self.token = (first(env, environment.token) or bundle["token"]).encode()
        self.directory = first(env, environment.run_dir) or bundle["directory"] or os.getcwd()
        # The batch script, when it waits to be signalled (src/submit/slurm/script.ts).
        self.batch = int(env[environment.batch_pid]) if env.get(environment.batch_pid) else None
        # A coordinator may come up later than its nodes: images are pulled, names appear.
        self.connect_seconds = float(first(env, environment.connect_seconds) or seconds.connect)


def first(env: dict[str, str], *names: str) -> str | None:
    return next((env[name] for name in names if env.get(name)), None)
