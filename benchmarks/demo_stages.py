"""Time the demo stage by stage and print seconds, rows per second and peak memory; `make bench`.

    .venv/bin/python benchmarks/demo_stages.py [children …]

Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (10_000, 50_000, 200_000)
GIB = 2**20  # ru_maxrss is in KiB on Linux


def measure(children: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            Path(sys.executable).with_name("sightline"),
            "demo",
            "--children",
            str(children),
            "--folder",
            folder + "/demo",
            "--no-serve",
            "--json",
            "--quiet",
        ]
        begun = time.perf_counter()
        with (Path(folder) / "result.json").open("w+", encoding="utf-8") as result:
            process = subprocess.Popen(command, stdout=result)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sys.exit(f"the demo with {children:,} children ended with exit code {process.returncode}")
            result.seek(0)
            made = json.load(result)
    print(f"\n{children:,} children: {seconds:.1f} s in all, peak memory {usage.ru_maxrss / GIB:.2f} GiB")
    for stage, taken in made["stages"].items():
        rows = made["rows"].get(stage)
        speed = f"{rows:>12,} rows {rows / max(taken, 0.01):>12,.0f} rows/s" if rows else ""
        print(f"  {stage:<24}{taken:>8.1f} s {speed}")


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or SIZES:
        measure(size)
