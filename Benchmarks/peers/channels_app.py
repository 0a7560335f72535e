"""Django Channels: POST /publish goes through the in-memory layer to every WebSocket of /ws."""

import django
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

settings.configure(
    SECRET_KEY="of no use here", ALLOWED_HOSTS=["*"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # By default what is more than 100 messages behind is dropped.
            "CONFIG": {"capacity": 100000},
        }
    },
)
django.setup()


class Subscriber(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("bench", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("bench", self.channel_name)

    async def event(self, message):
        await self.send(text_data=message["text"])


class Publish(AsyncHttpConsumer):
    async def handle(self, body):
        await get_channel_layer().group_send("bench", {"type": "event", "text": body.decode()})
        await self.send_response(201, b"", headers=[(b"Content-Length", b"0")])


application = ProtocolTypeRouter({
    "http": URLRouter([path("publish", Publish.as_asgi())]),
    "websocket": URLRouter([path("ws", Subscriber.as_asgi())]),
})
