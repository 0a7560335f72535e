"""What browsers are told with every answer: each route by each method, with credentials and without."""

import re
import socket
from collections import Counter

import httpx
import pytest

from support.hub import ROOT, Hub
from support.keys import as_key, make_key
from support.waiting import DEADLINE

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PAGES = {"/", "/console/{file}", "/campana.js"}
POLICY = "default-src 'none'"
ACCEPT = {"Accept": "application/json"}


def routes():
    """Every pattern of the hub's list of routes, as its source has it."""
    found = []
    for path in sorted((ROOT / "Sources/Hub").rglob("*.swift")):
        found += re.findall(r'\bRoute\(\s*"([^"]+)"', path.read_text())
    return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub that asks who comes, with something at the paths that name a thing."""
    hub = Hub(tmp_path_factory.mktemp("hub") / "data", "--log-level", "error")
    hub.admin = make_key(hub, "admin", "all:**", "all:$sys:**")
    as_admin = as_key(hub.admin)
    task = hub.client.post("/tasks", json={"title": "t"}, headers=as_admin)
    article = hub.client.post("/api/external/articulos", json={
        "codigo": "A1", "descripcion": "d", "stock_minimo": "1", "stock_maximo": "9"}, headers=as_admin)
    page = httpx.get(hub.url + "/").text
    hub.paths = {
        "/tasks/{id}": task.headers["Location"], "/keys/{id}": f"/keys/{hub.admin['id']}",
        "/console/{file}": "/console/" + re.search(r'/console/([a-z.]+)"', page)[1],
        "/stream": "/stream?groups=tasks&wait=0s", "/events/{cursor}/trace": "/events/x-1/trace",
        "/publish/{group}": "/publish/g"}
    if article.status_code == 201:
        hub.paths["/api/external/articulos/{id}"] = article.headers["Location"]
    yield hub
    hub.stop()


def path_of(hub, route):
    return hub.paths.get(route) or re.sub(r"\{\w+\}", "x1", route)


def once(answer, name):
    """The value of a field that stands there once."""
    assert len(values := answer.headers.get_list(name)) == 1, (answer.request.url, name, values)
    return values[0]


def check(route, answer):
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert once(answer, "X-Content-Type-Options") == "nosniff"
    twice = [name for name, count in Counter(name.lower() for name, _ in answer.headers.multi_items()).items()
             if count > 1]
    assert not twice, (answer.request.url, twice)
    kind = answer.headers.get("Content-Type", "")
    # What a cache would keep by itself (RFC 9111 §4.2.2), or nobody but the asker may see.
    if answer.status_code in (200, 304) or kind == "application/problem+json":
        is_page = route in PAGES and answer.status_code in (200, 304)
        assert once(answer, "Cache-Control") == ("no-cache" if is_page else "no-store"), (answer.request.url, kind)
    if answer.headers.get("Content-Length", "0") != "0":
        assert kind, answer.request.url


@pytest.mark.parametrize("route", routes())
def test_every_answer_of_every_route(hub, route):
    statuses = set()
    for headers in ({}, as_key(hub.admin)):
        for method in METHODS:
            if method == "DELETE" and route in ("/tasks/{id}", "/keys/{id}") and headers:
                continue
            answer = hub.client.request(method, path_of(hub, route), headers=ACCEPT | headers)
            check(route, answer)
            statuses.add(answer.status_code)
    assert statuses & {200, 204, 400, 401, 403, 404, 415, 422, 426}


def test_there_are_routes():
    assert len(routes()) >= 60 and "/stream" in routes() and "/api/external/alertas/{articulo}" in routes()


@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
def test_streams(hub, accept):
    with hub.client.stream("GET", "/stream?groups=tasks", headers=as_key(hub.admin) | {"Accept": accept}) as answer:
        assert answer.status_code == 200 and once(answer, "Cache-Control") == "no-store"
        assert once(answer, "X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("route, resource, opener", [
    ("/", "same-origin", "same-origin"), ("/console/{file}", "same-origin", "same-origin"),
    ("/campana.js", "cross-origin", None)])
def test_pages_are_held_to_what_they_are(hub, route, resource, opener):
    for conditional in (False, True):
        first = hub.client.get(path_of(hub, route))
        headers = {"If-None-Match": first.headers["ETag"]} if conditional else {}
        answer = hub.client.get(path_of(hub, route), headers=headers)
        assert answer.status_code == (304 if conditional else 200)
        policy = once(answer, "Content-Security-Policy")
        assert policy.startswith(POLICY) and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert once(answer, "Referrer-Policy") == "no-referrer"
        assert once(answer, "Cross-Origin-Resource-Policy") == resource
        assert answer.headers.get("Cross-Origin-Opener-Policy") == opener
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("sent", [
    b"GET / HTTP/1.1\r\n\r\n", b"GE T / HTTP/1.1\r\nHost: h\r\n\r\n", b"\x16\x03\x01\r\n\r\n",
    b"POST /publish HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"])
def test_what_is_no_request_is_answered_so_too(hub, sent):
    with socket.create_connection(("127.0.0.1", hub.port), DEADLINE) as plain:
        plain.sendall(sent)
        answer = plain.makefile("rb").read()
    head = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0].split()[1][0] == "4"
    assert "X-Content-Type-Options: nosniff" in head and "Cache-Control: no-store" in head
