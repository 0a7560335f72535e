"""The companion, as it is used in a terminal and in scripts."""

import json
import os
import random
import signal
import subprocess
import threading

import pytest

from support.consumer import assert_contiguous, data
from support.hub import CAMPANA, Hub, Lines, plain_environment
from support.proxy import Proxy
from support.waiting import DEADLINE, eventually


def run(*arguments, url, **options):
    """`campana` to its end."""
    options.setdefault("input", "")
    return subprocess.run(
        [CAMPANA, *arguments], env=plain_environment(CAMPANA_URL=url), capture_output=True, text=True,
        timeout=60, **options)


def answer(*arguments, url, **options):
    """What it printed; it must have ended well."""
    done = run(*arguments, url=url, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Tail:
    """A `campana tail` under way."""

    def __init__(self, url, *arguments):
        self.process = subprocess.Popen(
            [CAMPANA, "tail", *arguments, "--url", url], env=plain_environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.stdout, self.stderr = Lines(self.process.stdout), Lines(self.process.stderr)

    def events(self, count):
        return [json.loads(line) for line in self.stdout.take(count)]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


@pytest.fixture
def tail(tmp_path):
    """Starts tails that keep their state beside the test; whatever still runs is killed."""
    tails = []

    def start(hub, *arguments):
        if not {"--state", "--no-state"} & set(arguments):
            arguments += ("--state", str(tmp_path / "state"))
        tails.append(Tail(hub.url, *arguments))
        return tails[-1]

    yield start
    for one in tails:
        if one.process.poll() is None:
            one.kill()


class TestTail:
    def test_events_are_lines_as_they_were_sent(self, hub, consumer, tail, group):
        one = consumer(f"/ws?groups={group}")
        hub.publish_many(group, [1, {"á": "\n"}])
        printed = tail(hub, group, "--since", "earliest").events(2)
        assert printed == one.events(2)

    def test_a_task_by_http_is_on_the_terminal(self, hub, tail):
        cursor = hub.publish("elsewhere")["cursor"]
        one = tail(hub, "tasks", "--since", cursor)
        hub.client.post("/tasks", json={"title": "en la terminal"})
        assert one.events(1)[0]["task"]["title"] == "en la terminal"

    def test_count_ends_it(self, hub, tail, group):
        hub.publish_many(group, range(10))
        one = tail(hub, group, "--since", "earliest", "--count", "3")
        assert data(one.events(3)) == [0, 1, 2]
        assert one.stdout.next() is None
        assert one.process.wait(DEADLINE) == 0

    def test_timeout_ends_it(self, hub, tail, group):
        one = tail(hub, group, "--timeout", "50ms")
        assert one.stdout.next() is None
        one.process.wait(DEADLINE)

    def test_several_groups_and_patterns(self, hub, tail, group):
        for i in range(6):
            hub.publish(f"{group}:{'abc'[i % 3]}", i)
        assert data(tail(hub, f"{group}:a", f"{group}:b", "--since", "earliest").events(4)) == [0, 1, 3, 4]
        assert data(tail(hub, f"{group}:*", "--since", "earliest", "--no-state").events(6)) == list(range(6))

    def test_exec_runs_for_each_event(self, hub, tail, group, tmp_path):
        hub.publish_many(group, [1, 2, 3])
        kept = tmp_path / "kept"
        one = tail(hub, group, "--since", "earliest", "--count", "3", "--exec", f"cat >> {kept}")
        assert one.process.wait(DEADLINE) == 0
        assert data(map(json.loads, kept.read_text().splitlines())) == [1, 2, 3]

    def test_a_closed_pipe_ends_it_quietly(self, hub, group):
        hub.publish_many(group, range(1000))
        done = subprocess.run(
            f"'{CAMPANA}' tail '{group}' --since earliest --no-state --url {hub.url} | head -n 1", shell=True,
            env=plain_environment(), capture_output=True, text=True, timeout=60)
        assert json.loads(done.stdout)["data"] == 0
        assert "rror" not in done.stderr

    def test_a_bad_group_is_said(self, hub):
        done = run("tail", "no such", "--no-state", url=hub.url)
        assert done.returncode != 0 and "no such" in done.stderr and done.stdout == ""


class TestState:
    def test_the_next_run_goes_on_where_the_last_ended(self, hub, tail, group):
        hub.publish_many(group, [1, 2])
        before = tail(hub, group, "--since", "earliest", "--count", "2")
        assert data(before.events(2)) == [1, 2]
        assert before.process.wait(DEADLINE) == 0  # it stores its place after it has printed
        first = tail(hub, group, "--since", "earliest", "--count", "2")
        hub.publish_many(group, [3, 4])
        assert data(first.events(2)) == [3, 4]

    def test_what_was_published_while_it_was_off_comes(self, hub, tail, group):
        one = tail(hub, group, "--since", "earliest")
        hub.publish(group, 1)
        assert data(one.events(1)) == [1]
        assert one.stop() in (0, 130, 143)
        hub.publish(group, 2)
        assert data(tail(hub, group).events(1)) == [2]

    def test_killed_again_and_again_it_loses_nothing(self, hub, tail, group, tmp_path):
        dice = random.Random(2)
        publisher = threading.Thread(
            target=lambda: [hub.publish_many(group, range(i, i + 100)) for i in range(0, 3000, 100)])
        publisher.start()
        seen = []
        while not seen or seen[-1] != 2999:
            one = tail(hub, group, "--since", "earliest")
            for _ in range(dice.randrange(1, 700)):
                seen += data(one.events(1))
                if seen[-1] == 2999:
                    break
            one.kill()
            while (line := one.stdout.next()) is not None:  # what it had flushed before it died
                if line.endswith("}"):
                    seen.append(json.loads(line)["data"])
        publisher.join(DEADLINE)
        assert sorted(set(seen)) == list(range(3000))
        # Killed between the flush and the state, it may say a piece again, but never jumps ahead.
        assert all(after <= before + 1 for before, after in zip(seen, seen[1:]))


class TestReturn:
    def test_the_hub_restarts_and_each_event_comes_once(self, start_hub, tail, group):
        hub = start_hub()
        with Proxy(hub.port) as proxy:
            one = tail(proxy, group, "--since", "earliest")
            published, seen = 0, []
            for end in (Hub.stop, Hub.kill, Hub.stop):
                hub.publish_many(group, range(published, published + 50))
                seen += one.events(50)
                published += 50
                end(hub)
                hub = start_hub()
                proxy.target = hub.port
            hub.publish(group, published)
            seen += one.events(1)
            assert data(seen) == list(range(published + 1))
            assert_contiguous(seen)
            assert one.process.poll() is None
        hub.stop()

    def test_it_starts_before_the_hub(self, start_hub, tail, group):
        with Proxy(target=1) as proxy:  # nothing listens on port 1
            one = tail(proxy, group, "--since", "earliest")
            eventually(lambda: one.stderr.seen, "it says that it cannot connect")
            hub = start_hub()
            proxy.target = hub.port
            hub.publish(group, "por fin")
            assert data(one.events(1)) == ["por fin"]
        hub.stop()

    def test_through_a_proxy_that_cuts(self, hub, tail, group):
        count = int(os.environ.get("TAIL_EVENTS", "10000"))
        dice = random.Random(3)
        with Proxy(hub.port, cut_after=lambda: dice.randrange(100, 500_000)) as proxy:
            one = tail(proxy, group, "--since", "earliest")
            for first in range(0, count, 500):
                hub.publish_many(group, range(first, first + 500))
            events = one.events(count)
            assert proxy.connections > 1
        assert data(events) == list(range(count))
        assert_contiguous(events)


class TestPublish:
    def test_json_or_text(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        for argument in ('{"a":1}', "hola mundo", "5"):
            printed = json.loads(answer("publish", group, argument, url=hub.url))
            assert printed["seq"] and printed["cursor"]
        assert data(one.events(3)) == [{"a": 1}, "hola mundo", 5]

    def test_type(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        answer("publish", group, "1", "--type", "otro.tipo", url=hub.url)
        assert one.events(1)[0]["type"] == "otro.tipo"

    def test_standard_input(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        answer("publish", group, "-", url=hub.url, input="por la tubería")
        assert data(one.events(1)) == ["por la tubería"]

    def test_key_makes_it_once(self, hub, group):
        first, second = (json.loads(answer("publish", group, "1", "--key", "k", url=hub.url)) for _ in range(2))
        assert first["seq"] == second["seq"] == 1

    def test_a_refusal_is_an_exit_code(self, hub):
        done = run("publish", "$sys:x", "1", url=hub.url)
        assert done.returncode != 0 and "$sys:x" in done.stderr and done.stdout == ""


class TestTasks:
    def test_the_round(self, start_hub):
        hub = start_hub()
        assert answer("tasks", "add", "Comprar pan", "--description", "integral", url=hub.url)
        (task,) = hub.client.get("/tasks").json()["tasks"]
        assert (task["title"], task["description"]) == ("Comprar pan", "integral")
        assert "Comprar pan" in answer("tasks", "list", url=hub.url)
        answer("tasks", "done", task["id"], url=hub.url)
        assert hub.client.get(f"/tasks/{task['id']}").json()["completed"] is True
        answer("tasks", "rm", task["id"], url=hub.url)
        assert hub.client.get("/tasks").json()["tasks"] == []
        assert run("tasks", "rm", task["id"], url=hub.url).returncode != 0
        hub.stop()


class TestTools:
    def test_ping(self, hub):
        done = run("ping", hub.url, url=hub.url)
        assert done.returncode == 0 and "ms" in done.stdout + done.stderr

    def test_ping_of_nobody(self, hub):
        with Proxy(target=1) as proxy:
            done = run("ping", proxy.url, url=hub.url)
        assert done.returncode == 1

    def test_status(self, hub):
        assert answer("status", url=hub.url)

    def test_verify(self, hub, group):
        for start in range(0, 2500, 500):
            hub.publish_many(group, range(start, start + 500))
        assert run("verify", "--groups", group, url=hub.url).returncode == 0
        assert run("verify", url=hub.url).returncode == 0

    @pytest.mark.parametrize("arguments", [["--help"], ["tail", "--help"], ["publish", "--help"], ["version"]])
    def test_help(self, hub, arguments):
        assert "campana" in answer(*arguments, url=hub.url)

    def test_a_misspelt_command(self, hub):
        done = run("tial", url=hub.url)
        assert done.returncode != 0 and "tail" in done.stderr

    def test_a_misspelt_option(self, hub):
        done = run("tail", "tasks", "--sinse", "10m", url=hub.url)
        assert done.returncode != 0 and "--since" in done.stderr
