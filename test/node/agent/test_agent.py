"""The agent owns processes: these tests start real ones and count what is left."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from running_agent import FIXTURES, NODE, archive, group_exists, is_alive, sweep, until

# fcntl has the name since Python 3.10 (Linux, F_GETPIPE_SZ).
GET_PIPE_SIZE = 1032


def is_full(pipe) -> bool:
    """Whether no page of a pipe is free."""
    unread = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
    return unread > fcntl.fcntl(pipe, GET_PIPE_SIZE) - 4096


# — starting, and ending by itself —


@pytest.mark.parametrize("code", [0, 3, 255])
def test_exit_code(agent, code):
    agent.start("exits.py", str(code))
    gone = agent.finish()
    assert agent.lines() == ["bye"]
    exited = {"type": "exited", "seq": 3, "code": code, "signal": None, "time": 0}
    assert agent.events("exited")[0] | {"time": 0} == exited
    assert gone["killed"] == 0
    assert agent.kinds() == ["ready", "started", "log", "exited", "gone"]


@pytest.mark.parametrize(("name", "code"), [("SIGKILL", 137), ("SIGTERM", 143), ("SIGUSR1", 138)])
def test_launcher_killed_by_signal(agent, name, code):
    agent.start("dies.py", name).finish()
    assert agent.events("exited")[0]["code"] == code
    assert agent.events("exited")[0]["signal"] == name


def test_what_the_launcher_finds(new_agent, scratch):
    outside = {"RANK": "7", "LOCAL_RANK": "7", "WORLD_SIZE": "8", "RAMPCHECK_RANK_PID": "1"}
    agent = new_agent(PYTHONPATH="/before", KEPT="yes", **outside)
    agent.start("environment.py", env={"ADDED": "ü", "GROUP_RANK": "wanted"}, node=3)
    agent.finish()
    (line,) = agent.lines()
    env = json.loads(line)
    directory = env["RAMPCHECK_DIR"]
    assert not {"RANK", "LOCAL_RANK", "WORLD_SIZE", "RAMPCHECK_RANK_PID"} & env.keys()
    assert (env["KEPT"], env["ADDED"], env["GROUP_RANK"]) == ("yes", "ü", "wanted")
    assert (env["RAMPCHECK_RUN"], env["RAMPCHECK_NODE"]) == (agent.run, "3")
    assert env["PYTHONPATH"] == f"{directory}/inject:/before"
    assert directory == agent.events("started")[0]["directory"]
    assert set(env["pipes"]) == set(env["RAMPCHECK_PIPES"].split(","))
    assert env["session"] and env["stdin"] == "/dev/null"


def test_the_folder_is_private(agent):
    agent.start("idle.py", settings={"secret": "ü"})
    agent.until_line("up")
    directory = Path(agent.events("started")[0]["directory"])
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "settings.json").stat().st_mode & 0o777 == 0o600
    assert (directory / "sock").stat().st_mode & 0o777 == 0o600
    assert json.loads((directory / "settings.json").read_text("utf-8")) == {"secret": "ü"}
    unpacked = {path.relative_to(directory) for path in (directory / "inject").rglob("*.py")}
    assert unpacked == {path.relative_to(NODE) for path in (NODE / "inject").rglob("*.py")}
    agent.send("kill")
    agent.finish()


def test_a_long_tmpdir_falls_back(new_agent, scratch):
    long = os.path.join(scratch, "x" * 90)
    os.mkdir(long)
    agent = new_agent(tmpdir=long)
    agent.start("exits.py", "0").finish()
    directory = agent.events("started")[0]["directory"]
    assert re.fullmatch(r"/tmp/rampcheck-\w+", directory) and not os.path.exists(directory)


def test_every_byte_of_argv_arrives(agent):
    words = [bytes(range(1, 256)), b"", b"a\nb", b"'\"`\\", b"$HOME", b"*", b" ", b"\xff\xfe", "ü☃".encode(), b"--", b""]
    script = str(FIXTURES / "cmdline.py")
    agent.start(sys.executable, script, *(word.decode("utf-8", "surrogateescape") for word in words)).finish()
    (line,) = agent.lines()
    assert bytes.fromhex(line).split(b"\0")[2:-1] == words


def test_every_byte_of_argv_arrives_without_a_utf8_locale(new_agent):
    agent = new_agent(LC_ALL="C", PYTHONUTF8="0")
    agent.start(sys.executable, str(FIXTURES / "cmdline.py"), "ü\udcff").finish()
    assert bytes.fromhex(agent.lines()[0]).split(b"\0")[2] == "ü".encode() + b"\xff"


@pytest.mark.parametrize(
    ("argv", "cwd", "code"),
    [
        (["/no/such/program"], "/", "ENOENT"),
        (["no-such-program"], "/", "ENOENT"),
        (["/etc/passwd"], "/", "EACCES"),
        ([sys.executable], "/no/such/folder", "ENOENT"),
        ([sys.executable], "/etc/passwd", "ENOTDIR"),
    ],
)
def test_not_started(agent, argv, cwd, code):
    gone = agent.start(*argv, cwd=cwd).finish()
    (event,) = agent.events("not_started")
    assert event["errno"] == code
    assert (cwd if cwd != "/" else argv[0]) in event["reason"]
    assert gone["killed"] == 0


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", "\udcff", '{"type": "start"}', '{"type": "dance"}', '{"type": "release"}', '{"no": "type"}', ""],
)
def test_a_malformed_first_line(agent, text):
    agent.process.stdin.write(text.encode("utf-8", "surrogateescape") + b"\n")
    agent.process.stdin.flush()
    agent.finish()
    assert agent.kinds() == ["ready", "fault", "gone"]


@pytest.mark.parametrize(
    "fields",
    [
        {"env": {"A=B": "c"}},
        {"env": {"A": "\0"}},
        {"argv": []},
        {"grace": "soon"},
    ],
)
def test_a_malformed_start(agent, fields):
    agent.start("idle.py", **fields)
    agent.finish()
    assert "fault" in agent.kinds() and "started" not in agent.kinds()


def test_a_malformed_line_stops_what_runs(agent):
    agent.start("ignores_term.py").until_line("up")
    agent.send_raw("nonsense")
    assert agent.finish()["killed"] == 1
    assert "fault" in agent.kinds()


def test_nothing_but_the_end_of_input(agent):
    agent.process.stdin.close()
    agent.finish()
    assert agent.kinds() == ["ready", "gone"]


# — ending it —


def test_stop_lets_a_process_end_properly(agent):
    agent.start("saves_on_term.py").until_line("up")
    agent.send("stop", grace=20)
    gone = agent.finish()
    assert agent.lines() == ["up", "saved"]
    assert agent.events("exited")[0]["code"] == 0
    assert gone["seconds"] < 10


def test_stop_kills_who_ignores_it(agent):
    agent.start("ignores_term.py").until_line("up")
    agent.send("stop", grace=0.3)
    gone = agent.finish()
    assert agent.events("exited")[0]["signal"] == "SIGKILL"
    assert gone["killed"] == 1
    assert 0.3 <= gone["seconds"] < 5


def test_kill_does_not_wait_for_a_stop(agent):
    agent.start("ignores_term.py").until_line("up")
    agent.send("stop", grace=600)
    agent.send("kill")
    assert agent.finish()["seconds"] < 5


def test_a_later_stop_cannot_put_off_an_earlier_one(agent):
    agent.start("ignores_term.py").until_line("up")
    agent.send("stop", grace=0.2)
    agent.send("stop", grace=600)
    assert agent.finish()["seconds"] < 5


def test_an_orphan_of_an_ended_launcher(agent):
    agent.start("leaves_orphan.py", "ends")
    gone = agent.finish()
    assert agent.events("exited")[0]["code"] == 0
    assert gone["killed"] == 1


def test_an_orphan_without_mark_is_stopped_with_the_rest(agent):
    agent.start("leaves_orphan.py", "waits").until_line("up")
    agent.send("stop", grace=0.2)
    assert agent.finish()["killed"] == 2


def test_a_process_of_the_run_that_is_no_descendant(agent):
    """Only the mark tells: someone else started it, and our child never was its parent."""
    agent.start("idle.py").until_line("up")
    marks = {"RAMPCHECK_RUN": agent.run, "RAMPCHECK_NODE": "0"}
    escaped = subprocess.Popen(["sleep", "600"], env=marks)
    other_node = subprocess.Popen(["sleep", "600"], env=marks | {"RAMPCHECK_NODE": "1"})
    other_run = subprocess.Popen(["sleep", "600"], env=marks | {"RAMPCHECK_RUN": agent.run + "0"})
    try:
        agent.send("stop", grace=5)
        while agent.next() is not None:
            pass
        assert escaped.wait(20) == -signal.SIGTERM
        assert agent.seen[-1]["killed"] == 2
        assert other_node.poll() is None and other_run.poll() is None
    finally:
        for process in (escaped, other_node, other_run):
            process.kill()
            process.wait()


@pytest.mark.parametrize("script", ["forks_in_a_loop.py", "forks_and_exits.py"])
@pytest.mark.parametrize("how", ["stop", "kill", "eof"])
def test_forks_while_being_ended(agent, script, how):
    agent.start(script).until_line("up")
    if how == "eof":
        agent.process.stdin.close()
    else:
        agent.send(how, grace=0.1)
    gone = agent.finish()
    assert gone["killed"] >= 2
    assert gone["seconds"] < 10
    for line in agent.lines():
        if line.startswith("group "):
            until("the chain has ended", lambda group=int(line[6:]): not group_exists(group), 5)


def test_a_process_whose_first_thread_has_ended(agent):
    agent.start("loses_first_thread.py").until_line("up")
    pid = agent.events("started")[0]["pid"]
    until("its first thread has ended", lambda: " Z " in Path(f"/proc/{pid}/stat").read_text())
    assert "exited" not in agent.kinds()
    agent.send("stop", grace=10)
    assert agent.finish()["killed"] == 1
    assert agent.events("exited")[0]["signal"] == "SIGTERM"


@pytest.mark.parametrize("script", ["idle.py", "ignores_term.py", "leaves_orphan.py"])
def test_a_lost_lease_ends_a_held_run(agent, script):
    agent.start(script, "waits").until_line("up")
    closed = time.monotonic()
    agent.process.stdin.close()
    gone = agent.finish()
    assert gone["killed"] >= 1
    assert time.monotonic() - closed < 5


def test_a_lost_reader_ends_a_held_run(agent):
    agent.start("rank.py", "0", "wait").until_line("up", rank=0)
    agent.hang_up()
    # It is noticed with the next thing to say.
    agent.send("dance")
    assert agent.process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_agent_ends_a_held_run(agent, number):
    agent.start("ignores_term.py").until_line("up")
    agent.process.send_signal(number)
    assert agent.finish()["killed"] == 1


@pytest.mark.parametrize("script", ["ignores_term.py", "leaves_orphan.py", "forks_in_a_loop.py"])
def test_a_killed_agent_is_replaced_by_its_guardian(agent, script):
    agent.start(script, "waits").until_line("up")
    os.kill(agent.events("ready")[0]["pid"], signal.SIGKILL)
    gone = agent.finish(128 + signal.SIGKILL)
    assert gone["killed"] >= 0
    assert agent.events("fault")[-1]["message"] == "its agent was ended by SIGKILL"
    assert agent.folders() == []


def test_a_killed_agent_takes_back_half_a_line(new_agent):
    """It was writing when it was killed: nothing is passed on that is not whole."""
    agent = new_agent(read=False)
    agent.start("floods.py", "1000000")
    until("nobody reads, and its pipe is full: it is writing", lambda: is_full(agent.process.stdout))
    pid = int(Path(f"/proc/{agent.process.pid}/task/{agent.process.pid}/children").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    said = agent.process.stdout.read().split(b"\n")
    kept = [json.loads(line) for line in said if line and not line.endswith(b"\x18")]
    assert [event["type"] for event in kept][-2:] == ["fault", "gone"]
    assert agent.process.wait(20) == 128 + signal.SIGKILL


def test_an_agent_that_hangs_while_the_run_is_held(agent):
    agent.start("ignores_term.py").until_line("up")
    os.kill(agent.events("ready")[0]["pid"], signal.SIGSTOP)
    agent.finish(128 + signal.SIGKILL)
    assert agent.events("fault")[-1]["message"] == "its agent was ended by SIGKILL"


def test_a_killed_guardian_ends_a_held_run(agent):
    agent.start("ignores_term.py").until_line("up")
    agent.process.kill()
    while agent.next() is not None:
        pass
    assert agent.kinds()[-1] == "gone" and agent.seen[-1]["killed"] == 1
    assert agent.process.wait(20) == -signal.SIGKILL


def test_a_killed_guardian_leaves_a_released_run_alone(agent, scratch):
    go = os.path.join(scratch, "go")
    agent.start("rank.py", "0", "released", f"until={go}").until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    agent.process.kill()
    assert agent.process.wait(20) == -signal.SIGKILL
    Path(go).touch()
    while agent.next() is not None:
        pass
    assert agent.events("exited")[0]["code"] == 0 and agent.seen[-1]["killed"] == 0


# — the lease —


def test_a_silent_launcher_ends_a_held_run(agent):
    agent.start("ignores_term.py", lease=1.5).until_line("up")
    agent.finish()
    assert agent.events("fault")[0]["message"] == "nothing was heard from the launcher for 2 s"
    assert len(agent.events("alive")) >= 1


def test_signs_of_life_keep_a_held_run(agent):
    agent.start("idle.py", lease=2.5).until_line("up")
    # Its own signs of life come once a second: four of them are longer than the lease.
    for heard in range(1, 5):
        agent.send("alive")
        agent.until_times("alive", heard)
    assert agent.events("fault") == []
    agent.send("kill")
    agent.finish()


def test_a_silent_launcher_leaves_a_released_run_alone(agent, scratch):
    go = os.path.join(scratch, "go")
    agent.start("rank.py", "0", "released", f"until={go}", lease=1.0).until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    # Its own signs of life come once a second: three of them are longer than the lease.
    agent.until_times("alive", len(agent.events("alive")) + 3)
    Path(go).touch()
    assert agent.finish()["killed"] == 0


def test_a_rank_that_somebody_stops(agent):
    agent.start("rank.py", "0", "wait", lease=600).until_line("up", rank=0)
    os.kill(agent.until("rank")["event"]["pid"], signal.SIGSTOP)
    agent.finish()
    # This rank is its own launcher.
    assert "has been stopped (SIGSTOP) for 10 s" in agent.events("fault")[0]["message"]


# — sweep —


def test_sweep_ends_a_run_whose_agent_is_stopped(agent):
    agent.start("ignores_term.py").until_line("up")
    guardian, pid = agent.process.pid, agent.events("ready")[0]["pid"]
    for each in (guardian, pid):
        os.kill(each, signal.SIGSTOP)
    assert sweep(agent.run, "1") == {"killed": 0, "survivors": []}
    # The kernel ends the launcher together with its agent.
    assert sweep(agent.run)["killed"] in (2, 3)
    assert agent.process.wait(20) == -signal.SIGKILL
    until("nothing is left", lambda: agent.left() == {} and not is_alive(pid))
    assert agent.folders() == []


def test_an_agent_that_fails_leaves_nothing(new_agent):
    """A fault of our own, made by a line added to the agent's text: it shows its traceback and ends what it started."""
    before = "        with contextlib.suppress(OSError):\n            for name in os.listdir"
    text = (NODE / "rampcheck_node" / "output.py").read_text()
    assert before in text
    broken = text.replace(before, "        bool(self._tails) and 1 / 0\n" + before)
    agent = new_agent(body=archive(output=broken))
    agent.start("leaves_orphan.py", "waits")
    assert agent.process.wait(20) == 1
    traceback = agent.process.stderr.read().decode()
    # With the line of the archive in which it happened.
    assert "ZeroDivisionError" in traceback and "bool(self._tails) and 1 / 0" in traceback


