"""Holds campanad and our WebSocket client to all cases of the Autobahn test suite.

kosoku drives the cases: as a client against `campanad --echo`, and as a server for
conformance-client, which echoes too. Every case must be OK, or be one of those that have no
right answer (see UNJUDGED). Exits with 0 only then.
"""

import argparse
import asyncio
import collections
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

ROOT = Path(__file__).resolve().parents[2]

# What the whole suite counts; a run of fewer that was not asked for is a failure.
ALL_CASES = 517

# Cases whose verdict is INFORMATIONAL for every implementation, and why.
UNJUDGED = {
    "7.1.6": "whether a message before a Close is still echoed is the implementation's choice",
    "7.13.1": "RFC 6455 §7.4.2 does not say what becomes of a code of 5000; we answer 1002",
    "7.13.2": "the same for 65535",
}

# A case takes seconds; this is for a run that hangs.
ROLE_TIMEOUT = 45 * 60
PROCESS_TIMEOUT = 30


class RunFailed(Exception):
    """The cases could not be run to their end."""


def kill(process):
    if process.returncode is None:
        process.kill()


class Daemon:
    """`campanad` with an echoing path, on a port that the kernel picks."""

    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = Path(directory)

    async def __aenter__(self):
        self.log = open(self.directory / "campanad.log", "wb")
        self.process = await asyncio.create_subprocess_exec(
            self.binary, "--data", str(self.directory / "data"), "--listen", "127.0.0.1:0",
            # Case group 9 sends 16 MiB at once, and wants it back.
            "--echo", "/echo", "--max-message-bytes", "64MiB", "--max-frame-bytes", "64MiB",
            "--queue-bytes", "64MiB", stdout=asyncio.subprocess.PIPE, stderr=self.log)
        try:
            self.port = await asyncio.wait_for(self._bound_port(), PROCESS_TIMEOUT)
        except BaseException:
            kill(self.process)
            raise
        self.reader = asyncio.create_task(self._discard_output())
        return self

    async def _bound_port(self):
        while line := (await self.process.stdout.readline()).decode(errors="replace").strip():
            if line.startswith("listening on http://"):
                return int(line.rsplit(":", 1)[1].rstrip("/"))
        raise RunFailed(f"campanad named no port: {self._log_tail()}")

    async def _discard_output(self):
        while await self.process.stdout.read(65536):
            pass

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(self.process.wait(), PROCESS_TIMEOUT)
        except asyncio.TimeoutError:
            kill(self.process)
            raise RunFailed(f"campanad did not end on SIGTERM: {self._log_tail()}") from None
        finally:
            self.log.close()
        if code != 0:
            raise RunFailed(f"campanad ended with {code}: {self._log_tail()}")

    def _log_tail(self):
        return (self.directory / "campanad.log").read_text(errors="replace")[-4000:]


async def test_server(options):
    """The cases against the daemon."""
    with tempfile.TemporaryDirectory(prefix="campana-conformance-") as directory:
        async with Daemon(options.daemon, directory) as daemon:
            return await verdicts(
                run_fuzzingclient(
                    f"ws://127.0.0.1:{daemon.port}/echo", options.include, options.exclude,
                    concurrency=options.parallel))


async def test_client(options):
    """The cases against the client, which goes through them one by one."""
    async with run_fuzzingserver(options.include, options.exclude, port=0) as server:
        client = await asyncio.create_subprocess_exec(
            options.client, f"ws://{server.address}:{server.port}", "campana")
        run = asyncio.create_task(verdicts(server.get_result()))
        ended = asyncio.create_task(client.wait())
        await asyncio.wait({run, ended}, return_when=asyncio.FIRST_COMPLETED)
        try:
            # The client's last request makes the server write its report, and both end.
            results = await asyncio.wait_for(run, PROCESS_TIMEOUT)
            code = await asyncio.wait_for(ended, PROCESS_TIMEOUT)
        except asyncio.TimeoutError:
            raise RunFailed(
                f"the cases did not end; the client's exit code: {client.returncode}") from None
        finally:
            kill(client)
        if code != 0:
            raise RunFailed(f"the client ended with {code}")
        return results


async def verdicts(run):
    """What a run found, whether or not kosoku calls it a failure."""
    try:
        return await asyncio.wait_for(run, ROLE_TIMEOUT)
    except FailureError as failure:
        return failure.results


def fault(result):
    """Why a case is not passed; `None` where it is."""
    behavior, close = result.behavior.value, result.behavior_close.value
    if behavior == close == "OK":
        return None
    if result.case_id in UNJUDGED and {behavior, close} <= {"OK", "INFORMATIONAL"}:
        return None
    return f"{behavior} ({result.result}); close {close} ({result.result_close})"


def report(role, results, options, seconds):
    """Prints the totals of one role, and each fault; says whether there was none."""
    totals = collections.Counter(result.behavior.value for result in results)
    faults = {result.case_id: text for result in results if (text := fault(result))}
    passed = len(results) - len(faults)
    counts = ", ".join(f"{count} {name}" for name, count in totals.most_common())
    print(f"{role}: {passed} of {len(results)} cases passed ({counts}) in {seconds:.0f} s")
    for result in results:
        if result.case_id in faults:
            print(f"  {result.case_id}: {faults[result.case_id]}\n    {result.description}")
        elif result.behavior.value != "OK":
            print(f"  {result.case_id} has no right answer: {UNJUDGED[result.case_id]}")
    if options.report:
        directory = Path(options.report)
        directory.mkdir(parents=True, exist_ok=True)
        rows = [
            {
                "case": result.case_id, "behavior": result.behavior.value,
                "close": result.behavior_close.value, "close_code": result.remote_close_code,
                "duration_ms": result.duration, "fault": faults.get(result.case_id),
            }
            for result in results
        ]
        (directory / f"{role}.json").write_text(json.dumps(rows, indent=1) + "\n")
    is_whole = bool(options.include or options.exclude) or len(results) == ALL_CASES
    if not is_whole:
        print(f"  {ALL_CASES} cases were to be run")
    return is_whole and not faults and bool(results)


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roles", nargs="*", metavar="server|client", help="default: both")
    parser.add_argument("--daemon", default=str(ROOT / ".build/release/campanad"))
    parser.add_argument("--client", default=str(ROOT / ".build/release/conformance-client"))
    parser.add_argument("--include", action="append", help="a case or a glob, such as 6.*")
    parser.add_argument("--exclude", action="append", help="a case or a glob")
    parser.add_argument("--parallel", type=int, default=4, help="cases at one time, server only")
    parser.add_argument("--report", help="a directory for server.json and client.json")
    options = parser.parse_args()
    tests = {"server": test_server, "client": test_client}
    unknown = set(options.roles) - set(tests)
    if unknown:
        parser.error(f"no such role: {', '.join(sorted(unknown))}")

    is_good = True
    for role in options.roles or tests:
        start = time.monotonic()
        try:
            results = await tests[role](options)
        except RunFailed as failure:
            print(f"{role}: {failure}")
            is_good = False
        else:
            is_good &= report(role, results, options, time.monotonic() - start)
    return 0 if is_good else 1


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    # kosoku 0.1.0 leaves a thread behind that now and then aborts an interpreter which shuts
    # down in order: seen after every second run as a server.
    os._exit(code)
