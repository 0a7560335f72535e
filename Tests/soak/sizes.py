"""How large each test is: the long form by default, a form of seconds with CAMPANA_SOAK=short.

Each size also has a variable of its own, `CAMPANA_SOAK_KILLS=1000` for `KILLS`, which wins.
"""

import os

_IS_SHORT = os.environ.get("CAMPANA_SOAK") == "short"


def _size(name, long, short):
    return int(os.environ.get(f"CAMPANA_SOAK_{name}", short if _IS_SHORT else long))


# Where the dice begin; another seed is another run.
SEED = _size("SEED", 1, 1)

KILLS = _size("KILLS", 100, 5)

READERS = _size("READERS", 10_000, 300)
STOPPED = _size("STOPPED", 1_000, 30)
BATCHES = _size("BATCHES", 100, 40)

RESTARTS = _size("RESTARTS", 20, 2)
CONSUMERS = _size("CONSUMERS", 1_000, 50)
SPREAD_MS = _size("SPREAD_MS", 5_000, 1_000)

TAIL_EVENTS = _size("TAIL_EVENTS", 100_000, 4_000)
TAIL_SECONDS = _size("TAIL_SECONDS", 60, 5)

STREAM_SECONDS = _size("STREAM_SECONDS", 60, 5)

SLEEPERS = _size("SLEEPERS", 8, 3)
PAST_SECONDS = _size("PAST_SECONDS", 60, 6)

LOG_EVENTS = _size("LOG_EVENTS", 1_000_000, 50_000)

IMPORT_ROWS = _size("IMPORT_ROWS", 1_000_000, 20_000)
