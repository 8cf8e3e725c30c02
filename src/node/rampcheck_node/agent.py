"""The agent: one per node of a run, and the owner of every process of the run on that node.

It starts the node's launcher, passes on what the ranks report, and ends everything when it is told to, when the other end of its
standard input is gone (the lease), or when the launcher has ended. It says "gone" last, when it has verified that no process of
the run is left. Standard library only, Python 3.9 and later, Linux. It is long for one file because it travels as one file.

Standard input and output are JSON lines; standard error is for its own crash.
    in    {"type": "start", run, node, name, argv, cwd, env, files, settings, grace, lease}   once, first
          {"type": "release"} · {"type": "stop", grace} · {"type": "kill"} · {"type": "alive"}
          {"type": "signal", number}   to every rank, and to nobody else
    out   ready {pid, python, host} · started {pid, directory} · not_started {reason, errno} · fault {message}
          rank {event: as the rank sent it} · rank_gone {rank, pid, time} · log {rank or null, lines, end}
          exited {code, signal, time} · gone {killed, survivors, seconds} · alive {}
With a lease (seconds; null without a network in between) both sides say "alive" every second, and a held run ends when the other
side has said nothing for so long. As `sweep RUN NODE [FOLDER]` it ends what is left of a run whose agent is lost.
Every event but `log` and `alive` carries `seq`, its number. The same stands in events.jsonl in the agent's folder, and output in
files there (`end` is the offset behind what was passed on): whoever comes back to a released run starts a second agent with
    in    {"type": "attach", directory, after: {seq, logs: {"0": end, …, "launcher": end}}, follow, lease}   once, first
          {"type": "stop", grace} · {"type": "kill"} · {"type": "forget"} · {"type": "alive"}
    out   secrets {env, argv} · what was missed, in order and once · caught_up {} · what follows, to `gone` · alive {}
The second agent ends with its standard input, and touches neither the run nor (but for `forget`, when all is over) the folder.
A byte of argv, cwd or env that is not UTF-8 is a lone surrogate in JSON (0xff is "\\udcff", Python's surrogateescape).
"""

from __future__ import annotations

import codecs
import collections
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import platform
import re
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)
# How often output is looked at, and processes that are being ended are counted again (seconds).
TICK = 0.05
# A line without an end is passed on after this time (a prompt, a progress bar), or at this many characters.
PARTIAL_SECONDS, LINE_LENGTH = 0.5, 64 * 1024
CHUNK = 64 * 1024
# Above this much unsent output the files are left to wait; what ranks report is never dropped.
BACKLOG_BYTES = 8 * 1024 * 1024
EVENTS, MEMORY = "events.jsonl", "memory.jsonl"
# Files of a run's output in the agent's folder.
LOG = re.compile(r"rank-(\d+)\.log|launcher\.log")
# The kernel's limit for a socket's path is 108 bytes.
SOCKET_PATH_BYTES = 100
# What outlives its launcher by more than this is an orphan; helpers that see their pipe close need a moment to end by themselves.
ORPHAN_SECONDS = 0.1
# A process that is still there so long after KILL is stuck in the kernel: it is reported as a survivor.
UNKILLABLE_SECONDS = 8.0
# How often each side says that it lives.
ALIVE_SECONDS = 1.0
# A held run does not wait longer for an agent that hangs, or for a rank that somebody has stopped.
HANG_SECONDS = 10.0
# Once the lease is lost, a reader that takes nothing for this long is not waited for.
READER_SECONDS = 5.0
SHARED_MEMORY = b"/dev/shm/"
# Nothing waits longer for shared memory to be found before the run is ended, and to be taken back after it.
NOTING_SECONDS, FREEING_SECONDS = 0.25, 2.0
# A file's times are taken from a clock that stands still for up to so long (seconds).
CLOCK_TICK = 0.01
# A rank's identity belongs to one rank: from outside it would make the launcher itself look like one.
IDENTITY = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", "RAMPCHECK_RANK_PID")


FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
WATCHER_GONE = signal.SIGUSR1
# Takes back the line that it ends: what a killed agent had begun to say.
TAKEN_BACK = b"\x18\n"


