"""The coordinator of a batch job: on the job's first node, where no launcher is connected to the run.

Every node's agent has its standard input and output on a connection to this process; that connection is the agent's lease. The
coordinator gives each its `start` order, writes down what they send (run_folder.py), and decides two things alone: whether the
run is released, and whether it is stopped (machine.py). Why it was stopped, and how to fix it, is found later by replaying the
events through the same state machine and diagnosis as everywhere (src/run/react.ts, verdict.ts).
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys

from .clock import AwakeClock
from .connection import DEAD_SECONDS, since_acknowledged, wait_for_slow_reader
from .contract import exit_codes, seconds, words
from .identity import Identity
from .machine import RunState
from .plural import plural
from .reception import Link, Reception
from .run_folder import RunFolder, milliseconds
from .timers import Timers
from .verdict import conclude

# How long the failure of a launcher waits for the signal that explains it: schedulers reach all nodes within a second or so.
EXPLAINED_SECONDS = 1.0
# Every second something is sent that the other machine acknowledges; this much later it did.
ACKNOWLEDGED_SECONDS = 3.0
# Of a rank: after them a released run may no longer follow its schedule.
DEPARTS = ("declared", "violation", "contradiction")
# Not written down as events: output stands in logs/.
UNWRITTEN = ("log", "alive")


class Node:
    """One node: its connection, and how far it has come."""

    def __init__(self, rank: int, name: str) -> None:
        self.rank, self.name = rank, name
        self.link: Link | None = None
        self.heard_at = self.acknowledged_at = 0.0
        self.gone = self.lost = False
        # Events that are not taken in yet, the failure of a launcher first.
        self.waiting: list[dict] = []

    @property
    def over(self) -> bool:
        return self.gone or self.lost


def serve(listener: socket.socket, bundle: dict, identity: Identity) -> int:
    """Runs the job to its end. Returns the verdict's exit code."""
    return Coordinator(listener, bundle, identity).run()


