"""Who is connected, and who got an event: what the hub says is held against what each consumer saw."""

import json
import os
import pty
import subprocess
from contextlib import ExitStack

import pytest

from support.consumer import Consumer, position
from support.hub import CAMPANA, plain_environment
from support.keys import as_key, make_key
from support.raw import RawWebSocket
from support.streams import Stream
from support.waiting import DEADLINE, eventually

FILLER = "x" * 1000


def get(hub, path, status=200, **query):
    answer = hub.client.get(path, params=query, headers=getattr(hub, "admin", {}))
    assert answer.status_code == status, answer.text
    return answer.json()


def connections(hub, **query):
    return get(hub, "/connections", **query)["connections"]


def trace(hub, cursor, **query):
    return get(hub, f"/events/{cursor}/trace", **query)


def verdicts(told):
    """The verdict on each principal."""
    return {row["principal"].removeprefix("key:"): row["verdict"] for row in told["consumers"]}


def told_of(told, principal):
    (row,) = [row for row in told["consumers"] if row["principal"] == f"key:{principal}"]
    return row


@pytest.fixture
def closed(start_hub):
    """A hub that asks who one is; `admin` may see and do everything."""
    hub = start_hub("--queue-bytes", "64KiB", "--ping-interval", "10m")
    hub.admin = as_key(make_key(hub, "admin", "all:**", "all:$sys:**"))
    return hub


def publish(hub, group, *values):
    """Publishes as the administrator; the cursor of the last event."""
    lines = "".join(json.dumps(value) + "\n" for value in values)
    answer = hub.client.post(
        f"/publish/{group}", content=lines, headers={"Content-Type": "application/x-ndjson"} | hub.admin)
    assert answer.status_code == 201, answer.text
    return answer.json()["results"][-1]["cursor"]


def fill(hub, group, principal):
    """Publishes until a consumer that does not read has a queue, and then past what the queue holds."""
    def is_full():
        publish(hub, group, *([FILLER] * 200))
        return connections(hub, principal=f"key:{principal}")[0]["queue_bytes"] > 0

    eventually(is_full, "the queue of who does not read is not empty")
    publish(hub, group, *([FILLER] * 500))


