"""`GET /stream`: SSE, NDJSON, long poll and WebSocket are one stream (WIRE §5)."""

import random
import threading

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from support.consumer import Consumer, assert_contiguous, data, epoch, is_event
from support.proxy import Proxy
from support.streams import Stream, poll
from support.waiting import DEADLINE

HUB_FLAGS = ("--heartbeat", "100ms")

STREAMS = pytest.mark.parametrize("kind", ["sse", "ndjson"])


class TestStreams:
    @STREAMS
    def test_live_events(self, hub, group, kind):
        with Stream(hub.url, kind, groups=group) as stream:
            assert stream.until("subscribed")["resume"] == "live"
            hub.publish(group, "hola")
            hub.publish(group, "á\n\r🎯")
            assert data(stream.events(2)) == ["hola", "á\n\r🎯"]

    @STREAMS
    def test_since(self, hub, group, kind):
        places = hub.publish_many(group, range(10))
        for since, rest in (("earliest", range(10)), (places[3]["cursor"], range(4, 10)), ("10m", range(10))):
            with Stream(hub.url, kind, groups=group, since=since) as stream:
                assert stream.until("subscribed")["resume"] == "complete"
                assert data(stream.events(len(rest))) == list(rest)
                stream.until("caught_up")

    @STREAMS
    def test_an_unknown_epoch_is_a_reset(self, hub, group, kind):
        cursor = hub.publish(group, 1)["cursor"]
        other = ("b" if cursor[0] == "a" else "a") + cursor[1:]
        with Stream(hub.url, kind, groups=group, since=other) as stream:
            assert stream.until("subscribed")["resume"] == "reset"
            assert data(stream.events(1)) == [1]

    @STREAMS
    def test_several_groups_keep_the_logs_order(self, hub, group, kind):
        for i in range(10):
            hub.publish(f"{group}:{'ab'[i % 2]}", i)
        for groups in (f"{group}:*", f"{group}:a,{group}:b"):
            with Stream(hub.url, kind, groups=groups, since="earliest") as stream:
                assert data(stream.events(10)) == list(range(10))

    @STREAMS
    def test_the_answer_is_not_kept_by_anyone_between(self, hub, group, kind):
        with Stream(hub.url, kind, groups=group) as stream:
            assert stream.response.headers["Cache-Control"] == "no-store"
            assert stream.response.headers["X-Accel-Buffering"] == "no"

    @STREAMS
    def test_it_ends_whole_on_drain(self, start_hub, group, kind):
        hub = start_hub()
        with Stream(hub.url, kind, groups=group) as stream:
            stream.until("subscribed")
            hub.terminate()
            assert stream.until("goodbye")["reconnect_in_ms"] >= 0
            with pytest.raises(StopIteration):  # and not a transport error: the last chunk is there
                stream.next()
        hub.stop()

    def test_a_bad_query_is_a_problem(self, hub, group):
        for query in ({}, {"groups": "a b"}, {"groups": group, "since": "ayer"}):
            answer = hub.client.get("/stream", params=query, headers={"Accept": "text/event-stream"})
            assert answer.status_code in (400, 422), query
            assert answer.headers["Content-Type"].startswith("application/problem+json")

    def test_a_type_that_is_not_offered_is_406(self, hub, group):
        answer = hub.client.get("/stream", params={"groups": group}, headers={"Accept": "image/png"})
        assert answer.status_code == 406


class TestServerSentEvents:
    def test_an_events_id_is_its_cursor(self, hub, group):
        places = hub.publish_many(group, range(3))
        with Stream(hub.url, "sse", groups=group, since="earliest") as stream:
            stream.events(3)
            at = [stream.ids[i] for i, frame in enumerate(stream.frames) if is_event(frame)]
            assert at == [place["cursor"] for place in places]

    def test_events_reach_onmessage_and_the_hubs_word_does_not(self, hub, group):
        hub.publish(group, 1)
        with Stream(hub.url, "sse", groups=group, since="earliest") as stream:
            stream.until("caught_up")
            for name, frame in zip(stream.names, stream.frames):
                assert name == ("message" if is_event(frame) else frame["type"])

    def test_last_event_id_wins_over_the_query(self, hub, group):
        cursor = hub.publish_many(group, range(5))[2]["cursor"]
        headers = {"Last-Event-ID": cursor}
        with Stream(hub.url, "sse", headers, groups=group, since="earliest") as stream:
            assert data(stream.events(2)) == [3, 4]

    def test_it_starts_with_retry_and_beats(self, hub, group):
        with httpx.stream("GET", hub.url + "/stream", params={"groups": group}, timeout=DEADLINE,
                          headers={"Accept": "text/event-stream"}, trust_env=False) as response:
            lines = response.iter_lines()
            assert next(line for line in lines if line.startswith("retry:")).split(":")[1].strip().isdigit()
            assert next(line for line in lines if line.startswith(":")) is not None


