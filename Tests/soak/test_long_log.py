"""A page of the log costs what it returns, not what the log holds."""

import statistics
import time

import sizes
from support.consumer import Consumer

BATCH = 1_000
LAST = 100
ROUNDS = 25
SMALL = 10_000
# Groups that hold the log's bulk, and one that has an event now and then.
CROWDED = [f"soak:log:{number}" for number in range(10)]
RARE = "soak:rare"
MANY = 2_000


def fill(hub, begin, end):
    """Publishes up to `end` events; the cursor that has `LAST` of the rare group after it."""
    since, rare = None, 0
    for first in range(begin, end, BATCH):
        hub.publish_many(CROWDED[first // BATCH % len(CROWDED)], range(first, first + BATCH))
        if first % (100 * BATCH) == 0:
            hub.publish(RARE, first)
    for number in range(LAST + 1):
        place = hub.publish(RARE, number)
        since = since or place["cursor"]
    return since


def spread_thin(hub):
    """Groups of one event each, all matched by one pattern."""
    for number in range(MANY):
        hub.publish(f"thin:{number}", number)


def median_ms(read):
    times = []
    for _ in range(ROUNDS):
        begin = time.monotonic()
        read()
        times.append((time.monotonic() - begin) * 1000)
    return statistics.median(times)


def timings(hub, since):
    """What each way to resume costs, in milliseconds."""

    def answer(groups, since):
        query = {"groups": groups, "since": since, "wait": "0s"}
        return hub.client.get("/stream", params=query, headers={"Accept": "application/json"}).json()

    def page(groups, since, count):
        events = answer(groups, since)["events"]
        assert len(events) >= count, (groups, since, len(events))
        return events

    def websocket():
        with Consumer(hub.ws_url + f"/ws?groups={RARE}&since={since}") as one:
            assert [event["data"] for event in one.events(LAST)] == list(range(1, LAST + 1))

    def pattern():
        assert [event["data"] for event in page("soak:**", since, LAST)] == list(range(1, LAST + 1))

    def many():
        since, count = "earliest", 0
        while not (body := answer("thin:*", since))["up_to_date"]:
            since, count = body["cursor"], count + len(body["events"])
        assert count + len(body["events"]) == MANY

    return {
        "the last 100 of one group, WebSocket": median_ms(websocket),
        "the last 100 of one group, long poll": median_ms(lambda: page(RARE, since, LAST)),
        "the last 100 of a pattern of 11 groups": median_ms(pattern),
        "a rare group from the earliest on": median_ms(lambda: page(RARE, "earliest", LAST)),
        "a group that nobody has written to": median_ms(lambda: page("soak:none", "earliest", 0)),
        f"a pattern of {MANY:,} groups of one event, from the earliest on": median_ms(many),
        "the time of an hour ago": median_ms(lambda: page(RARE, "1h", LAST)),
    }


def test_a_resume_costs_the_same_in_a_long_log(start_hub, report):
    hub = start_hub()
    since = fill(hub, 0, SMALL)
    spread_thin(hub)
    small = timings(hub, since)
    begin = time.monotonic()
    since = fill(hub, SMALL, sizes.LOG_EVENTS)
    rate = (sizes.LOG_EVENTS - SMALL) / (time.monotonic() - begin)
    long = timings(hub, since)
    report(f"the log filled at {rate:,.0f} events a second, by one writer of batches of {BATCH}")
    for name, milliseconds in long.items():
        report(f"{name}: {small[name]:.1f} ms in {SMALL:,} events, {milliseconds:.1f} ms in {sizes.LOG_EVENTS:,}")
    # Far above what noise does, and far below what reading through the log would take.
    slow = {name: figure for name, figure in long.items() if figure > 10 * small[name] + 50}
    assert not slow, slow
    status = hub.client.get("/status").json()["engine"]
    report(f"{status['disk_bytes'] / status['head']:.0f} bytes on disk for each event")
    hub.stop()
