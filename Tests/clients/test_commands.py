"""Seed 000: commands that become events, and the replies that consumers publish."""

import json
import threading

import httpx
import pytest

from support.consumer import Consumer
from support.raw import Raw
from support.waiting import DEADLINE

WEBHOOK = "/api/cascade/webhook/"


def register(hub, name="get_utensilios_data", **members):
    answer = hub.client.put(f"/api/cascade/commands/{name}", json=members)
    assert answer.status_code in (200, 201), answer.text
    return name


def figures(hub):
    answer = hub.client.get("/api/cascade/metrics/").json()
    answer.pop("date")
    return answer


class Application:
    """Carries commands out as an application does: over WebSocket, one after the other."""

    def __init__(self, hub, name, reply):
        self.seen = []
        self._reply = reply
        self._consumer = Consumer(f"{hub.ws_url}/ws?groups=commands:{name}")
        assert self._consumer.next()["type"] == "welcome"
        assert self._consumer.next()["type"] == "subscribed"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            try:
                frame = self._consumer.next(timeout=None)
            except Exception:
                return  # closed at the end of the test
            if frame["type"] == "command":
                self.seen.append(frame["data"])
                for reply in self._reply(frame["data"]):
                    self._consumer.send(type="publish", group=frame["data"]["reply_to"], **reply)

    def close(self):
        self._consumer.close()
        self._thread.join(DEADLINE)


@pytest.fixture
def application(hub):
    started = []

    def start(name, reply):
        started.append(Application(hub, name, reply))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def hub(start_hub):
    hub = start_hub()
    yield hub
    if hub.process.poll() is None:
        hub.stop()


