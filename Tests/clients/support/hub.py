"""The daemon as a process, as an operator runs it."""

import json
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

import httpx

from support.waiting import DEADLINE, eventually

ROOT = Path(__file__).resolve().parents[3]
CAMPANAD = os.environ.get("CAMPANAD", str(ROOT / ".build/release/campanad"))
CAMPANA = os.environ.get("CAMPANA", str(ROOT / ".build/release/campana"))

_END = object()


def plain_environment(**extra):
    """Ours without what would change a program's defaults."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CAMPANA_")}
    return kept | {"NO_COLOR": "1"} | extra


class Lines:
    """The lines of a stream as they come, kept for later questions."""

    def __init__(self, stream):
        self.seen = []
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        with stream:
            for line in stream:
                self.seen.append(line.rstrip("\n"))
                self._queue.put(self.seen[-1])
        self._queue.put(_END)

    def next(self, deadline=DEADLINE):
        """The next line; `None` at the end of the stream."""
        try:
            line = self._queue.get(timeout=deadline)
        except queue.Empty:
            raise AssertionError(f"no line within {deadline} s; so far: {self.seen}") from None
        if line is _END:
            self._queue.put(_END)
            return None
        return line

    def take(self, count):
        """The next `count` lines."""
        lines = []
        while len(lines) < count:
            line = self.next()
            assert line is not None, f"ended after {len(lines)} of {count}: {self.seen[-20:]}"
            lines.append(line)
        return lines

    def until(self, wanted):
        """The first line from here on that `wanted` says yes to."""
        while True:
            line = self.next()
            assert line is not None, f"the stream ended before; seen: {self.seen[-20:]}"
            if wanted(line):
                return line


class Hub:
    """A running `campanad` on ports that the kernel chose."""

    def __init__(self, data, *flags, listen=("127.0.0.1:0", "127.0.0.1:0"), environment=None):
        self.data = Path(data)
        self.flags = flags
        self.log = self.data.parent / f"{self.data.name}.log"
        command = [CAMPANAD, "--data", str(self.data), *flags]
        for address in listen:
            command += ["--listen", address]
        self._log_file = self.log.open("ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log_file,
            env=plain_environment(**(environment or {})), text=True)
        self.stdout = Lines(self.process.stdout)
        self.is_terminated = False
        try:
            self.ports = [self._bound_port() for _ in listen]
            self.client = httpx.Client(
                base_url=self.url, timeout=DEADLINE, trust_env=False, limits=httpx.Limits(keepalive_expiry=DEADLINE))
            self._wait_until_ready()
        except BaseException:
            self.process.kill()
            raise

    def _bound_port(self):
        while (line := self.stdout.next()) is not None:
            if line.startswith(("listening on http://", "listening on https://")):
                return int(line.rsplit(":", 1)[1].rstrip("/"))
        self.process.wait(DEADLINE)
        raise AssertionError(f"campanad ended with {self.process.returncode}: {self.errors()}")

    @property
    def port(self):
        return self.ports[0]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self):
        return f"ws://127.0.0.1:{self.port}"

    def errors(self):
        """What it wrote to stderr."""
        return self.log.read_text(errors="replace")[-4000:]

    def _wait_until_ready(self):
        def is_ready():
            assert self.process.poll() is None, f"campanad ended: {self.errors()}"
            try:
                return self.client.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        eventually(is_ready, "/readyz says 200")

    def terminate(self, by=signal.SIGTERM):
        self.is_terminated = True
        self.process.send_signal(by)

    def stop(self):
        """SIGTERM, unless it had one, and the exit code 0 that it must end with."""
        self.client.close()  # it would not notice that the hub is done with it
        if not self.is_terminated:
            self.terminate()
        code = self._wait()
        assert code == 0, f"campanad ended with {code}: {self.errors()}"

    def kill(self):
        """kill -9: no chance to write anything."""
        self.process.kill()
        self._wait()

    def _wait(self):
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"campanad did not end in {DEADLINE} s: {self.errors()}") from None
        finally:
            self.client.close()
            self._log_file.close()

    def publish(self, group, data=None, type="message", **headers):
        """One event by `POST /publish`; the answer's body."""
        body = {"group": group, "type": type, "data": data}
        answer = self.client.post("/publish", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def publish_many(self, group, values):
        """One event per value, by one NDJSON batch; the answers in order."""
        lines = "".join(json.dumps(value) + "\n" for value in values)
        answer = self.client.post(
            f"/publish/{group}", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert answer.status_code == 201, answer.text
        return answer.json()["results"]
