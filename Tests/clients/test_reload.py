"""SIGHUP: secrets, keys and sources are read again, all or none, and what is gone ends."""

import base64
import json
import os
import pwd
import shutil
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.hub import Hub
from support.keys import as_key, make_key
from support.waiting import DEADLINE, eventually

OLD, NEW = "o" * 32, "n" * 32
TOKEN, OTHER = "t" * 32, "x" * 32


def token(secret=OLD, algorithm="HS256", **more):
    return jwt.encode({"sub": "ana", "exp": time.time() + 600, "groups": ["**"], **more}, secret, algorithm)


def bearer(*arguments, **more):
    return {"Authorization": f"Bearer {token(*arguments, **more)}"}


def write(path, text, mode=0o600):
    """As an operator's tool does it: the file is there whole, or as it was."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)


def logged(hub, event):
    return [line for line in map(json.loads, hub.errors().splitlines()) if line["event"] == event]


def reload(hub, event="files read again"):
    """SIGHUP, and the line of the log that it leads to."""
    before = len(logged(hub, event))
    hub.process.send_signal(signal.SIGHUP)
    return eventually(lambda: logged(hub, event)[before:], f"the log says: {event}")[-1]


def status(hub, headers):
    return hub.client.get("/tasks", headers=headers).status_code


def open_socket(hub, **options):
    return connect(hub.ws_url + "/ws?groups=tasks", proxy=None, **options)


def closing_code(socket):
    with pytest.raises(ConnectionClosed) as closing:
        while True:
            socket.recv(DEADLINE)
    return closing.value.rcvd.code


@pytest.fixture
def secrets(tmp_path):
    path = tmp_path / "secrets"
    write(path, OLD)
    return path


@pytest.fixture
def hub(start_hub, secrets):
    return start_hub("--jwt-secret-file", str(secrets), "--log-format", "json")


class TestSecrets:
    def test_a_secret_is_changed_without_a_gap(self, hub, secrets):
        """Old; old and new; new: at each step what must be good is."""
        assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (200, 401)
        write(secrets, f"{OLD}\n{NEW}\n")
        assert "2 keys" in reload(hub)["what"]
        assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (200, 200)
        write(secrets, NEW)
        reload(hub)
        assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (401, 200)
        assert OLD not in hub.errors() and NEW not in hub.errors()

    def test_whoever_a_secret_let_in_leaves_with_it_and_nobody_else(self, hub, secrets):
        write(secrets, f"{OLD}\n{NEW}\n")
        reload(hub)
        headers = bearer(OLD) | {"Accept": "application/x-ndjson"}
        with open_socket(hub, additional_headers=bearer(OLD)) as old, \
                open_socket(hub, additional_headers=bearer(NEW)) as new, \
                hub.client.stream("GET", "/stream?groups=tasks", headers=headers) as stream:
            lines = stream.iter_lines()
            next(lines)
            ticket = hub.client.post("/tickets", headers=bearer(OLD)).json()["ticket"]
            write(secrets, NEW)
            reload(hub)
            assert closing_code(old) == 4003
            assert json.loads([line for line in lines if line][-1]) | {"cursor": ""} == {
                "type": "goodbye", "reason": "revoked", "reconnect_in_ms": 0, "cursor": ""}
            new.send('{"type":"ping"}')
            while json.loads(new.recv(DEADLINE))["type"] != "pong":
                pass
            # Nor does a ticket outlive the key of who got it.
            assert hub.client.get(f"/stream?groups=tasks&ticket={ticket}").status_code == 401

    def test_who_renews_in_time_stays(self, hub, secrets):
        write(secrets, f"{OLD}\n{NEW}\n")
        reload(hub)
        with open_socket(hub, additional_headers=bearer(OLD)) as socket:
            socket.send(json.dumps({"type": "auth", "token": token(NEW)}))
            while json.loads(socket.recv(DEADLINE))["type"] != "authenticated":
                pass
            write(secrets, NEW)
            reload(hub)
            socket.send('{"type":"ping"}')
            while json.loads(socket.recv(DEADLINE))["type"] != "pong":
                pass

    @pytest.mark.parametrize("content, mode", [("short", 0o600), ("", 0o600), (NEW, 0o644)])
    def test_a_file_that_cannot_be_used_changes_nothing(self, hub, secrets, content, mode):
        with open_socket(hub, additional_headers=bearer(OLD)) as socket:
            write(secrets, content, mode)
            line = reload(hub, "files not read again; all stays as it was")
            assert line["level"] == "error" and "jwt-secret-file" in line["error"]
            assert not content or content not in line["error"].replace(str(secrets), "")
            assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (200, 401)
            socket.send('{"type":"ping"}')
            while json.loads(socket.recv(DEADLINE))["type"] != "pong":
                pass

    def test_requests_never_fail_while_secrets_change(self, start_hub, secrets):
        """On all loops, and from several clients at once: a token whose secret stays is always good."""
        hub = start_hub("--jwt-secret-file", str(secrets), "--loops", "4", "--log-format", "json")
        write(secrets, f"{NEW}\n{OLD}")
        reload(hub)
        done, wrong, headers = threading.Event(), [], bearer(NEW)

        def ask():
            while not done.is_set():
                answer = httpx.get(hub.url + "/tasks", headers=headers, timeout=DEADLINE, trust_env=False)
                if answer.status_code != 200:
                    wrong.append(answer.text)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(20):
            write(secrets, NEW if turn % 2 else f"{OLD}\n{NEW}\n")
            reload(hub)
        done.set()
        for thread in threads:
            thread.join()
        assert not wrong


class TestKeys:
    def test_public_keys_in_either_form(self, start_hub, tmp_path):
        """The same key read again from the other form is the same key: nobody is cut off."""
        first, second = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
        pem = [key.public_key().public_bytes(serialization.Encoding.PEM,
                                             serialization.PublicFormat.SubjectPublicKeyInfo).decode()
               for key in (first, second)]
        path = tmp_path / "keys"
        write(path, pem[0], 0o644)
        hub = start_hub("--jwt-keys-file", str(path), "--log-format", "json")
        one, two = bearer(first, "ES256"), bearer(second, "EdDSA")
        assert (status(hub, one), status(hub, two)) == (200, 401)
        with open_socket(hub, additional_headers=one) as socket:
            keys = [jwt.get_algorithm_by_name(name).to_jwk(key.public_key(), as_dict=True)
                    for name, key in [("ES256", first), ("EdDSA", second)]]
            write(path, json.dumps({"keys": keys}), 0o644)
            reload(hub)
            assert (status(hub, one), status(hub, two)) == (200, 200)
            socket.send('{"type":"ping"}')
            while json.loads(socket.recv(DEADLINE))["type"] != "pong":
                pass
            write(path, pem[1], 0o644)
            reload(hub)
            assert (status(hub, one), status(hub, two)) == (401, 200)
            assert closing_code(socket) == 4003


def source(tokens, name="sensor"):
    return {"name": name, "scheme": "bearer", "tokens": tokens, "group": "sensores"}


class TestSources:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "sources.json"
        write(path, json.dumps({"sources": [source([TOKEN])]}))
        return path

    def send(self, hub, value, name="sensor"):
        return hub.client.post(f"/hooks/{name}", content="1", headers={
            "Authorization": f"Bearer {value}", "Content-Type": "application/json"}).status_code

    def test_a_token_is_changed_without_a_gap_and_sources_come_and_go(self, start_hub, path):
        hub = start_hub("--sources", str(path), "--log-format", "json")
        assert (self.send(hub, TOKEN), self.send(hub, OTHER)) == (201, 401)
        write(path, json.dumps({"sources": [source([TOKEN, OTHER]), source([OTHER], "otro")]}))
        assert "sources: 2" in reload(hub)["what"]
        assert (self.send(hub, TOKEN), self.send(hub, OTHER), self.send(hub, OTHER, "otro")) == (201, 201, 201)
        write(path, json.dumps({"sources": [source([OTHER])]}))
        reload(hub)
        assert (self.send(hub, TOKEN), self.send(hub, OTHER), self.send(hub, OTHER, "otro")) == (401, 201, 401)

    def test_a_fault_is_told_at_its_place_and_changes_nothing(self, start_hub, path):
        hub = start_hub("--sources", str(path), "--log-format", "json")
        write(path, json.dumps({"sources": [source([OTHER, "short"])]}))
        line = reload(hub, "files not read again; all stays as it was")
        assert "/sources/0/tokens/1" in line["error"] and OTHER not in line["error"]
        assert (self.send(hub, TOKEN), self.send(hub, OTHER)) == (201, 401)

    def test_all_files_or_none(self, start_hub, path, secrets):
        hub = start_hub("--sources", str(path), "--jwt-secret-file", str(secrets), "--log-format", "json")
        write(secrets, NEW)
        write(path, "{")
        line = reload(hub, "files not read again; all stays as it was")
        assert line["what"] == "sources"
        assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (200, 401)
        write(path, json.dumps({"sources": [source([OTHER])]}))
        assert reload(hub)["what"] == "tokens: 1 keys; sources: 1"
        assert (status(hub, bearer(OLD)), status(hub, bearer(NEW))) == (401, 200)
        assert (self.send(hub, TOKEN), self.send(hub, OTHER)) == (401, 201)


class TestHeldAnswers:
    """Who waits for an answer does not wait longer than the credentials are good."""

    def wait_for(self, hub, path, headers, **request):
        """A request that is held back; its answer, once there is one."""
        answers = []

        def ask():
            answers.append(httpx.request(
                request.get("method", "GET"), hub.url + path, headers=headers, json=request.get("json"),
                timeout=2 * DEADLINE, trust_env=False))

        thread = threading.Thread(target=ask)
        thread.start()

        def answer():
            thread.join(DEADLINE)
            assert answers, "there is no answer"
            return answers[0]

        return answer

    def polls(self, hub, headers):
        listed = hub.client.get("/connections", headers=headers).json()["connections"]
        return [each for each in listed if each["transport"] == "poll"]

    def poll(self, hub, headers, watcher):
        """A long poll of an hour that the hub knows of."""
        answer = self.wait_for(hub, "/stream?groups=tasks&wait=60s", headers | {"Accept": "application/json"})
        eventually(lambda: self.polls(hub, watcher), "the poll is held")
        return answer

    def test_a_long_poll_of_a_revoked_key_is_401_at_once(self, start_hub):
        hub = start_hub()
        admin = as_key(make_key(hub, "admin", "all:**", "all:$sys:**"))
        key = make_key(hub, "ana", "subscribe:tasks")
        answer = self.poll(hub, as_key(key), admin)
        assert self.polls(hub, admin)[0]["principal"] == "key:ana"
        assert hub.client.delete(f"/keys/{key['id']}", headers=admin).status_code == 204
        assert answer().status_code == 401
        assert answer().json()["code"] == "unauthenticated" and "revoked" in answer().json()["detail"]
        assert "invalid_token" in answer().headers["WWW-Authenticate"]

    def test_a_long_poll_of_a_secret_that_is_gone_is_401_at_once(self, hub, secrets):
        write(secrets, f"{OLD}\n{NEW}\n")
        reload(hub)
        watcher = bearer(NEW, grants=["admin:$sys:**"])
        answer = self.poll(hub, bearer(OLD), watcher)
        write(secrets, NEW)
        reload(hub)
        assert answer().status_code == 401

    def test_a_long_poll_ends_with_its_token(self, start_hub, secrets):
        hub = start_hub("--jwt-secret-file", str(secrets), "--jwt-leeway", "0s")
        answer = self.wait_for(hub, "/stream?groups=tasks&wait=60s",
                               bearer(OLD, exp=time.time() + 2) | {"Accept": "application/json"})
        assert answer().status_code == 401 and "expired" in answer().json()["detail"]

    def test_a_poll_of_an_open_hub_ends_when_it_is_closed(self, start_hub):
        hub = start_hub()
        answer = self.wait_for(hub, "/stream?groups=tasks&wait=60s", {"Accept": "application/json"})
        eventually(lambda: self.polls(hub, {}), "the poll is held")
        make_key(hub, "admin", "all:**", "all:$sys:**")
        assert answer().status_code == 401

    @pytest.mark.parametrize("revoke", [True, False])
    def test_what_waits_behind_an_answer_is_asked_again_who_it_is(self, start_hub, revoke):
        """A WebSocket that was asked for while the key was good is not opened once it is not."""
        hub = start_hub()
        admin = as_key(make_key(hub, "admin", "all:**", "all:$sys:**"))
        key = make_key(hub, "ana", "subscribe:tasks")
        common = f"Host: hub\r\nAuthorization: ApiKey {key['key']}\r\n"
        upgrade = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        with socket.create_connection(("127.0.0.1", hub.port), DEADLINE) as plain:
            plain.sendall((f"GET /stream?groups=tasks&wait=60s HTTP/1.1\r\n{common}Accept: application/json\r\n\r\n"
                           f"GET /ws?groups=tasks HTTP/1.1\r\n{common}{upgrade}\r\n").encode())
            eventually(lambda: self.polls(hub, admin), "the poll is held, and the WebSocket behind it")
            if revoke:
                assert hub.client.delete(f"/keys/{key['id']}", headers=admin).status_code == 204
            else:
                assert hub.client.post("/tasks", headers=admin, json={"title": "t"}).status_code == 201
            answer, wanted = b"", (2 if revoke else 1)
            while answer.count(b"HTTP/1.1 401") < wanted and b"HTTP/1.1 101" not in answer:
                piece = plain.recv(65536)
                assert piece, answer
                answer += piece
        assert (b"HTTP/1.1 101" in answer) == (not revoke)

    def test_an_operator_ends_a_poll(self, start_hub):
        hub = start_hub()
        answer = self.wait_for(hub, "/stream?groups=tasks&wait=60s", {"Accept": "application/json"})
        one = eventually(lambda: self.polls(hub, {}), "the poll is held")[0]
        assert hub.client.delete(f"/connections/{one['id']}").status_code == 204
        assert answer().status_code == 200 and answer().json()["events"] == []
        assert answer().headers["Connection"] == "close"

    def test_a_command_that_was_sent_is_answered_with_its_receipt(self, start_hub):
        hub = start_hub()
        admin = as_key(make_key(hub, "admin", "all:**", "all:$sys:**"))
        key = make_key(hub, "ana", "all:commands:**", "all:replies:**")
        assert hub.client.put("/api/cascade/commands/backup", headers=admin, json={}).status_code == 201
        answer = self.wait_for(hub, "/api/cascade/webhook", as_key(key), method="POST",
                               json={"command": "backup", "wait": "60s"})
        eventually(lambda: self.polls(hub, admin), "the answer is held")
        assert hub.client.delete(f"/keys/{key['id']}", headers=admin).status_code == 204
        assert answer().status_code == 202


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_files_that_the_new_user_cannot_read_are_told_at_the_start():
    nobody = pwd.getpwnam("nobody")
    directory = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        directory.chmod(0o755)
        (directory / "data").mkdir()
        os.chown(directory / "data", nobody.pw_uid, nobody.pw_gid)
        secrets = directory / "secrets"
        write(secrets, OLD)
        hub = Hub(directory / "data", "--user", "nobody", "--jwt-secret-file", str(secrets), "--log-format", "json")
        line, = logged(hub, "SIGHUP will find files that it cannot read again")
        assert "Permission denied" in line["error"] and str(secrets) in line["error"]
        assert status(hub, bearer(OLD)) == 200
        hub.stop()
        os.chown(secrets, nobody.pw_uid, nobody.pw_gid)
        hub = Hub(directory / "data", "--user", "nobody", "--jwt-secret-file", str(secrets), "--log-format", "json")
        assert len(logged(hub, "SIGHUP will find files that it cannot read again")) == 1
        os.chown(secrets, nobody.pw_uid, nobody.pw_gid)
        reload(hub)
        hub.stop()
    finally:
        shutil.rmtree(directory)
