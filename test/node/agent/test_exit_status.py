"""How a process ended that is somebody else's child: before its parent has waited for it, and on Linux 6.15 afterwards."""

import os
import platform
import signal
import socket

import pytest
from rampcheck_node.exit_status import ExitStatus

ENDS = [
    (lambda: os.kill(os.getpid(), signal.SIGKILL), {"code": None, "signal": "SIGKILL"}),
    (lambda: os._exit(0), {"code": 0, "signal": None}),
    (lambda: os._exit(7), {"code": 7, "signal": None}),
]
KEPT = tuple(int(number) for number in platform.release().split("-")[0].split(".")[:2]) >= (6, 15)


@pytest.fixture
def rank(scratch):
    """Forks a process that connects, and ends as it is told to. Returns its pid, our connection, and its exit status."""
    path = os.path.join(scratch, "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    opened = [listener]

    def start(end):
        pid = os.fork()
        if pid == 0:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            connection.recv(1)
            end()
        connection, _ = listener.accept()
        exit_status = ExitStatus(connection)
        opened.extend((connection, exit_status))
        return pid, connection, exit_status

    yield start
    for it in opened:
        it.close()


@pytest.mark.parametrize("end, expected", ENDS)
def test_before_its_parent_has_waited_for_it(rank, end, expected):
    pid, connection, exit_status = rank(end)
    assert exit_status.read() is None
    connection.send(b"x")
    assert connection.recv(1) == b""
    assert exit_status.read() == expected
    os.waitpid(pid, 0)


@pytest.mark.skipif(not KEPT, reason="the kernel keeps exit statuses since Linux 6.15")
@pytest.mark.parametrize("end, expected", ENDS)
def test_after_its_parent_has_waited_for_it(rank, end, expected):
    pid, connection, exit_status = rank(end)
    connection.send(b"x")
    os.waitpid(pid, 0)
    assert exit_status.read() == expected
