"""Time intake against what it must reach, and against Frictionless on the same checks of the same file, in one run.

    .venv/bin/python benchmarks/intake.py [--episodes 500000] [--children 20000] [--peer-rows 100000]

Every measurement runs in a process of its own, so that its peak memory is its own. Frictionless is measured on fewer rows, since it reads
some thousands a second; Sightline is measured on those same rows too, and the ratio is of the two rates on the same rows. The peer is
installed with `uv sync --group bench`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

WARM_ROWS = 2_000
COUNCIL = 30_000  # children of the invented council that the inputs are made of


def make_inputs(folder: Path, *, episodes: int, children: int, peer_rows: int) -> None:
    """An invented council's own files, repeated under new numbers until they are as long as asked."""
    from sightline.synthesis import synthesise

    synthesise(folder / "council", children=COUNCIL, seed=7)
    found = {
        dataset: sorted((folder / "council" / "extracts").glob(f"*/csc/{dataset}/*/{file}"))[-1]
        for dataset, file in (("ssda903", "episodes.csv"), ("annex_a", "annex_a.xlsx"), ("cin_census", "cin_census.xml"))
    }
    frame = pl.read_csv(found["ssda903"], infer_schema=False)
    for name, rows in (("episodes", episodes), ("peer", peer_rows), ("warm", WARM_ROWS)):
        copies = [frame.with_columns((pl.lit(f"{copy}-") + pl.col("CHILD")).alias("CHILD")) for copy in range(rows // frame.height + 1)]
        pl.concat(copies).head(rows).write_csv(made(folder, name))
    made(folder, "workbook").write_bytes(found["annex_a"].read_bytes())
    text = found["cin_census"].read_text(encoding="utf-8")
    before, inside, after = re.split(r"(<Children>.*</Children>)", text, maxsplit=1, flags=re.S)
    blocks = re.findall(r"<Child>.*?</Child>", inside, re.S)
    with made(folder, "xml").open("w", encoding="utf-8") as out:
        out.write(before + "<Children>\n")
        for number in range(children):
            out.write(blocks[number % len(blocks)].replace("<LAchildID>", f"<LAchildID>{number // len(blocks)}-", 1) + "\n")
        out.write("</Children>" + after)


def made(folder: Path, name: str) -> Path:
    """The file of one measurement, named as the return would name it."""
    path = folder / name / {"workbook": "annex_a.xlsx", "xml": "cin_census.xml"}.get(name, "episodes.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _sightline(format: str) -> Callable[[Path], dict[str, Any]]:
    def run(path: Path) -> dict[str, Any]:
        from sightline.definitions.formats import load_format
        from sightline.intake import read_return

        result = read_return([path], mapping=load_format(format), period=None, agency="csc", dataset=format)
        return {"rows": result.rows_read, "kept": result.rows_kept, "findings": len(result.findings)}

    return run


def _apart(format: str) -> Callable[[Path], dict[str, Any]]:
    """As the product reads: in a child process, with its start-up and the way back."""

    def run(path: Path) -> dict[str, Any]:
        from sightline.definitions.formats import load_format
        from sightline.intake import read_apart

        result = read_apart([path], mapping=load_format(format), period=None, agency="csc", dataset=format)
        return {"rows": result.rows_read, "kept": result.rows_kept, "findings": len(result.findings)}

    return run


def _frictionless(path: Path) -> dict[str, Any]:
    """The same checks as declared for an episode: types, code lists, required columns, and that an end goes with its reason."""
    from frictionless import Resource, Schema, checks, validate

    from sightline.definitions.formats import load_format

    table = load_format("ssda903")
    columns = table.tables["episodes"].columns
    header = path.open(encoding="utf-8").readline().strip().split(",")
    by_header = {name: column for column in columns.values() for name in column.headers}
    fields = []
    for name in header:
        column = by_header.get(name)
        field: dict[str, Any] = {"name": name, "type": "string"}
        if column is not None and column.type == "date":
            field |= {"type": "date", "format": "%d/%m/%Y"}
        elif column is not None and column.type == "code":
            book = table.codes[column.codes or ""].values
            field["constraints"] = {"enum": sorted({text for code, value in book.items() for text in (code, *value.spellings)})}
        if column is not None and (column.required or column.filled):
            field.setdefault("constraints", {})["required"] = True
        fields.append(field)
    rules = [
        checks.row_constraint(formula="REC == None or DEC != None"),
        checks.row_constraint(formula="DEC == None or DECOM == None or DEC >= DECOM"),
    ]
    report = validate(
        Resource(path.name, basepath=str(path.parent), schema=Schema.from_descriptor({"fields": fields})), checks=rules, limit_errors=10**9
    )
    return {"rows": report.tasks[0].stats["rows"], "kept": 0, "findings": report.tasks[0].stats["errors"]}


def measurements() -> dict[str, tuple[str, Callable[[Path], dict[str, Any]]]]:
    return {
        "csv": ("episodes", _sightline("ssda903")),
        "csv in a child process": ("episodes", _apart("ssda903")),
        "workbook": ("workbook", _sightline("annex_a")),
        "workbook in a child process": ("workbook", _apart("annex_a")),
        "xml": ("xml", _sightline("cin_census")),
        "xml in a child process": ("xml", _apart("cin_census")),
        "csv, the peer's rows": ("peer", _sightline("ssda903")),
        "csv, the peer's rows, Frictionless": ("peer", _frictionless),
    }


def own_peak_kb() -> int:
    """This process's own peak: what getrusage says begins with the peak of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])  # type: ignore[index]


def measure(name: str, folder: Path) -> None:
    """Run one measurement and print it as JSON."""
    import resource

    import sightline.intake  # noqa: F401 - before the clock starts

    source, run = measurements()[name]
    # What is done once in a process (compiling, starting threads, starting the reading process) is done before the clock starts, as it is
    # in a program that reads one return after another; the peer is given the same.
    if name.endswith("Frictionless"):
        _frictionless(made(folder, "warm"))
    elif "child process" in name:
        _apart("ssda903")(made(folder, "warm"))
    else:
        _sightline("ssda903")(made(folder, "warm"))
    begun = time.perf_counter()
    result = run(made(folder, source))
    seconds = time.perf_counter() - begun
    peak = max(own_peak_kb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
    print(json.dumps(result | {"seconds": seconds, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=500_000)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--peer-rows", type=int, default=100_000)
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "FOLDER"))
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure[0], Path(asked.measure[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_inputs(folder, episodes=asked.episodes, children=asked.children, peer_rows=asked.peer_rows)
        rates: dict[str, float] = {}
        for name in measurements():
            done = subprocess.run([sys.executable, __file__, "--measure", name, temporary], capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name:36} not measured: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no reason given'}")
                continue
            line = json.loads(done.stdout.strip().splitlines()[-1])
            units = asked.children if name.startswith("xml") else line["rows"]
            rates[name] = units / line["seconds"]
            of = "children" if name.startswith("xml") else "rows"
            print(
                f"{name:36} {units:9,} {of:8} {line['seconds']:8.2f} s {rates[name]:11,.0f} {of}/s  peak {line['peak_mb']:6.0f} MB  "
                f"{line['kept']:,} kept, {line['findings']:,} findings",
                flush=True,
            )
        if "csv, the peer's rows, Frictionless" in rates:
            ratio = rates["csv, the peer's rows"] / rates["csv, the peer's rows, Frictionless"]
            print(f"Sightline reads, maps, checks and groups {ratio:.0f} times as many rows a second as Frictionless checks (same rows)")


if __name__ == "__main__":
    main()
