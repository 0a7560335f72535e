"""The daemon as a process: start, probes, drain, restart, kill -9 (WIRE §4 Closing, §5)."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import threading

import httpx
import pytest

from support.consumer import Consumer, assert_contiguous, data, epoch, is_event
from support.hub import CAMPANAD, plain_environment
from support.raw import Raw
from support.waiting import DEADLINE, eventually


def everything(hub, group):
    """All events of the group, read from the log."""
    with Consumer(hub.ws_url + "/ws") as one:
        one.next()
        answer = one.subscribe(group, since="earliest")
        assert answer["resume"] == "complete"
        before = len(one.frames)
        one.until("caught_up")
        return [frame for frame in one.frames[before:] if is_event(frame)]


class TestProbes:
    def test_health_has_the_seeds_shape(self, hub):
        body = hub.client.get("/health").json()
        assert body["status"] == "healthy" and body["version"] and body["timestamp"].endswith("Z")

    def test_readyz(self, hub):
        assert hub.client.get("/readyz").status_code == 200

    def test_status_counts(self, hub, consumer, group):
        before = hub.client.get("/status").json()
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        hub.publish(group)
        after = hub.client.get("/status").json()
        assert {"connections", "groups", "events", "engine", "loops"} <= after.keys()
        assert json.dumps(after) != json.dumps(before)

    def test_metrics_are_in_prometheus_format(self, hub, group):
        hub.publish(group)
        answer = hub.client.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain")
        sample = re.compile(r'[a-zA-Z_:][\w:]*(\{(\w+="([^"\\]|\\.)*",?)*\})? -?([\d.e+-]+|\+Inf|NaN)')
        described, names = set(), set()
        for line in answer.text.splitlines():
            if line.startswith("# TYPE "):
                described.add(line.split()[2])
            elif not line.startswith("#"):
                assert sample.fullmatch(line), line
                names.add(re.match(r"[\w:]+", line)[0])
        families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} | names
        assert all(name.startswith("campana_") or name.startswith("process_") for name in names)
        assert described <= families and len(described) > 5


class TestStart:
    def refusal(self, *arguments):
        """How it ends, and what it says, when it will not start."""
        done = subprocess.run([CAMPANAD, *arguments], capture_output=True, text=True, timeout=DEADLINE,
                              env=plain_environment(), stdin=subprocess.DEVNULL)
        assert done.returncode != 0
        return done.stderr

    def test_a_taken_port_is_said(self, hub, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = self.refusal("--listen", f"127.0.0.1:{port}", "--data", str(tmp_path / "d"))
        assert str(port) in said

    def test_data_that_another_hub_holds_is_said(self, hub):
        assert str(hub.data) in self.refusal("--listen", "127.0.0.1:0", "--data", str(hub.data))

    def test_another_address_than_loopback_is_refused(self, tmp_path):
        assert "0.0.0.0" in self.refusal("--listen", "0.0.0.0:0", "--data", str(tmp_path / "d"))

    def test_a_misspelt_option_gets_the_nearest_right_one(self):
        assert "--listen" in self.refusal("--lisen", "127.0.0.1:0")

    def test_a_database_that_is_none_is_left_as_it_is(self, start_hub, tmp_path):
        start_hub().stop()
        database = max((tmp_path / "data").iterdir(), key=lambda path: path.stat().st_size)
        database.write_bytes(b"not a database" * 1000)
        said = self.refusal("--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"))
        assert str(database) in said
        assert database.read_bytes() == b"not a database" * 1000

    def test_help(self):
        done = subprocess.run([CAMPANAD, "--help"], capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0 and "--listen" in done.stdout

    def test_a_unix_socket(self, start_hub, tmp_path):
        path = tmp_path / "hub.sock"
        hub = start_hub("--listen", f"unix:{path}")
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://hub") as client:
            assert client.get("/health").json()["status"] == "healthy"
        hub.stop()
        assert not path.exists()

    def test_ipv6(self, start_hub):
        hub = start_hub(listen=("127.0.0.1:0", "[::1]:0"))
        assert httpx.get(f"http://[::1]:{hub.ports[1]}/health", trust_env=False).status_code == 200
        hub.stop()


class TestDrain:
    def test_a_consumer_gets_goodbye_and_a_close(self, start_hub, group):
        hub = start_hub()
        with Consumer(hub.ws_url + f"/ws?groups={group}") as one:
            one.until("subscribed")
            hub.terminate()
            goodbye = one.until("goodbye")
            assert goodbye["reason"] and goodbye["reconnect_in_ms"] >= 0
            assert one.closed()[0] in (1001, 1012)
        hub.stop()

    def test_the_returns_are_spread(self, start_hub):
        hub = start_hub()
        consumers = [Consumer(hub.ws_url + "/ws") for _ in range(20)]
        for one in consumers:
            one.next()
        hub.terminate()
        slots = {one.until("goodbye")["reconnect_in_ms"] for one in consumers}
        assert len(slots) > 5
        for one in consumers:
            one.close()
        hub.stop()

    def begin(self, raw):
        """Sends a request but for its body, and sees that the hub has begun with it."""
        raw.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n")
        assert raw.response().status == 100

    def test_a_request_under_way_is_answered(self, start_hub):
        hub = start_hub()
        with Raw(hub) as raw, Consumer(hub.ws_url + "/ws") as one:
            self.begin(raw)
            hub.terminate()
            one.until("goodbye")
            raw.send('{"title":"a"}')
            response = raw.response()
            assert response.status == 201 and response.header("Connection").lower() == "close"
            assert raw.is_closed()
        hub.stop()

    def test_what_was_written_was_answered(self, start_hub):
        hub = start_hub()
        request = 'POST /tasks HTTP/1.1\r\nHost: hub\r\nContent-Length: 13\r\n\r\n{"title":"a"}'
        with Raw(hub) as raw:
            raw.send(request * 200)
            assert raw.response().status == 201
            hub.terminate()
            answers = 1 + raw.rest().count(b"HTTP/1.1 201")
        hub.stop()
        hub = start_hub()
        assert len(everything(hub, "tasks")) == answers
        hub.stop()

    def test_new_connections_are_refused(self, start_hub):
        hub = start_hub("--drain-timeout", "60s")
        with Raw(hub) as raw:
            self.begin(raw)  # holds the drain open
            hub.terminate()

            def is_refused():
                try:
                    return httpx.get(hub.url + "/readyz", trust_env=False).status_code == 503
                except httpx.TransportError:
                    return True

            eventually(is_refused, "nobody new is served")
            raw.send('{"title":"a"}')
            assert raw.response().status == 201
        hub.stop()

    def test_the_drain_is_bounded(self, start_hub):
        hub = start_hub("--drain-timeout", "200ms")
        with Raw(hub) as raw:
            self.begin(raw)
            hub.stop()

    def test_a_second_signal_ends_it_at_once(self, start_hub):
        hub = start_hub("--drain-timeout", "1h", "--body-timeout", "1h")
        with Raw(hub) as raw, Consumer(hub.ws_url + "/ws") as one:
            self.begin(raw)
            hub.terminate()
            one.until("goodbye")

            def has_ended():
                hub.terminate()  # two signals within a moment are one: shells send them in pairs
                return hub.process.poll() is not None

            eventually(has_ended, "the drain of an hour is broken off")

    def test_ctrl_c_drains_too(self, start_hub):
        hub = start_hub()
        hub.terminate(by=signal.SIGINT)
        hub.stop()


class TestRestart:
    def test_everything_is_there_and_goes_on(self, start_hub, group):
        hub = start_hub()
        task = hub.client.post("/tasks", json={"title": "queda"})
        before = hub.publish_many(group, range(5))
        hub.stop()
        hub = start_hub()
        assert hub.client.get(task.headers["Location"]).json() == task.json()
        assert hub.publish(group, 5)["seq"] == 6
        events = everything(hub, group)
        assert data(events) == list(range(6))
        assert_contiguous(events)
        assert [event["cursor"] for event in events[:5]] == [place["cursor"] for place in before]
        assert {epoch(event["cursor"]) for event in events} == {epoch(before[0]["cursor"])}
        hub.stop()

    def test_a_cursor_of_before_resumes(self, start_hub, group):
        hub = start_hub()
        cursor = hub.publish_many(group, [1, 2, 3])[0]["cursor"]
        hub.stop()
        hub = start_hub()
        with Consumer(hub.ws_url + f"/ws?groups={group}&since={cursor}") as one:
            assert one.until("subscribed")["resume"] == "complete"
            assert data(one.events(2)) == [2, 3]
        hub.stop()

    def test_no_file_of_a_clean_stop_is_left_half(self, start_hub, group, tmp_path):
        hub = start_hub()
        hub.publish(group)
        hub.stop()
        assert not [path for path in (tmp_path / "data").iterdir() if path.name.endswith("-wal") and path.stat().st_size]


ROUNDS = int(os.environ.get("KILL_ROUNDS", "5"))
WRITERS = 8


class TestKill:
    def write(self, hub, group, writer, acknowledged, stop_at, struck):
        """Publishes until the hub is gone; what was answered 201 goes to `acknowledged`."""
        number = 0
        with httpx.Client(base_url=hub.url, timeout=DEADLINE, trust_env=False) as client:
            while True:
                try:
                    answer = client.post("/publish", json={"group": group, "type": "n", "data": [writer, number]})
                except httpx.TransportError:
                    return
                assert answer.status_code == 201, answer.text
                acknowledged.append((writer, number, answer.json()["cursor"]))
                number += 1
                if len(acknowledged) >= stop_at:
                    struck.set()

    def round(self, start_hub, group, dice):
        hub = start_hub()
        acknowledged, struck = [], threading.Event()
        watcher = Consumer(hub.ws_url + f"/ws?groups={group}")
        watcher.until("subscribed")
        stop_at = dice.randrange(1, 400)
        writers = [threading.Thread(target=self.write, args=(hub, group, w, acknowledged, stop_at, struck))
                   for w in range(WRITERS)]
        for writer in writers:
            writer.start()
        assert struck.wait(DEADLINE)
        hub.kill()
        for writer in writers:
            writer.join(DEADLINE)
        watcher.closed()
        return acknowledged, [frame for frame in watcher.frames if is_event(frame)]

    def test_what_was_answered_is_there_once(self, start_hub, group):
        dice = random.Random(4)
        epochs = set()
        for number in range(ROUNDS):
            name = f"{group}.{number}"
            acknowledged, seen = self.round(start_hub, name, dice)
            hub = start_hub()
            events = everything(hub, name)
            assert_contiguous(events)
            assert seen == events[:len(seen)]  # what somebody saw was durable
            written = [(*event["data"], event["cursor"]) for event in events]
            assert set(acknowledged) <= set(written)
            assert len({entry[:2] for entry in written}) == len(written)
            # What was not answered may be there: at most the one that each writer had under way.
            assert len(written) - len(acknowledged) <= WRITERS
            epochs |= {epoch(cursor) for *_, cursor in written}
            hub.kill()
        assert len(epochs) == 1

    def test_tasks_and_their_events_are_one(self, start_hub):
        hub = start_hub()
        made = [hub.client.post("/tasks", json={"title": f"n.º {i}"}).json() for i in range(20)]
        hub.kill()
        hub = start_hub()
        assert hub.client.get("/tasks").json()["tasks"] == made
        assert [event["task"] for event in everything(hub, "tasks")] == made
        hub.stop()


class TestRestored:
    def test_an_older_copy_gets_another_epoch(self, start_hub, group, tmp_path):
        hub = start_hub()
        hub.publish_many(group, [1, 2])
        hub.stop()
        kept = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir() if ".db" in path.name}
        assert kept, "the database is a file whose name has .db in it"
        hub = start_hub()
        lost = hub.publish_many(group, range(3, 500))[-1]["cursor"]
        hub.stop()
        for name, content in kept.items():
            (tmp_path / "data" / name).write_bytes(content)
        hub = start_hub()
        with Consumer(hub.ws_url + f"/ws?groups={group}&since={lost}") as one:
            assert one.until("subscribed")["resume"] == "reset"
            events = one.events(2)
            assert data(events) == [1, 2]
            assert epoch(events[0]["cursor"]) != epoch(lost)
        hub.stop()


@pytest.mark.parametrize("flag, events, kept", [(("--retain-events", "10"), 500, 10)])
def test_past_retention_is_a_gap_at_its_place(start_hub, group, flag, events, kept):
    hub = start_hub(*flag)
    first = hub.publish(group, 0)["cursor"]
    for start in range(1, events, 100):
        hub.publish_many(group, range(start, start + 100))
    total = 1 + len(range(1, events, 100)) * 100

    def gap():
        with Consumer(hub.ws_url + f"/ws?groups={group}&since={first}") as one:
            if one.until("subscribed")["resume"] != "gap":
                return None
            found, before = one.until("gap"), len(one.frames)
            one.until("caught_up")
            return found, [frame for frame in one.frames[before:] if is_event(frame)]

    found, rest = eventually(gap, "retention has taken the oldest")
    assert found["group"] == group and found["from"] and found["to"]
    assert found["lost_at_most"] >= total - 1 - len(rest)
    assert data(rest) == list(range(total - len(rest), total))
    assert len(rest) >= kept
    hub.stop()
