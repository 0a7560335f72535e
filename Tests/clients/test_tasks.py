"""The tasks façade (seed 002, WIRE §5), by httpx."""

import json
import re

import pytest

SEED_FIELDS = {"id", "title", "description", "completed", "created_at"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def http(hub):
    return hub.client


@pytest.fixture
def task(http):
    answer = http.post("/tasks", json={"title": "Nueva tarea", "description": "Descripción"})
    assert answer.status_code == 201, answer.text
    return answer


def problem(answer, status):
    """An RFC 9457 body of that status; its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance", "code"} <= body.keys()
    return body


def pointers(answer, status):
    return {fault["pointer"] for fault in problem(answer, status)["errors"]}


class TestCreate:
    def test_a_task_has_the_seeds_fields(self, task):
        body = task.json()
        assert SEED_FIELDS | {"updated_at"} <= body.keys()
        assert (body["title"], body["description"], body["completed"]) == ("Nueva tarea", "Descripción", False)
        assert RFC_3339.fullmatch(body["created_at"]) and RFC_3339.fullmatch(body["updated_at"])

    def test_location_leads_to_it(self, http, task):
        assert task.headers["Location"].endswith(f"/tasks/{task.json()['id']}")
        found = http.get(task.headers["Location"])
        assert found.status_code == 200
        assert found.json() == task.json()
        assert found.headers["ETag"] == task.headers["ETag"]

    def test_a_title_is_enough(self, http):
        body = http.post("/tasks", json={"title": "Sola"}).json()
        assert (body["description"], body["completed"]) == ("", False)

    def test_it_may_be_completed_from_the_start(self, http):
        assert http.post("/tasks", json={"title": "Hecha", "completed": True}).json()["completed"] is True

    def test_text_comes_back_as_it_went(self, http):
        title = 'á "ñ" \\ 🎯 \u2028 \u0001 ' + "x"
        assert http.post("/tasks", json={"title": title}).json()["title"] == title

    def test_a_trailing_slash_is_the_same_route(self, http, task):
        assert http.post("/tasks/", json={"title": "Con barra"}).status_code == 201
        assert http.get(f"/tasks/{task.json()['id']}/").json() == task.json()

    def test_a_body_without_content_type_is_json(self, http):
        answer = http.post("/tasks", content=b'{"title":"Sin tipo"}')
        assert answer.status_code == 201, answer.text


class TestValidation:
    def test_every_fault_is_listed_with_its_pointer(self, http):
        answer = http.post("/tasks", json={"title": 5, "description": [], "completed": "yes"})
        assert pointers(answer, 422) == {"/title", "/description", "/completed"}

    def test_each_fault_says_what_is_wrong(self, http):
        for fault in problem(http.post("/tasks", json={"title": 5}), 422)["errors"]:
            assert fault["detail"]

    @pytest.mark.parametrize("body", [{}, {"title": None}, {"title": ""}, {"title": "  "}])
    def test_a_title_is_needed(self, http, body):
        assert pointers(http.post("/tasks", json=body), 422) == {"/title"}

    @pytest.mark.parametrize("text", [
        "", "{", '{"title":"a"', '{"title":"a"}x', '{"title":"a",}', '{"title":"a","title":"b"}',
        '{"title":"\\ud800"}', '{"title":NaN}', '{"title":"a\nb"}', "'a'", '{"title":01}',
    ])
    def test_what_is_not_json_is_refused_at_its_place(self, http, text):
        answer = http.post("/tasks", content=text, headers={"Content-Type": "application/json"})
        assert "errors" in problem(answer, 400)

    def test_bad_utf8_is_refused(self, http):
        answer = http.post("/tasks", content=b'{"title":"\xff"}', headers={"Content-Type": "application/json"})
        problem(answer, 400)

    def test_nesting_is_bounded(self, http):
        deep = '{"title":"a","x":' + "[" * 10_000 + "]" * 10_000 + "}"
        problem(http.post("/tasks", content=deep, headers={"Content-Type": "application/json"}), 400)

    @pytest.mark.parametrize("body", ["[]", '"a"', "5", "null"])
    def test_a_task_is_an_object(self, http, body):
        answer = http.post("/tasks", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422)
        problem(answer, answer.status_code)

    def test_other_media_types_are_415(self, http):
        problem(http.post("/tasks", content="title=a", headers={"Content-Type": "text/plain"}), 415)
        problem(http.post("/tasks", data={"title": "a"}), 415)

    def test_a_large_body_is_413(self, http):
        problem(http.post("/tasks", json={"title": "x" * 1_100_000}), 413)

    def test_a_refused_task_leaves_nothing(self, http, consumer):
        watcher = consumer("/ws?groups=tasks")
        http.post("/tasks", json={"title": "", "description": "sin título"})
        assert "sin título" not in [event["task"]["description"] for event in watcher.sync()]


class TestChange:
    def test_put_replaces(self, http, task):
        url = f"/tasks/{task.json()['id']}"
        answer = http.put(url, json={"title": "Otra"})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["title"], body["description"], body["completed"]) == ("Otra", "", False)
        assert body["id"] == task.json()["id"] and body["created_at"] == task.json()["created_at"]
        assert http.get(url).json() == body

    def test_put_needs_a_title(self, http, task):
        assert pointers(http.put(f"/tasks/{task.json()['id']}", json={"completed": True}), 422) == {"/title"}

    @pytest.mark.parametrize("headers", [{"Content-Type": "application/json"}, MERGE_PATCH])
    def test_patch_merges(self, http, task, headers):
        url = f"/tasks/{task.json()['id']}"
        answer = http.patch(url, content='{"completed":true}', headers=headers)
        assert answer.status_code == 200
        body = answer.json()
        assert body["completed"] is True
        assert body["title"] == "Nueva tarea" and body["description"] == "Descripción"
        assert body["updated_at"] >= body["created_at"]

    def test_a_null_in_a_patch_removes(self, http, task):
        url = f"/tasks/{task.json()['id']}"
        assert http.patch(url, json={"description": None}).json()["description"] == ""
        assert pointers(http.patch(url, json={"title": None}), 422) == {"/title"}

    def test_patch_lists_every_fault(self, http, task):
        answer = http.patch(f"/tasks/{task.json()['id']}", json={"title": "", "completed": 1})
        assert pointers(answer, 422) == {"/title", "/completed"}

    def test_what_the_hub_owns_is_not_changed(self, http, task):
        before = task.json()
        after = http.patch(f"/tasks/{before['id']}", json={"id": "otro", "created_at": "ayer", "title": "b"})
        if after.status_code == 200:
            assert (after.json()["id"], after.json()["created_at"]) == (before["id"], before["created_at"])
        else:
            assert pointers(after, 422) == {"/id", "/created_at"}

    def test_delete(self, http, task):
        url = f"/tasks/{task.json()['id']}"
        assert http.delete(url).status_code == 204
        problem(http.get(url), 404)
        problem(http.delete(url), 404)
        problem(http.patch(url, json={"completed": True}), 404)
        problem(http.put(url, json={"title": "a"}), 404)


class TestConditions:
    def test_a_change_changes_the_tag(self, http, task):
        url, tag = f"/tasks/{task.json()['id']}", task.headers["ETag"]
        assert tag.startswith('"')
        changed = http.patch(url, json={"completed": True}, headers={"If-Match": tag})
        assert changed.status_code == 200 and changed.headers["ETag"] != tag

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_a_stale_tag_is_412_and_changes_nothing(self, http, task, method):
        url, tag = f"/tasks/{task.json()['id']}", task.headers["ETag"]
        now = http.patch(url, json={"completed": True}).json()
        body = None if method == "DELETE" else {"title": "c"}
        problem(http.request(method, url, json=body, headers={"If-Match": tag}), 412)
        assert http.get(url).json() == now

    def test_a_star_matches_what_is_there(self, http, task):
        url = f"/tasks/{task.json()['id']}"
        assert http.patch(url, json={"completed": True}, headers={"If-Match": "*"}).status_code == 200

    def test_one_of_several_tags_is_enough(self, http, task):
        url, tag = f"/tasks/{task.json()['id']}", task.headers["ETag"]
        headers = {"If-Match": f'"x", {tag}'}
        assert http.patch(url, json={"completed": True}, headers=headers).status_code == 200

    @pytest.mark.parametrize("form", ["{0}", '"x", {0}', "W/{0}", "*"])
    def test_an_unchanged_task_is_304(self, http, task, form):
        url, tag = f"/tasks/{task.json()['id']}", task.headers["ETag"]
        answer = http.get(url, headers={"If-None-Match": form.format(tag)})
        assert answer.status_code == 304
        assert answer.content == b"" and answer.headers["ETag"] == tag

    def test_a_changed_task_is_sent_again(self, http, task):
        url, tag = f"/tasks/{task.json()['id']}", task.headers["ETag"]
        http.patch(url, json={"completed": True})
        assert http.get(url, headers={"If-None-Match": tag}).status_code == 200

    def test_of_two_who_race_with_one_tag_one_wins(self, http, task):
        url, headers = f"/tasks/{task.json()['id']}", {"If-Match": task.headers["ETag"]}
        statuses = [http.patch(url, json={"title": t}, headers=headers).status_code for t in "ab"]
        assert statuses == [200, 412]


class TestList:
    def pages(self, http, **query):
        """All tasks, page by page."""
        tasks, after = [], None
        while True:
            answer = http.get("/tasks", params=query | ({"after": after} if after else {}))
            assert answer.status_code == 200, answer.text
            page = answer.json()
            assert len(page["tasks"]) <= query.get("limit", 1000)
            tasks += page["tasks"]
            after = page["next"]
            if after is None:
                return tasks

    def test_pages_hold_every_task_once_in_order(self, http):
        made = [http.post("/tasks", json={"title": f"n.º {i}"}).json() for i in range(7)]
        for limit in (1, 2, 3, 1000):
            tasks = self.pages(http, limit=limit)
            assert [task for task in tasks if task in made] == made
            assert len({task["id"] for task in tasks}) == len(tasks)

    def test_a_task_made_between_two_pages_moves_none(self, http):
        first = http.get("/tasks", params={"limit": 1}).json()
        made = http.post("/tasks", json={"title": "entre páginas"}).json()
        rest = http.get("/tasks", params={"limit": 1000, "after": first["next"]}).json()["tasks"]
        assert first["tasks"][0] not in rest and made in rest

    def test_completed_filters(self, http):
        open_ = http.post("/tasks", json={"title": "abierta"}).json()
        done = http.post("/tasks", json={"title": "hecha", "completed": True}).json()
        completed, pending = self.pages(http, completed="true"), self.pages(http, completed="false", limit=2)
        assert all(t["completed"] for t in completed) and done in completed
        assert not any(t["completed"] for t in pending) and open_ in pending

    @pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1e3", "completed=maybe"])
    def test_a_bad_query_is_said(self, http, query):
        answer = http.get(f"/tasks?{query}")
        assert answer.status_code in (400, 422)
        assert query.split("=")[0] in json.dumps(problem(answer, answer.status_code))


class TestRoutes:
    def test_404(self, http):
        problem(http.get("/tasks/no-such-task"), 404)
        problem(http.get("/no/such/route"), 404)

    @pytest.mark.parametrize("method, path, allowed", [
        ("DELETE", "/tasks", {"GET", "HEAD", "POST"}),
        ("PUT", "/tasks", {"GET", "HEAD", "POST"}),
        ("POST", "/tasks/x", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("GET", "/publish", {"POST"}),
    ])
    def test_405_says_what_is_allowed(self, http, method, path, allowed):
        answer = http.request(method, path)
        problem(answer, 405)
        assert allowed <= {name.strip() for name in answer.headers["Allow"].split(",")}

    def test_head_is_get_without_a_body(self, http, task):
        url = f"/tasks/{task.json()['id']}"
        head, get = http.head(url), http.get(url)
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Content-Length"] == str(len(get.content))
        assert head.headers["ETag"] == get.headers["ETag"]


class TestEvents:
    def events_of(self, watcher, task, count):
        """The next events of one task; those of tests before may still be on their way."""
        events = []
        while len(events) < count:
            (event,) = watcher.events(1)
            if event["task"]["id"] == task["id"]:
                events.append(event)
        return events

    def test_each_change_is_an_event_with_the_task_as_it_is_then(self, http, consumer):
        watcher = consumer("/ws?groups=tasks")
        created = http.post("/tasks", json={"title": "vista"}).json()
        updated = http.patch(f"/tasks/{created['id']}", json={"completed": True}).json()
        replaced = http.put(f"/tasks/{created['id']}", json={"title": "otra"}).json()
        http.delete(f"/tasks/{created['id']}")
        events = self.events_of(watcher, created, 4)
        assert [e["type"] for e in events] == ["task_created", "task_updated", "task_updated", "task_deleted"]
        assert [e["task"] for e in events[:3]] == [created, updated, replaced]
        assert events[3]["task"]["id"] == created["id"]
        assert all(e["group"] == "tasks" and RFC_3339.fullmatch(e["timestamp"]) for e in events)
        assert [e["seq"] - events[0]["seq"] for e in events] == [0, 1, 2, 3]

    def test_an_events_members_stand_in_the_contracts_order(self, http, consumer):
        watcher = consumer("/ws?groups=tasks")
        task = http.post("/tasks", json={"title": "orden"}).json()
        (event,) = self.events_of(watcher, task, 1)
        assert list(event) == ["type", "group", "seq", "cursor", "timestamp", "task"]
