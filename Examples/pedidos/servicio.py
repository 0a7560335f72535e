#!/usr/bin/env python3
"""Un servicio de pedidos que publica lo que le pasa a uno, con la biblioteca estándar y nada más.

    campanad --rules Examples/pedidos/rules.json
    python servicio.py [http://localhost:8001] [número]

Cada paso se publica en `orders:<número>` y en `orders` con una sola petición, atómica: o están los
dos eventos, o ninguno. La clave hace que un reintento no publique nada por segunda vez. Al final
intenta una devolución sin razón, que las reglas rechazan, y la repite como debe ser.
"""

import json
import sys
import time
import urllib.error
import urllib.request

STATES = ["received", "picking", "packing", "shipped", "delivered"]


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Refused(Exception):
    """The hub said no; its problem as it came (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(problem["detail"])
        self.problem = problem


class Orders:
    """Publishes what happens to orders."""

    def __init__(self, hub):
        self.hub = hub

    def publish(self, order, key):
        """Announces the state of an order to those who follow it, and to those who follow all."""
        groups = [f"orders:{order['order_number']}", "orders"]
        lines = "".join(
            json.dumps({"group": group, "type": f"order_{order['status']}", "data": order}) + "\n" for group in groups)
        request = urllib.request.Request(
            f"{self.hub}/publish?atomic=1", lines.encode(),
            {"Content-Type": "application/x-ndjson", "Idempotency-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["results"]
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(json.load(error)) from None


def walk(orders, number):
    """Walks an order through its states; prints each step."""
    order = {"order_number": number, "client_id": "507f1f77bcf86cd799439011"}
    for state in STATES:
        order |= {"status": state, "updated_at": now()}
        results = orders.publish(order, f"{number}-{state}")
        print(f"📦 {number}: {state} (orders:{number} #{results[0]['seq']}, orders #{results[1]['seq']})")
    order |= {"status": "returned", "returned_at": now(), "updated_at": now()}
    try:
        orders.publish(order, f"{number}-returned-without-reason")
    except Refused as refusal:
        for error in refusal.problem.get("errors", []):
            print(f"⛔ {error['pointer']} {error['detail']}")
    order["return_reason"] = "La talla no es la pedida"
    orders.publish(order, f"{number}-returned")
    print(f"↩️ {number}: returned, {order['return_reason']}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    hub = (arguments[0] if arguments else "http://localhost:8001").rstrip("/")
    walk(Orders(hub), arguments[1] if len(arguments) > 1 else "ORD-001")
