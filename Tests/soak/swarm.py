"""Thousands of WebSocket consumers of one group, in one process: plain sockets, one epoll.

All must get the same events, byte for byte. The first reader that gets an event reads it as JSON and
writes it into the book; for all others one comparison with the book tells whether theirs is right.
"""

import heapq
import itertools
import json
import multiprocessing
import random
import resource
import select
import socket
import time

from support.consumer import is_event
from support.raw import frame, upgrade

# How long the readers may be without any progress before that is a fault.
PATIENCE = 120.0
OPENING_AT_ONCE = 200


class Swarm:
    """The readers, seen from the test: a process that answers questions."""

    def __init__(self, port, group, since="now", narrow=0, returns=False):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(theirs, port, group, since, narrow, returns), daemon=True)
        self._process.start()
        theirs.close()

    def end(self):
        self._process.kill()
        self._process.join()

    def _ask(self, *question):
        self._pipe.send(question)
        answer = self._pipe.recv()
        if isinstance(answer, Difference):
            raise AssertionError(answer.text)
        return answer

    def open(self, count):
        """Opens `count` readers more; returns when all of them have subscribed."""
        self._ask("open", count)

    def hold(self, count):
        """Stops the first `count` readers: their sockets stay open, and nobody reads from them."""
        self._ask("hold", count)

    def wake(self):
        """Lets all read again."""
        self._ask("wake")

    def reach(self, seq, first=0):
        """Waits until all that are not held, from number `first` on, have every event up to `seq`, in order."""
        self._ask("reach", seq, first)

    def tally(self):
        """What has happened so far."""
        return self._ask("tally")

    def events(self):
        """The book: each event as JSON."""
        return [json.loads(text) for text in self._ask("events")]


class Difference:
    """The first thing that was wrong."""

    def __init__(self, text):
        self.text = text


class _Book:
    """The events of the group, as the first to get each of them got it."""

    def __init__(self):
        self.frames, self.payloads, self.cursors = [], [], []

    def write(self, frame, payload, event):
        self.frames.append(frame)
        self.payloads.append(payload)
        self.cursors.append(event["cursor"])


