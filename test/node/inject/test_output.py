"""A rank's output in a process of its own: its file, and what a full disk does to it."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

CALLBACK = Path(__file__).parents[3] / "src" / "node" / "inject"
HERE = """
import os, sys
os.environ["RAMPCHECK_PIPES"] = "{0.st_dev}:{0.st_ino}".format(os.fstat(1))
sys.path.insert(0, sys.argv[1])
from rampcheck_callback.output import write_output_to
LOOKS = ('encoding', 'errors', 'line_buffering', 'write_through', 'name', 'mode')
before = [getattr(sys.stdout, look) for look in LOOKS]
write_output_to(sys.argv[2], lambda: len(sys.argv) > 3)
after = [getattr(sys.stdout, look) for look in LOOKS]
assert before == after, (before, after)
"""


def run(path, script, *words, flags=()):
    return subprocess.run(
        [sys.executable, *flags, "-c", HERE + script, str(CALLBACK), str(path), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_everything_arrives_in_the_file_in_order(tmp_path, flags):
    script = "print('one'); sys.stdout.flush(); print('two', file=sys.stderr); os.system('echo three'); print('f\\u00fcnf')"
    log = tmp_path / "rank-0.log"
    assert run(log, script, flags=flags).returncode == 0
    assert log.read_text().splitlines() == ["one", "two", "three", "f\u00fcnf"]


@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_full_disk_never_ends_a_released_training(flags):
    script = "print('x' * 100_000, flush=True); print('more', file=sys.stderr); sys.stdout.buffer.write(b'y'); sys.stdout.flush()"
    assert run("/dev/full", script, "released", flags=flags).returncode == 0


def test_it_is_an_error_while_the_run_is_held():
    script = "\ntry:\n    print('x' * 100_000, flush=True)\nexcept OSError as error:\n    os._exit(error.errno)\n"
    assert run("/dev/full", script).returncode == errno.ENOSPC
