"""What clients see of the limits of connections, and what the hub tells its operator."""

import json
import re
import struct

from support.keys import operator
from support.raw import RawWebSocket


def request(target, key=None, method="GET", body="", **fields):
    """A request's text; `fields` as in `upgrade`."""
    lines = [f"{method} {target} HTTP/1.1", "Host: hub"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if key:
        lines.append(f"Authorization: ApiKey {key['key']}")
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def refused(raw):
    """The 429 that a connection gets which is one too many."""
    answer = raw.response()
    problem = answer.json()
    assert (answer.status, problem["code"]) == (429, "too_many_connections"), problem
    assert int(answer.header("Retry-After")) >= 1
    return problem


def open_for(hub, client, target="/ws", **fields):
    """A WebSocket that a proxy opens for a client; it, and whether it is open."""
    one = RawWebSocket(hub, target, X_Forwarded_For=client, **fields)
    frame = json.loads(one.receive()[1])
    if frame["type"] == "welcome":
        return one, "open"
    assert frame["type"] == "error" and frame["code"] == "too_many_connections", frame
    assert frame["retry_after_ms"] >= 1000
    goodbye = json.loads(one.receive()[1])
    assert goodbye["type"] == "goodbye" and goodbye["reason"] == "too_many_connections"
    assert goodbye["reconnect_in_ms"] >= 1000
    opcode, payload = one.receive()
    assert (opcode, struct.unpack("!H", payload[:2])[0]) == (8, 4100)
    return one, "refused"


def offences(hub, kind):
    page = operator(hub).get("/metrics").text
    return int(re.search(rf'campana_offences_total{{offence="{kind}"}} (\d+)', page)[1])


def told(hub, kind):
    """What the log has said of a kind of offence, whether once or for many."""
    lines = [json.loads(line) for line in hub.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("offence") == kind and line["level"] != "debug"]
