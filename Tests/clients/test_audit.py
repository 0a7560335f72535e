"""The audit log: who did what with which outcome, and whether anybody has touched it since."""

import hashlib
import json
import os
import signal
import stat
import subprocess

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.consumer import Consumer
from support.hub import CAMPANAD, plain_environment
from support.keys import as_key, make_key, operator
from support.raw import Raw
from support.waiting import DEADLINE, eventually


def entries(path):
    """The whole lines of a file; what is not whole yet is left out."""
    return [json.loads(line) for line in path.read_text().split("\n")[:-1] if line.startswith("{") and line.endswith("}")]


def short(entry):
    return entry["who"], entry["did"], entry["on"], entry["outcome"]


def until(path, wanted):
    """All lines, as soon as one of them is as wanted."""
    eventually(lambda: path.exists() and any(wanted(entry) for entry in entries(path)), "the line is there")
    return entries(path)


def verify(*paths):
    return subprocess.run(
        [CAMPANAD, "audit", "verify", *map(str, paths)], capture_output=True, text=True, timeout=DEADLINE,
        env=plain_environment(), stdin=subprocess.DEVNULL)


def assert_whole(*paths):
    done = verify(*paths)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


@pytest.fixture
def audited(start_hub, path):
    return start_hub("--audit", str(path))


def next_of(socket, kind):
    while (message := json.loads(socket.recv(DEADLINE)))["type"] != kind:
        pass
    return message


