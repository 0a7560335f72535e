"""Instructions and allocations, by callgrind: exact and repeatable whatever else runs."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .servers import BUILD, Failure, hub, load

# Instructions and allocations of ours, in user space: what a run may use at most, some 3 % above
# what it uses, so that what was gained is not lost unseen.
LIMITS = {
    "instructions a delivery, one at a time": 465,
    "instructions a delivery, 16 at once": 130,
    "allocations a delivery, one at a time": 0.1,
    "instructions a publish, loop": 22_300,
    "instructions a publish, loop, each head another": 28_900,
    "instructions a publish, engine": 8_200,
    "allocations a publish": 9.4,
}


def counted(options, directory, name, mode, events, **arguments):
    """Instructions and allocations by thread of one run under callgrind."""
    output = Path(directory) / name
    prefix = [
        "valgrind", "--tool=callgrind", "--separate-threads=yes",
        f"--callgrind-out-file={output}",
    ]
    # Valgrind cannot read the debug information of Swift's DWARF 5.
    binary = BUILD / "campanad-without-debug-information"
    subprocess.run(["strip", "-g", "-o", str(binary), str(options.hub)], check=True)
    with hub(options, prefix=prefix, binary=binary) as server:
        load(options, server, mode, events=events, **arguments)
    threads = {}
    for file in sorted(Path(directory).glob(name + "-*")):
        threads[int(file.name.rsplit("-", 1)[1])] = profile(file)
    return threads


def profile(file):
    """The instructions of a callgrind file, and the calls of malloc in it."""
    instructions, allocations, names, called = 0, 0, {}, ""
    for line in file.read_text(errors="replace").splitlines():
        if line.startswith("totals:"):
            instructions = int(line.split()[1])
        elif line.startswith(("fn=", "cfn=")):
            match = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
            if match[2]:
                names[match[1]] = match[2]
            called = names.get(match[1], "") if line[0] == "c" else called
        elif line.startswith("calls=") and called in ("malloc", "calloc", "realloc"):
            allocations += int(line[6:].split()[0])
    return instructions, allocations


def difference(options, directory, mode, few, many, units, **arguments):
    """What one unit costs: the difference of a longer and a shorter run, by thread."""
    short = counted(options, directory, f"{mode}-{few}", mode, few, **arguments)
    long = counted(options, directory, f"{mode}-{many}", mode, many, **arguments)
    return {
        thread: tuple((long[thread][kind] - short[thread][kind]) / units for kind in (0, 1))
        for thread in long if thread in short}


LOOP, ENGINE = 1, 3


def can_count():
    return shutil.which("valgrind") is not None


def count(options):
    """All that has a limit."""
    if not can_count():
        raise Failure("counting needs valgrind (apt-get install valgrind)")
    with tempfile.TemporaryDirectory(dir=BUILD) as directory:
        single = difference(
            options, directory, "fan-out", 100, 300, 200 * 200, subscribers=200, burst=1)
        run = difference(
            options, directory, "fan-out", 160, 480, 320 * 200, subscribers=200, burst=16)
        publish = difference(
            options, directory, "publish", 1024, 3072, 2048, connections=1, burst=16)
        # A head that is as the last is not read again; these differ in their Content-Length.
        varied = difference(
            options, directory, "publish", 1024, 3072, 2048, connections=1, burst=16, lengths=2)
    values = {
        "instructions a delivery, one at a time": single[LOOP][0],
        "instructions a delivery, 16 at once": run[LOOP][0],
        "allocations a delivery, one at a time": single[LOOP][1],
        "instructions a publish, loop": publish[LOOP][0],
        "instructions a publish, loop, each head another": varied[LOOP][0],
        "instructions a publish, engine": publish[ENGINE][0],
        "allocations a publish": publish[LOOP][1] + publish[ENGINE][1],
    }
    return [
        {"row": name, "goal": f"<= {LIMITS[name]:,}", "result": f"{value:,.1f}", "note": "",
         "met": value <= LIMITS[name], "value": value, "limit": LIMITS[name]}
        for name, value in values.items()]
