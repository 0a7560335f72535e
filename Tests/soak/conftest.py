"""Fixtures: hubs that come back on the port that they had, and figures for the end of the run."""

import random
import socket

import pytest

import sizes
from support.hub import Hub
from swarm import Swarm

_figures = []


def pytest_terminal_summary(terminalreporter):
    if _figures:
        terminalreporter.section("measured")
    for name, figure in _figures:
        terminalreporter.write_line(f"{name}: {figure}")


@pytest.fixture
def report(request):
    """Keeps a figure of the test; all are printed at the end of the run."""
    return lambda figure: _figures.append((request.node.name, figure))


@pytest.fixture
def dice(request):
    """Random numbers of the test's own, the same in each run with the same seed."""
    return random.Random(f"{request.node.name} {sizes.SEED}")


@pytest.fixture
def port():
    """A port for a hub that comes and goes.

    It lies below the range from which the kernel picks ports for clients: a client that tries to
    connect while the hub is away could get the hub's own port otherwise.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range") as limits:
        lowest = int(limits.read().split()[0])
    while True:
        candidate = random.randrange(max(1024, lowest // 2), lowest)
        try:
            socket.create_server(("127.0.0.1", candidate)).close()
        except OSError:
            continue  # somebody has it
        return candidate


@pytest.fixture
def start_hub(tmp_path, port):
    """Starts hubs one after the other, on the same data and port; whatever still runs is killed."""
    hubs = []

    def start(*flags):
        hubs.append(Hub(tmp_path / "data", *flags, listen=(f"127.0.0.1:{port}",)))
        return hubs[-1]

    yield start
    for hub in hubs:
        if hub.process.poll() is None:
            hub.kill()


@pytest.fixture
def swarm(port):
    """Opens swarms of consumers of the hub; ends them."""
    opened = []

    def open(group, **options):
        opened.append(Swarm(port, group, **options))
        return opened[-1]

    yield open
    for one in opened:
        one.end()
