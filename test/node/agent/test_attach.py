"""Coming back to a released run: what was missed, in order and once, then what follows."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from running_agent import until


def numbered(lines) -> list[str]:
    return [line for line in lines if line[:6].isdigit()]


def written(count: int) -> list[str]:
    return [f"{number:06d} é" for number in range(count)]


@pytest.fixture
def left(new_agent, scratch):
    """A released run that nobody listens to any more: its agent, its folder, and the file that ends it."""
    agent = new_agent()
    go = Path(scratch) / "go"
    agent.start("rank.py", "0", "released", f"count={go}")
    agent.until("rank")
    agent.send("release")
    agent.until(lambda event: event["type"] == "log" and any(line.startswith("0000") for line in event["lines"]))
    agent.process.stdin.close()
    agent.hang_up()
    while agent.next() is not None:
        pass
    directory = Path(agent.events("started")[0]["directory"])
    yield agent, directory, go
    shutil.rmtree(directory, ignore_errors=True)


def finish(follower) -> None:
    """Reads a follower to its end, which is the run's own."""
    follower.until("gone")
    follower.process.stdin.close()
    assert follower.process.wait(20) == 0, follower.process.stderr.read()
    assert follower.seen[-1]["type"] == "gone"


def check_once(*readers, killed: bool = False) -> None:
    """All that these have read, one after another, is what the run has said, in order and once.

    A rank prints each number before it reports it, so that one that was `killed` may have printed one more.
    """
    said = [line for reader in readers for line in numbered(reader.lines(0))]
    assert said == written(len(said))
    steps = [e["event"]["step"] for reader in readers for e in reader.events("rank") if e["event"]["type"] == "step"]
    assert steps == list(range(len(steps)))
    assert len(said) - len(steps) in ((0, 1) if killed else (0,))
    numbers = [event["seq"] for reader in readers for event in reader.seen if event.get("seq", 1) > 1]
    assert numbers == sorted(set(numbers))


def test_back_after_the_end(left, new_follower):
    agent, directory, go = left
    until("more is said", lambda: (directory / "rank-0.log").stat().st_size > 3000)
    go.touch()
    assert agent.process.wait(20) == 0
    follower = new_follower().attach(directory, **agent.position())
    finish(follower)
    check_once(agent, follower)
    assert follower.kinds()[0] == "ready" and {"rank_gone", "exited"} <= set(follower.kinds())


def test_back_before_the_end_and_gone_again(left, new_follower):
    agent, directory, go = left
    one = new_follower().attach(directory, **agent.position())
    one.until("caught_up")
    one.until(lambda event: event["type"] == "log")
    one.process.stdin.close()
    while one.next() is not None:
        pass
    assert one.process.wait(20) == 0
    assert len(agent.left()) == 1
    two = new_follower().attach(directory, **agent.position() | one.position())
    two.until("caught_up")
    go.touch()
    finish(two)
    check_once(agent, one, two)


def test_two_at_once_and_one_killed(left, new_follower):
    agent, directory, go = left
    one, two = (new_follower().attach(directory, **agent.position()) for _ in range(2))
    one.until("caught_up")
    two.until("caught_up")
    two.process.kill()
    assert len(agent.left()) == 1
    go.touch()
    finish(one)
    check_once(agent, one)


def test_a_look_without_following(left, new_follower):
    agent, directory, _go = left
    follower = new_follower().attach(directory, follow=False, **agent.position())
    follower.until("caught_up")
    assert follower.process.wait(20) == 0
    assert len(agent.left()) == 1
    agent.process.terminate()
    assert agent.process.wait(20) == 0


def test_the_run_is_stopped_by_whoever_came_back(left, new_follower):
    agent, directory, _go = left
    follower = new_follower().attach(directory, **agent.position())
    follower.until("caught_up")
    follower.send("stop", grace=5)
    finish(follower)
    assert follower.seen[-1]["killed"] == 1 and agent.left() == {}
    assert agent.process.wait(20) == 0


def test_whoever_comes_back_learns_the_secrets_alone(left, new_follower):
    agent, directory, go = left
    follower = new_follower().attach(directory, **agent.position())
    secrets = follower.until("secrets")
    assert secrets["env"]["TMPDIR"] == agent.tmpdir and secrets["argv"][-1] == f"count={go}"
    assert (directory / "control.sock").stat().st_mode & 0o777 == 0o600
    assert "secrets" not in (directory / "events.jsonl").read_text()
    go.touch()
    finish(follower)


def test_the_folder_is_removed_when_all_has_been_read(left, new_follower):
    agent, directory, go = left
    follower = new_follower().attach(directory, **agent.position())
    # Not as long as the run goes on.
    follower.send("forget")
    follower.until("caught_up")
    assert directory.exists()
    go.touch()
    follower.until("gone")
    assert agent.process.wait(20) == 0
    follower.send("forget")
    follower.process.stdin.close()
    assert follower.process.wait(20) == 0
    assert not directory.exists()


def test_an_agent_that_is_killed_while_nobody_is_there(left, new_follower):
    """Its guardian ends the job, and keeps how it ended."""
    agent, directory, _go = left
    os.kill(agent.events("ready")[0]["pid"], signal.SIGKILL)
    assert agent.process.wait(20) == 128 + signal.SIGKILL
    assert agent.left() == {}
    follower = new_follower().attach(directory, **agent.position())
    assert "SIGKILL" in follower.until("fault")["message"]
    finish(follower)
    check_once(agent, follower, killed=True)


def test_an_agent_and_its_guardian_that_were_lost(left, new_follower):
    agent, directory, _go = left
    os.killpg(agent.process.pid, signal.SIGKILL)
    agent.process.wait()
    follower = new_follower().attach(directory, **agent.position())
    assert "lost" in follower.until("fault")["message"]
    assert follower.process.wait(20) == 0
    assert follower.events("gone") == []
    for pid in agent.left():
        os.kill(pid, signal.SIGKILL)


def test_nothing_is_left_to_come_back_to(new_follower, scratch):
    follower = new_follower().attach(os.path.join(scratch, "nothing"))
    assert "is gone" in follower.until("fault")["message"]
    assert follower.process.wait(20) == 0
    assert follower.events("gone") == []


def test_a_line_cut_short_by_a_full_disk_is_passed_over(left, new_follower):
    agent, directory, go = left
    go.touch()
    assert agent.process.wait(20) == 0
    events = directory / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join([*lines[:3], b'{"type": "rank", "se\n', *lines[3:]]))
    follower = new_follower().attach(directory)
    finish(follower)
    kept = [json.loads(line)["seq"] for line in lines]
    assert [event["seq"] for event in follower.seen if event.get("seq", 1) > 1] == kept