class TestLines:
    def test_each_thing_of_a_session_has_its_line(self, audited, path):
        hub = audited
        make_key(hub, "admin", "all:**", "all:$sys:**")
        caja = make_key(hub, "caja", "publish,subscribe,write:tasks", "publish,subscribe:stock:**", "publish,admin:commands:**")
        with httpx.Client(base_url=hub.url, headers=as_key(caja), timeout=DEADLINE) as client:
            task = client.post("/tasks?nota=privada", json={"title": "comprar"}).json()["id"]
            assert client.get("/tasks").status_code == 200
            assert client.post("/publish", json={"group": "stock:norte", "type": "contado", "data": 1}).status_code == 201
            assert client.post("/publish", json={"group": "caja", "data": 1}).status_code == 403
            assert client.put("/api/cascade/commands/respaldo", json={"description": "x"}).status_code == 201
            sent = client.post("/api/cascade/webhook", json={"command": "respaldo", "parameters": {"clave": "oculta"}})
            assert sent.status_code == 202
            assert client.get("/keys").status_code == 403
            ticket = client.post("/tickets").json()["ticket"]
        assert httpx.get(hub.url + "/tasks", headers={"Authorization": "Bearer sk_nada"}).status_code == 401
        with connect(f"{hub.ws_url}/ws?ticket={ticket}", proxy=None) as socket:
            next_of(socket, "welcome")
            socket.send(json.dumps({"type": "subscribe", "groups": ["stock:*", "tasks", "secreto"]}))
            next_of(socket, "subscribed")
            socket.send(json.dumps({"type": "unsubscribe", "groups": ["tasks"]}))
            next_of(socket, "unsubscribed")
            socket.send(json.dumps({"type": "publish", "group": "stock:sur", "event": "contado", "data": "oculto"}))
            next_of(socket, "published")
            socket.send(json.dumps({"type": "publish", "group": "otro", "event": "contado", "data": 1}))
            next_of(socket, "error")
            socket.send(json.dumps({"type": "auth", "token": caja["key"]}))
            next_of(socket, "authenticated")
            socket.send(json.dumps({"type": "auth", "token": "sk_falso"}))
            next_of(socket, "error")
            assert operator(hub).delete(f"/keys/{caja['id']}").status_code == 204
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    socket.recv(DEADLINE)
            assert closed.value.rcvd.code == 4003
        until(path, lambda entry: entry["did"].startswith("DELETE /keys"))  # another loop's, perhaps
        found = until(path, lambda entry: entry["did"] == "disconnect")
        call = sent.headers["Location"].rsplit("/", 1)[1]
        expected = [
            ("hub", "open", found[0]["on"], "new"),
            ("operator", "POST /keys", "/keys", "201"),
            ("operator", "POST /keys", "/keys", "201"),
            ("key:caja", "POST /tasks", "/tasks", "201"),
            ("key:caja", "POST /publish", "stock:norte", "201"),
            ("key:caja", "POST /publish", "/publish", "403"),
            ("key:caja", "PUT /api/cascade/commands/respaldo", "/api/cascade/commands/respaldo", "201"),
            ("key:caja", "POST /api/cascade/webhook", "/api/cascade/webhook", "202"),
            ("key:caja", "GET /keys", "/keys", "403"),
            ("key:caja", "POST /tickets", "/tickets", "201"),
            ("nobody", "GET /tasks", "/tasks", "401"),
            ("key:caja", "connect", "/ws", "101"),
            ("key:caja", "subscribe", "secreto", "forbidden"),
            ("key:caja", "subscribe", "stock:* tasks", "granted"),
            ("key:caja", "unsubscribe", "tasks", "done"),
            ("key:caja", "publish", "stock:sur", "201"),
            ("key:caja", "publish", "otro", "forbidden"),
            ("key:caja", "auth", "", "granted"),
            ("key:caja", "auth", "", "unauthenticated"),
            ("operator", f"DELETE /keys/{caja['id']}", f"/keys/{caja['id']}", "204"),
            ("key:caja", "disconnect", "", "4003"),
        ]
        assert sorted(map(short, found)) == sorted(expected)
        of = {(entry["did"], entry["on"]): entry.get("entity") for entry in found}
        assert of["POST /tasks", "/tasks"] == task
        assert of["POST /api/cascade/webhook", "/api/cascade/webhook"] == f"respaldo {call}"
        assert of["POST /publish", "stock:norte"].split()[0] == "contado"
        for entry in found[1:]:
            assert entry["from"].startswith(("127.0.0.1:", "unix:")) and entry["ms"] >= 0
        text = path.read_text()
        for secret in (caja["key"], caja["key"].split("_")[-1], ticket, "sk_nada", "sk_falso", "privada", "comprar", "oculta", "oculto"):
            assert secret not in text
        assert assert_whole(path).startswith(f"{len(found)} lines, 1 to {len(found)}, are whole\n")

    def test_an_open_hub_says_from_where_it_was_done(self, audited, path):
        assert audited.client.post("/tasks", json={"title": "uno"}).status_code == 201
        with Consumer(audited.ws_url + "/ws?groups=tasks") as one:
            one.until("subscribed")
        audited.stop()
        rows = [short(entry) for entry in entries(path)]
        assert ("anyone", "POST /tasks", "/tasks", "201") in rows
        assert ("anyone", "subscribe", "tasks", "granted") in rows
        assert rows[-1][:2] == ("hub", "close")

    @pytest.mark.parametrize("flags, count", [((), 0), (("--audit-reads", "on"), 1)])
    def test_plain_reads_only_where_that_is_wanted(self, start_hub, path, flags, count):
        hub = start_hub("--audit", str(path), *flags)
        assert hub.client.get("/tasks").status_code == 200
        assert hub.client.get("/webhooks").status_code == 200
        hub.stop()
        rows = [short(entry)[1] for entry in entries(path)]
        assert rows.count("GET /tasks") == count
        assert rows.count("GET /webhooks") == 1 and rows.count("GET /readyz") == 0

    def test_a_key_in_a_path_is_cut_to_its_id(self, audited, path):
        key = make_key(audited, "una", "all:**")
        operator(audited).delete(f"/keys/{key['key']}")
        audited.stop()
        assert key["key"] not in path.read_text()
        assert f"DELETE /keys/{key['prefix']}…" in {entry["did"] for entry in entries(path)}

    def test_without_it_nothing_is_written(self, start_hub, tmp_path):
        hub = start_hub()
        assert hub.client.post("/tasks", json={"title": "uno"}).status_code == 201
        os.kill(hub.process.pid, signal.SIGUSR1)
        assert hub.client.get("/tasks").status_code == 200
        hub.stop()
        assert not list(tmp_path.glob("*.jsonl"))


