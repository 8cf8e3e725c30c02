"""The folder of a batch job's run, as the coordinator writes it and src/run-folder reads it.

A full disk costs what would have been written, never the training.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time

from .contract import files, schema_version, words
from .rank_event import wrong_field

ATTEMPTS = "attempts"


class RunFolder:
    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._open: dict[str, int] = {}

    def begin(self) -> None:
        """A requeued job starts anew: what the attempt before it has written is set aside."""
        self._make(files.logs)
        if os.path.exists(self._path(files.events)):
            number = os.environ.get("SLURM_RESTART_COUNT") or str(milliseconds())
            self._make(os.path.join(ATTEMPTS, number))
            for name in (files.events, files.rates, files.verdict, files.logs):
                with contextlib.suppress(OSError):
                    os.rename(self._path(name), self._path(os.path.join(ATTEMPTS, number, name)))
            self._make(files.logs)

    def event(self, node: str | None, document: dict) -> None:
        self._append(files.events, json.dumps({"node": node, "at": milliseconds(), **document}))

    def log(self, node: str, event: dict) -> None:
        source = "launcher" if event["rank"] is None else event["rank"]
        name = re.sub(r"[^\w.@:-]", "_", node, flags=re.ASCII)
        self._append(files.run_log.format(node=name, source=source), "\n".join(event["lines"]))

    def rates(self, event: dict) -> None:
        """Writes an optimizer step of rank 0: one line per parameter group."""
        if event["type"] != "step" or event["rank"] != 0 or wrong_field(event) is not None:
            return
        for group, rate in enumerate(event["lrs"]):
            expected = event["expected"][group] if event["expected"] else None
            line = {"optimizer": event.get("optimizer") or 0, "step": event["step"], "group": group, "lr": rate}
            self._append(files.rates, json.dumps({**line, "expected": expected}))

    def verdict(self, document: dict) -> None:
        self._write(files.verdict, {"schema_version": schema_version, **document})

    def remember(self, nodes: list[str]) -> None:
        """Adds the nodes' names, which only the job itself knows, to the record."""
        try:
            with open(self._path(files.record), encoding="utf-8") as file:
                record = json.load(file)
        except (OSError, ValueError):
            return
        self._write(files.record, {**record, "nodes": nodes})

    def print_events(self, hold: int | None) -> None:
        """For who sees the output alone: what the verdict came from. Steps beyond the hold add nothing new."""
        with contextlib.suppress(OSError):
            with open(self._path(files.events), encoding="utf-8") as file:
                for line in file:
                    event = json.loads(line).get("event") or {}
                    if event.get("type") != "step" or hold is None or event.get("step", 0) <= hold:
                        sys.stdout.write(f"{words.event} {line}")

    def _path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def _make(self, name: str) -> None:
        os.makedirs(self._path(name), mode=0o700, exist_ok=True)

    def _append(self, name: str, text: str) -> None:
        with contextlib.suppress(OSError):
            if name not in self._open:
                self._open[name] = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(self._open[name], text.encode("utf-8", "surrogateescape") + b"\n")

    def _write(self, name: str, document: object) -> None:
        """By rename: a reader sees the old or the new file, never half of it."""
        path = self._path(name)
        with contextlib.suppress(OSError):
            descriptor = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, indent=2) + "\n")
            os.rename(path + ".tmp", path)


def milliseconds() -> int:
    """Since the epoch."""
    return time.time_ns() // 1_000_000
