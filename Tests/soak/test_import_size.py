"""A file of a million rows is imported in memory that does not grow with it."""

import os
import subprocess

import sizes
from support.hub import CAMPANA, plain_environment

# One request is at most half a MiB; all else is the program itself.
LIMIT_KIB = 64 << 10
# What a run may take more than one of a tenth of its rows.
GROWTH_KIB = 8 << 10


def write(path, rows):
    with path.open("w") as file:
        file.write("nombre;material;diametro;referencia_externa;umbral_minimo\n")
        for number in range(rows):
            file.write(f'"Tubo ""{number}""\nlargo";PVC;{number % 500},5;R{number};3\n')
    return path


def peak_kib(command):
    """Runs a command to its end: its last line, and the most memory that it had."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=plain_environment(), text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output
    return output.splitlines()[-1], usage.ru_maxrss


def test_memory_does_not_grow_with_the_file(start_hub, tmp_path, report):
    hub = start_hub()
    command = [CAMPANA, "--url", hub.url, "import", "--tipo", "articulos"]
    part = sizes.IMPORT_ROWS // 10
    _, small = peak_kib([*command, str(write(tmp_path / "part.csv", part))])
    last, whole = peak_kib([*command, str(write(tmp_path / "whole.csv", sizes.IMPORT_ROWS))])
    # The requests of the first rows were done by the run before, and are counted as they were.
    assert f"{sizes.IMPORT_ROWS} rows: {sizes.IMPORT_ROWS} created, 0 updated, 0 unchanged" in last
    report(f"{part} rows {small} KiB, {sizes.IMPORT_ROWS} rows {whole} KiB")
    assert whole < LIMIT_KIB
    assert whole < small + GROWTH_KIB
