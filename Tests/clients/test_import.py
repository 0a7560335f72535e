"""`campana import`, against the daemon: seed 001's CSV importer."""

import os
import pty
import signal
import subprocess
import threading

import pytest

from support.hub import CAMPANA, plain_environment
from support.waiting import DEADLINE

ARTICLES = "/api/external/articulos/"


def run(hub, *arguments, stdin=None, environment=None):
    """`campana import …`, to its end."""
    return subprocess.run(
        [CAMPANA, "--url", hub.url, "import", *arguments], input=stdin, capture_output=True,
        timeout=DEADLINE * 4, env=plain_environment(**(environment or {})))


def rows(count, start=1):
    return "".join(f"Tubo {n},Cobre,{n}.5,R{n}\n" for n in range(start, start + count))


HEADER = "nombre,material,diametro,referencia_externa\n"


def known(hub, count):
    """How many rows of HEADER's file the hub has already, by a dry run."""
    answer = hub.client.post(
        ARTICLES, params={"dry_run": "true"}, content=HEADER + rows(count),
        headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    return answer.json()["unchanged"]


@pytest.fixture
def hub(start_hub):
    """A hub of each test's own: what one imports another would know."""
    return start_hub()


@pytest.fixture
def file(tmp_path):
    def write(text, name="articulos.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(path)

    return write


class TestImport:
    def test_the_columns_of_the_document(self, hub, file):
        path = file("nombre,material,diametro\nTubo A,Cobre,12.5\n")
        ended = run(hub, "--tipo", "articulos", path)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.decode() == (
            f"{path}: 1 row: 1 created, 0 updated, 0 unchanged, 0 rejected\n")

    def test_standard_input_and_stock(self, hub, file):
        run(hub, "--tipo", "articulos", file(HEADER + rows(2)))
        ended = run(
            hub, "--tipo", "stock", "-", stdin=b"referencia_externa;cantidad\nR1;10,5\nR2;0\n")
        assert ended.returncode == 0, ended.stderr
        assert b"2 rows: 0 created, 1 updated, 1 unchanged, 0 rejected" in ended.stdout

    def test_latin_1_of_a_spreadsheet(self, hub, file):
        text = "Nombre;Material;Diametro\r\nTubería ñ;\"Acero \"\"304\"\"\r\ninox\";12,5\r\n"
        ended = run(hub, "--tipo", "articulos", file(text, encoding="latin-1"))
        assert ended.returncode == 0, ended.stderr
        again = run(hub, "--tipo", "articulos", "--encoding", "latin1", "--separator", "semicolon",
                    "--dry-run", file(text, encoding="latin-1"))
        assert b"1 unchanged" in again.stdout

    def test_faults_have_their_place_in_the_file(self, hub, file):
        path = file('nombre,umbral_minimo,detalle\nA,1,"b\nc"\nC,x,\nD"E,1,\nF\n')
        ended = run(hub, "--tipo", "articulos", path)
        assert ended.returncode == 1
        assert ended.stderr.decode().splitlines() == [
            f'{path}:4:2: umbral_minimo: "x" is not a decimal number such as 12 or 12.5',
            f"{path}:5:1: a quote stands in a field that does not begin with one; quote the field, "
            "and write each quote in it twice",
            f"{path}:6:2: the row has 1 columns, and the header 3",
        ]
        assert ended.stdout.decode().endswith("3 rejected; nothing was imported\n")
        skipped = run(hub, "--tipo", "articulos", "--mode", "skip", path)
        assert skipped.returncode == 1
        assert b"4 rows: 1 created, 0 updated, 0 unchanged, 3 rejected\n" in skipped.stdout

    def test_a_fault_far_down_leaves_nothing(self, hub, file):
        path = file(HEADER + rows(250) + "Z,Cobre,nada,RZ\n")
        ended = run(hub, "--tipo", "articulos", "--batch", "100", path)
        assert ended.returncode == 1
        assert f"{path}:252:3: diametro:" in ended.stderr.decode()
        assert known(hub, 250) == 0

    def test_a_dry_run_changes_nothing(self, hub, file):
        ended = run(hub, "--tipo", "articulos", "--dry-run", file(HEADER + rows(3)))
        assert ended.returncode == 0
        assert b"3 created" in ended.stdout and b"a dry run: nothing was changed" in ended.stdout
        assert known(hub, 3) == 0

    @pytest.mark.parametrize("arguments, status, words", [
        (["--tipo", "articulos", "/nowhere.csv"], 1, "/nowhere.csv: "),
        (["articulos.csv"], 2, "needs --tipo articulos or --tipo stock"),
        (["--tipo", "articulos", "--batch", "2001", "-"], 2, "2000"),
        (["--tipo", "otros", "-"], 2, "articulos, stock"),
        (["--tipo", "articulos", "-"], 1, "(standard input):1:1: there is no header"),
    ])
    def test_what_cannot_be_done(self, hub, arguments, status, words):
        ended = run(hub, *arguments, stdin=b"")
        assert ended.returncode == status
        assert words in ended.stderr.decode()

    def test_standard_input_that_would_be_read_twice(self, hub):
        text = (HEADER + rows(3)).encode()
        ended = run(hub, "--tipo", "articulos", "--batch", "2", "-", stdin=text)
        assert ended.returncode == 2
        assert b"--mode skip" in ended.stderr
        ended = run(hub, "--tipo", "articulos", "--batch", "2", "--mode", "skip", "-", stdin=text)
        assert ended.returncode == 0, ended.stderr

    def test_no_hub(self, file):
        ended = subprocess.run(
            [CAMPANA, "--url", "unix:/nowhere/campana.sock", "import", "--tipo", "articulos",
             file(HEADER + rows(1))], capture_output=True, timeout=DEADLINE * 8,
            env=plain_environment())
        assert ended.returncode == 3
        assert b"the same command goes on from there" in ended.stderr


class TestAgain:
    def test_a_second_run_does_nothing_twice(self, hub, file):
        path = file(HEADER + rows(250))
        first = run(hub, "--tipo", "articulos", "--batch", "100", path)
        assert first.returncode == 0, first.stderr
        second = run(hub, "--tipo", "articulos", "--batch", "100", path)
        assert b"3 of 3 requests were done by an earlier run" in second.stdout
        third = run(hub, "--tipo", "articulos", "--batch", "100", "--key", "again", path)
        assert b"250 unchanged, 0 rejected\n" in third.stdout

    def test_a_run_that_was_cut_goes_on(self, hub, file):
        """kill -9 in the middle; the second run ends with every row once."""
        path = file(HEADER + rows(20_000))
        command = [CAMPANA, "--url", hub.url, "import", "--tipo", "articulos", "--mode", "skip",
                   "--batch", "200", path]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain_environment())
        while known(hub, 300) < 300:
            assert process.poll() is None, "it ended before it could be cut"
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE)
        ended = subprocess.run(
            command, capture_output=True, timeout=DEADLINE * 8, env=plain_environment())
        assert ended.returncode == 0, ended.stderr
        text = ended.stdout.decode()
        assert "20000 rows: 20000 created, 0 updated, 0 unchanged, 0 rejected" in text
        assert "requests were done by an earlier run" in text
        ids = hub.client.post(
            ARTICLES, params={"dry_run": "true"}, content=HEADER + rows(1, start=20_001),
            headers={"Content-Type": "text/csv"})
        assert ids.json()["created"] == 1


class TestTerminal:
    def test_a_bar_on_a_terminal_only(self, hub, file):
        path = file(HEADER + rows(250))
        main, terminal = pty.openpty()
        shown = bytearray()

        def read():
            try:
                while piece := os.read(main, 65_536):
                    shown.extend(piece)
            except OSError:
                pass  # its other end is closed

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        ended = subprocess.run(
            [CAMPANA, "--url", hub.url, "import", "--tipo", "articulos", "--batch", "100", path],
            stdout=subprocess.PIPE, stderr=terminal, timeout=DEADLINE, env=plain_environment())
        os.close(terminal)
        reader.join(DEADLINE)
        os.close(main)
        assert ended.returncode == 0
        assert b"[########################] 100 % 250 rows imported" in shown
        plain = run(hub, "--tipo", "articulos", "--batch", "100", path)
        assert plain.stderr == b""
