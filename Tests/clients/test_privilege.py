"""What the hub may do to the machine, and who may read its files."""

import os
import pwd
import resource
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.hub import CAMPANAD, Hub, plain_environment
from support.waiting import DEADLINE


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_nothing_is_gained_and_nothing_dumped(start_hub, group):
    hub = start_hub()
    hub.publish(group)
    assert status(hub.process.pid)["NoNewPrivs"] == "1"
    assert resource.prlimit(hub.process.pid, resource.RLIMIT_CORE) == (0, 0)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in hub.data.iterdir()}
    assert modes and set(modes.values()) == {0o600}, modes
    hub.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_is_dropped_before_data_are_touched(group):
    nobody = pwd.getpwnam("nobody")
    directory = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        directory.chmod(0o755)
        (directory / "data").mkdir()
        os.chown(directory / "data", nobody.pw_uid, nobody.pw_gid)
        hub = Hub(directory / "data", "--user", "nobody")
        hub.publish(group)
        for thread in Path(f"/proc/{hub.process.pid}/task").iterdir():
            shown = status(f"{hub.process.pid}/task/{thread.name}")
            assert set(shown["Uid"].split()) == {str(nobody.pw_uid)}
            assert set(shown["Gid"].split()) == {str(nobody.pw_gid)}
            assert "0" not in shown["Groups"].split()
        assert {path.stat().st_uid for path in (directory / "data").iterdir()} == {nobody.pw_uid}
        hub.stop()
    finally:
        shutil.rmtree(directory)


def test_a_user_that_there_is_not(tmp_path):
    done = subprocess.run(
        [CAMPANAD, "--data", str(tmp_path / "d"), "--listen", "127.0.0.1:0", "--user", "no-such-user"],
        capture_output=True, text=True, timeout=DEADLINE, env=plain_environment(), stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "there is no such user" in done.stderr
    assert not (tmp_path / "d").exists()
