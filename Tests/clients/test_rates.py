"""Rates: how much one client may ask for, over HTTP, WebSocket and streams, and what it is told past that.

Limits are by the hour or the day wherever a test counts, so that nothing comes back while it runs."""

import asyncio
import json
import socket
import subprocess
import time
from contextlib import contextmanager

import aiohttp
import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from support.hub import CAMPANA, CAMPANAD, plain_environment
from support.keys import as_key, make_key, operator
from support.waiting import DEADLINE, eventually

FIELDS = ["RateLimit", "RateLimit-Policy"]


@pytest.fixture
def limited(start_hub):
    """Starts a hub with keys: an administrator's, and those of two programs."""

    def start(*flags):
        hub = start_hub(*flags)
        hub.one = make_key(hub, "one", "all:**")
        hub.two = make_key(hub, "two", "all:**")
        return hub

    return start


def statuses(hub, count, key, path="/tasks"):
    return [hub.client.get(path, headers=as_key(key)).status_code for _ in range(count)]


def next_of(socket, kind):
    while (message := json.loads(socket.recv(DEADLINE)))["type"] != kind:
        pass
    return message


def ask(socket, **message):
    socket.send(json.dumps(message))


class TestRequests:
    def test_below_and_at_the_limit_they_go_and_above_it_they_are_told_when_to_come_back(self, limited):
        hub = limited("--rate", "3/hour")
        answers = [hub.client.get("/tasks", headers=as_key(hub.one)) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0", "r=0"]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"hour";q=3;w=3600'}
        refused = answers[3]
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "rate_limited" and "3/hour" in refused.json()["detail"]
        assert 1100 < int(refused.headers["Retry-After"]) <= 1200  # one in twenty minutes
        assert f't={refused.headers["Retry-After"]}' in refused.headers["RateLimit"]
        assert "Retry-After" not in answers[2].headers

    def test_what_is_refused_does_nothing(self, limited):
        hub = limited("--rate", "2/day")
        events = [hub.client.post("/publish", headers=as_key(hub.one), json={"group": "a", "type": "b", "data": n}) for n in range(4)]
        assert [event.status_code for event in events] == [201, 201, 429, 429]
        page = operator(hub).get("/stream", params={"groups": "a", "since": "earliest", "wait": "0s"},
                                 headers={"Accept": "application/json"}).json()
        assert [event["data"] for event in page["events"]] == [0, 1]

    def test_two_keys_do_not_share_and_two_connections_of_one_do(self, limited):
        hub = limited("--rate", "2/day")
        with httpx.Client(base_url=hub.url, trust_env=False) as other:
            assert hub.client.get("/tasks", headers=as_key(hub.one)).status_code == 200
            assert other.get("/tasks", headers=as_key(hub.one)).status_code == 200
            assert other.get("/tasks", headers=as_key(hub.one)).status_code == 429
        assert statuses(hub, 3, hub.one) == [429] * 3
        assert statuses(hub, 3, hub.two) == [200, 200, 429]

    def test_probes_and_the_operator_are_never_refused(self, limited):
        hub = limited("--rate", "1/day")
        assert statuses(hub, 2, hub.one) == [200, 429]
        for path in ["/health", "/readyz", "/api/health", "/api/cascade/health/"]:
            answer = hub.client.get(path, headers=as_key(hub.one))
            assert answer.status_code == 200 and not [name for name in FIELDS if name in answer.headers]
        with operator(hub) as client:
            assert [client.get("/keys").status_code for _ in range(5)] == [200] * 5

    def test_every_answer_says_it_whatever_it_is(self, limited):
        hub = limited("--rate", "1000/day")
        requests = [("GET", "/tasks"), ("GET", "/nowhere"), ("PUT", "/publish"), ("POST", "/publish"), ("POST", "/tasks"),
                    ("OPTIONS", "/tasks"), ("HEAD", "/tasks"), ("GET", "/stream?groups=a&wait=0s"), ("GET", "/ws"), ("GET", "/")]
        for left, (method, path) in enumerate(requests, 1):
            answer = hub.client.request(method, path, headers=as_key(hub.one) | {"Accept": "application/json"})
            assert answer.headers["RateLimit-Policy"] == '"day";q=1000;w=86400', (method, path)
            assert answer.headers["RateLimit"].startswith(f'"day";r={1000 - left};t='), (method, path)

    def test_pipelined_requests_are_counted_in_their_order(self, limited):
        async def run():
            reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
            one = f"POST /publish/a HTTP/1.1\r\nHost: a\r\nAuthorization: ApiKey {hub.one['key']}\r\nContent-Length: 1\r\n\r\nx"
            writer.write(one.encode() * 5)
            found = []
            while len(found) < 5:
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE)).decode().lower()
                found.append(head.split()[1])
                await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
            writer.close()
            return found

        hub = limited("--rate", "3/day")
        assert asyncio.run(run()) == ["201", "201", "201", "429", "429"]

    def test_seed_001_a_thousand_an_hour_for_each_user(self, limited):
        hub = limited("--rate", "1000/hour")
        begun = time.monotonic()
        passed = 0
        while hub.client.get("/api/external/stock/", headers=as_key(hub.one)).status_code == 200:
            passed += 1
        assert 1000 <= passed <= 1001 + (time.monotonic() - begun) / 3.6
        assert statuses(hub, 1, hub.two, "/api/external/stock/") == [200]

    def test_seeds_000_and_001_sixty_a_minute_and_a_thousand_an_hour_hold_together(self, limited):
        hub = limited("--rate", "60/min", "--rate", "1000/hour")
        begun = time.monotonic()
        passed = 0
        while (answer := hub.client.get("/tasks", headers=as_key(hub.one))).status_code == 200:
            passed += 1
        # Sixty at once, and one more with each second that it took.
        assert 60 <= passed <= 61 + (time.monotonic() - begun)
        assert answer.headers["RateLimit-Policy"] == '"min";q=60;w=60, "hour";q=1000;w=3600'
        assert f'"min";r=0;t=1, "hour";r={1000 - passed}' in answer.headers["RateLimit"]
        assert answer.headers["Retry-After"] == "1"
        # Whoever waits as it was told goes on, and the hour was not charged for what was refused.
        again = eventually(
            lambda: (found := hub.client.get("/tasks", headers=as_key(hub.one))).status_code == 200 and found, "a token came back")
        assert f'"hour";r={1000 - passed - 1}' in again.headers["RateLimit"]

    def test_aiohttp_reads_the_same(self, limited):
        async def run():
            async with aiohttp.ClientSession() as session:
                found = []
                for _ in range(3):
                    async with session.get(hub.url + "/tasks", headers=as_key(hub.one)) as answer:
                        found.append((answer.status, answer.headers.get("Retry-After") is not None))
                return found

        hub = limited("--rate", "2/day")
        assert asyncio.run(run()) == [(200, False), (200, False), (429, True)]

    def test_pages_of_other_origins_may_read_the_fields(self, limited):
        hub = limited("--rate", "1/day", "--origin", "https://app.example")
        for status in [200, 429]:
            answer = hub.client.get("/tasks", headers=as_key(hub.one) | {"Origin": "https://app.example"})
            assert answer.status_code == status
            exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)

    def test_without_a_rate_nothing_is_said(self, limited):
        hub = limited()
        answer = hub.client.get("/tasks", headers=as_key(hub.one))
        assert not [name for name in FIELDS if name in answer.headers]