class _Reader:
    """One consumer: where it is in the book, and its connection."""

    __slots__ = ("crowd", "number", "socket", "rest", "place", "is_open", "is_held", "slot", "is_awaited")

    def __init__(self, crowd, number):
        self.crowd, self.number = crowd, number
        self.socket, self.rest, self.place = None, b"", 0
        self.is_open = self.is_held = self.is_awaited = False
        self.slot = None

    def connect(self):
        """Begins a connection, and sends the handshake without waiting."""
        self.is_open, self.rest, self.slot = False, b"", None
        self.socket = socket.socket()
        if self.number < self.crowd.narrow:
            # As over a network: small buffers, so that the hub soon sees that nobody reads.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            self.socket.connect(("127.0.0.1", self.crowd.port))
            self.socket.sendall(upgrade(self.target()).encode())
        except OSError:
            self.ended()
            return
        self.socket.setblocking(False)
        self.crowd.listen(self)

    def target(self):
        since = self.crowd.book.cursors[self.place - 1] if self.place else self.crowd.since
        return f"/ws?groups={self.crowd.group}&since={since}"

    def ready(self):
        try:
            piece = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self.feed(piece)
        else:
            self.ended()

    def feed(self, piece):
        data = self.rest + piece if self.rest else piece
        offset = 0
        if not self.is_open:
            offset = self.handshake(data)
            if not offset:
                self.rest = data
                return
        frames = self.crowd.book.frames
        while self.socket:
            if self.place < len(frames) and data.startswith(frames[self.place], offset):
                offset += len(frames[self.place])
                self.place += 1
                continue
            start, end = _bounds(data, offset)
            if end is None or end > len(data):
                break
            self.other(data[offset:end], data[start:end])
            offset = end
        self.rest = data[offset:]
        if self.is_awaited and self.place >= self.crowd.target_seq:
            self.is_awaited = False
            self.crowd.awaited -= 1

    def handshake(self, data):
        """Where the frames begin, once the head is whole and good."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101 "):
            if data.startswith(b"HTTP/1.1 503 ") and self.crowd.returns:
                self.ended()
            else:
                self.crowd.differs(self, f"the handshake's answer is {data[:200]!r}")
            return 0
        self.is_open = True
        return end + 4

    def other(self, frame_bytes, payload):
        """A frame that is not the next one in the book."""
        opcode = frame_bytes[0] & 0x0F
        if opcode == 9:
            self.send(frame(10, payload))
        elif opcode == 8:
            self.send(frame(8, payload[:2]))
        elif opcode == 1:
            message = json.loads(payload)
            if is_event(message):
                self.event(frame_bytes, payload, message)
            else:
                self.control(message)
        elif opcode != 10:
            self.crowd.differs(self, f"got a frame of opcode {opcode}")

    def send(self, answer):
        try:
            self.socket.send(answer)
        except OSError:
            pass  # the hub has gone: the next read tells

    def event(self, frame_bytes, payload, event):
        book = self.crowd.book
        if event["seq"] != self.place + 1:
            self.crowd.differs(self, f"got seq {event['seq']} after {self.place}")
        elif self.place < len(book.frames):
            self.crowd.differs(self, f"seq {event['seq']} is {payload!r}; another got {book.payloads[self.place]!r}")
        else:
            book.write(frame_bytes, payload, event)
            self.place += 1

    def control(self, message):
        kind = message["type"]
        self.crowd.tally[kind] = self.crowd.tally.get(kind, 0) + 1
        if kind == "subscribed":
            if message["resume"] not in ("complete", "live"):
                self.crowd.differs(self, f"at seq {self.place}, asked for {self.target()}, got {message}")
            self.crowd.subscribed(self)
        elif kind == "goodbye":
            self.slot = message["reconnect_in_ms"]
            self.crowd.slots.append(self.slot)
        elif kind == "lag":
            self.crowd.lagged.add(self.number)
        elif kind in ("gap", "error"):
            self.crowd.differs(self, f"at seq {self.place} got {message}")

    def ended(self):
        slot = self.slot
        self.crowd.forget(self)
        if self.crowd.returns:
            # In its slot where the hub gave one; soon, and not in step, where it could not.
            self.crowd.later(self, slot / 1000 if slot is not None else random.uniform(0.02, 0.2))
        else:
            self.crowd.differs(self, f"the connection ended at seq {self.place}")


class _Crowd:
    """All readers, the book, and the loop."""

    def __init__(self, pipe, port, group, since, narrow, returns):
        self.pipe, self.port, self.group, self.since = pipe, port, group, since
        self.narrow, self.returns = narrow, returns
        self.book, self.readers, self.by_descriptor = _Book(), [], {}
        self.tally, self.slots, self.lagged, self.difference = {}, [], set(), None
        self.epoll = select.epoll()
        self.epoll.register(pipe.fileno(), select.EPOLLIN)
        self.timers, self.order = [], itertools.count()
        self.unopened, self.opening = [], set()
        self.awaited, self.target_seq, self.question, self.deadline = 0, 0, None, 0.0

    def run(self):
        while True:
            for descriptor, _ in self.epoll.poll(self.patience()):
                if descriptor == self.pipe.fileno():
                    self.answer(*self.pipe.recv())
                elif reader := self.by_descriptor.get(descriptor):
                    reader.ready()
            self.pass_time()
            self.settle()

    def patience(self):
        soonest = self.timers[0][0] - time.monotonic() if self.timers else 0.5
        return min(0.5, max(0.0, soonest))

    def pass_time(self):
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2].connect()
        while self.unopened and len(self.opening) < OPENING_AT_ONCE:
            reader = self.unopened.pop()
            self.opening.add(reader)
            reader.connect()

    def later(self, reader, seconds):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), reader))

    def listen(self, reader):
        self.by_descriptor[reader.socket.fileno()] = reader
        self.epoll.register(reader.socket.fileno(), select.EPOLLIN)

    def forget(self, reader):
        if reader.socket:
            self.by_descriptor.pop(reader.socket.fileno(), None)
            reader.socket.close()
            reader.socket = None

    def subscribed(self, reader):
        self.opening.discard(reader)

    def differs(self, reader, text):
        """Keeps what was wrong first; this reader reads no more."""
        self.difference = self.difference or Difference(f"reader {reader.number}: {text}")
        self.forget(reader)

    def answer(self, question, *arguments):
        if question == "tally":
            self.pipe.send(self.difference or {
                "frames": self.tally, "slots": self.slots, "lagged": len(self.lagged),
                "most": max(reader.place for reader in self.readers),
                "least": min(reader.place for reader in self.readers)})
        elif question == "events":
            self.pipe.send(self.difference or self.book.payloads)
        else:
            self.question, self.deadline = question, time.monotonic() + PATIENCE
            getattr(self, question)(*arguments)

    def settle(self):
        """Answers the question that waits, once it can be."""
        if not self.question:
            return
        is_done = not (self.unopened or self.opening or self.awaited)
        if not self.difference and not is_done and time.monotonic() > self.deadline:
            self.difference = Difference(self.stuck())
        if self.difference or is_done:
            self.question = None
            self.pipe.send(self.difference)

    def stuck(self):
        last = min((one for one in self.readers if not one.is_held), key=lambda one: one.place)
        state = "open" if last.is_open and last.socket else "not connected"
        return (f"not within {PATIENCE:.0f} s: {self.question}; reader {last.number} has seq {last.place} "
                f"of {self.target_seq} and is {state}; {len(self.opening)} wait for `subscribed`")

    def open(self, count):
        first = len(self.readers)
        self.readers += [_Reader(self, number) for number in range(first, first + count)]
        self.unopened = self.readers[first:][::-1]

    def hold(self, count):
        for reader in self.readers[:count]:
            reader.is_held = True
            self.epoll.unregister(reader.socket.fileno())

    def wake(self):
        for reader in self.readers:
            if reader.is_held:
                reader.is_held = False
                self.epoll.register(reader.socket.fileno(), select.EPOLLIN)

    def reach(self, seq, first):
        awaited = [reader for reader in self.readers[first:] if not reader.is_held and reader.place < seq]
        self.target_seq, self.awaited = seq, len(awaited)
        for reader in awaited:
            reader.is_awaited = True


def _bounds(data, offset):
    """Where the payload of the frame at `offset` begins and ends."""
    if len(data) < offset + 2:
        return None, None
    length, start = data[offset + 1] & 0x7F, offset + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        if len(data) < start + size:
            return None, None
        length, start = int.from_bytes(data[start:start + size]), start + size
    return start, start + length


def _run(*arguments):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    _Crowd(*arguments).run()
