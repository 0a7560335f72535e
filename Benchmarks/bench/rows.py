"""What is measured: each function makes rows of the table."""

import contextlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
import zlib

from .servers import BUILD, EVENT_BYTES, Failure, floor, hub, load


def by_turns(options, *sides):
    """Runs all sides one after the other, several times; a list of results for each."""
    results = [[] for _ in sides]
    for _ in range(options.repeats):
        for side, collected in zip(sides, results):
            collected.append(side())
    return results


def per(results, field, unit):
    return statistics.median(result[field] / result[unit] for result in results)


def ratios(results, others, fields=("loop_ns",)):
    """CPU a delivery as a ratio to the others' loop, turn by turn."""
    return [
        sum(mine[field] for field in fields) / mine["deliveries"]
        / (other["loop_ns"] / other["deliveries"])
        for mine, other in zip(results, others)
    ]


def spread(values):
    return f"turns {min(values):.2f} to {max(values):.2f}" if len(values) > 1 else "one turn"


def side_by_side(name, goal, note, ours, others):
    """A row that compares two ways to run the hub."""
    values = ratios(ours, others)
    value = statistics.median(values)
    return {
        "row": name, "goal": f"<= {goal:.2f} x", "result": f"{value:.2f} x",
        "note": f"{note}; {spread(values)}", "met": value <= goal, "ratio": value,
        "hub": ours, "other": others,
    }


def fan_out(options, tls=False, **arguments):
    with hub(options, tls=tls) as server:
        return load(
            options, server, "fan-out", seconds=options.seconds, tls=int(tls), **arguments)


def bare_fan_out(options, tls=False, **arguments):
    with floor(options, arguments.get("burst", 1), tls=tls) as server:
        return load(
            options, server, "fan-out", seconds=options.seconds, tls=int(tls), **arguments)


def against_floor(options, name, goal, **arguments):
    floors, hubs = by_turns(
        options,
        lambda: bare_fan_out(options, **arguments),
        lambda: fan_out(options, **arguments),
    )
    values = ratios(hubs, floors)
    loop = statistics.median(values)
    whole = statistics.median(ratios(hubs, floors, ("loop_ns", "engine_ns")))
    return {
        "row": name, "goal": f"<= {goal:.2f} x", "result": f"{loop:.2f} x",
        "note": f"{spread(values)}; {whole:.2f} x with the commit; {per(hubs, 'deliveries', 'reads'):.1f}"
        f" events a read; floor {per(floors, 'loop_ns', 'deliveries') / 1e3:.3f} us",
        "met": loop <= goal, "ratio": loop, "ratio_with_commit": whole,
        "floor": floors, "hub": hubs,
    }


def one_at_a_time(options):
    return [against_floor(options, "1 000 subscribers, one at a time", 1.05, subscribers=1000)]


def sixteen_at_once(options):
    return [
        against_floor(options, "1 000 subscribers, 16 at once", 1.15, subscribers=1000, burst=16)]


def sixty_four_at_once(options):
    return [
        against_floor(options, "1 000 subscribers, 64 at once", 1.25, subscribers=1000, burst=64)]


def many_subscribers(options):
    return [against_floor(options, "10 000 subscribers, one at a time", 1.35, subscribers=10000)]


def groups(options):
    return [
        against_floor(
            options, "100 groups of 100, 64 at once", 1.35, subscribers=10000, groups=100,
            burst=64)]


def patterns(options):
    """The same fan-out beside a connection that has 1 000 patterns of other groups."""
    query = ",".join(f"{number}:*" for number in range(999))

    def beside_patterns():
        with hub(options) as server:
            with subscriber(server.port, query):
                return load(options, server, "fan-out", seconds=options.seconds, subscribers=1000)

    without, beside = by_turns(options, lambda: fan_out(options, subscribers=1000), beside_patterns)
    return [side_by_side(
        "1 000 patterns beside it", 1.05, "to the same fan-out without them", beside, without)]


