"""What a consumer costs that only listens."""

import resource
import socket

import pytest

from support.raw import frame, upgrade
from support.waiting import DEADLINE

CONNECTIONS = 10_000


@pytest.fixture
def many_descriptors():
    """Room for as many sockets as the test opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < CONNECTIONS + 500:
        pytest.skip(f"only {hard} descriptors may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + 500, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def resident(hub):
    """The daemon's resident memory, in bytes."""
    with open(f"/proc/{hub.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def crowd(hub, count, path):
    """Consumers that have had their answer and a pong, so that the hub has nothing left to do for them."""
    sockets = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", hub.port), DEADLINE)
        one.sendall(upgrade(path).encode() + frame(1, b'{"type":"ping"}'))
        sockets.append(one)
        if len(sockets) % 100 == 0:
            for waiting in sockets[-100:]:
                answer = b""
                while b'"pong"' not in answer:
                    answer += waiting.recv(4096)
    return sockets


def test_10_000_idle_websockets_cost_less_than_1_kib_each(start_hub, many_descriptors):
    hub = start_hub()
    path = "/ws?groups=tasks"
    sockets = crowd(hub, 500, path)  # the first ones pay for what all share
    before = resident(hub)
    sockets += crowd(hub, CONNECTIONS - 500, path)
    each = (resident(hub) - before) / (CONNECTIONS - 500)
    assert hub.client.get("/health").status_code == 200
    for one in sockets:
        one.close()
    hub.stop()
    assert each < 1024, f"{each:.0f} bytes each"
