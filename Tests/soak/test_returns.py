"""Restart after restart by SIGTERM, under 8 writers and many consumers: nothing lost, nothing twice."""

import sizes
from writers import PACE, Log, Writer

WRITERS = 8
GROUP = "soak:returns"
TENTHS = 10


def test_no_event_is_lost_or_doubled(start_hub, swarm, port, dice, report):
    flags = ("--reconnect-spread", f"{sizes.SPREAD_MS}ms")
    hub = start_hub(*flags)
    log = Log(GROUP, hub.publish("elsewhere")["cursor"])
    consumers = swarm(GROUP, since=log.cursor, returns=True)
    consumers.open(sizes.CONSUMERS)
    writers = [Writer(port, GROUP, name, pause=0.05) for name in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(sizes.RESTARTS):
        # Sometimes all have returned when the next one comes, and sometimes few.
        PACE.wait(dice.uniform(0.2, 1.5 * sizes.SPREAD_MS / 1000))
        hub.stop()
        hub = start_hub(*flags)
        log.check(hub, writers)
    for writer in writers:
        writer.finish()
    log.check(hub, writers)
    assert len(log.written) == sum(len(writer.answered) for writer in writers)
    consumers.reach(log.seq)
    seen = {tuple(event["data"]): (event["seq"], event["cursor"]) for event in consumers.events()}
    assert seen == log.written
    spread(consumers.tally()["slots"], report)
    report(f"{sizes.RESTARTS} restarts, {sizes.CONSUMERS} consumers, {log.seq} events, "
           f"{sum(writer.unanswered for writer in writers)} writes sent again")
    hub.stop()


def spread(slots, report):
    """No tenth of the span may have twice its share of the returns."""
    shares = [0] * TENTHS
    for slot in slots:
        assert 0 <= slot <= sizes.SPREAD_MS, slot
        shares[min(slot * TENTHS // sizes.SPREAD_MS, TENTHS - 1)] += 1
    report(f"{len(slots)} slots, in tenths of the span: {shares}")
    assert max(shares) <= 2 * len(slots) / TENTHS, shares
