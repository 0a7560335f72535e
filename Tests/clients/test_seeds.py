"""The documents' own snippets run as they stand there (host, port and credentials put in), and docs/seeds.md names
tests that exist."""

import json
import re
import subprocess
import sys
import textwrap

import pytest

from support.consumer import Consumer
from support.hub import ROOT, plain_environment

PAGE = ROOT / "docs/seeds.md"
TESTS = ROOT / "Tests"


def shell(hub, text, **names):
    """Runs a document's commands of the shell against this hub; what they print."""
    for host in ("http://localhost:8001", "https://tuusuario.pythonanywhere.com"):
        text = text.replace(host, hub.url)
    for name, value in names.items():
        text = text.replace(name, value)
    done = subprocess.run(["bash", "-ec", text], env=plain_environment(no_proxy="*"), capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(hub, text):
    """Runs a document's Python against this hub; what it prints."""
    text = "import requests\n" + textwrap.dedent(text).replace("https://tuusuario.pythonanywhere.com", hub.url)
    done = subprocess.run([sys.executable, "-c", text], env=plain_environment(PYTHONUTF8="1", no_proxy="*"),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestTasks:
    """002."""

    def test_its_curl_commands(self, hub):
        with Consumer(hub.ws_url) as consumer:  # ws://localhost:8765: everything, to everybody
            assert consumer.next()["type"] == "welcome"
            created = shell(hub, """
curl -X POST http://localhost:8001/tasks \\
  -H "Content-Type: application/json" \\
  -d '{
    "title": "Prueba WebSocket",
    "description": "Tarea para probar notificaciones"
  }'
""")
            task = json.loads(created)["id"]
            shell(hub, """
curl -X PATCH http://localhost:8001/tasks/TASK_ID \\
  -H "Content-Type: application/json" \\
  -d '{"completed": true}'
""", TASK_ID=task)
            shell(hub, "curl -X DELETE http://localhost:8001/tasks/TASK_ID", TASK_ID=task)
            shell(hub, """
curl -X POST http://localhost:8001/tasks \\
  -H "Content-Type: application/json" \\
  -d '{"title": "Test", "description": "Prueba WebSocket"}'
""")
            events = [consumer.until("task_created", "task_updated", "task_deleted") for _ in range(4)]
        assert [event["type"] for event in events] == ["task_created", "task_updated", "task_deleted", "task_created"]
        for event in events:
            assert {"id", "title", "description", "completed", "created_at"} <= set(event["task"])
            assert event["timestamp"].endswith("Z")


class TestCascade:
    """000."""

    def test_its_health_check(self, hub):
        answer = json.loads(shell(hub, """
curl -X GET \\
  https://tuusuario.pythonanywhere.com/api/cascade/health/ \\
  -H "Authorization: Bearer tu_api_key"
"""))
        assert set(answer) == {"status", "timestamp", "version"}
        assert answer["status"] == "healthy"

    def test_its_monitor(self, hub):
        assert python(hub, """
            response = requests.get(
                "https://tuusuario.pythonanywhere.com/api/cascade/status/",
                headers={"Authorization": "Bearer tu_api_key"}
            )

            status = response.json()
            if status['system_status']['overall'] != 'OK':
                print("⚠️ Sistema con problemas!")
        """) == ""

    def test_its_notification(self, hub):
        with Consumer(f"{hub.ws_url}/ws/notificaciones/593999999999/") as consumer:
            assert consumer.next()["type"] == "initial_notifications"
            answer = hub.client.post("/api/cascade/notify/", json={
                "type": "alert",
                "message": "Stock bajo en módulo A",
                "recipients": ["+593999999999"],
                "channel": "whatsapp"
            })
            assert answer.status_code == 201
            notification = consumer.until("new_notification")["notification"]
        assert (notification["tipo"], notification["contenido"], notification["channel"]) == (
            "alert", "Stock bajo en módulo A", "whatsapp")

    def test_its_query_of_data_as_a_command(self, hub):
        """The document's GET is the application's; the hub carries the same question as its webhook has it."""
        hub.client.put("/api/cascade/commands/get_utensilios_data", json={})
        application = """
            import json
            from websockets.sync.client import connect
            with connect("WS/ws?groups=commands:get_utensilios_data", proxy=None) as hub:
                for text in hub:
                    event = json.loads(text)
                    if event["type"] == "subscribed":
                        print("ready", flush=True)
                    if event["type"] == "command":
                        reply = [{"modulo": event["data"]["parameters"]["modulo_id"], "cuchillos": 50}]
                        hub.send(json.dumps({"type": "publish", "group": event["data"]["reply_to"], "event": "reply",
                                             "data": reply}))
        """
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(application).replace("WS", hub.ws_url)], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout.readline() == "ready\n"
            assert python(hub, """
                response = requests.post(
                    "https://tuusuario.pythonanywhere.com/api/cascade/webhook/?wait=30s",
                    headers={"Authorization": "Bearer tu_api_key"},
                    json={
                        "command": "get_utensilios_data",
                        "parameters": {
                            "fecha": "2024-01-15",
                            "modulo_id": 1
                        }
                    }
                )

                data = response.json()
                print(f"Encontrados {len(data['data'])} registros")
            """) == "Encontrados 1 registros\n"
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class TestStock:
    """001."""

    def test_its_curl_of_the_stock(self, hub):
        hub.client.post("/api/external/articulos/", json={"nombre": "Tubería", "material": "PVC", "diametro": 12.5})
        text = r"""
            curl -H "Authorization: ApiKey sk_live_abc123def456" \
                 https://gsih.com/api/external/stock/
        """
        printed = json.loads(shell(hub, textwrap.dedent(text), **{"https://gsih.com": hub.url}))
        assert printed["stock"][0]["nombre"] == "Tubería"
        assert printed["stock"][0]["cantidad"] == 0


class TestOrders:
    """003."""

    def test_the_global_health_of_its_api(self, hub):
        assert hub.client.get("/api/health").json()["status"] == "healthy"


class TestPage:
    """docs/seeds.md."""

    def rows(self):
        """The last cell of each row of the tables that say what shows a statement."""
        rows, is_shown = [], False
        for number, line in enumerate(PAGE.read_text().splitlines(), 1):
            cells = [cell.strip() for cell in line.split(" | ")] if line.startswith("|") else []
            if not cells:
                is_shown = False
            elif cells[-1].rstrip(" |") == "shown by":
                is_shown = True
            elif is_shown and not set(line) <= set("|- "):
                rows.append((number, cells[-1].rstrip(" |")))
        return rows

    def test_each_statement_is_shown_by_tests_that_exist(self):
        rows = self.rows()
        assert len(rows) > 40
        files = {path.name: path for path in TESTS.rglob("*") if path.suffix in (".py", ".swift")}
        faults = []
        for number, cell in rows:
            named = re.findall(r"`([^`]+)`", cell)
            tests = [name for name in named if re.fullmatch(r"\w+\.(py|swift)", name)]
            if not tests:
                faults.append(f"{number}: no test is named: {cell}")
            text = ""
            for name in named:
                if name in files:
                    text = files[name].read_text()
                elif name in tests:
                    faults.append(f"{number}: there is no {name}")
                elif not re.search(rf"\b(class|def|struct|func)\s+`?{re.escape(name)}\b", text):
                    faults.append(f"{number}: {name} is not in the file before it")
        assert faults == []

    def test_its_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE.read_text()):
            assert (PAGE.parent / target).exists(), target
