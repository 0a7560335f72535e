"""kill -9 at random instants under 8 writers: nothing that was answered is lost, or there twice."""

import subprocess
from collections import Counter

import sizes
from support.hub import CAMPANAD, plain_environment
from writers import PACE, BatchWriter, CarelessWriter, Log, WebSocketWriter, Writer

WRITERS = [Writer, CarelessWriter, BatchWriter, WebSocketWriter] * 2
GROUP = "soak:kills"


def kill_while_it_starts(data, port, dice):
    """A hub that does not live to say that it is ready."""
    process = subprocess.Popen(
        [CAMPANAD, "--data", data, "--listen", f"127.0.0.1:{port}"], env=plain_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    PACE.wait(dice.uniform(0, 0.05))
    process.kill()
    process.wait()


def test_what_was_answered_is_there_once(start_hub, swarm, port, tmp_path, dice, report):
    hub = start_hub()
    log = Log(GROUP, hub.publish("elsewhere")["cursor"])
    # Watchers, because nobody may see what is not durable: what they saw must be in the log for good.
    watchers = swarm(GROUP, since=log.cursor, returns=True)
    watchers.open(4)
    writers = [kind(port, GROUP, name) for name, kind in enumerate(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(sizes.KILLS):
        PACE.wait(dice.expovariate(4))
        hub.kill()
        if dice.random() < 0.2:
            kill_while_it_starts(tmp_path / "data", port, dice)
        hub = start_hub()
        log.check(hub, writers)
        watchers.tally()
    for writer in writers:
        writer.finish()
    log.check(hub, writers)
    watchers.reach(log.seq)
    seen = {tuple(event["data"]): (event["seq"], event["cursor"]) for event in watchers.events()}
    assert seen == log.written
    for writer in writers:
        there = sum(name == writer.name_on_wire for name, _ in log.written)
        if writer.is_keyed:
            assert there == len(writer.answered)
        else:
            assert len(writer.answered) <= there <= len(writer.answered) + writer.unanswered
        whole = Counter(number // writer.size for name, number in log.written if name == writer.name_on_wire)
        assert set(whole.values()) == {writer.size}, f"writer {writer.name_on_wire}: a batch is there in part: {whole}"
    report(f"{sizes.KILLS} kills, {log.seq} events, {sum(writer.unanswered for writer in writers)} writes without an "
           f"answer, {sum(writer.replayed for writer in writers)} answers replayed to a key")
    hub.stop()
