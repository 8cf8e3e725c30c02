"""What a task of a batch job does on its node: finds out who it is, and runs the agent on a connection to the coordinator.

It is the start of the bundle (src/submit/bundle.ts): `python3 -I rampcheck.pyz COMMAND`
    node              the task of one node; on the first one also the coordinator
    verdict           prints the exit code that the job is to end with, from the verdict in the run's folder
    signal NAME       has a signal (USR2) passed on to every rank
    unreached NODE…   writes the verdict of a job whose run folder these nodes do not see
Standard library only, Python 3.9 and later, Linux.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import socket
import struct
import sys
import time
import zipfile

# A coordinator may come up later than its nodes: images are pulled, names appear (seconds).
CONNECT_SECONDS = 300.0
# The coordinator takes the first free port of so many.
PORTS = 8
# A connection on which nothing is acknowledged for so long is lost, so that no node waits for one that has no power (seconds).
DEAD_SECONDS = 60
HANDSHAKE_SECONDS = 10.0


class Place:
    """Who this task is, from the batch system's environment."""

    def __init__(self, bundle: dict, env: dict[str, str]) -> None:
        self.rank = int(first(env, "RAMPCHECK_NODE_RANK", "SLURM_NODEID", "JOB_COMPLETION_INDEX") or "0")
        self.nodes = (first(env, "RAMPCHECK_NODES") or socket.gethostname()).split(",")
        self.port = int(first(env, "RAMPCHECK_PORT") or bundle["port"])
        self.token = (first(env, "RAMPCHECK_TOKEN") or bundle["token"]).encode()
        self.directory = first(env, "RAMPCHECK_RUN_DIR") or bundle["directory"] or os.getcwd()
        # The batch script, when it waits for a word (script.ts).
        self.batch = int(env["RAMPCHECK_BATCH_PID"]) if env.get("RAMPCHECK_BATCH_PID") else None
        self.deadline = float(first(env, "RAMPCHECK_CONNECT_SECONDS") or CONNECT_SECONDS)


def first(env: dict[str, str], *names: str) -> str | None:
    return next((env[name] for name in names if env.get(name)), None)


def read_bundle() -> dict:
    """The bundle's own document; this file runs from inside it."""
    with zipfile.ZipFile(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) as archive:
        return json.loads(archive.read("bundle.json").decode())


def main(argv: list[str]) -> int:
    bundle = read_bundle()
    place = Place(bundle, dict(os.environ))
    if argv[:1] == ["node"]:
        return run_node(bundle, place)
    if argv[:1] == ["verdict"]:
        return print_exit_code(place.directory)
    if argv[:1] == ["signal"] and len(argv) == 2:
        return pass_on(place, argv[1])
    if argv[:1] == ["unreached"]:
        from .coordinator import write_unreached

        return write_unreached(bundle, place, argv[1:])
    sys.stderr.write(f"rampcheck: {' '.join(argv) or 'nothing'}? One of: node, verdict, signal NAME, unreached NODE…\n")
    return 2


def run_node(bundle: dict, place: Place) -> int:
    """Exit code 0, and on the first node that of the verdict: what ends first must not end the others' tasks."""
    # Slurm signals every process of a task, a container runtime its first one alone; that one waits for the others to have ended.
    children: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda number, _: pass_to_the_first(children, number))
    coordinator = None
    if place.rank == 0:
        from .coordinator import listen, serve

        listener = listen(place.port)
        coordinator = fork(lambda: serve(listener, bundle, place))
        children.append(coordinator)
        listener.close()
    connection = connect(place, "agent")
    if connection is None:
        sys.stderr.write(f"rampcheck: {place.nodes[0]} was not reached on port {place.port} within {place.deadline:g} s\n")
    else:
        # What the agent hands on to its launcher: values stay on this node, and never cross the network.
        os.environ.update(bundle["env"])
        agent = fork(lambda: run_agent(connection))
        children.append(agent)
        if wait(agent) == 0:
            # Its last word is said. Leaving now would have Slurm's `--wait` run against the nodes that still work.
            wait_for_the_end(connection)
        connection.close()
    if coordinator is not None:
        return wait(coordinator)
    return 0 if connection is not None else 91


