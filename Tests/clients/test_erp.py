"""`campana erp-sync`, against the daemon and a small ERP: seed 001's SincronizadorERP."""

import subprocess
import threading

import pytest

from support.erp import ERP, KEY
from support.hub import CAMPANA, Lines, plain_environment
from support.waiting import DEADLINE, eventually


@pytest.fixture
def hub(start_hub):
    return start_hub()


@pytest.fixture
def erp():
    erp = ERP()
    erp.articulos = [
        {"id": 501, "nombre": "Tubo A", "material": "Cobre", "diametro": 12.5},
        {"id": 502, "nombre": "Tubo B", "material": "PVC", "diametro": 110, "umbral_minimo": 4},
    ]
    erp.stock = [{"articulo": 501, "cantidad": 10}, {"articulo": 502, "cantidad": 3.5}]
    yield erp
    erp.close()


@pytest.fixture
def sync(hub, erp, tmp_path):
    """Runs `campana erp-sync` to its end, or starts it."""

    def command(*extra):
        return [CAMPANA, "--url", hub.url, "erp-sync", "--erp", erp.url, "--state",
                str(tmp_path / "state.json"), *extra]

    def run(*extra, code=0, key=KEY):
        ended = subprocess.run(
            command(*extra), capture_output=True, text=True, timeout=DEADLINE * 8,
            env=plain_environment(CAMPANA_ERP_KEY=key))
        assert KEY not in ended.stdout + ended.stderr
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended

    run.command = command
    return run


def articles(hub):
    listed = hub.client.get("/api/external/articulos/").json()["articulos"]
    return {article["referencia_externa"]: article for article in listed}