class TestSend:
    def test_a_command_is_answered_with_its_reply(self, hub, application):
        name = register(hub)
        app = application(name, lambda command: [{"event": "reply", "data": [{"cuchillos": 50}, command["parameters"]]}])
        # as the document sends it
        answer = hub.client.post(WEBHOOK, params={"wait": "30s"}, headers={"Authorization": "Bearer tu_api_key_aqui"}, json={
            "command": "get_utensilios_data", "parameters": {"fecha": "2024-01-15", "modulo_id": 1}})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["status"] == "success"
        assert body["data"] == [{"cuchillos": 50}, {"fecha": "2024-01-15", "modulo_id": 1}]
        assert body["id"] == app.seen[0]["id"]
        assert app.seen[0]["reply_to"] == f"replies:{body['id']}"
        assert app.seen[0]["deadline"] is not None
        assert hub.client.get(WEBHOOK + body["id"]).json() == body
        assert figures(hub)["successful_commands"] == 1

    def test_many_at_once_get_each_its_own(self, hub, application):
        name = register(hub)
        application(name, lambda command: [{"event": "reply", "data": command["parameters"]["n"]}])
        answers = {}

        def ask(number):
            with httpx.Client(base_url=hub.url, timeout=DEADLINE) as client:
                answers[number] = [
                    client.post(WEBHOOK, json={"command": name, "parameters": {"n": [number, turn]}, "wait": 30}).json()["data"]
                    for turn in range(10)]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert answers == {number: [[number, turn] for turn in range(10)] for number in range(8)}
        assert figures(hub) | {"average_response_time": 0} == {
            "total_requests_today": 80, "successful_commands": 80, "failed_commands": 0, "average_response_time": 0,
            "most_used_commands": [{"command": name, "count": 80}]}

    def test_a_reply_over_http_is_as_good(self, hub):
        name = register(hub)
        with Consumer(f"{hub.ws_url}/ws?groups=commands:*") as consumer:
            consumer.until("subscribed")
            answers = []
            thread = threading.Thread(target=lambda: answers.append(
                httpx.post(hub.url + WEBHOOK, json={"command": name, "wait": "30s"}, timeout=DEADLINE)))
            thread.start()
            command = consumer.until("command")["data"]
            hub.client.post(f"/publish/{command['reply_to']}?type=reply", json={"ok": 1})
            hub.client.post(f"/publish/{command['reply_to']}?type=error", json="too late")
            thread.join(DEADLINE)
        assert answers[0].json()["data"] == {"ok": 1}
        assert figures(hub)["failed_commands"] == 0

    def test_without_a_wait_it_is_accepted_and_can_be_asked_for(self, hub):
        name = register(hub)
        answer = hub.client.post(WEBHOOK, json={"command": name})
        assert answer.status_code == 202
        assert answer.json() == {
            "status": "pending", "id": answer.json()["id"], "command": name, "reply_to": f"replies:{answer.json()['id']}"}
        place = answer.headers["location"]
        assert hub.client.get(place).json()["status"] == "pending"
        hub.publish(answer.json()["reply_to"], "hecho", type="reply")
        assert hub.client.get(place).json()["data"] == "hecho"
        events = hub.client.get(
            f"/stream?groups=commands:{name}&since=earliest&wait=0s", headers={"Accept": "application/json"}).json()["events"]
        assert [event["data"]["id"] for event in events] == [answer.json()["id"]]
        assert events[0]["data"]["deadline"] is None

    def test_nobody_answers_in_time(self, hub):
        name = register(hub)
        answer = hub.client.post(WEBHOOK, json={"command": name, "wait": "1ms"})
        assert answer.status_code == 504
        problem = answer.json()
        assert problem["code"] == "command_unanswered"
        assert f"commands:{name}" in problem["detail"]
        assert figures(hub)["failed_commands"] == 1
        place = answer.headers["location"]
        assert hub.client.get(place).json()["status"] == "unanswered"
        hub.publish(f"replies:{place.rsplit('/', 1)[1]}", 1, type="reply")  # late: kept, and not counted again
        assert hub.client.get(place).json()["data"] == 1
        assert figures(hub)["successful_commands"] == 0

    def test_what_the_application_cannot_do_is_a_problem(self, hub, application):
        name = register(hub)
        application(name, lambda command: [{"event": "error", "data": {"message": "no hay módulo 9"}}])
        answer = hub.client.post(WEBHOOK, json={"command": name, "wait": "30s"})
        assert answer.status_code == 502
        assert answer.json()["code"] == "command_failed"
        assert answer.json()["detail"] == f"{name}: no hay módulo 9"

    def test_the_same_key_waits_for_the_same_command(self, hub, application):
        name = register(hub)
        key = {"Idempotency-Key": "k1"}
        body = {"command": name, "wait": "1ms"}
        assert hub.client.post(WEBHOOK, json=body, headers=key).status_code == 504
        app = application(name, lambda command: [{"event": "reply", "data": 1}])
        answer = hub.client.post(WEBHOOK, json=body, headers=key)
        assert answer.status_code == 504, "it was ended once, and is not sent again"
        assert app.seen == []

        other = hub.client.post(WEBHOOK, json=body | {"wait": "30s"}, headers={"Idempotency-Key": "k2"})
        again = hub.client.post(WEBHOOK, json=body | {"wait": "30s"}, headers={"Idempotency-Key": "k2"})
        assert other.json() == again.json()
        assert len(app.seen) == 1

    def test_a_client_that_goes_away_takes_nothing_with_it(self, hub):
        name = register(hub)
        with Consumer(f"{hub.ws_url}/ws?groups=commands:{name}") as consumer:
            consumer.until("subscribed")
            with httpx.Client(base_url=hub.url, timeout=DEADLINE) as client:
                thread = threading.Thread(target=lambda: pytest.raises(
                    httpx.HTTPError, client.post, WEBHOOK, json={"command": name, "wait": "30s"}))
                thread.start()
                command = consumer.until("command")["data"]
            consumer.ask("published", type="publish", group=command["reply_to"], event="reply", data=7)
            assert hub.client.get(WEBHOOK + command["id"]).json()["data"] == 7
            thread.join(DEADLINE)

    def test_a_hub_that_ends_says_where_to_ask(self, hub):
        name = register(hub)
        with Consumer(f"{hub.ws_url}/ws?groups=commands:{name}") as consumer:
            consumer.until("subscribed")
            answers = []
            thread = threading.Thread(target=lambda: answers.append(
                httpx.post(hub.url + WEBHOOK, json={"command": name, "wait": "60s"}, timeout=DEADLINE)))
            thread.start()
            command = consumer.until("command")["data"]
            hub.stop()
            thread.join(DEADLINE)
        assert answers[0].status_code == 202
        assert answers[0].headers["location"].endswith(command["id"])


    def test_one_that_comes_to_a_hub_that_ends_is_accepted(self, hub):
        body = json.dumps({"command": register(hub), "wait": "60s"})
        with Raw(hub) as raw, Consumer(hub.ws_url + "/ws") as one:
            raw.send(f"POST {WEBHOOK} HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
            assert raw.response().status == 100
            hub.terminate()
            one.until("goodbye")
            raw.send(body)
            answer = raw.response()
            assert answer.status == 202 and answer.header("Location").startswith(WEBHOOK)
        hub.stop()


class TestCommands:
    def test_they_are_registered_listed_and_deleted(self, hub):
        made = hub.client.put("/api/cascade/commands/backup/", json={"description": "copia"})
        assert (made.status_code, made.headers["location"]) == (201, "/api/cascade/commands/backup")
        assert made.json() == {"name": "backup", "description": "copia", "group": "commands:backup", "parameters": None}
        register(hub, "backup", description="copia diaria")
        register(hub, "alta")
        listed = hub.client.get("/api/cascade/commands/").json()["commands"]
        assert [command["name"] for command in listed] == ["alta", "backup"]
        assert hub.client.get("/api/cascade/commands/backup").json()["description"] == "copia diaria"
        assert hub.client.delete("/api/cascade/commands/backup").status_code == 204
        assert hub.client.get("/api/cascade/commands/backup").status_code == 404

    def test_unknown_ones_are_404_with_the_list(self, hub):
        register(hub, "alta")
        register(hub, "backup")
        answer = hub.client.post(WEBHOOK, json={"command": "bakcup", "wait": "30s"})
        assert answer.status_code == 404
        assert answer.json()["code"] == "command_unknown"
        assert answer.json()["detail"] == '"bakcup" is no command; there are alta, backup'

    def test_parameters_are_held_to_their_rules(self, hub):
        register(hub, "report", parameters={
            "required": ["fecha"], "properties": {"formato": {"enum": ["pdf", "csv"]}}})
        answer = hub.client.post(WEBHOOK, json={"command": "report", "parameters": {"formato": "doc"}})
        assert answer.status_code == 422
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/parameters/fecha", "/parameters/formato"}
        assert hub.client.post(WEBHOOK, json={"command": "report", "parameters": {"fecha": "x"}}).status_code == 202

    def test_what_a_hub_does_not_have_is_named(self, hub):
        for method, path in (("GET", "utensilios/?fecha=2024-01-15"), ("GET", "dashboard/"), ("POST", "reports/")):
            answer = hub.client.request(method, "/api/cascade/" + path)
            assert answer.status_code == 404
            assert "register a command" in answer.json()["detail"]


class TestMetrics:
    def test_they_have_the_documents_shape_and_survive_a_crash(self, start_hub, hub, application):
        assert figures(hub) == {
            "total_requests_today": 0, "successful_commands": 0, "failed_commands": 0, "average_response_time": 0.0,
            "most_used_commands": []}
        register(hub, "a")
        register(hub, "b")
        application("b", lambda command: [{"event": "reply"}])
        for name in ("b", "nada", "b", "a"):
            hub.client.post(WEBHOOK, json={"command": name, "wait": "30s" if name == "b" else "0s"})
        before = figures(hub)
        assert before["total_requests_today"] == 4
        assert before["successful_commands"] == 2
        assert before["failed_commands"] == 1
        assert before["most_used_commands"] == [{"command": "b", "count": 2}, {"command": "a", "count": 1}]
        hub.kill()
        hub = start_hub()
        assert figures(hub) == before
        hub.stop()


class TestProbes:
    def test_health_and_status_have_the_documents_shapes(self, hub):
        health = hub.client.get("/api/cascade/health/", headers={"Authorization": "Bearer tu_api_key"}).json()
        assert set(health) == {"status", "timestamp", "version"} and health["status"] == "healthy"
        status = hub.client.get("/api/cascade/status/").json()
        assert status["system_status"]["overall"] == "OK"
