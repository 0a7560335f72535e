"""Other programs that hand on messages, in the same run and under the same load.

What they do differs: all but the hub hand on from memory what they are sent, and keep nothing.
The load numbers the events, and every subscriber checks that none is lost, doubled or out of
order, as it does with the hub.
"""

import contextlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .rows import bare_fan_out, per, publish_rate
from .servers import BUILD, ROOT, Failure, free_port, hub, load

HERE = ROOT / "Benchmarks/peers"
VENV = ROOT / ".build/bench-peers"
START_SECONDS = 20


class Peer:
    """A program, how it is started, and what the load has to know of it."""

    def __init__(self, name, dialect, command, version, missing, config=None,
                 subscribers=1000, idle=10000, publishes=False):
        self.name, self.dialect, self.command, self.version = name, dialect, command, version
        self.missing, self.config, self.publishes = missing, config, publishes
        self.subscribers, self.idle = subscribers, idle

    @contextlib.contextmanager
    def run(self, options):
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="peer-", dir=BUILD) as directory:
            names = {"port": str(port), "directory": directory}
            if self.config:
                text = (HERE / self.config).read_text().replace("@PORT@", str(port))
                names["config"] = str(Path(directory) / self.config)
                Path(names["config"]).write_text(text)
            command = [part.format(**names) for part in self.command]
            log = Path(directory) / "log"
            with log.open("wb") as output:
                server = subprocess.Popen(
                    ["taskset", "-c", options.cores[0], *command], cwd=HERE,
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            try:
                wait_for(server, port, log)
                server.port, server.dialect = port, self.dialect
                yield server
            finally:
                server.kill()
                server.wait()


def wait_for(server, port, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise Failure(f"{server.args[3:]} does not listen: {log.read_text()[-500:]}")


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr


def number_in(text):
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else ""


def has_python(package):
    return (VENV / "bin/python").exists() and subprocess.run(
        [VENV / "bin/python", "-c", f"import {package}"], capture_output=True).returncode == 0


def python_version(package):
    script = f"import importlib.metadata as m; print(m.version('{package}'))"
    return number_in(output_of(VENV / "bin/python", "-c", script))


NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
PEERS = {
    "nchan": Peer(
        "nginx with nchan", "http", ["nginx", "-p", "{directory}", "-c", "{config}"],
        lambda: number_in(output_of("nginx", "-v")),
        lambda: None if shutil.which("nginx") and NCHAN.exists()
        else "apt-get install nginx libnginx-mod-nchan",
        config="nginx.conf", publishes=True),
    "websockets": Peer(
        "Python websockets", "websocket",
        [str(VENV / "bin/python"), "websockets_server.py", "{port}"],
        lambda: python_version("websockets"),
        lambda: None if has_python("websockets") else "pip install websockets"),
    "nats": Peer(
        "nats-server", "nats", ["nats-server", "-c", "{config}"],
        lambda: number_in(output_of("nats-server", "--version")),
        lambda: None if shutil.which("nats-server") else "apt-get install nats-server",
        config="nats.conf"),
    "channels": Peer(
        "Django Channels, daphne", "http",
        [str(VENV / "bin/python"), "-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0",
         "--ping-interval", "600", "channels_app:application"],
        lambda: python_version("channels"),
        lambda: None if has_python("channels") and has_python("daphne")
        else "pip install channels daphne",
        # A tenth of the others': it takes some 100 times as long for each.
        subscribers=100, idle=1000, publishes=True),
}


def install_python():
    """Peers from PyPI, into a directory of their own."""
    if has_python("websockets") and has_python("daphne") and has_python("channels"):
        return
    subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
    subprocess.run(
        [VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--requirement",
         HERE / "requirements.txt"], check=False)


def cpu(result):
    """Nanoseconds of the whole process for each delivery."""
    return (result["loop_ns"] + result["engine_ns"]) / result["deliveries"]


class Measured:
    """Rows of all peers, and what a peer could not do."""

    def __init__(self, options, peers):
        self.options, self.peers, self.rows = options, peers, []

    def add(self, name, row, result, note="", **more):
        self.rows.append({"peer": name, "row": row, "result": result, "note": note, **more})
        print(f"  {name:<32} {row:<28} {result:>10}  {note}", flush=True)

    def attempt(self, peer, row, measure):
        """A peer that fails has no figure; the others go on."""
        try:
            return measure()
        except (Failure, subprocess.SubprocessError) as failure:
            self.add(peer.title, row, "-", "no result: " + " ".join(str(failure).split())[:300])
            return None

    def fan_out(self, row, burst):
        def of(server, subscribers):
            return load(self.options, server, "fan-out", seconds=self.options.seconds,
                        subscribers=subscribers, burst=burst)

        floors, ours, others = [], [], {peer: [] for peer in self.peers}
        for _ in range(self.options.repeats):
            floors.append(bare_fan_out(self.options, subscribers=1000, burst=burst))
            with hub(self.options) as server:
                ours.append(of(server, 1000))
            for peer in self.peers:
                def once(peer=peer):
                    with peer.run(self.options) as server:
                        return of(server, peer.subscribers)

                if others[peer] is not None:
                    result = self.attempt(peer, row, once)
                    others[peer] = others[peer] + [result] if result else None
        bare = per(floors, "loop_ns", "deliveries")
        self.add("the floor", row, "1.00 x", f"{bare / 1e3:.3f} us", floor=floors)
        for name, results in [("campanad", ours)] + [
                (peer.title, others[peer]) for peer in self.peers]:
            if not results:
                continue
            ratio = statistics.median(
                cpu(result) / cpu(bare) for result, bare in zip(results, floors))
            self.add(name, row, f"{ratio:.2f} x" if ratio < 100 else f"{ratio:.0f} x",
                     ratio=ratio, runs=results)

    def idle(self):
        def of(server, count):
            return load(self.options, server, "accept", subscribers=count)

        with hub(self.options) as server:
            found = [("campanad", of(server, 10000))]
        for peer in self.peers:
            def once(peer=peer):
                with peer.run(self.options) as server:
                    return of(server, peer.idle)

            result = self.attempt(peer, "KB an idle connection", once)
            if result:
                found.append((peer.title, result))
        for name, result in found:
            memory = (result["resident_after"] - result["resident_before"]) / result["connections"]
            self.add(name, "KB an idle connection", f"{memory / 1000:.2f}", run=result)
            self.add(name, "accepts/s", f"{result['connections'] / result['seconds'] / 1e3:.1f} k",
                     run=result)

    def publishes(self):
        for row, connections, burst in [
                ("HTTP publishes/s, 16 connections", 16, 1), ("1 connection by 16", 1, 16)]:
            with hub(self.options) as server:
                found = [("campanad", publish_rate(self.options, server, connections, burst))]
            for peer in self.peers:
                def once(peer=peer):
                    with peer.run(self.options) as server:
                        return publish_rate(self.options, server, connections, burst)

                result = self.attempt(peer, row, once) if peer.publishes else None
                if result:
                    found.append((peer.title, result))
            for name, result in found:
                self.add(name, row, f"{result['events'] / result['seconds'] / 1e3:.1f} k",
                         run=result)


def peers(options):
    """All that was asked for and is there, beside the hub; a row for each figure."""
    install_python()
    there = []
    for name in options.rows or PEERS:
        peer = PEERS[name]
        if missing := peer.missing():
            print(f"  {peer.name} is left out: it is not here ({missing})", flush=True)
            continue
        peer.title = f"{peer.name} {peer.version()}"
        there.append(peer)
    measured = Measured(options, there)
    for row, burst in [("one at a time", 1), ("16 at once", 16), ("64 at once", 64)]:
        measured.fan_out(row, burst)
    measured.idle()
    measured.publishes()
    return measured.rows
