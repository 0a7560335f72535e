"""WIRE §6: API keys, grants and tickets, as clients meet them."""

import json
import subprocess

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from support.hub import CAMPANAD, plain_environment
from support.keys import as_key, make_key
from support.waiting import DEADLINE


@pytest.fixture
def closed(start_hub):
    """A hub with an administrator's key."""
    hub = start_hub()
    hub.admin = make_key(hub, "admin", "all:**", "all:$sys:**")
    return hub


def next_of(socket, kind):
    while (message := json.loads(socket.recv(DEADLINE)))["type"] != kind:
        pass
    return message


class TestKeys:
    def test_a_key_is_shown_once_and_recognized_by_its_prefix(self, closed):
        key = make_key(closed, "Reportes", "subscribe:stock:**", system="ERP", expires_in="365d")
        assert key["key"].startswith(key["prefix"]) and key["prefix"] == "sk_" + key["id"]
        listed = closed.client.get("/keys", headers=as_key(closed.admin))
        assert {each["name"] for each in listed.json()["keys"]} == {"admin", "Reportes"}
        assert key["key"] not in listed.text
        for file in closed.data.iterdir():
            if file.is_file():
                assert key["key"].encode() not in file.read_bytes()

    @pytest.mark.parametrize("scheme", ["ApiKey", "Bearer", "apikey", "BEARER"])
    def test_either_scheme_shows_a_key(self, closed, scheme):
        headers = {"Authorization": f"{scheme} {closed.admin['key']}"}
        assert closed.client.get("/tasks", headers=headers).status_code == 200

    @pytest.mark.parametrize("headers", [
        {}, {"Authorization": "ApiKey sk_live_abc123def456"}, {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer a.b.c"}, {"Authorization": "Bearer"}])
    def test_without_a_good_key_it_is_401_with_a_challenge(self, closed, headers):
        response = closed.client.get("/tasks", headers=headers)
        assert response.status_code == 401 and response.json()["code"] == "unauthenticated"
        assert "ApiKey" in response.headers["WWW-Authenticate"]

    def test_keys_survive_a_restart_and_close_the_hub(self, closed, start_hub):
        closed.stop()
        again = start_hub(data=closed.data)
        assert again.client.get("/tasks").status_code == 401
        assert again.client.get("/tasks", headers=as_key(closed.admin)).status_code == 200

    @pytest.mark.parametrize("path", ["/health", "/readyz", "/"])
    def test_what_stays_open(self, closed, path):
        assert closed.client.get(path).status_code == 200

    @pytest.mark.parametrize("path", ["/metrics", "/status"])
    def test_figures_need_a_grant(self, closed, path):
        assert closed.client.get(path).status_code == 401
        assert closed.client.get(path, headers=as_key(closed.admin)).status_code == 200

    def test_a_token_in_the_query_is_refused_with_the_mend(self, closed):
        response = closed.client.get("/tasks", params={"access_token": closed.admin["key"]})
        assert response.status_code == 400 and "/tickets" in response.json()["detail"]
        assert closed.admin["key"] not in response.text


class TestGrants:
    def test_each_route_is_held_to_what_is_granted(self, closed):
        reader = as_key(make_key(closed, "reader", "subscribe:tasks"))
        assert closed.client.get("/tasks", headers=reader).status_code == 200
        for method, path in [("POST", "/tasks"), ("POST", "/publish/tasks"), ("GET", "/keys"),
                             ("GET", "/notifications?consumer=1")]:
            response = closed.client.request(method, path, headers=reader, json={"title": "a"})
            assert response.status_code == 403, (method, path)
            assert response.json()["code"] == "forbidden"

    def test_a_forbidden_group_is_an_error_of_its_own_and_others_go_on(self, closed):
        reader = as_key(make_key(closed, "reader", "subscribe:stock:**"))
        with connect(closed.ws_url + "/ws", additional_headers=reader, proxy=None) as socket:
            next_of(socket, "welcome")
            groups = ["stock:a", "tasks", "**"]
            socket.send(json.dumps({"type": "subscribe", "groups": groups, "ref": 1}))
            errors = [next_of(socket, "error") for _ in range(2)]
            assert {error["code"] for error in errors} == {"forbidden"}
            assert next_of(socket, "subscribed")["groups"] == ["stock:a"]
            socket.send(json.dumps({"type": "publish", "group": "stock:a", "event": "x"}))
            assert next_of(socket, "error")["code"] == "forbidden"

    def test_all_forbidden_is_refused_before_the_upgrade(self, closed):
        reader = as_key(make_key(closed, "reader", "subscribe:stock:**"))
        with pytest.raises(InvalidStatus) as refused:
            connect(closed.ws_url + "/ws?groups=tasks", additional_headers=reader, proxy=None)
        assert refused.value.response.status_code == 403


class TestLiveConnections:
    def test_a_revoked_key_closes_its_connections_and_no_others(self, closed):
        key = make_key(closed, "reader", "subscribe:tasks")
        with connect(closed.ws_url + "/ws?groups=tasks", additional_headers=as_key(key),
                     proxy=None) as socket, \
                connect(closed.ws_url + "/ws?groups=tasks", additional_headers=as_key(closed.admin),
                        proxy=None) as other:
            next_of(socket, "subscribed"), next_of(other, "subscribed")
            revoked = closed.client.delete(f"/keys/{key['id']}", headers=as_key(closed.admin))
            assert revoked.status_code == 204
            assert next_of(socket, "goodbye")["reason"] == "revoked"
            with pytest.raises(ConnectionClosed) as closing:
                socket.recv(DEADLINE)
            assert closing.value.rcvd.code == 4003
            other.send(json.dumps({"type": "ping"}))
            next_of(other, "pong")
        assert closed.client.get("/tasks", headers=as_key(key)).status_code == 401

    def test_the_first_key_closes_whoever_came_without_one(self, start_hub):
        hub = start_hub()
        with connect(hub.ws_url + "/ws?groups=tasks", proxy=None) as socket:
            next_of(socket, "subscribed")
            make_key(hub, "admin", "all:**")
            assert next_of(socket, "goodbye")["reason"] == "revoked"


class TestTickets:
    def ticket(self, hub, key, **body):
        response = hub.client.post("/tickets", headers=as_key(key), json=body)
        assert response.status_code == 201, response.text
        return response.json()["ticket"]

    def test_a_ticket_opens_one_stream_once(self, closed):
        ticket = self.ticket(closed, closed.admin)
        url = closed.ws_url + f"/ws?groups=tasks&ticket={ticket}"
        with connect(url, proxy=None) as socket:
            next_of(socket, "subscribed")
        with pytest.raises(InvalidStatus) as refused:
            connect(url, proxy=None)
        assert refused.value.response.status_code == 401

    def test_a_ticket_is_bound_to_its_grants(self, closed):
        ticket = self.ticket(closed, closed.admin, grants=["subscribe:stock:**"])
        with pytest.raises(InvalidStatus) as refused:
            connect(closed.ws_url + f"/ws?groups=tasks&ticket={ticket}", proxy=None)
        assert refused.value.response.status_code == 403

    def test_a_ticket_opens_nothing_else(self, closed):
        ticket = self.ticket(closed, closed.admin)
        assert closed.client.get(f"/tasks?ticket={ticket}").status_code == 400

    def test_nobody_gets_a_ticket_for_more_than_they_may(self, closed):
        key = make_key(closed, "reader", "subscribe:tasks")
        response = closed.client.post(
            "/tickets", headers=as_key(key), json={"grants": ["subscribe:**"]})
        assert response.status_code == 403


class TestBrowsers:
    def test_a_subprotocol_shows_a_key_and_is_not_echoed(self, closed):
        offers = ["campana.v1", "campana.bearer." + closed.admin["key"]]
        with connect(closed.ws_url + "/ws?groups=tasks", subprotocols=offers, proxy=None) as socket:
            assert socket.subprotocol == "campana.v1"
            next_of(socket, "subscribed")


def test_another_address_needs_credentials_first(start_hub, tmp_path):
    with pytest.raises(AssertionError, match="campanad keys create"):
        start_hub(data=tmp_path / "open", listen=["0.0.0.0:0"])
    hub = start_hub()
    make_key(hub, "admin", "all:**")
    hub.stop()
    assert start_hub(data=hub.data, listen=["0.0.0.0:0"]).client.get("/tasks").status_code == 401


class TestCommand:
    """`campanad keys`, beside a hub that runs and without one."""

    def keys(self, data, *arguments, code=0):
        done = subprocess.run(
            [CAMPANAD, "keys", *arguments, "--data", str(data)], capture_output=True, text=True,
            timeout=DEADLINE, env=plain_environment())
        assert done.returncode == code, done.stderr
        return done

    def test_without_a_hub_and_beside_one_it_is_the_same_keys(self, start_hub, tmp_path):
        data = tmp_path / "data"
        made = self.keys(data, "create", "--name", "admin", "--grant", "all:**",
                         "--grant", "admin,subscribe:$sys:**", "--expires", "365d")
        key = {"key": made.stdout.strip()}
        assert key["key"].startswith("sk_") and "shown this once" in made.stderr
        hub = start_hub(data=data)
        assert hub.client.get("/keys", headers=as_key(key)).status_code == 200
        second = self.keys(data, "create", "--name", "b", "--system", "ERP", "--grant", "publish:a")
        assert hub.client.post("/publish/a", headers={
            "Authorization": "Bearer " + second.stdout.strip()}, content="x").status_code == 201
        lines = [line.split("\t") for line in self.keys(data, "list").stdout.splitlines()]
        assert {line[1] for line in lines} == {"admin", "b"}
        assert key["key"] not in self.keys(data, "list").stdout
        self.keys(data, "revoke", "b")
        assert hub.client.post("/publish/a", headers={
            "Authorization": "Bearer " + second.stdout.strip()}, content="x").status_code == 401
        hub.stop()
        self.keys(data, "revoke", "admin")
        assert self.keys(data, "list").stdout == ""

    @pytest.mark.parametrize("arguments, word", [
        (["create", "--name", "a", "--grant", "read:x"], "read"), (["revoke", "nobody"], "no key"),
        (["create", "--name", "a", "--grant", "publish:x", "--expires", "soon"], "expires_in")])
    def test_what_cannot_be_done_says_why(self, tmp_path, arguments, word):
        assert word in self.keys(tmp_path / "data", *arguments, code=1).stderr

    def test_without_a_hub_it_leaves_lines_in_the_audit_log_that_the_hub_goes_on_with(self, start_hub, tmp_path):
        data, log, config = tmp_path / "data", tmp_path / "audit.jsonl", tmp_path / "campana.conf"
        config.write_text(f"data={data}\naudit={log}\n")

        def keys(*arguments, code=0):
            done = subprocess.run(
                [CAMPANAD, "keys", *arguments, "--config", str(config)], capture_output=True, text=True, timeout=DEADLINE,
                env=plain_environment())
            assert done.returncode == code, done.stderr
            return done

        key = keys("create", "--name", "a", "--grant", "publish:x").stdout.strip()
        keys("revoke", "nobody", code=1)
        hub = start_hub("--audit", str(log), data=data)
        keys("create", "--name", "b", "--grant", "publish:x")
        hub.stop()
        keys("revoke", "a")
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        told = [(line["who"], line["from"] == "campanad keys", line["did"], line["outcome"]) for line in lines
                if "keys" in line["did"]]
        assert told == [
            ("operator", True, "POST /keys", "201"), ("operator", True, "DELETE /keys/nobody", "404"),
            ("operator", False, "POST /keys", "201"), ("operator", True, "DELETE /keys/a", "204")]
        assert key not in log.read_text() and log.stat().st_mode & 0o077 == 0
        assert subprocess.run([CAMPANAD, "audit", "verify", str(log)], timeout=DEADLINE).returncode == 0

    def test_what_cannot_be_audited_is_not_done(self, tmp_path):
        data, nowhere = tmp_path / "data", tmp_path / "none" / "audit.jsonl"
        done = self.keys(data, "create", "--name", "a", "--grant", "publish:x", "--audit", str(nowhere), code=1)
        assert str(nowhere) in done.stderr and done.stdout == "" and not data.exists()

    def test_the_files_it_makes_are_for_its_user_alone(self, tmp_path):
        data = tmp_path / "data"
        self.keys(data, "create", "--name", "a", "--grant", "publish:x")
        assert all(file.stat().st_mode & 0o077 == 0 for file in [data, *data.iterdir()])

    @pytest.mark.parametrize("arguments", [[], ["create"], ["drop"], ["revoke"]])
    def test_usage(self, tmp_path, arguments):
        self.keys(tmp_path / "data", *arguments, code=2)
