"""How many connections one address and one principal may have: below, at and above the bound, and
given back once however a connection ends."""

import json
import re
import socket
import ssl
import struct

import pytest

from support.certificates import Authority
from support.hub import Hub
from support.keys import as_key, make_key, operator
from support.limits import offences, open_for, refused, request, told
from support.raw import Raw, RawWebSocket
from support.waiting import DEADLINE, eventually

HERE, THERE = "127.0.0.2", "127.0.0.3"
GET = "GET /health HTTP/1.1\r\nHost: hub\r\n\r\n"


def ask(hub, source=HERE):
    """A connection that was answered once, and the status."""
    raw = Raw(hub, source=source)
    raw.send(GET)
    return raw, raw.response().status


def fill(hub, count, source=HERE):
    opened = [ask(hub, source) for _ in range(count)]
    assert [status for _, status in opened] == [200] * count
    return [raw for raw, _ in opened]


class TestAddress:
    def test_below_at_and_above_the_bound(self, start_hub):
        hub = start_hub("--max-connections-per-address", "3", "--limit-exempt", "off")
        opened = fill(hub, 3)
        with Raw(hub, source=HERE) as raw:  # nothing is read: it is closed as it comes
            assert "3 connections" in refused(raw)["detail"]
            assert raw.is_closed()
        for raw in fill(hub, 3, THERE) + opened:  # no other address is worse off
            raw.socket.close()
        eventually(lambda: ask(hub)[1] == 200, "there is room again")
        hub.stop()

    def test_addresses_that_are_exempt_and_no_bound_at_all(self, start_hub, tmp_path):
        hub = start_hub("--max-connections-per-address", "2")
        assert len(fill(hub, 5)) == 5  # of this machine
        hub.stop()
        hub = start_hub("--max-connections-per-address", "2", "--limit-exempt", f"{HERE}/32,127.0.0.1")
        assert len(fill(hub, 5)) == 5
        there = fill(hub, 2, THERE)
        with Raw(hub, source=THERE) as raw:
            refused(raw)
        there.clear()
        hub.stop()
        hub = start_hub("--max-connections-per-address", "off", "--limit-exempt", "off")
        assert len(fill(hub, 5)) == 5
        hub.stop()

    def test_the_operator_and_socket_files_have_no_address(self, start_hub, tmp_path):
        path = tmp_path / "hub.sock"
        hub = start_hub(
            "--listen", f"unix:{path}", "--max-connections-per-address", "1", "--limit-exempt", "off")
        for file in [path, hub.data / "operator.sock"]:
            opened = []
            for _ in range(4):
                opened.append(socket.socket(socket.AF_UNIX))
                opened[-1].settimeout(DEADLINE)
                opened[-1].connect(str(file))
                opened[-1].sendall(GET.encode())
                assert opened[-1].recv(4096).startswith(b"HTTP/1.1 200")
        hub.stop()

    def test_an_ipv6_network_counts_as_one(self, start_hub):
        hub = start_hub(
            "--max-connections-per-address", "2", "--limit-exempt", "off", "--trusted-proxy", "127.0.0.1",
            "--ping-interval", "10m")
        there = [open_for(hub, f"2001:db8:0:7::{n:x}") for n in range(3)]
        assert [kind for _, kind in there] == ["open", "open", "refused"]
        assert open_for(hub, "2001:db8:0:8::1")[1] == "open"
        hub.stop()

    def test_the_log_says_whose_and_what_mends_it_and_says_it_once(self, start_hub):
        hub = start_hub(
            "--max-connections-per-address", "1", "--limit-exempt", "off", "--log-format", "json",
            "--open-metrics", "on")
        (held,) = fill(hub, 1)
        for _ in range(5):
            with Raw(hub, source=HERE) as raw:
                refused(raw)
        assert offences(hub, "too_many_of_address") == 5
        (line,) = told(hub, "too_many_of_address")
        assert (line["level"], line["peer"]) == ("warning", HERE)
        assert "max-connections-per-address is 1" in line["detail"] and "trusted-proxy" in line["detail"]
        held.socket.close()
        hub.stop()

    def test_with_tls_it_is_closed_and_nothing_said(self, start_hub, tmp_path):
        authority = Authority(tmp_path / "ca")
        hub = start_hub(
            *authority.issue("hub.test").flags, "--max-connections-per-address", "1", "--limit-exempt", "off",
            "--tls-handshake-timeout", "1h", listen=("127.0.0.1:0", "https://127.0.0.1:0"))
        hub.ports.reverse()  # Raw goes to the first
        held = Raw(hub, source=HERE)
        held.socket = authority.client(check_hostname=False).wrap_socket(held.socket)
        with Raw(hub, source=HERE) as raw:
            assert raw.is_closed()
        held.send(GET)  # who was there before is served all the same
        assert held.response().status == 200
        held.socket.close()

        def has_room():
            with Raw(hub, source=HERE) as raw:
                try:
                    authority.client(check_hostname=False).wrap_socket(raw.socket).close()
                    return True
                except (ssl.SSLError, OSError):
                    return False

        eventually(has_room, "there is room again")
        # Handshakes that fail give their place back as well.
        with Raw(hub, source=HERE) as raw:
            raw.send(GET)
            raw.rest()
        eventually(has_room, "there is room again")
        hub.stop()


