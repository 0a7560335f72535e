"""Seed 002's automatic start: `make demo` as a newcomer tries it, without the building."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from support.hub import CAMPANA, CAMPANAD, ROOT, Lines, plain_environment
from support.waiting import DEADLINE, eventually

DEMO = ROOT / "Scripts/demo"
URL = re.compile(r"http://127\.0\.0\.1:(\d+)")


def environment(tmp_path, **extra):
    return plain_environment(CAMPANAD=CAMPANAD, CAMPANA=CAMPANA, LOGS=str(tmp_path / "logs"), TMPDIR=str(tmp_path)) | extra


def group_is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def member(group, name):
    """The process of a group that runs a program of that name."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = path.read_text().split(" (", 1)
        except OSError:
            continue  # it has ended meanwhile
        command, fields = rest.rsplit(") ", 1)
        if command == name and int(fields.split()[2]) == group:
            return int(pid)
    raise AssertionError(f"no {name} in group {group}")


@pytest.fixture
def demo(tmp_path):
    """Starts the demo in a process group of its own; its lines. Whatever is left of it is killed."""
    started = []

    def start():
        process = subprocess.Popen(
            [DEMO], env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True)
        started.append(process)
        return process, Lines(process.stdout)

    yield start
    for process in started:
        if not group_is_gone(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def works(lines):
    """Reads on until the demo says so; the hub's address."""
    place = URL.search(lines.until(lambda line: "📍" in line))[0]
    assert "🎯" in lines.next() and "📝" in lines.next()
    told = lines.until(lambda line: "👂" in line)
    assert "task_created" in told and "Prueba WebSocket" in told
    assert "✅" in lines.next()
    return place


class TestDemo:
    @pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
    def test_a_hub_a_consumer_and_a_first_task_until_control_c(self, demo, tmp_path, by):
        process, lines = demo()
        place = works(lines)
        lines.until(lambda line: line.startswith("Control-C"))
        httpx.post(place + "/tasks", json={"title": "otra"}, timeout=DEADLINE, trust_env=False)
        assert "otra" in lines.until(lambda line: "👂" in line)
        os.killpg(process.pid, by) if by == signal.SIGINT else process.send_signal(by)  # as a terminal does it
        assert "drained and ended" in lines.until(lambda line: "ended" in line)
        assert process.wait(DEADLINE) == 0
        eventually(lambda: group_is_gone(process.pid), "no process is left")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["logs"]
        assert "hub stopped" in (tmp_path / "logs/campanad.log").read_text()
        assert "otra" in (tmp_path / "logs/consumer.log").read_text()
        assert not any("\x1b" in line for line in lines.seen)

    def test_on_other_ports_where_the_usual_ones_are_taken(self, demo):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", 8765))
                taken.listen()
            except OSError:
                pass  # whoever has it does as well
            process, lines = demo()
            assert ":8001" not in works(lines)
            process.send_signal(signal.SIGINT)
            assert process.wait(DEADLINE) == 0

    def test_a_hub_that_ends_by_itself_ends_the_demo(self, demo):
        process, lines = demo()
        works(lines)
        os.kill(member(process.pid, "campanad"), signal.SIGKILL)
        lines.until(lambda line: line.startswith("demo: the hub has ended"))
        assert process.wait(DEADLINE) == 1
        eventually(lambda: group_is_gone(process.pid), "no process is left")

    def test_what_was_not_built_is_named(self, tmp_path):
        done = subprocess.run([DEMO], env=environment(tmp_path, CAMPANAD=str(tmp_path / "none")), capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 1
        assert "run 'make build' first" in done.stderr

    def test_colours_on_a_terminal_alone(self, tmp_path):
        master, slave = pty.openpty()
        env = environment(tmp_path, TERM="xterm")
        del env["NO_COLOR"]
        process = subprocess.Popen([DEMO], env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        seen, end = b"", time.monotonic() + DEADLINE
        try:
            while b"Control-C" not in seen:
                assert select.select([master], [], [], max(0, end - time.monotonic()))[0], seen
                seen += os.read(master, 4096)
            assert b"\x1b[1m" in seen and b"\x1b[32m" in seen
            process.send_signal(signal.SIGINT)
            assert process.wait(DEADLINE) == 0  # what it still says fits into the terminal's buffer
        finally:
            if not group_is_gone(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(master)
        assert "\x1b" not in (tmp_path / "logs/consumer.log").read_text()
