"""What a machine does to a daemon: a full disk, one that cannot be synced or written, no descriptors, a stepped clock."""

import resource
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from support.consumer import Consumer, assert_contiguous, data, epoch
from support.hub import CAMPANAD, plain_environment
from support.raw import Raw
from support.waiting import DEADLINE, eventually

SUPPORT = Path(__file__).parent / "support"


def everything(hub, group):
    with Consumer(hub.ws_url + f"/ws?groups={group}&since=earliest") as one:
        one.until("caught_up")
        return [frame for frame in one.frames if "seq" in frame]


def database(folder):
    (path,) = folder.glob("*.db")
    return path


def refusal(folder):
    """How it ends, and what it says, when it cannot start on this data."""
    done = subprocess.run([CAMPANAD, "--listen", "127.0.0.1:0", "--data", str(folder)], capture_output=True, text=True,
                          timeout=DEADLINE, env=plain_environment(), stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert str(folder) in done.stderr
    return done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB; it takes root to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here: " + mounted.stderr.decode().strip())
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


class TestFullDisk:
    def fill(self, hub, group):
        """Publishes until the disk is full; the refusal, and how many were taken."""
        taken = 0
        while True:
            answer = hub.client.post("/publish", json={"group": group, "type": "n", "data": [taken, "x" * 20_000]})
            if answer.status_code != 201:
                return answer, taken
            taken += 1

    def test_writes_say_507_and_return_by_themselves(self, start_hub, small_disk, group):
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * 3 * 1024 * 1024)
        hub = start_hub(data=small_disk / "data")
        with Consumer(hub.ws_url + f"/ws?groups={group}") as live:
            live.until("subscribed")
            refused, taken = self.fill(hub, group)
            assert refused.status_code == 507
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert [value[0] for value in data(live.events(taken))] == list(range(taken))
            assert hub.client.get("/tasks").status_code == 200
            assert len(everything(hub, group)) == taken
            ballast.unlink()

            def is_taken():
                body = {"group": group, "type": "n", "data": ["hay sitio", ""]}
                return hub.client.post("/publish", json=body).status_code == 201

            eventually(is_taken, "writes return once there is room")
            assert data(live.events(1)) == [["hay sitio", ""]]
            events = everything(hub, group)
            assert_contiguous(events)
            assert len({epoch(event["cursor"]) for event in events}) == 1
        hub.stop()

    def test_a_disk_that_cannot_be_written_is_a_clear_start_error(self, start_hub, small_disk, group):
        hub = start_hub(data=small_disk / "data")
        hub.publish(group, 1)
        hub.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        refusal(small_disk / "data")
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        hub = start_hub(data=small_disk / "data")
        assert data(everything(hub, group)) == [1]
        hub.stop()


class TestDatabase:
    def test_a_newer_one_is_left_alone(self, start_hub, group, tmp_path):
        hub = start_hub()
        hub.publish(group, 1)
        hub.stop()
        path = database(tmp_path / "data")
        with sqlite3.connect(path) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {version + 1000}")
        connection.close()
        before = path.read_bytes()
        assert str(version + 1000) in refusal(tmp_path / "data")
        assert path.read_bytes() == before

    def test_a_damaged_one_is_left_alone(self, start_hub, group, tmp_path):
        hub = start_hub()
        hub.publish_many(group, ["x" * 1000] * 100)
        hub.stop()
        path = database(tmp_path / "data")
        damaged = bytearray(path.read_bytes())
        damaged[:64] = bytes(64)
        path.write_bytes(damaged)
        refusal(tmp_path / "data")
        assert path.read_bytes() == damaged


class TestDescriptors:
    def test_the_newcomer_is_shed_and_the_others_go_on(self, start_hub, group):
        hub = start_hub()
        with Consumer(hub.ws_url + f"/ws?groups={group}") as one:
            one.until("subscribed")
            in_use = len(list(Path(f"/proc/{hub.process.pid}/fd").iterdir()))
            resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (in_use + 10, in_use + 10))
            crowd = [Raw(hub) for _ in range(60)]
            assert all(raw.is_closed() for raw in crowd[30:])  # ended by the hub, with nothing said
            hub.publish(group, "sigue")  # by the connection that the client kept open
            assert data(one.events(1)) == ["sigue"]
            for raw in crowd:
                raw.socket.close()

            def is_served():
                with Raw(hub) as raw:
                    raw.send("GET /health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
                    return raw.rest().startswith(b"HTTP/1.1 200")

            eventually(is_served, "newcomers are served again")
        hub.stop()


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """`faults.c`, compiled with whatever compiler is there (Swift's toolchain has one)."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SUPPORT / "faults.c", "-ldl"], check=True)
    return library


@pytest.fixture
def faulty_hub(start_hub, shim, tmp_path):
    """A hub whose clock and disk can be spoilt by files in a folder."""
    folder = tmp_path / "faults"
    folder.mkdir()
    return start_hub(environment={"LD_PRELOAD": str(shim), "FAULTS": str(folder)}), folder


class TestClock:
    def test_stepped_back_by_an_hour_order_and_cursors_are_unharmed(self, faulty_hub, group):
        hub, faults = faulty_hub
        places = hub.publish_many(group, [1, 2])
        (faults / "clock").write_text("-3600")
        places += hub.publish_many(group, [3, 4])
        events = everything(hub, group)
        assert data(events) == [1, 2, 3, 4]
        assert_contiguous(events)
        assert events[3]["timestamp"] < events[0]["timestamp"], "the clock was stepped"
        with Consumer(hub.ws_url + f"/ws?groups={group}&since={places[1]['cursor']}") as one:
            assert one.until("subscribed")["resume"] == "complete"
            assert data(one.events(2)) == [3, 4]
        hub.stop()


class TestSync:
    def test_what_cannot_be_synced_is_not_acknowledged(self, faulty_hub, start_hub, group):
        hub, faults = faulty_hub
        hub.publish(group, 1)
        (faults / "sync").touch()
        with Consumer(hub.ws_url + f"/ws?groups={group}") as one:
            one.until("subscribed")
            answer = hub.client.post("/publish", json={"group": group, "type": "n", "data": 2})
            assert answer.status_code == 503
            assert answer.headers["Content-Type"] == "application/problem+json" and answer.headers["Retry-After"]
            assert 2 not in data(one.sync())
        assert hub.client.get("/readyz").status_code == 503
        assert hub.client.get("/health").status_code == 200
        hub.kill()
        hub = start_hub()
        events = everything(hub, group)
        assert data(events)[0] == 1
        assert_contiguous(events)
        hub.stop()