class TestTrace:
    def test_it_agrees_with_what_each_consumer_saw(self, closed):
        with ExitStack() as stack:
            hub, group = closed, "avisos:norte"
            keys = {name: as_key(make_key(hub, name, grant)) for name, grant in {
                "ana": "subscribe:avisos:**", "lento": "subscribe:avisos:**", "vecino": "subscribe:tasks",
                "otra": "subscribe:avisos:**", "ausente": "subscribe:avisos:norte", "viajera": "subscribe:avisos:**",
                "ajeno": "subscribe:tasks"}.items()}

            def consumer(name, path):
                one = stack.enter_context(Consumer(hub.ws_url + path, additional_headers=keys[name]))
                one.until("welcome")
                return one

            ana, otra = consumer("ana", "/ws?groups=avisos:*"), consumer("otra", "/ws?groups=avisos:sur")
            viajera = consumer("viajera", f"/ws?groups={group}")
            vecino = consumer("vecino", "/ws?groups=tasks")
            vecino.send(type="subscribe", groups=[group])
            while (refusal := vecino.next())["type"] != "error":
                pass
            assert refusal["code"] == "forbidden"
            lento = stack.enter_context(RawWebSocket(
                hub, f"/ws?groups={group}", receive_buffer=4096, **keys["lento"]))
            lento.message("subscribed")

            publish(hub, group, "antes")
            last = viajera.events(1)[0]["cursor"]
            ana.events(1)
            viajera.close()
            eventually(lambda: not connections(hub, principal="key:viajera"), "the traveller has left")
            fill(hub, group, "lento")
            cursor = publish(hub, group, "el evento")
            while (seen := ana.events(1)[0])["cursor"] != cursor:
                pass

            eventually(lambda: verdicts(trace(hub, cursor))["ana"] == "delivered", "ana has it")
            told = trace(hub, cursor)
            assert told["event"] == seen and seen["data"] == "el evento"
            assert verdicts(told) == {
                "ana": "delivered", "lento": "lagging", "otra": "filtered", "vecino": "forbidden",
                "viajera": "not_connected", "ausente": "not_connected", "admin": "not_connected"}
            assert told["summary"] == {
                "delivered": 1, "lagging": 1, "filtered": 1, "forbidden": 1, "not_connected": 3}
            assert told["more"] is False
            assert told_of(told, "ana")["why"] == "through avisos:*"
            assert told_of(told, "vecino")["why"] == f"asked for {group}"
            assert "connection" not in told_of(told, "ausente")

            assert otra.sync() == [] and vecino.sync() == []  # neither has seen it

            # Who does not read stands before it, and has it once it reads.
            stood = told_of(told, "lento")["why"].removeprefix("stands at ")
            assert position(stood) < position(cursor)
            while lento.message("message")["cursor"] != cursor:
                pass
            eventually(lambda: verdicts(trace(hub, cursor))["lento"] == "delivered", "the slow one has it")

            # Who has left is told with where it stood, and misses nothing from there.
            why = told_of(told, "viajera")["why"]
            stood = why.rsplit(" ", 1)[1]
            assert why.startswith("left at ") and position(last) <= position(stood) < position(cursor)
            for since in (last, stood):
                with Consumer(f"{hub.ws_url}/ws?groups={group}&since={since}",
                              additional_headers=keys["viajera"]) as again:
                    assert again.until("subscribed")["resume"] == "complete"
                    missed = [again.events(1)[0]]
                    while missed[-1]["cursor"] != cursor:
                        missed += again.events(1)
                    assert [event["seq"] for event in missed] == list(range(2, seen["seq"] + 1))
        closed.stop()

    def test_who_began_behind_it_has_filtered_it(self, hub, consumer, group):
        cursor = hub.publish(group, "antes")["cursor"]
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        row = [row for row in trace(hub, cursor)["consumers"] if row["why"].startswith("began behind it")]
        assert [each["verdict"] for each in row] == ["filtered"]
        assert one.sync() == []

    def test_at_most_limit_are_listed_and_all_are_counted(self, hub, consumer, group):
        for _ in range(3):
            consumer(f"/ws?groups={group}").until("subscribed")
        cursor = hub.publish(group, 1)["cursor"]
        told = trace(hub, cursor, limit=2)
        assert len(told["consumers"]) == 2 and told["more"] is True
        assert sum(told["summary"].values()) >= 3

    def test_who_never_listened_takes_no_place_among_those_who_left(self, start_hub, group):
        hub = start_hub("--loops", "1")
        with Consumer(hub.ws_url + f"/ws?groups={group}") as gone:
            gone.until("subscribed")
        eventually(lambda: not connections(hub), "it has left")
        for _ in range(300):
            with RawWebSocket(hub, "/ws") as one:
                one.message("welcome")
        eventually(lambda: not connections(hub), "they have left")
        told = trace(hub, hub.publish(group, 1)["cursor"])
        assert [row["verdict"] for row in told["consumers"]] == ["not_connected"]

    def test_an_event_that_there_is_not(self, hub, group):
        cursor = hub.publish(group, 1)["cursor"]
        epoch, place = cursor.rsplit("-", 1)
        for other in (f"{epoch}-{int(place) + 1000}", f"zzzzzz-{place}", f"{epoch}-0"):
            assert get(hub, f"/events/{other}/trace", 404)["code"] == "not_found"
        assert get(hub, "/events/ayer/trace", 400)["code"] == "invalid_parameter"