class TestAddresses:
    """Without credentials it is the address that counts, and those of this machine only if the operator says so."""

    def get(self, hub, source, path="/tasks", **headers):
        transport = httpx.HTTPTransport(local_address=source)
        with httpx.Client(base_url=hub.url, transport=transport, headers=headers) as client:
            return client.get(path)

    def test_two_addresses_do_not_share_and_two_connections_of_one_do(self, start_hub):
        hub = start_hub("--rate", "2/day", "--limit-exempt", "off")
        found = [self.get(hub, source).status_code for source in ["127.0.0.2"] * 3 + ["127.0.0.3"] * 3]
        assert found == [200, 200, 429, 200, 200, 429]

    def test_seed_000_sixty_a_minute_for_each_address(self, start_hub):
        hub = start_hub("--rate", "60/min", "--limit-exempt", "off")
        begun = time.monotonic()
        passed = 0
        while (answer := hub.client.post("/api/cascade/notify/", json={"type": "t", "message": "m", "recipients": [1]})).status_code < 300:
            passed += 1
        assert answer.status_code == 429 and 60 <= passed <= 61 + (time.monotonic() - begun)
        assert self.get(hub, "127.0.0.2").status_code == 200

    def test_this_machine_is_exempt_unless_the_operator_says_otherwise(self, start_hub):
        hub = start_hub("--rate", "1/day")
        answers = [self.get(hub, "127.0.0.2") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert not [name for name in FIELDS if name in answers[0].headers]

    def test_bad_credentials_are_charged_to_the_address_and_good_ones_are_not(self, limited):
        hub = limited("--rate", "3/day", "--limit-exempt", "off")
        bad = {"Authorization": "ApiKey sk_0000000000000000_0000"}
        found = [self.get(hub, "127.0.0.2", **bad).status_code for _ in range(5)]
        assert found == [401, 401, 401, 429, 429]
        good = as_key(hub.one)
        assert [self.get(hub, "127.0.0.2", **good).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert self.get(hub, "127.0.0.2").status_code == 429
        assert self.get(hub, "127.0.0.3").status_code == 401

    def test_what_is_no_http_is_charged_as_well(self, start_hub):
        hub = start_hub("--rate", "2/day", "--limit-exempt", "off")
        for status in [400, 400, 429]:
            with socket.create_connection(("127.0.0.1", hub.port), source_address=("127.0.0.4", 0)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
                answer = connection.makefile("rb").read().decode()
            assert answer.startswith(f"HTTP/1.1 {status} ") and "\r\nRateLimit: " in answer

    def test_behind_a_trusted_proxy_it_is_its_client_that_counts(self, start_hub):
        hub = start_hub("--rate", "2/day", "--trusted-proxy", "127.0.0.0/8")
        found = [hub.client.get("/tasks", headers={"X-Forwarded-For": source}).status_code
                 for source in ["192.0.2.1"] * 3 + ["192.0.2.2"] + ["2001:db8::1", "2001:db8::2", "2001:db8::3"]]
        assert found == [200, 200, 429, 200, 200, 200, 429]  # of IPv6 a whole /64
        with connect(hub.ws_url + "/ws", additional_headers={"X-Forwarded-For": "192.0.2.2"}, proxy=None) as one:
            ask(one, type="publish", group="a", event="b", data=1, ref="past")
            assert next_of(one, "error")["ref"] == "past"

    def test_an_inbound_hook_counts_before_its_signature_is_looked_at(self, start_hub):
        hub = start_hub("--rate", "1/day", "--limit-exempt", "off")
        found = [hub.client.post("/hooks/nobody", content="x").status_code for _ in range(2)]
        assert found[0] in (401, 404) and found[1] == 429


class TestStreams:
    def test_a_stream_takes_one_and_says_so(self, limited):
        hub = limited("--rate", "2/day")
        for form in ["text/event-stream", "application/x-ndjson"]:
            headers = as_key(hub.one) | {"Accept": form}
            with hub.client.stream("GET", "/stream?groups=a", headers=headers) as answer:
                assert answer.status_code == 200 and "RateLimit" in answer.headers
        assert hub.client.get("/stream?groups=a", headers=as_key(hub.one) | {"Accept": "text/event-stream"}).status_code == 429

    def test_what_was_opened_goes_on_past_the_rate(self, limited):
        hub = limited("--rate", "1/day")
        with hub.client.stream("GET", "/stream?groups=a", headers=as_key(hub.one) | {"Accept": "text/event-stream"}) as stream:
            lines = stream.iter_lines()
            assert statuses(hub, 1, hub.one) == [429]
            with operator(hub) as client:
                client.post("/publish", json={"group": "a", "type": "b", "data": "still here"})
            assert next(line for line in lines if "still here" in line)

    def test_a_websocket_takes_one_and_is_refused_past_the_rate(self, limited):
        hub = limited("--rate", "1/day")
        with connect(hub.ws_url + "/ws", additional_headers=as_key(hub.one), proxy=None) as socket:
            assert socket.response.headers["RateLimit"].startswith('"day";r=0;t=')
        with pytest.raises(InvalidStatus) as refused:
            connect(hub.ws_url + "/ws", additional_headers=as_key(hub.one), proxy=None)
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) > 0


class TestMessages:
    @contextmanager
    def open(self, hub, key=None, path="/ws"):
        with connect(hub.ws_url + path, additional_headers=as_key(key or hub.one), proxy=None) as socket:
            assert json.loads(socket.recv(DEADLINE))["type"] == "welcome"
            yield socket

    def test_past_the_rate_a_message_is_not_acted_upon_and_its_ref_comes_back(self, limited):
        hub = limited("--rate", "4/day")
        with self.open(hub) as socket:  # the first of four
            for ref in [1, 2, 3]:
                ask(socket, type="publish", group="a", event="b", data=ref, ref=ref)
            assert [next_of(socket, "published")["ref"] for _ in range(3)] == [1, 2, 3]
            for message in [{"type": "publish", "group": "a", "event": "b", "data": 4}, {"type": "subscribe", "groups": ["a"]},
                            {"type": "unsubscribe", "groups": ["a"]}, {"type": "nonsense"}]:
                ask(socket, ref={"of": message["type"]}, **message)
                error = json.loads(socket.recv(DEADLINE))
                assert error["type"] == "error" and error["code"] == "rate_limited"
                assert error["ref"] == {"of": message["type"]}
                assert 0 < error["retry_after_ms"] <= 21_600_000 and "4/day" in error["message"]
            ask(socket, type="ping", ref="free")
            assert next_of(socket, "pong")["ref"] == "free"
        page = operator(hub).get("/stream", params={"groups": "a", "since": "earliest", "wait": "0s"},
                                 headers={"Accept": "application/json"}).json()
        assert [event["data"] for event in page["events"]] == [1, 2, 3]

    def test_who_goes_on_all_the_same_is_told_goodbye_and_closed_with_4129(self, limited):
        hub = limited("--rate", "3/day")
        with self.open(hub) as socket:
            for ref in range(7):
                ask(socket, type="publish", group="a", event="b", data=ref, ref=ref)
            # Two pass, three are refused, and the next refusal is the last.
            kinds = []
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    kinds.append(json.loads(socket.recv(DEADLINE)))
            assert sorted(each["ref"] for each in kinds if each["type"] == "published") == [0, 1]
            assert [each["ref"] for each in kinds if each["type"] == "error"] == [2, 3, 4, 5]
            goodbye = [each for each in kinds if each["type"] == "goodbye"]
            assert [each["reason"] for each in goodbye] == ["rate"] and goodbye[0]["reconnect_in_ms"] >= 1000
            assert closed.value.rcvd.code == 4129

    def test_connections_of_one_key_share_and_those_of_another_do_not(self, limited):
        hub = limited("--rate", "4/day")
        with self.open(hub) as one, self.open(hub) as other, self.open(hub, hub.two) as stranger:
            for socket in [one, other]:
                ask(socket, type="publish", group="a", event="b", data=1, ref=1)
                assert next_of(socket, "published")
            for socket in [one, other]:
                ask(socket, type="publish", group="a", event="b", data=2, ref=2)
                assert next_of(socket, "error")["code"] == "rate_limited"
            ask(stranger, type="publish", group="a", event="b", data=1, ref=1)
            assert next_of(stranger, "published")
        assert statuses(hub, 1, hub.one) == [429]

    def test_the_message_rate_is_of_one_connection_and_counts_pings(self, limited):
        hub = limited("--message-rate", "3/day")
        with self.open(hub) as socket, self.open(hub) as other:
            for ref in range(4):
                ask(socket, type="ping", ref=ref)
            assert [next_of(socket, "pong")["ref"] for _ in range(3)] == [0, 1, 2]
            error = next_of(socket, "error")
            assert error["code"] == "rate_limited" and error["ref"] == 3 and "3/day" in error["message"]
            ask(other, type="ping", ref="mine")
            assert next_of(other, "pong")["ref"] == "mine"

    def test_pings_past_the_message_rate_are_answered_and_then_end_it(self, limited):
        hub = limited("--message-rate", "2/day")
        with self.open(hub) as socket:
            for _ in range(2):
                assert socket.ping().wait(DEADLINE)
            for _ in range(2):  # RFC 6455 §5.5.2: a ping has its pong
                assert socket.ping().wait(DEADLINE)
                assert next_of(socket, "error")["code"] == "rate_limited"
            socket.ping()
            assert next_of(socket, "goodbye")["reason"] == "rate"
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(DEADLINE)
            assert closed.value.rcvd.code == 4129

    def test_other_consumers_hear_everything_while_one_is_held_back(self, limited):
        hub = limited("--rate", "2/day")
        with self.open(hub, hub.two, "/ws?groups=a") as listener, self.open(hub) as noisy:
            next_of(listener, "subscribed")
            for number in range(4):
                ask(noisy, type="publish", group="a", event="b", data=number)
            assert next_of(listener, "b")["data"] == 0
            with operator(hub) as client:
                client.post("/publish", json={"group": "a", "type": "b", "data": "after"})
            assert next_of(listener, "b")["data"] == "after"


class TestTickets:
    def test_a_client_may_have_a_thousand_that_wait_and_another_still_gets_one(self, limited):
        hub = limited()
        for _ in range(1000):
            assert hub.client.post("/tickets", headers=as_key(hub.one)).status_code == 201
        refused = hub.client.post("/tickets", headers=as_key(hub.one))
        assert refused.status_code == 429 and refused.json()["code"] == "rate_limited"
        assert 1 <= int(refused.headers["Retry-After"]) <= 30
        assert hub.client.post("/tickets", headers=as_key(hub.two)).status_code == 201


class TestCompanion:
    """`campana` waits as long as the hub says, says so, and loses nothing."""

    FLAGS = "--rate", "20/min", "--limit-exempt", "off"  # one comes back in three seconds

    def run(self, hub, *arguments, **options):
        return subprocess.run(
            [CAMPANA, *arguments], env=plain_environment(CAMPANA_URL=hub.url), capture_output=True, text=True,
            timeout=2 * DEADLINE, **options)

    def use_up(self, hub):
        while hub.client.get("/tasks").status_code == 200:
            pass

    def test_publish_waits_and_is_done_once(self, start_hub, group):
        hub = start_hub(*self.FLAGS)
        count = 0

        def waits():
            nonlocal count
            self.use_up(hub)
            done = self.run(hub, "publish", group, str(count))
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["seq"] == (count := count + 1)
            return "the hub answered 429: this hub takes 20/min" in done.stderr and "trying again in 3 s" in done.stderr

        eventually(waits, "a publish that had to wait", 3 * DEADLINE)

    def test_import_waits_and_imports_each_row_once(self, start_hub, tmp_path):
        hub = start_hub("--rate", "5/s", "--limit-exempt", "off")
        file = tmp_path / "a.csv"
        file.write_text("nombre,material,diametro\n" + "".join(f"Tubo {n},Cobre,{n}\n" for n in range(40)))
        done = self.run(hub, "import", "--tipo", "articulos", "--mode", "skip", "--batch", "1", str(file))
        assert done.returncode == 0, done.stderr
        with operator(hub) as client:
            articles = client.get("/api/external/articulos/", params={"limit": 100}).json()
        assert len(articles["articulos"] if isinstance(articles, dict) else articles) == 40
        assert "429: this hub takes 5/s" in done.stderr

    def test_tail_comes_back_when_the_hub_has_room(self, start_hub, group, tmp_path):
        hub = start_hub(*self.FLAGS)
        with operator(hub) as client:
            for number in range(3):
                client.post("/publish", json={"group": group, "type": "t", "data": number})

        def waits():
            self.use_up(hub)
            done = self.run(hub, "tail", group, "--since", "earliest", "--count", "3", "--no-state")
            assert done.returncode == 0, done.stderr
            assert [json.loads(line)["data"] for line in done.stdout.splitlines()] == [0, 1, 2]
            return "429" in done.stderr and "trying again in" in done.stderr

        eventually(waits, "a tail that had to wait", 3 * DEADLINE)


class TestOperator:
    def test_metrics_and_the_log_say_that_clients_are_refused_but_not_each_time(self, limited):
        hub = limited("--rate", "1/day", "--message-rate", "1/day")
        with connect(hub.ws_url + "/ws", additional_headers=as_key(hub.one), proxy=None) as socket:
            assert json.loads(socket.recv(DEADLINE))["type"] == "welcome"
            ask(socket, type="ping")
            ask(socket, type="ping", ref=2)
            next_of(socket, "error")
        assert statuses(hub, 3, hub.one) == [429] * 3
        with operator(hub) as client:
            page = client.get("/metrics").text
        assert 'campana_offences_total{offence="past_rate"} 3' in page
        assert 'campana_offences_total{offence="past_message_rate"} 1' in page
        assert "key:one" not in page
        lines = [json.loads(line) for line in hub.log.read_text().splitlines() if "client misbehaved" in line]
        assert [(line["level"], line["offence"], line["detail"].split(";")[0]) for line in lines] == [
            ("warning", "past_message_rate", "message-rate is 1/day"), ("warning", "past_rate", "rate is 1/day")]
        assert lines[0]["who"] == lines[1]["peer"] == "key:one"

    def test_each_429_has_its_line_in_the_audit_log(self, limited, tmp_path):
        file = tmp_path / "audit.jsonl"
        hub = limited("--rate", "2/day", "--audit", str(file))
        with connect(hub.ws_url + "/ws", additional_headers=as_key(hub.one), proxy=None) as socket:
            assert json.loads(socket.recv(DEADLINE))["type"] == "welcome"
            for number in range(2):
                ask(socket, type="publish", group="a", event="b", data=number)
            next_of(socket, "error")
        assert statuses(hub, 1, hub.one) == [429]
        hub.stop()
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        refused = [(line["who"], line["did"], line["on"], line["outcome"]) for line in lines if line["outcome"] in ("429", "rate_limited")]
        assert refused == [("key:one", "publish", "a", "rate_limited"), ("key:one", "GET /tasks", "/tasks", "429")]

    @pytest.mark.parametrize("flags, words", [
        (["--rate", "60/minute"], ["--rate", "60/minute", "60/min"]),
        (["--rate", "0/s"], ["--rate", "0/s"]),
        (["--rate", "60/min", "--rate", "10/min"], ["60/min", "10/min", "one unit"]),
        (["--message-rate", "fast"], ["--message-rate", "fast", "10/s"])])
    def test_a_rate_that_cannot_be_read_is_refused_at_start_with_the_mend(self, tmp_path, flags, words):
        run = subprocess.run(
            [CAMPANAD, "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", *flags],
            capture_output=True, text=True, env=plain_environment(), timeout=DEADLINE)
        assert run.returncode != 0
        for word in words:
            assert word in run.stderr
