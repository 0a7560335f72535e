"""WebSocket façade and RFC 6455 as clients see them (WIRE §4)."""

import asyncio
import json

import aiohttp
import pytest
import websocket
from websockets.exceptions import InvalidStatus

from support.consumer import Consumer, assert_contiguous, data, is_event
from support.raw import Raw, RawWebSocket, frame, upgrade


class TestWelcome:
    def test_it_counts_the_clients_and_gives_a_cursor(self, hub, consumer):
        first = consumer().frames[0]
        second = consumer().frames[0]
        assert second["clients"] == first["clients"] + 1
        assert "-" in first["cursor"] and first["version"] and first["limits"]

    def test_the_root_is_seed_002s_socket(self, hub, consumer):
        one = consumer("/")
        assert one.until("subscribed")["groups"] == ["tasks"]
        hub.client.post("/tasks", json={"title": "desde la raíz"})
        assert one.events(1)[0]["task"]["title"] == "desde la raíz"

    def test_both_doors_lead_to_one_hub(self, hub, consumer, group):
        one = consumer(f"/ws?groups={group}")
        with Consumer(f"ws://127.0.0.1:{hub.ports[1]}/ws?groups={group}") as other:
            other.until("subscribed")
            hub.publish(group, "a las dos")
            assert one.events(1) == other.events(1)

    def test_groups_in_the_query(self, consumer, group):
        assert consumer(f"/ws?groups={group},{group}.b").until("subscribed")["groups"] == [group, f"{group}.b"]

    def test_a_trailing_slash_is_the_same_route(self, consumer):
        assert consumer("/ws/").frames[0]["type"] == "welcome"

    def test_a_bad_group_in_the_query_is_said(self, hub):
        try:
            with Consumer(hub.ws_url + "/ws?groups=no%20such") as one:
                while one.next()["type"] != "error":
                    pass
        except InvalidStatus as refusal:
            assert refusal.response.status_code in (400, 422)

    def test_the_subprotocol_is_echoed(self, hub):
        with Consumer(hub.ws_url + "/ws", subprotocols=["other", "campana.v1"]) as one:
            assert one.connection.subprotocol == "campana.v1"

    def test_no_subprotocol_is_made_up(self, hub):
        assert RawWebSocket(hub).handshake.header("Sec-WebSocket-Protocol") is None


