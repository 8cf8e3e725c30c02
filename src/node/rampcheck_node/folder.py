"""An agent's private folder on its node: what ranks import, sockets, output and events."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time

from .archive import unpack
from .contract import environment, files
from .processes import read_environment, read_stat

# The kernel's limit for a socket's path is 108 bytes.
SOCKET_PATH_BYTES = 100


def make_folder() -> str:
    """A private folder in which a socket's path fits the kernel's limit, whatever TMPDIR says."""
    directory = tempfile.mkdtemp(prefix=files.folder_prefix)
    if len(os.fsencode(os.path.join(directory, files.ranks_socket))) >= SOCKET_PATH_BYTES:
        os.rmdir(directory)
        directory = tempfile.mkdtemp(prefix=files.folder_prefix, dir="/tmp")
    # systemd-tmpfiles leaves a locked folder alone, so that a run may last longer than files in /tmp do.
    with contextlib.suppress(OSError):
        fcntl.flock(os.open(directory, os.O_RDONLY), fcntl.LOCK_SH)
    return directory


def fill_folder(directory: str, settings: object) -> None:
    """Writes what ranks import, their settings, and who owns the run's processes: this agent and its guardian."""
    unpack(directory)
    stats = {pid: read_stat(pid) for pid in (os.getpid(), os.getppid())}
    owners = {"owners": [[pid, stat.started] for pid, stat in stats.items() if stat is not None]}
    for name, document in ((files.settings, settings), (files.owners, owners)):
        with open_private(os.path.join(directory, name)) as file:
            file.write(json.dumps(document).encode())


def owners_of(directory: str) -> list[tuple[int, str]]:
    """Returns pid and start time of the agent and its guardian.

    Raises OSError, ValueError, KeyError or TypeError where they are not written down.
    """
    with open(os.path.join(directory, files.owners), encoding="utf-8") as file:
        return [(int(pid), str(started)) for pid, started in json.load(file)["owners"]]


def open_private(path: str):
    """Makes a new file that only its owner may read, for appending, unbuffered."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "wb", buffering=0)


def folders_of(pid: int) -> set[str]:
    """The agent's folder, which stands in the environment of every process of the run, and which the agent itself holds open.

    May block: see search.py.
    """
    name = environment.directory.encode() + b"="
    known = {os.fsdecode(word[len(name) :]) for word in read_environment(pid) if word.startswith(name)}
    with contextlib.suppress(OSError):
        known |= {os.readlink(f"/proc/{pid}/fd/{descriptor}") for descriptor in os.listdir(f"/proc/{pid}/fd")}
    return set(filter(is_our_folder, known))


def is_our_folder(path: str) -> bool:
    """Never another user's."""
    with contextlib.suppress(OSError):
        ours = os.lstat(path).st_uid == os.getuid() and os.path.exists(os.path.join(path, files.settings))
        return ours and os.path.basename(path).startswith(files.folder_prefix)
    return False


def made_at(directory: str) -> float:
    """When an agent made its folder (seconds since the epoch)."""
    try:
        return os.stat(os.path.join(directory, files.settings)).st_mtime
    except OSError:
        return time.time()
