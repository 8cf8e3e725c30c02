"""What a batch job runs on its nodes: a node's task, and the batch script's questions."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
import traceback

from .archive import read_bundle
from .contract import exit_codes, files
from .identity import Identity
from .link import HANDSHAKE_SECONDS, connect, read_line, send
from .plural import plural

FORWARDED = (signal.SIGTERM, signal.SIGINT)
HANDLED = (*FORWARDED, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def main(command: str, argv: list[str]) -> int:
    bundle = read_bundle()
    identity = Identity(bundle, dict(os.environ))
    if command == "node":
        return run_node(bundle, identity)
    if command == "verdict":
        return print_exit_code(identity.directory)
    if command == "signal":
        return pass_on_signal(identity, argv[0])
    from .coordinator import write_unreached

    return write_unreached(bundle, identity, argv)


def run_node(bundle: dict, identity: Identity) -> int:
    """Returns 0, and on the first node the verdict's exit code: what ends first must not end the others' tasks."""
    # Slurm signals every process of a task, a container runtime its first one alone; that one waits for the others to have ended.
    children: list[int] = []
    for number in HANDLED:
        signal.signal(number, lambda number, _: pass_to_the_first(children, number))
    coordinator = None
    if identity.rank == 0:
        from .coordinator import serve
        from .reception import listen

        listener = listen(identity.port)
        coordinator = fork(lambda: serve(listener, bundle, identity))
        children.append(coordinator)
        listener.close()
    connection = connect(identity, "agent")
    if connection is None:
        where = f"{identity.nodes[0]} was not reached on port {identity.port}"
        sys.stderr.write(f"rampcheck: {where} within {identity.connect_seconds:g} s\n")
    else:
        # What the agent hands on to its launcher: values stay on this node, and never cross the network.
        os.environ.update(bundle["env"])
        agent = fork(lambda: run_agent(connection))
        children.append(agent)
        if wait(agent) == 0:
            # Its final event is sent. Leaving now would have Slurm's `--wait` run against the nodes that still work.
            wait_for_the_end(connection)
        connection.close()
    if coordinator is not None:
        return wait(coordinator)
    return exit_codes.done if connection is not None else exit_codes.node_not_started


def pass_to_the_first(children: list[int], number: int) -> None:
    """The coordinator, which tells every node; on the other nodes the agent."""
    if number not in FORWARDED:
        return
    if not children:
        sys.exit(128 + number)
    with contextlib.suppress(ProcessLookupError):
        os.kill(children[0], number)


def run_agent(connection: socket.socket) -> int:
    """The agent as it is, in this process, with the connection as its standard input and output."""
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL)
    connection.setblocking(True)
    os.dup2(connection.fileno(), 0)
    os.dup2(connection.fileno(), 1)
    connection.close()
    from . import agent

    return agent.main()


def wait_for_the_end(connection: socket.socket) -> None:
    connection.setblocking(True)
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def fork(work) -> int:
    """Returns the pid of a child that does this work, and ends with the exit code that it returns."""
    pid = os.fork()
    if pid == 0:
        # A fault of our own.
        code = 70
        try:
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return pid


def wait(pid: int) -> int:
    """Returns the exit code of a child, 128 + n after signal n."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


# — the batch script's questions —


def print_exit_code(directory: str) -> int:
    """What the job is to end with."""
    try:
        with open(os.path.join(directory, files.verdict), encoding="utf-8") as file:
            code = int(json.load(file)["exit_code"])
    except (OSError, ValueError, KeyError):
        # No verdict: the first node was lost before it could write one.
        code = exit_codes.node_lost
    print(code)
    return exit_codes.done


def pass_on_signal(identity: Identity, name: str) -> int:
    number = getattr(signal, f"SIG{name.upper()}", None)
    if number is None:
        sys.stderr.write(f"rampcheck: there is no signal {name}\n")
        return exit_codes.usage
    identity.connect_seconds = 0.0
    connection = connect(identity, "control")
    if connection is None:
        sys.stderr.write("rampcheck: the coordinator does not answer\n")
        return 1
    send(connection, {"type": "signal", "number": int(number)})
    answer = read_line(connection, time.monotonic() + HANDSHAKE_SECONDS)
    ranks = answer.get("ranks", 0)
    print(f"rampcheck: passed {name.upper()} on to {plural(ranks, 'rank')}")
    return exit_codes.done