def test_two_runs_side_by_side(new_agent):
    one, two = new_agent(), new_agent()
    one.start("idle.py").until_line("up")
    two.start("idle.py").until_line("up")
    one.send("stop", grace=0.5)
    one.finish()
    assert len(two.left()) == 1
    two.send("stop", grace=0.5)
    assert two.finish()["killed"] == 1


def test_children_of_whoever_became_the_agent_are_left_alone(new_agent, scratch):
    agent = new_agent(wrap=("sh", "-c", 'sleep 600 <&- >&- 2>&- & echo $! > "$0"; exec "$@"', os.path.join(scratch, "pid")))
    agent.start("ignores_term.py").until_line("up")
    stranger = int(Path(scratch, "pid").read_text())
    try:
        agent.send("kill")
        assert agent.finish()["killed"] == 1
        assert is_alive(stranger)
    finally:
        os.kill(stranger, signal.SIGKILL)


# — after release —


def test_a_released_run_outlives_its_launcher(agent, scratch):
    go = os.path.join(scratch, "go")
    agent.start("rank.py", "0", "released", f"until={go}")
    agent.until("rank")
    agent.send("release")
    agent.until_line("told {'type': 'released'}", rank=0)
    agent.process.send_signal(signal.SIGHUP)
    agent.process.stdin.close()
    agent.hang_up()
    directory = Path(agent.events("started")[0]["directory"])
    spool = directory / "events.jsonl"
    assert agent.process.poll() is None and len(agent.left()) == 1
    Path(go).touch()
    assert agent.process.wait(20) == 0
    kept = [json.loads(line) for line in spool.read_text().splitlines()]
    assert [event["type"] for event in kept] == ["started", "rank", "rank_gone", "exited", "gone"]
    assert [event["seq"] for event in kept] == [2, 3, 4, 5, 6]
    assert (directory / "rank-0.log").read_text().splitlines()[-1] == "end"
    assert next(event for event in kept if event["type"] == "exited")["code"] == 0
    assert kept[-1]["killed"] == 0
    shutil.rmtree(directory)