class TestSubscriptions:
    def test_only_what_was_asked_for(self, hub, consumer, group):
        one = consumer()
        answer = one.subscribe(group, ref="r-1")
        assert answer["groups"] == [group] and answer["ref"] == "r-1"
        assert answer["resume"] == "live" and "-" in answer["cursor"]
        hub.publish(group + ".other", 1)
        hub.publish(group, 2)
        assert data(one.events(1)) == [2]

    def test_unsubscribe_ends_it(self, hub, consumer, group):
        one = consumer()
        one.subscribe(group, group + ".b")
        assert one.ask("unsubscribed", type="unsubscribe", groups=[group], ref=7)["ref"] == 7
        hub.publish(group, 1)
        hub.publish(group + ".b", 2)
        assert data(one.events(1)) == [2]

    def test_twice_is_once(self, hub, consumer, group):
        one = consumer()
        one.subscribe(group)
        one.subscribe(group)
        hub.publish(group, 1)
        assert data(one.events(1)) == [1]
        assert one.sync() == []

    def test_one_that_is_given_up_while_it_is_read_leaves_nothing(self, hub, consumer, group):
        hub.publish_many(group, range(1000))
        one = consumer()
        for ref in range(20):
            one.send(type="subscribe", groups=[group], since="earliest")
            one.send(type="unsubscribe", groups=[group], ref=ref)
        while one.next().get("ref") != 19:
            pass
        hub.publish(group, "ya no")
        assert "ya no" not in data(one.sync())
        one.subscribe(group, since="earliest")
        assert data(one.events(1001)) == [*range(1000), "ya no"]

    def test_one_that_was_live_and_given_up_does_not_hold_the_next_up(self, hub, consumer, group):
        for batch in range(3):  # more than a page: the next is read once this one is sent
            hub.publish_many(group, range(batch * 1000, batch * 1000 + 1000))
        one = consumer()
        one.subscribe(group)
        one.ask("unsubscribed", type="unsubscribe", groups=[group])
        one.subscribe(group, since="earliest")
        assert data(one.events(3000)) == list(range(3000))

    def test_a_pattern_and_a_group_in_it_deliver_once(self, hub, consumer, group):
        one = consumer()
        one.subscribe(f"{group}:*", f"{group}:a")
        hub.publish(f"{group}:a", 1)
        assert data(one.events(1)) == [1]
        assert one.sync() == []

    def test_patterns(self, hub, consumer, group):
        star, rest = consumer(), consumer()
        star.subscribe(f"{group}:*")
        rest.subscribe(f"{group}:**")
        for name in (f"{group}:a", f"{group}:a:b", f"{group}:c"):
            hub.publish(name, name)
        assert data(star.events(2)) == [f"{group}:a", f"{group}:c"]
        assert data(rest.events(3)) == [f"{group}:a", f"{group}:a:b", f"{group}:c"]
        assert star.sync() == []

    def test_a_message_with_a_malformed_group_is_refused_whole(self, hub, consumer, group):
        one = consumer()
        one.send(type="subscribe", groups=[group, "not a group"], ref=1)
        error = one.next()
        assert error["type"] == "error" and error["ref"] == 1 and "not a group" in error["message"]
        hub.publish(group, 1)
        assert one.sync() == []


class TestPublish:
    def test_published_comes_with_the_place(self, consumer, group):
        one = consumer()
        one.subscribe(group)
        one.send(type="publish", group=group, event="saludo", data={"a": [1, "á"]}, ref=3)
        frames = [one.next(), one.next()]
        published = next(f for f in frames if f["type"] == "published")
        event = next(f for f in frames if is_event(f))
        assert published["ref"] == 3 and published["seq"] == event["seq"] == 1
        assert published["cursor"] == event["cursor"]
        assert (event["type"], event["data"]) == ("saludo", {"a": [1, "á"]})

    def test_a_thousand_from_one_keep_their_order(self, consumer, group):
        one, other = consumer(), consumer()
        other.subscribe(group)
        for i in range(1000):
            one.send(type="publish", group=group, event="n", data=i)
        events = other.events(1000)
        assert data(events) == list(range(1000))
        assert_contiguous(events)
        assert [one.until("published")["seq"] for _ in range(1000)] == list(range(1, 1001))

    def test_a_key_makes_it_once(self, consumer, group):
        one = consumer()
        message = dict(type="publish", group=group, event="n", data=1, key="k-1")
        first, second = one.ask("published", **message), one.ask("published", **message)
        assert (first["seq"], first["cursor"]) == (second["seq"], second["cursor"])

    @pytest.mark.parametrize("change", [
        {"group": "$sys:webhooks"}, {"group": "a b"}, {"group": ""}, {"event": "Not A Type"}, {"event": 5},
        {"group": None}, {"data": "x" * 300_000},
    ])
    def test_what_cannot_be_published_is_an_error(self, consumer, group, change):
        one = consumer()
        one.send(**(dict(type="publish", group=group, event="n", data=1, ref="r") | change))
        error = one.next()
        assert error["type"] == "error" and error["ref"] == "r"
        one.ask("pong", type="ping")


