"""Seed 001's dashboard of integrations, over a crash of the hub."""

from support.waiting import eventually

REPORT = "/api/reportes/integraciones/"


def entry(**members):
    return {"sistema": "ERP", "tipo": "articulos", "estado": "SINCRONIZADO"} | members


class TestIntegrations:
    def test_the_report_has_the_documents_shape_and_survives_a_crash(self, start_hub):
        hub = start_hub()
        assert hub.client.get(REPORT).json() == {
            "total_sincronizaciones": 0, "exitosas": 0, "fallidas": 0, "tasa_exito": None,
            "ultima_sincronizacion": None, "proxima_sincronizacion": None}
        for number in range(50):
            members = {"estado": "ERROR", "error": "no hay respuesta"} if number == 10 else {}
            answer = hub.client.post(REPORT, json=entry(**members), headers={"Idempotency-Key": f"run-{number}"})
            assert answer.status_code == 201, answer.text
        last = hub.client.post(REPORT, json=entry(estado="PENDIENTE", proxima_sincronizacion="2099-01-08T11:30:00Z"))
        hub.kill()

        hub = start_hub()
        again = hub.client.post(REPORT, json=entry(), headers={"Idempotency-Key": "run-0"})
        assert again.headers["idempotency-replayed"] == "true"
        report = hub.client.get(REPORT).json()
        times = {name: report.pop(name) for name in ("ultima_sincronizacion", "proxima_sincronizacion")}
        assert report == {"total_sincronizaciones": 50, "exitosas": 49, "fallidas": 1, "tasa_exito": 98.0}
        assert times["ultima_sincronizacion"] <= last.json()["fecha"]
        assert times["proxima_sincronizacion"] == "2099-01-08T11:30:00.000Z"

        log = hub.client.get(REPORT + "log/?limit=2").json()
        assert [one["estado"] for one in log["integraciones"]] == ["PENDIENTE", "SINCRONIZADO"]
        failed = hub.client.get(REPORT + "log/?estado=ERROR").json()["integraciones"]
        assert [one["error"] for one in failed] == ["no hay respuesta"]
        hub.stop()

    def test_entries_go_when_their_time_is_over(self, start_hub):
        hub = start_hub("--integration-log-age", "1ms")
        hub.client.post(REPORT, json=entry())
        eventually(lambda: hub.client.get(REPORT + "log/").json()["integraciones"] == [], "the entry is gone")
        assert hub.client.get(REPORT).json()["exitosas"] == 1
        hub.stop()

    def test_what_cannot_be_taken_is_refused_with_every_fault(self, hub):
        answer = hub.client.post(REPORT, json={"sistema": "", "tipo": "stock", "estado": "OK"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/sistema", "/estado"}
