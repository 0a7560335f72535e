"""Webhooks: deliveries verified by the official library, to an endpoint that does what it is told."""

import hashlib
import hmac
import json
import subprocess
import threading
from datetime import datetime, timezone

import pytest
from standardwebhooks.webhooks import Webhook

from support.certificates import Authority
from support.hub import CAMPANA, plain_environment
from support.receiver import Receiver, server_context
from support.waiting import DEADLINE, eventually

# Attempts follow each other without the wait that operators want.
FLAGS = (
    "--webhook-allow", "127.0.0.0/8,::1", "--webhook-ports", "1-65535",
    "--webhook-retries", "0s,0s,0s,0s,0s", "--webhook-timeout", "500ms",
)
HUB_FLAGS = FLAGS


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def receive():
    """Starts receivers; they end with the test."""
    receivers = []

    def start(*script, **options):
        receivers.append(Receiver(*script, **options))
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.close()


def make(hub, receiver, group, **members):
    """A webhook of a group that delivers to a receiver."""
    url = receiver if isinstance(receiver, str) else receiver.url
    body = {"nombre": "prueba", "url": url, "groups": [group]} | members
    answer = hub.client.post("/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def show(hub, webhook):
    return hub.client.get(f"/webhooks/{webhook['id']}").json()


def deliveries(hub, webhook, **query):
    answer = hub.client.get(f"/webhooks/{webhook['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["deliveries"]


def settled(hub, webhook, state="delivered", count=1):
    """The newest deliveries, once so many are in that state."""
    def ask():
        found = [d for d in deliveries(hub, webhook, limit=200) if d["state"] == state]
        return found if len(found) >= count else None

    return eventually(ask, f"{count} deliveries are {state}")


class TestSignature:
    def test_the_official_library_takes_what_is_delivered(self, hub, receive, group):
        receiver = receive()
        webhook = make(hub, receiver, group)
        hub.publish(group, {"n": 1})
        delivery = receiver.next()
        verified = Webhook(webhook["secret"]).verify(delivery.body, dict(delivery.headers))
        assert verified == delivery.json
        assert delivery.json["data"] == {"n": 1} and delivery.json["evento"] == "message"
        assert delivery.headers["content-type"] == "application/json"
        with pytest.raises(Exception):
            Webhook(webhook["secret"]).verify(delivery.body + b" ", dict(delivery.headers))

    def test_seed_001_validates_it_by_its_own_function(self, hub, receive, group):
        def validar_webhook(payload, signature, secret):  # as the seed has it
            expected_signature = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
            return hmac.compare_digest(signature, expected_signature)

        receiver = receive()
        webhook = make(hub, receiver, group)
        hub.publish(group)
        delivery = receiver.next()
        assert validar_webhook(delivery.body.decode(), delivery.headers["x-signature-sha256"], webhook["secret"])

    def test_while_a_secret_is_rotated_both_are_good(self, hub, receive, group):
        receiver = receive()
        webhook = make(hub, receiver, group)
        rotated = hub.client.post(f"/webhooks/{webhook['id']}/rotate").json()
        assert rotated["secret"] != webhook["secret"]
        hub.publish(group)
        delivery = receiver.next()
        for secret in (webhook["secret"], rotated["secret"]):
            Webhook(secret).verify(delivery.body, dict(delivery.headers))
        hub.client.post(f"/webhooks/{webhook['id']}/rotate", json={"overlap_seconds": 0})
        eventually(lambda: hub.publish(group) and receiver.next().headers["webhook-signature"].count("v1,") == 1,
                   "only the newest secret signs")

    def test_headers_of_ones_own_and_types(self, hub, receive, group):
        receiver = receive()
        make(hub, receiver, group, headers={"Authorization": "Bearer abc"}, types=["wanted"])
        hub.publish(group, 1, type="unwanted")
        hub.publish(group, 2, type="wanted")
        delivery = receiver.next()
        assert delivery.json["data"] == 2
        assert delivery.headers["authorization"] == "Bearer abc"


class TestSeed001:
    def test_stock_bajo_comes_as_the_document_has_it(self, hub, receive):
        receiver = receive()
        body = {"nombre": "Sistema de Compras", "url": receiver.url, "evento": "stock_bajo", "activo": True}
        webhook = hub.client.post("/webhooks", json=body).json()
        article = {"nombre": "Fresa 6mm", "umbral_minimo": 10}
        answer = hub.client.post("/api/external/articulos/", json=article)
        assert answer.status_code == 201, answer.text
        answer = hub.client.post(
            "/api/external/movimientos/", json={"articulo": answer.json()["id"], "tipo": "entrada", "cantidad": 4})
        assert answer.status_code == 201, answer.text
        sent = receiver.next().json
        assert sent["evento"] == "stock_bajo"
        assert sent["articulo"] == "Fresa 6mm"
        assert {"articulo", "cantidad_actual", "umbral_minimo", "cursor", "group", "seq", "timestamp"} <= sent.keys()
        assert float(sent["cantidad_actual"]) == 4 and float(sent["umbral_minimo"]) == 10
        settled(hub, webhook)
        report = hub.client.get("/api/reportes/integraciones/").json()
        assert report["exitosas"] >= 1 and report["total_sincronizaciones"] >= report["exitosas"]


class TestRetries:
    def test_500_thrice_then_delivered_under_one_id(self, hub, receive, group):
        receiver = receive(500, 503, 500)
        webhook = make(hub, receiver, group)
        hub.publish(group, "x")
        attempts = receiver.take(4)
        assert len({a.id for a in attempts}) == 1
        assert len({a.body for a in attempts}) == 1
        [delivery] = settled(hub, webhook)
        assert [a["status"] for a in delivery["attempts"]] == [500, 503, 500, 204]
        assert delivery["attempts"][0]["response"] == "answer 500"
        assert delivery["id"] == attempts[0].id

    @pytest.mark.parametrize("step, error", [
        ("hang", "no answer within"), ("slow", "the answer was not whole within"), ("reset", ""),
    ])
    def test_what_is_no_answer_is_tried_again(self, hub, receive, group, step, error):
        receiver = receive(step)
        webhook = make(hub, receiver, group)
        hub.publish(group)
        first, second = receiver.take(2)
        assert first.id == second.id
        [delivery] = settled(hub, webhook)
        assert delivery["attempts"][0]["status"] is None
        assert error in delivery["attempts"][0]["error"]

    def test_a_redirect_is_not_followed(self, hub, receive, group):
        target = receive()
        receiver = receive((302, {"Location": target.url}), (307, {"Location": target.url}))
        webhook = make(hub, receiver, group)
        hub.publish(group)
        receiver.take(3)
        [delivery] = settled(hub, webhook)
        assert [a["status"] for a in delivery["attempts"]] == [302, 307, 204]
        assert not target.seen

    def test_an_answer_without_end_is_read_to_a_bound(self, hub, receive, group):
        receiver = receive("endless")
        webhook = make(hub, receiver, group)
        hub.publish(group)
        [delivery] = settled(hub, webhook)
        assert delivery["attempts"][0]["status"] == 200
        assert len(delivery["attempts"][0]["response"]) == 1024

    def test_429_is_not_tried_again_before_its_retry_after(self, hub, receive, group):
        receiver = receive((429, {"Retry-After": "3600"}))
        webhook = make(hub, receiver, group)
        hub.publish(group)
        receiver.next()
        [delivery] = settled(hub, webhook, "waiting")
        wait = datetime.fromisoformat(delivery["next_try"]) - datetime.now(timezone.utc)
        assert 3500 < wait.total_seconds() < 3700
        assert receiver.is_quiet

    def test_410_pauses_it_and_resume_goes_on_with_the_same_event(self, hub, receive, group):
        receiver = receive(410)
        webhook = make(hub, receiver, group)
        hub.publish(group, 1)
        gone = receiver.next()
        eventually(lambda: show(hub, webhook)["activo"] is False, "410 has paused it")
        assert "410" in show(hub, webhook)["motivo"]
        hub.publish(group, 2)
        hub.client.post(f"/webhooks/{webhook['id']}/resume")
        again, second = receiver.take(2)
        assert again.id == gone.id
        assert [again.json["data"], second.json["data"]] == [1, 2]

    def test_what_is_given_up_is_announced_and_can_be_sent_again(self, hub, receive, group, consumer):
        watcher = consumer("/ws?groups=$sys:webhooks")
        receiver = receive(*[500] * 5)
        webhook = make(hub, receiver, group)
        hub.publish(group, "verloren")
        hub.publish(group, "danach")
        attempts = receiver.take(6)
        assert attempts[5].json["data"] == "danach", "the next one is not held up for ever"
        while (message := watcher.next())["type"] != "webhook_exhausted" or message["webhook"]["id"] != webhook["id"]:
            pass
        assert message["webhook"]["payload"]["data"] == "verloren"
        assert "500" in message["webhook"]["reason"] and message["webhook"]["attempts"] == 5
        settled(hub, webhook, "exhausted")
        answer = hub.client.post(
            f"/webhooks/{webhook['id']}/replay", json={"since": "earliest", "only": "failed"})
        assert answer.status_code == 202, answer.text
        again = receiver.next()
        assert again.json["data"] == "verloren" and again.id == attempts[0].id
        eventually(lambda: show(hub, webhook)["replay"] is None, "the replay is done")
        assert receiver.is_quiet

    def test_a_part_of_the_log_is_sent_again_in_order(self, hub, receive, group):
        receiver = receive()
        webhook = make(hub, receiver, group)
        places = hub.publish_many(group, list(range(10)))
        receiver.take(10)
        settled(hub, webhook, count=10)
        answer = hub.client.post(
            f"/webhooks/{webhook['id']}/replay",
            json={"since": places[1]["cursor"], "until": places[5]["cursor"], "only": "all"})
        assert answer.status_code == 202, answer.text
        assert [d.json["data"] for d in receiver.take(4)] == [2, 3, 4, 5]
        eventually(lambda: show(hub, webhook)["replay"] is None, "the replay is done")
        assert receiver.is_quiet

    def test_one_dead_endpoint_delays_nobody_else(self, hub, receive, group):
        dead, alive = receive(*["hang"] * 100), receive()
        for _ in range(20):
            make(hub, dead, group)
        make(hub, alive, group)
        hub.publish_many(group, list(range(50)))
        # The dead ones have not got past their first attempts.
        assert [d.json["data"] for d in alive.take(50)] == list(range(50))
        assert len({d.json["data"] for d in dead.seen}) <= 1

    def test_connections_are_kept(self, hub, receive, group):
        receiver = receive()
        make(hub, receiver, group)
        hub.publish_many(group, list(range(100)))
        assert [d.json["data"] for d in receiver.take(100)] == list(range(100))
        assert receiver.connections == 1

    def test_parallel_deliveries_are_under_way_together(self, hub, receive, group):
        receiver = receive(*["hang"] * 8)
        make(hub, receiver, group, order="parallel:8")
        hub.publish_many(group, list(range(8)))
        assert {d.json["data"] for d in receiver.take(8)} == set(range(8))

    def test_a_test_delivery_is_answered_with_what_came(self, hub, receive, group):
        receiver = receive(418)
        webhook = make(hub, receiver, group)
        answer = hub.client.post(f"/webhooks/{webhook['id']}/test").json()
        assert answer["status"] == 418 and answer["delivered"] is False and answer["response"] == "answer 418"
        assert receiver.next().json["evento"] == "prueba"
        assert hub.client.post("/webhooks/none/test").status_code == 404
        assert deliveries(hub, webhook) == []


class TestAddresses:
    @pytest.mark.parametrize("url, kind", [
        ("http://localhost:{port}/", "loopback"), ("http://0x7f000001:{port}/", "loopback"),
        ("http://2130706433:{port}/", "loopback"), ("http://127.1:{port}/", "loopback"),
    ])
    def test_the_address_that_a_name_leads_to_is_what_counts(self, start_hub, receive, group, url, kind):
        """The name is taken, as nobody knows where it leads; each attempt looks, and refuses."""
        hub = start_hub("--webhook-ports", "1-65535", "--webhook-retries", "0s")
        receiver = receive()
        webhook = make(hub, url.format(port=receiver.port), group)
        hub.publish(group)
        [delivery] = settled(hub, webhook, "exhausted")
        assert kind in delivery["attempts"][0]["error"]
        assert not receiver.seen and receiver.connections == 0
        test = hub.client.post(f"/webhooks/{webhook['id']}/test").json()
        assert kind in test["error"]

    @pytest.mark.parametrize("url", [
        "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/", "http://user:pw@example.com/", "ftp://example.com/", "http://example.com:22/",
    ])
    def test_what_the_url_alone_says_is_refused_at_once(self, start_hub, url):
        hub = start_hub()
        answer = hub.client.post("/webhooks", json={"nombre": "x", "url": url, "groups": ["g"]})
        assert answer.status_code == 422
        assert [e["pointer"] for e in answer.json()["errors"]] == ["/url"]
        assert "pw" not in answer.text

    def test_what_is_allowed_by_name_is_delivered(self, hub, receive, group):
        receiver = receive()
        make(hub, f"http://localhost:{receiver.port}/hook", group)
        hub.publish(group, 1)
        assert receiver.next().json["data"] == 1

    def test_a_webhook_that_was_allowed_once_is_looked_at_again(self, start_hub, receive, group, tmp_path):
        receiver = receive()
        hub = start_hub(*FLAGS)
        webhook = make(hub, receiver, group)
        hub.publish(group, 1)
        receiver.next()
        settled(hub, webhook)
        hub.stop()
        hub = start_hub("--webhook-ports", "1-65535", "--webhook-retries", "0s")
        hub.publish(group, 2)
        [delivery] = settled(hub, webhook, "exhausted")
        assert "loopback" in delivery["attempts"][0]["error"] and len(receiver.seen) == 1


class TestTLS:
    def test_a_certificate_is_verified_for_the_name_of_the_url(self, start_hub, receive, group, authority):
        good = receive(tls=server_context(authority.issue("localhost", "localhost")))
        wrong = receive(tls=server_context(authority.issue("other", "other.test")))
        hub = start_hub(*FLAGS, "--webhook-ca", str(authority.file))
        webhook = make(hub, good, group)
        hub.publish_many(group, [1, 2, 3])
        assert [d.json["data"] for d in good.take(3)] == [1, 2, 3]
        assert good.connections == 1
        Webhook(webhook["secret"]).verify(good.seen[0].body, dict(good.seen[0].headers))
        answer = hub.client.post(f"/webhooks/{make(hub, wrong, group)['id']}/test").json()
        assert answer["status"] is None and "TLS" in answer["error"]
        assert not wrong.seen

    def test_who_is_signed_by_nobody_known_gets_nothing(self, hub, receive, group, authority):
        receiver = receive(tls=server_context(authority.issue("localhost", "localhost")))
        webhook = make(hub, receiver, group)
        answer = hub.client.post(f"/webhooks/{webhook['id']}/test").json()
        assert answer["status"] is None and "TLS" in answer["error"]
        assert not receiver.seen


class TestNeverSkips:
    def test_disabled_while_10_000_events_pass_then_all_in_order_once_each(self, hub, receive, group):
        receiver = receive()
        webhook = make(hub, receiver, group)
        hub.publish(group, -1)
        receiver.next()
        hub.client.post(f"/webhooks/{webhook['id']}/pause")
        for start in range(0, 10_000, 1000):
            hub.publish_many(group, list(range(start, start + 1000)))
        assert receiver.is_quiet
        hub.client.post(f"/webhooks/{webhook['id']}/resume")
        came = receiver.take(10_000)
        assert [d.json["data"] for d in came] == list(range(10_000))
        assert [d.json["seq"] for d in came] == list(range(2, 10_002))
        assert len({d.id for d in came}) == 10_000
        eventually(lambda: show(hub, webhook)["progress"]["waiting"] == 0, "all is recorded")
        assert receiver.is_quiet

    def test_a_restart_goes_on_where_it_stood(self, start_hub, receive, group):
        receiver = receive()
        hub = start_hub(*FLAGS)
        webhook = make(hub, receiver, group)
        hub.publish_many(group, [1, 2, 3])
        receiver.take(3)
        settled(hub, webhook, count=3)
        hub.stop()
        hub = start_hub(*FLAGS)
        hub.publish(group, 4)
        assert receiver.next().json["data"] == 4

    def test_sigterm_lets_what_is_under_way_end_and_sends_it_once(self, start_hub, receive, group):
        release = threading.Event()
        receiver = receive("wait")
        receiver.wait = release
        hub = start_hub(*FLAGS[:6], "--webhook-timeout", "20s")
        webhook = make(hub, receiver, group)
        hub.publish(group, 1)
        receiver.next()
        hub.terminate()
        release.set()
        hub.stop()
        hub = start_hub(*FLAGS)
        assert settled(hub, webhook)[0]["attempts"][0]["status"] == 204
        hub.publish(group, 2)
        assert receiver.next().json["data"] == 2

    def test_kill_9_in_the_middle_of_attempts_loses_nothing(self, start_hub, receive, group):
        count, rounds = 300, 4
        receiver = receive()
        hub = start_hub(*FLAGS)
        webhooks = [make(hub, receiver, group, order=order) for order in ("fifo", "parallel:8")]
        for round in range(rounds):
            receiver.then(*([500, 204, "reset", 204, "hang"] if round % 2 else [503, 204]))
            hub.publish_many(group, list(range(round * count, (round + 1) * count)))
            receiver.take(40)  # it is in the middle of it
            hub.kill()
            hub = start_hub(*FLAGS)
        wanted = set(range(rounds * count))

        def came(webhook):
            return {d.json["data"] for d in list(receiver.seen) if d.id.startswith(webhook["id"])}

        for webhook in webhooks:
            eventually(lambda: came(webhook) == wanted, "all events came", deadline=60)
            eventually(lambda: show(hub, webhook)["progress"]["waiting"] == 0, "nothing waits")
            # What came twice came under the same identifier.
            ids = {}
            for delivery in list(receiver.seen):
                if delivery.id.startswith(webhook["id"]):
                    assert ids.setdefault(delivery.json["data"], delivery.id) == delivery.id
            assert len(set(ids.values())) == len(wanted)
        first = [d.json["data"] for d in receiver.seen if d.id.startswith(webhooks[0]["id"])]
        seen = set()
        in_order = [n for n in first if not (n in seen or seen.add(n))]
        assert in_order == sorted(in_order), "fifo keeps the order, across each restart"

    def test_a_retry_that_was_due_while_the_hub_was_down_comes_at_once(self, start_hub, receive, group):
        receiver = receive(500)
        hub = start_hub(*FLAGS[:4], "--webhook-retries", "0s,1s,1h")
        webhook = make(hub, receiver, group)
        hub.publish(group, 1)
        first = receiver.next()
        settled(hub, webhook, "waiting")
        hub.kill()
        hub = start_hub(*FLAGS[:4], "--webhook-retries", "0s,1s,1h")
        assert receiver.next().id == first.id
        [delivery] = settled(hub, webhook)
        assert [a["number"] for a in delivery["attempts"]] == [1, 2]

    def test_past_retention_is_said(self, start_hub, receive, group, tmp_path):
        receiver = receive()
        hub = start_hub(*FLAGS, "--retain-events", "10")
        webhook = make(hub, receiver, group, activo=False)
        hub.publish_many(group, list(range(100)))
        eventually(lambda: hub.client.get("/status").json()["events"] <= 20, "retention has done its work")
        hub.stop()  # what a hub has in memory is not lost yet
        hub = start_hub(*FLAGS, "--retain-events", "10")
        hub.client.post(f"/webhooks/{webhook['id']}/resume")
        last = receiver.next()
        while last.json["data"] != 99:
            last = receiver.next()

        def gap():
            answer = hub.client.get(
                "/stream", params={"groups": "$sys:webhooks", "since": "earliest", "wait": "0s"},
                headers={"Accept": "application/json"}).json()
            return [e for e in answer["events"] if e["type"] == "webhook_gap"]

        [event] = eventually(gap, "the gap is announced")
        assert event["webhook"]["group"] == group and event["webhook"]["lost_at_most"] >= 80

    def test_a_thousand_webhooks_share_the_loops(self, start_hub, receive, group):
        receiver = receive()
        hub = start_hub(*FLAGS[:6], "--webhook-timeout", "20s")
        ids = {make(hub, receiver, group)["id"] for _ in range(1000)}
        threads = _threads(hub)
        hub.publish(group, "x")
        assert {d.id.rsplit("_", 1)[0] for d in receiver.take(1000)} == ids
        assert _threads(hub) == threads


def _threads(hub):
    """How many threads the daemon has."""
    with open(f"/proc/{hub.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))


class TestCompanion:
    def test_every_command_does_what_its_route_does(self, hub, receive, group):
        receiver = receive()

        def campana(*arguments, code=0):
            run = subprocess.run(
                [CAMPANA, "--url", hub.url, "webhooks", *arguments], env=plain_environment(),
                capture_output=True, text=True, timeout=DEADLINE)
            assert run.returncode == code, run.stderr
            return [json.loads(line) for line in run.stdout.splitlines()]

        [made] = campana("create", "Compras", receiver.url, "--groups", group, "--header", "X-A: b", "--paused")
        webhook = made["id"]
        assert made["secret"].startswith("whsec_") and made["activo"] is False
        assert webhook in [w["id"] for w in campana("list")]
        [shown] = campana("show", webhook)
        assert shown["groups"] == [group] and "secret" not in shown
        [changed] = campana("update", webhook, "--order", "parallel:2", "--name", "Otro")
        assert changed["order"] == "parallel:2" and changed["nombre"] == "Otro"
        assert campana("resume", webhook)[0]["activo"] is True
        hub.publish(group, 7)
        assert receiver.next().headers["x-a"] == "b"
        settled(hub, made)
        [delivery] = campana("deliveries", webhook, "--limit", "1")
        assert delivery["state"] == "delivered"
        assert campana("test", webhook)[0]["delivered"] is True
        receiver.next()
        assert campana("rotate", webhook, "--overlap", "1h")[0]["secret"] != made["secret"]
        campana("replay", webhook, "--since", "earliest")
        assert receiver.next().json["data"] == 7
        assert campana("pause", webhook)[0]["activo"] is False
        campana("delete", webhook)
        campana("show", webhook, code=1)
        receiver.then(500)
        [other] = campana("create", "x", receiver.url, "--evento", "stock_bajo")
        assert campana("test", other["id"], code=1)[0]["status"] == 500