class TestErrors:
    @pytest.mark.parametrize("text", [
        "", "hola", "{", "[]", "5", '{"type":5}', "{}", '{"type":"no_such"}', '{"type":"subscribe"}',
        '{"type":"subscribe","groups":"tasks"}', '{"type":"subscribe","groups":[5]}',
        '{"type":"subscribe","groups":["tasks"],"since":5.5}', '{"type":"subscribe","groups":["tasks"],"since":"ayer"}',
        '{"type":"ping","type":"ping"}', '{"type":"unsubscribe"}', '{"type":"publish"}',
    ])
    def test_what_is_not_understood_is_said_and_the_connection_stays(self, consumer, text):
        one = consumer()
        one.send(text)
        error = one.next()
        assert error["type"] == "error"
        assert error["code"] == error["code"].lower() and error["message"]
        one.ask("pong", type="ping")

    @pytest.mark.parametrize("ref", [1, "uno", 9007199254740993, -1])
    def test_ref_comes_back_as_it_went(self, consumer, ref):
        one = consumer()
        assert one.ask("pong", type="ping", ref=ref)["ref"] == ref
        one.send(type="no_such", ref=ref)
        assert one.next()["ref"] == ref

    def test_too_many_subscriptions_are_an_error(self, hub, consumer, group):
        one = consumer()
        limit = one.frames[0]["limits"].get("subscriptions", 1000)
        for start in range(0, limit + 100, 100):
            one.send(type="subscribe", groups=[f"{group}:{i}" for i in range(start, start + 100)])
        while one.next()["type"] != "error":
            pass
        one.ask("pong", type="ping")


class TestFraming:
    def test_binary_is_1003(self, consumer):
        one = consumer()
        one.connection.send(b"hola")
        assert one.closed()[0] == 1003

    def test_a_message_past_the_limit_is_1009(self, consumer):
        one = consumer()
        one.send('{"type":"ping","ref":"' + "x" * 1_100_000 + '"}')
        assert one.closed()[0] == 1009

    def test_a_message_below_the_limit_is_taken(self, consumer):
        one = consumer()
        one.send('{"type":"ping"' + " " * 1_000_000 + "}")
        assert one.until("pong")

    def test_a_fragmented_message_with_a_ping_between(self, hub):
        with RawWebSocket(hub) as raw:
            raw.message("welcome")
            raw.frame(1, b'{"type":', final=False)
            raw.frame(9, b"entre")
            assert raw.receive() == (10, b"entre")
            raw.frame(0, b'"ping","ref":"', final=False)
            raw.frame(0, 'á"}'.encode())
            assert raw.message("pong")["ref"] == "á"

    def test_a_message_byte_by_byte(self, hub):
        with RawWebSocket(hub) as raw:
            for octet in frame(1, b'{"type":"ping"}'):
                raw.send(bytes([octet]))
            assert raw.message("pong")

    def test_frames_behind_the_handshake_in_one_packet(self, hub):
        with Raw(hub) as raw:
            raw.send(upgrade().encode() + frame(9, b"ya"))
            assert raw.response().status == 101
            assert raw.take(2)[0] & 0x0F in (1, 10)

    @pytest.mark.parametrize("bytes_, code", [
        (frame(1, b"{}", mask=False), 1002), (frame(1, b"{}", reserved=4), 1002), (frame(1, b"{}", reserved=2), 1002),
        (frame(3), 1002), (frame(11), 1002), (frame(0, b"a"), 1002), (frame(9, b"a" * 126), 1002),
        (frame(9, b"a", final=False), 1002), (frame(1, b"a", final=False) + frame(1, b"b"), 1002),
        (frame(1, b"\xff\xfe"), 1007), (frame(1, b"\xed\xa0\x80"), 1007), (frame(8, b"\x03"), 1002),
        (frame(8, b"\x03\xed"), 1002), (frame(8, b"\x03\xe8\xff"), 1007), (frame(8, b"\x03\xe7"), 1002),
        (b"\x81\xff" + b"\xff" * 8, 1002), (b"\x81\xfe\x00\x01", 1002),
    ])
    def test_a_breach_closes_with_its_code(self, hub, bytes_, code):
        with RawWebSocket(hub) as raw:
            raw.message("welcome")
            raw.send(bytes_ + b"\0" * 8 if len(bytes_) < 6 else bytes_)
            assert raw.close_code() == code

    @pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
    def test_a_close_is_echoed(self, hub, code):
        with RawWebSocket(hub) as raw:
            raw.message("welcome")
            raw.frame(8, code.to_bytes(2, "big") + b"adi\xc3\xb3s")
            assert raw.close_code() == code

    def test_a_close_without_a_code_is_answered(self, hub):
        with RawWebSocket(hub) as raw:
            raw.message("welcome")
            raw.frame(8)
            assert raw.close_code() in (None, 1000)

    def test_what_follows_a_close_is_not_read(self, hub, consumer, group):
        watcher = consumer(f"/ws?groups={group}")
        with RawWebSocket(hub) as raw:
            message = json.dumps({"type": "publish", "group": group, "event": "late", "data": 1}).encode()
            raw.send(frame(8, b"\x03\xe8") + frame(1, message))
            assert raw.close_code() == 1000
        watcher.until("subscribed")
        assert watcher.sync() == []


