"""Writers that never stop by themselves, and the log that must have what they were told."""

import http.client
import json
import random
import threading

from support.consumer import epoch
from support.streams import poll
from support.waiting import DEADLINE

PACE = threading.Event()  # never set: waiting for it is a client's pause


class Writer(threading.Thread):
    """Publishes `[name, number]` with growing numbers, one after the other, until it is stopped.

    With a key it sends each until it is answered, and now and then one that was answered before.
    Without one it goes on to the next, and what was under way is `unanswered`.
    """

    def __init__(self, port, group, name, is_keyed=True, pause=0.0):
        super().__init__(daemon=True)
        self.group, self.name_on_wire, self.is_keyed, self.pause = group, name, is_keyed, pause
        self.answered, self.unanswered, self.replayed, self.fault = [], 0, 0, None
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        self._dice = random.Random(name)
        self._stopping = threading.Event()

    def run(self):
        number = 0
        try:
            while not self._stopping.is_set():
                self._write(number)
                number += 1
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

    def _write(self, number):
        while (answer := self._attempt(number)) is None:
            if not self.is_keyed:
                return
        self.answered.append((number, answer["seq"], answer["cursor"]))

    def _repeat(self):
        """Sends again what was answered: the same answer must come."""
        number, seq, cursor = self._dice.choice(self.answered)
        while (answer := self._attempt(number)) is None:
            pass
        assert (answer["seq"], answer["cursor"]) == (seq, cursor), (
            f"writer {self.name_on_wire}: number {number} was answered with seq {seq}, its repetition with {answer}")

    def _attempt(self, number):
        """The answer, or `None` when there was none."""
        body = json.dumps({"group": self.group, "type": "n", "data": [self.name_on_wire, number]})
        headers = {"Content-Type": "application/json"}
        if self.is_keyed:
            headers["Idempotency-Key"] = f"{self.name_on_wire}-{number}"
        self._connect()
        try:
            self._connection.request("POST", "/publish", body, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self.unanswered += 1
            return None
        if answer.status == 503:
            self.unanswered += 1
            PACE.wait(0.01)
            return None
        assert answer.status == 201, (answer.status, content)
        self.replayed += answer.headers.get("Idempotency-Replayed") == "true"
        return json.loads(content)

    def _connect(self):
        while self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError:
                self._connection.close()
                PACE.wait(0.01)  # the hub is away


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
