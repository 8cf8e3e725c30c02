"""The identity of this process as a rank, and what happens if something in it fails."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import platform
import socket
import sys
import traceback

from . import hooks
from .channel import UNWATCHED, Channel
from .contract import environment, files
from .output import write_output_to
from .watcher import Watcher


def start() -> None:
    """Makes this process a watched rank. Raises any error; the caller reports it."""
    directory = os.environ[environment.directory]
    channel = Channel(os.path.join(directory, files.ranks_socket))
    write_output_to(_log_of(directory, int(os.environ["RANK"])), channel.released.is_set)
    _connect(channel, int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
    _watch(channel, directory)


def start_when_it_trains() -> None:
    """Makes this process a watched rank once it builds an optimizer: its rank may not be known before."""
    directory = os.environ[environment.directory]
    channel = Channel(os.path.join(directory, files.ranks_socket))
    watcher = _watch(channel, directory)

    def trains() -> None:
        watcher.trains = _mark_children
        _mark_children()
        # Its own children are helpers and are not watched.
        os.environ[environment.rank_pid] = str(os.getpid())
        rank, world_size = _who()
        sys.stdout.flush()
        sys.stderr.flush()
        # Code that has already wrapped the streams keeps its wrappers.
        write_output_to(_log_of(directory, rank))
        _connect(channel, rank, world_size)

    watcher.trains = trains


def _log_of(directory: str, rank: int) -> str:
    return os.path.join(directory, files.rank_log.format(rank=rank))


def _who() -> tuple[int, int]:
    """(rank, world size): from torch.distributed, else from the environment of the script; (0, 1) without either."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def _connect(channel: Channel, rank: int, world_size: int) -> None:
    channel.connect(
        rank,
        local_rank=int(os.environ.get("LOCAL_RANK", "0")),
        world_size=world_size,
        host=socket.gethostname(),
        python=platform.python_version(),
    )


def _watch(channel: Channel, directory: str) -> Watcher:
    with open(os.path.join(directory, files.settings), encoding="utf-8") as file:
        settings = json.load(file)
    watcher = Watcher(channel, settings)
    guard, watcher.detach = _guard(channel)
    watcher.trains = _mark_children
    hooks.install(watcher, guard)
    # Only one process is the rank. A forked child (a data-loader worker, a pool) has the hooks, but reports nothing.
    os.register_at_fork(after_in_child=lambda: channel.connected and (watcher.detach(), channel.abandon()))
    _report_the_end(channel, watcher)
    return watcher


def _guard(channel: Channel):
    """Returns a wrapper for hooks, and a function that disables all of them.

    While the run is held, an error in a hook stops the run, with the traceback. After release it is reported once, and no hook
    does anything afterwards: the training continues as if rampcheck were not there.
    """
    detached = False

    def detach() -> None:
        nonlocal detached
        detached = True

    def failed() -> None:
        detach()
        held = not channel.released.is_set()
        with contextlib.suppress(Exception):
            text = traceback.format_exc()
            channel.send("fault", traceback=text, parks=held)
            sys.stderr.write(f"rampcheck: its callback failed and takes no further part\n{text}")
            sys.stderr.flush()
        if held:
            channel.park(UNWATCHED)

    def guarded(function):
        def call(*args, **kwargs):
            if detached:
                return None
            try:
                return function(*args, **kwargs)
            except Exception:
                failed()
                return None

        return call

    return guarded, detach


def _mark_children() -> None:
    """Records that this process trains: no process that it starts from now on is the rank (sitecustomize)."""
    os.environ[environment.trains] = str(os.getpid())


def _report_the_end(channel: Channel, watcher: Watcher) -> None:
    """Reports to the agent how this rank ends: with an uncaught exception, or normally with its number of steps."""
    previous = sys.excepthook

    def record(kind, error, trace):
        with contextlib.suppress(Exception):
            text = "".join(traceback.format_exception(kind, error, trace))
            channel.send("error", error=f"{kind.__name__}: {error}", traceback=text[-20_000:])
        previous(kind, error, trace)

    sys.excepthook = record

    def end():
        with contextlib.suppress(Exception):
            channel.send("end", applied=watcher.applied, trainings=watcher.ends())
            channel.flush()

    atexit.register(end)
