"""Inbound hooks: what other systems send, signed as they sign, becomes an event of a group."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import datetime, timezone

import pytest
from standardwebhooks import Webhook


SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
PLAIN, OLD, TOKEN = "p" * 32, "o" * 32, "t" * 32
OTHER = "x" * 32


@pytest.fixture
def sources(tmp_path):
    """The flag that declares a source of each scheme."""
    path = tmp_path / "sources.json"
    path.write_text(json.dumps({"sources": [
        {"name": "pagos", "scheme": "standard-webhooks", "secrets": [SECRET], "group": "pagos"},
        {"name": "compras", "scheme": "hex-hmac", "secrets": [PLAIN, OLD], "group": "compras:in", "type": "pedido"},
        {"name": "repo", "scheme": "github", "secrets": [PLAIN]},
        {"name": "sensor", "scheme": "bearer", "tokens": [TOKEN], "group": "sensores"}]}))
    path.chmod(0o600)
    return "--sources", str(path)


@pytest.fixture
def hub(start_hub, sources):
    return start_hub(*sources)


def code(body, secret=PLAIN):
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def send(hub, source, body, type="application/json", **headers):
    fields = {"Content-Type": type} | {k.replace("_", "-"): v for k, v in headers.items()}
    return hub.client.post(f"/hooks/{source}", content=body, headers=fields)


def events(hub, group):
    answer = hub.client.get(
        "/stream", params={"groups": group, "since": "earliest", "wait": "0s"}, headers={"Accept": "application/json"})
    return [(e["type"], e["data"]) for e in answer.json()["events"]]


def test_standard_webhooks_by_the_official_library(hub):
    body, id, now = '{"type":"invoice.paid","data":{"n":1}}', "msg_1", datetime.now(timezone.utc)
    headers = {"webhook_id": id, "webhook_timestamp": str(int(now.timestamp())),
               "webhook_signature": Webhook(SECRET).sign(id, now, body)}
    first = send(hub, "pagos", body, **headers)
    assert first.status_code == 201, first.text
    again = send(hub, "pagos", body, **headers)
    assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"
    assert events(hub, "pagos") == [("invoice.paid", {"type": "invoice.paid", "data": {"n": 1}})]
    assert send(hub, "pagos", body + " ", **headers).status_code == 401


@pytest.mark.parametrize("secret, prefix", [(PLAIN, ""), (OLD, ""), (PLAIN, "sha256=")])
def test_a_code_of_the_body_in_hexadecimal_digits(hub, secret, prefix):
    body = '{"evento":"otro", "n": 1}'
    answer = send(hub, "compras", body, X_Signature_SHA256=prefix + code(body, secret))
    assert answer.status_code == 201, answer.text
    assert events(hub, "compras:in") == [("pedido", {"evento": "otro", "n": 1})]


def test_github(hub):
    body, id = '{"ref":"refs/heads/main"}', str(uuid.uuid4())
    headers = {"X_Hub_Signature_256": "sha256=" + code(body), "X_GitHub_Event": "push", "X_GitHub_Delivery": id}
    first, again = (send(hub, "repo", body, **headers) for _ in range(2))
    assert first.status_code == 201 and again.json() == first.json()
    assert events(hub, "hooks:repo") == [("push", {"ref": "refs/heads/main"})]


def test_bearer_and_text(hub):
    answer = send(hub, "sensor", "21,5 °C".encode(), "text/plain", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 201, answer.text
    assert events(hub, "sensores") == [("message", "21,5 °C")]


@pytest.mark.parametrize("source, headers", [
    ("compras", {"X_Signature_SHA256": code("{}", OTHER)}), ("compras", {}), ("compras", {"X_Signature_SHA256": ""}),
    ("compras", {"Authorization": f"Bearer {PLAIN}"}), ("repo", {"X_Hub_Signature_256": code("{} ")}),
    ("sensor", {"Authorization": f"Bearer {OTHER}"}), ("sensor", {"Authorization": TOKEN}), ("sensor", {}),
    ("pagos", {}), ("nadie", {"Authorization": f"Bearer {TOKEN}"}),
])
def test_who_is_not_the_source_publishes_nothing(hub, source, headers):
    answer = send(hub, source, "{}", **headers)
    assert answer.status_code == 401
    for secret in (SECRET, PLAIN, OLD, TOKEN):
        assert secret not in answer.text
    assert hub.client.get("/status").json()["events"] == 0


def test_with_credentials_of_its_own_a_hub_still_asks_for_the_sources(start_hub, sources, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("j" * 32)
    secret.chmod(0o600)
    hub = start_hub(*sources, "--jwt-secret-file", str(secret))
    assert hub.client.get("/webhooks").status_code == 401
    assert send(hub, "sensor", "1", Authorization=f"Bearer {TOKEN}").status_code == 201
    assert send(hub, "sensor", "1", Authorization="Bearer not.a.token").status_code == 401


def test_what_one_hub_delivers_another_takes(start_hub, tmp_path):
    """Our own webhook as a source of another hub: the secret as it was shown."""
    sender = start_hub("--webhook-allow", "127.0.0.0/8", "--webhook-ports", "1-65535", data=tmp_path / "one")
    webhook = sender.client.post(
        "/webhooks", json={"nombre": "otra", "url": f"{sender.url}/hooks/una", "groups": ["g"], "activo": False}).json()
    path = tmp_path / "sources.json"
    path.write_text(json.dumps({"sources": [
        {"name": "una", "scheme": "standard-webhooks", "secrets": [webhook["secret"]], "group": "copia"}]}))
    path.chmod(0o600)
    taker = start_hub("--sources", str(path), data=tmp_path / "two")
    sender.client.patch(f"/webhooks/{webhook['id']}", json={"url": f"{taker.url}/hooks/una", "activo": True})
    sender.publish("g", {"n": 7}, type="saludo")
    answer = taker.client.get(
        "/stream", params={"groups": "copia", "since": "earliest", "wait": "20s"}, headers={"Accept": "application/json"})
    [event] = answer.json()["events"]
    assert event["type"] == "saludo" and event["data"]["data"] == {"n": 7}
