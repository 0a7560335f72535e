"""Services that sign what they publish: Standard Webhooks by its library, seed 003 by cryptography."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from standardwebhooks import Webhook

OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
AES, MAC, TOKEN = b"a" * 32, b"m" * 32, "t" * 32


@pytest.fixture
def hub(start_hub, tmp_path):
    path = tmp_path / "sources.json"
    path.write_text(json.dumps({"sources": [
        {"name": "compras", "scheme": "standard-webhooks", "secrets": [NEW, OLD],
         "grants": ["publish:compras:**"]},
        {"name": "ordenes", "scheme": "service", "tokens": [TOKEN],
         "keys": [{"encryption": base64.b64encode(AES).decode(),
                   "authentication": base64.b64encode(MAC).decode()}],
         "grants": ["publish:ordenes"]}]}))
    path.chmod(0o600)
    return start_hub("--sources", str(path))


def signed(hub, body, secret=NEW, id=None, at=None, group="compras:pedidos", tamper=False):
    id = id or "msg_" + uuid.uuid4().hex
    at = at or datetime.now(timezone.utc)
    text = json.dumps(body)
    headers = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())),
               "webhook-signature": Webhook(secret).sign(id, at, text),
               "content-type": "application/json"}
    return hub.client.post(f"/publish/{group}?source=compras", headers=headers,
                           content=text + (" " if tamper else ""))


class TestStandardWebhooks:
    @pytest.mark.parametrize("secret", [OLD, NEW])
    def test_a_message_signed_by_the_library_is_published(self, hub, secret):
        assert signed(hub, {"n": 1}, secret).status_code == 201

    def test_an_id_is_taken_once_also_after_a_restart(self, hub, start_hub):
        first = signed(hub, {"n": 1}, id="msg_1")
        again = signed(hub, {"n": 1}, id="msg_1")
        assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"
        assert signed(hub, {"n": 2}, id="msg_1").status_code == 422
        hub.kill()
        back = start_hub(*hub.flags, data=hub.data)
        assert signed(back, {"n": 1}, id="msg_1").json() == first.json()

    def test_what_is_not_to_be_believed(self, hub):
        now = datetime.now(timezone.utc)
        assert signed(hub, {}, "whsec_" + base64.b64encode(b"x" * 24).decode()).status_code == 401
        assert signed(hub, {}, tamper=True).status_code == 401
        assert signed(hub, {}, at=now - timedelta(seconds=310)).status_code == 401
        assert signed(hub, {}, at=now + timedelta(seconds=310)).status_code == 401
        assert signed(hub, {}, at=now - timedelta(seconds=280)).status_code == 201

    def test_a_source_is_held_to_its_grants(self, hub):
        assert signed(hub, {}, group="tasks").status_code == 403


def sealed(data, timestamp=None, nonce=None, aes=AES, mac=MAC):
    """Seed 003's crypto_service.py, as its description has it."""
    plain = json.dumps({"data": data, "timestamp": timestamp or time.time(),
                        "nonce": nonce or uuid.uuid4().hex}).encode()
    padder = padding.PKCS7(128).padder()
    vector = os.urandom(16)
    encryptor = Cipher(algorithms.AES(aes), modes.CBC(vector)).encryptor()
    cipher = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    code = hmac.new(mac, vector + cipher, hashlib.sha256).digest()
    return ":".join(base64.b64encode(part).decode() for part in (vector, cipher, code))


def send(hub, payload, token=TOKEN, source="ordenes", in_body=False):
    headers = {"X-Microservice-Source": source, "X-Service-Token": token,
               "X-Encrypted-Payload": "true" if in_body else payload}
    return hub.client.post("/publish/ordenes", headers=headers,
                           content=payload if in_body else b"")


class TestServiceMessages:
    @pytest.mark.parametrize("in_body", [False, True])
    def test_an_encrypted_message_is_opened_and_published(self, hub, in_body):
        assert send(hub, sealed({"orden": 7}), in_body=in_body).status_code == 201
        stream = hub.client.get("/stream?groups=ordenes&since=earliest",
                                headers={"Accept": "application/json"}).json()
        assert stream["events"][0]["data"] == {"orden": 7}

    def test_a_replay_is_409_also_after_a_restart(self, hub, start_hub):
        message = sealed(1)
        assert send(hub, message).status_code == 201
        assert send(hub, message).status_code == 409
        hub.kill()
        back = start_hub(*hub.flags, data=hub.data)
        assert send(back, message).status_code == 409
        assert send(back, sealed(1, nonce="n" * 8)).status_code == 201
        assert send(back, sealed(2, nonce="n" * 8)).status_code == 409

    def test_age_tampering_and_strangers_are_401(self, hub):
        assert send(hub, sealed(1, time.time() - 310)).status_code == 401
        assert send(hub, sealed(1, time.time() + 310)).status_code == 401
        assert send(hub, sealed(1, time.time() - 280)).status_code == 201
        assert send(hub, sealed(1, mac=b"x" * 32)).status_code == 401
        assert send(hub, sealed(1, aes=b"x" * 32)).status_code == 401
        assert send(hub, sealed(1), token="x" * 32).status_code == 401
        assert send(hub, sealed(1), source="nadie").status_code == 401
        parts = sealed(1).split(":")
        parts[1] = parts[1][:-4] + ("AAAA" if parts[1][-4:] != "AAAA" else "BBBB")
        assert send(hub, ":".join(parts)).status_code == 401
        assert send(hub, "x:y:z").status_code == 401


def test_a_file_of_sources_that_others_can_read_is_refused(start_hub, tmp_path):
    path = tmp_path / "sources.json"
    path.write_text('{"sources":[]}')
    path.chmod(0o644)
    with pytest.raises(AssertionError, match="chmod 600"):
        start_hub("--sources", str(path))
