"""Drain and restart under load: writers that retry with a key, readers that resume with a cursor."""

import asyncio
import json
import os

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from support.consumer import assert_contiguous, data, is_event
from support.proxy import Proxy
from support.waiting import DEADLINE

RESTARTS = int(os.environ.get("RESTARTS", "4"))
CONSUMERS = int(os.environ.get("CONSUMERS", "20"))
WRITERS = 8
EACH = 100 * RESTARTS


async def write(url, group, writer, written):
    """Publishes `EACH` events, each until it is answered; the key makes it once."""
    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:
        for number in range(EACH):
            body = {"group": group, "type": "n", "data": [writer, number]}
            while True:
                try:
                    answer = await client.post("/publish", json=body, headers={"Idempotency-Key": f"{writer}-{number}"})
                except httpx.TransportError:
                    await asyncio.sleep(0.01)  # a client's back-off: the hub is away
                    continue
                if answer.status_code == 201:
                    break
                assert answer.status_code == 503, answer.text
            written.release()


async def read(url, group, since, events, slots):
    """Reads until all is there; returns by itself with the last cursor."""
    while len(events) < WRITERS * EACH:
        at = events[-1]["cursor"] if events else since
        try:
            async with connect(f"{url}/ws?groups={group}&since={at}", proxy=None, max_size=None) as socket:
                async for text in socket:
                    frame = json.loads(text)
                    if is_event(frame):
                        events.append(frame)
                        if len(events) == WRITERS * EACH:
                            return
                    elif frame["type"] == "subscribed":
                        assert frame["resume"] in ("complete", "live"), frame
                    elif frame["type"] == "goodbye":
                        slots.append(frame["reconnect_in_ms"])
        except (OSError, WebSocketException, TimeoutError):
            await asyncio.sleep(0.01)  # a client's back-off: shorter than the hub's slot, to make it harder


async def load(proxy, group, since, restart):
    """The writers, the readers, and a restart for each share of what is written."""
    written = asyncio.Semaphore(0)
    lists, slots = [[] for _ in range(CONSUMERS)], []
    url = f"ws://127.0.0.1:{proxy.port}"
    tasks = [asyncio.create_task(read(url, group, since, events, slots)) for events in lists]
    tasks += [asyncio.create_task(write(proxy.url, group, writer, written)) for writer in range(WRITERS)]
    for _ in range(RESTARTS):
        for _ in range(WRITERS * EACH // (RESTARTS + 1)):
            await written.acquire()
        await asyncio.to_thread(restart)
    await asyncio.wait_for(asyncio.gather(*tasks), 100 * RESTARTS)
    return lists, slots


def test_no_event_is_lost_or_doubled(start_hub, group):
    hubs = [start_hub("--drain-timeout", "5s")]
    since = hubs[0].publish("elsewhere")["cursor"]
    with Proxy(hubs[0].port) as proxy:

        def restart():
            hubs[-1].stop()
            hubs.append(start_hub("--drain-timeout", "5s"))
            proxy.target = hubs[-1].port

        lists, slots = asyncio.run(load(proxy, group, since, restart))
    expected = sorted([writer, number] for writer in range(WRITERS) for number in range(EACH))
    assert sorted(data(lists[0])) == expected
    for events in lists:
        assert_contiguous(events)
        assert events == lists[0]
    assert len(set(slots)) > len(slots) // 10, "the returns are spread"
    hubs[-1].stop()
