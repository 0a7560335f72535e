"""Notifications: seed 004's WebSocket and the REST beside it, seed 000's way to send them."""

import json
import threading

import pytest

from support.consumer import Consumer
from support.raw import Raw, RawWebSocket, frame, upgrade
from support.waiting import eventually


class Socket(Consumer):
    """A client as seed 004 has it: it knows nothing of `welcome`."""

    def __init__(self, hub, consumer):
        super().__init__(f"{hub.ws_url}/ws/notificaciones/{consumer}/")

    def sync(self):
        """All that came before the answer to a ping."""
        self.send(type="ping")
        frames = []
        while (frame := self.next())["type"] != "pong":
            frames.append(frame)
        return frames


def create(hub, consumer, contenido="hola", **members):
    answer = hub.client.post("/notifications", json={
        "consumer": consumer, "tipo": "aviso", "contenido": contenido} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def someone(request):
    """A consumer that no other test knows."""
    return request.node.name.replace("[", "-").replace("]", "")[:100]


class TestSocket:
    def test_the_first_message_is_what_is_unread_newest_first_and_the_second_answers_the_ping(self, hub, someone):
        made = [create(hub, someone, f"{n}", deseo_id=n) for n in range(3)]
        hub.client.post(f"/notifications/{made[1]['id']}/read")
        with Socket(hub, someone) as socket:
            socket.send(type="ping")
            initial = socket.next()
            assert initial["type"] == "initial_notifications"
            assert initial["notifications"] == [made[2], made[0]]
            assert socket.next() == {"type": "pong"}

    @pytest.mark.parametrize("count", [1, 20_000])
    def test_what_comes_with_the_handshake_waits_for_the_first_message(self, hub, someone, count):
        with Raw(hub) as raw:
            raw.send(upgrade(f"/ws/notificaciones/{someone}/").encode() + frame(1, b'{"type":"ping"}') * count)
            assert raw.response().status == 101
            types = [json.loads(RawWebSocket.receive(raw)[1])["type"] for _ in range(count + 1)]
            assert types == ["initial_notifications"] + ["pong"] * count

    def test_a_new_notification_has_the_documents_members(self, hub, someone):
        with Socket(hub, someone) as socket:
            assert socket.next()["notifications"] == []
            made = create(hub, someone, "Alta probabilidad de craving detectada", deseo_id=5)
            event = socket.next()
            assert event["type"] == "new_notification" and event["notification"] == made
            assert made["tipo"] == "aviso" and made["leida"] is False and made["deseo_id"] == 5
            assert isinstance(made["id"], int)

    def test_mark_read_reaches_every_connection_of_the_consumer_and_no_other(self, hub, someone):
        made = create(hub, someone)
        with Socket(hub, someone) as one, Socket(hub, someone) as two, Socket(hub, f"{someone}-b") as other:
            for socket in (one, two, other):
                socket.next()
            one.send(type="mark_read", notification_id=made["id"])
            for socket in (one, two):
                event = socket.next()
                assert (event["type"], event["notification_id"]) == ("marked_read", made["id"])
            assert other.sync() == [] and one.sync() == [] and two.sync() == []
        with Socket(hub, someone) as again:
            assert again.next()["notifications"] == []

    def test_an_unknown_notification_is_an_error_and_the_connection_stays(self, hub, someone):
        with Socket(hub, someone) as socket:
            socket.next()
            socket.send(type="mark_read", notification_id=123456789)
            assert socket.next()["code"] == "not_found"
            assert socket.sync() == []

    def test_on_ws_the_message_names_the_consumer(self, hub, consumer, someone):
        made = create(hub, someone)
        ws = consumer()
        ws.send(type="mark_read", notification_id=made["id"], ref=1)
        error = ws.next()
        assert (error["code"], error["ref"]) == ("invalid_message", 1)
        ws.send(type="mark_read", notification_id=made["id"], consumer=someone, ref=2)
        assert ws.next() == {"type": "marked_read", "notification_id": made["id"], "ref": 2}

    def test_the_cursor_of_the_first_message_resumes_anywhere(self, hub, consumer, someone):
        with Socket(hub, someone) as socket:
            cursor = socket.next()["cursor"]
        made = create(hub, someone)
        ws = consumer()
        ws.subscribe(f"notifications:{someone}", since=cursor)
        assert ws.events(1)[0]["notification"] == made

    def test_other_groups_can_be_subscribed_to_as_on_ws(self, hub, someone, group):
        with Socket(hub, someone) as socket:
            socket.send(type="subscribe", groups=[group], ref=1)
            assert socket.next()["type"] == "initial_notifications"
            assert socket.next()["ref"] == 1


class TestNoHoleAndNoDouble:
    def test_clients_that_connect_while_notifications_are_made(self, hub, someone):
        """What is in the first message and what follows it is everything, once."""
        made, count = [], 300

        def write():
            for number in range(count):
                made.append(create(hub, someone, f"{number}")["id"])

        writer = threading.Thread(target=write)
        writer.start()
        sockets = []
        while writer.is_alive() and len(sockets) < 60:
            sockets.append(Socket(hub, someone))
        writer.join()
        initials = set()
        for socket in sockets:
            with socket:
                initial = socket.next()
                assert initial["type"] == "initial_notifications"
                ids = [each["id"] for each in reversed(initial["notifications"])]
                initials.add(len(ids))
                while ids[-1:] != made[-1:]:
                    event = socket.next()
                    assert event["type"] == "new_notification", event
                    ids.append(event["notification"]["id"])
                assert socket.sync() == []
                assert ids == made[-len(ids):]
                assert len(ids) == count or initial["more"]
        assert len(initials) > 1, "all of them connected at the same point"


class TestRest:
    def test_the_life_of_a_notification(self, hub, someone):
        made = [create(hub, someone) for _ in range(3)]
        page = hub.client.get("/notifications", params={"consumer": someone, "limit": 2}).json()
        assert page["notifications"] == [made[2], made[1]]
        rest = hub.client.get("/notifications", params={"consumer": someone, "after": page["next"]}).json()
        assert rest == {"notifications": [made[0]], "next": None}
        assert hub.client.post(f"/notifications/{made[0]['id']}/read").json() == made[0] | {"leida": True}
        unread = hub.client.get("/notifications/unread", params={"consumer": someone}).json()
        assert unread == {"consumer": someone, "unread": 2}
        assert hub.client.post(f"/notifications/read?consumer={someone}").json() == {
            "consumer": someone, "marked": 2, "more": False}
        assert hub.client.delete(f"/notifications/{made[1]['id']}").status_code == 204
        assert hub.client.get(f"/notifications/{made[1]['id']}").status_code == 404
        everything = hub.client.get("/notifications", params={"consumer": someone, "unread": "false"}).json()
        assert [each["id"] for each in everything["notifications"]] == [made[2]["id"], made[0]["id"]]

    def test_they_are_kept_as_long_as_the_operator_says(self, start_hub, someone):
        hub = start_hub("--notifications-age", "1ms")
        made = create(hub, someone)
        eventually(lambda: hub.client.get(f"/notifications/{made['id']}").status_code == 404, "it is gone")
        assert hub.client.get("/notifications", params={"consumer": someone}).json()["notifications"] == []
        assert hub.client.get("/notifications/unread", params={"consumer": someone}).json()["unread"] == 0
        with Socket(hub, someone) as socket:
            assert socket.next()["notifications"] == []
        hub.stop()

    def test_they_survive_a_crash(self, start_hub, someone):
        hub = start_hub()
        made = create(hub, someone)
        hub.kill()
        hub = start_hub()
        with Socket(hub, someone) as socket:
            assert socket.next()["notifications"] == [made]
        assert create(hub, someone)["id"] == made["id"] + 1
        hub.stop()

    def test_the_request_of_seed_000(self, hub):
        with Socket(hub, "593999999999") as socket:
            assert socket.next()["notifications"] == []
            answer = hub.client.post("/api/cascade/notify/", json={
                "type": "alert", "message": "Stock bajo en módulo A", "recipients": ["+593999999999"],
                "channel": "whatsapp"})
            assert answer.status_code == 201, answer.text
            sent = answer.json()["notifications"]
            assert [(each["consumer"], each["recipient"]) for each in sent] == [("593999999999", "+593999999999")]
            notification = socket.next()["notification"]
            assert notification["contenido"] == "Stock bajo en módulo A" and notification["channel"] == "whatsapp"
