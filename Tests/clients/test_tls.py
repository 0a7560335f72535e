"""TLS, with the Python standard library's `ssl` and `websockets` at the other end."""

import json
import re
import signal
import socket
import ssl
import subprocess

import httpx
import pytest

from support.certificates import Authority
from support.consumer import Consumer, is_event
from support.hub import CAMPANA, CAMPANAD, Hub, plain_environment
from support.waiting import DEADLINE, eventually

LISTEN = ("127.0.0.1:0", "https://127.0.0.1:0")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def hub(authority, tmp_path_factory):
    """A hub with a plain address, one with TLS, and two certificates."""
    one = authority.issue("hub.test", "hub.test", "localhost", "127.0.0.1")
    two = authority.issue("two.test", "two.test", "*.many.test")
    hub = Hub(tmp_path_factory.mktemp("hub") / "data", *one.flags, *two.flags, "--log-level", "debug", listen=LISTEN)
    yield hub
    hub.stop()


@pytest.fixture(scope="module", params=[("RSA", "ECDSA"), ("ECDSA", "RSA")])
def both(authority, tmp_path_factory, request):
    """A hub with two certificates for one host, by keys of two kinds, in either order."""
    flags = [flag for kind in request.param
             for flag in authority.issue("hub.test", into=f"both-{kind}", kind=kind).flags]
    hub = Hub(tmp_path_factory.mktemp("both") / "data", *flags, listen=LISTEN)
    yield hub
    hub.stop()


def secure_url(hub, scheme="https"):
    return f"{scheme}://localhost:{hub.ports[1]}"


def handshake(hub, context, name="hub.test", session=None):
    plain = socket.create_connection(("127.0.0.1", hub.ports[1]), DEADLINE)
    try:
        return context.wrap_socket(plain, server_hostname=name, session=session)
    except BaseException:
        plain.close()
        raise