class TestDeflate:
    def test_negotiated_where_offered(self, hub):
        with RawWebSocket(hub, Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits") as raw:
            assert raw.handshake.header("Sec-WebSocket-Extensions").startswith("permessage-deflate")
        with RawWebSocket(hub) as raw:
            assert raw.handshake.header("Sec-WebSocket-Extensions") is None

    def test_both_ways_by_a_client_that_compresses(self, hub, group):
        with Consumer(hub.ws_url + f"/ws?groups={group}", compression="deflate") as one:
            one.until("subscribed")
            text = "compresión " * 1000
            for i in range(20):
                one.send(type="publish", group=group, event="t", data=[i, text])
            assert data(one.events(20)) == [[i, text] for i in range(20)]

    def test_compressed_and_plain_consumers_get_the_same(self, hub, group):
        url = hub.ws_url + f"/ws?groups={group}"
        with Consumer(url, compression="deflate") as packed, Consumer(url, compression=None) as plain:
            packed.until("subscribed"), plain.until("subscribed")
            hub.publish_many(group, ["x" * i for i in range(0, 2000, 100)])
            assert packed.events(20) == plain.events(20)

    def test_what_inflates_past_the_limit_is_1009(self, hub):
        with Consumer(hub.ws_url + "/ws", compression="deflate") as one:
            one.send('{"type":"ping","ref":"' + "x" * 50_000_000 + '"}')
            assert one.closed()[0] == 1009


class TestOtherClients:
    def test_websocket_client(self, hub, group):
        socket = websocket.create_connection(hub.ws_url + f"/ws?groups={group}", timeout=30)
        assert [json.loads(socket.recv())["type"] for _ in range(2)] == ["welcome", "subscribed"]
        hub.publish(group, "hola")
        assert data([json.loads(socket.recv())]) == ["hola"]
        socket.ping(b"x")
        assert socket.recv_data_frame(control_frame=True)[0] == websocket.ABNF.OPCODE_PONG
        socket.close(status=1000)

    def test_aiohttp(self, hub, group):
        async def session():
            async with aiohttp.ClientSession() as client:
                url = hub.url + f"/ws?groups={group}"
                async with client.ws_connect(url, compress=15, protocols=["campana.v1"]) as socket:
                    types = [(await socket.receive_json())["type"] for _ in range(2)]
                    assert types == ["welcome", "subscribed"] and socket.protocol == "campana.v1"
                    await socket.send_json({"type": "publish", "group": group, "event": "t", "data": "ñ"})
                    received = [await socket.receive_json(), await socket.receive_json()]
                    assert data(filter(is_event, received)) == ["ñ"]
                assert socket.close_code == 1000

        asyncio.run(session())

    def test_control_frames_by_websockets(self, consumer):
        one = consumer()
        assert one.connection.ping(b"latido").wait(30)
