"""What somebody does who means harm, or does not care: others are served meanwhile, memory stays bounded, and the
log says who it was, without being flooded itself.

Nothing is timed. A bystander writes and hears while the abuse goes on; where order tells, order is looked at."""

import ctypes
import itertools
import json
import os
import re
import signal
import socket
import struct
import threading
import zlib
from contextlib import ExitStack, contextmanager

import pytest

from support.certificates import Authority
from support.consumer import Consumer, position
from support.raw import Raw, RawWebSocket, frame, upgrade
from support.waiting import DEADLINE, eventually

MIB = 1024 * 1024
ROUNDS = 100
LISTEN = ("127.0.0.1:0", "https://127.0.0.1:0")

# One loop, so that the bystander shares it with the abuse.
ALONE = ("--loops", "1")


def resident(hub):
    """The daemon's resident memory, in bytes."""
    with open(f"/proc/{hub.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def processor_ticks(hub):
    """What the daemon has used of processors."""
    with open(f"/proc/{hub.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def told(hub, offence):
    """The lines of the log that tell of one client; those that add up a minute are left out."""
    whole = hub.log.read_text().split("\n")[:-1]  # what is behind the last line's end is half a line
    lines = [json.loads(line) for line in whole if line.startswith("{")]
    return [line for line in lines if line["event"] == "client misbehaved" and line["offence"] == offence]


def assert_told_once(hub, offence, peers):
    """However many there were: one line, of one of them."""
    lines = eventually(lambda: told(hub, offence), f"the log tells of {offence}")
    assert len(lines) == 1, lines
    assert lines[0]["peer"] in peers, (lines, list(peers)[:5])


def name(sock):
    return "%s:%d" % sock.getsockname()[:2]


@contextmanager
def served_meanwhile(hub, abuse, most=64 * MIB):
    """Runs `abuse` again and again while a bystander writes and hears; `most` bytes of memory may be taken."""
    done, faults, runs = threading.Event(), [], []

    def go_on():
        try:
            while not done.is_set():
                abuse()
                runs.append(1)
        except Exception as fault:  # told by the test's own thread
            faults.append(fault)

    with Consumer(hub.ws_url + "/ws?groups=bystander") as bystander:
        bystander.until("subscribed")
        before = resident(hub)
        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        number = 0
        while number < ROUNDS or not (runs or faults):
            bystander.send(type="publish", group="bystander", event="t", data=number)
            assert bystander.events(1)[0]["data"] == number
            number += 1
        grown = resident(hub) - before
        yield
        done.set()
        thread.join(2 * DEADLINE)
    assert not thread.is_alive() and not faults, faults
    assert grown < most, f"{grown / MIB:.0f} MiB"
    with Raw(hub) as raw:
        raw.send("GET /health HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert raw.response().status == 200


def drop_all_that_comes(sock):
    """From now on the peer's kernel gets no answer, as if a cable had been pulled (socket(7), SO_ATTACH_FILTER)."""
    nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET: keep 0 bytes
    program = struct.pack("HL", 1, ctypes.addressof(nothing))
    sock.setsockopt(socket.SOL_SOCKET, 26, program)


def ended(sock):
    """What came until the hub ended it."""
    got = b""
    try:
        while piece := sock.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


class TestSlowness:
    @pytest.mark.parametrize("flag, offence, start", [
        ("--head-timeout", "slow_head", b"GET /health HTTP/1.1\r\nHost: hub\r\nX: "),
        ("--body-timeout", "slow_body", b"POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Length: 100000\r\n\r\n"),
    ])
    def test_who_drips_is_cut_off_however_steadily(self, start_hub, flag, offence, start):
        hub, peers = start_hub(*ALONE, flag, "500ms"), set()

        def drip():
            crowd = [socket.create_connection(("127.0.0.1", hub.port), DEADLINE) for _ in range(100)]
            peers.update(map(name, crowd))
            for one in crowd:
                one.sendall(start)
            left = list(crowd)
            while left:  # a byte now and then never makes up for the rest
                for one in left:
                    try:
                        one.send(b"x")
                    except OSError:
                        pass
                left = [one for one in left if not is_readable(one)]
            assert all(b" 408 " in ended(one) for one in crowd)
            for one in crowd:
                one.close()

        with served_meanwhile(hub, drip):
            pass
        assert_told_once(hub, offence, peers)
        hub.stop()

    def test_answers_that_nobody_reads_are_not_made(self, start_hub):
        hub, peers = start_hub(*ALONE, "--idle-timeout", "500ms"), set()

        def pipeline():
            with Raw(hub, receive_buffer=4096) as raw:
                peers.add(name(raw.socket))
                raw.socket.setblocking(False)
                requests = b"GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n" * 5000
                sent = 0
                with pytest.raises((BrokenPipeError, ConnectionResetError)):
                    while sent < 100 * MIB:  # it is not taken: the hub reads on only when it has sent
                        try:
                            sent += raw.socket.send(requests)
                        except BlockingIOError:
                            raw.socket.settimeout(DEADLINE)
                assert sent < 16 * MIB

        with served_meanwhile(hub, pipeline, most=32 * MIB):
            pass
        assert_told_once(hub, "slow_reading", peers)
        hub.stop()

    def test_an_answer_that_is_still_read_is_not_cut_off(self, start_hub):
        hub = start_hub(*ALONE, "--idle-timeout", "2s", "--body-timeout", "500ms", "--max-event-bytes", "1MiB",
                        "--queue-bytes", "64MiB")
        for number in range(8):
            hub.publish("large", [number, "x" * (MIB - 1000)])
        with Raw(hub, receive_buffer=128 * 1024) as raw:
            raw.send("GET /stream?groups=large&since=earliest&wait=0s HTTP/1.1\r\nHost: hub\r\n"
                     "Accept: application/json\r\n\r\n")
            length, got = int(raw.head().header("Content-Length")), 0
            for _ in range(12):  # some of it, then nothing until the hub has cut off somebody else
                got += len(raw.take(500_000))
                with Raw(hub) as slow:
                    slow.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n{")
                    assert slow.response().status == 408
            assert len(raw.take(length - got)) == length - got
        hub.stop()

    def test_consumers_that_do_not_read_are_held_to_their_queue(self, start_hub):
        hub = start_hub(*ALONE, "--queue-bytes", "64KiB")
        crowd = []
        for _ in range(50):
            crowd.append(RawWebSocket(hub, "/ws?groups=noise", receive_buffer=4096))
            crowd[-1].message("subscribed")
        with served_meanwhile(hub, lambda: hub_publishes(hub, "noise", ["x" * 1000] * 200), most=64 * MIB):
            pass
        assert_told_once(hub, "slow_consumer", {name(one.socket) for one in crowd})
        for one in crowd:
            one.socket.close()
        hub.stop()


def hub_publishes(hub, group, values):
    """A batch by a connection of its own: the hub's client belongs to another thread."""
    body = "".join(json.dumps(value) + "\n" for value in values)
    with Raw(hub) as raw:
        raw.send(f"POST /publish/{group} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/x-ndjson\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n{body}")
        assert raw.response().status == 201


def is_readable(sock):
    try:
        sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


class TestVanished:
    def test_a_peer_that_is_gone_without_a_word_is_given_up(self, start_hub):
        hub = start_hub(*ALONE, "--ping-interval", "200ms", "--pong-timeout", "300ms", "--close-timeout", "100ms")
        crowd = [RawWebSocket(hub, "/ws?groups=noise") for _ in range(20)]
        for one in crowd:
            one.message("subscribed")
            drop_all_that_comes(one.socket)

        def websockets():
            page = hub.client.get("/metrics").text
            return int(re.search(r'^campana_connections\{use="websocket"\} (\d+)', page, re.M)[1])

        eventually(lambda: websockets() == 0, "all are given up")
        assert_told_once(hub, "no_pong", {name(one.socket) for one in crowd})
        hub.stop()


class TestFloods:
    def test_of_upgrades(self, start_hub):
        hub, peers = start_hub(*ALONE, "--max-connections", "200"), set()

        def storm():
            crowd = [socket.create_connection(("127.0.0.1", hub.port), DEADLINE) for _ in range(300)]
            peers.update(map(name, crowd))
            for one in crowd:
                try:
                    one.sendall(upgrade("/ws?groups=noise").encode())
                except OSError:
                    pass
            answers = [first(one, 12) for one in crowd]
            for one in crowd:
                one.close()
            assert b"HTTP/1.1 101" in answers
            assert b"HTTP/1.1 503" in answers or b"" in answers

        with served_meanwhile(hub, storm, most=16 * MIB):
            pass
        assert_told_once(hub, "over_capacity", peers)
        hub.stop()

    @pytest.mark.parametrize("what", [frame(9, b""), frame(9, b"x" * 125), frame(10), frame(0, b"", final=False)],
                             ids=["pings", "long pings", "pongs", "empty fragments"])
    def test_of_frames_that_nobody_reads_the_answers_to(self, start_hub, what):
        hub = start_hub(*ALONE)
        piece = what * (60_000 // len(what))
        with ExitStack() as stack:
            crowd = [stack.enter_context(RawWebSocket(hub, receive_buffer=4096)) for _ in range(4)]
            for one in crowd:
                one.message("welcome")
                if what[0] == 0:
                    one.frame(1, b"", final=False)
                one.socket.setblocking(False)

            def flood():
                for one in crowd:
                    try:
                        one.socket.send(piece)
                    except BlockingIOError:
                        pass

            with served_meanwhile(hub, flood, most=16 * MIB):
                pass
        hub.stop()

    def test_of_messages_is_held_to_the_rate_and_told(self, start_hub):
        hub, peers = start_hub(*ALONE, "--message-rate", "200/s"), set()
        pings = frame(9) * 5000

        def flood():
            with RawWebSocket(hub) as raw:
                peers.add(name(raw.socket))
                raw.message("welcome")
                raw.send(pings)
                while (received := raw.receive())[0] != 8:
                    pass
                assert received[1][:2] == (4129).to_bytes(2, "big")

        with served_meanwhile(hub, flood, most=16 * MIB):
            pass
        assert_told_once(hub, "past_message_rate", peers)
        hub.stop()

    def test_of_one_byte_fragments(self, start_hub):
        hub, peers = start_hub(*ALONE, "--max-message-bytes", "64KiB"), set()
        one_byte = frame(0, b" ", final=False)

        def flood():
            with RawWebSocket(hub) as raw:
                peers.add(name(raw.socket))
                raw.message("welcome")
                raw.frame(1, b'{"type":"ping"', final=False)
                raw.send(one_byte * 65_000)
                raw.frame(0, b"}")
                assert raw.message("pong")
                raw.frame(1, b" ", final=False)
                raw.send(one_byte * 66_000)
                assert raw.close_code() == 1009

        with served_meanwhile(hub, flood, most=16 * MIB):
            pass
        assert_told_once(hub, "message_too_large", peers)
        hub.stop()


def first(sock, count):
    try:
        return sock.recv(count)
    except ConnectionResetError:
        return b""


def bomb(text):
    """A frame of a few hundred bytes that inflates to the text."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return frame(1, packed, reserved=4)


class TestSizes:
    def test_what_inflates_without_end_is_1009(self, start_hub):
        hub, peers = start_hub(*ALONE), set()
        endless = bomb(b'{"type":"ping","ref":"' + b"x" * 100 * MIB + b'"}')

        def explode():
            with RawWebSocket(hub, Sec_WebSocket_Extensions="permessage-deflate") as raw:
                peers.add(name(raw.socket))
                raw.message("welcome")
                raw.send(endless)
                assert raw.close_code() == 1009

        with served_meanwhile(hub, explode, most=16 * MIB):
            pass
        assert_told_once(hub, "message_too_large", peers)
        hub.stop()

    def test_messages_that_inflate_take_turns_with_others(self, start_hub):
        hub = start_hub(*ALONE)
        large = bomb(b'{"type":"publish","group":"bombs","data":"' + b"x" * 200_000 + b'"}')
        many = 60_000 // len(large)
        with RawWebSocket(hub, Sec_WebSocket_Extensions="permessage-deflate") as raw, RawWebSocket(hub) as other:
            raw.message("welcome"), other.message("welcome")
            os.kill(hub.process.pid, signal.SIGSTOP)  # so that both come in one turn, the bombs first
            raw.send(large * many)
            other.frame(1, b'{"type":"publish","group":"small"}')
            os.kill(hub.process.pid, signal.SIGCONT)
            places = [position(raw.message("published")["cursor"]) for _ in range(many)]
            own = position(other.message("published")["cursor"])
        assert own < places[many // 2], f"{own} is behind half of {many} that came in one read"
        hub.stop()

    def test_what_is_put_off_keeps_its_order_to_the_end(self, start_hub):
        hub = start_hub(*ALONE)
        with RawWebSocket(hub, Sec_WebSocket_Extensions="permessage-deflate") as raw:
            raw.message("welcome")
            pings = [bomb(b'{"type":"ping","ref":%d%s}' % (ref, b" " * 200_000)) for ref in range(100)]
            raw.send(b"".join(pings) + frame(8, (1000).to_bytes(2, "big")) + b"what follows is not looked at")
            assert [raw.message("pong")["ref"] for _ in pings] == list(range(100))
            assert raw.close_code() == 1000
        hub.stop()

    def test_messages_that_look_at_many_subscriptions_do_too(self, start_hub):
        hub = start_hub(*ALONE)
        publish = masked_by_zeros(b'{"type":"publish","group":"many"}')
        with RawWebSocket(hub) as raw, RawWebSocket(hub) as other:
            raw.message("welcome"), other.message("welcome")
            groups = [f"g:{i}" for i in range(999)]
            for name in groups:
                raw.send(masked_by_zeros(b'{"type":"subscribe","groups":["%s"]}' % name.encode()))
                raw.message("subscribed")
            again = [masked_by_zeros(b'{"type":"unsubscribe","groups":["%s"]}' % name.encode()) for name in groups[:500]]
            os.kill(hub.process.pid, signal.SIGSTOP)
            raw.send(b"".join(one + publish for one in again))
            other.frame(1, b'{"type":"publish","group":"small"}')
            os.kill(hub.process.pid, signal.SIGCONT)
            places = [position(raw.message("published")["cursor"]) for _ in again]
            own = position(other.message("published")["cursor"])
        assert own < places[len(places) // 2], f"{own} is behind half of {len(places)} that came in one read"
        hub.stop()

    @pytest.mark.parametrize("head", [
        b"X: " + b"y" * MIB, b"".join(b"X%d: y\r\n" % i for i in range(50_000)), b"y" * MIB,
    ], ids=["one field", "many fields", "no end of a name"])
    def test_giant_heads(self, start_hub, head):
        hub, peers = start_hub(*ALONE), set()

        def ask():
            with Raw(hub) as raw:
                peers.add(name(raw.socket))
                raw.send(b"GET / HTTP/1.1\r\nHost: hub\r\n" + head)
                assert raw.response().status == 431

        with served_meanwhile(hub, ask, most=16 * MIB):
            pass
        assert_told_once(hub, "request_too_large", peers)
        hub.stop()

    def test_100_000_subscriptions_of_one(self, start_hub):
        hub, peers = start_hub(*ALONE), set()

        def ask():
            with RawWebSocket(hub) as raw:
                peers.add(name(raw.socket))
                raw.message("welcome")
                for start in range(0, 100_000, 10_000):
                    groups = json.dumps([f"g:{i}" for i in range(start, start + 10_000)])
                    raw.send(masked_by_zeros(b'{"type":"subscribe","groups":%s}' % groups.encode()))
                    assert raw.message("error")["code"] == "too_many_subscriptions"

        with served_meanwhile(hub, ask, most=32 * MIB):
            pass
        assert_told_once(hub, "too_many_subscriptions", peers)
        hub.stop()

    def test_100_000_subscriptions_of_many(self, start_hub):
        hub = start_hub(*ALONE)
        with ExitStack() as stack:
            crowd = [stack.enter_context(RawWebSocket(hub)) for _ in range(100)]

            def ask():
                for number, raw in enumerate(crowd):
                    groups = json.dumps([f"g:{number}:{i}" for i in range(1000)])
                    raw.send(masked_by_zeros(b'{"type":"subscribe","groups":%s}' % groups.encode()))
                    raw.message("subscribed")
                    raw.send(masked_by_zeros(b'{"type":"unsubscribe","groups":%s}' % groups.encode()))
                    raw.message("unsubscribed")

            with served_meanwhile(hub, ask):
                pass
            before = resident(hub)
            for number, raw in enumerate(crowd):
                groups = json.dumps([f"g:{number}:{i}" for i in range(1000)])
                raw.send(masked_by_zeros(b'{"type":"subscribe","groups":%s}' % groups.encode()))
                raw.message("subscribed")
            count = re.search(r"^campana_subscriptions (\d+)", hub.client.get("/metrics").text, re.M)[1]
            assert int(count) >= 100_000
            assert resident(hub) - before < 100_000 * 1024
            hub.publish("g:99:999", "hola")
            assert crowd[99].message("message")["data"] == "hola"
        hub.stop()

    def test_long_patterns(self, start_hub):
        hub = start_hub(*ALONE)

        def patterns(number, segments):
            return json.dumps([f"u{number}-{i}" + ":a" * (segments - 2) + ":*" for i in range(1000)]).encode()

        with ExitStack() as stack:
            crowd = [stack.enter_context(RawWebSocket(hub)) for _ in range(5)]
            before = resident(hub)
            for number, raw in enumerate(crowd):
                raw.send(masked_by_zeros(b'{"type":"subscribe","groups":%s}' % patterns(number, 17)))
                assert raw.message("error")["code"] == "invalid_group"
                raw.send(masked_by_zeros(b'{"type":"subscribe","groups":%s}' % patterns(number, 16)))
                raw.message("subscribed")
            assert resident(hub) - before < 5000 * 8192
        hub.stop()


def masked_by_zeros(text):
    """A frame whose mask is of zeros: Python need not touch each byte."""
    if len(text) < 126:
        length = bytes([0x80 | len(text)])
    elif len(text) < 65536:
        length = b"\xfe" + struct.pack("!H", len(text))
    else:
        length = b"\xff" + struct.pack("!Q", len(text))
    return b"\x81" + length + bytes(4) + text


class TestJSON:
    def test_names_that_collide_cost_what_others_cost(self, start_hub):
        """Canonically equivalent names: a hash of Unicode strings would take them all for one."""
        hub = start_hub(*ALONE, "--max-event-bytes", "1MiB")
        colliding = ["".join(letters) for letters in itertools.product(("\u00e9", "e\u0301"), repeat=13)]
        plain = [f"{i:0{len(colliding[0].encode()) + 6}d}" for i in range(len(colliding))]

        def cost(names):
            body = json.dumps({"group": "keys", "type": "t", "data": dict.fromkeys(names, 1)}, ensure_ascii=False).encode()
            before = processor_ticks(hub)
            for _ in range(5):
                answer = hub.client.post("/publish", content=body, headers={"Content-Type": "application/json"})
                assert answer.status_code == 201, answer.text
            return processor_ticks(hub) - before

        cost(plain)
        usual, attacked = cost(plain), cost(colliding)
        assert attacked < 10 * (usual + 5), (usual, attacked)  # were it quadratic: some thousand times
        hub.stop()

    @pytest.mark.parametrize("text", [
        b'{"a":' + b"[" * 1_000_000, b'{"a":' * 200_000, b'{"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}"],
                             ids=["arrays", "objects", "closed"])
    def test_deep_ones_are_refused(self, start_hub, text):
        hub, peers = start_hub(*ALONE), set()

        def ask():
            with Raw(hub) as raw, RawWebSocket(hub) as socket:
                peers.update((name(raw.socket), name(socket.socket)))
                raw.send(b"POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(text) + text)
                answer = raw.response()
                assert answer.status == 400 and answer.json()["code"] == "malformed_json"
                socket.message("welcome")
                socket.send(masked_by_zeros(text))
                assert socket.message("error")["code"] == "malformed_json"

        with served_meanwhile(hub, ask, most=32 * MIB):
            pass
        assert_told_once(hub, "bad_request", peers)
        hub.stop()


class LibSSL:
    """What Python's `ssl` does not offer: to ask for new keys, or another handshake, again and again."""

    def __init__(self, port, version, receive_buffer=None):
        library = ctypes.CDLL(re.search(r"\S*libssl\.so\S*", open("/proc/self/maps").read())[0])
        for call in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
            getattr(library, call).restype = ctypes.c_void_p
        self.library = library
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        context = ctypes.c_void_p(library.SSL_CTX_new(ctypes.c_void_p(library.TLS_client_method())))
        library.SSL_CTX_ctrl(context, 124, ctypes.c_long(version), None)  # SSL_CTRL_SET_MAX_PROTO_VERSION
        self.ssl = ctypes.c_void_p(library.SSL_new(context))
        library.SSL_set_fd(self.ssl, self.socket.fileno())
        assert library.SSL_connect(self.ssl) == 1

    def ask(self):
        request = b"GET /health HTTP/1.1\r\nHost: hub\r\n\r\n"
        if self.library.SSL_write(self.ssl, request, len(request)) <= 0:
            return b""
        answer = ctypes.create_string_buffer(65536)
        count = self.library.SSL_read(self.ssl, answer, len(answer))
        return answer.raw[:max(count, 0)]


@pytest.fixture(scope="class")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


class TestTLS:
    def test_handshakes_begun_and_left(self, start_hub, authority):
        hub = start_hub(*ALONE, *authority.issue("a.test").flags, "--tls-handshake-timeout", "300ms", listen=LISTEN)
        peers = set()

        def begin():
            crowd = [socket.create_connection(("127.0.0.1", hub.ports[1]), DEADLINE) for _ in range(100)]
            peers.update(map(name, crowd))
            for one in crowd:
                one.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert all(ended(one) == b"" for one in crowd)
            for one in crowd:
                one.close()

        with served_meanwhile(hub, begin, most=32 * MIB):
            pass
        assert_told_once(hub, "slow_handshake", peers)
        hub.stop()

    def test_key_updates(self, start_hub, authority):
        hub = start_hub(*ALONE, *authority.issue("a.test").flags, "--head-timeout", "1s", listen=LISTEN)
        peers = set()

        def update(peer):
            assert peer.library.SSL_key_update(peer.ssl, 1) == 1  # and the hub's own, please
            return peer.library.SSL_do_handshake(peer.ssl) == 1

        def without_end():  # no answer is read; what is no request prolongs nothing
            peer = LibSSL(hub.ports[1], 0x0304)
            peers.add(name(peer.socket))
            while update(peer):
                pass
            peer.socket.close()

        peer = LibSSL(hub.ports[1], 0x0304)
        assert all(update(peer) for _ in range(20))
        assert b" 200 " in peer.ask()
        peer.socket.close()
        with served_meanwhile(hub, without_end, most=16 * MIB):
            pass
        assert_told_once(hub, "silence", peers)
        hub.stop()

    def test_key_updates_whose_answers_nobody_reads(self, start_hub, authority):
        hub = start_hub(*ALONE, *authority.issue("a.test").flags, "--head-timeout", "1h", listen=LISTEN)
        before = resident(hub)
        peer = LibSSL(hub.ports[1], 0x0304, receive_buffer=2048)
        while peer.library.SSL_key_update(peer.ssl, 1) == 1 and peer.library.SSL_do_handshake(peer.ssl) == 1:
            pass
        assert_told_once(hub, "slow_reading", {name(peer.socket)})
        assert resident(hub) - before < 8 * MIB
        peer.socket.close()
        hub.stop()

    def test_renegotiation_is_refused(self, start_hub, authority):
        hub = start_hub(*ALONE, *authority.issue("a.test").flags, listen=LISTEN)

        def renegotiate():
            peer = LibSSL(hub.ports[1], 0x0303)
            assert b" 200 " in peer.ask()
            peer.library.SSL_renegotiate(peer.ssl)
            assert peer.library.SSL_do_handshake(peer.ssl) != 1
            peer.socket.close()

        with served_meanwhile(hub, renegotiate, most=16 * MIB):
            pass
        hub.stop()
