"""The results, for people: on a terminal, and as Markdown."""

import json
import os
import platform
import re
import time
from pathlib import Path

BEGIN, END = "<!-- figures: Benchmarks/run --paste -->", "<!-- end of figures -->"


def show(rows):
    for row in rows:
        mark = " " if row["met"] else "!"
        print(f"{mark} {row['row']:<48} {row['goal']:>18} {row['result']:>12}   {row['note']}",
              flush=True)


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model[1] if model else "", "cores": os.cpu_count(),
        "kernel": platform.release(), "load_average": os.getloadavg(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def describe(machine):
    return (f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}, "
            f"load average {machine['load_average'][0]:.1f}")


def matrix(rows):
    """Rows of peers: a line for each, a column for each measure, and notes below."""
    columns = list(dict.fromkeys(row["row"] for row in rows))
    first = ["the floor", "campanad"]
    names = [*first, *dict.fromkeys(row["peer"] for row in rows if row["peer"] not in first)]
    cells = {(row["peer"], row["row"]): row["result"] for row in rows}
    lines = [["", *columns]]
    lines += [[name, *(cells.get((name, column), "") for column in columns)] for name in names]
    notes = [f"{row['peer']}, {row['row']}: {row['note']}" for row in rows if row["note"]]
    return lines, list(dict.fromkeys(notes))


def show_matrix(rows):
    lines, notes = matrix(rows)
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    for line in lines:
        print("  " + "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths))))
    for note in notes:
        print(f"  {note}")


def pretty(text):
    """Signs that a terminal may lack."""
    text = re.sub(r"<= ", "≤ ", re.sub(r">= ", "≥ ", text))
    text = re.sub(r"(\d) x\b", r"\1 ×", text)
    return re.sub(r"\bus\b", "µs", text)


def lines_of(cells):
    head, *rest = [[pretty(cell) for cell in line] for line in cells]
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in rest:
        yield "| " + " | ".join(line) + " |"


def markdown(files):
    """What the files of results hold, as Markdown; those that are not there are left out."""
    output = []
    for title, path in files:
        if not path.exists():
            continue
        report = json.loads(path.read_text())
        before, after, rows = report["before"], report["after"], report["rows"]
        output += [
            f"**{title}.** {describe(before)} at the beginning, {after['load_average'][0]:.1f} at "
            f"the end; {before['time']}.", ""]
        if "peer" in rows[0]:
            cells, notes = matrix(rows)
            output += [*lines_of(cells), "", *(f"- {pretty(note)}" for note in notes)]
        else:
            output += lines_of([["row", "goal", "result", "met", "remark"]] + [
                [row["row"], row["goal"], row["result"],
                 "" if row["goal"] == "-" else "yes" if row["met"] else "no", row["note"]]
                for row in rows])
        output.append("")
    return "\n".join(output).rstrip() + "\n"


def paste(text, page):
    """Puts Markdown into a page, in the place of what was put there before."""
    head, rest = page.read_text().split(BEGIN)
    _, tail = rest.split(END)
    page.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}")