@contextlib.contextmanager
def subscriber(port, groups):
    """A WebSocket that is subscribed, and reads nothing more."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            f"GET /ws?groups={groups} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        received = b""
        while b'"subscribed"' not in received:
            piece = connection.recv(65536)
            if not piece:
                raise Failure(f"no subscription: {received[:300]}")
            received += piece
        yield connection


def compressed(options):
    """Compressed for all at once: CPU a delivery as if nothing were compressed."""
    def plain():
        with hub(options) as server:
            return load(options, server, "fan-out", seconds=options.seconds, event_bytes=700)

    def deflated():
        with hub(options) as server, tempfile.NamedTemporaryFile(dir=BUILD) as stream:
            result = load(
                options, server, "fan-out", seconds=options.seconds, event_bytes=700,
                deflated=stream.name)
            check_deflated(stream.read(), result["events"])
            return result

    plain, deflated = by_turns(options, plain, deflated)
    return [side_by_side(
        "compressed fan-out, 700-byte events to 1 000", 1.05, "to the same fan-out uncompressed",
        deflated, plain)]


def check_deflated(stream, least):
    """Inflates what the first subscriber got (the others got the same), and checks its order."""
    offset, seq = 0, 0
    while offset < len(stream):
        length = int.from_bytes(stream[offset:offset + 4], sys.byteorder)
        frame = stream[offset + 4:offset + 4 + length]
        event = json.loads(zlib.decompressobj(-15).decompress(frame + b"\x00\x00\xff\xff"))
        if event["seq"] != seq + 1:
            raise Failure(f"event {event['seq']} came compressed after {seq}")
        seq, offset = seq + 1, offset + 4 + length
    if seq < least:
        raise Failure(f"{seq} compressed events came where {least} were published")


def two_loops(options):
    def both():
        with hub(options, loops=2, cores=",".join(options.cores)) as server:
            return load(options, server, "fan-out", seconds=options.seconds, subscribers=1000)

    one, two = by_turns(options, lambda: fan_out(options, subscribers=1000), both)
    return [side_by_side(
        "two loops on two cores, the load beside them", 1.05, "to one loop", two, one)]


def secure(options):
    """Over TLS, beside a floor that does nothing but `SSL_write`."""
    plain, floors, hubs = by_turns(
        options,
        lambda: bare_fan_out(options, subscribers=1000),
        lambda: bare_fan_out(options, tls=True, subscribers=1000),
        lambda: fan_out(options, tls=True, subscribers=1000))
    values = ratios(hubs, floors)
    ratio = statistics.median(values)
    bare, tls, ours = (per(r, "loop_ns", "deliveries") / 1e3 for r in (plain, floors, hubs))

    def once():
        with hub(options, tls=True) as server:
            return load(options, server, "accept", subscribers=2000, tls=1)

    (idle,) = by_turns(options, once)
    memory = statistics.median(
        (r["resident_after"] - r["resident_before"]) / r["connections"] for r in idle)
    return [
        {"row": "TLS, 1 000 subscribers, one at a time", "goal": "bound by TLS",
         "result": f"{ratio:.2f} x",
         "note": f"to a floor of SSL_write; {spread(values)}; {ours:.2f} us, of which the kernel"
         f" takes {bare:.2f} and OpenSSL {tls - bare:.2f} ({100 * (tls - bare) / ours:.0f} %)",
         "met": ratio <= 1.15, "ratio": ratio, "floor": floors, "plain": plain, "hub": hubs},
        {"row": "memory of an idle TLS connection, 2 000", "goal": "<= 15 KB",
         "result": f"{memory / 1000:.1f} KB", "note": "resident memory of the hub",
         "met": memory <= 15e3, "bytes": memory, "hub": idle},
    ]


def connections(options):
    def once():
        with hub(options) as server:
            return load(options, server, "accept", subscribers=10000)

    (results,) = by_turns(options, once)
    rate = statistics.median(r["connections"] / r["seconds"] for r in results)
    possible = 1e9 / per(results, "loop_ns", "connections")
    memory = statistics.median(
        (r["resident_after"] - r["resident_before"]) / r["connections"] for r in results)
    return [
        {"row": "WebSocket upgrades a second", "goal": ">= 25 k", "result": f"{rate / 1e3:.1f} k",
         "note": f"{possible / 1e3:.1f} k by the CPU that one took", "met": rate >= 25e3,
         "rate": rate, "rate_by_cpu": possible, "hub": results},
        {"row": "memory of an idle connection, 10 000", "goal": "<= 0.48 KB",
         "result": f"{memory / 1000:.2f} KB", "note": "resident memory of the hub",
         "met": memory <= 480, "bytes": memory},
    ]


def syncs_a_second(seconds=0.3):
    """How often the disk of the checkout makes 4 KB durable: no publish can be faster."""
    with tempfile.TemporaryFile(dir=BUILD) as file:
        begin, count = time.monotonic(), 0
        while time.monotonic() < begin + seconds:
            os.pwrite(file.fileno(), b"x" * 4096, 4096 * (count % 1024))
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - begin)


def publish_rate(options, server, connections, burst):
    return load(
        options, server, "publish", seconds=options.seconds, connections=connections, burst=burst)


def publishes(options):
    rows = []
    for name, goal, arguments in [
        ("durable publishes a second, 16 connections", 60e3, {"connections": 16, "burst": 1}),
        ("durable publishes a second, 1 connection by 16", 120e3, {"connections": 1, "burst": 16}),
    ]:
        def once():
            with hub(options) as server:
                return publish_rate(options, server, **arguments)

        syncs = syncs_a_second()
        (results,) = by_turns(options, once)
        rate = statistics.median(r["events"] / r["seconds"] for r in results)
        loop, engine = per(results, "loop_ns", "events"), per(results, "engine_ns", "events")
        rows.append({
            "row": name, "goal": f">= {goal / 1e3:.0f} k", "result": f"{rate / 1e3:.1f} k",
            "note": f"CPU of one: loop {loop / 1e3:.1f} us, engine {engine / 1e3:.1f} us; the disk"
            f" syncs {syncs:.0f} a second",
            "met": rate >= goal, "rate": rate, "syncs": syncs, "hub": results,
        })
    return rows


def latency(options):
    """100 events a second to 1 000: the floor's own latency is half of the fan-out time."""
    def bare():
        with floor(options, 1) as server:
            return load(
                options, server, "paced", subscribers=1000, rate=100, seconds=options.seconds)

    def ours():
        with hub(options) as server:
            return load(
                options, server, "paced", subscribers=1000, rate=100, seconds=options.seconds)

    floors, hubs = by_turns(options, bare, ours)
    median, bare_median, tail = (
        statistics.median(r[field] for r in results)
        for results, field in [(hubs, "p50_ns"), (floors, "p50_ns"), (hubs, "p99_ns")])
    return [
        {"row": "latency, 100 events/s to 1 000: p50", "goal": "<= 1.10 x",
         "result": f"{median / bare_median:.2f} x",
         "note": f"{median / 1e6:.2f} ms, the commit in it; the floor's {bare_median / 1e6:.2f} ms",
         "met": median <= 1.1 * bare_median, "ratio": median / bare_median, "floor": floors,
         "hub": hubs},
        {"row": "latency, 100 events/s to 1 000: p99", "goal": "<= 3 x p50",
         "result": f"{tail / median:.1f} x", "note": f"{tail / 1e6:.2f} ms",
         "met": tail <= 3 * median, "ratio": tail / median},
    ]


