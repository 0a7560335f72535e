"""Every limit that is an option (docs/limits.md), with the real daemon: below it, at it, and past it.

`COVERED` says where each is tested; a limit without a row fails."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import zlib
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.certificates import Authority
from support.consumer import Consumer, data
from support.hub import CAMPANAD
from support.raw import Raw, RawWebSocket
from support.receiver import Receiver
from support.waiting import DEADLINE, eventually

HUB_FLAGS = (
    "--max-head-bytes", "2KiB", "--max-head-fields", "8", "--max-body-bytes", "8KiB", "--max-frame-bytes", "1KiB",
    "--max-message-bytes", "4KiB", "--max-event-bytes", "1KiB", "--max-batch-events", "4", "--max-subscriptions", "5",
    "--max-webhooks", "3")

HERE = "test_limits.py"
COVERED = {
    "--max-head-bytes": (HERE, "test_size"), "--max-head-fields": (HERE, "test_size"),
    "--max-body-bytes": (HERE, "test_size"), "--max-frame-bytes": (HERE, "test_size"),
    "--max-message-bytes": (HERE, "test_size"), "--max-event-bytes": (HERE, "test_size"),
    "--max-batch-events": (HERE, "test_size"), "--max-subscriptions": (HERE, "test_subscriptions"),
    "--max-webhooks": (HERE, "test_webhooks"), "--max-connections": (HERE, "test_connections"),
    "--max-connections-per-address": ("test_connection_limits.py", "test_below_at_and_above_the_bound"),
    "--max-connections-per-principal": ("test_connection_limits.py", "test_what_stays_is_counted_together_and_for_each_alone"),
    "--max-queued-writes": (HERE, "test_queued_writes"),
    "--head-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--body-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--idle-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--tls-handshake-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--close-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--pong-timeout": (HERE, "test_a_time_out_ends_its_state_and_no_other"),
    "--drain-timeout": ("test_lifecycle.py", "test_the_drain_is_bounded"),
    "--queue-bytes": ("test_slow_consumer.py", "test_memory_is_bounded_by_the_queue"),
    "--retain-age": (HERE, "test_retention"), "--retain-bytes": (HERE, "test_retention"),
    "--retain-events": ("test_lifecycle.py", "test_past_retention_is_a_gap_at_its_place"),
    "--idempotency-age": (HERE, "test_an_old_key_counts_as_new"),
    "--integration-log-age": ("test_integrations.py", "test_entries_go_when_their_time_is_over"),
    "--notifications-age": ("test_notifications.py", "test_they_are_kept_as_long_as_the_operator_says"),
    "--webhook-retries": ("test_webhooks.py", "test_what_is_given_up_is_announced_and_can_be_sent_again"),
    "--webhook-timeout": ("test_webhooks.py", "test_what_is_no_answer_is_tried_again"),
    "--rate": ("test_rates.py", "test_below_and_at_the_limit_they_go_and_above_it_they_are_told_when_to_come_back"),
    "--message-rate": ("test_rates.py", "test_the_message_rate_is_of_one_connection_and_counts_pings"),
    "--webhook-history-age": (HERE, "test_old_attempts_are_removed"),
}


def limits():
    """What `campanad --print limits` lists: each option, and what happens past it."""
    page = subprocess.run([CAMPANAD, "--print", "limits"], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^\| `(--[a-z-]+)[^|]*\|[^|]*\|[^|]*\| ([^|]+) \|$", page.replace("\\|", "/"), re.M)
    return dict(rows)


def test_every_limit_has_a_test():
    assert set(limits()) == set(COVERED)
    for file, name in COVERED.values():
        assert f"def {name}(" in (Path(__file__).parent / file).read_text(), f"{file} has no {name}"


# Sizes: one less, exactly as many, one more.

def head_of(count):
    """A request whose head has so many bytes."""
    start, end = "GET /health HTTP/1.1\r\nHost: hub\r\nX: ", "\r\n\r\n"
    return start + "x" * (count - len(start) - len(end)) + end


def of_fields(count):
    return "GET /health HTTP/1.1\r\nHost: hub\r\n" + "".join(f"X{i}: y\r\n" for i in range(count - 1)) + "\r\n"


def padded(text, count):
    """JSON of so many bytes."""
    return text[:-1] + " " * (count - len(text)) + text[-1]


def of_length(count):
    head = f"POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {count}\r\n\r\n"
    return head + padded('{"title":"a"}', count)


def of_chunks(count):
    body = padded('{"title":"a"}', count)
    pieces = [body[i:i + 1000] for i in range(0, count, 1000)]
    head = "POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in pieces) + "0\r\n\r\n"


def asks(make):
    def status(hub, count):
        with Raw(hub) as raw:
            raw.send(make(count))
            answer = raw.response()
            if answer.status in (413, 431):
                assert raw.is_closed()
            else:
                raw.send(head_of(100))
                assert raw.response().status == 200, "the connection is kept"
            return answer.status
    return status


def pings(send):
    """A ping of so many bytes; `pong`, or the close code."""
    def answer(hub, count):
        with RawWebSocket(hub, Sec_WebSocket_Extensions="permessage-deflate") as raw:
            raw.message("welcome")
            send(raw, padded('{"type":"ping"}', count).encode())
            opcode, payload = raw.receive()
            return int.from_bytes(payload[:2], "big") if opcode == 8 else "pong"
    return answer


def in_one_frame(raw, text):
    raw.frame(1, text)


def in_fragments(raw, text):
    pieces = [text[i:i + 1000] for i in range(0, len(text), 1000)]
    for index, piece in enumerate(pieces):
        raw.frame(0 if index else 1, piece, final=index == len(pieces) - 1)


def deflated(raw, text):
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert len(packed) < 100
    raw.frame(1, packed[:-4], reserved=4)


def event_of(hub, count):
    """Data of so many bytes, as JSON, to `POST /publish`."""
    body = '{"group":"sizes","type":"t","data":"' + "x" * (count - 2) + '"}'
    return hub.client.post("/publish", content=body, headers={"Content-Type": "application/json"}).status_code


def event_by_message(hub, count):
    with RawWebSocket(hub) as raw:
        raw.message("welcome")
        in_fragments(raw, ('{"type":"publish","group":"sizes","event":"t","data":"' + "x" * (count - 2) + '"}').encode())
        _, answer = raw.receive()
        raw.frame(1, b'{"type":"ping"}')
        raw.message("pong")  # it stays
        return json.loads(answer).get("code", "published")


def batch_of(hub, count):
    before = hub.publish("batches")["seq"]
    answer = hub.client.post("/publish/batches", content="1\n" * count, headers={"Content-Type": "application/x-ndjson"})
    taken = hub.publish("batches")["seq"] - before - 1
    assert taken == (count if answer.status_code == 201 else 0)
    return answer.status_code


def recipients(hub, count):
    body = {"type": "aviso", "message": "x", "recipients": [str(i) for i in range(count)], "channel": "web"}
    return hub.client.post("/notify", json=body).status_code


SIZES = [
    ("head bytes", asks(head_of), 2048, 200, 431),
    ("head fields", asks(of_fields), 8, 200, 431),
    ("body by its length", asks(of_length), 8192, 201, 413),
    ("body in chunks", asks(of_chunks), 8192, 201, 413),
    ("frame", pings(in_one_frame), 1024, "pong", 1009),
    ("message in fragments", pings(in_fragments), 4096, "pong", 1009),
    ("message inflated", pings(deflated), 4096, "pong", 1009),
    ("data of an event", event_of, 1024, 201, 413),
    ("data of an event by message", event_by_message, 1024, "published", "event_too_large"),
    ("events of a batch", batch_of, 4, 201, 413),
    ("recipients of a notification", recipients, 4, 201, 422),
]


@pytest.mark.parametrize("outcome, limit, taken, refused", [row[1:] for row in SIZES], ids=[row[0] for row in SIZES])
def test_size(hub, outcome, limit, taken, refused):
    assert [outcome(hub, limit - 1), outcome(hub, limit), outcome(hub, limit + 1)] == [taken, taken, refused]


# Subscriptions: groups and patterns count alike, however they are asked for.

def names(count):
    return [f"s:{i}" if i % 2 else f"s:{i}:**" for i in range(count)]


def by_url(hub, count):
    with Consumer(hub.ws_url + "/ws?groups=" + ",".join(names(count))) as one:
        one.next()
        return one.next()


def by_message(hub, count):
    with Consumer(hub.ws_url + "/ws") as one:
        one.next()
        one.send(type="subscribe", groups=names(count))
        answer = one.next()
        one.ask("pong", type="ping")  # it stays
        return answer


def by_messages(hub, count):
    with Consumer(hub.ws_url + "/ws") as one:
        one.next()
        for name in names(count):
            one.send(type="subscribe", groups=[name])
            answer = one.next()
        if answer["type"] == "error":
            one.ask("unsubscribed", type="unsubscribe", groups=names(1))
            one.subscribe(name)  # there is room again
        return answer


def by_stream(hub, count):
    fields = {"Accept": "application/x-ndjson"}
    with hub.client.stream("GET", "/stream", params={"groups": ",".join(names(count))}, headers=fields) as page:
        assert page.status_code == 200
        return json.loads(next(page.iter_lines()))


@pytest.mark.parametrize("ask", [by_url, by_message, by_messages, by_stream])
def test_subscriptions(hub, ask):
    answers = [ask(hub, count) for count in (4, 5, 6)]
    assert [answer["type"] for answer in answers] == ["subscribed", "subscribed", "error"]
    assert answers[2]["code"] == "too_many_subscriptions"


def test_webhooks(hub):
    body = {"nombre": "x", "url": "https://hooks.example/in", "groups": ["a"]}
    answers = [hub.client.post("/webhooks", json=body) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]
    hub.client.delete(answers[0].headers["Location"])
    assert hub.client.post("/webhooks", json=body).status_code == 201, "there is room again"


# What is there at one time.

def test_connections(start_hub, tmp_path):
    authority = Authority(tmp_path / "ca")
    hub = start_hub("--max-connections", "4", *authority.issue("hub.test", "hub.test").flags,
                    listen=("127.0.0.1:0", "https://127.0.0.1:0"))
    crowd = [RawWebSocket(hub) for _ in range(3)]  # beside the client that this hub is asked by
    for one in crowd:
        one.message("welcome")
    with Raw(hub) as late:
        refusal = late.response()
        assert refusal.status == 503 and refusal.header("Retry-After") == "5"
        assert refusal.json()["code"] == "over_capacity" and late.is_closed()
    with socket.create_connection(("127.0.0.1", hub.ports[1])) as late:
        assert late.recv(1) == b"", "with TLS nothing can be said before a handshake"
    eventually(lambda: '"offence":"over_capacity","peer":"127.0.0.1:' in hub.errors(), "the log says who")
    crowd[0].socket.close()

    def is_served():
        with Raw(hub) as raw:
            raw.send(head_of(100))
            return raw.response().status == 200

    eventually(is_served, "where one has gone another is served")

    def is_served_with_tls():  # once the hub has noticed that the one before has gone
        with socket.create_connection(("127.0.0.1", hub.ports[1])) as plain:
            try:
                authority.client().wrap_socket(plain, server_hostname="hub.test").close()
                return True
            except (ssl.SSLError, OSError):
                return False

    eventually(is_served_with_tls, "and with TLS")
    for one in crowd:
        one.socket.close()
    hub.stop()


@contextmanager
def stopped(hub):
    """All that is sent meanwhile is there at once when the hub goes on."""
    os.kill(hub.process.pid, signal.SIGSTOP)
    yield
    os.kill(hub.process.pid, signal.SIGCONT)


def writes_by_http(hub, count):
    request = "POST /publish/w HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\n\r\n1"
    with Raw(hub) as raw:
        raw.send(head_of(100))
        raw.response()
        with stopped(hub):
            raw.send(request * count)
        answers = [raw.response() for _ in range(count)]
        for answer in answers:
            assert answer.status == 201 or answer.header("Retry-After")
        return [answer.status for answer in answers]


def writes_by_message(hub, count):
    with RawWebSocket(hub) as raw:
        raw.message("welcome")
        message = b'{"type":"publish","group":"w"}'
        with stopped(hub):
            raw.send((bytes([0x81, 0x80 | len(message)]) + bytes(4) + message) * count)
        answers = [json.loads(raw.receive()[1]) for _ in range(count)]
        raw.frame(1, b'{"type":"ping"}')
        raw.message("pong")  # it stays
        assert all(answer["type"] == "published" or answer["code"] == "overloaded" for answer in answers)
        return [201 if answer["type"] == "published" else 503 for answer in answers]


@pytest.mark.parametrize("write", [writes_by_http, writes_by_message])
def test_queued_writes(start_hub, write):
    hub = start_hub("--max-queued-writes", "8", "--loops", "1")
    for count in (7, 8, 9):
        assert sorted(write(hub, count)) == [201] * min(count, 8) + [503] * (count - 8)
    assert hub.publish("w")["seq"] == 24, "7 and 8 and 8, and none of those that were refused"
    hub.stop()


# Time. Nothing is measured: what is bounded ends in the way that is documented, and what is not, and was there
# before, goes on afterwards.

class States:
    """A connection in each state that has a time-out, and what shows that it lives, or how it ends."""

    def __init__(self, hub):
        self.hub = hub

    def head(self):
        raw = Raw(self.hub)
        raw.send("GET /health HTTP/1.1\r\nHo")
        return raw, lambda: self._finishes(raw, "st: hub\r\n\r\n"), lambda: b" 408 " in raw.rest()

    def body(self):
        raw = Raw(self.hub)
        raw.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{")
        return raw, lambda: self._finishes(raw, '"title":"a"}'), lambda: b" 408 " in raw.rest()

    def idle(self):
        raw = Raw(self.hub)
        raw.send(head_of(100))
        raw.response()
        return raw, lambda: self._finishes(raw, head_of(100)), raw.is_closed

    def handshake(self):
        raw = Raw(self.hub)
        raw.socket.close()
        raw.socket = socket.create_connection(("127.0.0.1", self.hub.ports[1]), DEADLINE)

        def finishes():
            context = ssl._create_unverified_context()
            with context.wrap_socket(raw.socket, server_hostname="hub.test") as secure:
                return secure.version() == "TLSv1.3"

        return raw, finishes, raw.is_closed

    def pong(self):
        raw = RawWebSocket(self.hub)
        raw.message("welcome")
        assert raw.receive() == (9, b"")

        def finishes():
            raw.frame(10)
            raw.frame(1, b'{"type":"ping"}')
            return raw.message("pong")

        return raw, finishes, lambda: raw.receive() == (8, (4201).to_bytes(2, "big"))

    def close(self):
        raw = RawWebSocket(self.hub)
        raw.message("welcome")
        raw.frame(2, b"x")  # it is answered by a Close, which this client does not answer
        while (frame := raw.receive())[0] != 8:
            pass
        assert frame[1][:2] == (1003).to_bytes(2, "big")

        def finishes():
            raw.frame(8, frame[1][:2])
            return raw.is_closed()

        return raw, finishes, raw.is_closed

    @staticmethod
    def _finishes(raw, rest):
        raw.send(rest)
        return raw.response().status in (200, 201)


TIMEOUTS = {
    "head": "--head-timeout", "body": "--body-timeout", "idle": "--idle-timeout",
    "handshake": "--tls-handshake-timeout", "pong": "--pong-timeout", "close": "--close-timeout",
}


@pytest.mark.parametrize("bounded", TIMEOUTS)
def test_a_time_out_ends_its_state_and_no_other(start_hub, tmp_path, bounded):
    flags = [value for state, flag in TIMEOUTS.items() for value in (flag, "200ms" if state == bounded else "1h")]
    hub = start_hub(*flags, "--ping-interval", "50ms", *Authority(tmp_path / "ca").issue("hub.test").flags,
                    listen=("127.0.0.1:0", "https://127.0.0.1:0"))
    states = States(hub)
    others = [getattr(states, state)() for state in TIMEOUTS if state != bounded]
    raw, _, ends = getattr(states, bounded)()
    assert ends(), f"{TIMEOUTS[bounded]} ends it as the table says"
    raw.socket.close()
    for raw, finishes, _ in others:
        assert finishes(), "another one's time-out has not ended it"
        raw.socket.close()
    hub.stop()


# What is kept.

@pytest.mark.parametrize("flags", [("--retain-age", "1ms"), ("--retain-bytes", "1MiB")], ids=["age", "bytes"])
def test_retention(start_hub, group, flags):
    hub = start_hub(*flags)
    first = hub.publish(group, 0)["cursor"]
    for _ in range(40):
        hub.publish_many(group, ["x" * 10_000] * 10)

    def is_told():
        query = {"groups": group, "since": first, "wait": "0s"}
        return hub.client.get("/stream", params=query, headers={"Accept": "application/json"}).json()["resume"] == "gap"

    eventually(is_told, "the oldest are gone, and it is said")
    hub.stop()


def test_what_is_within_retention_stays(start_hub, group):
    hub = start_hub("--retain-age", "1h", "--retain-bytes", "64MiB", "--retain-events", "1000")
    hub.publish_many(group, list(range(1000)))
    with Consumer(hub.ws_url + f"/ws?groups={group}&since=earliest") as one:
        assert one.until("subscribed")["resume"] == "complete"
        assert data(one.events(1000)) == list(range(1000))
    hub.stop()


def test_an_old_key_counts_as_new(start_hub, group):
    hub = start_hub("--idempotency-age", "1ms")
    body = {"group": group, "type": "t", "data": 1}

    def places():
        return [hub.client.post("/publish", json=body, headers={"Idempotency-Key": "k"}).json()["seq"] for _ in range(2)]

    eventually(lambda: len(set(places())) == 2, "the key is forgotten")
    hub.stop()
    hub = start_hub("--idempotency-age", "1h")
    assert len({*places(), *places()}) == 1, "within its age it is not"
    hub.stop()


def test_old_attempts_are_removed(start_hub, group):
    receiver = Receiver()
    hub = start_hub("--webhook-allow", "127.0.0.0/8", "--webhook-ports", "1-65535", "--webhook-history-age", "1ms")
    body = {"nombre": "x", "url": receiver.url, "groups": [group]}
    webhook = hub.client.post("/webhooks", json=body).json()["id"]
    hub.publish(group)
    receiver.next()

    def are_gone():
        hub.publish("another")  # time passes
        return hub.client.get(f"/webhooks/{webhook}/deliveries").json()["deliveries"] == []

    eventually(are_gone, "the delivery is not listed any more")
    hub.stop()
    receiver.close()
