"""Behind a trusted proxy a request comes from whom the proxy names: for limits, the audit log and
`GET /connections`. Nobody else is believed."""

import json
import socket

import pytest

from support.keys import make_key, operator
from support.limits import offences, open_for, refused, request, told
from support.proxy import Proxy
from support.raw import Raw, RawWebSocket
from support.waiting import DEADLINE, eventually

HERE, THERE = "127.0.0.2", "127.0.0.3"
TRUST = (
    "--trusted-proxy", "127.0.0.1", "--limit-exempt", "off", "--ping-interval", "10m", "--close-timeout", "100ms",
    "--drain-timeout", "1s")


class Door:
    """Where clients connect to in the hub's place."""

    def __init__(self, port):
        self.port = port


def addresses(hub):
    found = operator(hub).get("/connections").json()["connections"]
    return sorted(one["address"] for one in found)


def connected(hub, **fields):
    """The address of the one WebSocket of a client that sends these fields."""
    one = RawWebSocket(hub, **fields)
    one.message("welcome")
    (address,) = addresses(hub)
    one.frame(8, b"\x03\xe8")
    one.rest()
    one.socket.close()
    eventually(lambda: addresses(hub) == [], "it is gone")
    return address


@pytest.mark.parametrize("field", ["X-Forwarded-For", "Forwarded"])
def test_through_a_proxy_each_client_has_an_address_of_its_own(start_hub, tmp_path, field):
    audit = tmp_path / "audit.jsonl"
    hub = start_hub(*TRUST, "--proxy-header", field.lower(), "--audit", str(audit), "--max-connections-per-address", "1")
    with Proxy(hub.port, names=field) as proxy:
        door = Door(proxy.port)
        opened = [RawWebSocket(door, source=source) for source in (HERE, THERE)]
        for one in opened:
            one.message("welcome")
        assert addresses(hub) == [HERE, THERE]
        # What a client says of itself is not believed, neither alone nor in a list.
        for lie in ["203.0.113.7", "for=203.0.113.7", f"{THERE}, 203.0.113.7", "\"", "for=\"203.0.113.7"]:
            past = RawWebSocket(door, source=HERE, **{field.replace("-", "_"): lie})
            assert past.message("error")["code"] == "too_many_connections"
            assert past.close_code() == 4100
        with Raw(door, source=HERE) as raw:
            raw.send(request("/tasks", method="POST", body=json.dumps({"title": "uno"})))
            assert raw.response().status == 201
        for one in opened:
            one.socket.close()
    hub.stop()
    (line,) = [line for line in map(json.loads, audit.read_text().splitlines()) if line["did"] == "POST /tasks"]
    assert line["from"] == HERE and line["via"].startswith("127.0.0.1:")


def test_who_is_not_a_trusted_proxy_is_not_believed(start_hub):
    hub = start_hub("--trusted-proxy", "127.0.0.9", "--limit-exempt", "off")
    address = connected(hub, X_Forwarded_For="203.0.113.7", Forwarded="for=203.0.113.7")
    assert address.startswith("127.0.0.1:")
    hub.stop()
    hub = start_hub()
    assert connected(hub, X_Forwarded_For="203.0.113.7").startswith("127.0.0.1:")
    hub.stop()