def replay(options):
    """Fills a log, and lets one consumer read it all, and then many at once."""
    events, batch = options.replay, 1000
    with hub(options) as server:
        filled = load(
            options, server, "fill", events=events, burst=batch, event_bytes=EVENT_BYTES)
        alone = load(options, server, "replay", subscribers=1, events=events)
        many = load(options, server, "replay", subscribers=100, events=events)
    rows = [{
        "row": "batches into the log, 1 000 events each", "goal": "-",
        "result": f"{filled['events'] / filled['seconds'] / 1e3:.0f} k/s", "note": "",
        "met": True, "hub": filled,
    }]
    for name, result in [("one consumer", alone), ("100 at once, all together", many)]:
        rate = result["deliveries"] / result["seconds"]
        cpu = (result["loop_ns"] + result["engine_ns"]) / result["deliveries"]
        rows.append({
            "row": f"replay of {events} events to {name}", "goal": ">= 500 k/s",
            "result": f"{rate / 1e3:.0f} k/s", "note": f"{cpu / 1e3:.2f} us of CPU an event",
            "met": rate >= 500e3, "rate": rate, "hub": result,
        })
    return rows


ROWS = {
    "one": one_at_a_time, "sixteen": sixteen_at_once, "sixty-four": sixty_four_at_once,
    "many": many_subscribers, "groups": groups, "patterns": patterns,
    "compressed": compressed, "loops": two_loops,
    "connections": connections, "tls": secure, "publishes": publishes, "latency": latency, "replay": replay,
}