class TestConnections:
    def test_what_is_told_of_one(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group},{group}:*")
        one.until("subscribed")
        (told,) = connections(hub, group=group)
        assert told["principal"] == "anyone" and told["transport"] == "websocket"
        assert told["groups"] == [group, f"{group}:*"] and told["lag"] == 0 and told["queue_bytes"] == 0
        local = one.connection.socket.getsockname()
        assert told["address"] in (local[0], f"{local[0]}:{local[1]}")
        cursor = hub.publish(group, 1)["cursor"]
        one.events(1)
        eventually(lambda: connections(hub, group=group)[0]["cursor"] == cursor, "its cursor moves")

    @pytest.mark.parametrize("kind", ["sse", "ndjson"])
    def test_streams_are_connections_too(self, hub, group, kind):
        with Stream(hub.url, kind, groups=group) as stream:
            stream.until("subscribed")
            (told,) = connections(hub, group=group)
            assert told["transport"] == kind
            assert hub.client.delete(f"/connections/{told['id']}").status_code == 204
            assert stream.until("goodbye")["reason"] == "ended_by_operator"
        eventually(lambda: not connections(hub, group=group), "it has left")

    def test_pages_hold_each_once(self, hub, consumer, group):
        for _ in range(5):
            consumer(f"/ws?groups={group}").until("subscribed")
        ids, after = [], {}
        while True:
            page = get(hub, "/connections", group=group, limit=2, **after)
            assert page["total"] == 5 - len(ids)
            ids += [each["id"] for each in page["connections"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert len(ids) == len(set(ids)) == 5

    def test_more_of_them_than_a_loop_looks_at_in_a_turn(self, start_hub, group):
        hub = start_hub("--loops", "1")
        with ExitStack() as stack:
            for _ in range(600):
                stack.enter_context(RawWebSocket(hub, f"/ws?groups={group}")).message("subscribed")
            page = get(hub, "/connections", group=group, limit=1000)
            assert page["total"] == len({each["id"] for each in page["connections"]}) == 600
            assert page["next"] is None
            rest = get(hub, "/connections", group=group, after=page["connections"][398]["id"])
            assert rest["total"] == 201
            assert [each["id"] for each in rest["connections"]] == [
                each["id"] for each in page["connections"][399:499]]
            hub.publish(group, 1)
            assert get(hub, "/groups")["groups"] == [{"group": group, "seq": 1, "kept": 1, "consumers": 600}]
            assert get(hub, "/explain", principal="anyone", group=group)["listening"] == 600

    def test_one_that_is_ended_is_told_so_and_others_stay(self, hub, consumer, group):
        one, other = consumer(f"/ws?groups={group}:a"), consumer(f"/ws?groups={group}:b")
        one.until("subscribed"), other.until("subscribed")
        (told,) = connections(hub, group=f"{group}:a")
        assert hub.client.delete(f"/connections/{told['id']}").status_code == 204
        assert one.until("goodbye")["reason"] == "ended_by_operator"
        assert one.closed()[0] == 4003
        eventually(lambda: not connections(hub, group=f"{group}:a"), "it has left")
        assert hub.client.delete(f"/connections/{told['id']}").status_code == 404
        assert other.sync() == []

    @pytest.mark.parametrize("id", ["ayer", "0-", "99-1", "0-1", "-1-1", "0-18446744073709551616"])
    def test_one_that_there_is_not(self, hub, id):
        assert hub.client.delete(f"/connections/{id}").status_code == 404

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "1001"}, {"group": "a b"}, {"group": "a:*"},
                                       {"after": "ayer"}])
    def test_a_query_that_makes_no_sense(self, hub, query):
        assert get(hub, "/connections", 400, **query)["code"] == "invalid_parameter"

    def test_a_grant_is_needed(self, closed):
        reader = as_key(make_key(closed, "ana", "all:**"))
        cursor = publish(closed, "avisos", 1)
        for method, path in [("GET", "/connections"), ("DELETE", "/connections/0-1"), ("GET", "/groups"),
                             ("GET", f"/events/{cursor}/trace"), ("GET", "/explain?principal=ana&group=a")]:
            assert closed.client.request(method, path).status_code == 401, path
            assert closed.client.request(method, path, headers=reader).status_code == 403, path
            assert closed.client.request(method, path, headers=closed.admin).status_code in (200, 404), path