def ask(connection, path="/health"):
    """The status of one request on an open connection."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(65536)
        assert piece, answer
        answer += piece
    return int(answer.split()[1])


def handshakes(hub):
    """The count of each outcome."""
    page = hub.client.get("/metrics").text
    return {name: int(value) for name, value in re.findall(r'campana_tls_handshakes_total\{outcome="(\w+)"\} (\d+)', page)}


def expect_one_more(hub, outcome, before):
    eventually(lambda: handshakes(hub)[outcome] == before[outcome] + 1, f"one more is counted as {outcome}")


class TestHandshake:
    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_versions_that_are_spoken(self, hub, authority, version):
        context = authority.client(minimum_version=version, maximum_version=version)
        with handshake(hub, context) as connection:
            assert connection.version() == version.name.replace("_", ".")
            assert ask(connection) == 200

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_older_versions_are_not(self, hub, authority):
        before = handshakes(hub)
        context = authority.client()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            handshake(hub, context)
        expect_one_more(hub, "nothing_shared", before)

    def test_ciphers_without_forward_secrecy_are_not(self, hub, authority):
        context = authority.client(maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("AES128-GCM-SHA256:AES256-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA")
        with pytest.raises(ssl.SSLError):
            handshake(hub, context)

    def test_application_protocol(self, hub, authority):
        context = authority.client()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with handshake(hub, context) as connection:
            assert connection.selected_alpn_protocol() == "http/1.1"
        context.set_alpn_protocols(["h2"])
        with pytest.raises(ssl.SSLError, match="(?i)application.protocol"):
            handshake(hub, context)

    @pytest.mark.parametrize("name, shown", [("hub.test", "hub.test"), ("two.test", "two.test"), ("a.many.test", "two.test")])
    def test_the_name_chooses_the_certificate(self, hub, authority, name, shown):
        with handshake(hub, authority.client(), name) as connection:
            assert ("DNS", shown) in connection.getpeercert()["subjectAltName"]

    @pytest.mark.parametrize("sigalgs, kind", [
        ("rsa_pss_rsae_sha256", "RSA-PSS"), ("ecdsa_secp256r1_sha256", "ECDSA"),
        ("ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256", "ECDSA")])
    @pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
    @pytest.mark.parametrize("name", ["hub.test", "none.test", None])
    def test_two_kinds_of_key_for_one_host(self, both, authority, name, version, sigalgs, kind):
        """Each client gets the certificate that it can verify, whichever of them comes first."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{both.ports[1]}", "-CAfile", str(authority.file),
             *(["-servername", name] if name else ["-noservername"]), version, "-sigalgs", sigalgs],
            input="", capture_output=True, text=True, timeout=DEADLINE)
        assert "Verify return code: 0 (ok)" in done.stdout, done.stdout + done.stderr
        assert f"Peer signature type: {kind}\n" in done.stdout

    def test_a_client_that_can_verify_neither_kind_gets_none(self, hub, authority):
        context = authority.client(maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        with pytest.raises(ssl.SSLError):
            handshake(hub, context)

    def test_a_name_that_is_none_of_ours_gets_the_first(self, hub, authority):
        context = authority.client(check_hostname=False)
        with handshake(hub, context, "other.test") as connection:
            assert ("DNS", "hub.test") in connection.getpeercert()["subjectAltName"]

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_session_is_resumed_by_ticket(self, hub, authority, version):
        context = authority.client(minimum_version=version, maximum_version=version)
        with handshake(hub, context) as first:
            assert ask(first) == 200  # a ticket of TLS 1.3 comes behind the handshake
            assert not first.session_reused
            session = first.session
        assert session.has_ticket
        before = handshakes(hub)
        with handshake(hub, context, session=session) as second:
            assert second.session_reused and ask(second) == 200
        expect_one_more(hub, "resumed", before)

    def test_a_close_is_answered(self, hub, authority):
        with handshake(hub, authority.client()) as connection:
            assert ask(connection) == 200
            connection.unwrap().close()  # both ways, or it would raise

    def test_http_without_tls_is_told_so(self, hub):
        before = handshakes(hub)
        answer = httpx.get(f"http://127.0.0.1:{hub.ports[1]}/health", trust_env=False)
        assert answer.status_code == 400 and "https://" in answer.json()["detail"]
        expect_one_more(hub, "not_tls", before)

    def test_what_is_neither_ends_at_once(self, hub):
        with socket.create_connection(("127.0.0.1", hub.ports[1]), DEADLINE) as plain:
            plain.sendall(b"\0\1\2")
            assert plain.recv(1) == b""

    def test_who_stalls_is_let_go(self, start_hub, authority):
        hub = start_hub(
            *authority.issue("stall.test").flags, "--tls-handshake-timeout", "200ms", "--head-timeout", "1h", listen=LISTEN)
        with socket.create_connection(("127.0.0.1", hub.ports[1]), DEADLINE) as silent, \
                socket.create_connection(("127.0.0.1", hub.ports[1]), DEADLINE) as half:
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert silent.recv(1) == b"" and half.recv(1) == b""
        assert handshakes(hub)["timed_out"] == 2
        hub.stop()


class TestConversation:
    def test_http_and_a_large_answer(self, hub, authority, group):
        with httpx.Client(base_url=secure_url(hub), verify=authority.client(), trust_env=False, timeout=DEADLINE) as client:
            for number in range(8):
                answer = client.post("/publish", json={"group": group, "type": "m", "data": str(number) * 200_000})
                assert answer.status_code == 201
            accept = {"Accept": "application/x-ndjson"}
            got = []
            with client.stream("GET", "/stream", params={"groups": group, "since": "earliest"}, headers=accept) as page:
                for line in page.iter_lines():
                    frame = json.loads(line)
                    got += [frame["data"]] if is_event(frame) else []
                    if len(got) == 8:
                        break
            assert got == [str(number) * 200_000 for number in range(8)]

    def test_a_websocket(self, hub, authority, group):
        with Consumer(secure_url(hub, "wss") + f"/ws?groups={group}", ssl=authority.client()) as one:
            one.until("subscribed")
            for number in range(100):
                hub.publish(group, number)
            assert [event["data"] for event in one.events(100)] == list(range(100))
            one.send(type="publish", group=group, data="x" * 100_000)
            assert one.events(1)[0]["data"] == "x" * 100_000

    def test_who_reads_late_gets_everything(self, hub, authority, group):
        """More than a queue holds: it goes to catching up behind TLS as it does without."""
        with Consumer(secure_url(hub, "wss") + f"/ws?groups={group}", ssl=authority.client(), max_queue=1) as one:
            one.until("subscribed")
            for start in range(0, 300, 50):
                hub.publish_many(group, [f"{number}:" + "y" * 20_000 for number in range(start, start + 50)])
            got = [int(event["data"].split(":")[0]) for event in one.events(300)]
            assert got == list(range(300))

    def test_the_drain_says_goodbye(self, start_hub, authority, group):
        hub = start_hub(*authority.issue("localhost", into="drain").flags, listen=LISTEN)
        with Consumer(secure_url(hub, "wss") + f"/ws?groups={group}", ssl=authority.client()) as one:
            one.until("subscribed")
            hub.terminate()
            one.until("goodbye")
            assert one.closed()[0] in (1001, 1012)
        hub.stop()


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Who signs clients' certificates."""
    return Authority(tmp_path_factory.mktemp("people"))


class TestClientCertificates:
    def start(self, start_hub, authority, people, *flags):
        files = authority.issue("localhost", into="clients")
        return start_hub(*files.flags, "--tls-client-ca", str(people.file), "--open-metrics", "on", *flags, listen=LISTEN)

    def get(self, hub, authority, files=None):
        with httpx.Client(verify=authority.client(files), trust_env=False, timeout=DEADLINE) as client:
            return client.get(secure_url(hub) + "/health").status_code

    def test_required(self, start_hub, authority, people):
        hub = self.start(start_hub, authority, people)
        assert self.get(hub, authority, people.issue("erp.test")) == 200
        before = handshakes(hub)
        for files in (None, authority.issue("stranger.test")):
            with pytest.raises(httpx.TransportError):
                self.get(hub, authority, files)
        eventually(
            lambda: handshakes(hub)["certificate_refused"] == before["certificate_refused"] + 2, "both are counted")
        hub.stop()

    def test_optional(self, start_hub, authority, people):
        hub = self.start(start_hub, authority, people, "--tls-client-certificates", "optional")
        assert self.get(hub, authority) == 200
        assert self.get(hub, authority, people.issue("erp.test")) == 200
        with pytest.raises(httpx.TransportError):
            self.get(hub, authority, authority.issue("stranger.test"))
        hub.stop()


class TestReload:
    def serial(self, hub, authority):
        with handshake(hub, authority.client(), "localhost") as connection:
            return connection.getpeercert()["serialNumber"]

    def test_a_new_certificate_under_an_open_websocket(self, start_hub, authority, group):
        hub = start_hub(*authority.issue("localhost", into="reload").flags, listen=LISTEN)
        before = self.serial(hub, authority)
        with Consumer(secure_url(hub, "wss") + f"/ws?groups={group}", ssl=authority.client()) as one:
            one.until("subscribed")
            authority.issue("localhost", into="reload")
            hub.process.send_signal(signal.SIGHUP)
            eventually(lambda: self.serial(hub, authority) != before, "the new certificate is shown")
            hub.publish(group, 1)
            assert one.events(1)[0]["data"] == 1
        hub.stop()

    def test_a_new_chain_and_the_other_kind_of_key(self, start_hub, authority):
        """Signed through another authority, whose certificate clients do not have; and by RSA."""
        files = authority.issue("localhost", into="chain")
        hub = start_hub(*files.flags, listen=LISTEN)
        before = self.serial(hub, authority)
        authority.issue("localhost", into="chain", kind="RSA", through_another=True)
        hub.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.serial(hub, authority) != before, "the new certificate is shown and verified")
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{hub.ports[1]}", "-showcerts", "-CAfile", str(authority.file)],
            input="", capture_output=True, text=True, timeout=DEADLINE)
        assert done.stdout.count("BEGIN CERTIFICATE") == 2 and "Verify return code: 0 (ok)" in done.stdout
        hub.stop()

    def test_one_that_cannot_be_used_changes_nothing(self, start_hub, authority):
        files = authority.issue("localhost", into="broken")
        hub = start_hub(*files.flags, listen=LISTEN)
        before = self.serial(hub, authority)
        files.key.write_bytes(authority.issue("other.test").key.read_bytes())
        hub.process.send_signal(signal.SIGHUP)
        eventually(lambda: "does not belong" in hub.errors(), "the log says why")
        assert str(files.key) in hub.errors() and "PRIVATE KEY" not in hub.errors()
        assert self.serial(hub, authority) == before
        hub.stop()