def reset(raw):
    """Ends without a word: the kernel sends a reset."""
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.socket.close()


def polled(hub, **options):
    raw = Raw(hub, **options)
    raw.send(request("/stream?groups=nothing&wait=50s", Accept="application/json"))
    return raw


def streamed(hub, kind="text/event-stream", **options):
    raw = Raw(hub, **options)
    raw.send(f"GET /stream?groups=nothing HTTP/1.1\r\nHost: hub\r\nAccept: {kind}\r\n\r\n")
    assert raw.head().status == 200
    return raw


def websocket(hub, **options):
    one = RawWebSocket(hub, **options)
    one.message("welcome")
    return one


# How a connection can end: each opens one from `HERE`, and ends it or has it ended.
def closes(hub, **options):
    ask(hub, **options)[0].socket.close()


def resets(hub, **options):
    reset(ask(hub, **options)[0])


def says_nothing_at_all(hub, **options):
    Raw(hub, **options).socket.close()


def asks_to_close(hub, **options):
    raw = Raw(hub, **options)
    raw.send("GET /health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
    assert raw.response().status == 200 and raw.is_closed()


def is_malformed(hub, **options):
    raw = Raw(hub, **options)
    raw.send("GET\r\n\r\n")
    assert raw.response().status == 400 and raw.is_closed()


def is_too_slow(hub, **options):
    raw = Raw(hub, **options)
    raw.send("GET /health HTTP/1.1\r\n")
    assert raw.response().status == 408 and raw.is_closed()


def is_idle(hub, **options):
    assert ask(hub, **options)[0].is_closed()


def ends_within_a_body(hub, **options):
    raw = Raw(hub, **options)
    raw.send("POST /publish HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n{")
    raw.socket.shutdown(socket.SHUT_WR)
    raw.rest()


def leaves_before_the_answer(hub, **options):
    raw = Raw(hub, **options)
    raw.send(request("/publish", method="POST", body='{"group":"a","type":"m"}') * 20)
    reset(raw)


def closes_a_websocket(hub, **options):
    one = websocket(hub, **options)
    one.frame(8, b"\x03\xe8")
    assert one.close_code() == 1000


def cuts_a_websocket(hub, **options):
    reset(websocket(hub, **options))


def violates_a_websocket(hub, **options):
    one = websocket(hub, **options)
    one.frame(3)
    assert one.close_code() == 1002


def fails_a_handshake(hub, **options):
    raw = Raw(hub, **options)
    raw.send(request("/ws", Connection="close, Upgrade", Upgrade="websocket", Sec_WebSocket_Version="12"))
    assert raw.response().status in (400, 426)
    raw.socket.close()


def is_ended_by_the_operator(hub, **options):
    one = websocket(hub, **options)
    ip, port = one.socket.getsockname()
    client = operator(hub)
    (found,) = [
        entry for entry in client.get("/connections").json()["connections"] if entry["address"] == f"{ip}:{port}"]
    assert client.delete(f"/connections/{found['id']}").status_code == 204
    assert one.close_code() == 4003


def leaves_a_stream(hub, **options):
    streamed(hub, **options).socket.close()


def cuts_lines(hub, **options):
    reset(streamed(hub, "application/x-ndjson", **options))


def leaves_a_poll(hub, **options):
    polled(hub, **options).socket.close()


def shuts_its_end_of_a_poll(hub, **options):
    raw = polled(hub, **options)
    raw.socket.shutdown(socket.SHUT_WR)
    raw.rest()


WAYS = [
    closes, resets, says_nothing_at_all, asks_to_close, is_malformed, is_too_slow, is_idle, ends_within_a_body,
    leaves_before_the_answer, closes_a_websocket, cuts_a_websocket, violates_a_websocket, fails_a_handshake,
    is_ended_by_the_operator, leaves_a_stream, cuts_lines, leaves_a_poll, shuts_its_end_of_a_poll,
]


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    hub = Hub(
        tmp_path_factory.mktemp("tight") / "data", "--max-connections-per-address", "2", "--limit-exempt",
        "127.0.0.1", "--head-timeout", "100ms", "--body-timeout", "1h", "--idle-timeout", "300ms",
        "--ping-interval", "10m")
    yield hub
    hub.stop()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_place_is_given_back_once_however_a_connection_ends(tight, way):
    """One of two places is held: given back never, the way could not be gone a third time; given
    back twice, a third connection would find room beside the two."""
    opened = []
    try:
        settle(tight, 0)
        opened.append(websocket(tight, source=HERE))
        for _ in range(3):
            way(tight, source=HERE)
            settle(tight, 1)
        opened.append(websocket(tight, source=HERE))
        with Raw(tight, source=HERE) as raw:
            refused(raw)
    finally:
        for one in opened:
            one.socket.close()


def settle(hub, count):
    """Waits until the hub has so many connections beside the one that asks it."""

    def connections():
        page = operator(hub).get("/metrics", headers={"Connection": "close"}).text
        return sum(int(n) for n in re.findall(r'^campana_connections{use="\w+"} (\d+)', page, re.M)) - 1

    eventually(lambda: connections() == count, f"{count} connections are left")


class TestPrincipal:
    FLAGS = ("--max-connections-per-principal", "2", "--ping-interval", "10m")

    def start(self, start_hub, *names, flags=()):
        hub = start_hub()
        keys = [make_key(hub, name, "all:**", "all:$sys:**") for name in names]
        hub.stop()
        return start_hub(*self.FLAGS, *flags), *keys

    def open(self, hub, key):
        return open_for(hub, "", Authorization=f"ApiKey {key['key']}")

    def stream(self, hub, key, accept="text/event-stream"):
        raw = Raw(hub)
        raw.send(request("/stream?groups=nothing", key, Accept=accept))
        return raw

    def poll(self, hub, key, wait="50s"):
        raw = Raw(hub)
        raw.send(request(f"/stream?groups=nothing&wait={wait}", key, Accept="application/json"))
        return raw

    def test_what_stays_is_counted_together_and_for_each_alone(self, start_hub):
        hub, one, other = self.start(start_hub, "one", "other")
        first, kind = self.open(hub, one)
        assert kind == "open"
        second = self.stream(hub, one)
        assert second.head().status == 200
        assert self.open(hub, one)[1] == "refused"
        for past in [self.stream(hub, one), self.stream(hub, one, "application/x-ndjson"), self.poll(hub, one)]:
            refused(past)
        # What does not stay is not counted, nor is anybody else, nor the operator.
        assert hub.client.get("/tasks", headers=as_key(one)).status_code == 200
        assert self.open(hub, other)[1] == "open"
        for _ in range(3):
            with operator(hub).stream("GET", "/stream?groups=nothing", headers={"Accept": "text/event-stream"}) as s:
                assert s.status_code == 200
        for raw in [first, second]:
            raw.socket.close()
        eventually(lambda: self.open(hub, one)[1] == "open", "there is room again")
        hub.stop()

    def test_a_connection_goes_on_after_a_refusal(self, start_hub):
        hub, key = self.start(start_hub, "one")
        held = [self.open(hub, key)[0] for _ in range(2)]
        raw = self.poll(hub, key)
        refused(raw)
        raw.send(request("/health", key))
        assert raw.response().status == 200
        for one in held:
            one.socket.close()

        def is_answered():
            raw.send(request("/stream?groups=nothing&wait=0s", key, Accept="application/json"))
            return raw.response().status == 200

        eventually(is_answered, "there is room again")
        hub.stop()

    def test_answers_that_were_held_give_their_place_back_before_the_next(self, start_hub):
        hub, key = self.start(start_hub, "one")
        held, _ = self.open(hub, key)
        raw = Raw(hub)
        raw.send(request("/stream?groups=nothing&wait=10ms", key, Accept="application/json") * 20)
        assert [raw.response().status for _ in range(20)] == [200] * 20
        extra = self.poll(hub, key)
        eventually(lambda: self.open(hub, key)[1] == "refused", "the poll is held")
        raw.socket.close()
        extra.socket.close()
        held.socket.close()
        hub.stop()

    def test_a_command_that_waits_counts_and_is_not_sent_past_the_bound(self, start_hub):
        hub, key = self.start(start_hub, "one")
        answer = hub.client.put("/api/cascade/commands/count", json={}, headers=as_key(key))
        assert answer.status_code in (200, 201), answer.text
        held = [self.open(hub, key)[0] for _ in range(2)]
        before = hub.client.get("/groups", headers=as_key(key)).json()
        answer = self.send(hub, key)
        assert answer.status_code == 429 and answer.json()["code"] == "too_many_connections"
        assert hub.client.get("/groups", headers=as_key(key)).json() == before
        for one in held:
            one.socket.close()
        eventually(lambda: self.send(hub, key).status_code == 504, "there is room again, and nobody replies")
        assert [self.open(hub, key)[1] for _ in range(2)] == ["open", "open"]  # its wait is over
        hub.stop()

    def send(self, hub, key):
        return hub.client.post(
            "/api/cascade/webhook/", json={"command": "count", "wait": "10ms"}, headers=as_key(key))

    def test_new_credentials_on_a_connection_count_for_whom_they_name(self, start_hub):
        hub, one, other = self.start(start_hub, "one", "other")
        mine, _ = self.open(hub, one)
        theirs = [self.open(hub, other)[0] for _ in range(2)]
        renew = {"type": "auth", "token": other["key"]}
        mine.frame(1, json.dumps(renew).encode())
        assert mine.message("error")["code"] == "too_many_connections"
        theirs[0].socket.close()

        def is_renewed():
            mine.frame(1, json.dumps(renew).encode())
            return json.loads(mine.receive()[1])["type"] == "authenticated"

        eventually(is_renewed, "there is room for it")
        assert self.open(hub, other)[1] == "refused"  # it and the one that was left
        opened = [self.open(hub, one) for _ in range(3)]
        assert [kind for _, kind in opened] == ["open", "open", "refused"]
        hub.stop()

    def test_an_open_hub_counts_nobody(self, start_hub):
        hub = start_hub(*self.FLAGS)
        assert all(websocket(hub) for _ in range(4))
        hub.stop()

    def test_the_metric_and_the_log(self, start_hub):
        hub, key = self.start(start_hub, "caja", flags=["--log-format", "json"])
        held = [self.open(hub, key)[0] for _ in range(2)]
        assert len(held) == 2
        for _ in range(3):
            refused(self.poll(hub, key))
        assert offences(hub, "too_many_of_principal") == 3
        (line,) = told(hub, "too_many_of_principal")
        assert line["who"] == "key:caja" and "max-connections-per-principal is 2" in line["detail"]
        assert key["key"] not in hub.log.read_text()
        hub.stop()