class Agent:
    """The loop's state. Everything happens in one thread."""

    def __init__(self) -> None:
        # poll, not epoll: standard input may be a file or /dev/null.
        self.selector = selectors.PollSelector()
        self.outbox = Outbox()
        self.spool = None
        self.seq = 0
        self.leased = True
        # The folder stays: a released run was left to itself, and nobody has heard how it went on.
        self.kept = False
        # Who has come back to the run over the control socket: they still read here when all is over.
        self.visitors: set[socket.socket] = set()
        # Somebody who comes back to a run: no run of its own.
        self.following = False
        self.follower: Follower | None = None
        self.released = False
        self.order: dict | None = None
        self.directory: str | None = None
        self.stdin_rest = b""
        self.launcher: subprocess.Popen | None = None
        self.listener: socket.socket | None = None
        self.pipe: int | None = None
        self.ranks: dict[socket.socket, dict] = {}
        self.tails: dict[str, Tail] = {}
        self.marks: set[bytes] = set()
        # Children from before an exec are not ours to end.
        self.strangers = {pid for pid, stat in read_stats().items() if stat.parent == os.getpid()}
        self.stopped_at = self.term_at = 0.0
        self.kill_at: float | None = None
        self.asked = self.noted = self.over = self.crashed = False
        self.grace = 0.0
        self.signalled: set[tuple[int, str]] = set()
        # Where the watcher listens; None in a test that has none.
        self.watcher: int | None = None
        self.lease: float | None = None
        self.heard_at = self.alive_at = time.monotonic()
        self.halted: dict[int, float] = {}
        self.survivors: list[int] = []
        # Shared memory of the run, see Memory; what is older than the run is not the run's.
        self.memory: set[Memory] = set()
        self.noting = threading.Thread()
        self.began_at = time.time()

    # — the run's life —

    def run(self) -> None:
        os.set_blocking(1, False)
        self.wakeup, wakeup = socket.socketpair()
        self.wakeup.setblocking(False)
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        for number in (*FORWARDED, WATCHER_GONE, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self.read_signals)
        self.selector.register(0, selectors.EVENT_READ, self.read_stdin)
        self.send("ready", pid=os.getpid(), python=platform.python_version(), host=socket.gethostname())
        while not self.over:
            self.turn(TICK)
            if self.following:
                self.live()
                self.over = self.over or self.follower.turn()
                continue
            self.reap()
            if not self.kept:
                self.tail()
            self.live()
            if self.kill_at is not None:
                self.pursue()
        if not self.following:
            self.finish()
        while self.outbox.lines and self.has_reader():
            self.turn(TICK)

    def live(self) -> None:
        """Every second: a sign of life to both sides, and a look for one from the launcher and from the ranks."""
        now = time.monotonic()
        if now - self.alive_at < ALIVE_SECONDS:
            return
        self.alive_at = now
        self.tell_watcher(b".")
        ranks = [rank["pid"] for rank in self.ranks.values() if rank["pid"]]
        if ranks and not self.released and not self.noting.is_alive():
            # A rank that is ended by somebody else can no longer be asked.
            self.note_memory(ranks)
        if self.lease is None:
            return
        if self.leased:
            self.send_line(b'{"type": "alive"}\n')
        if self.following:
            self.over = self.over or now - self.heard_at > self.lease
        if self.following or self.released or self.kill_at is not None:
            return
        if now - self.heard_at > self.lease:
            self.fail(f"nothing was heard from the launcher for {self.lease:.0f} s")
        halted = {pid: name for name, pid in self.watched() if state_of(pid) == "T"}
        self.halted = {pid: self.halted.get(pid, now) for pid in halted}
        for pid, since in self.halted.items():
            if now - since > HANG_SECONDS:
                self.fail(f"{halted[pid]} has been stopped (SIGSTOP) for {HANG_SECONDS:.0f} s")

    def watched(self) -> list[tuple[str, int]]:
        """Processes that a held run cannot do without."""
        ranks = [(f"rank {rank['rank']}", rank["pid"]) for rank in self.ranks.values() if rank["pid"]]
        return [*ranks, *([("the launcher", self.launcher.pid)] if self.launcher is not None else [])]

    def tell_watcher(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            if self.watcher is not None:
                os.write(self.watcher, word)

    def turn(self, wait: float) -> None:
        for key, _ in self.selector.select(wait):
            key.data()

    def start(self, order: dict) -> None:
        if self.order is not None:
            raise ValueError("start: it was started before")
        if self.following:
            raise ValueError("start: it follows another run")
        argv = [encode(word) for word in order["argv"]]
        if not argv:
            raise ValueError("start: argv is empty")
        self.order, self.grace = order, max(0.0, float(order.get("grace", 0.25)))
        self.lease = None if order.get("lease") is None else float(order["lease"])
        self.heard_at = time.monotonic()
        self.marks = {f"RAMPCHECK_RUN={order['run']}".encode(), f"RAMPCHECK_NODE={order['node']}".encode()}
        self.directory = make_directory()
        self.tell_watcher(will(self.directory, self.grace, self.marks, self.began_at))
        write_files(self.directory, order["files"], order["settings"])
        self.spool = open_private(os.path.join(self.directory, EVENTS))
        self.listener = self.listen("sock", self.accept)
        self.control = self.listen("control", self.accept_order)
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.pipe, writer = os.pipe()
        os.set_blocking(self.pipe, False)
        self.selector.register(self.pipe, selectors.EVENT_READ, self.read_pipe)
        agent = os.getpid()
        try:
            self.launcher = subprocess.Popen(
                argv,
                cwd=encode(order["cwd"]),
                env=environment(order, self.directory, writer),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
                preexec_fn=lambda: die_with(agent),
            )
        except OSError as error:
            name = os.fsdecode(error.filename or argv[0])
            self.send("not_started", reason=f"{error.strerror}: {name}", errno=errno.errorcode.get(error.errno or 0, ""))
            self.stop(0)
            return
        finally:
            os.close(writer)
        self.send("started", pid=self.launcher.pid, directory=self.directory)

    def reap(self) -> bool:
        """Takes leave of ended children, orphans of the run among them; whether a child is left."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if self.launcher is not None and pid == self.launcher.pid:
                    self.launcher.returncode = os.waitstatus_to_exitcode(status)
                    if not self.crashed:
                        self.launcher_ended(self.launcher.returncode)
        return False

    def launcher_ended(self, status: int) -> None:
        # What the ranks said comes first: their errors explain this end.
        self.drain()
        self.tail()
        code, name = (128 - status, signal_name(-status)) if status < 0 else (status, None)
        self.send("exited", code=code, signal=name, time=time.time_ns())
        if self.kill_at is None:
            self.stop(self.grace, after=ORPHAN_SECONDS)

    def finish(self) -> None:
        """The last output, then the last word."""
        seconds = round(time.monotonic() - self.stopped_at, 3)
        survivors = [{"pid": pid, "cmd": command_of(pid)} for pid in self.survivors]
        self.reap()
        self.drain()
        while not self.kept and not self.tail(last=True) and self.has_reader():
            self.turn(TICK if self.outbox.size > BACKLOG_BYTES else 0)
        self.free_memory()
        self.send("gone", killed=len(self.signalled), survivors=survivors, seconds=seconds)

    def has_reader(self) -> bool:
        """With the lease, a reader may take its time; without, one that takes nothing is not waited for."""
        return self.leased or time.monotonic() - self.outbox.moved_at < READER_SECONDS

    # — ending it —

    def stop(self, grace: float, after: float = 0.0) -> None:
        """TERM, and KILL after `grace` seconds; KILL alone with 0. A later call can only bring it forward."""
        now = time.monotonic()
        if self.kill_at is None:
            self.stopped_at = now
            self.term_at = self.kill_at = float("inf")
        self.term_at = min(self.term_at, now + after)
        self.kill_at = min(self.kill_at, now + after + grace)

    def pursue(self) -> None:
        """Until two looks in a row find nothing: whoever forks while being ended is found by the next look."""
        now = time.monotonic()
        if self.empty() and self.empty():
            self.over = True
            return
        if now >= min(self.term_at, self.kill_at) and not self.noted:
            self.noted = True
            self.note_memory(self.processes(), NOTING_SECONDS)
        if now >= self.kill_at:
            self.kill_children()
            left = self.processes()
            self.signal_all(left, signal.SIGKILL)
            if now > self.kill_at + UNKILLABLE_SECONDS:
                # 0 stands for a child that no listing shows.
                self.survivors, self.over = list(left) or [0], True
        elif now >= self.term_at and not self.asked:
            # Once: what a process starts in order to end properly is not disturbed.
            self.asked = True
            self.signal_all(self.processes(), signal.SIGTERM)

    def empty(self) -> bool:
        """Whoever forks and exits faster than /proc can be read is in no listing, but it is a child of ours."""
        child_left = self.reap() and not self.strangers
        return not child_left and not self.processes()

    def processes(self) -> dict[int, str]:
        """Live processes of this run on this node, by pid with their start time.

        They are our descendants (orphans are adopted, so that none leaves the tree) and whoever else carries the run's mark.
        """
        stats = read_stats()
        children = collections.defaultdict(set)
        for pid, stat in stats.items():
            children[stat.parent].add(pid)
        tree: set[int] = set()
        todo = {os.getpid()}
        while todo:
            todo = set().union(*(children[pid] for pid in todo)) - self.strangers - tree
            tree |= todo
        return {
            pid: stat.started
            for pid, stat in stats.items()
            if stat.alive and pid != os.getpid() and (pid in tree or (self.marks and self.marks <= environ(pid)))
        }

    def signal_all(self, processes: dict[int, str], number: int) -> None:
        for pid, started in processes.items():
            stat = read_stat(pid)
            # Looked at again: a number that belongs to another process by now is left alone.
            if stat is not None and stat.started == started:
                self.signalled.add((pid, started))
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)

    def signal_ranks(self, number: int) -> None:
        """What the training itself handles (USR2: save, the time is nearly over); launchers would die of it."""
        for known in self.ranks.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if known["pid"] is not None:
                    os.kill(known["pid"], number)

    def kill_children(self) -> None:
        """Ends chains of processes that fork and exit: their orphans are our children, found faster than by reading /proc."""
        start = fresh = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() < min(fresh + 0.002, start + TICK) and self.reap():
                with open("/proc/thread-self/children") as file:
                    pids = {int(pid) for pid in file.read().split()} - self.strangers
                for pid in pids:
                    # A child keeps its number until it is reaped.
                    os.kill(pid, signal.SIGKILL)
                    stat = read_stat(pid)
                    if stat is not None and (pid, stat.started) not in self.signalled:
                        self.signalled.add((pid, stat.started))
                        fresh = time.monotonic()

    def note_memory(self, pids, wait: float = 0) -> None:
        """Aside, and waited for so long: a process that is stuck in the kernel holds up whoever looks at its memory."""
        memory, directory = self.memory, self.directory

        def note() -> None:
            new = set().union(*map(memory_of, pids)) - memory
            memory.update(new)
            if new and directory is not None:
                keep_memory(directory, new)

        self.noting = aside(note, wait)

    def free_memory(self) -> None:
        """Takes back shared memory that a killed process could not: its name would keep it until the machine restarts."""

        def free() -> None:
            in_use = set().union(*map(memory_of, read_stats()))
            for memory in self.memory - in_use:
                memory.free(self.began_at)

        if self.memory:
            aside(free, FREEING_SECONDS)

    def abandon(self) -> None:
        """Our own fault must not leave anything behind: no process that nobody owns."""
        self.crashed = not self.over
        deadline = time.monotonic() + UNKILLABLE_SECONDS
        while self.crashed and self.launcher is not None and time.monotonic() < deadline:
            self.kill_children()
            self.signal_all(self.processes(), signal.SIGKILL)
            if self.empty() and self.empty():
                break
            time.sleep(TICK)
        if self.crashed:
            self.free_memory()
        # A broken connection may be open on this side for long after the other side has come back on a new one.
        if self.directory is not None and not self.kept and not self.visitors:
            shutil.rmtree(self.directory, ignore_errors=True)

    # — what comes in —

    def read_signals(self) -> None:
        for number in self.wakeup.recv(4096):
            if self.following:
                self.over = self.over or number != signal.SIGCHLD
            elif number in (signal.SIGTERM, signal.SIGINT) or (number == signal.SIGHUP and not self.released):
                self.stop(self.grace)
            elif number == WATCHER_GONE and not self.released:
                self.fail("the watcher of its agent was ended")

    def read_stdin(self) -> None:
        data = read(0)
        if data is None:
            return
        if not data:
            self.selector.unregister(0)
            self.lose_lease()
            return
        self.heard_at = time.monotonic()
        *lines, self.stdin_rest = (self.stdin_rest + data).split(b"\n")
        for line in lines:
            try:
                self.obey(json.loads(line.decode()))
            except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
                self.fail(f"{type(error).__name__}: {error}")

    def fail(self, message: str) -> None:
        if self.following:
            # The numbers belong to the agent that is followed.
            self.send_line(json.dumps({"type": "fault", "message": message}).encode() + b"\n")
            self.over = True
        else:
            self.send("fault", message=message)
            self.stop(0)

    def lose_lease(self) -> None:
        """Nobody is left on the other side. A released run goes on without them, and keeps what it has to say."""
        self.leased = False
        if self.following:
            self.over = True
        elif not self.released or self.directory is None:
            self.stop(self.grace)
        else:
            self.kept = True
            self.outbox.clear()
            self.wait_for_writing()

    def obey(self, order: dict) -> None:
        kind = order["type"]
        if kind == "start":
            self.start(order)
        elif self.follower is not None:
            if kind != "alive":
                self.follower.obey(order)
        elif kind == "attach" and self.order is None:
            self.following = True
            self.lease = None if order.get("lease") is None else float(order["lease"])
            self.heard_at = time.monotonic()
            self.follower = Follower(order, self.send_line, lambda: self.outbox.size <= BACKLOG_BYTES)
        elif self.order is None:
            raise ValueError(f"{kind!r} came before 'start'")
        elif kind == "alive":
            pass
        elif kind == "release":
            self.released = True
            # From here on only what we end ourselves leaves anything that is ours to free.
            self.memory = set()
            self.tell_watcher(b"r")
            for connection in self.ranks:
                tell_released(connection)
        elif kind == "stop":
            self.stop(max(0.0, float(order["grace"])))
        elif kind == "kill":
            self.stop(0)
        elif kind == "signal":
            self.signal_ranks(int(order["number"]))
        else:
            raise ValueError(f"unknown order {kind!r}")

    def listen(self, name: str, accept) -> socket.socket:
        path = os.path.join(self.directory, name)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, 0o600)
        listener.listen(1024)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, accept)
        return listener

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self.listener.accept()
                connection.setblocking(False)
                self.ranks[connection] = {"rest": b"", "rank": None, "pid": None}
                self.selector.register(connection, selectors.EVENT_READ, lambda rank=connection: self.read_rank(rank))
                if self.released:
                    tell_released(connection)

    def accept_order(self) -> None:
        """Somebody comes back to the run: they are told its secrets, so that no log will hold them, and may end it."""
        with contextlib.suppress(OSError):
            connection, _ = self.control.accept()
            env = {**os.environ, **self.order["env"]}
            connection.settimeout(1)
            connection.sendall(json.dumps({"type": "secrets", "env": env, "argv": self.order["argv"]}).encode() + b"\n")
            connection.setblocking(False)
            rest = bytearray()
            self.visitors.add(connection)
            self.selector.register(connection, selectors.EVENT_READ, lambda: self.read_order(connection, rest))

    def read_order(self, connection: socket.socket, rest: bytearray) -> None:
        data = read(connection.fileno())
        if data == b"":
            self.selector.unregister(connection)
            self.visitors.discard(connection)
            connection.close()
        rest += data or b""
        while b"\n" in rest:
            line, _, left = bytes(rest).partition(b"\n")
            rest[:] = left
            # Nothing but a well-formed end is obeyed here, and nothing else does harm.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                order = json.loads(line.decode())
                if order["type"] in ("stop", "kill"):
                    self.stop(max(0.0, float(order["grace"])) if order["type"] == "stop" else 0.0)

    def read_rank(self, connection: socket.socket) -> bool:
        """One piece of what a rank says; whether there may be more."""
        known = self.ranks[connection]
        data = read(connection.fileno())
        if data is None:
            return False
        *lines, known["rest"] = (known["rest"] + data).split(b"\n")
        for line in lines:
            self.take_rank_line(line.strip(), known)
        if not data:
            self.selector.unregister(connection)
            connection.close()
            del self.ranks[connection]
            if known["rank"] is not None:
                self.send("rank_gone", rank=known["rank"], pid=known["pid"], time=time.time_ns())
        return bool(data)

    def take_rank_line(self, line: bytes, known: dict) -> None:
        event = parse_event(line)
        if event is not None:
            known["rank"] = event["rank"]
            known["pid"] = event["pid"] if isinstance(event.get("pid"), int) else known["pid"]
            self.seq += 1
            self.keep(b'{"type": "rank", "seq": %d, "event": %s}\n' % (self.seq, line))
        elif not self.released:
            # Not from our callback. A held run fails closed; a released one is not touched.
            self.fail("a rank reported what is no event")

    def read_pipe(self) -> bool:
        """The launcher's output goes through a file, like that of the ranks: a slow reader never makes anybody wait."""
        data = read(self.pipe) if self.pipe is not None else None
        if data == b"":
            self.selector.unregister(self.pipe)
            os.close(self.pipe)
            self.pipe = None
        elif data:
            with contextlib.suppress(OSError), open(os.path.join(self.directory, "launcher.log"), "ab") as file:
                file.write(data)
        return bool(data)

    def drain(self) -> None:
        """All that ranks and launcher have said by now."""
        if self.listener is not None:
            self.accept()
        for connection in list(self.ranks):
            while self.read_rank(connection):
                pass
        for _ in range(64):
            if not self.read_pipe():
                break

    def tail(self, last: bool = False) -> bool:
        """New output of the launcher and of every rank, from their files; whether all of it has been read."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self.directory) if self.directory else []:
                if name not in self.tails and LOG.fullmatch(name):
                    self.tails[name] = Tail(os.path.join(self.directory, name))
        return all([self.tail_one(tail, last) for tail in self.tails.values()])

    def tail_one(self, tail: Tail, last: bool) -> bool:
        for _ in range(16):
            if self.outbox.size > BACKLOG_BYTES:
                return False
            lines = tail.read(last)
            if lines is None:
                return True
            if lines:
                self.send_line(log_event(tail, lines))
        return False

    # — what goes out —

    def send(self, kind: str, **fields) -> None:
        self.seq += 1
        self.keep(json.dumps({"type": kind, "seq": self.seq, **fields}).encode() + b"\n")

    def keep(self, line: bytes) -> None:
        """Says it, and writes it down: who was killed before reading it finds it there."""
        # A full disk costs what would have been kept, never the training.
        with contextlib.suppress(OSError):
            if self.spool is not None:
                self.spool.write(line)
        self.send_line(line)

    def send_line(self, line: bytes) -> None:
        if not self.kept:
            self.outbox.add(line)
            self.flush()

    def flush(self) -> None:
        try:
            self.outbox.flush()
        except BlockingIOError:
            pass
        except OSError:
            if self.released:
                self.lose_lease()
            else:
                self.outbox.clear()
                if self.leased:
                    self.lose_lease()
        self.wait_for_writing()

    def wait_for_writing(self) -> None:
        waiting = 1 in self.selector.get_map()
        if self.outbox.lines and not waiting:
            self.selector.register(1, selectors.EVENT_WRITE, self.flush)
        elif not self.outbox.lines and waiting:
            self.selector.unregister(1)


class Outbox:
    """Events that wait until standard output takes them."""

    def __init__(self) -> None:
        self.lines: collections.deque[bytes] = collections.deque()
        self.size = self.sent = 0
        self.moved_at = time.monotonic()

    def add(self, line: bytes) -> None:
        self.lines.append(line)
        self.size += len(line)

    def flush(self) -> None:
        while self.lines:
            self.sent += os.write(1, memoryview(self.lines[0])[self.sent :])
            self.moved_at = time.monotonic()
            if self.sent == len(self.lines[0]):
                self.size -= len(self.lines.popleft())
                self.sent = 0

    def clear(self) -> None:
        self.lines.clear()
        self.size = self.sent = 0


class Tail:
    """A growing file as lines: split at newlines and carriage returns, undecodable bytes replaced.

    `end` is the offset behind the last line passed on, where another Tail can go on.
    """

    def __init__(self, path: str, end: int = 0) -> None:
        rank = LOG.fullmatch(os.path.basename(path))[1]
        self.rank = None if rank is None else int(rank)
        self.end = end
        self._file = open(path, "rb", buffering=0)
        self._rest = b""
        self._since = 0.0
        # The last line went out before its end came.
        self._cut = False
        if end > 0:
            self._file.seek(end - 1)
            self._cut = self._file.read(1) not in (b"\n", b"\r")

    def read(self, last: bool = False) -> list[str] | None:
        """The next lines, perhaps none yet; None at the end of the file."""
        data = self._file.read(CHUNK)
        if data:
            return self._split(data)
        if self._rest and (last or time.monotonic() - self._since > PARTIAL_SECONDS):
            whole = len(self._rest) if last else whole_characters(self._rest)
            line, self._rest, self._cut = self._rest[:whole], self._rest[whole:], True
            self.end += whole
            return pieces(line, blank=False)
        return None

    def _split(self, data: bytes) -> list[str]:
        if self._cut:
            # The end of a line that has gone out already.
            found = re.match(rb"\r?\n", data)
            self.end += found.end() if found else 0
            data, self._cut = data[found.end() :] if found else data, False
        fresh = not self._rest
        *whole, rest = (self._rest + data).split(b"\n")
        # A carriage return at the very end may be the first half of a Windows line end.
        done = max(rest.rfind(b"\r", 0, -1) + 1, whole_characters(rest[: len(rest) // LINE_LENGTH * LINE_LENGTH]))
        if fresh or whole or done:
            self._since = time.monotonic()
        self._rest = rest[done:]
        self._cut = done > 0 and not self._rest
        self.end += sum(len(line) + 1 for line in whole) + done
        lines = [piece for line in whole for piece in pieces(line)]
        return lines + (pieces(rest[:done], blank=False) if done else [])


def whole_characters(data: bytes) -> int:
    """How much of it ends with a whole UTF-8 character."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    return len(data) - len(decoder.getstate()[0])


def pieces(data: bytes, blank: bool = True) -> list[str]:
    """The steps of a progress bar, and an endless line in parts; an empty line stays one."""
    line = data.decode("utf-8", "replace")
    found = [part[at : at + LINE_LENGTH] for part in line.split("\r") for at in range(0, len(part), LINE_LENGTH)]
    return found or ([""] if blank else [])


def log_event(tail: Tail, lines: list[str]) -> bytes:
    return json.dumps({"type": "log", "rank": tail.rank, "lines": lines, "end": tail.end}).encode() + b"\n"


class Follower:
    """What became of a run that was left to itself: reads the folder of its agent, and passes orders on to that agent.

    It never touches the run by itself: several may follow one run, and each may be killed at any time.
    """

    def __init__(self, order: dict, say, may_say) -> None:
        self.directory = str(order["directory"])
        self.after = int(order["after"]["seq"])
        self.ends = {str(name): int(end) for name, end in order["after"]["logs"].items()}
        self.follow = bool(order.get("follow", True))
        self.say, self.may_say = say, may_say
        self.tails: dict[str, Tail] = {}
        self.rest = b""
        self.last: bytes | None = None
        self.caught_up = self.ended = self.forgotten = False
        if not os.path.isdir(self.directory):
            raise ValueError(f"nothing of the run is left here: {self.directory} is gone")
        self.events = open(os.path.join(self.directory, EVENTS), "rb", buffering=0)
        self.agent = self.connect()
        if self.agent is not None:
            with self.agent.makefile("rb") as lines:
                self.say(lines.readline())

    def connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX)
        # A stopped agent does not answer; what it has kept can be read all the same.
        connection.settimeout(2)
        try:
            connection.connect(os.path.join(self.directory, "control"))
        except OSError:
            return None
        return connection

    def turn(self) -> bool:
        """Passes on what is new; whether it is over."""
        alive = self.is_alive()
        at_end = self.read_events()
        if self.ended:
            # Whether the folder is still wanted is for the other side to say, now that it has read everything.
            return self.forgotten
        at_end = self.read_logs(last=self.last is not None or not alive) and at_end
        if not at_end:
            return False
        if self.last is not None:
            self.say(self.last)
            self.ended = True
            return False
        if not self.caught_up:
            self.caught_up = True
            self.say(b'{"type": "caught_up"}\n')
        if not alive:
            self.say(b'{"type": "fault", "message": "its agent was lost"}\n')
            return True
        return not self.follow

    def is_alive(self) -> bool:
        """Whether the agent lives, or the watcher that ends the job in its place."""
        with contextlib.suppress(OSError, ValueError):
            with open(os.path.join(self.directory, "agent.json"), encoding="utf-8") as file:
                owners = json.load(file)["owners"]
            stats = [(read_stat(pid), started) for pid, started in owners]
            return any(stat is not None and stat.alive and stat.started == started for stat, started in stats)
        return False

    def read_events(self) -> bool:
        """What the agent has said since; its last word waits until all output has been read. Whether that was all."""
        if not self.may_say():
            return False
        data = self.events.read(CHUNK)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            event = parse_kept(line)
            if event is None or event["seq"] <= self.after:
                continue
            if event["type"] == "gone":
                self.last = line + b"\n"
            else:
                self.say(line + b"\n")
        return len(data) < CHUNK

    def read_logs(self, last: bool) -> bool:
        for name in os.listdir(self.directory):
            if name not in self.tails and LOG.fullmatch(name):
                end = self.ends.get(LOG.fullmatch(name)[1] or "launcher", 0)
                self.tails[name] = Tail(os.path.join(self.directory, name), end)
        return all([self.read_log(tail, last) for tail in self.tails.values()])

    def read_log(self, tail: Tail, last: bool) -> bool:
        for _ in range(16):
            if not self.may_say():
                return False
            lines = tail.read(last)
            if lines is None:
                return True
            if lines:
                self.say(log_event(tail, lines))
        return False

    def obey(self, order: dict) -> None:
        if order["type"] in ("stop", "kill"):
            # An agent that is gone has nothing left to stop.
            with contextlib.suppress(OSError):
                if self.agent is not None:
                    self.agent.sendall(json.dumps(order).encode() + b"\n")
        elif order["type"] == "forget":
            if self.ended:
                self.forgotten = True
                shutil.rmtree(self.directory, ignore_errors=True)
        else:
            raise ValueError(f"unknown order {order['type']!r}")


