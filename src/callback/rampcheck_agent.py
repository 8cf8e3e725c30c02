"""The agent: one per node of a run, and the owner of every process of the run on that node.

It starts the node's launcher, passes on what the ranks report, and ends everything when it is told to, when the launcher
of the whole run is gone (its standard input closes: the lease) or when it is done. It says "gone" only after it has looked
twice and found no process of the run. Standard library only, Python 3.9 and later, Linux: nothing is installed on the node.
It is one file because it travels as one file.

Standard input and output are JSON lines.
    in    {"type": "start", run, node, name, argv, cwd, env, files, settings, grace}   once, first
          {"type": "release"} · {"type": "stop", grace} · {"type": "kill"}
    out   ready · started · rank (an event of a rank, as it came) · rank_gone · log · exited · not_started · fault · gone
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import platform
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)
# How often rank output is looked at, and processes that are being ended are counted again (seconds).
TICK = 0.05
# A line without an end is passed on after this time (a prompt, a progress bar), or at this length.
PARTIAL_SECONDS, LINE_BYTES = 0.5, 64 * 1024
# Above this much unsent output the ranks' files are left to wait; what ranks report is never dropped.
BACKLOG_BYTES = 8 * 1024 * 1024
SOCKET_PATH_BYTES = 100


class Lines:
    """Bytes in, whole lines out: split at newlines and carriage returns, undecodable bytes replaced."""

    def __init__(self) -> None:
        self._rest = b""
        self._since = 0.0

    def feed(self, data: bytes) -> list[str]:
        *whole, self._rest = (self._rest + data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        while len(self._rest) > LINE_BYTES:
            whole.append(self._rest[:LINE_BYTES])
            self._rest = self._rest[LINE_BYTES:]
        self._since = time.monotonic()
        return [line[:LINE_BYTES].decode("utf-8", "replace") for line in whole if line]

    def flush(self, patient: bool) -> list[str]:
        """What has no end yet; with `patient`, only after it has waited long enough."""
        if not self._rest or (patient and time.monotonic() - self._since < PARTIAL_SECONDS):
            return []
        line, self._rest = self._rest, b""
        return [line.decode("utf-8", "replace")]


class Agent:
    """The loop's state. Everything happens in one thread."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.outbox = bytearray()
        self.detached = False
        self.released = False
        self.spool = None
        self.launcher: subprocess.Popen | None = None
        self.ranks: dict[socket.socket, dict] = {}
        self.tails: dict[int, dict] = {}
        self.pipe_lines = Lines()
        self.stdin_rest = b""
        self.wakeup = socket.socketpair()
        # When TERM has been sent: the time at which KILL follows.
        self.kill_at: float | None = None
        self.killed: set[tuple[int, str]] = set()
        self.stop_started = 0.0
        self.empty_scans = 0

    # — the run's life —

    def run(self) -> int:
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        for end in self.wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self.wakeup[1].fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self.on_signal)
        self.selector.register(0, selectors.EVENT_READ, self.read_stdin)
        self.selector.register(self.wakeup[0], selectors.EVENT_READ, lambda: self.wakeup[0].recv(4096))
        self.send({"type": "ready", "pid": os.getpid(), "python": platform.python_version(), "host": socket.gethostname()})
        while not self.finished():
            for key, _ in self.selector.select(TICK):
                key.data()
            self.tick()
        self.finish()
        return 0

    def start(self, order: dict) -> None:
        self.order = order
        self.directory = make_directory()
        write_files(self.directory, order)
        self.spool_path = os.path.join(self.directory, "events.jsonl")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self.directory, "sock"))
        os.chmod(os.path.join(self.directory, "sock"), 0o600)
        listener.listen(1024)
        listener.setblocking(False)
        self.listener = listener
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        try:
            self.launcher = subprocess.Popen(
                order["argv"],
                cwd=order["cwd"],
                env=environment(order, self.directory, writer),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
                preexec_fn=die_with_the_agent,
            )
        except OSError as error:
            reason = f"{error.strerror}: {error.filename or order['argv'][0]}"
            self.send({"type": "not_started", "reason": reason, "errno": errno.errorcode.get(error.errno or 0, "")})
            os.close(reader)
            self.stop(0)
            return
        finally:
            os.close(writer)
        self.pipe = reader
        self.selector.register(reader, selectors.EVENT_READ, self.read_pipe)
        self.send({"type": "started", "pid": self.launcher.pid})

    def tick(self) -> None:
        self.flush()
        self.reap()
        if len(self.outbox) < BACKLOG_BYTES:
            self.tail_ranks(patient=True)
            self.log(None, self.pipe_lines.flush(patient=True))
        if self.kill_at is not None:
            self.pursue()

    def finished(self) -> bool:
        return self.kill_at is not None and self.empty_scans >= 2

    def finish(self) -> None:
        """Nothing is left: the last output, then the last word."""
        if hasattr(self, "pipe"):
            self.read_pipe()
        for connection in list(self.ranks):
            self.read_rank(connection)
        self.tail_ranks(patient=False)
        self.log(None, self.pipe_lines.flush(patient=False))
        seconds = round(time.monotonic() - self.stop_started, 3)
        self.send({"type": "gone", "killed": len(self.killed), "survivors": [], "seconds": seconds})
        while self.outbox and not self.detached:
            self.selector.select(TICK)
            self.flush()
        if hasattr(self, "directory") and not self.detached:
            shutil.rmtree(self.directory, ignore_errors=True)

    # — ending it —

    def stop(self, grace: float) -> None:
        """TERM now, KILL after `grace` seconds; with 0, KILL now. A later call can only bring the KILL forward."""
        deadline = time.monotonic() + grace
        if self.kill_at is None:
            self.stop_started = time.monotonic()
            self.kill_at = deadline
            if grace > 0:
                self.signal_all(signal.SIGTERM)
        self.kill_at = min(self.kill_at, deadline)

    def pursue(self) -> None:
        """Until two looks in a row find nothing: whoever forks while being ended is found by the next look."""
        left = self.processes()
        if not left:
            self.empty_scans += 1
            return
        self.empty_scans = 0
        if time.monotonic() >= (self.kill_at or 0):
            self.signal_all(signal.SIGKILL)

    def signal_all(self, number: int) -> None:
        for pid, started in self.processes():
            self.killed.add((pid, started))
            with contextlib.suppress(ProcessLookupError):
                # The start time is read again right before: a number that was given to another process is left alone.
                if start_time(pid) == started:
                    os.kill(pid, number)

    def processes(self) -> list[tuple[int, str]]:
        """(pid, start time) of every live process of this run on this node: descendants, and whoever carries its mark."""
        if not hasattr(self, "order"):
            return []
        marks = {f"RAMPCHECK_RUN={self.order['run']}".encode(), f"RAMPCHECK_NODE={self.order['node']}".encode()}
        parents, found = {}, {}
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                state = read_stat(int(name))
                if state is not None:
                    parents[int(name)] = state
        mine = {os.getpid()}
        grew = True
        while grew:
            children = {pid for pid, (parent, _, _) in parents.items() if parent in mine} - mine
            mine |= children
            grew = bool(children)
        for pid, (_, started, state) in parents.items():
            if state not in "ZX" and (pid in mine or marks <= environ(pid)):
                found[pid] = started
        return list(found.items())

    def reap(self) -> None:
        """Takes leave of ended children, orphans of the ranks among them; the launcher's end is news."""
        if self.launcher is None:
            return
        if self.launcher.returncode is None and self.launcher.poll() is not None:
            self.read_pipe()
            self.tail_ranks(patient=True)
            code = self.launcher.returncode
            name = signal.Signals(-code).name if code < 0 else None
            exit_code = 128 - code if code < 0 else code
            self.send({"type": "exited", "code": exit_code, "signal": name, "time": time.time_ns()})
            # What outlives its launcher is an orphan.
            self.stop(self.order.get("grace", 0.25))
        if self.launcher.returncode is not None:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass

    def on_signal(self, number, _frame) -> None:
        if number == signal.SIGCHLD or (number == signal.SIGHUP and self.released):
            return
        self.stop(self.order.get("grace", 0.25) if hasattr(self, "order") else 0)

    # — what comes in —

    def read_stdin(self) -> None:
        data = read(0)
        if data is None:
            return
        if not data:
            self.selector.unregister(0)
            if self.released:
                self.detach()
            else:
                self.stop(self.order.get("grace", 0.25) if hasattr(self, "order") else 0)
            return
        *lines, self.stdin_rest = (self.stdin_rest + data).split(b"\n")
        for line in lines:
            try:
                self.obey(json.loads(line))
            except (ValueError, KeyError, TypeError, OSError) as error:
                self.send({"type": "fault", "message": f"{type(error).__name__}: {error}"})
                self.stop(0)

    def obey(self, order: dict) -> None:
        kind = order["type"]
        if kind == "start":
            self.start(order)
        elif kind == "release":
            self.released = True
            for connection in self.ranks:
                tell_released(connection)
        elif kind == "stop":
            self.stop(order["grace"])
        elif kind == "kill":
            self.stop(0)
        else:
            raise ValueError(f"unknown order {kind!r}")

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self.listener.accept()
            connection.setblocking(False)
            self.ranks[connection] = {"rest": b"", "rank": None, "pid": None}
            self.selector.register(connection, selectors.EVENT_READ, lambda: self.read_rank(connection))
            if self.released:
                tell_released(connection)

    def read_rank(self, connection: socket.socket) -> None:
        known = self.ranks[connection]
        while True:
            data = read(connection.fileno())
            if not data:
                break
            *lines, known["rest"] = (known["rest"] + data).split(b"\n")
            for line in lines:
                event = json.loads(line)
                known["rank"] = event.get("rank", known["rank"])
                known["pid"] = event.get("pid", known["pid"])
                if isinstance(known["rank"], int):
                    self.tails.setdefault(known["rank"], {"file": None, "lines": Lines()})
                self.send({"type": "rank", "event": event})
        if data == b"":
            self.selector.unregister(connection)
            connection.close()
            del self.ranks[connection]
            if known["rank"] is not None:
                self.send({"type": "rank_gone", "rank": known["rank"], "pid": known["pid"], "time": time.time_ns()})

    def read_pipe(self) -> None:
        while len(self.outbox) < BACKLOG_BYTES:
            data = read(self.pipe)
            if not data:
                if data == b"" and self.pipe in self.selector.get_map():
                    self.selector.unregister(self.pipe)
                return
            self.log(None, self.pipe_lines.feed(data))

    def tail_ranks(self, patient: bool) -> None:
        """New output of every rank, from the file that the rank writes by itself."""
        for rank, tail in self.tails.items():
            if tail["file"] is None:
                with contextlib.suppress(FileNotFoundError):
                    tail["file"] = open(os.path.join(self.directory, f"rank-{rank}.log"), "rb", buffering=0)
            while tail["file"] is not None and len(self.outbox) < BACKLOG_BYTES:
                data = tail["file"].read(256 * 1024)
                if not data:
                    break
                self.log(rank, tail["lines"].feed(data))
            self.log(rank, tail["lines"].flush(patient))

    # — what goes out —

    def log(self, rank: int | None, lines: list[str]) -> None:
        if lines:
            self.send({"type": "log", "rank": rank, "lines": lines})

    def send(self, event: dict) -> None:
        line = json.dumps(event).encode() + b"\n"
        if self.detached:
            with open(self.spool_path, "ab") as spool:
                spool.write(line)
            return
        self.outbox += line
        self.flush()

    def flush(self) -> None:
        try:
            while self.outbox:
                del self.outbox[: os.write(1, self.outbox[: 256 * 1024])]
        except BlockingIOError:
            pass
        except OSError:
            # Nobody listens any more. Standard input tells whether that ends the run.
            self.outbox.clear()
            if self.released:
                self.detach()

    def detach(self) -> None:
        """The run has been released and its launcher is gone: the training goes on, what it says is kept here."""
        if not self.detached:
            self.detached = True
            with open(self.spool_path, "ab") as spool:
                spool.write(self.outbox)
            self.outbox.clear()


