"""Flip one bit after another in the folder of a workspace in the clear, and look at everything that a figure rests on.

Each flip is undone before the next. A bit that flips by itself leaves the time at which its file was written as it was, and so does this.
Run as ``python -m tests.support.flips FOLDER FLIPS``: one line of JSON with how many flips ended how, and those that were told by nobody.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connections

from sightline.app.kept_files import damaged_reports
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.releases import every_release
from sightline.app.report_files import write_files
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.tables import places_of
from sightline.app.usable_returns import usable
from sightline.errors import SightlineError
from sightline.ledger.models import Linkage, ObjectKind, ReturnObject
from sightline.ledger.returns import accepted_now
from tests.support.crash import in_a_process_of_its_own, say
from tests.support.outputs import with_release
from tests.support.partnership import NOW, Q1, link_everybody, make_workspace, referral, use_plain_reader, write_extract

SEED = 20261121


def prepare(folder: Path) -> None:
    """Two returns, published and linked; a release; a report of it in the workspace."""
    workspace = make_workspace(folder)
    for slot, children in (({}, "012"), ({"agency": "police", "dataset": "police"}, "01")):
        extract = write_extract(folder / f"{len(children)}.json", referral=[referral(child) for child in children])
        request = {"agency": "csc", "dataset": "annex_a", "period": Q1} | slot
        submit_return(workspace, **request, files=[extract], by="t", at=NOW)
    with_release(workspace)
    generation = publish_generation(workspace, by="t", at=NOW)
    link_everybody(workspace, generation.number, children=3)
    write_files(workspace.root / "reports", {"figures.json": b'{"children": 25}' * 40})
    _ = workspace.rounding_key, workspace.audit_key
    open_workspace(workspace.root)


def rests_on(root: Path) -> str:
    """Everything that a figure of this workspace is made from or read from, as one text."""
    connections.close_all()
    workspace = open_workspace(root)
    generation = current_generation(workspace)
    parts = ReturnObject.objects.filter(kind=ObjectKind.TABLE, return_version__in=generation.return_ids)
    places = places_of(workspace, generation)
    told: dict[str, Any] = {
        "partnership": repr(workspace.partnership),
        "keys": [workspace.identity_key.hex(), workspace.rounding_key.hex()],
        "places": [places.wards.to_pylist(), places.postcodes.to_pylist(), places.population.to_pylist(), len(places.wards_geojson)],
        "as they lie there": [workspace.geography.wards.to_pylist(), workspace.geography.population.to_pylist()],
        "generation": generation.as_dict(),
        "usable": usable(list(accepted_now()), NOW),
        "rows": [[part.entity, workspace.objects.get_table(part.digest).to_pylist()] for part in parts.order_by("digest")],
        "linked": [
            [row.generation_id, workspace.objects.get_table(row.links).to_pylist(), workspace.objects.get_table(row.people).to_pylist()]
            for row in Linkage.objects.order_by("id")
        ],
        "releases": [[each.number, each.digest, each.withdrawn_at] for each in every_release()],
        "release": [workspace.objects.get_bytes(each.digest).decode() for each in every_release()],
        "reports damaged": damaged_reports(root),
        "reports": [path.read_bytes().hex() for path in sorted((root / "reports").iterdir())],
    }
    return json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True, default=str)


def flip(root: Path, flips: int) -> None:
    """Each file in turn, so that small ones are met as often as large; the ledger, which holds most, every second time."""
    rng, sound, ended = random.Random(SEED), rests_on(root), Counter[str]()
    files = sorted(path for path in root.rglob("*") if path.is_file())
    ledger = root / "ledger.sqlite3"
    silent = []
    for number in range(flips):
        path = ledger if number % 2 else files[number // 2 % len(files)]
        content, times = path.read_bytes(), path.stat()
        damaged = bytearray(content)
        # Most of a small ledger is empty pages, of which nothing can be said: three in four flips go where something is written.
        written = [place for place, byte in enumerate(content) if byte] if rng.random() < 3 / 4 else range(len(content))
        at = rng.choice(written) * 8 + rng.randrange(8)
        damaged[at // 8] ^= 1 << at % 8
        path.write_bytes(damaged)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        name = path.relative_to(root).parts[0]
        try:
            now = rests_on(root)
            reports_told = '"reports damaged": []' not in now
            if now == sound:
                ended[f"{name}: changed nothing"] += 1
            elif reports_told:
                ended[f"{name}: told by doctor"] += 1
            else:
                silent.append([str(path.relative_to(root)), at])
        except (SightlineError, DatabaseError) as problem:
            ended[f"{name}: {type(problem).__name__}"] += 1
        connections.close_all()
        for left in files:
            if not left.exists():
                raise SystemExit(f"{left} went away")
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    if rests_on(root) != sound:
        raise SystemExit("the workspace is not what it was")
    say(flips=flips, ended=dict(sorted(ended.items())), silent=silent)


def main(folder: Path, flips: int) -> None:
    use_plain_reader()
    code, _ = in_a_process_of_its_own(prepare, folder)
    if code:
        raise SystemExit("the workspace could not be prepared")
    flip(folder / "workspace", flips)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
