"""Fixtures: one hub per module that several tests share, and groups that they do not."""

import itertools
import re

import pytest

from support.consumer import Consumer
from support.hub import Hub

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, request):
    """A hub on its defaults, shared by a module; it must end with 0."""
    flags = getattr(request.module, "HUB_FLAGS", ())
    hub = Hub(tmp_path_factory.mktemp("hub") / "data", *flags)
    yield hub
    hub.stop()


@pytest.fixture
def start_hub(tmp_path):
    """Starts hubs of a test's own, all on the same data; whatever still runs is killed."""
    hubs = []

    def start(*flags, **options):
        hubs.append(Hub(options.pop("data", tmp_path / "data"), *flags, **options))
        return hubs[-1]

    yield start
    for hub in hubs:
        if hub.process.poll() is None:
            hub.kill()


@pytest.fixture
def group(request):
    """A group that no other test knows."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", request.node.name)[:80]
    return f"test:{next(_numbers)}:{name}"


@pytest.fixture
def consumer(hub):
    """Opens consumers of the shared hub, past their welcome; closes them at the end."""
    opened = []

    def open(path="/ws", **options):
        opened.append(Consumer(hub.ws_url + path, **options))
        assert opened[-1].next()["type"] == "welcome"
        return opened[-1]

    yield open
    for one in opened:
        one.close()
