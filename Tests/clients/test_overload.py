"""More writes in one moment than the hub takes: each is durable or refused, and each is answered."""

import os
import selectors
import signal
import socket

from support.raw import RawWebSocket
from support.waiting import DEADLINE

CLIENTS = 90
MESSAGE = b'{"type":"publish","group":"a"}'
FRAME = bytes([0x81, 0x80 | len(MESSAGE)]) + bytes(4) + MESSAGE  # a mask of zeros
EACH = 60_000 // len(FRAME)  # what one look at a connection brings


class Answers:
    """Counts answers in what comes, wherever it is cut."""

    def __init__(self):
        self.published = self.refused = 0
        self._rest = b""

    def take(self, piece):
        *frames, rest = (self._rest + piece).split(b'{"type":')
        for text in frames:
            self._count(text)
        # Of the last one the type may be cut; what is behind it may be the beginning of a mark.
        self._rest = rest[len(b'"error"'):] if self._count(rest) else rest

    def _count(self, text):
        published, refused = text.startswith(b'"published"'), text.startswith(b'"error"')
        self.published += published
        self.refused += refused
        return published or refused


def test_each_of_more_refusals_than_a_loop_has_room_for_is_sent(start_hub):
    hub = start_hub("--loops", "1", "--max-queued-writes", "64", "--ping-interval", "10m")
    sockets = [RawWebSocket(hub) for _ in range(CLIENTS)]
    for one in sockets:
        one.message("welcome")
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    os.kill(hub.process.pid, signal.SIGSTOP)  # so that all of it is there in one turn
    for one in sockets:
        one.send(FRAME * EACH)
    os.kill(hub.process.pid, signal.SIGCONT)

    answers = [Answers() for _ in sockets]
    with selectors.DefaultSelector() as selector:
        for one, counted in zip(sockets, answers):
            selector.register(one.socket, selectors.EVENT_READ, counted)
        while (count := sum(a.published + a.refused for a in answers)) < CLIENTS * EACH:
            ready = selector.select(8 * DEADLINE)  # it is one long turn
            assert ready, f"{count} of {CLIENTS * EACH} were answered"
            for key, _ in ready:
                key.data.take(key.fileobj.recv(1 << 20))
    for one in sockets:
        one.socket.close()
    assert hub.publish("a")["seq"] == 1 + sum(a.published for a in answers)
    hub.stop()
