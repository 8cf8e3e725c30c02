"""How a process ends that is not our child: its parent may have waited for it before anybody else looks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct

from .processes import read_stat, signal_name

# linux/pidfd.h: struct pidfd_info in its first size, with the exit status in its last field. Known since Linux 6.15.
PIDFD_INFO = struct.Struct("=QQ11Ii")
PIDFD_GET_INFO = 0xC040FF0B
PIDFD_INFO_EXIT = 1 << 3


class ExitStatus:
    """Of the process at the other end of a Unix socket, from now on until `close`."""

    def __init__(self, connection: socket.socket) -> None:
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self._pid = struct.unpack("3i", peer)[0]
        self._descriptor = None
        # Not before Linux 5.3, and not for a process that has ended already.
        with contextlib.suppress(OSError, AttributeError):
            self._descriptor = os.pidfd_open(self._pid)

    def read(self) -> dict | None:
        """Returns its exit `code`, or the `signal` that ended it (the other is None); None where it cannot be known."""
        stat = read_stat(self._pid)
        status = stat.wait_status if stat is not None and stat.ending else self._after_its_parent()
        if status is None:
            return None
        number = status & 0x7F
        return {"code": None if number else status >> 8, "signal": signal_name(number) if number else None}

    def _after_its_parent(self) -> int | None:
        """The kernel keeps it for who has held the process by then, once the parent has waited for it."""
        with contextlib.suppress(OSError, TypeError):
            asked = PIDFD_INFO.pack(PIDFD_INFO_EXIT, *[0] * 13)
            known = PIDFD_INFO.unpack(fcntl.ioctl(self._descriptor, PIDFD_GET_INFO, asked))
            return known[-1] if known[0] & PIDFD_INFO_EXIT else None
        return None

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
