"""Bytes on a socket, for what no well-behaved client would send."""

import base64
import json
import os
import socket
import struct

from support.waiting import DEADLINE


class Response:
    def __init__(self, status, reason, headers, body):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def json(self):
        return json.loads(self.body)


class Raw:
    """A TCP connection that sends what it is told, and reads responses strictly.

    With a small `receive_buffer`, in bytes, the hub soon sees that nobody reads. It comes from the
    loopback address `source`."""

    def __init__(self, hub, receive_buffer=None, source="127.0.0.1"):
        self.socket = socket.socket()
        self.socket.bind((source, 0))
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", hub.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass  # the hub has answered and closed before it had all: the answer tells

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self._buffer += piece
        return bool(piece)

    def _until(self, mark):
        while mark not in self._buffer:
            assert self._more(), f"ended before {mark!r}: {self._buffer[:200]!r}"
        line, self._buffer = self._buffer.split(mark, 1)
        return line

    def take(self, count):
        while len(self._buffer) < count:
            assert self._more(), f"ended after {len(self._buffer)} of {count} bytes"
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def head(self):
        """A status line and its fields."""
        lines = self._until(b"\r\n\r\n").decode("ascii").split("\r\n")
        version, status, reason = lines[0].split(" ", 2)
        assert version == "HTTP/1.1"
        headers = []
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name == name.strip() and name, line
            headers.append((name, value.strip()))
        return Response(int(status), reason, headers, b"")

    def response(self, to_head=False):
        """One whole response."""
        response = self.head()
        if to_head or response.status in (101, 204, 304) or response.status < 200:
            return response
        if response.header("Transfer-Encoding") == "chunked":
            response.body = b"".join(iter(self._chunk, b""))
        else:
            response.body = self.take(int(response.header("Content-Length")))
        return response

    def _chunk(self):
        size = int(self._until(b"\r\n"), 16)
        piece = self.take(size)
        assert self.take(2) == b"\r\n"
        return piece

    def rest(self):
        """All that comes until the hub closes."""
        while self._more():
            pass
        rest, self._buffer = self._buffer, b""
        return rest

    def is_closed(self):
        """Whether the hub closes now, with nothing more to say."""
        return self.rest() == b""


class RawWebSocket(Raw):
    """Frames as the test wants them, masked unless told otherwise."""

    def __init__(self, hub, target="/ws", receive_buffer=None, source="127.0.0.1", **fields):
        super().__init__(hub, receive_buffer, source)
        self.send(upgrade(target, **fields))
        self.handshake = self.response()
        assert self.handshake.status == 101, (self.handshake.status, self.handshake.body)

    def frame(self, opcode, payload=b"", final=True, reserved=0, mask=True):
        self.send(frame(opcode, payload, final, reserved, mask))

    def receive(self):
        """The next frame: opcode and payload; it must be unmasked and final."""
        first, second = self.take(2)
        assert first & 0x80 and not second & 0x80
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.take(8))
        return first & 0x0F, self.take(length)

    def message(self, type):
        """The next text frame of the type."""
        while True:
            opcode, payload = self.receive()
            assert opcode in (1, 9, 10), (opcode, payload)
            if opcode == 1 and json.loads(payload)["type"] == type:
                return json.loads(payload)

    def close_code(self):
        """Reads on to the Close frame; its code. After it the hub shuts the connection."""
        while True:
            opcode, payload = self.receive()
            if opcode == 8:
                assert self.is_closed()
                return struct.unpack("!H", payload[:2])[0] if payload else None


def upgrade(target="/ws", **fields):
    """A handshake; a field given as `None` is left out, `Sec_WebSocket_Key` stands for its name."""
    standard = {
        "Host": "hub", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in (standard | given).items() if value is not None]
    return f"GET {target} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"


def frame(opcode, payload=b"", final=True, reserved=0, mask=True):
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(octet ^ key[i % 4] for i, octet in enumerate(payload))
