"""JSON Web Tokens made by PyJWT: every algorithm, every claim, and what must not be believed."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.waiting import DEADLINE

OLD, NEW = "o" * 32, "n" * 32
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(**more):
    return {"sub": "ana", "exp": time.time() + 600, "groups": ["tasks"], **more}


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secrets"
    path.write_text(f"{NEW}\n{OLD}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def keys_file(tmp_path):
    path = tmp_path / "keys.pem"
    path.write_bytes(pem(RSA) + pem(EC) + pem(ED))
    return path


def status(hub, token):
    return hub.client.get("/tasks", headers={"Authorization": f"Bearer {token}"}).status_code


def test_two_secrets_so_that_one_can_be_changed(start_hub, secret_file):
    hub = start_hub("--jwt-secret-file", str(secret_file))
    for secret, expected in [(OLD, 200), (NEW, 200), ("x" * 32, 401)]:
        assert status(hub, jwt.encode(claims(), secret, "HS256")) == expected
    assert hub.client.get("/tasks").status_code == 401


def test_public_keys_of_a_pem_file_and_no_confusion(start_hub, keys_file):
    hub = start_hub("--jwt-keys-file", str(keys_file))
    for key, algorithm in [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")]:
        assert status(hub, jwt.encode(claims(), key, algorithm)) == 200
    # RFC 8725 §2.1: a public key is no secret, and "none" is no algorithm.
    import base64, hashlib, hmac
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    body = encode(json.dumps(claims()).encode())
    for key in [pem(RSA), pem(EC), pem(ED)]:
        head = encode(b'{"alg":"HS256","typ":"JWT"}')
        code = hmac.new(key, head + b"." + body, hashlib.sha256).digest()
        assert status(hub, b".".join([head, body, encode(code)]).decode()) == 401
    assert status(hub, jwt.encode(claims(), None, "none")) == 401
    assert status(hub, jwt.encode(claims(), RSA, "RS512")) == 401
    other = rsa.generate_private_key(65537, 2048)
    assert status(hub, jwt.encode(claims(), other, "RS256")) == 401


def test_a_key_set_and_its_kids(start_hub, tmp_path):
    path = tmp_path / "keys.json"
    keys = []
    for algorithm, key, kid in [("RS256", RSA, "r"), ("ES256", EC, "e"), ("EdDSA", ED, "d")]:
        entry = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        keys.append(entry | {"kid": kid})
    path.write_text(json.dumps({"keys": keys}))
    hub = start_hub("--jwt-keys-file", str(path))
    for key, algorithm, kid in [(RSA, "RS256", "r"), (EC, "ES256", "e"), (ED, "EdDSA", "d")]:
        assert status(hub, jwt.encode(claims(), key, algorithm, headers={"kid": kid})) == 200
        assert status(hub, jwt.encode(claims(), key, algorithm, headers={"kid": "z"})) == 401


@pytest.mark.parametrize("more, expected", [
    ({}, 200), ({"exp": None}, 401), ({"exp": 1}, 401), ({"nbf": 9e9}, 401), ({"iat": 9e9}, 401),
    ({"iss": "x"}, 401), ({"aud": "y"}, 401), ({"aud": ["y", "hub"]}, 200), ({"groups": []}, 403),
    ({"groups": ["stock:**"]}, 403), ({"groups": ["**"]}, 200), ({"groups": ["::"]}, 401),
    ({"groups": [], "grants": ["subscribe,write:tasks"]}, 200), ({"groups": "tasks"}, 200),
    ({"pad": "x" * 9000}, 401)])
def test_claims(start_hub, secret_file, more, expected):
    hub = start_hub("--jwt-secret-file", str(secret_file), "--jwt-issuer", "us",
                    "--jwt-audience", "hub")
    body = {k: v for k, v in claims(iss="us", aud="hub", **{}).items()} | more
    body = {k: v for k, v in body.items() if v is not None}
    # PyJWT holds iss to a text itself; times are passed as they are.
    assert status(hub, jwt.encode(body, NEW, "HS256")) == expected


def test_seed_000_has_nothing_but_exp_and_gets_what_the_operator_grants(start_hub, secret_file):
    hub = start_hub("--jwt-secret-file", str(secret_file), "--jwt-grant", "subscribe:tasks")
    token = jwt.encode({"exp": time.time() + 60}, NEW, "HS256")
    assert status(hub, token) == 200


@pytest.mark.parametrize("content, mode", [(NEW, 0o644), ("short", 0o600), ("", 0o600)])
def test_secrets_that_cannot_be_used_are_refused_at_start(start_hub, tmp_path, content, mode):
    path = tmp_path / "secrets"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(AssertionError, match="jwt-secret-file") as refused:
        start_hub("--jwt-secret-file", str(path))
    assert not content or content not in str(refused.value).replace(str(path), "")


class TestLiveTokens:
    def open(self, hub, body):
        headers = {"Authorization": "Bearer " + jwt.encode(body, NEW, "HS256")}
        return connect(hub.ws_url + "/ws?groups=tasks", additional_headers=headers, proxy=None)

    def next_of(self, socket, kind):
        while (message := json.loads(socket.recv(DEADLINE)))["type"] != kind:
            pass
        return message

    def test_the_end_is_told_before_and_a_new_token_goes_on(self, start_hub, secret_file):
        hub = start_hub("--jwt-secret-file", str(secret_file), "--jwt-leeway", "0s")
        with self.open(hub, claims(exp=time.time() + 59)) as socket:
            assert "expires_at" in self.next_of(socket, "auth_expiring")
            renewed = jwt.encode(claims(groups=["stock"]), NEW, "HS256")
            socket.send(json.dumps({"type": "auth", "token": renewed, "ref": 7}))
            assert self.next_of(socket, "authenticated")["ref"] == 7
            # What the new token does not grant ends, with an error.
            assert self.next_of(socket, "unsubscribed")["groups"] == ["tasks"]
            assert self.next_of(socket, "error")["code"] == "forbidden"
            socket.send(json.dumps({"type": "auth", "token": "x.y.z"}))
            assert self.next_of(socket, "error")["code"] == "unauthenticated"

    def test_a_token_that_ends_closes_with_4001(self, start_hub, secret_file):
        hub = start_hub("--jwt-secret-file", str(secret_file), "--jwt-leeway", "0s")
        with self.open(hub, claims(exp=time.time() + 2)) as socket:
            assert self.next_of(socket, "goodbye")["reason"] == "token_expired"
            with pytest.raises(ConnectionClosed) as closing:
                socket.recv(DEADLINE)
            assert closing.value.rcvd.code == 4001

    def test_a_stream_ends_with_its_token(self, start_hub, secret_file):
        hub = start_hub("--jwt-secret-file", str(secret_file), "--jwt-leeway", "0s")
        token = jwt.encode(claims(exp=time.time() + 2), NEW, "HS256")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/x-ndjson"}
        with hub.client.stream("GET", "/stream?groups=tasks", headers=headers) as response:
            kinds = [json.loads(line)["type"] for line in response.iter_lines() if line]
        assert kinds[-1] == "goodbye"