def make_directory() -> str:
    """A private folder whose socket path fits the kernel's limit, whatever TMPDIR says."""
    directory = tempfile.mkdtemp(prefix="rampcheck-")
    if len(os.path.join(directory, "sock")) >= SOCKET_PATH_BYTES:
        os.rmdir(directory)
        directory = tempfile.mkdtemp(prefix="rampcheck-", dir="/tmp")
    return directory


def write_files(directory: str, order: dict) -> None:
    inject = os.path.join(directory, "inject")
    for name, text in order["files"].items():
        path = os.path.normpath(os.path.join(inject, name))
        if not path.startswith(inject + os.sep):
            raise ValueError(f"a file outside the agent's folder: {name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    descriptor = os.open(os.path.join(directory, "settings.json"), os.O_WRONLY | os.O_CREAT, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(order["settings"], file)


def environment(order: dict, directory: str, pipe: int) -> dict:
    """The node's own environment, what the plan adds, and our marks; without a rank's identity from outside."""
    env = {**os.environ, **order["env"]}
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", "RAMPCHECK_RANK_PID"):
        env.pop(name, None)
    status = os.fstat(pipe)
    env["RAMPCHECK_RUN"] = order["run"]
    env["RAMPCHECK_NODE"] = str(order["node"])
    env["RAMPCHECK_DIR"] = directory
    env["RAMPCHECK_PIPES"] = f"{status.st_dev}:{status.st_ino}"
    inject = os.path.join(directory, "inject")
    env["PYTHONPATH"] = f"{inject}:{env['PYTHONPATH']}" if env.get("PYTHONPATH") else inject
    return env


def die_with_the_agent() -> None:
    """In the child, before the launcher's program: an agent that is killed takes its launcher with it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def tell_released(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.send(b'{"type": "released"}\n')


def read(descriptor: int) -> bytes | None:
    """What is there: b"" at the end, None when there is nothing yet."""
    try:
        return os.read(descriptor, 256 * 1024)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def read_stat(pid: int) -> tuple[int, str, str] | None:
    """(parent, start time in clock ticks, state) of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name in parentheses may hold anything, parentheses too.
            fields = file.read().rpartition(")")[2].split()
        return int(fields[1]), fields[19], fields[0]
    except (OSError, IndexError):
        return None


def start_time(pid: int) -> str | None:
    state = read_stat(pid)
    return state[1] if state else None


def environ(pid: int) -> set[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(file.read().split(b"\0"))
    except OSError:
        return set()


def main() -> int:
    agent = Agent()
    try:
        return agent.run()
    finally:
        # Our own fault must not leave anything behind: no process that nobody owns.
        for _ in range(100):
            left = [] if agent.finished() else agent.processes()
            if not left:
                break
            agent.signal_all(signal.SIGKILL)
            time.sleep(TICK)


if __name__ == "__main__":
    sys.exit(main())