def test_a_released_run_can_still_be_stopped(agent):
    agent.start("rank.py", "0", "released", "wait").until("rank")
    agent.send("release")
    agent.until_line("up", rank=0)
    agent.send("stop", grace=5)
    assert agent.finish()["killed"] == 1


def test_a_signal_ends_a_released_run(agent):
    agent.start("rank.py", "0", "released", "wait").until("rank")
    agent.send("release")
    agent.until_line("up", rank=0)
    agent.process.send_signal(signal.SIGTERM)
    assert agent.finish()["killed"] == 1


# — what ranks say —


def test_what_ranks_say(agent):
    script = str(FIXTURES / "rank.py")
    agent.start("spawns.py", script, "0", "nan", "released", "--", script, "1", "released")
    agent.until(lambda event: event["type"] == "rank" and event["event"]["rank"] == 1)
    agent.until(lambda event: event["type"] == "rank" and event["event"]["rank"] == 0)
    agent.send("release")
    agent.finish()
    hellos = {event["event"]["rank"]: event["event"] for event in agent.events("rank") if event["event"]["type"] == "hello"}
    assert hellos.keys() == {0, 1}
    assert agent.lines(0) == agent.lines(1) == ["told {'type': 'released'}", "end"]
    gone = {event["rank"]: event["pid"] for event in agent.events("rank_gone")}
    assert gone == {rank: hello["pid"] for rank, hello in hellos.items()}
    # The launcher's end comes after all that explains it.
    assert agent.kinds()[-2:] == ["exited", "gone"]
    assert str(next(event for event in agent.events("rank") if event["event"]["type"] == "step")["event"]["lr"]) == "nan"


