"""How costs grow: with the subscribers, with the events that are kept, with the connections."""

import statistics

from .picture import Chart, Series, draw
from .rows import bare_fan_out, by_turns, fan_out, per, ratios, spread
from .servers import EVENT_BYTES, ROOT, hub, load

SUBSCRIBERS = [100, 300, 1000, 3000, 10000, 18000]
CONNECTIONS = [1000, 3000, 10000, 18000]
BATCH = 1000
# So many publishes are measured, or as many as there are events, if those are fewer.
MEASURED = 20_000


def deliveries(options):
    """CPU of a delivery, one event at a time, to few and to many."""
    rows = []
    for count in SUBSCRIBERS:
        floors, hubs = by_turns(
            options,
            lambda count=count: bare_fan_out(options, subscribers=count),
            lambda count=count: fan_out(options, subscribers=count))
        values = ratios(hubs, floors)
        bare, ours = (per(results, "loop_ns", "deliveries") / 1e3 for results in (floors, hubs))
        rows.append({
            "row": f"a delivery, {count} subscribers", "goal": "-", "result": f"{ours:.2f} us",
            "note": f"the floor {bare:.2f} us; {statistics.median(values):.2f} x, {spread(values)}",
            "met": True, "at": count, "us": ours, "floor_us": bare, "hub": hubs, "floor": floors,
        })
    return rows


def one_log(options):
    """CPU of publishes, by 16 on one connection, as the log of one hub grows."""
    results, kept, wanted = {}, 0, 1000
    with hub(options) as server:
        while wanted <= options.kept:
            more = (wanted - kept) // BATCH * BATCH
            if more > 0:
                load(options, server, "fill", events=more, burst=BATCH, event_bytes=EVENT_BYTES)
            measured = min(wanted, MEASURED)
            results[wanted] = load(
                options, server, "publish", events=measured, connections=1, burst=16)
            kept += max(more, 0) + measured
            wanted *= 10
    return results


def publishes(options):
    (logs,) = by_turns(options, lambda: one_log(options))
    rows = []
    for wanted in logs[0]:
        results = [log[wanted] for log in logs]
        loop, engine = (per(results, field, "events") / 1e3 for field in ("loop_ns", "engine_ns"))
        rows.append({
            "row": f"a publish, 10^{len(str(wanted)) - 1} events kept", "goal": "-",
            "result": f"{loop + engine:.1f} us",
            "note": f"CPU: loop {loop:.1f} us, engine {engine:.1f} us", "met": True,
            "at": wanted, "loop_us": loop, "engine_us": engine, "hub": results,
        })
    return rows


def connections(options):
    """Memory of an idle connection, with few and with many."""
    rows = []
    for count in CONNECTIONS:
        def once(count=count):
            with hub(options) as server:
                return load(options, server, "accept", subscribers=count)

        (results,) = by_turns(options, once)
        memory = statistics.median(
            (result["resident_after"] - result["resident_before"]) / result["connections"]
            for result in results)
        rows.append({
            "row": f"an idle connection, of {count}", "goal": "-",
            "result": f"{memory / 1000:.2f} KB", "note": "resident memory of the hub",
            "met": True, "at": count, "kb": memory / 1000, "hub": results,
        })
    return rows


def growth(options):
    """All three, and a picture of them in docs/growth.svg."""
    delivered, published, idle = deliveries(options), publishes(options), connections(options)
    charts = [
        Chart("CPU of a delivery, µs", "subscribers", [
            Series("hub", [(row["at"], row["us"]) for row in delivered]),
            Series("floor", [(row["at"], row["floor_us"]) for row in delivered])]),
        Chart("CPU of a publish, µs", "events kept", [
            Series("both threads", [
                (row["at"], row["loop_us"] + row["engine_us"]) for row in published]),
            Series("engine", [(row["at"], row["engine_us"]) for row in published])]),
        Chart("memory of a connection, KB", "connections", [
            Series("hub", [(row["at"], row["kb"]) for row in idle])]),
    ]
    (ROOT / "docs/growth.svg").write_text(draw(charts))
    return delivered + published + idle
