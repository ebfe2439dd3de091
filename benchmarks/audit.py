"""How much the audit costs: durable events a second, walking the chain, and what the page of the audit asks of a million events.

    python benchmarks/audit.py WORKSPACE [--events 1000000]

WORKSPACE is copied, not changed. What it adds to the pages that people read is measured by `benchmarks/pages.py`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(given.workspace, root)
        from sightline.app.start import open_workspace

        open_workspace(root)
        measure_chain(given.events)


def measure_chain(events: int) -> None:
    """Durable events one after another, then a long chain: walking it, and the newest of one person."""
    from sightline.app.audit_trail import Asked
    from sightline.app.audit_trail import events as listed
    from sightline.ledger import audit

    now, begun, one_by_one = datetime.now(UTC), time.perf_counter(), 200
    for number in range(one_by_one):
        with audit.writing():
            audit.record("page_read", f"/{number}", by="alone", at=now)
    print(f"durable events one after another: {one_by_one / (time.perf_counter() - begun):.0f} a second")
    begun = time.perf_counter()
    for start in range(0, events, 50_000):
        with audit.writing():
            audit.record_all(
                [
                    audit.Told("page_read", f"/{number}", f"person-{number % 1000}", now, {"agency": f"agency-{number % 50}"})
                    for number in range(start, min(events, start + 50_000))
                ]
            )
    print(f"{events:,} events, 50,000 in one transaction: {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    count = audit.verify()
    print(f"walking {count:,} events: {time.perf_counter() - begun:.1f} s, {count / (time.perf_counter() - begun):,.0f} a second")
    for what, asked in {
        "the newest": Asked(),
        "of one person": Asked(person="person-7"),
        "of somebody seldom there": Asked(person="p1"),
        "of one agency": Asked(agency="agency-3"),
        "changes": Asked(kind="changes"),
    }.items():
        begun = time.perf_counter()
        found = len(listed(asked))
        print(f"100 events, {what}: {found} in {(time.perf_counter() - begun) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
