"""The connection between a task of a batch job and the coordinator: JSON lines over TCP, and how both sides show that they belong
to the same job. The token itself never crosses the network.

    task          {"role": "agent" or "control", "node", "nonce"}
    coordinator   {"nonce", "proof"}
    task          {"proof"}
    coordinator   {"welcome": true}
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
import socket
import time

from .connection import keep_alive
from .contract import ports
from .identity import Identity

# So long a handshake may take (seconds).
HANDSHAKE_SECONDS = 10.0
# Nothing that is sent before the proof is longer (bytes).
HANDSHAKE_LINE = 4096
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0


def proof(token: bytes, role: str, node: int, nonce: str) -> str:
    """HMAC-SHA256 over who proves it, and the other side's nonce."""
    return hmac.new(token, f"rampcheck {role} {node} {nonce}".encode(), hashlib.sha256).hexdigest()


def connect(identity: Identity, role: str) -> socket.socket | None:
    """Returns a connection whose both sides have shown that they know the token; None after the deadline."""
    deadline = time.monotonic() + identity.connect_seconds
    wait = FIRST_WAIT
    while True:
        for port in range(identity.port, identity.port + ports.tried):
            connection = _introduced(identity, role, port)
            if connection is not None:
                return connection
        if time.monotonic() > deadline:
            return None
        time.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 1.5)


def _introduced(identity: Identity, role: str, port: int) -> socket.socket | None:
    """None when nobody answers on this port, or somebody else does: another program may have taken it, and send anything."""
    try:
        connection = socket.create_connection((identity.nodes[0], port), timeout=HANDSHAKE_SECONDS)
    except OSError:
        return None
    with contextlib.suppress(Exception):
        if introduce(connection, identity, role):
            return connection
    connection.close()
    return None


def introduce(connection: socket.socket, identity: Identity, role: str) -> bool:
    """Returns whether the other side is this job's coordinator. Raises anything on what is not a coordinator's answer."""
    keep_alive(connection)
    deadline = time.monotonic() + HANDSHAKE_SECONDS
    nonce = secrets.token_hex(16)
    send(connection, {"role": role, "node": identity.rank, "nonce": nonce})
    answer = read_line(connection, deadline)
    if not hmac.compare_digest(str(answer["proof"]), proof(identity.token, "coordinator", identity.rank, nonce)):
        return False
    send(connection, {"proof": proof(identity.token, role, identity.rank, str(answer["nonce"]))})
    return read_line(connection, deadline) == {"welcome": True}


def send(connection: socket.socket, document: dict) -> None:
    connection.sendall(json.dumps(document).encode() + b"\n")


def read_line(connection: socket.socket, deadline: float) -> dict:
    """One line and not a byte more: what follows is for the agent. Raises OSError or ValueError when there is none in time."""
    line = b""
    while not line.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        byte = connection.recv(1)
        if not byte or len(line) > HANDSHAKE_LINE:
            raise OSError("the other side went away, or is none of ours")
        line += byte
    return json.loads(line)
