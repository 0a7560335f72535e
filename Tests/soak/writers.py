"""Writers that never stop by themselves, and the log that must have what they were told."""

import http.client
import json
import random
import threading

from websockets.exceptions import WebSocketException

from support.consumer import Consumer, epoch
from support.streams import poll
from support.waiting import DEADLINE

PACE = threading.Event()  # never set: waiting for it is a client's pause


class Writer(threading.Thread):
    """Publishes `[name, number]` with growing numbers, one after the other, until it is stopped.

    With a key it sends each until it is answered, and now and then one that was answered before.
    Without one it goes on to the next, and what was under way is `unanswered`.
    """

    is_keyed = True
    size = 1  # events of one write

    def __init__(self, port, group, name, pause=0.0):
        super().__init__(daemon=True)
        self.port, self.group, self.name_on_wire, self.pause = port, group, name, pause
        self.answered, self.unanswered, self.replayed, self.fault = [], 0, 0, None
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        self._dice = random.Random(name)
        self._stopping = threading.Event()

    def run(self):
        first = 0
        try:
            while not self._stopping.is_set():
                self._write(first)
                first += self.size
                if self.is_keyed and self._dice.random() < 0.02:
                    self._repeat()
                PACE.wait(self.pause)
        except Exception as fault:  # told by `finish`: a thread's own end tells nobody
            self.fault = fault

    def finish(self):
        """Ends it after the write under way."""
        self._stopping.set()
        self.join(DEADLINE)
        assert not self.is_alive(), f"writer {self.name_on_wire} got no answer within {DEADLINE} s"
        if self.fault:
            raise self.fault

    def _write(self, first):
        while (places := self._attempt(first)) is None:
            if not self.is_keyed:
                return
        self.answered += [(first + i, place["seq"], place["cursor"]) for i, place in enumerate(places)]

    def _repeat(self):
        """Sends again what was answered: the same answer must come."""
        at = self._dice.randrange(len(self.answered) // self.size) * self.size
        before = self.answered[at:at + self.size]
        while (places := self._attempt(before[0][0])) is None:
            pass
        assert [(place["seq"], place["cursor"]) for place in places] == [told[1:] for told in before], (
            f"writer {self.name_on_wire} was answered with {before}, and its repetition with {places}")

    def _key(self, first):
        return f"{self.name_on_wire}-{first}"

    def _attempt(self, first):
        """Where the events are, or `None` when no answer came."""
        path, body = self._request(first)
        headers = {"Content-Type": "application/x-ndjson" if self.size > 1 else "application/json"}
        if self.is_keyed:
            headers["Idempotency-Key"] = self._key(first)
        self._connect()
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self.unanswered += self.size
            return None
        if answer.status == 503:
            self.unanswered += self.size
            PACE.wait(0.01)
            return None
        assert answer.status == 201, (answer.status, content)
        self.replayed += answer.headers.get("Idempotency-Replayed") == "true"
        return self._places(json.loads(content))

    def _request(self, number):
        return "/publish", json.dumps({"group": self.group, "type": "n", "data": [self.name_on_wire, number]})

    def _places(self, answer):
        return [answer]

    def _connect(self):
        while self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError:
                self._connection.close()
                PACE.wait(0.01)  # the hub is away


class CarelessWriter(Writer):
    """Has no key, and does not ask what became of a write."""

    is_keyed = False


class BatchWriter(Writer):
    """Publishes batches that are written whole or not at all."""

    size = 5

    def _request(self, first):
        lines = [json.dumps([self.name_on_wire, number]) for number in range(first, first + self.size)]
        return f"/publish/{self.group}?atomic=1", "\n".join(lines)

    def _places(self, answer):
        return answer["results"]


class WebSocketWriter(Writer):
    """Publishes over a WebSocket, with a `key`."""

    _socket = None

    def _attempt(self, number):
        try:
            if self._socket is None:
                self._socket = Consumer(f"ws://127.0.0.1:{self.port}/ws")
            return [self._socket.ask(
                "published", type="publish", group=self.group, event="n", data=[self.name_on_wire, number],
                key=self._key(number))]
        except (OSError, EOFError, TimeoutError, WebSocketException):
            self._socket = None
            self.unanswered += 1
            PACE.wait(0.01)
            return None


class Log:
    """One group, read on from where it was read last, and held against what writers were told."""

    def __init__(self, group, since):
        self.group, self.cursor, self.seq = group, since, 0
        self.epoch = epoch(since)
        self.written = {}
        self._checked = {}

    def read_on(self, hub):
        """Reads what is new: `seq` without a hole, the same epoch, each write once."""
        while True:
            page = poll(hub.url, self.cursor, self.group)
            assert page["resume"] in ("complete", "live"), f"after seq {self.seq}, {self.cursor}: {page['resume']}"
            for event in page["events"]:
                self._take(event)
            self.cursor = page["cursor"]
            if page["up_to_date"]:
                return

    def _take(self, event):
        assert event["seq"] == self.seq + 1, f"seq {event['seq']} after {self.seq}"
        assert epoch(event["cursor"]) == self.epoch, f"seq {event['seq']} has another epoch: {event['cursor']}"
        name, number = event["data"]
        before = self.written.setdefault((name, number), (event["seq"], event["cursor"]))
        assert before[0] == event["seq"], f"writer {name}'s number {number} has seq {before[0]} and {event['seq']}"
        self.seq = event["seq"]

    def check(self, hub, writers):
        """Whatever a writer was told before now must be there, as it was told."""
        told = [(writer, len(writer.answered)) for writer in writers]
        self.read_on(hub)
        for writer, count in told:
            name = writer.name_on_wire
            for number, seq, cursor in writer.answered[self._checked.get(name, 0):count]:
                found = self.written.get((name, number))
                assert found == (seq, cursor), (
                    f"writer {name}'s number {number} was answered with seq {seq}, cursor {cursor}; the log has {found}")
            self._checked[name] = count