def test_a_rank_that_comes_after_the_release_is_told(agent, scratch):
    go = os.path.join(scratch, "go")
    agent.start("rank.py", "0", "released", f"until={go}").until("rank")
    agent.send("release")
    agent.until_line("working", rank=0)
    late = subprocess.run(
        [sys.executable, FIXTURES / "rank.py", "1", "released"],
        env={**os.environ, "RAMPCHECK_DIR": agent.events("started")[0]["directory"], "RAMPCHECK_PIPES": ""},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert late.stdout == b"told {'type': 'released'}\nend\n"
    Path(go).touch()
    agent.finish()


@pytest.mark.parametrize("text", ["raw", "deep"])
def test_what_is_no_event_ends_a_held_run(agent, text):
    agent.start("rank.py", "0", text, "wait")
    agent.finish()
    assert "fault" in agent.kinds()


@pytest.mark.parametrize("text", ["raw", "deep"])
def test_what_is_no_event_does_not_touch_a_released_run(agent, text):
    agent.start("rank.py", "0", "released", text).until("rank")
    agent.send("release")
    assert agent.finish()["killed"] == 0
    assert agent.events("exited")[0]["code"] == 0 and "fault" not in agent.kinds()


# — output —


def test_five_megabytes_on_stderr(agent):
    agent.start("floods.py", "50000").finish()
    assert agent.lines() == [f"{number:07d} {'x' * 91}" for number in range(50_000)]


def test_progress_bars_and_line_ends(agent):
    agent.start("progress.py")
    agent.until_line("100%")
    assert "exited" not in agent.kinds(), "a line without an end waited for the end"
    agent.finish()
    assert agent.lines() == ["0%", "50%", "100%", "", "Windows", "plain", "no end"]


def test_any_bytes(agent):
    agent.start("writes_bytes.py").finish()
    text = bytes(range(256)).decode("utf-8", "replace")
    before, _, rest = text.partition("\n")
    lines = agent.lines()
    assert lines[:3] == [before, *rest.split("\r")]
    snow = [line for line in lines if line.startswith("☃")]
    assert "".join(snow) == "☃" * 50_000
    assert "".join(lines[3 + len(snow) :]) == "e" * 200_000
    assert max(map(len, lines)) == 64 * 1024


def test_an_unread_agent_blocks_nobody(new_agent, scratch):
    """40 MB from a rank and 20 MB through the launcher's pipe, while nobody reads: both end, and nothing is lost."""
    agent = new_agent(read=False)
    done = os.path.join(scratch, "done")
    script = str(FIXTURES / "rank.py")
    agent.start("spawns.py", script, "0", "write=400000", f"done={done}", "--", str(FIXTURES / "floods.py"), "200000")
    until("the rank has written all", lambda: os.path.exists(done), 60)
    until("launcher and rank have ended", lambda: not agent.left(), 60)
    memory = int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{agent.process.pid}/status").read_text())[1])
    agent.read()
    agent.finish()
    assert sum(line.endswith("rrr") for line in agent.lines(0)) == 400_000
    assert sum(line.endswith("xxx") for line in agent.lines()) == 200_000
    assert memory < 100_000, f"the agent took {memory} kB"


# — secrets —


def test_secrets_are_in_no_process_list_and_no_event(agent):
    secret = "hf_" + "Zq9" * 10
    agent.start("rank.py", "0", "wait", env={"HF_TOKEN": secret}, settings={"token": secret})
    agent.until_line("up", rank=0)
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert any(b"rank.py" in line for line in lines)
    assert not any(secret.encode() in line for line in lines)
    agent.send("stop", grace=0.2)
    agent.finish()
    assert secret not in json.dumps(agent.seen)
