"""HTTP/1.1 as bytes (RFC 9110, RFC 9112): what a browser never sends and an attacker does."""

import json
import socket

import pytest

from support.raw import Raw, upgrade

HUB_FLAGS = ("--head-timeout", "300ms", "--body-timeout", "300ms", "--idle-timeout", "60s")

HEALTH = "GET /health HTTP/1.1\r\nHost: hub\r\n\r\n"


@pytest.fixture
def raw(hub):
    with Raw(hub) as connection:
        yield connection


def post(body, *fields, target="/tasks", length=None):
    size = len(body.encode()) if length is None else length
    lines = [f"POST {target} HTTP/1.1", "Host: hub", "Content-Type: application/json",
             f"Content-Length: {size}", *fields]
    return "\r\n".join(lines) + "\r\n\r\n" + body


class TestMessages:
    def test_a_connection_serves_many_requests(self, raw):
        for _ in range(3):
            raw.send(HEALTH)
            assert raw.response().json()["status"] == "healthy"

    def test_pipelined_requests_are_answered_in_order(self, raw):
        raw.send("".join(post(f'{{"title":"tubería {i}"}}') + HEALTH for i in range(50)))
        for i in range(50):
            assert raw.response().json()["title"] == f"tubería {i}"
            assert raw.response().json()["status"] == "healthy"

    def test_a_request_may_come_byte_by_byte(self, raw):
        for octet in post('{"title":"poco a poco"}').encode():
            raw.send(bytes([octet]))
        assert raw.response().status == 201

    def test_connection_close_is_kept(self, raw):
        raw.send(HEALTH.replace("Host: hub", "Host: hub\r\nConnection: close"))
        response = raw.response()
        assert response.status == 200 and response.header("Connection").lower() == "close"
        assert raw.is_closed()

    def test_http_1_0_closes_unless_told_otherwise(self, raw):
        raw.send("GET /health HTTP/1.0\r\n\r\n")
        assert raw.response().status == 200
        assert raw.is_closed()

    def test_every_answer_is_dated(self, raw):
        raw.send(HEALTH)
        assert raw.response().header("Date").endswith(" GMT")

    def test_a_chunked_body_is_put_together(self, raw):
        raw.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n"
                 "Content-Type: application/json\r\n\r\n"
                 '9\r\n{"title":\r\n6;ext=1\r\n"trozo\r\n2\r\n"}\r\n0\r\n\r\n')
        assert raw.response().json()["title"] == "trozo"
        raw.send(HEALTH)
        assert raw.response().status == 200

    def test_an_expectation_is_answered_before_the_body(self, raw):
        body = '{"title":"continúa"}'
        head, _ = post(body, "Expect: 100-continue").split("\r\n\r\n")
        raw.send(head + "\r\n\r\n")
        assert raw.response().status == 100
        raw.send(body)
        assert raw.response().json()["title"] == "continúa"

    def test_a_body_that_did_not_wait_is_taken_and_nothing_follows_its_answer(self, raw):
        raw.send(HEALTH + post('{"title":"impaciente"}', "Expect: 100-continue") + HEALTH)
        statuses = []
        while len([status for status in statuses if status >= 200]) < 3:
            statuses.append(raw.response().status)
        assert statuses in ([200, 201, 200], [200, 100, 201, 200])

    def test_who_has_shut_its_own_end_still_gets_the_answer(self, raw):
        raw.send(HEALTH + "GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
        raw.socket.shutdown(socket.SHUT_WR)
        assert [raw.response().status, raw.response().status] == [200, 200]
        assert raw.is_closed()

    def test_another_expectation_is_417(self, raw):
        raw.send(post("{}", "Expect: miracles"))
        assert raw.response().status == 417

    def test_a_body_that_will_be_refused_is_not_asked_for(self, raw):
        raw.send(post("", "Expect: 100-continue", length=50_000_000))
        assert raw.response().status == 413

    def test_head_has_the_fields_and_no_body(self, raw):
        raw.send(HEALTH.replace("GET", "HEAD"))
        assert int(raw.response(to_head=True).header("Content-Length")) > 0
        raw.send(HEALTH)
        assert raw.response().status == 200

    def test_options(self, raw):
        raw.send("OPTIONS /tasks HTTP/1.1\r\nHost: hub\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: hub\r\n\r\n")
        first, second = raw.response(), raw.response()
        assert first.status in (200, 204) and "POST" in first.header("Allow")
        assert second.status in (200, 204)

    def test_an_absolute_target_is_its_path(self, raw):
        raw.send("GET http://hub/health HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert raw.response().status == 200

    @pytest.mark.parametrize("path", ["/he%61lth", "/./health", "/tasks/../health", "/health/", "/health?x=1"])
    def test_one_resource_under_its_spellings(self, raw, path):
        raw.send(HEALTH.replace("/health", path))
        assert raw.response().status == 200


# Each is answered 400 and nothing behind it is read: whoever stands before the hub may have cut it elsewhere.
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n"
AMBIGUOUS = {
    "length and chunked": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a list of lengths": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 3\r\n\r\n{}",
    "length with a sign": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n{}",
    "length below zero": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: -2\r\n\r\n{}",
    "length in hex": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: 0x2\r\n\r\n{}",
    "length empty": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n{}",
    "chunked twice": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": "POST /tasks HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size with a sign": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "chunk size with 0x": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "chunk size empty": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
    "chunk longer than said": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "chunk size ended by LF": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
    "space before the colon": "GET /health HTTP/1.1\r\nHost : h\r\n\r\n",
    "a folded field": "GET /health HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
    "white space first": "GET /health HTTP/1.1\r\n Host: h\r\n\r\n",
    "a bare CR": "GET /health HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
    "a NUL": "GET /health HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    "no colon": "GET /health HTTP/1.1\r\nHost: h\r\nX\r\n\r\n",
    "an empty name": "GET /health HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n",
    "no host": "GET /health HTTP/1.1\r\n\r\n",
    "two hosts": "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a bad host": "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
    "no version": "GET /health\r\nHost: h\r\n\r\n",
    "two spaces": "GET  /health HTTP/1.1\r\nHost: h\r\n\r\n",
    "a tab for a space": "GET\t/health HTTP/1.1\r\nHost: h\r\n\r\n",
    "a version in small letters": "GET /health http/1.1\r\nHost: h\r\n\r\n",
    "a method with a comma": "GE,T /health HTTP/1.1\r\nHost: h\r\n\r\n",
    "an encoded NUL": "GET /health%00 HTTP/1.1\r\nHost: h\r\n\r\n",
    "a broken escape": "GET /health%2 HTTP/1.1\r\nHost: h\r\n\r\n",
    "a fragment": "GET /health#a HTTP/1.1\r\nHost: h\r\n\r\n",
    "a relative path": "GET health HTTP/1.1\r\nHost: h\r\n\r\n",
}

TOO_LARGE = {
    "length past 64 bits": "POST /tasks HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551618\r\n\r\n{}",
    "chunk size past 64 bits": "POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n",
}


class TestSmuggling:
    @pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
    def test_what_is_ambiguous_is_400_and_ends_the_connection(self, raw, request_):
        raw.send(request_ + SMUGGLED)
        response = raw.response()
        assert response.status == 400, (response.status, response.body)
        assert response.header("Connection").lower() == "close"
        assert raw.is_closed()

    @pytest.mark.parametrize("request_", TOO_LARGE.values(), ids=TOO_LARGE.keys())
    def test_a_length_that_no_number_holds_is_refused(self, raw, request_):
        raw.send(request_ + SMUGGLED)
        assert raw.response().status in (400, 413)
        assert raw.is_closed()

    def test_an_unknown_coding_is_501_or_400(self, raw):
        raw.send("POST /tasks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED)
        assert raw.response().status in (400, 501)
        assert raw.is_closed()

    def test_equal_lengths_are_one(self, raw):
        raw.send(post('{"title":"a"}', "Content-Length: 13") + HEALTH)
        first = raw.response()
        if first.status == 201:  # RFC 9110 §8.6 leaves both to the recipient
            assert raw.response().status == 200
        else:
            assert first.status == 400 and raw.is_closed()

    def test_a_body_on_get_is_no_second_request(self, raw):
        hidden = "GET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n"
        raw.send(f"GET /health HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(hidden)}\r\n\r\n{hidden}")
        assert raw.response().status == 200
        raw.send(HEALTH)
        assert raw.response().json()["status"] == "healthy"

    def test_a_trailer_cannot_become_a_field(self, raw):
        raw.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
                 'd\r\n{"title":"a"}\r\n0\r\nIf-Match: "x"\r\n\r\n')
        assert raw.response().status in (201, 400)


class TestLimits:
    def test_a_long_target_is_414(self, raw):
        raw.send(f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert raw.response().status == 414
        assert raw.is_closed()

    def test_large_fields_are_431(self, raw):
        raw.send(f"GET /health HTTP/1.1\r\nHost: hub\r\nX: {'a' * 100_000}\r\n\r\n")
        assert raw.response().status == 431
        assert raw.is_closed()

    def test_many_fields_are_431(self, raw):
        raw.send("GET /health HTTP/1.1\r\nHost: hub\r\n" + "".join(f"X{i}: a\r\n" for i in range(150)) + "\r\n")
        assert raw.response().status == 431

    def test_a_body_past_the_limit_is_413(self, raw):
        raw.send(post("", length=1024 * 1024 + 1))
        response = raw.response()
        assert response.status == 413
        assert response.header("Content-Type") == "application/problem+json"

    def test_a_chunked_body_past_the_limit_is_413(self, raw):
        raw.send("POST /tasks HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(17):
            raw.send(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        assert raw.response().status == 413

    def test_another_major_version_is_505(self, raw):
        raw.send("GET /health HTTP/2.0\r\nHost: hub\r\n\r\n")
        assert raw.response().status == 505
        assert raw.is_closed()

    def test_a_method_nobody_knows(self, raw):
        raw.send("BREW /health HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert raw.response().status in (405, 501)


class TestPatience:
    def test_a_slow_head_is_408(self, raw):
        raw.send("GET /health HTTP/1.1\r\nHo")
        assert raw.response().status == 408
        assert raw.is_closed()

    def test_a_slow_body_is_408(self, raw):
        raw.send(post("{", length=20))
        assert raw.response().status == 408
        assert raw.is_closed()

    def test_a_silent_newcomer_is_let_go(self, start_hub):
        hub = start_hub("--idle-timeout", "100ms", "--head-timeout", "100ms")
        with Raw(hub) as raw:
            rest = raw.rest()
            assert rest == b"" or b" 408 " in rest
        hub.stop()

    def test_a_quiet_kept_connection_is_not_hurried_by_the_head_timeout(self, hub, raw):
        raw.send(HEALTH)
        assert raw.response().status == 200
        with Raw(hub) as other:  # this one is cut by the head timeout, so more than it has passed
            other.send("G")
            assert b" 408 " in other.rest()
        raw.send(HEALTH)
        assert raw.response().status == 200


class TestUpgrade:
    def test_another_version_is_426(self, raw):
        raw.send(upgrade(Sec_WebSocket_Version="12"))
        response = raw.response()
        assert response.status == 426
        assert response.header("Sec-WebSocket-Version") == "13"

    @pytest.mark.parametrize("fields", [
        {"Sec_WebSocket_Key": None}, {"Sec_WebSocket_Key": "short"}, {"Sec_WebSocket_Key": "!" * 24},
        {"Sec_WebSocket_Version": None},
    ])
    def test_a_broken_handshake_is_refused(self, raw, fields):
        raw.send(upgrade(**fields))
        assert raw.response().status in (400, 426)

    def test_ws_without_an_upgrade_is_426(self, raw):
        raw.send("GET /ws HTTP/1.1\r\nHost: hub\r\n\r\n")
        response = raw.response()
        assert response.status == 426
        assert response.header("Upgrade").lower() == "websocket"

    def test_the_accept_key_is_the_rfcs(self, raw):
        raw.send(upgrade(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="))
        response = raw.response()
        assert response.status == 101
        assert response.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    def test_the_page_without_an_upgrade(self, raw):
        raw.send("GET / HTTP/1.1\r\nHost: hub\r\nAccept: text/html\r\n\r\n")
        response = raw.response()
        assert response.status == 200
        assert response.header("Content-Type").startswith("text/html")


def test_problems_are_json_whatever_was_asked(raw):
    raw.send("GET /nowhere HTTP/1.1\r\nHost: hub\r\nAccept: text/html\r\n\r\n")
    response = raw.response()
    assert response.status == 404
    assert json.loads(response.body)["status"] == 404
