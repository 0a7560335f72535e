"""Measures the hub against the floor, and prints goal and result side by side.

The hub runs on one core, the load on another. Seconds on a shared machine are worth little, so
each figure of CPU is a ratio to the floor (floor.c: nothing but `send`) measured right before it,
by turns, and the median of the turns is shown. Every subscriber checks each event that it is
sent: one that is lost, doubled or out of order ends the run with a status that is not 0.

Instructions and allocations are counted as well where valgrind is: callgrind is exact and
repeatable whatever else runs, and each count has a limit that fails the run. Seconds never do.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from .counts import can_count, count
from .growth import growth
from .peers import PEERS, peers
from .rows import ROWS
from .servers import ROOT, Failure, compile_programs
from .table import describe, machine, markdown, paste, show, show_matrix

KINDS = ("bench", "count", "peers", "growth")


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("rows", nargs="*", metavar="ROW",
        help=f"of {', '.join(ROWS)}; with --peers of {', '.join(PEERS)}; default: all")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--count", action="store_true", help="only count instructions")
    kinds.add_argument("--peers", action="store_true", help="beside other programs")
    kinds.add_argument("--growth", action="store_true", help="how costs grow, with a picture")
    kinds.add_argument(
        "--markdown", action="store_true", help="print what was measured last, as Markdown")
    kinds.add_argument(
        "--paste", action="store_true", help="put the same into docs/performance.md")
    add("--hub", type=Path, default=ROOT / ".build/release/campanad")
    add("--cores", default="0,1", help="the hub's and the load's [%(default)s]")
    add("--seconds", type=float, default=1.0, help="of each run [%(default)s]")
    add("--repeats", type=int, default=3, help="turns of each row [%(default)s]")
    add("--replay", type=int, default=1_000_000, help="events [%(default)s]")
    add("--kept", type=int, default=1_000_000,
        help="with --growth, the most events kept; 10000000 takes some minutes [%(default)s]")
    add("--patience", type=float, default=900, help="seconds for a run [%(default)s]")
    add("--json", type=Path, help="where the results go [.build/bench.json, bench-peers.json, ...]")
    options = parser.parse_args(arguments)
    options.cores = options.cores.split(",")
    unknown = set(options.rows) - set(PEERS if options.peers else ROWS)
    if unknown:
        parser.error(f"no row is named {', '.join(unknown)}")
    return options


def file_of(kind):
    return ROOT / ".build" / ("bench.json" if kind == "bench" else f"bench-{kind}.json")


def written(before, rows, path):
    report = {"before": before, "after": machine(), "rows": rows}
    path.write_text(json.dumps(report, indent=1))
    print(f"load average at the end {os.getloadavg()[0]:.1f}; all figures are in {path}")


def counts(options, before, path=None):
    print("instructions and allocations in user space, by callgrind:")
    rows = count(options)
    show(rows)
    written(before, rows, path or file_of("count"))
    return all(row["met"] for row in rows)


def run(options, before):
    """Measures what was asked for; whether all counts are within their limits."""
    if options.count:
        return counts(options, before, options.json)
    if options.peers:
        rows = peers(options)
        show_matrix(rows)
        written(before, rows, options.json or file_of("peers"))
        return True
    rows = []
    if options.growth:
        rows = growth(options)
        show(rows)
    for name in [] if options.growth else options.rows or ROWS:
        rows += (found := ROWS[name](options))
        show(found)
    written(before, rows, options.json or file_of("growth" if options.growth else "bench"))
    if options.growth or options.rows:
        return True
    if not can_count():
        print("instructions are not counted: valgrind is missing (apt-get install valgrind)")
        return True
    return counts(options, before)


def main(arguments):
    options = parse(arguments)
    if options.markdown or options.paste:
        titles = "Against the floor", "Counts", "Beside others", "Growth"
        text = markdown([(title, file_of(kind)) for title, kind in zip(titles, KINDS)])
        if options.paste:
            paste(text, ROOT / "docs/performance.md")
        else:
            print(text, end="")
        return 0
    compile_programs()
    before = machine()
    print(describe(before))
    if not options.peers:
        print(f"  {'':<48} {'goal':>18} {'result':>12}", flush=True)
    try:
        return 0 if run(options, before) else 1
    except (Failure, subprocess.SubprocessError) as failure:
        print(f"no result: {failure}", file=sys.stderr)
        return 1
