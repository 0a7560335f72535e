"""`campana tail` through a proxy that cuts it, and killed again and again: each event, in order."""

import json
import random
import subprocess
import threading

import pytest

import sizes
from support.hub import CAMPANA, plain_environment
from support.proxy import Proxy
from support.waiting import DEADLINE, eventually
from writers import PACE

GROUP = "soak:tail"
BATCH = 100


class Tail:
    """A `campana tail` whose output goes to a file, which outlives it."""

    def __init__(self, url, directory, number=0):
        self._path = directory / f"printed.{number}"
        self._errors = directory / f"errors.{number}"
        with self._path.open("wb") as printed, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [CAMPANA, "tail", GROUP, "--since", "earliest", "--state", directory / "state", "--url", url],
                env=plain_environment(), stdin=subprocess.DEVNULL, stdout=printed, stderr=errors)

    def last(self):
        """The data of the last whole line."""
        with self._path.open("rb") as printed:
            printed.seek(max(0, self._path.stat().st_size - 1000))
            lines = printed.read().split(b"\n")[:-1]
        return json.loads(lines[-1])["data"] if lines else None

    def lines(self):
        """The whole lines; of a line that `kill -9` cut in two the tail knows that it was not stored."""
        return [json.loads(line) for line in self._path.read_bytes().split(b"\n")[:-1]]

    def said(self):
        return self._errors.read_text(errors="replace")[-2000:]

    def kill(self):
        self.process.kill()
        self.process.wait()


class Publisher(threading.Thread):
    """All events, spread over the time of the test."""

    def __init__(self, hub):
        super().__init__(daemon=True)
        self._hub = hub
        self.published = 0

    def run(self):
        pause = sizes.TAIL_SECONDS * BATCH / sizes.TAIL_EVENTS
        for first in range(0, sizes.TAIL_EVENTS, BATCH):
            self._hub.publish_many(GROUP, range(first, first + BATCH))
            self.published = first + BATCH
            PACE.wait(pause)


@pytest.fixture
def publisher(start_hub):
    hub = start_hub()
    thread = Publisher(hub)
    thread.start()
    yield thread
    thread.join(DEADLINE)
    assert thread.published == sizes.TAIL_EVENTS
    hub.stop()


def first_difference(events):
    """The first place at which the list is not 0, 1, 2, … with `seq` 1, 2, 3, …"""
    for place, event in enumerate(events):
        if (event["data"], event["seq"]) != (place, place + 1):
            return f"line {place + 1} has seq {event['seq']} and data {event['data']}, not seq {place + 1}"
    return None if len(events) == sizes.TAIL_EVENTS else f"{len(events)} of {sizes.TAIL_EVENTS} events"


class Cutter(threading.Thread):
    """Cuts what passes through a proxy, each time after 0.1 to 3 seconds."""

    def __init__(self, proxy, seed):
        super().__init__(daemon=True)
        self._proxy, self._dice, self._stopping = proxy, random.Random(seed), threading.Event()
        self.cuts = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self.join(DEADLINE)

    def run(self):
        while not self._stopping.wait(self._dice.uniform(0.1, 3)):
            self._proxy.cut()
            self.cuts += 1


def test_cut_again_and_again_each_event_comes_once(publisher, port, tmp_path, dice, report):
    with Proxy(port) as proxy, Cutter(proxy, dice.random()) as cutter:
        tail = Tail(proxy.url, tmp_path)
        try:
            publisher.join()
            eventually(lambda: tail.last() == sizes.TAIL_EVENTS - 1 or tail.process.poll() is not None,
                       "all is printed", deadline=120)
        finally:
            tail.kill()
    assert first_difference(tail.lines()) is None, f"{first_difference(tail.lines())}; it said: {tail.said()}"
    report(f"{sizes.TAIL_EVENTS} events in order through {cutter.cuts} cuts, {proxy.connections} connections")


def test_killed_again_and_again_it_loses_nothing(publisher, port, tmp_path, dice, report):
    tails, last = [], None
    with Proxy(port) as proxy, Cutter(proxy, dice.random()):
        while last != sizes.TAIL_EVENTS - 1:
            tails.append(Tail(proxy.url, tmp_path, number=len(tails)))
            PACE.wait(dice.uniform(0.1, 3))
            tails[-1].kill()
            last = tails[-1].last() if tails[-1].last() is not None else last
    events = [event for tail in tails for event in tail.lines()]
    seen = -1
    for event in events:
        assert event["data"] <= seen + 1, f"seq {event['seq']} was printed after {seen + 1}"
        seen = event["data"] if event["data"] > seen else seen
    assert seen == sizes.TAIL_EVENTS - 1
    report(f"killed {len(tails)} times: {sizes.TAIL_EVENTS} events, {len(events) - sizes.TAIL_EVENTS} printed again")
