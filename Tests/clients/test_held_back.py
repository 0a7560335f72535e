"""Requests that wait for others of their connection: none is forgotten when its turn has come."""

import json

import pytest

from support.raw import Raw

# Nor does a timer bring another turn before the tests give up.
HUB_FLAGS = ("--queue-bytes", "4KiB", "--loops", "3", "--head-timeout", "10m", "--idle-timeout", "10m")

LARGE = "GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n"


def publish(group, value):
    body = json.dumps(value)
    return (f"POST /publish/{group} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}")


@pytest.mark.parametrize("attempt", range(8))  # connections are spread over the loops by the kernel
def test_a_write_behind_an_answer_larger_than_a_queue_is_done_though_nothing_else_comes(
        hub, group, attempt):
    with Raw(hub) as raw:
        raw.send(LARGE + publish(group, attempt) + LARGE + publish(group, attempt))
        sizes = []
        for seq in (1, 2):
            sizes.append(len(raw.response().body))
            answer = raw.response()
            assert (answer.status, answer.json()["seq"]) == (201, seq)
        assert min(sizes) > 4096, "it has not filled the queue"