class Stat:
    """A process at one moment, from /proc/PID/stat."""

    def __init__(self, text: str) -> None:
        # The name in parentheses may hold anything, parentheses too.
        fields = text.rpartition(")")[2].split()
        self.parent = int(fields[1])
        self.started = fields[19]
        # A zombie is dead, unless only its first thread has ended.
        self.alive = fields[0] not in "ZX" or int(fields[17]) > 1


def read_stat(pid: int) -> Stat | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return Stat(file.read())
    except (OSError, IndexError):
        return None


def read_stats() -> dict[int, Stat]:
    stats = {int(name): read_stat(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    return {pid: stat for pid, stat in stats.items() if stat is not None}


def environ(pid: int) -> set[bytes]:
    """What a process was started with; nothing for one that is not ours to look at."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return set(file.read().split(b"\0"))
    except OSError:
        return set()


class Memory(typing.NamedTuple):
    """A file in memory that processes share (shm_open: DeepSpeed's CPU collectives, NCCL, multiprocessing).

    Known by its inode: under the same name another run may have made its own by now.
    """

    device: int
    inode: int
    path: bytes

    def free(self, since: float) -> None:
        """Unlinks it if it is ours and younger than the run: data that somebody has put there before is not the run's."""
        with contextlib.suppress(OSError):
            status = os.lstat(self.path)
            same = (status.st_dev, status.st_ino) == (self.device, self.inode)
            if same and status.st_uid == os.getuid() and status.st_ctime >= since - CLOCK_TICK:
                os.unlink(self.path)


def memory_of(pid: int) -> set[Memory]:
    """What a process has mapped of /dev/shm, shared; nothing of one that is not ours to look at."""
    found = set()
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as file:
        for line in file:
            # address permissions offset major:minor inode path
            words = line.rstrip(b"\n").split(None, 5)
            if len(words) == 6 and words[5].startswith(SHARED_MEMORY) and words[1].endswith(b"s"):
                major, minor = (int(number, 16) for number in words[3].split(b":"))
                found.add(Memory(os.makedev(major, minor), int(words[4]), words[5]))
    return found


def keep_memory(directory: str, memory: set[Memory]) -> None:
    """For whoever ends the run if the agent cannot: ranks that lose their agent are gone before anybody can look at them."""
    with contextlib.suppress(OSError), open(os.path.join(directory, MEMORY), "a", encoding="ascii") as file:
        file.writelines(json.dumps([each.device, each.inode, os.fsdecode(each.path)]) + "\n" for each in memory)


def kept_memory(directory: str) -> set[Memory]:
    found = set()
    # A line that a full disk has cut short is the last.
    with contextlib.suppress(OSError, ValueError), open(os.path.join(directory, MEMORY), encoding="ascii") as file:
        for line in file:
            device, inode, path = json.loads(line)
            found.add(Memory(device, inode, os.fsencode(path)))
    return found


def aside(work, wait: float) -> threading.Thread:
    """Does it in a thread that nobody depends on."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(wait)
    return thread


def command_of(pid: int) -> str:
    """Its name alone: arguments may hold secrets."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def open_private(path: str):
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "wb", buffering=0)


def make_directory() -> str:
    """A private folder whose socket path fits the kernel's limit, whatever TMPDIR says."""
    directory = tempfile.mkdtemp(prefix="rampcheck-")
    if len(os.fsencode(os.path.join(directory, "sock"))) >= SOCKET_PATH_BYTES:
        os.rmdir(directory)
        directory = tempfile.mkdtemp(prefix="rampcheck-", dir="/tmp")
    # systemd-tmpfiles leaves a locked folder alone, so that a run may last longer than files in /tmp do.
    with contextlib.suppress(OSError):
        fcntl.flock(os.open(directory, os.O_RDONLY), fcntl.LOCK_SH)
    return directory


def write_files(directory: str, files: dict, settings: object) -> None:
    inject = os.path.join(directory, "inject")
    os.mkdir(inject)
    for name, text in files.items():
        path = os.path.normpath(os.path.join(inject, name))
        if not path.startswith(inject + os.sep):
            raise ValueError(f"a file outside the agent's folder: {name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode())
    owners = (read_stat(pid) and [pid, read_stat(pid).started] for pid in (os.getpid(), os.getppid()))
    identity = {"owners": [owner for owner in owners if owner]}
    for name, document in (("settings.json", settings), ("agent.json", identity)):
        with open_private(os.path.join(directory, name)) as file:
            file.write(json.dumps(document).encode())


def environment(order: dict, directory: str, pipe: int) -> dict[bytes, bytes]:
    """The node's own environment without a rank's identity, what the plan adds, and our marks."""
    env = {name: value for name, value in os.environb.items() if os.fsdecode(name) not in IDENTITY}
    env.update((encode(name), encode(value)) for name, value in order["env"].items())
    status = os.fstat(pipe)
    inject = encode(os.path.join(directory, "inject"))
    previous = env.get(b"PYTHONPATH")
    return {
        **env,
        b"RAMPCHECK_RUN": str(order["run"]).encode(),
        b"RAMPCHECK_NODE": str(order["node"]).encode(),
        b"RAMPCHECK_DIR": os.fsencode(directory),
        b"RAMPCHECK_PIPES": f"{status.st_dev}:{status.st_ino}".encode(),
        b"PYTHONPATH": inject + b":" + previous if previous else inject,
    }


def die_with(agent: int) -> None:
    """In the child, before the launcher's program: an agent that is killed takes its launcher with it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != agent:
        os._exit(1)


def tell_released(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.send(b'{"type": "released"}\n')


def parse_event(line: bytes) -> dict | None:
    with contextlib.suppress(ValueError):
        event = json.loads(line.decode())
        if isinstance(event, dict) and isinstance(event.get("type"), str) and isinstance(event.get("rank"), int):
            return event if event["rank"] >= 0 else None
    return None


def parse_kept(line: bytes) -> dict | None:
    """An event of events.jsonl; None for what a full disk has cut."""
    with contextlib.suppress(ValueError):
        event = json.loads(line.decode())
        if isinstance(event, dict) and isinstance(event.get("seq"), int):
            return event
    return None


def read(descriptor: int) -> bytes | None:
    """What is there: b"" at the end, None when there is nothing yet."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def state_of(pid: int) -> str:
    """T: stopped by a signal; t: under a debugger."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def will(directory: str, grace: float, marks: set[bytes], began_at: float) -> bytes:
    """What the watcher needs to know, should the agent be killed."""
    words = {"directory": directory, "grace": grace, "marks": [os.fsdecode(mark) for mark in marks], "began_at": began_at}
    return json.dumps(words).encode() + b"\n"


# — when the agent is lost —


def watch() -> int:
    """Splits in two: returns in the agent, with the pipe to its watcher. The watcher ends the job if the agent cannot.

    It is the parent, so that the kernel hands it whatever a killed agent leaves behind. It stays in the agent's process group.
    """
    strangers = {pid for pid, stat in read_stats().items() if stat.parent == os.getpid()}
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reader, writer = os.pipe()
    watcher = os.getpid()
    agent = os.fork()
    if agent == 0:
        os.close(reader)
        LIBC.prctl(PR_SET_PDEATHSIG, WATCHER_GONE, 0, 0, 0)
        if os.getppid() != watcher:
            os._exit(1)
        os.set_blocking(writer, False)
        return writer
    os.close(writer)
    for number in FORWARDED:
        signal.signal(number, lambda number, _: kill_quietly(agent, number))
    said = listen_to(reader, agent)
    status = os.waitstatus_to_exitcode(os.waitpid(agent, 0)[1])
    if status < 0:
        bury(said, signal_name(-status), strangers)
    os._exit(status if status >= 0 else 128 - status)


def listen_to(reader: int, agent: int) -> bytes:
    """All that the agent says to its watcher, up to its end. One that hangs while the run is held is ended."""
    said = b""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    heard = looked = time.monotonic()
    while True:
        ready = poll.poll(ALIVE_SECONDS * 1000)
        now = time.monotonic()
        if now - looked > 3 * ALIVE_SECONDS:
            # The whole machine was paused, not the agent alone.
            heard = now
        looked = now
        if ready:
            data = os.read(reader, CHUNK)
            if not data:
                return said
            heard = now
            said += data.replace(b".", b"") if b"{" not in data else data
        elif b"{" in said and not said.endswith(b"r") and now - heard > HANG_SECONDS:
            kill_quietly(agent, signal.SIGKILL)


def bury(said: bytes, how: str, strangers: set[int]) -> None:
    """Does what the agent would have done: ends the job, and says so."""
    heir = Agent()
    heir.strangers = strangers
    # Whoever reads has READER_SECONDS; nobody may be left.
    heir.leased = False
    directory = None
    # "ready" is the first, and all that an agent without a folder can have said.
    heir.seq = 1
    with contextlib.suppress(ValueError):
        last = json.loads(said[said.index(b"{") : said.index(b"\n") + 1])
        directory = last["directory"]
        heir.grace, heir.marks = last["grace"], {os.fsencode(mark) for mark in last["marks"]}
        heir.began_at, heir.memory = last["began_at"], kept_memory(directory)
        heir.seq = last_number(directory)
    # A released run that nobody watches: how it ended is kept for whoever comes back.
    kept = directory is not None and said.endswith(b"r") and not has_lease()
    if kept:
        with contextlib.suppress(OSError):
            heir.spool = open(os.path.join(directory, EVENTS), "ab", buffering=0)
    os.set_blocking(1, False)
    heir.send_line(TAKEN_BACK)
    heir.send("fault", message=f"its agent was ended by {how}")
    heir.stop(heir.grace)
    while not heir.over:
        heir.turn(TICK)
        heir.reap()
        heir.pursue()
    if directory is not None and not kept:
        shutil.rmtree(directory, ignore_errors=True)
    survivors = [{"pid": pid, "cmd": command_of(pid)} for pid in heir.survivors]
    seconds = round(time.monotonic() - heir.stopped_at, 3)
    heir.free_memory()
    heir.send("gone", killed=len(heir.signalled), survivors=survivors, seconds=seconds)
    while heir.outbox.lines and heir.has_reader():
        heir.turn(TICK)


def last_number(directory: str) -> int:
    """The number of the last event that a lost agent has written down."""
    try:
        with open(os.path.join(directory, EVENTS), "rb") as file:
            return max(event["seq"] for event in map(parse_kept, file) if event is not None)
    except (OSError, ValueError):
        # It could write nothing down; what is said from now on must count as new.
        return 1 << 40


def has_lease() -> bool:
    """Whether somebody still holds the other end of standard input."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    events = dict(poll.poll(0)).get(0, 0)
    return not events & select.POLLHUP


def sweep(run: str, node: str, *known: str) -> dict:
    """From another session on the node: ends the agent of a run that no longer answers, its watcher, and all of the job.

    `known` is the agent's folder, as far as it was heard of.
    """
    sweeper = Agent()
    sweeper.strangers = set(read_stats())
    sweeper.marks = {f"RAMPCHECK_RUN={run}".encode(), f"RAMPCHECK_NODE={node}".encode()}
    title = [AGENT_TITLE.encode(), run.encode(), node.encode()]
    agents = {pid: stat.started for pid, stat in read_stats().items() if pid != os.getpid() and command_line(pid)[-3:] == title}
    folders = set(filter(is_our_folder, known)).union(*map(folders_of, [*agents, *sweeper.processes()]))
    sweeper.began_at = min(map(made_at, folders), default=time.time())
    sweeper.memory = set().union(*map(kept_memory, folders))
    sweeper.signal_all(agents, signal.SIGKILL)
    sweeper.stop(0)
    while not sweeper.over:
        sweeper.pursue()
    sweeper.free_memory()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    survivors = [{"pid": pid, "cmd": command_of(pid)} for pid in sweeper.survivors]
    return {"killed": len(sweeper.signalled), "survivors": survivors}


# The agent's own arguments, by which `sweep` knows it: this word, the run, the node.
AGENT_TITLE = "rampcheck-agent"


def command_line(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().rstrip(b"\0").split(b"\0")
    except OSError:
        return []


def folders_of(pid: int) -> set[str]:
    """The agent's folder, which every process of the run was told and the agent itself holds open. Never another user's."""
    told = {os.fsdecode(word[14:]) for word in environ(pid) if word.startswith(b"RAMPCHECK_DIR=")}
    with contextlib.suppress(OSError):
        told |= {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
    return set(filter(is_our_folder, told))


def is_our_folder(path: str) -> bool:
    with contextlib.suppress(OSError):
        ours = os.lstat(path).st_uid == os.getuid() and os.path.exists(os.path.join(path, "settings.json"))
        return ours and os.path.basename(path).startswith("rampcheck-")
    return False


def made_at(folder: str) -> float:
    """When an agent made its folder."""
    try:
        return os.stat(os.path.join(folder, "settings.json")).st_mtime
    except OSError:
        return time.time()


def kill_quietly(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def main() -> None:
    if sys.argv[1:2] == ["sweep"]:
        print(json.dumps(sweep(*sys.argv[2:])))
        return
    watcher = watch()
    agent = Agent()
    agent.watcher = watcher
    try:
        agent.run()
    finally:
        agent.abandon()


if __name__ == "__main__":
    sys.exit(main())
