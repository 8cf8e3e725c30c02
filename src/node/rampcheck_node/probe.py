"""Looks at one node before a run: a JSON request on standard input, one JSON report on standard output. Changes nothing there.

    request  {"cwd", "files": [paths], "program", "path", "python", "modules": [names], "peers": [addresses],
              "master": {address, port, token}}
    report   see `report` below; what cannot be found out is null

With {"listen": {address, port, token}} it holds the master port instead: it says {"listening": true} or {"error"}, greets every
connection with the token, and ends with its standard input. Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SIOCGIFADDR = 0x8915
SECONDS = 4
GPU_FIELDS = ["index", "uuid", "name", "memory.total", "memory.used", "driver_version", "ecc.errors.uncorrected.volatile.total"]
# Run by the job's own Python. Nothing is imported but metadata: torch alone would take seconds.
VERSIONS = """
import importlib.metadata, importlib.util, json, os, platform, re, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found[name] = None
spec = importlib.util.find_spec("torch")
path = spec and spec.origin and os.path.join(os.path.dirname(spec.origin), "version.py")
if path and os.path.exists(path):
    cuda = re.search(r"^cuda[^=]*= *['\\"]([^'\\"]+)", open(path).read(), re.M)
    found["cuda"] = cuda[1] if cuda else None
for distribution in importlib.metadata.distributions():
    if re.match(r"nvidia-nccl-cu\\d+$", distribution.metadata["Name"] or ""):
        found["nccl"] = distribution.version
print(json.dumps({"path": sys.executable, "versions": found}))
"""


def report(request: dict) -> dict:
    cwd = request["cwd"]
    program = find_program(request.get("program"), cwd, request.get("path"))
    interpreter = interpreter_of(program)
    python = interpreter or request.get("python")
    return {
        "time": time.time_ns(),
        "host": socket.gethostname(),
        "cwd": os.path.isdir(cwd) and os.access(cwd, os.R_OK | os.X_OK),
        "files": {path: digest(os.path.join(cwd, path)) for path in request.get("files", [])},
        "program": program,
        "interpreter": interpreter,
        "python": versions(python, request.get("modules", []), cwd, request.get("path")),
        "gpus": gpus(),
        "xids": xids(),
        "memory": memory(),
        "shm": space("/dev/shm"),  # noqa: S108 — the place itself is looked at
        "disk": {path: space(path) for path in dict.fromkeys([cwd, tempfile.gettempdir()])},
        "limits": {name: limit(getattr(resource, f"RLIMIT_{name.upper()}")) for name in ("nofile", "memlock", "nproc")},
        "master": reach(request.get("master")),
        "route": route(request.get("peers", [])),
    }


def digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def interpreter_of(program: str | None) -> str | None:
    """The Python in the first line of a script such as torchrun; None for anything else."""
    try:
        with open(program or "", "rb") as file:
            words = file.readline(1024).decode("utf-8", "replace").split()
    except OSError:
        return None
    if not words or not words[0].startswith("#!"):
        return None
    name = words[-1] if words[0].endswith("/env") else words[0][2:]
    return name if re.search(r"python[\d.]*$", name) else None


def find_program(program: str | None, cwd: str, path: str | None = None) -> str | None:
    if not program:
        return None
    return shutil.which(program if os.sep not in program else os.path.join(cwd, program), path=path)


def run(argv: list[str], cwd: str | None = None) -> str | None:
    """What a command prints; None when it is not there, fails or takes too long."""
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def versions(python: str | None, modules: list[str], cwd: str, search: str | None = None) -> dict | None:
    path = find_program(python, cwd, search)
    output = path and run([path, "-c", VERSIONS, *modules], cwd if os.path.isdir(cwd) else None)
    return json.loads(output) if output else None


def gpus() -> list[dict] | None:
    if shutil.which("nvidia-smi") is None:
        return None
    output = run(["nvidia-smi", f"--query-gpu={','.join(GPU_FIELDS)}", "--format=csv,noheader,nounits"])
    if output is None:
        # It is there and does not answer: the driver is broken.
        return []
    busy = run(["nvidia-smi", "--query-compute-apps=gpu_uuid,pid", "--format=csv,noheader,nounits"]) or ""
    pids: dict[str, list[int]] = {}
    for row in csv.reader(busy.splitlines(), skipinitialspace=True):
        if len(row) == 2 and row[1].isdigit():
            pids.setdefault(row[0], []).append(int(row[1]))
    rows = [row for row in csv.reader(output.splitlines(), skipinitialspace=True) if len(row) == len(GPU_FIELDS)]
    return [
        {
            "index": number(index),
            "name": name,
            "memory": number(total),
            "used": number(used),
            "driver": driver,
            "ecc": number(ecc),
            "pids": pids.get(uuid, []),
        }
        for index, uuid, name, total, used, driver, ecc in rows
    ]


def number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d+", text) else None


def xids() -> list[int] | None:
    """Errors that the NVIDIA driver has told the kernel since boot; None if the kernel log cannot be read."""
    output = run(["dmesg"])
    if output is None:
        return None
    return [int(code) for code in re.findall(r"NVRM: Xid \([^)]*\): (\d+)", output)]


def memory() -> dict | None:
    try:
        with open("/proc/meminfo") as file:
            fields = dict(line.split(":") for line in file)
        return {name: int(fields[key].split()[0]) * 1024 for name, key in (("total", "MemTotal"), ("free", "MemAvailable"))}
    except (OSError, KeyError, ValueError):
        return None


def space(path: str) -> dict | None:
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return {"total": found.f_blocks * found.f_frsize, "free": found.f_bavail * found.f_frsize}


def limit(kind: int) -> int | None:
    """None: unlimited."""
    soft = resource.getrlimit(kind)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def reach(master: dict | None) -> dict | None:
    """Returns whether the process that answers at the master's address and port is the one listening there for this check."""
    if master is None:
        return None
    try:
        with socket.create_connection((master["address"], master["port"]), timeout=SECONDS) as connection:
            connection.settimeout(SECONDS)
            greeting = connection.makefile("rb").readline().strip().decode("ascii", "replace")
    except OSError as error:
        return {"error": "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)}
    return {"error": None if greeting == master["token"] else "something else answers there"}


def route(peers: list[str]) -> dict | None:
    """The address and interface by which this node reaches the others."""
    for peer in peers:
        try:
            family, _, _, _, where = socket.getaddrinfo(peer, 9, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(where)
                address = probe.getsockname()[0]
        except OSError:
            continue
        return {"address": address, "interface": interface_of(address)}
    return None


def interface_of(address: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                found = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
            if socket.inet_ntoa(found[20:24]) == address:
                return name
    return None


def listen(address: str, port: int, token: str) -> None:
    try:
        family, _, _, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(1024)
    except OSError as error:
        print(json.dumps({"error": error.strerror or str(error)}), flush=True)
        return
    print(json.dumps({"listening": True}), flush=True)

    def greet() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(token.encode() + b"\n")

    threading.Thread(target=greet, daemon=True).start()
    while os.read(0, 4096):
        pass


def main() -> int:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            break
        line += piece
    request = json.loads(line)
    if "listen" in request:
        listen(**request["listen"])
    else:
        json.dump(report(request), sys.stdout)
    return 0