class TestLongPoll:
    def test_all_at_once(self, hub, group):
        hub.publish_many(group, range(3))
        body = poll(hub.url, "earliest", group)
        assert (body["resume"], data(body["events"]), body["up_to_date"]) == ("complete", [0, 1, 2], True)

    def test_nothing_new_is_an_answer_with_a_cursor(self, hub, group):
        body = poll(hub.url, "now", group)
        assert body["events"] == [] and body["up_to_date"]
        hub.publish(group, 1)
        assert data(poll(hub.url, body["cursor"], group)["events"]) == [1]

    def test_it_waits_for_the_next(self, hub, group):
        cursor = poll(hub.url, "now", group)["cursor"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(poll(hub.url, cursor, group, "25s")))
        waiting.start()
        hub.publish(group + ".other", 0)
        hub.publish(group, 1)
        waiting.join(DEADLINE)
        assert data(answers[0]["events"]) == [1]

    def test_it_answers_when_the_wait_is_over(self, hub, group):
        body = poll(hub.url, "now", group, "50ms")
        assert body["events"] == [] and body["up_to_date"]

    def test_pages_follow_one_another(self, hub, group):
        for start in range(0, 5000, 1000):
            hub.publish_many(group, range(start, start + 1000))
        events, since = [], "earliest"
        while True:
            body = poll(hub.url, since, group)
            events += body["events"]
            since = body["cursor"]
            if body["up_to_date"]:
                break
        assert data(events) == list(range(5000))
        assert_contiguous(events)

    def test_a_reset_is_said_once(self, hub, group):
        cursor = hub.publish(group, 1)["cursor"]
        other = ("b" if cursor[0] == "a" else "a") + cursor[1:]
        body = poll(hub.url, other, group)
        assert (body["resume"], data(body["events"])) == ("reset", [1])
        assert epoch(body["cursor"]) == epoch(cursor)
        assert poll(hub.url, body["cursor"], group)["resume"] == "complete"

    def test_a_wait_that_is_no_duration(self, hub, group):
        answer = hub.client.get("/stream", params={"groups": group, "wait": "soon"}, headers={"Accept": "application/json"})
        assert answer.status_code in (400, 422)


TOTAL = 3000


def read_stream(kind):
    def read(url, group, since, events):
        with Stream(url, kind, groups=group, since=since) as stream:
            while True:
                frame = stream.next()
                if is_event(frame):
                    events.append(frame)
                if len(events) == TOTAL:
                    return

    return read


def read_websocket(url, group, since, events):
    with Consumer(url.replace("http", "ws") + f"/stream?groups={group}&since={since}") as one:
        while len(events) < TOTAL:
            frame = one.next()
            if is_event(frame):
                events.append(frame)


def read_polls(url, group, since, events):
    while len(events) < TOTAL:
        body = poll(url, since, group, "25s")
        events += body["events"]
        since = body["cursor"]


READERS = {"websocket": read_websocket, "sse": read_stream("sse"), "ndjson": read_stream("ndjson"), "poll": read_polls}
CUT = (httpx.TransportError, ConnectionClosed, EOFError, OSError, StopIteration)


def read_all(read, hub, group, start, seed, results, name):
    """Reads the group through a proxy that cuts every connection; resumes from what it has."""
    dice = random.Random(seed)
    events = results[name] = []
    with Proxy(hub.port, cut_after=lambda: dice.randrange(2_000, 150_000)) as proxy:
        while len(events) < TOTAL:
            try:
                read(proxy.url, group, events[-1]["cursor"] if events else start, events)
            except CUT:
                pass  # what the proxy is for; the next turn resumes


def test_four_readers_cut_at_random_end_with_identical_lists(hub, group):
    start = poll(hub.url, "now", group)["cursor"]
    results = {}
    readers = [threading.Thread(target=read_all, args=(read, hub, group, start, seed, results, name), daemon=True)
               for seed, (name, read) in enumerate(READERS.items())]
    for reader in readers:
        reader.start()
    for first in range(0, TOTAL, 50):
        hub.publish_many(group, range(first, first + 50))
    for reader in readers:
        reader.join(100)
    assert {name: len(events) for name, events in results.items()} == dict.fromkeys(READERS, TOTAL)
    for events in results.values():
        assert data(events) == list(range(TOTAL))
        assert_contiguous(events)
        assert events == results["websocket"]
