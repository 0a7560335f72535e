"""Four readers of the four kinds, each cut at random, end with identical lists."""

import random
import threading

import httpx
from websockets.exceptions import ConnectionClosed

import sizes
from support.consumer import Consumer, is_event
from support.proxy import Proxy
from support.streams import Stream, poll
from support.waiting import DEADLINE
from writers import PACE

GROUP = "soak:streams"
BATCH = 20
END = "end"
CUT = (httpx.TransportError, ConnectionClosed, EOFError, OSError, StopIteration)


class Reader(threading.Thread):
    """Reads until the last event, and comes back after each cut with the cursor that it has."""

    def __init__(self, read, hub_port, since, seed):
        super().__init__(daemon=True)
        self._read, self._port, self._dice = read, hub_port, random.Random(seed)
        self._stopping = threading.Event()
        self.cursor, self.events, self.turns, self.fault = since, [], 0, None

    def run(self):
        # Cut by the clock, and mid-frame by the byte.
        with Proxy(self._port, cut_after=lambda: self._dice.randrange(500, 200_000)) as proxy:
            cutter = threading.Thread(target=self._cut, args=(proxy,), daemon=True)
            cutter.start()
            try:
                while not self.is_done():
                    self.turns += 1
                    try:
                        self._read(self, proxy.url)
                    except CUT:
                        pass  # what the proxy is for; the next turn resumes
            except Exception as fault:  # told by the test: a thread's own end tells nobody
                self.fault = fault
            self._stopping.set()
            cutter.join()

    def _cut(self, proxy):
        dice = random.Random(self._dice.random())
        while not self._stopping.wait(dice.uniform(0.05, 3)):
            proxy.cut()

    def is_done(self):
        return bool(self.events) and self.events[-1]["data"] == END

    def take(self, frame):
        assert frame["type"] not in ("gap", "error"), frame
        assert frame.get("resume", "complete") in ("complete", "live"), frame
        if is_event(frame):
            self.events.append(frame)
        if is_event(frame) or frame["type"] == "bookmark":
            self.cursor = frame["cursor"]


def websocket(reader, url):
    with Consumer(url.replace("http", "ws") + f"/stream?groups={GROUP}&since={reader.cursor}") as one:
        while not reader.is_done():
            reader.take(one.next())


def ndjson(reader, url):
    with Stream(url, "ndjson", groups=GROUP, since=reader.cursor) as stream:
        while not reader.is_done():
            reader.take(stream.next())


def sse(reader, url):
    """As browsers do: the `id` of the last event comes back, and wins over the query."""
    with Stream(url, "sse", groups=GROUP, since="earliest", headers={"Last-Event-ID": reader.cursor}) as stream:
        while not reader.is_done():
            reader.take(stream.next())
            reader.cursor = stream.ids[-1] or reader.cursor


def long_poll(reader, url):
    while not reader.is_done():
        page = poll(url, reader.cursor, GROUP, "25s")
        assert page["resume"] in ("complete", "live"), page
        reader.events += page["events"]
        reader.cursor = page["cursor"]


def test_four_kinds_end_with_identical_lists(start_hub, dice, report):
    hub = start_hub()
    since = hub.publish("elsewhere")["cursor"]
    readers = {read.__name__: Reader(read, hub.port, since, dice.random())
               for read in (websocket, sse, ndjson, long_poll)}
    for reader in readers.values():
        reader.start()
    stop = threading.Timer(sizes.STREAM_SECONDS, lambda: None)
    stop.start()
    count = 0
    while stop.is_alive():
        hub.publish_many(GROUP, [[i, "x" * dice.randrange(400)] for i in range(count, count + BATCH)])
        count += BATCH
        PACE.wait(dice.uniform(0, 0.1))
    hub.publish(GROUP, END)
    for name, reader in readers.items():
        reader.join(2 * DEADLINE)
        assert reader.fault is None, f"{name}: {reader.fault!r}"
        assert not reader.is_alive(), f"{name} has {len(reader.events)} of {count + 1} events after {reader.turns} turns"
    for name, reader in readers.items():
        for place, event in enumerate(reader.events):
            assert event["seq"] == place + 1, f"{name}: seq {event['seq']} after {place}"
            same = readers["websocket"].events[place]
            assert event == same, f"{name}: seq {place + 1} is {event}; the WebSocket got {same}"
        assert len(reader.events) == count + 1, f"{name}: {len(reader.events)} of {count + 1}"
    turns = ", ".join(f"{name} {reader.turns}" for name, reader in readers.items())
    report(f"{count + 1} events, the same for all four; connections: {turns}")
    hub.stop()