class TestStart:
    def refusal(self, tmp_path, *flags):
        done = subprocess.run(
            [CAMPANAD, "--data", str(tmp_path / "d"), *flags], capture_output=True, text=True, timeout=DEADLINE,
            env=plain_environment(), stdin=subprocess.DEVNULL)
        assert done.returncode != 0
        return done.stderr

    def test_what_cannot_be_used_is_said_with_its_file(self, authority, tmp_path):
        files, other = authority.issue("one.test"), authority.issue("other.test")
        secure = ("--listen", "https://127.0.0.1:0")
        said = self.refusal(tmp_path, *secure, "--tls-cert", str(files.certificate), "--tls-key", str(other.key))
        assert "tls-key" in said and str(other.key) in said and "does not belong" in said
        said = self.refusal(tmp_path, *secure, "--tls-cert", str(files.key), "--tls-key", str(files.key))
        assert "tls-cert" in said and "no certificate" in said
        said = self.refusal(tmp_path, *secure, "--tls-cert", str(tmp_path / "none"), "--tls-key", str(files.key))
        assert "No such file" in said
        assert "in the same order" in self.refusal(tmp_path, *secure, "--tls-cert", str(files.certificate))
        assert "needs a certificate" in self.refusal(tmp_path, *secure)
        assert "no address speaks TLS" in self.refusal(tmp_path, "--listen", "127.0.0.1:0", *files.flags)

    @pytest.mark.parametrize("days, word", [(-1, "has expired"), (5, "expires in"), (200, None)])
    def test_one_that_runs_out_is_a_warning(self, start_hub, authority, days, word):
        hub = start_hub(*authority.issue("localhost", into=f"days{days}", days=days).flags, listen=LISTEN)
        certificate, = hub.client.get("/status").json()["certificates"]
        assert certificate["valid"] == (days > 0) and certificate["names"] == ["localhost"]
        lines = [json.loads(line) for line in hub.errors().splitlines()]
        warnings = [line for line in lines if line["level"] == "warning"]
        assert [word in line["certificate"] for line in warnings] == ([True] if word else [])
        hub.stop()