def move(hub, reference, kind, quantity):
    body = {"articulo": articles(hub)[reference]["id"], "tipo": kind, "cantidad": quantity}
    answer = hub.client.post("/api/external/movimientos/", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def synchronisations(hub, **query):
    answer = hub.client.get("/api/external/sincronizaciones/", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["sincronizaciones"]


def report(hub):
    return hub.client.get("/api/reportes/integraciones/?sistema=ERP").json()


def total(hub, reference):
    row = hub.client.get(f"/api/external/stock/{articles(hub)[reference]['id']}").json()
    return row["cantidad"] if "cantidad" in row else row["cantidad_actual"]


class TestPull:
    def test_the_first_run_makes_all_and_the_second_changes_nothing(self, hub, erp, sync):
        first = sync()
        assert first.stdout == (
            "articulos: 2 created, 0 updated, 0 unchanged, 0 rejected; "
            "stock: 0 created, 2 updated, 0 unchanged, 0 rejected; movimientos: 0 sent, 0 refused\n")
        assert articles(hub)["501"]["material"] == "Cobre"
        assert total(hub, "502") == 3.5
        records = synchronisations(hub, estado="SINCRONIZADO")
        assert [(r["tipo"], r["referencia_externa"], r["referencia_interna"]) for r in records] == [
            ("articulo", "501", "1"), ("articulo", "502", "2"),
            ("stock", "501", "1"), ("stock", "502", "2")]
        head = hub.client.get("/status").json()
        second = sync()
        assert "0 created, 0 updated, 2 unchanged" in second.stdout
        assert "stock: 0 created, 0 updated, 2 unchanged" in second.stdout
        assert synchronisations(hub, estado="SINCRONIZADO") == records
        assert erp.movimientos == []
        assert head
        told = report(hub)
        assert (told["total_sincronizaciones"], told["exitosas"]) == (2, 2)
        assert told["proxima_sincronizacion"] is None

    def test_a_record_that_cannot_be_taken_is_an_error_and_mends(self, hub, erp, sync):
        erp.articulos[1]["umbral_minimo"] = "muchos"
        ended = sync(code=1)
        assert 'articulos, record 2: umbral_minimo:' in ended.stderr
        failed = {(r["tipo"], r["referencia_externa"]): r["error"]
                  for r in synchronisations(hub, estado="ERROR")}
        assert failed[("articulo", "502")].startswith("umbral_minimo: ")
        assert ("stock", "502") in failed
        assert report(hub)["fallidas"] == 1
        erp.articulos[1]["umbral_minimo"] = 4
        sync()
        assert synchronisations(hub, estado="ERROR") == []

    def test_pages_are_followed_and_resumed(self, hub, erp, sync):
        erp.page_size = 2
        erp.articulos = [{"id": f"A/{n}", "nombre": f"Tubo {n}"} for n in range(7)]
        erp.stock = [{"articulo": f"A/{n}", "cantidad": n} for n in range(7)]
        erp.intercept = lambda method, path: 404 if path == "/api/stock?page=2" else None
        ended = sync(code=1)
        assert "the ERP answered 404 to /api/stock?page=2" in ended.stderr
        erp.intercept = lambda method, path: None
        erp.requests.clear()
        sync()
        assert erp.requests == ["GET /api/stock?page=2", "GET /api/stock?page=3"]
        assert len(articles(hub)) == 7
        assert total(hub, "A/6") == 6

    def test_a_key_is_handed_to_nobody_else(self, hub, erp, sync):
        other = ERP()
        erp.page_size = 1
        erp.next_of = lambda path, page: f"{other.url}{path}?page={page}"
        ended = sync(code=1)
        assert "go on at another server" in ended.stderr
        assert other.requests == []
        other.close()

    def test_an_erp_that_is_not_well_is_asked_again(self, hub, erp, sync):
        left = [3]

        def intercept(method, path):
            if path == "/api/stock" and left[0] > 0:
                left[0] -= 1
                return 503
            return None

        erp.intercept = intercept
        ended = sync()
        assert ended.stderr.count("the ERP answered 503; trying again in") == 3

    @pytest.mark.parametrize("arguments, environment, words", [
        ([], {}, "--erp-key-file FILE, or CAMPANA_ERP_KEY"),
        (["--erp-key-file", "/nowhere"], {}, "No such file"),
        (["--system", "a b"], {"CAMPANA_ERP_KEY": KEY}, "--system"),
        (["--every", "10ms"], {"CAMPANA_ERP_KEY": KEY}, "at least 1s"),
    ])
    def test_what_it_has_to_be_told(self, sync, arguments, environment, words):
        ended = subprocess.run(
            sync.command(*arguments), capture_output=True, text=True, timeout=DEADLINE,
            env=plain_environment(**environment))
        assert ended.returncode == 2
        assert words in ended.stderr

    def test_a_wrong_key(self, hub, sync):
        ended = sync(code=1, key="otra")
        assert "the ERP answered 401 to /api/articulos" in ended.stderr
        assert "otra" not in ended.stderr
        assert report(hub)["fallidas"] == 1

    def test_the_key_of_a_file_and_no_erp(self, hub, erp, sync, tmp_path):
        path = tmp_path / "key"
        path.write_text(KEY + "\n")
        path.chmod(0o600)
        sync("--erp-key-file", str(path), key="")
        erp.close()
        ended = sync(code=3)
        assert "cannot reach" in ended.stderr


class TestPush:
    def test_movements_of_the_hub_go_out_once_and_the_erps_do_not_come_back(self, hub, erp, sync):
        sync()
        sent = move(hub, "501", "salida", 2.5)
        erp.stock[0]["cantidad"] = 7.5  # as the ERP has it once it knows
        erp.stock[1]["cantidad"] = 9
        sync()
        assert erp.movimientos == [
            {"tipo": "salida", "articulo": "501", "cantidad": 2.5, "fecha": sent["fecha"]}]
        assert total(hub, "501") == 7.5 and total(hub, "502") == 9
        sync()
        assert len(erp.movimientos) == 1
        (record,) = synchronisations(hub, tipo="movimiento")
        assert record["estado"] == "SINCRONIZADO"
        assert record["referencia_interna"] == str(sent["id"])
        assert record["datos"] == erp.movimientos[0]

    def test_what_waits_for_approval_goes_out_when_it_is_approved(self, hub, erp, sync):
        sync()
        article = articles(hub)["501"]["id"]
        made = hub.client.post("/api/external/movimientos/", json={
            "articulo": article, "tipo": "entrada", "cantidad": 1, "requiere_aprobacion": True})
        sync()
        assert erp.movimientos == []
        approved = hub.client.post(f"/api/external/movimientos/{made.json()['id']}/aprobar/")
        assert approved.status_code == 200, approved.text
        sync()
        assert [m["tipo"] for m in erp.movimientos] == ["entrada"]

    def test_one_that_the_erp_refuses_is_an_error_and_is_sent_again(self, hub, erp, sync):
        sync()
        move(hub, "501", "entrada", 1)
        move(hub, "502", "entrada", 2)
        seen = []

        def refuse_the_first(method, path):
            if method == "POST":
                seen.append(path)
                return 422 if len(seen) == 1 else None
            return None

        erp.intercept = refuse_the_first
        ended = sync(code=1)
        assert "movimientos: 1 sent, 1 refused" in ended.stdout
        (failed,) = synchronisations(hub, tipo="movimiento", estado="ERROR")
        assert failed["error"] == "the ERP answered 422"
        sync()
        assert sorted(m["cantidad"] for m in erp.movimientos) == [1, 2]
        assert synchronisations(hub, tipo="movimiento", estado="ERROR") == []

    def test_kill_in_the_middle_and_no_double(self, hub, erp, sync):
        """The ERP has taken a movement, and the command dies before it hears of it."""
        sync()
        for _ in range(5):
            move(hub, "501", "entrada", 1)
        reached = threading.Event()
        go_on = threading.Event()
        taken = erp._take

        def take_and_wait(key, body):
            answer = taken(key, body)
            if len(erp.movimientos) == 3:
                reached.set()
                go_on.wait(DEADLINE)
            return answer

        erp._take = take_and_wait
        process = subprocess.Popen(
            sync.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=plain_environment(CAMPANA_ERP_KEY=KEY))
        assert reached.wait(DEADLINE)
        process.kill()
        process.wait(DEADLINE)
        go_on.set()
        erp._take = taken
        assert [r["estado"] for r in synchronisations(hub, tipo="movimiento")] == [
            "SINCRONIZADO", "SINCRONIZADO", "PENDIENTE"]
        erp.stock[0]["cantidad"] = 15
        sync()
        assert len(erp.movimientos) == 5
        states = [r["estado"] for r in synchronisations(hub, tipo="movimiento")]
        assert states == ["SINCRONIZADO"] * 5
        assert total(hub, "501") == 15

    def test_a_lost_state_sends_nothing_twice(self, hub, erp, sync, tmp_path):
        sync()
        move(hub, "501", "entrada", 1)
        sync()
        (tmp_path / "state.json").unlink()
        sync()
        assert len(erp.movimientos) == 1


class TestEvery:
    def test_runs_follow_each_other_and_the_next_is_told(self, hub, erp, sync):
        process = subprocess.Popen(
            sync.command("--every", "1s"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env=plain_environment(CAMPANA_ERP_KEY=KEY))
        try:
            lines = Lines(process.stdout)
            assert "2 created" in lines.next()
            assert "2 unchanged" in lines.next()
            eventually(lambda: report(hub)["proxima_sincronizacion"], "the next run is told")
            other = sync(code=1)
            assert "another campana erp-sync uses this state" in other.stderr
        finally:
            process.terminate()
            process.wait(DEADLINE)
