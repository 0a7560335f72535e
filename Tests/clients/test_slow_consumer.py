"""A reader that stops: bounded memory, nothing lost, nobody else slowed (WIRE §4)."""

import json
import socket

import pytest

from support.consumer import Consumer, assert_contiguous, data, is_event, position

HUB_FLAGS = ("--queue-bytes", "64KiB")

FILLER = "x" * 1000
EVENTS = 10_000  # 10 MB: far past the queue and whatever the kernel's buffers hold


def small_socket(hub):
    """A connection whose kernel buffer is small, so that the hub soon sees that nobody reads."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", hub.port))
    return one


class Sleeper(Consumer):
    """A consumer that reads only when it is asked to; nothing is compressed, so that bytes pile up."""

    def __init__(self, hub, query):
        super().__init__(
            f"{hub.ws_url}/ws?{query}", sock=small_socket(hub), max_queue=1, compression=None)

    def close(self):
        self.connection.close_socket()  # a closing handshake would wait behind all that it has not read


def flood(hub, group):
    for first in range(0, EVENTS, 500):
        hub.publish_many(group, [[i, FILLER] for i in range(first, first + 500)])


def resident(hub):
    """The daemon's resident memory, in bytes."""
    with open(f"/proc/{hub.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.fixture
def sleeper(hub, group):
    """A consumer that has subscribed and does not read on until it is asked to."""
    with Sleeper(hub, f"groups={group}") as one:
        one.until("subscribed")
        yield one


def test_a_reader_that_wakes_gets_everything_in_order(hub, group, sleeper):
    flood(hub, group)
    events = sleeper.events(EVENTS)
    assert [value[0] for value in data(events)] == list(range(EVENTS))
    assert_contiguous(events)
    types = [frame["type"] for frame in sleeper.frames]
    if types[-1] != "caught_up" and "lag" in types:
        sleeper.until("caught_up")
    assert "lag" in [frame["type"] for frame in sleeper.frames]
    hub.publish(group, ["después", ""])
    assert data(sleeper.events(1)) == [["después", ""]]


def test_a_reader_that_began_now_gets_nothing_from_before(hub, group):
    hub.publish_many(group, [["antes", ""]] * 50)
    with Sleeper(hub, f"groups={group}&since=now") as one:
        first = position(one.until("subscribed")["cursor"])
        flood(hub, group)
        events = []
        while not events or events[-1]["data"][0] != EVENTS - 1:
            events += one.events(1)
        assert_contiguous(events, first=events[0]["seq"])
        assert all(position(event["cursor"]) > first for event in events)
        assert len(events) <= EVENTS + 50


def test_one_that_catches_up_and_one_that_falls_behind_share_a_connection(hub, group, sleeper):
    past, first = f"{group}.past", EVENTS // 2
    for start in range(0, 5000, 500):
        hub.publish_many(past, [[i, FILLER] for i in range(start, start + 500)])
    for start in range(0, first, 500):
        hub.publish_many(group, [[i, FILLER] for i in range(start, start + 500)])
    sleeper.send(type="subscribe", groups=[past], since="earliest")
    for start in range(first, EVENTS, 500):
        hub.publish_many(group, [[i, FILLER] for i in range(start, start + 500)])
    events = sleeper.events(EVENTS + 5000)
    for name, count in ((group, EVENTS), (past, 5000)):
        own = [event for event in events if event["group"] == name]
        assert [value[0] for value in data(own)] == list(range(count))
        assert_contiguous(own)
    assert sleeper.sync() == []


def test_a_reader_that_reads_is_not_held_up(hub, consumer, group, sleeper):
    reader = consumer(f"/ws?groups={group}")
    reader.until("subscribed")
    for first in range(0, EVENTS, 20):  # 20 KB at a time: below the queue's size
        hub.publish_many(group, [[i, FILLER] for i in range(first, first + 20)])
        assert [value[0] for value in data(reader.events(20))] == list(range(first, first + 20))
    assert not [frame for frame in reader.frames if frame["type"] == "lag"]


def test_memory_is_bounded_by_the_queue(hub, group):
    sleepers = []
    for _ in range(20):
        sleepers.append(Sleeper(hub, f"groups={group}"))
        sleepers[-1].until("subscribed")
    hub.publish_many(group + ".warm", [FILLER] * 500)
    before = resident(hub)
    flood(hub, group)
    grown = resident(hub) - before
    for one in sleepers:
        one.close()
    # 20 readers that hold all that they missed would be 200 MB.
    assert grown < 100 * 1024 * 1024, f"grew by {grown} bytes"


def test_a_sleeping_stream_gets_everything_too(hub, group):
    with small_socket(hub) as raw:
        raw.sendall(f"GET /stream?groups={group}&since=earliest HTTP/1.1\r\nHost: hub\r\n"
                    "Accept: application/x-ndjson\r\n\r\n".encode())
        assert b"200" in raw.recv(12)
        flood(hub, group)
        expected = 0
        with raw.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"{") and is_event(frame := json.loads(line)):
                    assert frame["data"][0] == expected
                    expected += 1
                    if expected == EVENTS:
                        break
    assert expected == EVENTS


def test_on_slow_disconnect(start_hub, group):
    hub = start_hub("--queue-bytes", "64KiB", "--on-slow", "disconnect")
    with Sleeper(hub, f"groups={group}") as one:
        one.until("subscribed")
        flood(hub, group)
        code, _ = one.closed()
        assert code in (1006, 1008, 1013)
        received = [frame for frame in one.frames if is_event(frame)]
        assert_contiguous(received)
        assert len(received) < EVENTS
    hub.stop()


def test_a_frame_that_the_kernel_takes_in_part_is_sent_once(start_hub):
    # Events come one at a time, to a consumer for whom nothing waits: each is sent at once. One of them is the
    # first that the kernel's buffers have no room for, and what they do not take must follow it, and nothing twice.
    hub = start_hub("--queue-bytes", "64MiB", "--max-event-bytes", "1MiB")
    filler = "x" * 250_000
    with Sleeper(hub, "groups=trozos") as one:
        one.until("subscribed")
        for number in range(60):
            hub.publish("trozos", [number, filler])
        events = one.events(60)
        hub.publish("trozos", ["final", ""])
        assert [value[0] for value in data(events + one.events(1))] == [*range(60), "final"]
        assert all(value[1] == filler for value in data(events))
        assert_contiguous(events)
        assert "lag" not in [frame["type"] for frame in one.frames]