class TestCompanion:
    """`campana` as a client: names and chains are checked."""

    def run(self, url, *arguments, environment=None):
        return subprocess.run(
            [CAMPANA, "--url", url, *arguments], capture_output=True, text=True, timeout=DEADLINE,
            env=plain_environment(**(environment or {})), stdin=subprocess.DEVNULL)

    def test_requests_and_a_tail_over_tls(self, hub, authority, group):
        url, trust = secure_url(hub), ("--cacert", str(authority.file))
        assert self.run(url, "publish", group, "hola", *trust).returncode == 0
        done = self.run(url, "tail", group, "--since", "earliest", "--count", "1", "--json", *trust)
        assert done.returncode == 0 and json.loads(done.stdout)["data"] == "hola", done.stderr
        done = self.run(secure_url(hub, "wss"), "ping", environment={"CAMPANA_CACERT": str(authority.file)})
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("command", [("status",), ("tail", "a", "--no-state"), ("ping",), ("publish", "a", "b")])
    def test_a_certificate_of_nobody_known_is_refused(self, hub, command):
        done = self.run(secure_url(hub), *command)
        assert done.returncode == 1
        assert "signed by nobody" in done.stderr and "--cacert" in done.stderr

    def test_a_certificate_for_another_name_is_refused(self, start_hub, authority):
        hub = start_hub(*authority.issue("other.test").flags, listen=LISTEN)
        done = self.run(secure_url(hub), "tail", "a", "--no-state", "--cacert", str(authority.file))
        assert done.returncode == 1 and "is for other.test" in done.stderr
        hub.stop()

    def test_one_that_has_expired_is_refused(self, start_hub, authority):
        hub = start_hub(*authority.issue("localhost", into="old", days=-1).flags, listen=LISTEN)
        done = self.run(secure_url(hub), "status", "--cacert", str(authority.file))
        assert done.returncode == 1 and "has expired at" in done.stderr
        hub.stop()

    def test_insecure_says_what_it_does(self, hub):
        done = self.run(secure_url(hub), "status", "--insecure")
        assert done.returncode == 0 and "nobody checks who answers" in done.stderr
        assert json.loads(done.stdout)["version"]

    def test_a_port_without_tls_is_told(self, hub, authority):
        done = self.run(hub.url.replace("http", "https"), "tail", "a", "--no-state", "--cacert", str(authority.file))
        assert done.returncode == 1 and "write http://" in done.stderr

    def test_certificates_of_clients(self, start_hub, authority, people):
        files = authority.issue("localhost", into="companion")
        hub = start_hub(*files.flags, "--tls-client-ca", str(people.file), "--open-metrics", "on", listen=LISTEN)
        trust = ("--cacert", str(authority.file))
        for command in (("status",), ("tail", "a", "--no-state")):
            done = self.run(secure_url(hub), *command, *trust)
            assert done.returncode == 1 and "--client-cert" in done.stderr
        erp = people.issue("erp.test")
        own = ("--client-cert", str(erp.certificate), "--client-key", str(erp.key))
        assert self.run(secure_url(hub), "status", *trust, *own).returncode == 0
        hub.stop()

    def test_files_that_cannot_be_used_are_said(self, hub, authority, tmp_path):
        done = self.run(secure_url(hub), "status", "--cacert", str(tmp_path / "none"))
        assert done.returncode == 2 and "there is no file" in done.stderr
        key = authority.issue("key.test").key
        done = self.run(secure_url(hub), "status", "--cacert", str(key))
        assert done.returncode == 2 and "no certificate" in done.stderr
        done = self.run(secure_url(hub), "status", "--client-cert", str(key))
        assert done.returncode == 2 and "--client-key" in done.stderr

    def test_a_tail_survives_a_hub_that_comes_back(self, start_hub, authority, group, tmp_path):
        files = authority.issue("localhost", into="back")
        hub = start_hub(*files.flags, listen=LISTEN)
        port = hub.ports[1]
        tail = subprocess.Popen(
            [CAMPANA, "--url", secure_url(hub), "tail", group, "--no-state", "--json", "--count", "2",
             "--cacert", str(authority.file), "--since", "earliest"],
            stdout=subprocess.PIPE, text=True, env=plain_environment(), stdin=subprocess.DEVNULL)
        hub.publish(group, 1)
        assert json.loads(tail.stdout.readline())["data"] == 1
        hub.stop()
        hub = start_hub(*files.flags, listen=("127.0.0.1:0", f"https://127.0.0.1:{port}"))
        hub.publish(group, 2)
        assert json.loads(tail.stdout.readline())["data"] == 2
        assert tail.wait(DEADLINE) == 0
        hub.stop()
