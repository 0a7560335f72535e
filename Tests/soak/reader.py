"""One consumer of a swarm, and the book in which all of them find what must come."""

import json
import random
import socket

from support.consumer import is_event
from support.raw import frame, upgrade


class Book:
    """The events of the group, as the first to get each of them got it."""

    def __init__(self):
        self.frames, self.payloads, self.cursors = [], [], []

    def write(self, frame, payload, event):
        self.frames.append(frame)
        self.payloads.append(payload)
        self.cursors.append(event["cursor"])


class Reader:
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
