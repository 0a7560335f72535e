"""Seed 003: rules that an operator declares for what is published, on every way to publish."""

import json
import signal
import subprocess

import pytest

from support.consumer import Consumer
from support.hub import CAMPANAD, ROOT, plain_environment
from support.waiting import eventually

RULES = ROOT / "Examples/pedidos/rules.json"
ORDER = {"order_number": "ORD-1", "client_id": "c1", "status": "received", "updated_at": "2026-01-15T10:00:00Z"}
RETURN = ORDER | {"status": "returned", "returned_at": "2026-01-15T10:00:00Z"}


@pytest.fixture
def hub(start_hub):
    hub = start_hub("--rules", str(RULES))
    yield hub
    hub.stop()


def events(hub, group):
    answer = hub.client.get(f"/stream?groups={group}&since=earliest&wait=0s", headers={"Accept": "application/json"})
    return [(event["group"], event["type"]) for event in answer.json()["events"]]


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def envelope(group, type, data):
    return {"group": group, "type": type, "data": data}


class TestRules:
    def test_a_return_without_a_reason_is_refused_by_http(self, hub):
        answer = hub.client.post("/publish", json=envelope("orders:ORD-1", "order_returned", RETURN))
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "rules_broken"
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/data/return_reason"}

        answer = hub.client.post("/publish/orders?type=order_received", json=ORDER | {"status": "lost", "x": 1})
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/status", "/x"}
        assert events(hub, "orders,orders:*") == []

        whole = RETURN | {"return_reason": "roto"}
        assert hub.client.post("/publish", json=envelope("orders:ORD-1", "order_returned", whole)).status_code == 201

    def test_an_atomic_batch_is_published_to_both_groups_or_to_none(self, hub):
        def publish(order):
            body = lines(*(envelope(group, f"order_{order['status']}", order) for group in ("orders:ORD-1", "orders")))
            return hub.client.post(
                "/publish?atomic=1", content=body, headers={"Content-Type": "application/x-ndjson"})

        refused = publish(RETURN)
        assert refused.status_code == 422
        assert {error["pointer"] for error in refused.json()["errors"]} == {
            "/0/data/return_reason", "/1/data/return_reason"}
        assert publish(ORDER).status_code == 201
        assert events(hub, "orders,orders:*") == [("orders:ORD-1", "order_received"), ("orders", "order_received")]

    def test_a_line_of_a_batch_has_its_faults(self, hub):
        body = lines(envelope("orders", "order_received", ORDER), envelope("orders", "order_lost", ORDER))
        answer = hub.client.post("/publish", content=body, headers={"Content-Type": "application/x-ndjson"})
        assert answer.status_code == 207
        good, bad = answer.json()["results"]
        assert good["seq"] == 1
        assert bad["error"]["code"] == "rules_broken"
        assert [error["pointer"] for error in bad["error"]["errors"]] == ["/type"]

    def test_a_websocket_gets_an_error_and_stays(self, hub):
        consumer = Consumer(hub.ws_url + "/ws")
        assert consumer.next()["type"] == "welcome"
        publish = {"type": "publish", "group": "orders", "event": "order_returned", "ref": 7}
        consumer.send(**publish, data=RETURN)
        error = consumer.next()
        assert (error["type"], error["code"], error["ref"]) == ("error", "rules_broken", 7)
        assert {fault["pointer"] for fault in error["errors"]} == {"/data/return_reason"}
        consumer.send(**publish, data=RETURN | {"return_reason": "roto"})
        assert consumer.next()["type"] == "published"
        consumer.close()

    def test_other_groups_are_free(self, hub):
        assert hub.client.post("/publish/avisos", json={"x": 1}).status_code == 201

    @pytest.mark.parametrize("text, place", [
        ("{", "rules.json: line 1: the text ends before the value does"),
        ('{"rules": [{"groups": ["orders"], "data": {"requierd": ["a"]}}]}',
         'rules.json: /rules/0/data/requierd "requierd" is no keyword; there are type, enum'),
    ])
    def test_a_file_with_a_fault_stops_the_start(self, tmp_path, text, place):
        path = tmp_path / "rules.json"
        path.write_text(text)
        done = subprocess.run(
            [CAMPANAD, "--rules", path, "--data", tmp_path / "data", "--listen", "127.0.0.1:0"],
            env=plain_environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert place in done.stderr
        assert not (tmp_path / "data").exists()

    def test_sighup_reads_the_file_again_and_a_fault_leaves_the_old_rules(self, start_hub, tmp_path):
        path = tmp_path / "rules.json"

        def declare(text):
            path.write_text(text)

        def publish(data):
            return hub.client.post("/publish/g", json=data).status_code

        declare('{"rules": [{"groups": ["g"], "data": {"required": ["a"]}}]}')
        hub = start_hub("--rules", str(path), "--log-format", "human")
        assert (publish({"a": 1}), publish({"b": 1})) == (201, 422)
        declare('{"rules": [{"groups": ["g"], "data": {"required": ["b"]}}]}')
        hub.process.send_signal(signal.SIGHUP)
        eventually(lambda: publish({"b": 1}) == 201, "the new rules hold")
        assert publish({"a": 1}) == 422
        declare('{"rules": [{"groups": ["g"], "data": {"requierd": ["c"]}}]}')
        hub.process.send_signal(signal.SIGHUP)
        eventually(lambda: "/rules/0/data/requierd" in hub.errors(), "the fault is logged at its place")
        assert (publish({"a": 1}), publish({"b": 1})) == (422, 201)
        hub.stop()

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        done = subprocess.run(
            [CAMPANAD, "--rules", tmp_path / "none.json", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"],
            env=plain_environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert f'rules: cannot read "{tmp_path}/none.json": No such file or directory' in done.stderr
