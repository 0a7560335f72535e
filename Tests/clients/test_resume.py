"""Resume: every form of `since`, the verdicts, and no hole between replay and live (WIRE §4)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from support.consumer import Consumer, assert_contiguous, data, epoch, is_event, position


def open_at(hub, group, **query):
    """A consumer that subscribes with `since`: what it was told, and itself."""
    one = Consumer(hub.ws_url + "/ws")
    one.next()
    return one, one.subscribe(group, **query)


def replay(hub, group, since):
    """All that comes up to `caught_up`; the verdict before it."""
    with Consumer(hub.ws_url + "/ws") as one:
        one.next()
        verdict = one.subscribe(group, since=since)["resume"]
        before = len(one.frames)
        one.until("caught_up")
        return verdict, [frame for frame in one.frames[before:] if is_event(frame)]


class TestSince:
    def test_now_is_live(self, hub, group):
        hub.publish(group, "antes")
        for since in ({}, {"since": "now"}):
            one, answer = open_at(hub, group, **since)
            with one:
                assert answer["resume"] == "live"
                # A loop may still have to hear of what was answered just now; it is not missed then either.
                assert all(position(e["cursor"]) > position(answer["cursor"]) for e in one.sync())

    def test_earliest_is_everything(self, hub, group):
        hub.publish_many(group, range(10))
        verdict, events = replay(hub, group, "earliest")
        assert verdict == "complete"
        assert data(events) == list(range(10))
        assert_contiguous(events)

    def test_a_cursor_is_what_came_after_it(self, hub, group):
        places = hub.publish_many(group, range(10))
        for i, place in enumerate(places):
            verdict, events = replay(hub, group, place["cursor"])
            assert verdict == "complete"
            assert data(events) == list(range(i + 1, 10))

    def test_a_cursor_of_another_group_is_a_place_too(self, hub, group):
        hub.publish(group, 1)
        elsewhere = hub.publish(group + ".other")["cursor"]
        hub.publish(group, 2)
        assert data(replay(hub, group, elsewhere)[1]) == [2]

    def test_the_welcomes_cursor_resumes_who_never_saw_an_event(self, hub, consumer, group):
        cursor = consumer().frames[0]["cursor"]
        hub.publish_many(group, [1, 2])
        assert data(replay(hub, group, cursor)[1]) == [1, 2]

    def test_the_subscriptions_cursor_resumes_too(self, hub, consumer, group):
        cursor = consumer().subscribe(group)["cursor"]
        hub.publish_many(group, [1, 2])
        verdict, events = replay(hub, group, cursor)
        assert (verdict, data(events)) == ("complete", [1, 2])

    def test_caught_ups_cursor_resumes_with_nothing(self, hub, group):
        hub.publish(group, 1)
        one, _ = open_at(hub, group, since="earliest")
        with one:
            cursor = one.until("caught_up")["cursor"]
        assert replay(hub, group, cursor) == ("complete", [])

    @pytest.mark.parametrize("since", ["10m", "1h", "600s"])
    def test_a_duration_is_that_long_ago(self, hub, group, since):
        hub.publish(group, 1)
        assert data(replay(hub, group, since)[1]) == [1]

    def test_a_time_is_an_instant(self, hub, group):
        hub.publish(group, 1)
        now = datetime.now(UTC)
        before, after = now - timedelta(minutes=1), now + timedelta(minutes=1)
        assert data(replay(hub, group, before.isoformat())[1]) == [1]
        assert data(replay(hub, group, before.strftime("%Y-%m-%dT%H:%M:%SZ"))[1]) == [1]
        assert replay(hub, group, after.isoformat())[1] == []

    def test_the_instant_of_an_event_includes_it(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        one.until("subscribed")
        hub.publish(group, 1)
        (event,) = one.events(1)
        assert 1 in data(replay(hub, group, event["timestamp"])[1])

    def test_since_in_the_query(self, hub, consumer, group):
        cursor = hub.publish_many(group, range(3))[0]["cursor"]
        one = consumer(f"/ws?groups={group}&since={cursor}")
        assert one.until("subscribed")["resume"] == "complete"
        assert data(one.events(2)) == [1, 2]
        one.until("caught_up")


class TestReset:
    def test_an_unknown_epoch_starts_at_the_earliest(self, hub, group):
        place = hub.publish_many(group, [1, 2])[1]["cursor"]
        own = epoch(place)
        other = ("b" if own[0] == "a" else "a") + own[1:]
        verdict, events = replay(hub, group, f"{other}-{position(place)}")
        assert (verdict, data(events)) == ("reset", [1, 2])

    def test_a_place_in_the_future_does_too(self, hub, group):
        place = hub.publish_many(group, [1, 2])[1]["cursor"]
        verdict, events = replay(hub, group, f"{epoch(place)}-{position(place) + 1_000_000}")
        assert (verdict, data(events)) == ("reset", [1, 2])


class TestManyGroups:
    def test_they_keep_the_logs_order(self, hub, group):
        names = [f"{group}:{letter}" for letter in "abc"]
        for i in range(30):
            hub.publish(names[i * 7 % 3], i)
        for wanted in (names, [f"{group}:*"], [f"{group}:**"], [names[0], f"{group}:*"]):
            with Consumer(hub.ws_url + "/ws") as one:
                one.next()
                one.subscribe(*wanted, since="earliest")
                events = one.events(30)
                assert data(events) == list(range(30))
                one.until("caught_up")
                assert one.sync() == []

    def test_two_subscriptions_of_one_connection_resume_each_from_its_own(self, hub, consumer, group):
        hub.publish_many(group, [1, 2])
        last = hub.publish_many(group + ".b", [3, 4])[-1]
        one = consumer()
        one.send(type="subscribe", groups=[group], since="earliest", ref=1)
        # Not "now": the consumer's loop may still have 4 to fan out, though its publish was answered.
        one.send(type="subscribe", groups=[group + ".b"], since=last["cursor"], ref=2)
        while one.next().get("ref") != 2:
            pass
        hub.publish(group, 5)
        hub.publish(group + ".b", 6)
        while len(values := data(filter(is_event, one.frames))) < 4:
            one.next()
        assert [v for v in values if v in (1, 2, 5)] == [1, 2, 5]
        assert [v for v in values if v in (3, 4, 6)] == [6]
        assert one.sync() == []


PUBLISHERS = 50
EACH = 20
CONSUMERS = 12


class TestJoining:
    def publish(self, hub, group, published):
        """50 publishers, each its own connection, `EACH` events each; counts as they are answered."""
        def publisher(number):
            with httpx.Client(base_url=hub.url, timeout=60, trust_env=False) as client:
                for i in range(EACH):
                    body = {"group": group, "type": "n", "data": [number, i]}
                    assert client.post("/publish", json=body).status_code == 201
                    published.release()

        with ThreadPoolExecutor(PUBLISHERS) as pool:
            list(pool.map(publisher, range(PUBLISHERS)))

    def consume(self, hub, group, since):
        """Reads the whole group; the frames in their order."""
        total = PUBLISHERS * EACH
        with Consumer(hub.ws_url + "/ws") as one:
            one.next()
            one.subscribe(group, since=since)
            events = one.events(total)
            if not any(frame["type"] == "caught_up" for frame in one.frames):
                one.until("caught_up")
            assert one.sync() == []
            return events, [frame["type"] for frame in one.frames].count("caught_up")

    @pytest.mark.parametrize("by_cursor", [False, True], ids=["earliest", "cursor"])
    def test_no_hole_and_no_double_between_replay_and_live(self, hub, consumer, group, by_cursor):
        since = consumer().frames[0]["cursor"] if by_cursor else "earliest"
        published = threading.Semaphore(0)
        with ThreadPoolExecutor(CONSUMERS + 1) as pool:
            publishing = pool.submit(self.publish, hub, group, published)
            consuming = []
            for _ in range(CONSUMERS):  # one joins for each twelfth of the events
                consuming.append(pool.submit(self.consume, hub, group, since))
                for _ in range(PUBLISHERS * EACH // CONSUMERS):
                    assert published.acquire(timeout=60)
            publishing.result()
            results = [one.result() for one in consuming]
        for events, caught_up in results:
            assert_contiguous(events)
            assert caught_up == 1
            assert events == results[0][0]
        own = [[value for value in data(results[0][0]) if value[0] == n] for n in range(PUBLISHERS)]
        assert own == [[[n, i] for i in range(EACH)] for n in range(PUBLISHERS)]
