"""Waiting for what another process does, with a deadline and never for a fixed time."""

import threading
import time

# Generous: it is reached only when something is wrong, or the machine is very busy.
DEADLINE = 30.0

_PACE = threading.Event()


def eventually(question, what, deadline=DEADLINE):
    """The first true answer of `question`, asked again until the deadline."""
    end = time.monotonic() + deadline
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {deadline} s: {what}"
        _PACE.wait(0.01)  # never set: it only keeps the polling from taking the daemon's core