class Coordinator:
    def __init__(self, listener: socket.socket, bundle: dict, identity: Identity) -> None:
        self._bundle, self._identity = bundle, identity
        self._port = listener.getsockname()[1]
        self._nodes = nodes_of(bundle, identity)
        self._clock = AwakeClock()
        self._timers = Timers(self._clock)
        self._selector = selectors.DefaultSelector()
        self._reception = Reception(listener, self._selector, self._clock, identity.token, len(self._nodes), self._admit)
        self._folder = RunFolder(identity.directory)
        self._run_state = RunState(bundle["settings"], [node.name for node in self._nodes])
        self._started = self._stopping = False
        # When a rank has last reported for the first time.
        self._reported_at = 0.0

    def run(self) -> int:
        self._folder.begin()
        self._folder.remember([node.name for node in self._nodes])
        self._listen_to_signals()
        self._timers.after(float(self._bundle["limits"]["connect"]), self._give_up_waiting)
        self._live()
        while not all(node.over or (node.link is None and self._stopping) for node in self._nodes):
            for key, mask in self._selector.select(self._timers.wait(seconds.alive)):
                key.data(mask)
            self._timers.run()
            self._reception.look()
            self._look_for_lost()
        return self._conclude()

    def _conclude(self) -> int:
        verdict = conclude(self._run_state)
        self._folder.verdict(verdict)
        print(f"rampcheck: {verdict['outcome']}: {verdict['message']}", flush=True)
        if self._bundle["print_verdict"]:
            self._folder.print_events(self._run_state.hold)
            print(f"{words.verdict} {json.dumps(verdict)}", flush=True)
        self._reception.close()
        for node in self._nodes:
            if node.link is not None:
                node.link.close()
        if any(node.lost for node in self._nodes) and self._identity.batch is not None:
            # The batch system would wait for a node that has died before it looks at the verdict.
            with contextlib.suppress(OSError):
                os.kill(self._identity.batch, signal.SIGUSR1)
        return verdict["exit_code"]

    def _listen_to_signals(self) -> None:
        self._wakeup, self._wakeup_writer = socket.socketpair()
        for end in (self._wakeup, self._wakeup_writer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self._selector.register(self._wakeup, selectors.EVENT_READ, lambda mask: self._read_signals())

    def _read_signals(self) -> None:
        for number in self._wakeup.recv(4096):
            if number in (signal.SIGTERM, signal.SIGINT):
                self._end({"kind": "interrupted", "signal": signal.Signals(number).name})

    # — connections —

    def _admit(self, link: Link, role: str, rank: int) -> None:
        """Takes over a connection that has proven that it belongs to the job; ValueError for a node that is here already."""
        if role == "control":
            link.on_line = lambda line: self._hear_control(link, line)
            link.on_end = link.close
            link.send({"welcome": True})
            return
        node = self._nodes[rank]
        if node.link is not None or node.over:
            raise ValueError("this node is here already")
        node.link, node.heard_at = link, self._clock.now()
        link.on_line = lambda line: self._hear(node, line)
        link.on_end = lambda: self._lose(node, "the connection to its agent ended")
        link.send({"welcome": True})
        if all(each.link for each in self._nodes):
            self._start()

    def _hear(self, node: Node, line: bytes) -> None:
        node.heard_at = self._clock.now()
        # What a killed agent had begun to send is taken back by its guardian.
        if line.endswith(words.taken_back.encode()):
            return
        try:
            self._arrive(node, json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError):
            # A released training is not ended for what is said about it.
            if not self._run_state.released:
                self._lose(node, "its agent sent a line that is not a valid event")

    def _hear_control(self, link: Link, line: bytes) -> None:
        try:
            number = int(json.loads(line)["number"])
        except Exception:
            link.close()
            return
        self._tell({"type": "signal", "number": number})
        link.send({"ranks": len(self._run_state.ranks)})

    def _lose(self, node: Node, reason: str, hard: bool = False) -> None:
        node.link.close(hard)
        self._take_waiting(node)
        if not node.gone:
            node.lost = True
            self._end({"kind": "node-lost", "node": node.rank, "reason": reason})

    def _look_for_lost(self) -> None:
        """A held run ends when an agent is silent; a released one when a machine is: its training goes on without its agent."""
        now = self._clock.now()
        for node in [node for node in self._nodes if self._started and not node.over]:
            if not self._run_state.released:
                if now - node.heard_at > seconds.lease:
                    self._lose(node, f"nothing was heard from its agent for {seconds.lease:g} s", hard=True)
            elif since_acknowledged(node.link.connection) < ACKNOWLEDGED_SECONDS:
                node.acknowledged_at = now
            elif now - node.acknowledged_at > DEAD_SECONDS:
                self._lose(node, f"its machine has not answered for {DEAD_SECONDS:g} s", hard=True)

    # — the run —

    def _start(self) -> None:
        """All nodes are connected. The rendezvous address is the one under which the other nodes have reached this node."""
        self._started = True
        connections = [node.link.connection for node in self._nodes]
        reached = [connection.getsockname()[0] for connection in connections[1:]]
        # A node's own connection to itself may have gone over the loopback, which nobody else can reach.
        address = plain_address(max(set(reached), key=reached.count)) if reached else "127.0.0.1"
        port = str(free_port())
        for node, connection in zip(self._nodes, connections):
            node.heard_at = self._clock.now()
            own = plain_address(connection.getpeername()[0]) if node.rank > 0 else address
            places = {"master_addr": address, "master_port": port, "node_addr": own}
            order = {
                "type": "start",
                "run": self._bundle["run"],
                "node": node.rank,
                "name": node.name,
                **filled(self._bundle["orders"][node.rank], self._bundle["placeholders"], places),
                "settings": self._bundle["settings"],
                "grace": seconds.released_grace,
                "lease": seconds.lease,
            }
            node.link.send(order)
        self._reported_at = self._clock.now()
        self._expect_reports()
        count = len(self._nodes)
        print(f"rampcheck: {plural(count, 'node')}, rendezvous at {address}:{port}; the run is held", flush=True)

    def _arrive(self, node: Node, event: dict) -> None:
        """A launcher that fails may have been ended by what ends the whole job: that is heard here a moment later."""
        failed = event["type"] == "exited" and event["code"] != 0 and self._run_state.cause is None
        if not node.waiting and not failed:
            self._take(node, event)
            return
        if not node.waiting:
            self._timers.after(EXPLAINED_SECONDS, lambda: self._take_waiting(node))
        node.waiting.append(event)

    def _take_waiting(self, node: Node) -> None:
        events, node.waiting = node.waiting, []
        for event in events:
            self._take(node, event)

    def _take(self, node: Node, event: dict) -> None:
        kind = event["type"]
        if kind == "log":
            self._folder.log(node.name, event)
            self._run_state.react(node.rank, event, milliseconds())
            if event["rank"] in (None, 0):
                print("\n".join(event["lines"]), flush=True)
            return
        if kind not in UNWRITTEN:
            self._folder.event(node.name, event)
        if kind == "gone":
            node.gone = not event["survivors"]
            # What survives KILL is stuck in the kernel: it is not waited for.
            node.lost = not node.gone
        elif kind == "rank":
            self._folder.rates(event["event"])
        reported = len(self._run_state.ranks)
        for action in self._run_state.react(node.rank, event, milliseconds()):
            self._perform(action)
        if self._run_state.released and kind == "rank" and event["event"].get("type") in DEPARTS:
            self._folder.verdict(conclude(self._run_state, goes_on=True))
        if len(self._run_state.ranks) > reported:
            self._reported_at = self._clock.now()

    def _perform(self, action: tuple) -> None:
        if action[0] == "release":
            self._tell({"type": "release"})
            for node in self._nodes:
                if not node.over:
                    node.acknowledged_at = self._clock.now()
                    wait_for_slow_reader(node.link.connection)
            hold = self._run_state.hold
            after = "" if hold is None else f" after {plural(hold, 'optimizer step')}"
            print(f"rampcheck: released{after}", flush=True)
            self._folder.verdict(conclude(self._run_state, goes_on=True))
        else:
            self._timers.after(action[2], lambda: self._stop(action[1]))

    def _end(self, cause: dict) -> None:
        if self._run_state.cause is None:
            self._folder.event(None, {"type": "decided", "cause": cause})
        for action in self._run_state.end(cause, milliseconds()):
            self._perform(action)
        for node in self._nodes:
            self._take_waiting(node)

    def _stop(self, grace: float) -> None:
        if self._stopping:
            return
        self._stopping = True
        if not self._started:
            # Agents without an order have nothing to stop.
            for node in self._nodes:
                if node.link is not None:
                    node.gone = self._run_state.nodes[node.rank].gone = True
                    node.link.close()
            return
        self._tell({"type": "stop", "grace": grace})
        self._timers.after(grace + seconds.stop_margin, lambda: self._tell({"type": "kill"}))
        self._timers.after(grace + 2 * seconds.stop_margin, self._give_up)

    def _tell(self, order: dict) -> None:
        for node in self._nodes:
            if node.link is not None and not node.over:
                node.link.send(order)

    def _live(self) -> None:
        """Sent every second: a held agent ends its ranks when it no longer hears it."""
        if self._started:
            self._tell({"type": "alive"})
        self._timers.after(seconds.alive, self._live)

    def _give_up(self) -> None:
        for node in self._nodes:
            node.lost = node.lost or not node.gone

    def _give_up_waiting(self) -> None:
        missing = [node for node in self._nodes if node.link is None]
        for node in missing if not self._started else []:
            reason = f"it did not reach {self._identity.nodes[0]} on port {self._port}"
            self._take(node, {"type": "not_started", "reason": reason, "errno": ""})

    def _expect_reports(self) -> None:
        """--report-timeout: every rank that reports for the first time is progress, and gives the others as long again."""
        ranks, total = self._run_state.ranks, self._run_state.world_size
        if total is not None and len(ranks) >= total:
            return
        limit = float(self._bundle["limits"]["report"])
        left = self._reported_at + limit - self._clock.now()
        if left > 0:
            self._timers.after(left, self._expect_reports)
            return
        silent = [str(rank) for rank in range(total or 0) if rank not in ranks][:8]
        who = "no rank" if total is None else f"rank {', '.join(silent)} of {total} never"
        self._end({"kind": "silent", "reason": f"{who} reported, and nothing new for {limit:g} s"})


def nodes_of(bundle: dict, identity: Identity) -> list[Node]:
    count = len(bundle["orders"])
    names = identity.nodes if len(identity.nodes) == count else [f"node-{rank + 1}" for rank in range(count)]
    return [Node(rank, name) for rank, name in enumerate(names)]


def write_unreached(bundle: dict, identity: Identity, missing: list[str]) -> int:
    """The verdict of a job that cannot begin: these nodes do not see the run's folder."""
    nodes = [Node(rank, name) for rank, name in enumerate(identity.nodes)]
    names = [node.name for node in nodes]
    folder, state = RunFolder(identity.directory), RunState(bundle["settings"], names)
    folder.begin()
    folder.remember(names)
    for node in nodes:
        # Nothing was started there.
        state.nodes[node.rank].gone = True
        if node.name in missing:
            reason = f"the run's folder {identity.directory} is not there: it must be on a file system that every node shares"
            event = {"type": "not_started", "reason": reason, "errno": "ENOENT"}
            folder.event(node.name, event)
            state.react(node.rank, event, milliseconds())
    verdict = conclude(state)
    folder.verdict(verdict)
    sys.stderr.write(f"rampcheck: {verdict['message']}\n")
    return exit_codes.done


def filled(order: dict, placeholders: dict[str, str], places: dict[str, str]) -> dict:
    """An order's argv, cwd and env, with the job's own addresses where the plan has left them open."""

    def fill(text: str) -> str:
        for name, placeholder in placeholders.items():
            text = text.replace(placeholder, places[name])
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
