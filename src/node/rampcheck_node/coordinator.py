"""The coordinator of a batch job: on the job's first node, where no launcher is connected to the run.

Every node's agent has its standard input and output on a connection to this process; that connection is the agent's lease. The
coordinator gives each its `start` order, writes down what they say (events.jsonl, in the form that src/run reads), and decides
two things alone: whether the run is released, and whether it is stopped. Why it was stopped, and how to fix it, is found later by
replaying events.jsonl through the same state machine and diagnosis as everywhere (src/run/react.ts, verdict.ts).
Standard library only, Python 3.9 and later, Linux.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import selectors
import signal
import socket
import sys
import time

from .machine import RELEASED_GRACE, RunState, conclude
from .task import HANDSHAKE_SECONDS, PORTS, keep_alive, proof, reset

# What a node gets beyond the grace of a stop before it is killed, and then before it is given up (seconds).
STOP_MARGIN = 5.0
# How long the failure of a launcher waits for the signal that explains it: schedulers reach all nodes within a second or so.
SETTLE = 1.0
# Agents say every second that they live. A held run waits this long for one that does not; a released one for a network to heal.
HELD_SILENCE, RELEASED_SILENCE = 15.0, 90.0
CHUNK = 64 * 1024
LINE_LIMIT = 4096
# What is not told to a log: its text stands in logs/.
UNWRITTEN = ("log", "alive")


class Node:
    """One node: its connection, and how far it has come."""

    def __init__(self, rank: int, name: str) -> None:
        self.rank, self.name = rank, name
        self.link: Link | None = None
        self.heard = time.monotonic()
        self.gone = self.lost = False
        self.exit_code: int | None = None
        # Events that are not taken in yet, the failure of a launcher first.
        self.waiting: list[dict] = []
        self.killed = 0

    @property
    def over(self) -> bool:
        return self.gone or self.lost


class Link:
    """A connection, before and after it has shown that it knows the token."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.rest = b""
        self.out = b""
        self.hello: dict | None = None
        self.nonce = secrets.token_hex(16)
        self.node: Node | None = None
        self.control = False
        self.since = time.monotonic()

    def say(self, document: dict) -> None:
        self.out += json.dumps(document).encode() + b"\n"

    def flush(self) -> None:
        while self.out:
            try:
                self.out = self.out[self.connection.send(self.out) :]
            except BlockingIOError:
                return


def listen(port: int) -> socket.socket:
    """The first free port of a few: two jobs on one node may have neighbouring numbers."""
    for candidate in range(port, port + PORTS):
        listener = socket.socket(socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET)
        with contextlib.suppress(OSError):
            if listener.family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("", candidate))
            listener.listen(1024)
            return listener
        listener.close()
    raise OSError(f"no port of {port} to {port + PORTS - 1} is free")


def serve(listener: socket.socket, bundle: dict, place) -> int:
    """Runs the job to its end; the verdict's exit code."""
    return Coordinator(listener, bundle, place).run()


