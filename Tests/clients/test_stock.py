"""Stock: seed 001's articles, movements, alerts and reports, as other systems use them."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from support.consumer import Consumer
from support.waiting import eventually

BASE = "/api/external"


def exact(answer):
    """The body with its numbers as they were written."""
    return json.loads(answer.text, parse_float=Decimal)


def make(hub, nombre="Tubo", **members):
    answer = hub.client.post(f"{BASE}/articulos/", json={"nombre": nombre} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


def move(hub, article, tipo, cantidad, **members):
    body = {"articulo": article["id"], "tipo": tipo, "cantidad": cantidad} | members
    return hub.client.post(f"{BASE}/movimientos/", json=body)


def stock(hub, article):
    return exact(hub.client.get(f"{BASE}/stock/{article['id']}/"))


class Listener:
    """What happens to one article, in the order in which it is told."""

    def __init__(self, consumer, article):
        self.consumer = consumer
        self.article = article

    def next(self):
        while True:
            frame = self.consumer.next()
            about = frame.get("movimiento", {}).get("articulo") or frame.get("alert", {}).get("articulo_id")
            if about == self.article["id"]:
                return frame

    def types(self, count):
        return [self.next()["type"] for _ in range(count)]

    def alert(self):
        while (frame := self.next())["type"] != "alerta_generada":
            pass
        return frame["alert"]


def listen(hub, article, groups="stock", since="now"):
    consumer = Consumer(f"{hub.ws_url}/ws?groups={groups}&since={since}")
    while consumer.next()["type"] != "subscribed":
        pass
    return Listener(consumer, article)


class TestArticles:
    def test_it_is_made_read_changed_and_removed(self, hub):
        made = hub.client.post(f"{BASE}/articulos/", json={"nombre": "Tubería", "material": "PVC", "diametro": 12.5})
        assert made.status_code == 201
        path = made.headers["Location"]
        assert hub.client.get(path).json() == made.json()
        assert made.json()["material"] == "PVC"
        changed = hub.client.patch(path, json={"umbral_minimo": 5}, headers={"If-Match": made.headers["ETag"]})
        assert (changed.status_code, changed.json()["umbral_minimo"]) == (200, 5)
        late = hub.client.put(path, json={"nombre": "otra"}, headers={"If-Match": made.headers["ETag"]})
        assert (late.status_code, late.headers["ETag"]) == (412, changed.headers["ETag"])
        assert hub.client.put(path + "/", json={"nombre": "otra"}).json()["umbral_minimo"] is None
        assert hub.client.delete(path).status_code == 204
        assert hub.client.get(path).status_code == 404

    def test_every_fault_stands_at_its_pointer(self, hub):
        answer = hub.client.post(f"{BASE}/articulos/", json={"umbral_minimo": "mucho", "umbral_recuperacion": []})
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [e["pointer"] for e in answer.json()["errors"]] == [
            "/umbral_minimo", "/umbral_recuperacion", "/nombre"]

    def test_pages_lead_through_all_that_have_a_name(self, hub):
        made = [make(hub, f"Página {n}")["id"] for n in range(5)]
        seen, after = [], ""
        while after is not None:
            page = hub.client.get(
                f"{BASE}/articulos/", params={"nombre": "página", "limit": 2, "after": after}).json()
            seen += [a["id"] for a in page["articulos"]]
            after = page["next"]
        assert seen == made


class TestMovements:
    def test_it_is_told_to_both_of_its_groups(self, hub):
        article = make(hub)
        both = listen(hub, article, "stock,stock:norte")
        made = move(hub, article, "entrada", 2.5, almacen="norte").json()
        frames = [both.next(), both.next()]
        assert [f["group"] for f in frames] == ["stock", "stock:norte"]
        assert all(f["type"] == "movimiento_creado" and f["movimiento"] == made for f in frames)
        assert made["saldo"] == 2.5
        both.consumer.close()

    def test_a_tenth_a_hundred_times_is_ten(self, hub):
        article = make(hub)
        for _ in range(100):
            assert move(hub, article, "entrada", "0.1").status_code == 201
        assert stock(hub, article)["cantidad"] == 10
        assert move(hub, article, "salida", 10).status_code == 201
        assert stock(hub, article)["cantidad"] == 0

    def test_never_below_zero(self, hub):
        article = make(hub)
        move(hub, article, "entrada", 3)
        refused = move(hub, article, "salida", 4)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/cantidad")
        assert stock(hub, article)["cantidad"] == 3

    def test_no_update_is_lost_and_no_stock_is_sold_twice(self, hub):
        article = make(hub)
        move(hub, article, "entrada", 50)
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: move(hub, article, "salida", 1).status_code, range(80)))
        assert sorted(codes) == [201] * 50 + [409] * 30
        assert stock(hub, article)["cantidad"] == 0
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda n: move(hub, article, "entrada", f"{n}.25").status_code, range(60)))
        assert set(codes) == {201}
        assert stock(hub, article)["cantidad"] == sum(range(60)) + 15
        total = next(
            row for row in exact(hub.client.get(f"{BASE}/reportes/?tipo=totales&limit=1000"))["filas"]
            if row["articulo"] == article["id"])
        assert (total["entradas"], total["salidas"]) == (50 + sum(range(60)) + 15, 50)

    def test_one_that_needs_approval_waits_for_it(self, hub):
        article = make(hub)
        told = listen(hub, article)
        made = move(hub, article, "entrada", 5, requiere_aprobacion=True).json()
        assert (made["estado"], stock(hub, article)["cantidad"]) == ("pendiente", 0)
        waiting = hub.client.get(f"{BASE}/movimientos/?estado=pendiente&articulo={article['id']}").json()
        assert waiting["movimientos"] == [made]
        approved = hub.client.post(f"{BASE}/movimientos/{made['id']}/aprobar/").json()
        assert (approved["estado"], stock(hub, article)["cantidad"]) == ("aprobado", 5)
        assert hub.client.post(f"{BASE}/movimientos/{made['id']}/aprobar/").status_code == 409
        assert told.types(2) == ["movimiento_creado", "movimiento_aprobado"]
        told.consumer.close()

    def test_a_retry_with_its_key_moves_nothing(self, hub):
        article = make(hub)
        body = {"articulo": article["id"], "tipo": "entrada", "cantidad": 5}
        answers = [
            hub.client.post(f"{BASE}/movimientos/", json=body, headers={"Idempotency-Key": "mov-1"}) for _ in range(3)]
        assert {a.text for a in answers} == {answers[0].text}
        assert stock(hub, article)["cantidad"] == 5

    def test_a_kill_loses_nothing_that_was_answered(self, start_hub):
        hub = start_hub()
        article = make(hub, umbral_minimo=10)
        for n in range(1, 6):
            move(hub, article, "entrada", n)
        hub.kill()
        hub = start_hub()
        assert stock(hub, article)["cantidad"] == 15
        told = listen(hub, article, since="earliest")
        assert told.types(8).count("movimiento_creado") == 5
        told.consumer.close()


class TestAlerts:
    def test_a_flap_is_one_stock_bajo_and_one_resolution(self, hub):
        article = make(hub, "inestable", umbral_minimo=10, umbral_recuperacion=15)
        told = listen(hub, article)
        move(hub, article, "entrada", 11)
        for _ in range(79):
            move(hub, article, "salida", 2)
            move(hub, article, "entrada", 2)
        move(hub, article, "entrada", 4)
        last = hub.client.get(f"{BASE}/alertas/{article['id']}/").json()
        assert last["fase"] == "resuelta"
        types = []
        while (frame := told.next()).get("alert", {}).get("estado") != "resolved":
            types.append(frame["type"])
        assert types.count("stock_bajo") == 1
        assert types.count("alerta_generada") == 1
        told.consumer.close()

    def test_the_alert_has_the_documents_members(self, hub):
        article = make(hub, "Codo", umbral_minimo=5)
        told = listen(hub, article)
        move(hub, article, "entrada", 3)
        assert told.next()["type"] == "movimiento_creado"
        low = told.next()
        assert low["type"] == "stock_bajo"
        wanted = {"articulo": "Codo", "cantidad_actual": 3, "umbral_minimo": 5, "estado": "firing"}
        assert wanted.items() <= low["alert"].items()
        assert told.next()["alert"] == low["alert"]
        told.consumer.close()

    def test_repeats_until_somebody_acknowledges(self, hub):
        article = make(hub, umbral_minimo=5, repetir_cada_s=1)
        told = listen(hub, article)
        move(hub, article, "entrada", 3)
        assert told.alert()["motivo"] == "activada"
        assert [told.alert()["motivo"] for _ in range(2)] == ["repetida", "repetida"]
        done = hub.client.post(f"{BASE}/alertas/{article['id']}/reconocer/", json={"por": "ana", "nota": "pedido"})
        assert done.json()["fase"] == "reconocida"
        while (alert := told.alert())["motivo"] == "repetida":
            pass
        assert (alert["motivo"], alert["reconocida_por"], alert["nota"]) == ("reconocida", "ana", "pedido")
        move(hub, article, "entrada", 9)
        assert told.alert()["motivo"] == "resuelta"
        told.consumer.close()

    def test_nothing_is_said_in_a_silence_and_its_end_is_told(self, hub):
        article = make(hub, "callado", umbral_minimo=5)
        told = listen(hub, article)
        silence = hub.client.post(
            f"{BASE}/silencios/", json={"patron": "calla*", "duracion_s": 600, "motivo": "inventario"})
        assert silence.status_code == 201
        move(hub, article, "entrada", 3)
        assert hub.client.get(f"{BASE}/alertas/{article['id']}/").json()["fase"] == "activa"
        assert hub.client.delete(silence.headers["Location"] + "/").status_code == 204
        assert told.types(3) == ["movimiento_creado", "stock_bajo", "alerta_generada"]
        told.consumer.close()

    def test_one_that_waits_fires_after_a_restart(self, start_hub):
        hub = start_hub()
        article = make(hub, umbral_minimo=5, duracion_minima_s=1)
        move(hub, article, "entrada", 3)
        assert hub.client.get(f"{BASE}/alertas/{article['id']}/").json()["fase"] in ("pendiente", "activa")
        hub.kill()
        hub = start_hub()
        told = listen(hub, article, since="earliest")
        assert told.types(3) == ["movimiento_creado", "stock_bajo", "alerta_generada"]
        told.consumer.close()
        hub.kill()
        hub = start_hub()
        told = listen(hub, article, since="earliest")
        move(hub, article, "entrada", 3)
        assert told.types(5) == [
            "movimiento_creado", "stock_bajo", "alerta_generada", "movimiento_creado", "alerta_generada"]
        told.consumer.close()

    def test_a_timer_fires_although_nobody_asks_for_anything(self, start_hub):
        hub = start_hub()
        article = make(hub, umbral_minimo=5, duracion_minima_s=1)
        move(hub, article, "entrada", 3)
        eventually(
            lambda: hub.client.get(f"{BASE}/alertas/{article['id']}/").json()["fase"] == "activa", "the alert fires")
        metrics = hub.client.get("/metrics").text
        assert "campana_timers_fired_total 1" in metrics


class TestReports:
    @pytest.fixture
    def article(self, hub):
        article = make(hub, '=HYPERLINK("http://x"), "peligroso"', umbral_minimo=5)
        move(hub, article, "entrada", 7)
        move(hub, article, "salida", "3.5")
        return article

    def test_json_and_csv_say_the_same(self, hub, article):
        query = {"tipo": "totales", "after": article["id"] - 1, "limit": 1}
        row = exact(hub.client.get(f"{BASE}/reportes/", params=query))["filas"][0]
        answer = hub.client.get(f"{BASE}/reportes/", params=query, headers={"Accept": "text/csv"})
        assert answer.headers["Content-Type"].startswith("text/csv")
        cells = next(csv.DictReader(io.StringIO(answer.text)))
        assert list(cells) == list(row)
        assert cells["nombre"] == "'" + article["nombre"]
        assert (row["cantidad"], Decimal(cells["cantidad"])) == (Decimal("3.5"), Decimal("3.5"))
        assert (row["entradas"], row["salidas"], row["bajo_umbral"]) == (7, Decimal("3.5"), True)

    def test_links_lead_through_all_pages_of_csv(self, hub, article):
        make(hub)
        url, seen = f"{BASE}/reportes/?tipo=totales&formato=csv&limit=3", []
        while url:
            answer = hub.client.get(url)
            seen += [int(row["articulo"]) for row in csv.DictReader(io.StringIO(answer.text))]
            link = answer.links.get("next")
            url = f"{BASE}/reportes/{link['url']}" if link else None
        assert article["id"] in seen
        assert seen == sorted(set(seen))

    def test_below_their_minimum_and_movements_by_day(self, hub, article):
        below = hub.client.get(f"{BASE}/reportes/?tipo=bajo_umbral&limit=1000").json()["filas"]
        assert article["id"] in [row["articulo"] for row in below]
        since = (datetime.now(timezone.utc) - timedelta(days=1)).date()  # the test may run at midnight
        days = exact(hub.client.get(
            f"{BASE}/reportes/?tipo=movimientos&articulo={article['id']}&desde={since}"))["filas"]
        assert sum(day["cantidad_entradas"] for day in days) == 7
        assert sum(day["cantidad_salidas"] for day in days) == Decimal("3.5")
        summary = hub.client.get(f"{BASE}/reportes/").json()["filas"][0]
        assert summary["bajo_umbral"] == len(below)
