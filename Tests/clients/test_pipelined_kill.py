"""Many publishes in flight on each connection, good ones and bad, and `kill -9` among them."""

import json
import random
import threading

import pytest

from support.consumer import Consumer, assert_contiguous, is_event, position
from support.raw import Raw

WRITERS = 4
PIPELINED = 48
GROUPS = ("p:a", "p:b", "p:c")
BAD = (("p:a", "{no", 400), ("$p", "1", 403), ("p:b", json.dumps("x" * 300_000), 413), ("p::", "1", 422))


def post(group, body):
    return (f"POST /publish/{group} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}")


def write(hub, writer, acknowledged, faults, enough, stop_at):
    """Publishes until the hub is gone; what was answered 201 goes to `acknowledged`."""
    dice = random.Random(writer)
    number = 0
    try:
        with Raw(hub) as raw:
            while True:
                sent = []
                for _ in range(PIPELINED):
                    if dice.random() < 0.1:
                        group, body, status = dice.choice(BAD)
                        sent.append((group, body, status))
                    else:
                        group = dice.choice(GROUPS) if dice.random() < 0.3 else GROUPS[0]
                        sent.append((group, json.dumps([writer, number]), 201))
                        number += 1
                raw.send("".join(post(group, body) for group, body, _ in sent))
                for group, body, wanted in sent:
                    answer = raw.response()
                    if answer.status != wanted:
                        faults.append((group, body[:80], wanted, answer.status, answer.body))
                    if answer.status == 201:
                        placed = answer.json()
                        acknowledged.append((group, placed["seq"], placed["cursor"], body))
                if len(acknowledged) >= stop_at:
                    enough.set()
    except (AssertionError, OSError):
        enough.set()  # the hub is gone, and half an answer is none


def everything(hub):
    with Consumer(hub.ws_url + "/ws?groups=p:*&since=earliest") as consumer:
        consumer.until("caught_up")
        return [frame for frame in consumer.frames if is_event(frame)]


@pytest.mark.parametrize("seed", range(2))
def test_each_answer_stands_for_its_own_event_and_none_is_lost_or_doubled(start_hub, seed):
    dice = random.Random(seed)
    acknowledged, faults = [], []
    for round in range(3):
        hub = start_hub()
        enough, stop_at = threading.Event(), len(acknowledged) + dice.randrange(100, 1500)
        writers = [
            threading.Thread(
                target=write, args=(hub, 100 * seed + 10 * round + w, acknowledged, faults, enough, stop_at))
            for w in range(WRITERS)]
        for one in writers:
            one.start()
        enough.wait()
        hub.kill()
        for one in writers:
            one.join()
        assert not faults, {fault[:1] + fault[2:] for fault in faults}
        hub = start_hub()
        events = everything(hub)
        positions = [position(event["cursor"]) for event in events]
        assert positions == list(range(1, len(events) + 1))
        for group in GROUPS:
            assert_contiguous([event for event in events if event["group"] == group])
        stored = {(e["group"], e["seq"], e["cursor"], json.dumps(e["data"])) for e in events}
        assert set(acknowledged) <= stored
        assert len({json.dumps(e["data"]) for e in events}) == len(events)
        hub.kill()
