"""TCP connections of a batch job: when the other machine counts as lost."""

from __future__ import annotations

import socket
import struct

# A connection on which nothing is acknowledged for so long is lost, so that no node waits for one that has no power (seconds).
DEAD_SECONDS = 60


def keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, DEAD_SECONDS // 6)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, DEAD_SECONDS // 6)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def wait_for_slow_reader(connection: socket.socket) -> None:
    """A reader that takes nothing, and acknowledges nothing but that it lives, is waited for from now on.

    It may be stopped, as the coordinator of a suspended job is. TCP_USER_TIMEOUT would break such a connection too.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)


def since_acknowledged(connection: socket.socket) -> float:
    """Seconds since the other machine has acknowledged anything, whatever its process does."""
    # struct tcp_info: 8 bytes, then numbers of 4 bytes each; the 13th is tcpi_last_ack_recv (milliseconds).
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 60)
    return struct.unpack_from("I", info, 8 + 12 * 4)[0] / 1000


def reset(connection: socket.socket) -> None:
    """Closes a connection so that the other side cannot take it for a good end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