class Coordinator:
    def __init__(self, listener: socket.socket, bundle: dict, place) -> None:
        self.listener, self.bundle, self.place = listener, bundle, place
        names = place.nodes if len(place.nodes) == len(bundle["orders"]) else []
        self.nodes = [Node(rank, names[rank] if names else f"node-{rank + 1}") for rank in range(len(bundle["orders"]))]
        self.links: dict[socket.socket, Link] = {}
        self.selector = selectors.DefaultSelector()
        self.files = Files(place.directory)
        self.run_state = RunState(bundle)
        self.started = self.stopping = self.over = False
        self.began = time.monotonic()
        # What is to be done at a time: (monotonic time, work).
        self.timers: list = []

    # — the loop —

    def run(self) -> int:
        self.files.begin(self.place)
        self.files.remember(nodes=[node.name for node in self.nodes])
        self.wakeup, wakeup = socket.socketpair()
        for end in (self.wakeup, wakeup):
            end.setblocking(False)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self.read_signals)
        self.later(float(self.bundle["limits"]["connect"]), self.give_up_waiting)
        self.later(float(self.bundle["limits"]["hello"]), self.expect_ranks)
        self.live()
        while not self.over:
            for key, mask in self.selector.select(self.timeout()):
                key.data(mask) if key.fileobj in self.links else key.data()
            self.ring()
            self.look_for_silence()
            self.over = all(node.over or (node.link is None and self.stopping) for node in self.nodes)
        verdict = conclude(self.run_state, self.nodes)
        self.files.write("verdict.json", verdict)
        print(f"rampcheck: {verdict['outcome']}: {verdict['message']}", flush=True)
        if self.bundle["print_verdict"]:
            self.files.print_events(self.run_state.hold)
            print(f"rampcheck-verdict {json.dumps(verdict)}", flush=True)
        for link in list(self.links.values()):
            link.connection.close()
        if any(node.lost for node in self.nodes) and self.place.batch is not None:
            # The batch system would wait for a node that has died before it looks at the verdict.
            with contextlib.suppress(OSError):
                os.kill(self.place.batch, signal.SIGUSR1)
        return verdict["exit_code"]

    def timeout(self) -> float:
        now = time.monotonic()
        return max(0.0, min([1.0, *(at - now for at, _ in self.timers)]))

    def later(self, seconds: float, work) -> None:
        self.timers.append((time.monotonic() + seconds, work))

    def ring(self) -> None:
        now = time.monotonic()
        due = [timer for timer in self.timers if timer[0] <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for _, work in due:
            work()

    def read_signals(self) -> None:
        for number in self.wakeup.recv(4096):
            if number in (signal.SIGTERM, signal.SIGINT):
                self.end({"kind": "interrupted", "signal": signal.Signals(number).name})

    # — connections —

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                connection, _ = self.listener.accept()
                connection.setblocking(False)
                keep_alive(connection)
                link = self.links[connection] = Link(connection)
                self.selector.register(connection, selectors.EVENT_READ, lambda mask, link=link: self.turn(link, mask))

    def turn(self, link: Link, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ and not self.read(link):
                self.drop(link)
                return
            self.flush(link)
        except (OSError, ValueError, KeyError, TypeError):
            self.drop(link)

    def read(self, link: Link) -> bool:
        """Takes in what is there; whether the connection goes on."""
        for _ in range(16):
            try:
                data = link.connection.recv(CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, link.rest = (link.rest + data).split(b"\n")
            if link.node is not None:
                link.node.heard = time.monotonic()
            elif len(link.rest) > LINE_LIMIT:
                return False
            for line in lines:
                self.hear(link, line)
        return True

    def hear(self, link: Link, line: bytes) -> None:
        if link.node is not None:
            # A line that ends with CAN is what a killed agent had begun to say.
            if not line.endswith(b"\x18"):
                self.arrive(link.node, json.loads(line.decode()))
        elif link.control:
            link.say({"ranks": self.signal_ranks(int(json.loads(line)["number"]))})
        else:
            self.greet(link, json.loads(line))

    def greet(self, link: Link, document: dict) -> None:
        """Both sides show that they know the token, and neither sends it: orders are obeyed, so they must come from us."""
        if link.hello is None:
            link.hello = document
            role, node = str(document["role"]), int(document["node"])
            if role not in ("agent", "control") or (role == "agent" and not 0 <= node < len(self.nodes)):
                raise ValueError(role)
            link.say({"nonce": link.nonce, "proof": proof(self.place.token, "coordinator", node, str(document["nonce"]))})
            return
        role, rank = str(link.hello["role"]), int(link.hello["node"])
        if not hmac.compare_digest(str(document["proof"]), proof(self.place.token, role, rank, link.nonce)):
            raise ValueError("a wrong proof")
        if role == "control":
            link.control = True
        elif self.nodes[rank].link is not None or self.nodes[rank].over:
            raise ValueError("this node is here already")
        else:
            link.node, self.nodes[rank].link = self.nodes[rank], link
            link.node.heard = time.monotonic()
        link.say({"welcome": True})
        self.flush(link)
        if link.node is not None and all(node.link for node in self.nodes):
            self.start()

    def flush(self, link: Link) -> None:
        link.flush()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if link.out else 0)
        if link.connection in self.links and self.selector.get_key(link.connection).events != mask:
            self.selector.modify(link.connection, mask, lambda mask, link=link: self.turn(link, mask))

    def drop(self, link: Link, hard: bool = False) -> None:
        if self.links.pop(link.connection, None) is None:
            return
        self.selector.unregister(link.connection)
        reset(link.connection) if hard else link.connection.close()
        node = link.node
        if node is not None:
            self.settle(node)
        if node is not None and not node.gone:
            node.lost = True
            self.end({"kind": "node-lost", "node": node.rank, "reason": "the connection to its agent ended"})

    def look_for_silence(self) -> None:
        now = time.monotonic()
        silence = RELEASED_SILENCE if self.run_state.released else HELD_SILENCE
        for link in list(self.links.values()):
            if link.node is None and not link.control and now - link.since > HANDSHAKE_SECONDS:
                self.drop(link)
            elif self.started and link.node is not None and not link.node.gone and now - link.node.heard > silence:
                reason = f"nothing was heard from its agent for {silence:g} s"
                self.end({"kind": "node-lost", "node": link.node.rank, "reason": reason})
                self.drop(link, hard=True)

    # — the run —

    def start(self) -> None:
        """Everybody is here. The ranks meet at the address under which the other nodes have reached this one."""
        self.started = True
        at = {node.rank: node.link.connection for node in self.nodes}
        reached = [connection.getsockname()[0] for rank, connection in at.items() if rank > 0]
        # A node's own connection to itself may have gone over the loopback, which nobody else can reach.
        address = plain_address(max(set(reached), key=reached.count)) if reached else "127.0.0.1"
        port = str(free_port())
        for node in self.nodes:
            node.heard = time.monotonic()
            own = plain_address(at[node.rank].getpeername()[0]) if node.rank > 0 else address
            words = {"master_addr": address, "master_port": port, "node_addr": own}
            order = filled(self.bundle["orders"][node.rank], self.bundle["placeholders"], words)
            node.link.say(
                {
                    "type": "start",
                    "run": self.bundle["run"],
                    "node": node.rank,
                    "name": node.name,
                    "argv": order["argv"],
                    "cwd": order["cwd"],
                    "env": order["env"],
                    "files": self.bundle["files"],
                    "settings": self.bundle["settings"],
                    "grace": RELEASED_GRACE,
                    "lease": HELD_SILENCE,
                }
            )
            self.flush(node.link)
        print(f"rampcheck: {len(self.nodes)} nodes, the ranks meet at {address}:{port}; the run is held", flush=True)

    def arrive(self, node: Node, event: dict) -> None:
        """A launcher that fails may have been ended by what ends the whole job: that is heard here a moment later."""
        failed = event["type"] == "exited" and event["code"] != 0 and self.run_state.cause is None
        if not node.waiting and not failed:
            self.take(node, event)
            return
        if not node.waiting:
            self.later(SETTLE, lambda: self.settle(node))
        node.waiting.append(event)

    def settle(self, node: Node) -> None:
        events, node.waiting = node.waiting, []
        for event in events:
            self.take(node, event)

    def take(self, node: Node, event: dict) -> None:
        kind = event["type"]
        if kind == "log":
            self.files.log(node.name, event)
            if event["rank"] in (None, 0):
                print("\n".join(event["lines"]), flush=True)
            return
        if kind not in UNWRITTEN:
            self.files.event({"node": node.name, "at": now_ms(), **event})
        if kind == "gone":
            node.gone, node.killed = not event["survivors"], event["killed"]
            # What survives KILL is stuck in the kernel: it is not waited for.
            node.lost = not node.gone
        elif kind == "exited":
            node.exit_code = event["code"]
        elif kind == "rank" and event["event"]["type"] == "step" and event["event"]["rank"] == 0:
            self.files.rates(event["event"])
        held = self.run_state.hold
        for action in self.run_state.react(node.rank, event):
            self.perform(action)
        if self.run_state.hold != held:
            self.files.remember(hold=self.run_state.hold)

    def perform(self, action: tuple) -> None:
        if action[0] == "release":
            self.tell({"type": "release"})
            print(f"rampcheck: released after {self.run_state.hold} optimizer steps", flush=True)
            self.files.write("verdict.json", conclude(self.run_state, self.nodes, goes_on=True))
        else:
            self.later(action[2], lambda: self.stop(action[1]))

    def end(self, cause: dict) -> None:
        if self.run_state.cause is None:
            self.files.event({"node": None, "at": now_ms(), "type": "decided", "cause": cause})
        for action in self.run_state.end(cause):
            self.perform(action)
        for node in self.nodes:
            self.settle(node)

    def stop(self, grace: float) -> None:
        if self.stopping:
            return
        self.stopping = True
        if not self.started:
            # Agents without an order have nothing to stop.
            for link in [node.link for node in self.nodes if node.link is not None]:
                link.node.gone = True
                self.drop(link)
            return
        self.tell({"type": "stop", "grace": grace})
        self.later(grace + STOP_MARGIN, lambda: self.tell({"type": "kill"}))
        self.later(grace + 2 * STOP_MARGIN, self.give_up)

    def tell(self, order: dict) -> None:
        for node in self.nodes:
            if node.link is not None and not node.over:
                node.link.say(order)
                with contextlib.suppress(OSError):
                    self.flush(node.link)

    def live(self) -> None:
        """Said every second: a held agent ends its ranks when it no longer hears it."""
        if self.started:
            self.tell({"type": "alive"})
        self.later(1.0, self.live)

    def signal_ranks(self, number: int) -> int:
        self.tell({"type": "signal", "number": number})
        return len(self.run_state.ranks)

    def give_up(self) -> None:
        for node in self.nodes:
            node.lost = node.lost or not node.gone

    def give_up_waiting(self) -> None:
        missing = [node for node in self.nodes if node.link is None]
        for node in missing if not self.started else []:
            reason = f"it did not reach {self.place.nodes[0]} on port {self.listener.getsockname()[1]}"
            self.take(node, {"type": "not_started", "reason": reason, "errno": ""})

    def expect_ranks(self) -> None:
        if self.started and not self.run_state.ranks:
            minutes = float(self.bundle["limits"]["hello"]) / 60
            self.end({"kind": "silent", "reason": f"no rank reported within {minutes:g} minutes of the start"})


class Files:
    """The run's folder. A full disk costs what would have been written, never the training."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.open: dict[str, object] = {}

    def begin(self, place) -> None:
        """A requeued job starts anew: what the attempt before it has written is set aside."""
        os.makedirs(os.path.join(self.directory, "logs"), mode=0o700, exist_ok=True)
        if os.path.exists(os.path.join(self.directory, "events.jsonl")):
            aside = os.path.join(self.directory, "attempts", os.environ.get("SLURM_RESTART_COUNT") or now_ms().__str__())
            os.makedirs(aside, mode=0o700, exist_ok=True)
            for name in ("events.jsonl", "lr.jsonl", "verdict.json", "logs"):
                with contextlib.suppress(OSError):
                    os.rename(os.path.join(self.directory, name), os.path.join(aside, name))
            os.makedirs(os.path.join(self.directory, "logs"), mode=0o700, exist_ok=True)

    def event(self, document: dict) -> None:
        self.append("events.jsonl", json.dumps(document))

    def print_events(self, hold: int | None) -> None:
        """For who sees the output alone: what the verdict came from. Steps beyond the hold say nothing new."""
        with contextlib.suppress(OSError):
            with open(os.path.join(self.directory, "events.jsonl"), encoding="utf-8") as file:
                for line in file:
                    event = json.loads(line).get("event") or {}
                    if event.get("type") != "step" or hold is None or event["step"] <= hold:
                        sys.stdout.write(f"rampcheck-event {line}")

    def log(self, name: str, event: dict) -> None:
        source = "launcher" if event["rank"] is None else event["rank"]
        self.append(f"logs/{name}-{source}.log", "\n".join(event["lines"]))

    def rates(self, event: dict) -> None:
        for group, rate in enumerate(event["lrs"]):
            expected = event["expected"][group] if event["expected"] else None
            self.append("lr.jsonl", json.dumps({"step": event["step"], "group": group, "lr": rate, "expected": expected}))

    def append(self, name: str, text: str) -> None:
        with contextlib.suppress(OSError):
            if name not in self.open:
                path = os.path.join(self.directory, name)
                self.open[name] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(self.open[name], text.encode("utf-8", "surrogateescape") + b"\n")

    def write(self, name: str, document: object) -> None:
        """By rename: a reader sees the old or the new file, never half of it."""
        path = os.path.join(self.directory, name)
        with contextlib.suppress(OSError):
            descriptor = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, indent=2) + "\n")
            os.rename(path + ".tmp", path)

    def remember(self, nodes: list[str] | None = None, hold: int | None = None) -> None:
        """What only the job itself knows goes into run.json, so that a replay decides as we do."""
        try:
            with open(os.path.join(self.directory, "run.json"), encoding="utf-8") as file:
                record = json.load(file)
        except (OSError, ValueError):
            return
        if nodes is not None:
            record["nodes"] = nodes
        if hold is not None:
            record["options"]["holdSteps"] = hold
        self.write("run.json", record)


def write_unreached(bundle: dict, place, missing: list[str]) -> int:
    """The verdict of a job that cannot begin: these nodes do not see the run's folder."""
    nodes = [Node(rank, name) for rank, name in enumerate(place.nodes)]
    files, state = Files(place.directory), RunState(bundle)
    files.begin(place)
    files.remember(nodes=[node.name for node in nodes])
    for node in nodes:
        # Nothing was started there.
        node.gone = True
        if node.name in missing:
            reason = f"the run's folder {place.directory} is not there: it must be on a file system that every node shares"
            event = {"type": "not_started", "reason": reason, "errno": "ENOENT"}
            files.event({"node": node.name, "at": now_ms(), **event})
            state.react(node.rank, event)
    verdict = conclude(state, nodes)
    files.write("verdict.json", verdict)
    sys.stderr.write(f"rampcheck: {verdict['message']}\n")
    return 0


def filled(order: dict, placeholders: dict[str, str], words: dict[str, str]) -> dict:
    """An order with the job's own addresses in the places that the plan has left open."""

    def fill(text: str) -> str:
        for name, placeholder in placeholders.items():
            text = text.replace(placeholder, words[name])
        return text

    env = {name: fill(value) for name, value in order["env"].items()}
    return {"argv": [fill(word) for word in order["argv"]], "cwd": order["cwd"], "env": env}


def plain_address(address: str) -> str:
    """An IPv4 address that came in over IPv6, as itself."""
    return address[7:] if address.startswith("::ffff:") else address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def now_ms() -> int:
    return time.time_ns() // 1_000_000
