"""Publishing by HTTP: one, text, batches, and once for each Idempotency-Key (WIRE §5)."""

import json
import secrets

import pytest

from support.consumer import assert_contiguous, data

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def http(hub):
    return hub.client


@pytest.fixture
def watcher(consumer, group):
    one = consumer()
    one.subscribe(group)
    return one


def is_problem(answer, *statuses):
    return answer.status_code in statuses and answer.headers["Content-Type"].startswith("application/problem+json")


class TestOne:
    @pytest.mark.parametrize("value", [
        None, True, 0, -1.5, 1e300, 12345678901234567890, "hola", "á\n\"\\🎯\u2028", [], {}, {"a": {"b": [1, None]}},
    ])
    def test_any_json_arrives_as_it_went(self, http, watcher, group, value):
        answer = http.post("/publish", json={"group": group, "type": "x.y_1", "data": value})
        assert answer.status_code == 201, answer.text
        (event,) = watcher.events(1)
        assert event["data"] == value and event["type"] == "x.y_1"
        assert (answer.json()["cursor"], answer.json()["seq"]) == (event["cursor"], event["seq"])

    def test_insignificant_white_space_does_not_break_the_line(self, http, watcher, group):
        http.post("/publish", content=f'{{\n "group": "{group}",\n "type": "t",\n "data": {{\r\n "a": [1,\n2]}}}}',
                  headers={"Content-Type": "application/json"})
        assert data(watcher.events(1)) == [{"a": [1, 2]}]

    def test_curls_form_type_is_text(self, http, watcher, group):
        answer = http.post(f"/publish/{group}", content="hola, ¿qué tal?",
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 201
        (event,) = watcher.events(1)
        assert (event["type"], event["data"]) == ("message", "hola, ¿qué tal?")

    def test_json_to_a_group_is_json(self, http, watcher, group):
        http.post(f"/publish/{group}?type=otro", json={"a": 1})
        (event,) = watcher.events(1)
        assert (event["type"], event["data"]) == ("otro", {"a": 1})

    @pytest.mark.parametrize("change, statuses", [
        ({"group": "$sys:webhooks"}, (403,)), ({"group": "$x"}, (403,)),
        ({"group": "a b"}, (422,)), ({"group": ""}, (422,)), ({"group": ":"}, (422,)), ({"group": "a:*"}, (422,)),
        ({"group": "a" * 201}, (422,)), ({"group": 5}, (422,)), ({"type": "A"}, (422,)), ({"type": ""}, (422,)),
        ({"type": 5}, (422,)), ({"data": "x" * 300_000}, (413,)),
    ])
    def test_what_cannot_be_published(self, http, group, change, statuses):
        answer = http.post("/publish", json={"group": group, "type": "t", "data": 1} | change)
        assert is_problem(answer, *statuses), answer.text

    def test_every_fault_is_listed(self, http):
        answer = http.post("/publish", json={"group": "a b", "type": "A B"})
        assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/group", "/type"}

    def test_a_reserved_group_in_the_path(self, http):
        assert is_problem(http.post("/publish/$sys:x", content="a"), 403)

    def test_the_longest_group_name(self, http):
        assert http.post(f"/publish/{'a' * 200}", content="a").status_code == 201

    def test_what_is_not_text_is_refused(self, http, group):
        answer = http.post(f"/publish/{group}", content=b"\xff\xfe", headers={"Content-Type": "text/plain"})
        assert is_problem(answer, 400, 415, 422)


class TestBatch:
    def test_a_line_is_an_event(self, http, watcher, group):
        results = http.post(f"/publish/{group}", content='1\n"dos"\n\n{"tres":3}', headers=NDJSON)
        assert results.status_code == 201, results.text
        events = watcher.events(3)
        assert data(events) == [1, "dos", {"tres": 3}]
        assert_contiguous(events)
        assert [r["cursor"] for r in results.json()["results"]] == [e["cursor"] for e in events]

    def test_each_line_may_name_its_group(self, http, consumer, group):
        one = consumer()
        one.subscribe(f"{group}:*")
        lines = [{"group": f"{group}:{'ab'[i % 2]}", "type": "t", "data": i} for i in range(10)]
        answer = http.post("/publish", content="\n".join(map(json.dumps, lines)), headers=NDJSON)
        assert answer.status_code == 201, answer.text
        assert data(one.events(10)) == list(range(10))

    def test_results_are_per_line(self, http, watcher, group):
        answer = http.post(f"/publish/{group}", content="1\n{bad\n3\n", headers=NDJSON)
        assert answer.status_code == 207, answer.text
        results = answer.json()["results"]
        assert ["error" in r for r in results] == [False, True, False]
        assert data(watcher.events(2)) == [1, 3]

    def test_atomic_is_all_or_nothing(self, http, watcher, group):
        answer = http.post(f"/publish/{group}?atomic=1", content="1\n{bad\n3\n", headers=NDJSON)
        assert is_problem(answer, 400, 422), answer.text
        assert answer.json()["errors"][0]["pointer"].startswith("/1")
        assert http.post(f"/publish/{group}?atomic=1", content="4\n5\n", headers=NDJSON).status_code == 201
        events = watcher.events(2)
        assert data(events) == [4, 5]
        assert_contiguous(events)

    def test_the_batchs_bound(self, http, group):
        at, past = "1\n" * 1000, "1\n" * 1001
        assert http.post(f"/publish/{group}", content=at, headers=NDJSON).status_code == 201
        assert is_problem(http.post(f"/publish/{group}", content=past, headers=NDJSON), 413, 422)

    def test_an_empty_batch_is_said(self, http, group):
        assert is_problem(http.post(f"/publish/{group}", content="", headers=NDJSON), 400, 422)


class TestIdempotency:
    def post(self, http, key, path, **body):
        return http.post(path, headers={"Idempotency-Key": key}, **body)

    @pytest.mark.parametrize("path, body", [
        ("/tasks", {"json": {"title": "una vez"}}),
        ("/publish", {"json": {"group": "once", "type": "t", "data": 1}}),
        ("/publish/once", {"content": "texto"}),
    ])
    def test_the_first_answer_is_given_again(self, http, path, body):
        key = secrets.token_hex()
        first, second = self.post(http, key, path, **body), self.post(http, key, path, **body)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert first.headers.get("Location") == second.headers.get("Location")

    def test_the_write_is_done_once(self, http, watcher, group):
        key = secrets.token_hex()
        for _ in range(3):
            self.post(http, key, f"/publish/{group}", content="uno")
        assert data(watcher.events(1)) == ["uno"]
        assert watcher.sync() == []

    def test_another_body_is_422(self, http, group):
        key = secrets.token_hex()
        self.post(http, key, f"/publish/{group}", content="uno")
        assert is_problem(self.post(http, key, f"/publish/{group}", content="dos"), 422)

    def test_another_key_is_another_write(self, http, watcher, group):
        for _ in range(2):
            self.post(http, secrets.token_hex(), f"/publish/{group}", content="uno")
        assert data(watcher.events(2)) == ["uno", "uno"]

    def test_a_batch_too(self, http, watcher, group):
        headers = NDJSON | {"Idempotency-Key": secrets.token_hex()}
        first, second = (http.post(f"/publish/{group}", content="1\n2\n", headers=headers) for _ in range(2))
        assert first.content == second.content
        assert data(watcher.events(2)) == [1, 2]
        assert watcher.sync() == []

    def test_a_key_has_a_bound(self, http, group):
        assert is_problem(self.post(http, "k" * 10_000, f"/publish/{group}", content="a"), 400, 422)

    def test_it_survives_kill_9(self, start_hub):
        key, body = secrets.token_hex(), {"json": {"title": "sobrevive"}}
        hub = start_hub()
        first = self.post(hub.client, key, "/tasks", **body)
        hub.kill()
        hub = start_hub()
        second = self.post(hub.client, key, "/tasks", **body)
        assert first.content == second.content
        assert second.headers["Idempotency-Replayed"] == "true"
        assert len(hub.client.get("/tasks").json()["tasks"]) == 1
        hub.stop()