class TestGroups:
    def test_what_is_kept_and_who_listens(self, hub, consumer, group):
        hub.publish_many(group, [1, 2, 3])
        for pattern in (group, "test:*:*", f"{group}:*"):
            consumer(f"/ws?groups={pattern}").until("subscribed")
        told = [each for each in get(hub, "/groups", limit=1000)["groups"] if each["group"] == group]
        assert told == [{"group": group, "seq": 3, "kept": 3, "consumers": 2}]

    def test_pages_hold_each_once_by_name(self, hub, group):
        names = [f"{group}:{letter}" for letter in "abcde"]
        for name in names:
            hub.publish(name)
        found, after = [], {"after": group}
        while after:
            page = get(hub, "/groups", limit=2, **after)
            found += [each["group"] for each in page["groups"] if each["group"] in names]
            after = page["next"] and {"after": page["next"]}
        assert found == names


class TestExplain:
    def test_each_action_and_the_grant_that_allows_it(self, closed):
        ana = as_key(make_key(closed, "ana", "publish:tasks", "subscribe:stock:*"))
        told = get(closed, "/explain", principal="key:ana", group="stock:norte")
        assert told["subscribe"] == {"allowed": True, "by": "subscribe:stock:*"}
        assert told["publish"] == {"allowed": False, "by": "no grant; publish:stock:norte would do"}
        assert told["connections"] == told["listening"] == 0
        with Consumer(f"{closed.ws_url}/ws?groups=stock:norte", additional_headers=ana) as one:
            one.until("subscribed")
            told = get(closed, "/explain", principal="key:ana", group="stock:norte")
            assert told["connections"] == told["listening"] == 1
            assert get(closed, "/explain", principal="key:ana", group="stock:sur")["listening"] == 0
        for action, is_allowed in (("publish", True), ("subscribe", False)):  # as it turns out
            assert get(closed, "/explain", principal="key:ana", group="tasks")[action]["allowed"] is is_allowed
        assert closed.client.post("/publish/tasks", json=1, headers=ana).status_code == 201
        assert closed.client.get("/stream?groups=tasks&wait=0s", headers=ana).status_code == 403

    def test_a_hub_that_asks_nobody(self, hub):
        told = get(hub, "/explain", principal="anyone", group="tasks")
        assert told["publish"] == {"allowed": True, "by": "the hub asks nobody who they are"}

    def test_nobody_of_that_name_and_questions_that_are_none(self, hub):
        get(hub, "/explain", 404, principal="nadie", group="tasks")
        for query in ({"principal": "a"}, {"group": "a"}, {"principal": "a", "group": "a b"}):
            get(hub, "/explain", 400, **query)


def campana(*arguments, url, **options):
    return subprocess.run(
        [CAMPANA, *arguments, "--url", url], env=plain_environment(), stdin=subprocess.DEVNULL, text=True,
        timeout=60, capture_output=True, **options)


