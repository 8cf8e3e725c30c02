"""Python imports this at start-up, before the user's script, because rampcheck puts its folder first on PYTHONPATH.

It acts in ranks: the first Python process under a launcher that has a RANK, at once; any other process of the run only when it
makes an optimizer (a script that finds its rank by itself, one that is started by a wrapper). Launchers, data-loader workers and
helper processes go on untouched. A sitecustomize that the machine already had is run as if this one were not there.
"""

import importlib.machinery
import importlib.util
import os
import sys

# As in contract.json, which is not read here: importing json costs 7 ms, and every Python process of a run would pay.
DIRECTORY, RANK_PID, TRAINS = "RAMPCHECK_DIR", "RAMPCHECK_RANK_PID", "RAMPCHECK_TRAINS"
RANKS_SOCKET, UNVERIFIED = "sock", 94


def _run_next_sitecustomize(here):
    elsewhere = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _is_rank():
    """Whether this process is a rank, and the first Python process of it: its children inherit the mark with our pid."""
    if not {"RANK", "WORLD_SIZE", DIRECTORY} <= os.environ.keys():
        return False
    return os.environ.setdefault(RANK_PID, str(os.getpid())) == str(os.getpid())


def _may_become_a_rank():
    """A process that a rank starts does only while the rank itself makes no optimizer: a wrapper of the training.

    Workers that a rank starts through multiprocessing never do.
    """
    if DIRECTORY not in os.environ or TRAINS in os.environ:
        return False
    return RANK_PID not in os.environ or not any("multiprocessing" in word for word in _command_line())


def _command_line():
    # sys.argv is not set yet, and Python 3.9 has no sys.orig_argv.
    with open("/proc/self/cmdline", encoding="utf-8", errors="replace") as file:
        return file.read().split("\0")


class _WhenTorchComes:
    """Finds nothing; a process that never imports torch pays for nothing and hears of nothing."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch":
            sys.meta_path.remove(_WhenTorchComes)
            try:
                from rampcheck_callback import rank

                rank.start_when_it_trains()
            except Exception as error:
                # It is not known to be a rank: if it is one it never reports, and the run ends as unverified.
                sys.stderr.write(f"rampcheck: its callback cannot start: {error}\n")
        return None


_here = os.path.dirname(os.path.abspath(__file__))
if _is_rank():
    try:
        from rampcheck_callback import rank

        rank.start()
    except BaseException:
        # Nothing of the package can be relied on here, so the report is made by hand: an unwatched run must not start.
        import json
        import socket
        import traceback

        report = {"type": "fault", "rank": int(os.environ["RANK"]), "parks": True, "traceback": traceback.format_exc()}
        sys.stderr.write("rampcheck: its callback cannot start\n" + report["traceback"])
        sys.stderr.flush()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.path.join(os.environ[DIRECTORY], RANKS_SOCKET))
            connection.sendall((json.dumps(report) + "\n").encode())
        os._exit(UNVERIFIED)
elif _may_become_a_rank():
    sys.meta_path.insert(0, _WhenTorchComes)
_run_next_sitecustomize(_here)
