"""Writes a rank's output to its own file, which outlives the agent and the launcher."""

from __future__ import annotations

import errno
import io
import os
import sys

from .contract import environment

FULL = (errno.ENOSPC, errno.EDQUOT)


def write_output_to(path: str, released=None) -> None:
    """Redirects this rank's output to a file, unless it already is one.

    If the launcher already writes ranks to files, nothing changes. After `released()`, a full
    disk only loses output and never affects the training.
    """
    pipes = os.environ.get(environment.pipes, "").split(",")
    shared = [fd for fd in (1, 2) if "{0.st_dev}:{0.st_ino}".format(os.fstat(fd)) in pipes]
    if not shared:
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for fd in shared:
        os.dup2(file, fd)
        name = {1: "stdout", 2: "stderr"}[fd]
        if released is not None and isinstance(getattr(sys, name), io.TextIOWrapper):
            stream = _text(_Kept(fd, name, released), getattr(sys, name))
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    os.close(file)


class _Kept(io.FileIO):
    def __init__(self, fd: int, name: str, released) -> None:
        super().__init__(fd, "wb", closefd=False)
        self.name = f"<{name}>"
        self._released = released

    def write(self, data) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in FULL or not self._released():
                raise
            return memoryview(data).nbytes


def _text(raw: _Kept, like) -> io.TextIOWrapper:
    """A text stream over `raw` with the buffering, encoding and error handling of the stream that it replaces."""
    like.flush()
    # Without a buffer: python -u.
    buffer = raw if like.write_through else io.BufferedWriter(raw)
    stream = io.TextIOWrapper(
        buffer,
        encoding=like.encoding,
        errors=like.errors,
        newline="\n",
        line_buffering=like.line_buffering,
        write_through=like.write_through,
    )
    stream.mode = "w"
    return stream