def lines(*arguments, url):
    """What it printed, as cells; it must have ended well and said nothing else."""
    done = campana(*arguments, url=url)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def on_a_terminal(*arguments, url):
    """What a person sees."""
    master, slave = pty.openpty()
    environment = plain_environment(TERM="xterm")
    del environment["NO_COLOR"]
    process = subprocess.Popen(
        [CAMPANA, *arguments, "--url", url], env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    try:
        while piece := os.read(master, 4096):
            seen += piece
    except OSError:
        pass  # Linux says EIO where the other end has been closed
    os.close(master)
    assert process.wait(DEADLINE) == 0, seen
    return seen.decode()


class TestCommands:
    def test_connections(self, hub, consumer, group):
        for _ in range(3):
            consumer(f"/ws?groups={group}").until("subscribed")
        told = connections(hub, group=group)
        rows = lines("connections", "--group", group, url=hub.url)
        assert [row[0] for row in rows] == [each["id"] for each in told]
        assert rows[0] == [told[0]["id"], "anyone", told[0]["address"], "websocket", told[0]["since"], "0", "0",
                           told[0]["cursor"], group]
        as_sent = campana("connections", "--group", group, "--json", url=hub.url).stdout.splitlines()
        assert [json.loads(line)["id"] for line in as_sent] == [each["id"] for each in told]
        assert lines("connections", "--principal", "nadie", url=hub.url) == []
        cut = campana("connections", "--group", group, "--limit", "1", url=hub.url)
        assert cut.returncode == 0 and cut.stdout.count("\n") == 1
        assert cut.stderr == "campana: 2 more are not shown; a higher --limit shows them\n"

    def test_a_table_on_a_terminal(self, hub, consumer, group):
        consumer(f"/ws?groups={group}").until("subscribed")
        heading, row = on_a_terminal("connections", "--group", group, url=hub.url).splitlines()
        assert heading.startswith("\x1b[1mID\x1b[0m") and "QUEUED" in heading
        assert row.startswith(connections(hub, group=group)[0]["id"] + "  ") and row.endswith(f"{group}\x1b[0m")

    def test_connections_end(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        (told,) = connections(hub, group=group)
        assert lines("connections", "end", told["id"], url=hub.url) == []
        assert one.closed()[0] == 4003
        again = campana("connections", "end", "ayer", url=hub.url)
        assert again.returncode == 1 and "404" in again.stderr and again.stdout == ""

    def test_groups(self, hub, group):
        hub.publish_many(group, [1, 2])
        assert [group, "2", "2", "0"] in lines("groups", url=hub.url)
        assert campana("groups", "--limit", "1", "--json", url=hub.url).stdout.count("\n") == 1

    def test_trace(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        (told,) = connections(hub, group=group)
        cursor = hub.publish(group, "hola")["cursor"]
        one.events(1)
        wanted = ["delivered", "anyone", told["id"], told["address"], "websocket", f"through {group}"]
        eventually(lambda: wanted in lines("trace", cursor, url=hub.url), "it is delivered")
        assert json.loads(campana("trace", cursor, "--json", url=hub.url).stdout)["event"]["data"] == "hola"
        event, summary, heading, *rows = on_a_terminal("trace", cursor, url=hub.url).splitlines()
        assert '"hola"' in event and "1 delivered" in summary and "VERDICT" in heading
        assert any("\x1b[32mdelivered\x1b[0m" in row for row in rows)

    def test_explain(self, hub):
        rows = lines("explain", "anyone", "tasks", url=hub.url)
        assert ["publish", "yes", "the hub asks nobody who they are"] in rows and len(rows) == 4
        assert json.loads(campana("explain", "anyone", "tasks", "--json", url=hub.url).stdout)["group"] == "tasks"
        assert "connections: " in on_a_terminal("explain", "anyone", "tasks", url=hub.url)

    def test_the_operators_socket_is_a_hub_too(self, closed):
        url = f"unix:{closed.data}/operator.sock"
        make_key(closed, "ana", "subscribe:stock:*")
        assert ["subscribe", "yes", "subscribe:stock:*"] in lines("explain", "key:ana", "stock:norte", url=url)

    @pytest.mark.parametrize("arguments, code, word", [
        (["trace", "ayer"], 2, "no cursor"), (["connections", "--group", "a:*"], 2, "no group"),
        (["explain", "ana", "a b"], 2, "no group"), (["trace", "zzzzzz-1"], 1, "404"),
        (["explain", "nadie", "tasks"], 1, "nadie")])
    def test_what_cannot_be_done(self, hub, arguments, code, word):
        done = campana(*arguments, url=hub.url)
        assert done.returncode == code and word in done.stderr and done.stdout == ""

    def test_no_hub(self):
        assert campana("connections", url="http://127.0.0.1:1").returncode == 3
