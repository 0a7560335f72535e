"""Readers of `GET /stream` of each kind, over httpx and httpx-sse."""

import json

import httpx
from httpx_sse import EventSource

from support.consumer import is_event
from support.waiting import DEADLINE

ACCEPT = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


class Stream:
    """One open stream; frames come as the JSON objects that they carry."""

    def __init__(self, url, kind, headers=None, **query):
        self.client = httpx.Client(timeout=DEADLINE, trust_env=False)
        request = self.client.build_request(
            "GET", url + "/stream", params=query, headers={"Accept": ACCEPT[kind]} | (headers or {}))
        self.response = self.client.send(request, stream=True)
        assert self.response.status_code == 200, self.response.read()
        assert self.response.headers["Content-Type"].split(";")[0] == ACCEPT[kind]
        self._frames = self._sse() if kind == "sse" else self._ndjson()
        self.names, self.ids = [], []
        self.frames = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._frames.close()
        self.response.close()
        self.client.close()

    def _sse(self):
        for event in EventSource(self.response).iter_sse():
            if event.data:
                self.names.append(event.event)
                self.ids.append(event.id)
                yield json.loads(event.data)

    def _ndjson(self):
        for line in self.response.iter_lines():
            if line:
                yield json.loads(line)

    def next(self):
        self.frames.append(next(self._frames))
        return self.frames[-1]

    def until(self, *types):
        while (frame := self.next())["type"] not in types:
            pass
        return frame

    def events(self, count):
        events = []
        while len(events) < count:
            frame = self.next()
            if is_event(frame):
                events.append(frame)
        return events


def poll(url, since, groups, wait="0s"):
    """One long poll; its body."""
    answer = httpx.get(
        url + "/stream", params={"groups": groups, "since": since, "wait": wait},
        headers={"Accept": "application/json"}, timeout=DEADLINE, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()
