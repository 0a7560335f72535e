"""A tenth of the readers stops: bounded memory, nobody else slowed, nothing lost when they wake."""

import statistics
import time

import sizes

GROUP = "soak:stopped"
QUEUE_BYTES = 64 * 1024
FILLER = "x" * 1000
BATCH = 20
# What may grow beside the queues: pages of the log, tables, what malloc keeps.
SLACK = 64 * 1024 * 1024


def resident(hub):
    return hub.client.get("/status").json()["resident_bytes"]


class Load:
    """Batches, each of them awaited by all that read."""

    def __init__(self, hub, readers):
        self.hub, self.readers, self.published = hub, readers, 0

    def run(self):
        """Publishes all batches; how long each took to reach all of those that are never stopped."""
        times = []
        for _ in range(sizes.BATCHES):
            begin = time.monotonic()
            self.hub.publish_many(GROUP, [[self.published + i, FILLER] for i in range(BATCH)])
            self.published += BATCH
            self.readers.reach(self.published, first=sizes.STOPPED)
            times.append(time.monotonic() - begin)
            self.readers.reach(self.published)
        return (f"the others have a batch after {statistics.median(times) * 1000:.1f} ms (median), "
                f"99 of 100 batches within {statistics.quantiles(times, n=100)[-1] * 1000:.1f} ms")


def mebibytes(count):
    return f"{count / 1024 / 1024:.1f} MiB"


def test_stopped_readers_cost_a_queue_each_and_lose_nothing(start_hub, swarm, report):
    hub = start_hub("--queue-bytes", str(QUEUE_BYTES), "--ping-interval", "1h")
    readers = swarm(GROUP, since=hub.publish("elsewhere")["cursor"], narrow=sizes.STOPPED)
    readers.open(sizes.READERS)
    load = Load(hub, readers)
    idle = resident(hub)
    report(f"{sizes.READERS} readers, batches of {BATCH} KB, all of them read: {load.run()}")
    busy = resident(hub)
    lagged = readers.tally()["lagged"]
    readers.hold(sizes.STOPPED)
    report(f"{sizes.STOPPED} of them stopped: {load.run()}")
    grown = resident(hub) - idle
    report(f"resident memory: {mebibytes(idle)} idle, {mebibytes(busy)} with all reading, "
           f"{mebibytes(idle + grown)} with some stopped")
    tally = readers.tally()
    assert tally["least"] < load.published, "the stopped ones have not read"
    assert grown <= sizes.STOPPED * QUEUE_BYTES + SLACK, f"grew by {grown} bytes"
    begin = time.monotonic()
    readers.wake()
    readers.reach(load.published)
    tally = readers.tally()
    report(f"awake again, they had the rest in order after {time.monotonic() - begin:.1f} s; "
           f"{lagged} were told of a lag before they stopped, {tally['lagged']} at the end")
    assert tally["lagged"] >= sizes.STOPPED, "each stopped one is told of its lag"
    hub.stop()
