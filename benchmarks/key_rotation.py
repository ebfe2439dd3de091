"""How long a change of the key takes where people are linked: reading rotation files, and reading identities under another key.

    .venv/bin/python benchmarks/key_rotation.py [--pairs 1000000] [--identities 20000]

Processor seconds of one process; 42 tokens an identity, as `sightline prepare --tokens` makes them.
"""

from __future__ import annotations

import argparse
import json
import resource
from hashlib import sha256

import pyarrow as pa

from sightline.app.token_epochs import under_another_key
from sightline.model.rotations import Rotation

OLD, NEW = "00112233", "44556677"
LISTS = {"given_slips": 12, "family_slips": 10, "dob_slips": 8, "postcode_slips": 7, "near_years": 5}


def processor_seconds() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def token(kind: str, number: int) -> str:
    return sha256(f"{kind} {number}".encode()).hexdigest()[:20]


def fields(tokens: list[str], place: int) -> str:
    told: dict[str, object] = {"key": OLD}
    for name, count in LISTS.items():
        told[name] = sorted(tokens[(place + each) % len(tokens)] for each in range(count))
        place += count
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--identities", type=int, default=20_000)
    asked = parser.parse_args()
    pairs = {token("old", number): token("new", number) for number in range(asked.pairs)}
    begun = processor_seconds()
    content = Rotation("police", "police", "2026-Q1", OLD, NEW, pairs).to_bytes()
    print(f"written: {len(content) / 1e6:.0f} MB for {asked.pairs:,} pairs in {processor_seconds() - begun:.1f} s")
    begun = processor_seconds()
    read = Rotation.from_bytes(content).pairs
    print(f"read and checked in {processor_seconds() - begun:.1f} s")
    tokens = list(pairs)
    records = pa.table({"link_tokens": [fields(tokens, 42 * number) for number in range(asked.identities)]})
    begun = processor_seconds()
    under_another_key(records, read, NEW)
    print(f"{asked.identities:,} identities read under another key in {processor_seconds() - begun:.1f} s")


if __name__ == "__main__":
    main()
