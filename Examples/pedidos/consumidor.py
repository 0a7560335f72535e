#!/usr/bin/env python3
"""Muestra lo que les pasa a los pedidos, con la biblioteca estándar y nada más.

    python consumidor.py [http://localhost:8001] [orders:ORD-001]

Lee `/stream` línea a línea desde el principio del registro; si la conexión cae, vuelve y sigue tras
el último evento que mostró.
"""

import json
import sys
import time
import urllib.error
import urllib.request

MARKS = {"order_received": "🆕", "order_shipped": "🚚", "order_delivered": "✅", "order_returned": "↩️",
         "order_cancelled": "❌"}
WAIT_SECONDS = 1


def show(event):
    order = event["data"]
    reason = f": {order['return_reason']}" if order.get("return_reason") else ""
    print(f"{MARKS.get(event['type'], '📦')} {order['order_number']} {event['type']}{reason}", flush=True)


def frames(hub, group, since):
    """The frames of one connection, as long as it holds."""
    request = urllib.request.Request(
        f"{hub}/stream?groups={group}&since={since}", headers={"Accept": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)


def follow(hub, group):
    since = "earliest"
    while True:
        try:
            for frame in frames(hub, group, since):
                if "seq" in frame:
                    show(frame)
                    since = frame["cursor"]
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(WAIT_SECONDS)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    hub = (arguments[0] if arguments else "http://localhost:8001").rstrip("/")
    try:
        follow(hub, arguments[1] if len(arguments) > 1 else "orders")
    except KeyboardInterrupt:
        pass
