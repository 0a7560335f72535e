"""Keys of a hub, made as its operator makes them."""

import httpx

from support.waiting import DEADLINE


def operator(hub):
    """Who reaches the socket file in the data directory."""
    transport = httpx.HTTPTransport(uds=str(hub.data / "operator.sock"))
    return httpx.Client(transport=transport, base_url="http://localhost", timeout=DEADLINE)


def make_key(hub, name, *grants, **more):
    response = operator(hub).post("/keys", json={"name": name, "grants": grants, **more})
    assert response.status_code == 201, response.text
    return response.json()


def as_key(key):
    return {"Authorization": f"ApiKey {key['key']}"}