class TestFile:
    def test_nobody_else_can_read_it_and_its_hashes_are_plain_sha256(self, start_hub, path):
        path.touch(mode=0o644)
        hub = start_hub("--audit", str(path))
        for number in range(5):
            assert hub.client.post("/tasks", json={"title": f"{number}"}).status_code == 201
        hub.stop()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        previous = "0" * 64
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            entry = json.loads(line)
            assert (entry["n"], entry["prev"]) == (number, previous)
            previous = hashlib.sha256(line[:-75] + b"}").hexdigest()
            assert entry["hash"] == previous
        assert previous in assert_whole(path)
        assert previous in hub.errors(), "the last hash stands in the log as well"

    @pytest.mark.parametrize("change, line, word", [
        (lambda lines: lines.__setitem__(2, lines[2].replace("anyone", "nobody")), 3, "not as it was written"),
        (lambda lines: lines.pop(2), 3, "missing"),
        (lambda lines: lines.insert(2, lines[1]), 3, "second time"),
        (lambda lines: lines.insert(2, '{"n":3}\n'), 3, "not written by the hub"),
        (lambda lines: lines.insert(2, lines.pop(3)), 3, "written earlier"),
        (lambda lines: lines.pop(0), 1, "missing"),
        (lambda lines: lines.__setitem__(-1, lines[-1][:-30]), 7, "not whole"),
    ])
    def test_the_first_broken_line_is_named(self, audited, path, change, line, word):
        for number in range(5):
            assert audited.client.post("/tasks", json={"title": f"{number}"}).status_code == 201
        audited.stop()
        lines = path.read_text().splitlines(keepends=True)
        assert len(lines) == 7
        change(lines)
        path.write_text("".join(lines))
        done = verify(path)
        assert done.returncode == 1 and f"{path}:{line}: " in done.stderr and word in done.stderr

    def test_what_is_no_audit_log_is_left_alone(self, tmp_path, path):
        path.write_text("otra cosa\n")
        done = subprocess.run(
            [CAMPANAD, "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data"), "--audit", str(path)],
            capture_output=True, text=True, timeout=DEADLINE, env=plain_environment(), stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and "move it away" in done.stderr
        assert path.read_text() == "otra cosa\n"

    def test_one_hub_at_a_time_writes_it(self, audited, tmp_path, path):
        done = subprocess.run(
            [CAMPANAD, "--listen", "127.0.0.1:0", "--data", str(tmp_path / "other"), "--audit", str(path)],
            capture_output=True, text=True, timeout=DEADLINE, env=plain_environment(), stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and "another hub" in done.stderr

    @pytest.mark.parametrize("arguments, status", [([], 0), (["--help"], 0), (["verify"], 2), (["prove", "x"], 2), (["verify", "/no/file"], 1)])
    def test_how_verify_is_called(self, arguments, status):
        done = subprocess.run([CAMPANAD, "audit", *arguments], capture_output=True, text=True, timeout=DEADLINE,
                              env=plain_environment(), stdin=subprocess.DEVNULL)
        assert done.returncode == status and (done.stdout if status == 0 else done.stderr)


class TestEnds:
    def test_the_chain_goes_on_over_rotation_and_restart(self, start_hub, path, tmp_path):
        hub = start_hub("--audit", str(path))
        old = tmp_path / "audit.jsonl.1"
        assert hub.client.post("/tasks", json={"title": "antes"}).status_code == 201
        until(path, lambda entry: entry["did"] == "POST /tasks")
        os.kill(hub.process.pid, signal.SIGUSR1)
        eventually(lambda: "audit log not moved" in hub.errors(), "a file that was not moved stays in use")
        path.rename(old)
        os.kill(hub.process.pid, signal.SIGUSR1)
        until(path, lambda entry: entry["did"] == "open")
        assert hub.client.post("/tasks", json={"title": "después"}).status_code == 201
        hub.stop()
        start_hub("--audit", str(path), data=hub.data).stop()
        first, second = entries(old), entries(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert second[0]["prev"] == first[-1]["hash"] and second[0]["outcome"] == "rotated"
        assert [entry["outcome"] for entry in second if entry["did"] in ("open", "close")] == [
            "rotated", "stopped", "continued", "stopped"]
        assert f"{len(first) + len(second)} lines, 1 to" in assert_whole(old, path)
        assert_whole(path)
        assert verify(path, old).returncode == 1

    @pytest.mark.parametrize("cut", [1, 20, 90, 200])
    def test_a_line_torn_by_a_crash_is_marked_and_the_chain_goes_on(self, start_hub, path, cut):
        hub = start_hub("--audit", str(path))
        for number in range(3):
            assert hub.client.post("/tasks", json={"title": f"{number}"}).status_code == 201
        until(path, lambda entry: entry["n"] == 4)
        hub.kill()
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut])
        again = start_hub("--audit", str(path), data=hub.data)
        assert again.client.post("/tasks", json={"title": "después"}).status_code == 201
        again.stop()
        assert_whole(path)
        opened = [entry for entry in entries(path) if entry["did"] == "open"][-1]
        torn = whole[:-cut].rsplit(b"\n", 1)[1]
        if cut == 1:
            assert opened["outcome"] == "continued", "a line that lacks only its end is a line"
        else:
            assert opened["outcome"] == "torn"
            assert (opened["torn_bytes"], opened["torn_hash"]) == (len(torn), hashlib.sha256(torn).hexdigest())

    def test_what_was_under_way_when_its_client_left_has_a_line(self, audited, path):
        group = "commands:lenta"
        assert audited.client.put("/api/cascade/commands/lenta", json={"description": "x"}).status_code == 201
        with Consumer(audited.ws_url + f"/ws?groups={group}") as one:
            one.until("subscribed")
            with Raw(audited) as client:
                body = json.dumps({"command": "lenta"})
                client.send(
                    f"POST /api/cascade/webhook?wait=30s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}")
                one.events(1)
        found = until(path, lambda entry: entry["outcome"] == "unanswered")
        assert [entry["entity"] for entry in found if entry["outcome"] == "unanswered"] == ["lenta"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB; it takes root to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here: " + mounted.stderr.decode().strip())
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


class TestFullDisk:
    def lost(self, hub):
        for line in hub.client.get("/metrics").text.splitlines():
            if line.startswith("campana_audit_lost_total "):
                return int(line.split()[1])

    def grow(self, folder):
        subprocess.run(["mount", "-o", "remount,size=1m", str(folder)], check=True)

    def test_writes_go_on_and_a_line_tells_of_the_hole(self, start_hub, small_disk):
        path = small_disk / "audit.jsonl"
        hub = start_hub("--audit", str(path))
        taken = 0
        while not self.lost(hub):
            for _ in range(50):
                assert hub.client.post("/tasks", json={"title": "x"}).status_code == 201
                taken += 1
        self.grow(small_disk)
        assert hub.client.post("/tasks", json={"title": "x"}).status_code == 201
        hub.stop()
        found = entries(path)
        lost = sum(int(entry["outcome"]) for entry in found if entry["did"] == "lost")
        assert lost > 0 and lost + sum(entry["did"] == "POST /tasks" for entry in found) == taken + 1
        assert_whole(path)
        assert "audit log not written" in hub.errors() and "audit log written again" in hub.errors()

    def test_strictly_nothing_is_written_that_has_no_line(self, start_hub, small_disk):
        path = small_disk / "audit.jsonl"
        hub = start_hub("--audit", str(path), "--audit-strict", "on")
        (small_disk / "ballast").write_bytes(b"x" * 40_000)
        while (answer := hub.client.post("/tasks", json={"title": "x"})).status_code == 201:
            pass
        assert answer.status_code == 503 and answer.headers["Retry-After"]
        assert hub.client.get("/tasks").status_code == 200
        with Consumer(hub.ws_url + "/ws") as one:
            one.send(type="publish", group="g", event="e", data=1)
            while (frame := one.next())["type"] != "error":
                pass
            assert frame["code"] == "store_unavailable"
        self.grow(small_disk)
        eventually(lambda: hub.client.post("/tasks", json={"title": "x"}).status_code == 201, "writes return by themselves")
        hub.stop()
        assert_whole(path)
