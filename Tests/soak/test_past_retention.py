"""Readers that sleep past retention: each hole in what they get is said by a gap, at its place."""

import json
import random
import socket
import threading

import pytest

import sizes
from support.consumer import Consumer, is_event, position
from support.waiting import DEADLINE
from writers import PACE

GROUPS = ["soak:past:a", "soak:past:b"]
KEPT = 2_000
BATCH = 100
FILLER = "x" * 500
END = "end"


def narrow_socket(port):
    """Small buffers, so that the hub soon sees that nobody reads."""
    one = socket.socket()
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    return one


def websocket(port):
    """The frames of a WebSocket."""
    with Consumer(f"ws://127.0.0.1:{port}/ws?groups={','.join(GROUPS)}&since=earliest",
                  sock=narrow_socket(port), max_queue=1) as one:
        while True:
            yield one.next()


def ndjson(port):
    """The lines of a stream."""
    with narrow_socket(port) as one:
        one.sendall(f"GET /stream?groups={','.join(GROUPS)}&since=earliest HTTP/1.1\r\nHost: hub\r\n"
                    "Accept: application/x-ndjson\r\n\r\n".encode())
        with one.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"{"):
                    yield json.loads(line)


class Sleeper(threading.Thread):
    """Reads some, sleeps some, up to the last event; holds what comes to the rules as it comes."""

    def __init__(self, frames, seed):
        super().__init__(daemon=True)
        self._frames, self._dice = frames, random.Random(seed)
        self.seen = {group: (0, 0) for group in GROUPS}  # the last `seq` and position of each
        self.ends, self.gaps, self.lost, self.count, self.fault = set(), {}, 0, 0, None

    def run(self):
        until_sleep = 0
        try:
            while self.ends != set(GROUPS):
                self._take(next(self._frames))
                until_sleep -= 1
                if until_sleep < 0 and not self.ends:
                    until_sleep = self._dice.randrange(5_000)
                    PACE.wait(self._dice.uniform(0, 2))
        except Exception as fault:  # told by the test: a thread's own end tells nobody
            self.fault = fault
        finally:
            self._frames.close()

    def _take(self, frame):
        if frame["type"] == "gap":
            assert position(frame["from"]) <= position(frame["to"]), frame
            self.gaps.setdefault(frame["group"], []).append(frame)
        elif is_event(frame):
            self._event(frame)
        assert frame["type"] != "error", frame

    def _event(self, event):
        group, place = event["group"], position(event["cursor"])
        seq, before = self.seen[group]
        gaps = self.gaps.pop(group, [])
        hole = event["seq"] - seq - 1
        assert hole >= 0 and place > max(last for _, last in self.seen.values()), f"{event} after {self.seen}"
        assert hole <= sum(gap["lost_at_most"] for gap in gaps), (
            f"{group}: seq {event['seq']} after {seq}, and the gaps said between them are {gaps}")
        for gap in gaps:
            assert before <= position(gap["to"]) <= place, f"{group}: {gap} between {before} and {place}"
        self.seen[group] = event["seq"], place
        self.lost, self.count = self.lost + hole, self.count + 1
        if event["data"] == END:
            self.ends.add(group)


@pytest.mark.parametrize("kind", [websocket, ndjson])
def test_each_hole_is_said(start_hub, port, dice, report, kind):
    hub = start_hub("--queue-bytes", "64KiB", "--retain-events", str(KEPT))
    sleepers = [Sleeper(kind(port), dice.random()) for _ in range(sizes.SLEEPERS)]
    for sleeper in sleepers:
        sleeper.start()
    over = threading.Event()
    timer = threading.Timer(sizes.PAST_SECONDS, over.set)
    timer.start()
    count = 0
    while not over.is_set():
        hub.publish_many(GROUPS[dice.randrange(2)], [[i, FILLER] for i in range(count, count + BATCH)])
        count += BATCH
        PACE.wait(dice.uniform(0, 0.05))
    for group in GROUPS:
        hub.publish(group, END)
    for number, sleeper in enumerate(sleepers):
        sleeper.join(2 * DEADLINE)
        assert sleeper.fault is None, f"reader {number}: {sleeper.fault!r}"
        assert not sleeper.is_alive(), f"reader {number} is at {sleeper.seen}"
        assert sleeper.count + sleeper.lost == count + len(GROUPS), f"reader {number}"
    report(f"{count} events, {KEPT} kept; lost to readers that slept: {[sleeper.lost for sleeper in sleepers]}")
    hub.stop()
