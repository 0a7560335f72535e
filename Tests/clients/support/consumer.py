"""A consumer over the `websockets` library: frames in, as Python objects."""

import json

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.waiting import DEADLINE

CONTROL = {
    "welcome", "subscribed", "unsubscribed", "caught_up", "gap", "bookmark", "lag", "published", "pong",
    "goodbye", "error", "marked_read", "initial_notifications", "auth_expiring", "authenticated",
}


def is_event(frame):
    """Whether a frame is an event of the log, and not the hub's own word."""
    return "seq" in frame and frame["type"] not in CONTROL


class Consumer:
    """One WebSocket to the hub; reads one frame at a time, and remembers all."""

    def __init__(self, url, **options):
        options.setdefault("max_size", None)
        self._context = connect(
            url, proxy=None, ping_interval=None, open_timeout=DEADLINE, close_timeout=DEADLINE, **options)
        self.connection = self._context.__enter__()
        self.frames = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._context.__exit__(None, None, None)

    def send(self, message=None, **members):
        self.connection.send(json.dumps(members) if message is None else message)

    def next(self, timeout=DEADLINE):
        """The next frame, whatever it is."""
        text = self.connection.recv(timeout)
        assert isinstance(text, str), "the hub sends text frames alone"
        self.frames.append(json.loads(text))
        return self.frames[-1]

    def until(self, *types):
        """The next frame of one of the types; an `error` that was not asked for fails."""
        while True:
            frame = self.next()
            if frame["type"] in types:
                return frame
            assert frame["type"] != "error", frame

    def ask(self, answer, **members):
        """Sends a message; the next frame of the type `answer`."""
        self.send(**members)
        return self.until(answer)

    def subscribe(self, *groups, **members):
        return self.ask("subscribed", type="subscribe", groups=list(groups), **members)

    def events(self, count):
        """The next `count` events, the hub's own frames left out."""
        events = []
        while len(events) < count:
            frame = self.next()
            if is_event(frame):
                events.append(frame)
            assert frame["type"] != "error", frame
        return events

    def sync(self):
        """Everything that the hub sent before it answered a ping of ours; the events among it."""
        seen = len(self.frames)
        self.ask("pong", type="ping")
        return [frame for frame in self.frames[seen:] if is_event(frame)]

    def closed(self):
        """Reads to the end of the connection: the close code and the reason."""
        try:
            while True:
                self.next()
        except ConnectionClosed:
            return self.connection.close_code, self.connection.close_reason


def data(events):
    return [event["data"] for event in events]


def assert_contiguous(events, first=1):
    """`seq` of one group without hole and without double, and cursors that differ."""
    assert [event["seq"] for event in events] == list(range(first, first + len(events)))
    assert len({event["cursor"] for event in events}) == len(events)


def epoch(cursor):
    return cursor.rsplit("-", 1)[0]


def position(cursor):
    return int(cursor.rsplit("-", 1)[1])
