"""The real agent as a child process, and what is left of its run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from pathlib import Path

NODE = Path(__file__).parents[3] / "src" / "node"
FIXTURES = Path(__file__).parent / "fixtures"
# Generous: a test waits for events, and this only ends one that would wait for ever.
DEADLINE = 20.0


def archive(**changed: str) -> bytes:
    """What travels to a node (src/contract/archive.ts); `changed` are modules with another text."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(NODE.rglob("*")):
            if path.suffix in (".py", ".json") and path.name != "boot.py":
                file.writestr(str(path.relative_to(NODE)), changed.get(path.stem, path.read_text()))
    return data.getvalue()


def program(*command: str, python: str = sys.executable, body: bytes | None = None) -> tuple[list[str], bytes]:
    """Argv of one of the archive's commands, and what comes first on its standard input."""
    boot, body = (NODE / "boot.py").read_bytes(), archive() if body is None else body
    read_one_line = "import io;i=io.BufferedReader(io.FileIO(0,closefd=False),1);exec(i.readline())"
    sizes = f'exec(compile(i.read({len(boot)}),"boot.py","exec"));start(i.read({len(body)}))\n'
    return [python, "-I", "-c", read_one_line, *command], sizes.encode() + boot + body


def sweep(run: str, node: str = "0", python: str = sys.executable) -> dict:
    argv, text = program("sweep", run, node, python=python)
    return json.loads(subprocess.run(argv, input=text, capture_output=True, check=True, timeout=30).stdout)


def until(what: str, test, seconds: float = DEADLINE):
    """Waits until `test` is true, and returns what it says."""
    end = time.monotonic() + seconds
    while not (value := test()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return value


def processes_with(mark: str) -> dict[int, str]:
    """Live processes whose environment holds this mark, with their command line."""
    found = {}
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and mark.encode() in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                found[int(name)] = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Agent:
    """One agent, and all it says."""

    def __init__(
        self,
        scratch: str,
        tmpdir: str | None = None,
        wrap: tuple[str, ...] = (),
        read: bool = True,
        command: str = "rampcheck-agent",
        python: str = sys.executable,
        body: bytes | None = None,
        **env: str,
    ) -> None:
        self.run = f"test-{uuid.uuid4()}"
        self.seen: list[dict] = []
        self.scratch = scratch
        self.tmpdir = tmpdir or scratch
        self._queue: queue.Queue[dict | None] = queue.Queue()
        argv, text = program(command, self.run, "0", python=python, body=body)
        self.process = subprocess.Popen(
            [*wrap, *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": self.tmpdir, **env},
            start_new_session=True,
        )
        self.process.stdin.write(text)
        self.process.stdin.flush()
        if read:
            self.read()

    def read(self) -> None:
        self._hang_up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        rest = b""
        while not self._hang_up.is_set():
            if select.select([self.process.stdout], [], [], 0.05)[0]:
                data = os.read(self.process.stdout.fileno(), 1 << 20)
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    # What a killed agent had begun to say is taken back by its guardian.
                    if not line.endswith(b"\x18"):
                        self._queue.put(json.loads(line))
                if not data:
                    break
        self._queue.put(None)

    def hang_up(self) -> None:
        """Closes the reading end of what the agent says."""
        self._hang_up.set()
        self._reader.join(DEADLINE)
        self.process.stdout.close()

    def send(self, kind: str, **fields) -> None:
        self.send_raw(json.dumps({"type": kind, **fields}))

    def send_raw(self, text: str) -> None:
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def order(self, *argv: str) -> dict:
        """What starts a fixture by its name, or any argv whose first word is no fixture."""
        words = [sys.executable, "-u", str(FIXTURES / argv[0]), *argv[1:]] if argv[0].endswith(".py") else list(argv)
        order = {"run": self.run, "node": 0, "name": "node-a", "argv": words, "cwd": self.scratch, "grace": 0.25}
        return order | {"env": {}, "settings": {}}

    def attach(self, directory, seq: int = 0, follow: bool = True, lease: float | None = None, **ends: int) -> Agent:
        """Comes back to the run of another agent, after what has been read of it."""
        after = {"seq": seq, "logs": {name.replace("rank", ""): end for name, end in ends.items()}}
        self.send("attach", directory=str(directory), after=after, follow=follow, lease=lease)
        return self

    def position(self) -> dict:
        """How far this agent has been read, for the next one to go on."""
        logs = {"launcher" if e["rank"] is None else f"rank{e['rank']}": e["end"] for e in self.events("log")}
        return {"seq": max(event.get("seq", 0) for event in self.seen), **logs}

    def start(self, *argv: str, **fields) -> Agent:
        self.send("start", **(self.order(*argv) | fields))
        return self

    def next(self) -> dict | None:
        event = self._queue.get(timeout=DEADLINE)
        if event is not None:
            self.seen.append(event)
        return event

    def until(self, test, seconds: float = DEADLINE) -> dict:
        """The first event, of those seen or still to come, of this type or for which this holds."""
        wanted = (lambda event: event["type"] == test) if isinstance(test, str) else test
        for event in self.seen:
            if wanted(event):
                return event
        end = time.monotonic() + seconds
        while (event := self.next()) is not None:
            if wanted(event):
                return event
            assert time.monotonic() < end, self.seen[-5:]
        raise AssertionError(f"the agent ended first: {self.seen[-5:]} {self.process.stderr.read()!r}")

    def until_times(self, kind: str, times: int) -> None:
        """Waits until so many events of this type have been seen."""
        while len(self.events(kind)) < times:
            assert self.next() is not None, f"the agent ended first: {self.seen[-5:]}"

    def until_line(self, text: str, rank: int | None = None) -> dict:
        return self.until(lambda event: event["type"] == "log" and event["rank"] == rank and text in event["lines"])

    def finish(self, code: int = 0) -> dict:
        """Reads to the end, and returns the last event: `gone`."""
        while self.next() is not None:
            pass
        assert self.process.wait(DEADLINE) == code, self.process.stderr.read()
        assert self.seen[-1]["type"] == "gone", self.seen[-5:]
        assert self.seen[-1]["survivors"] == []
        assert self.left() == {}
        return self.seen[-1]

    def events(self, kind: str) -> list[dict]:
        return [event for event in self.seen if event["type"] == kind]

    def lines(self, rank: int | None = None) -> list[str]:
        return [line for event in self.events("log") if event["rank"] == rank for line in event["lines"]]

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.seen]

    def left(self) -> dict[int, str]:
        return processes_with(f"RAMPCHECK_RUN={self.run}")

    def folders(self) -> list[Path]:
        return sorted(Path(self.tmpdir).glob("rampcheck-*"))
