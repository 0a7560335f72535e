"""The programs of a bench, each on its core: the hub, the floor, peers, and the load."""

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "bench"
FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra"]
SHARED = ["secure.c", "common.c"]
LIBRARIES = ["-lssl", "-lcrypto"]
PROGRAMS = {
    "floor": ["floor.c"],
    "load": ["load.c", "client.c", "relay.c", "measure.c"],
}
EVENT_BYTES = 163


class Failure(Exception):
    """There is no result."""


def compile_programs():
    BUILD.mkdir(parents=True, exist_ok=True)
    for name, sources in PROGRAMS.items():
        files = [str(ROOT / "Benchmarks" / source) for source in sources + SHARED]
        subprocess.run(["cc", *FLAGS, *files, "-o", str(BUILD / name), *LIBRARIES], check=True)


def certificate():
    """A certificate for the rows of TLS, and its key; made once."""
    paths = BUILD / "bench.crt", BUILD / "bench.key"
    if not all(path.exists() for path in paths):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "3650", "-subj", "/CN=localhost", "-out", str(paths[0]),
             "-keyout", str(paths[1])], check=True, capture_output=True)
    return paths


@contextlib.contextmanager
def process(command, ready):
    """Runs a server until the end of the block; `ready` is what its first line begins with."""
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        if not line.startswith(ready):
            raise Failure(f"{command}: {line}{server.stderr.read()}")
        server.first_line = line
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def hub(options, loops=1, cores=None, prefix=(), extra=(), binary=None, tls=False):
    """A fresh hub on a free port, with an empty log on the disk of the checkout."""
    data = tempfile.mkdtemp(prefix="data-", dir=BUILD)
    scheme = "https://" if tls else ""
    if tls:
        cert, key = certificate()
        extra = ["--tls-cert", str(cert), "--tls-key", str(key), *extra]
    command = [
        "taskset", "-c", cores or options.cores[0], *prefix, str(binary or options.hub),
        "--loops", str(loops), "--listen", f"{scheme}127.0.0.1:0", "--data", data,
        "--log-level", "error", "--drain-timeout", "1s", *extra,
    ]
    try:
        with process(command, "listening on") as server:
            server.port = int(re.search(r":(\d+)\s*$", server.first_line)[1])
            server.dialect = "hub"
            yield server
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def floor(options, burst, tls=False):
    port = free_port()
    command = [
        "taskset", "-c", options.cores[0], str(BUILD / "floor"), str(port), str(burst),
        str(EVENT_BYTES), *(certificate() if tls else ()),
    ]
    with process(command, "ready") as server:
        server.port = port
        server.dialect = "hub"
        yield server


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load(options, server, mode, **arguments):
    """Runs the load against a server; what it prints."""
    command = ["taskset", "-c", options.cores[1], str(BUILD / "load"), mode]
    command += ["--port", str(server.port), "--pid", str(server.pid)]
    command += ["--dialect", server.dialect]
    for name, value in arguments.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.patience)
    if done.returncode != 0:
        raise Failure(f"{mode} {arguments}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    # Threads are named "name:id"; the first loop is the main thread.
    cpu = result.pop("cpu_ns")
    loops = [name for name in cpu if name.endswith(f":{server.pid}") or name.startswith("loop")]
    result["loop_ns"] = sum(cpu[name] for name in loops)
    result["engine_ns"] = sum(cpu.values()) - result["loop_ns"]
    return result


