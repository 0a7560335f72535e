#!/usr/bin/env python3
"""El consumidor de notificaciones de tareas: muestra lo que pasa, y no se pierde nada.

    pip install websockets
    PYTHONUNBUFFERED=1 python consumer.py [ws://localhost:8765]

Cuando la conexión cae, vuelve solo y sigue donde estaba: el `cursor` del último evento es todo lo
que hay que recordar.
"""

import asyncio
import contextlib
import json
import random
import sys

import websockets

LINES = {
    "task_created": "🆕 Tarea creada",
    "task_updated": "🔄 Tarea actualizada",
    "task_deleted": "🗑️ Tarea eliminada",
}


def show(message):
    """Prints a message of the hub as a line for people."""
    kind = message["type"]
    if kind == "welcome":
        print("🔗 Conectado al servidor de notificaciones")
        print(f"👥 Clientes conectados: {message['clients']}")
    elif kind in LINES:
        task = message["task"]
        mark = "✔" if task.get("completed") else "·"
        print(f"{LINES[kind]}: {mark} {task.get('title', '')} ({task['id']}) {message['timestamp']}")
    elif kind == "gap":
        print(f"⚠️ Faltan hasta {message['lost_at_most']} eventos: ya no se guardan")


async def listen(url, place):
    """Shows all that comes on one connection; keeps where it stands in `place`."""
    async with websockets.connect(url + "/ws", open_timeout=10) as connection:
        print("✅ Conectado al servidor WebSocket")
        async for text in connection:
            message = json.loads(text)
            show(message)
            if message["type"] == "welcome":
                place["failures"] = 0
                since = place.setdefault("since", message["cursor"])
                await connection.send(json.dumps({"type": "subscribe", "groups": ["tasks"], "since": since}))
            elif "seq" in message:
                place["since"] = message["cursor"]
            elif message["type"] == "goodbye":
                place["wait"] = message["reconnect_in_ms"] / 1000


async def main(url):
    print("🎯 Consumidor de Notificaciones de Tareas")
    place = {"failures": 0}
    while True:
        with contextlib.suppress(OSError, websockets.WebSocketException):
            await listen(url, place)
        place["failures"] += 1
        wait = place.pop("wait", random.uniform(0, min(30, 0.25 * 2 ** place["failures"])))
        print(f"🔌 Sin conexión; otro intento en {wait:.1f} s")
        await asyncio.sleep(wait)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main((sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:8765").rstrip("/")))