def pass_to_the_first(children: list[int], number: int) -> None:
    """The coordinator, which tells everybody; on the other nodes the agent."""
    if number not in (signal.SIGTERM, signal.SIGINT):
        return
    if not children:
        sys.exit(128 + number)
    with contextlib.suppress(ProcessLookupError):
        os.kill(children[0], number)


def fork(work) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work() or 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return pid


def wait(pid: int) -> int:
    """Exit code of a child, 128 + n after signal n."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def run_agent(connection: socket.socket) -> int:
    """The agent as it is, in this process, with the connection as its standard input and output."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    connection.setblocking(True)
    os.dup2(connection.fileno(), 0)
    os.dup2(connection.fileno(), 1)
    connection.close()
    from . import agent

    return agent.main() or 0


def wait_for_the_end(connection: socket.socket) -> None:
    connection.setblocking(True)
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


# — the connection —


def proof(token: bytes, role: str, node: int, nonce: str) -> str:
    return hmac.new(token, f"rampcheck {role} {node} {nonce}".encode(), hashlib.sha256).hexdigest()


def connect(place: Place, role: str) -> socket.socket | None:
    """A connection whose other side has shown that it knows the token, and has seen that we do; None after the deadline."""
    deadline = time.monotonic() + place.deadline
    wait_seconds = 0.02
    while True:
        for port in range(place.port, place.port + PORTS):
            with contextlib.suppress(OSError, ValueError, KeyError):
                connection = socket.create_connection((place.nodes[0], port), timeout=HANDSHAKE_SECONDS)
                if introduce(connection, place, role):
                    return connection
                connection.close()
        if time.monotonic() > deadline:
            return None
        time.sleep(wait_seconds)
        wait_seconds = min(1.0, wait_seconds * 1.5)


def introduce(connection: socket.socket, place: Place, role: str) -> bool:
    keep_alive(connection)
    nonce = secrets.token_hex(16)
    say(connection, {"role": role, "node": place.rank, "nonce": nonce})
    answer = read_line(connection)
    if not hmac.compare_digest(str(answer["proof"]), proof(place.token, "coordinator", place.rank, nonce)):
        return False
    say(connection, {"proof": proof(place.token, role, place.rank, str(answer["nonce"]))})
    return read_line(connection) == {"welcome": True}


def say(connection: socket.socket, document: dict) -> None:
    connection.sendall(json.dumps(document).encode() + b"\n")


def read_line(connection: socket.socket) -> dict:
    """One line and not a byte more: what follows is for the agent."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte or len(line) > 4096:
            raise OSError("the other side went away")
        line += byte
    return json.loads(line)


def keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, DEAD_SECONDS // 6)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, DEAD_SECONDS // 6)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def reset(connection: socket.socket) -> None:
    """Closes a connection so that the other side cannot take it for a good end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# — the batch script's questions —


def print_exit_code(directory: str) -> int:
    try:
        with open(os.path.join(directory, "verdict.json"), encoding="utf-8") as file:
            code = int(json.load(file)["exit_code"])
    except (OSError, ValueError, KeyError):
        # No verdict: the first node was lost before it could write one.
        code = 92
    print(code)
    return 0


def pass_on(place: Place, name: str) -> int:
    number = getattr(signal, f"SIG{name.upper()}", None)
    if number is None:
        sys.stderr.write(f"rampcheck: there is no signal {name}\n")
        return 2
    place.deadline = 0.0
    connection = connect(place, "control")
    if connection is None:
        sys.stderr.write("rampcheck: the coordinator does not answer\n")
        return 1
    say(connection, {"type": "signal", "number": int(number)})
    answer = read_line(connection)
    print(f"rampcheck: passed {name.upper()} on to {answer.get('ranks', 0)} ranks")
    return 0
