"""`campana` on a hub that asks who it is: keys, tokens, certificates, and what it does when they end."""

import json
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest

from support.certificates import Authority
from support.companion import Companion, write_key
from support.erp import ERP, KEY as ERP_KEY
from support.hub import CAMPANAD, Hub, plain_environment
from support.keys import as_key, make_key, operator
from support.proxy import Proxy
from support.waiting import DEADLINE, eventually

LISTEN = ("127.0.0.1:0", "https://127.0.0.1:0")
SECRET = "s" * 32
UNAUTHORIZED = 6


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def closed(start_hub):
    """A hub with an administrator's key."""
    hub = start_hub()
    hub.admin = make_key(hub, "admin", "all:**", "all:$sys:**")
    return hub


@pytest.fixture
def companion(closed, tmp_path):
    """`campana` with a key of these grants, in a file."""

    def make(*grants, url=None):
        key = make_key(closed, f"of-{len(list(tmp_path.iterdir()))}", *grants)
        path = write_key(tmp_path / f"key-{key['id']}", key["key"])
        made = Companion(url or closed.url, key_file=path, secrets=[key["key"]])
        made.key, made.path = key, path
        return made

    return make


@pytest.fixture
def elsewhere():
    """A server that is no hub: what it was asked, and where it sends people."""
    asked = []
    target = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(dict(self.headers))
            self.send_response(307 if target else 404)
            if target:
                self.send_header("Location", target[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.asked, server.redirect_to = asked, target.append
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


def keys(data, *arguments):
    done = subprocess.run(
        [CAMPANAD, "keys", *arguments, "--data", str(data)], capture_output=True, text=True, timeout=DEADLINE,
        env=plain_environment(), check=True)
    return done.stdout


def token(expires_in, **claims):
    return jwt.encode({"sub": "ana", "exp": time.time() + expires_in, "groups": ["tasks"], **claims}, SECRET, "HS256")


class TestNewcomer:
    def test_make_a_key_use_it_see_it_revoked(self, start_hub, tmp_path):
        data = tmp_path / "data"
        key = keys(data, "create", "--name", "reportes", "--grant", "all:avisos").strip()
        hub = start_hub(data=data)
        curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", "adiós", f"{hub.url}/publish/avisos"]
        assert subprocess.check_output(curl, text=True) == "401"
        assert subprocess.check_output([*curl, "-H", f"Authorization: ApiKey {key}"], text=True) == "201"
        in_file = Companion(hub.url, key_file=write_key(tmp_path / "key", key), secrets=[key])
        in_variable = Companion(hub.url, key=key)
        with in_file.tail("avisos", "--since", "earliest") as tail:
            in_variable.run("publish", "avisos", "hola")
            assert [tail.event()["data"], tail.event()["data"]] == ["adiós", "hola"]
            assert "reportes" in keys(data, "list") and key not in keys(data, "list")
            keys(data, "revoke", "reportes")
            tail.told("4003")
            assert tail.ended() == UNAUTHORIZED
            assert key not in "\n".join(tail.stderr.seen)
        assert "revoked" in in_variable.run("publish", "avisos", "hola", code=UNAUTHORIZED).stderr
        assert key not in hub.errors()


@pytest.fixture(scope="module")
def secured(authority, tmp_path_factory):
    """A closed hub over TLS, whose figures are open."""
    hub = Hub(
        tmp_path_factory.mktemp("hub") / "data", *authority.issue("localhost", into="every").flags, "--open-metrics", "on",
        "--webhook-allow", "127.0.0.0/8", "--webhook-ports", "1-65535", listen=LISTEN)
    hub.admin = make_key(hub, "admin", "all:**", "all:$sys:**")
    hub.secure_url = f"https://localhost:{hub.ports[1]}"
    yield hub
    hub.stop()


class TestEveryCommand:
    """On a closed hub over TLS, as its user would."""

    @pytest.fixture
    def every(self, secured, authority, tmp_path):
        path = write_key(tmp_path / "key", secured.admin["key"])
        return Companion(secured.secure_url, "--cacert", str(authority.file), key_file=path, secrets=[secured.admin["key"]])

    def test_each_is_let_in(self, every, tmp_path):
        every.run("publish", "avisos", "hola")
        task = json.loads(every.run("tasks", "add", "Comprar pan").stdout)
        assert task["id"] in every.run("tasks", "list").stdout
        every.run("tasks", "done", task["id"])
        every.run("tasks", "rm", task["id"])
        rows = tmp_path / "articulos.csv"
        rows.write_text("nombre,material,diametro\nTubo A,Cobre,12.5\n")
        every.run("import", str(rows), "--tipo", "articulos")
        webhook = json.loads(every.run("webhooks", "create", "Avisos", "http://127.0.0.1:9/h", "--groups", "avisos", "--paused").stdout)
        assert webhook["id"] in every.run("webhooks", "list").stdout
        every.run("webhooks", "delete", webhook["id"])
        with every.tail("avisos", "--since", "earliest") as tail:
            event = tail.event()
            assert event["data"] == "hola"
            assert "key:admin" in every.run("connections").stdout
            every.run("trace", event["cursor"])
        every.run("groups")
        every.run("explain", "key:admin", "avisos")
        every.run("status")
        every.run("ping")
        assert "every seq contiguous" in every.run("verify").stdout

    @pytest.mark.parametrize("command", [
        ("tail", "a", "--no-state"), ("publish", "a", "b"), ("tasks", "list"), ("ping",), ("verify",), ("connections",), ("webhooks", "list")])
    def test_without_a_key_each_says_how_to_show_one(self, secured, authority, command):
        done = Companion(secured.secure_url, "--cacert", str(authority.file)).run(*command, code=UNAUTHORIZED)
        assert "401" in done.stderr and "--key-file" in done.stderr and "CAMPANA_KEY" in done.stderr

    def test_an_import_resumes_its_session_from_request_to_request(self, secured, every, tmp_path):
        def handshakes():
            page = secured.client.get("/metrics").text
            return {name: int(value) for name, value in re.findall(r'campana_tls_handshakes_total\{outcome="(\w+)"\} (\d+)', page)}

        rows = tmp_path / "articulos.csv"
        rows.write_text("nombre,material,diametro\n" + "".join(f"Pieza {n},Cobre,{n + 1}\n" for n in range(10)))
        before = handshakes()
        every.run("import", str(rows), "--tipo", "articulos", "--mode", "skip", "--batch", "2")
        eventually(
            lambda: (handshakes()["full"] - before["full"], handshakes()["resumed"] - before["resumed"]) == (1, 4),
            "one full handshake, four resumed")

    def test_a_tail_that_comes_back_resumes_its_session(self, secured, authority, tmp_path, group):
        def count(outcome):
            return int(re.search(rf'handshakes_total{{outcome="{outcome}"}} (\d+)', secured.client.get("/metrics").text)[1])

        path = write_key(tmp_path / "key", secured.admin["key"])
        with Proxy(secured.ports[1]) as proxy:
            url = f"https://localhost:{proxy.port}"
            # Its certificate is for the name, whatever the port.
            away = Companion(url, "--cacert", str(authority.file), key_file=path, secrets=[secured.admin["key"]])
            full, resumed = count("full"), count("resumed")
            with away.tail(group, "--since", "earliest") as tail:
                for number in range(3):
                    secured.client.post(f"/publish/{group}", content=str(number), headers=as_key(secured.admin))
                    assert tail.event()["data"] == str(number)
                    proxy.cut()
                    tail.told("connected again")
        assert count("full") == full + 1 and count("resumed") == resumed + 3


class TestWhatIsRefused:
    def test_too_little_is_said_with_the_grant_that_is_missing(self, companion):
        reader = companion("subscribe:tasks")
        assert "write:tasks" in reader.run("tasks", "add", "a", code=UNAUTHORIZED).stderr
        assert "--groups" not in reader.run("verify", "--groups", "tasks").stderr
        assert "subscribe:stock" in reader.run("tail", "stock", "--no-state", code=UNAUTHORIZED).stderr

    def test_a_forbidden_group_is_a_line_and_the_others_go_on(self, closed, companion):
        with companion("subscribe:tasks").tail("stock", "tasks", "--since", "earliest") as tail:
            tail.told("stock", "forbidden")
            closed.client.post("/tasks", json={"title": "a"}, headers=as_key(closed.admin))
            assert tail.event()["type"] == "task_created"
            assert tail.stop() == 0

    def test_a_key_of_another_hub(self, closed, tmp_path):
        stranger = Companion(closed.url, key_file=write_key(tmp_path / "k", "sk_0123456789abcdef_x"))
        for command in (("status",), ("tail", "tasks", "--no-state"), ("ping",)):
            done = stranger.run(*command, code=UNAUTHORIZED)
            assert "unknown or was revoked" in done.stderr and str(tmp_path / "k") in done.stderr

    @pytest.mark.parametrize("content, mode, words", [
        ("sk_a\n", 0o644, ["others can read", "chmod 600"]), ("sk_a\n", 0o640, ["chmod 600"]),
        ("", 0o600, ["holds nothing"]), ("Bearer sk_secret\n", 0o600, ["by itself"]),
        (None, 0o600, ["No such file"])])
    def test_a_file_that_cannot_be_used(self, tmp_path, content, mode, words):
        path = tmp_path / "key"
        if content is not None:
            path.write_text(content)
            path.chmod(mode)
        done = Companion("http://127.0.0.1:1", key_file=str(path)).run("status", code=2)
        assert all(word in done.stderr for word in ["--key-file", str(path), *words]) and "sk_secret" not in done.stderr

    @pytest.mark.parametrize("command", [("status",), ("tail", "a", "--no-state"), ("ping",), ("publish", "a", "b")])
    def test_a_key_does_not_cross_a_network_in_clear(self, command):
        # 192.0.2.0/24 is nobody's (RFC 5737): the refusal comes before any connection.
        done = Companion("http://192.0.2.1:8001", key="sk_secret").run(*command, code=2)
        assert "in clear" in done.stderr and "https://" in done.stderr and "--key-in-clear" in done.stderr

    def test_nobody_is_held_up_where_there_is_no_key(self, start_hub):
        assert Companion(start_hub().url).run("status").returncode == 0

    @pytest.mark.parametrize("arguments", [("status", "--key", "sk_secret"), ("publish", "a", "b", "--key", "sk_secret")])
    def test_a_key_on_the_command_line_is_refused(self, arguments):
        done = Companion("http://127.0.0.1:1").run(*arguments, code=2)
        assert "CAMPANA_KEY" in done.stderr and "sk_secret" not in done.stderr


class TestStandardInput:
    def test_the_key_may_come_through_a_pipe(self, closed):
        piped = Companion(closed.url, key_file="-", secrets=[closed.admin["key"]])
        piped.run("tasks", "list", input=closed.admin["key"] + "\n")

    def test_not_where_the_data_do(self, closed):
        done = Companion(closed.url, key_file="-").run("publish", "a", "-", input="sk_secret", code=2)
        assert "name a file" in done.stderr and "sk_secret" not in done.stderr


class TestWhoSeesIt:
    def test_the_erp_gets_its_own_key_and_the_hub_its_own(self, closed, companion, tmp_path):
        erp = ERP()
        erp.articulos = [{"id": 501, "nombre": "Tubo A", "material": "Cobre", "diametro": 12.5}]
        erp.stock = [{"articulo": 501, "cantidad": 10}]
        erp_key = write_key(tmp_path / "erp", ERP_KEY)
        sync = ("erp-sync", "--erp", erp.url, "--erp-key-file", erp_key, "--state", str(tmp_path / "state"))
        companion("subscribe,write:stock", "write:integraciones").run(*sync)
        # The ERP answers 401 to any key but its own.
        assert len(erp.requests) == 2
        # A hub that lets nobody in is no ERP without records.
        before = len(erp.requests)
        done = companion("write:stock").run(*sync, code=UNAUTHORIZED)
        assert "subscribe:stock" in done.stderr and len([each for each in erp.requests[before:] if each.startswith("POST")]) == 0
        (tmp_path / "erp").chmod(0o644)
        assert "chmod 600" in companion("all:**").run(*sync, code=2).stderr
        erp.close()

    def test_a_redirect_is_not_followed(self, elsewhere, closed, tmp_path):
        elsewhere.redirect_to(closed.url + "/tasks")
        path = write_key(tmp_path / "key", closed.admin["key"])
        done = Companion(elsewhere.url, key_file=path, secrets=[closed.admin["key"]]).run("tasks", "list", code=1)
        assert "307" in done.stderr and closed.url in done.stderr
        done = Companion(elsewhere.url, key_file=path, secrets=[closed.admin["key"]]).run("tail", "tasks", "--no-state", code=1)
        assert "307" in done.stderr and closed.url in done.stderr
        assert len(elsewhere.asked) == 2

    def test_a_ping_to_another_server_does_not_show_it(self, elsewhere, closed, companion):
        reader = companion("subscribe:tasks")
        reader.run("ping", elsewhere.url, code=1)
        assert len(elsewhere.asked) == 1 and "Authorization" not in elsewhere.asked[0]
        reader.run("ping")
        reader.run("ping", closed.url)
        other = closed.url.replace("127.0.0.1", "localhost")
        assert "not shown" in reader.run("ping", other, code=UNAUTHORIZED).stderr


class TestTokensThatEnd:
    @pytest.fixture
    def hub(self, start_hub, tmp_path):
        path = write_key(tmp_path / "secrets", SECRET)
        hub = start_hub("--jwt-secret-file", path, "--jwt-leeway", "0s")
        hub.admin = make_key(hub, "admin", "all:**", "all:$sys:**")
        return hub

    def connections(self, hub):
        return [each["id"] for each in hub.client.get("/connections", headers=as_key(hub.admin)).json()["connections"]
                if each["principal"] == "sub:ana"]

    def test_the_file_is_read_again_and_the_connection_goes_on(self, hub, tmp_path):
        path = write_key(tmp_path / "token", token(59))
        with Companion(hub.url, key_file=path).tail("tasks") as tail:
            tail.told("the key ends at", "still holds")
            before = self.connections(hub)
            renewed = token(600)
            write_key(tmp_path / "token", renewed)
            tail.told("takes the new key")
            assert self.connections(hub) == before and len(before) == 1
            hub.client.post("/tasks", json={"title": "a"}, headers=as_key(hub.admin))
            assert tail.event()["type"] == "task_created"
            assert tail.stop() == 0
            assert renewed not in "\n".join(tail.stderr.seen)

    def test_a_new_token_that_grants_less_ends_what_it_does_not_grant(self, hub, tmp_path):
        path = write_key(tmp_path / "token", token(59, groups=["tasks", "stock"]))
        with Companion(hub.url, key_file=path).tail("tasks", "stock") as tail:
            tail.told("the key ends at")
            write_key(tmp_path / "token", token(59, groups=["tasks"]))
            tail.told("stock", "forbidden")
            # And at once again, as that one ends as soon.
            tail.told("the key ends at")
            write_key(tmp_path / "token", token(600, groups=["stock"]))
            tail.told("subscribe:tasks")
            assert tail.ended() == UNAUTHORIZED

    def test_after_the_end_it_comes_back_with_the_one_that_was_written_late(self, hub, tmp_path):
        path = write_key(tmp_path / "token", token(4))
        with Companion(hub.url, key_file=path).tail("tasks") as tail:
            tail.told("the key ends at")
            write_key(tmp_path / "token", token(600))
            # The second look comes after five seconds; on a slow machine it may be before the end.
            tail.stderr.until(lambda line: "connected again" in line or "takes the new key" in line)
            hub.client.post("/tasks", json={"title": "a"}, headers=as_key(hub.admin))
            assert tail.event()["type"] == "task_created"

    def test_one_with_no_successor_ends_the_tail(self, hub):
        with Companion(hub.url, key=token(4)).tail("tasks") as tail:
            tail.told("the key ends at", "--key-file")
            tail.told("4001", "CAMPANA_KEY")
            assert tail.ended() == UNAUTHORIZED

    def test_a_restart_with_another_secret_is_survived_with_another_token(self, hub, start_hub, tmp_path):
        path = write_key(tmp_path / "token", token(600))
        with Companion(hub.url, key_file=path).tail("tasks") as tail:
            eventually(lambda: self.connections(hub), "it is connected")
            hub.stop()
            write_key(tmp_path / "token", jwt.encode(
                {"sub": "ana", "exp": time.time() + 600, "groups": ["tasks"]}, "n" * 32, "HS256"))
            again = start_hub(
                "--jwt-secret-file", write_key(tmp_path / "new", "n" * 32), data=hub.data,
                listen=(f"127.0.0.1:{hub.port}", "127.0.0.1:0"))
            tail.told("another key now")
            tail.told("connected again")
            again.client.post("/tasks", json={"title": "a"}, headers=as_key(hub.admin))
            assert tail.event()["type"] == "task_created"


class TestCertificates:
    def test_a_certificate_grants_what_the_option_says(self, start_hub, authority, tmp_path_factory):
        people = Authority(tmp_path_factory.mktemp("people"))
        hub = start_hub(
            *authority.issue("localhost", into="granting").flags, "--tls-client-ca", str(people.file),
            "--tls-client-grant", "subscribe:tasks subscribe:$sys:connections", "--open-metrics", "on", listen=LISTEN)
        files = people.issue("erp.test")
        erp = Companion(
            f"https://localhost:{hub.ports[1]}", "--cacert", str(authority.file), "--client-cert", str(files.certificate),
            "--client-key", str(files.key))
        assert erp.run("tasks", "list").stdout == ""
        done = erp.run("tasks", "add", "a", code=UNAUTHORIZED)
        assert "write:tasks" in done.stderr
        with erp.tail("tasks", "stock") as tail:
            tail.told("stock", "forbidden")
            assert tail.stop() == 0
        hub.stop()


class TestRates:
    """A hub that takes so much and no more: what is asked too often waits, and nothing is lost."""

    def test_an_import_waits_as_long_as_it_is_told(self, start_hub, tmp_path):
        hub = start_hub("--rate", "3/s", "--limit-exempt", "off")
        rows = tmp_path / "articulos.csv"
        rows.write_text("nombre,material,diametro\n" + "".join(f"Pieza {n},Cobre,{n + 1}\n" for n in range(7)))
        done = Companion(hub.url).run("import", str(rows), "--tipo", "articulos", "--mode", "skip", "--batch", "1")
        assert "429" in done.stderr and "trying again" in done.stderr and "7 created" in done.stdout

    def test_a_tail_waits_for_a_place_and_says_so_once(self, start_hub):
        hub = start_hub("--max-connections-per-principal", "1")
        reader = Companion(hub.url, key=make_key(hub, "admin", "all:**")["key"])
        with reader.tail("avisos", "--since", "earliest") as first:
            eventually(lambda: operator(hub).get("/connections").json()["connections"], "it has the place")
            with reader.tail("avisos", "--since", "earliest") as second:
                second.told("4100", "trying again")
                assert first.stop() == 0
                second.told("connected again")
                Companion(f"unix:{hub.data / 'operator.sock'}").run("publish", "avisos", "hola")
                assert second.event()["data"] == "hola"
                assert len([line for line in second.stderr.seen if "too_many_connections" in line and "refused" in line]) == 1

    def test_a_tail_asks_again_on_the_connection_that_it_has(self, start_hub):
        # The handshake takes the one that there is, so that what it subscribes to is too much.
        hub = start_hub("--rate", "1/s", "--limit-exempt", "off")
        key = make_key(hub, "admin", "all:**")
        reader = Companion(hub.url, key=key["key"])
        with reader.tail("avisos", "--since", "earliest") as tail:
            tail.told("asking again in")
            with_time = Companion(f"unix:{hub.data / 'operator.sock'}")
            with_time.run("publish", "avisos", "hola")
            assert tail.event()["data"] == "hola"
            assert not [line for line in tail.stderr.seen if "connected again" in line]
