"""Python's websockets: what a connection to /publish sends, all connections to /ws get."""

import asyncio
import sys

from websockets.asyncio.server import broadcast, serve

subscribers = set()


async def connected(connection):
    if connection.request.path == "/publish":
        async for message in connection:
            broadcast(subscribers, message)
        return
    subscribers.add(connection)
    try:
        await connection.wait_closed()
    finally:
        subscribers.discard(connection)


async def main():
    async with serve(
        connected, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None,
        max_queue=None, backlog=4096, server_header=None,
    ):
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