@pytest.mark.parametrize("header, fields, expected", [
    ("x-forwarded-for", {"X_Forwarded_For": "203.0.113.7"}, "203.0.113.7"),
    ("x-forwarded-for", {"X_Forwarded_For": "192.0.2.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"),
    ("x-forwarded-for", {"X_Forwarded_For": "[2001:DB8::1]:443"}, "2001:db8::1"),
    ("x-forwarded-for", {"X_Forwarded_For": "203.0.113.7, unknown, 10.1.2.3"}, "10.1.2.3"),
    ("x-forwarded-for", {"Forwarded": "for=203.0.113.7"}, None),
    ("forwarded", {"X_Forwarded_For": "203.0.113.7"}, None),
    ("forwarded", {"Forwarded": 'for=203.0.113.7, for="[fd00::1]:80"; proto=https'}, "203.0.113.7"),
    # Nothing that can be used: the proxy's own, and never an error.
    ("x-forwarded-for", {"X_Forwarded_For": "who?"}, None),
    ("x-forwarded-for", {"X_Forwarded_For": ", ,"}, None),
    ("x-forwarded-for", {"X_Forwarded_For": ",".join(["x"] * 5000)}, None),
    ("forwarded", {"Forwarded": 'for="' + '\\"' * 4000}, None),
], ids=range(11))
def test_chains_of_proxies(start_hub, header, fields, expected):
    hub = start_hub(
        "--trusted-proxy", "127.0.0.1,10.0.0.0/8", "--trusted-proxy", "fd00::/8", "--proxy-header", header)
    address = connected(hub, **fields)
    assert address == expected or expected is None and address.startswith("127.0.0.1:")
    hub.stop()


def test_who_comes_by_a_socket_file_may_be_a_proxy(start_hub, tmp_path):
    path = tmp_path / "hub.sock"
    hub = start_hub("--listen", f"unix:{path}", "--trusted-proxy", "unix", "--max-connections-per-address", "1")

    def stream(client):
        one = Raw.__new__(Raw)
        one.socket, one._buffer = socket.socket(socket.AF_UNIX), b""
        one.socket.settimeout(DEADLINE)
        one.socket.connect(str(path))
        one.send(request("/stream?groups=nothing", Accept="text/event-stream", X_Forwarded_For=client))
        return one

    held = stream("203.0.113.7")
    assert held.head().status == 200
    refused(stream("203.0.113.7"))
    assert stream("203.0.113.8").head().status == 200
    # The operator's own socket is no proxy's.
    for _ in range(2):
        with operator(hub).stream(
                "GET", "/stream?groups=nothing",
                headers={"Accept": "text/event-stream", "X-Forwarded-For": "203.0.113.7"}) as answer:
            assert answer.status_code == 200
    hub.stop()


def test_an_open_hub_behind_a_proxy_says_so(start_hub):
    hub = start_hub(*TRUST)
    eventually(lambda: "open hub behind a proxy" in hub.errors(), "it says so")
    make_key(hub, "una", "all:**")
    hub.stop()
    before = hub.errors().count("open hub behind a proxy")
    hub = start_hub(*TRUST)
    hub.stop()
    assert hub.errors().count("open hub behind a proxy") == before == 1


class TestLimits:
    FLAGS = (*TRUST, "--max-connections-per-address", "2")

    # Each kind of request that stays.
    FORMS = (
        ("/stream?groups=nothing", {"Accept": "text/event-stream"}),
        ("/stream?groups=nothing", {"Accept": "application/x-ndjson"}),
        ("/stream?groups=nothing&wait=50s", {"Accept": "application/json"}),
        ("/api/cascade/webhook/", {"method": "POST", "body": json.dumps({"command": "count", "wait": "30s"})}))

    def ask(self, hub, client, form):
        """One of them, sent for a client."""
        target, rest = form
        raw = Raw(hub)
        raw.send(request(target, X_Forwarded_For=client, **rest))
        return raw

    def test_what_stays_counts_for_its_client_and_no_other(self, start_hub):
        hub = start_hub(*self.FLAGS, "--log-format", "json", "--open-metrics", "on")
        assert hub.client.put("/api/cascade/commands/count", json={}).status_code in (200, 201)
        mine = [open_for(hub, "203.0.113.7") for _ in range(3)]
        assert [kind for _, kind in mine] == ["open", "open", "refused"]
        for form in self.FORMS:
            raw = self.ask(hub, "203.0.113.7", form)
            problem = refused(raw)
            assert "2 connections" in problem["detail"]
            # The connection is the proxy's: it goes on, for others too.
            raw.send(request("/stream?groups=nothing&wait=0s", Accept="application/json", X_Forwarded_For="203.0.113.8"))
            assert raw.response().status == 200
            raw.send(request("/health", X_Forwarded_For="203.0.113.7"))
            assert raw.response().status == 200
        theirs = [open_for(hub, "203.0.113.8") for _ in range(3)]
        assert [kind for _, kind in theirs] == ["open", "open", "refused"]
        assert offences(hub, "too_many_of_address") == 6
        (line,) = told(hub, "too_many_of_address")
        assert line["peer"] == "203.0.113.7" and "x-forwarded-for" in line["detail"]
        for one, _ in mine:
            one.socket.close()
        eventually(lambda: open_for(hub, "203.0.113.7")[1] == "open", "there is room again")
        hub.stop()

    def test_each_form_takes_one_place_and_gives_it_back(self, start_hub):
        hub = start_hub(*self.FLAGS)
        assert hub.client.put("/api/cascade/commands/count", json={}).status_code in (200, 201)
        for index, form in enumerate(self.FORMS):
            client = f"203.0.113.{index}"
            held, kind = open_for(hub, client)
            assert kind == "open"
            one = self.ask(hub, client, form)
            eventually(lambda: addresses(hub).count(client) == 2, f"form {index} is held")
            assert open_for(hub, client)[1] == "refused"
            one.socket.close()
            eventually(lambda: open_for(hub, client)[1] == "open", f"form {index} is given back")
            held.socket.close()
        hub.stop()

    def test_polls_of_one_connection_count_for_whom_each_is(self, start_hub):
        hub = start_hub(*self.FLAGS)
        held = [open_for(hub, "203.0.113.7") for _ in range(2)]
        raw = Raw(hub)
        poll = "/stream?groups=nothing&wait=10ms"
        clients = ["203.0.113.8", "203.0.113.7", "203.0.113.8", "203.0.113.9", "203.0.113.7"] * 4
        raw.send("".join(request(poll, Accept="application/json", X_Forwarded_For=one) for one in clients))
        assert [raw.response().status for _ in clients] == [429 if one.endswith("7") else 200 for one in clients]
        opened = [open_for(hub, "203.0.113.8") for _ in range(3)]
        assert [kind for _, kind in opened] == ["open", "open", "refused"]
        assert len(held) == 2
        hub.stop()

    def test_the_proxy_s_own_connections_are_not_counted(self, start_hub):
        hub = start_hub(*self.FLAGS)
        opened = [Raw(hub) for _ in range(10)]
        for number, raw in enumerate(opened):
            raw.send(request("/health", X_Forwarded_For=f"203.0.113.{number}"))
        assert [raw.response().status for raw in opened] == [200] * 10
        hub.stop()

    def test_a_client_that_is_exempt(self, start_hub):
        flags = ("--trusted-proxy", "127.0.0.1", "--max-connections-per-address", "1")
        hub = start_hub(*flags, "--limit-exempt", "203.0.113.0/24")
        opened = [open_for(hub, "203.0.113.7") for _ in range(3)] + [open_for(hub, "192.0.2.1") for _ in range(2)]
        assert [kind for _, kind in opened] == ["open"] * 4 + ["refused"]
        hub.stop()

    def test_address_and_principal_are_counted_both_or_none(self, start_hub):
        hub = start_hub()
        keys = [make_key(hub, name, "all:**") for name in ("one", "other")]
        hub.stop()
        hub = start_hub(*self.FLAGS, "--max-connections-per-principal", "1")
        one, other = (f"ApiKey {key['key']}" for key in keys)
        opened = [
            open_for(hub, "203.0.113.7", Authorization=one), open_for(hub, "203.0.113.7", Authorization=one),
            open_for(hub, "203.0.113.7", Authorization=one), open_for(hub, "203.0.113.7", Authorization=other)]
        # Had those that were refused for the name kept the address's places, the last had none.
        assert [kind for _, kind in opened] == ["open", "refused", "refused", "open"]
        hub.stop()
