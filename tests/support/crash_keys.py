"""A change of the key, killed at each of its steps: where rotation files are taken in, and at the agency that makes them.

Run as ``python -m tests.support.crash_keys FOLDER``; one line of facts for each step of each piece of work.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sightline.app.make_rotation import make_rotation
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects, sweep_orphans
from sightline.app.take_rotation import take_rotation
from sightline.app.token_epochs import epochs_of, left_out_of
from sightline.app.token_keys import register_key
from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, ReturnVersion
from sightline.ledger.token_keys import registered_keys
from sightline.model.rotations import Rotation
from tests.support.changing_keys import AGENCIES, IDS, KEYS, Q4, SPRING, WINTER, Agencies, new_workspace, send
from tests.support.crash import in_a_process_of_its_own, kill_at, say
from tests.support.prepared import request

CHANGE = date(2026, 4, 1)
BEFORE_CHANGE = datetime(2026, 3, 20, 9, tzinfo=UTC)
YEARS_LATER = datetime(2090, 1, 1, tzinfo=UTC)
AT_THE_AGENCY = "make"


def winter_returns(template: Path) -> None:
    """Three agencies have sent the winter's returns under the first key."""
    agencies = Agencies(_files(template))
    agencies.folder.mkdir(parents=True)
    workspace = new_workspace(template.with_name("made"))
    for agency in AGENCIES:
        send(workspace, agencies.package(agency, Q4, "first"), agency, Q4, at=WINTER)
    for agency in AGENCIES:
        agencies.rotation(agency, Q4, "first", "second")
    workspace.root.rename(template)


def before(root: Path, what: str) -> None:
    """What else is there before a file is taken in: the second key is announced, and all other files were."""
    if what == "take":
        register_key(open_workspace(root), IDS["second"], from_date=CHANGE, by="t", at=BEFORE_CHANGE)
        for agency in AGENCIES[:-1]:
            take_rotation(open_workspace(root), _rotation(root, agency), by="t", at=BEFORE_CHANGE)


def an_agency(template: Path) -> None:
    """An extract, its mapping and two keys, as an agency has them."""
    template.mkdir(parents=True)
    request(template, tokens="fields")
    (template / "new.key").write_text(KEYS["second"], encoding="ascii")


def _rotation(root: Path, agency: str) -> Path:
    return Agencies(_files(root)).rotation(agency, Q4, "first", "second")


def _files(root: Path) -> Path:
    """What agencies made lies beside every copy of the workspace."""
    return root.parent / "agencies"


def work(root: Path, what: str) -> None:
    """One piece of work; that it was done before is no failure of doing it again."""
    if what == "take":
        take_rotation(open_workspace(root), _rotation(root, AGENCIES[-1]), by="t", at=BEFORE_CHANGE)
        return
    try:
        make_rotation(request(root, tokens="fields"), root / "new.key", out=root / "rotation.txt")
    except Refused as told:
        if "There is a file of that name" not in told.message:
            raise


def look(root: Path, what: str) -> dict[str, Any]:
    """What somebody sees who comes now, after checking that all of it hangs together."""
    return look_at_the_agency(root) if what == AT_THE_AGENCY else look_at_the_workspace(root)


def look_at_the_agency(root: Path) -> dict[str, Any]:
    """The rotation file, if there is one: whole, with the hash beside it that fits."""
    file, beside = root / "rotation.txt", root / "rotation.txt.sha256"
    there = file.exists()
    if there:
        content = file.read_bytes()
        Rotation.from_bytes(content)
        if beside.read_text(encoding="utf-8") != f"{hashlib.sha256(content).hexdigest()}  rotation.txt\n":
            raise SystemExit("the hash to quote is of another file")
    hidden = sorted(path.name for path in root.iterdir() if path.name.startswith("."))
    return {"there": there, "content": hashlib.sha256(file.read_bytes()).hexdigest() if there else "", "hidden": hidden}


def look_at_the_workspace(root: Path) -> dict[str, Any]:
    """Keys, what every return is read as under the newest of them, who is waited for, and what no row of the ledger names."""
    workspace = open_workspace(root)
    audit.verify()
    ids = sorted(ReturnVersion.objects.values_list("id", flat=True))
    epochs = epochs_of(workspace.objects, ids, SPRING)
    return {
        "keys": [[key.key_id, key.state(SPRING.date()).value] for key in registered_keys()],
        "under": epochs.key_id,
        "waiting": [str(each) for each in left_out_of(ids, SPRING)],
        "pairs": {id: len(pairs) for id, pairs in epochs.pairs.items()},
        "events": list(AuditEvent.objects.order_by("seq").values_list("action", flat=True)),
        "strangers": sorted(set(workspace.objects.names()) - {workspace.objects.name(digest) for digest in named_objects()}),
    }


def afterwards(root: Path, what: str) -> None:
    """Look at what is there; do the work again; look; sweep."""
    before = look(root, what)
    work(root, what)
    again = look(root, what)
    if what == AT_THE_AGENCY:
        say(before=before, again=again, swept=again)
        return
    sweep_orphans(open_workspace(root), by="t", at=YEARS_LATER)
    say(before=before, again=again, swept=look(root, what))


def dying(root: Path, what: str, step: int) -> None:
    if what != AT_THE_AGENCY:
        open_workspace(root)
    steps = kill_at(step)
    work(root, what)
    say(steps=steps())


def main(folder: Path) -> None:
    """Kill each piece of work at its first step, then at its second, until it gets through."""
    winter, agency = folder / "winter", folder / "agency"
    _in_its_own_process(winter_returns, winter)
    _in_its_own_process(an_agency, agency)
    for what in ("take", AT_THE_AGENCY):
        template = folder / what
        shutil.copytree(agency if what == AT_THE_AGENCY else winter, template)
        _in_its_own_process(before, template, what)
        for step in itertools.count(1):
            root = folder / f"{what}-{step}"
            shutil.copytree(template, root)
            ended, lines = in_a_process_of_its_own(dying, root, what, step)
            place = [line for line in lines if not line.startswith("{")]
            facts = _in_its_own_process(afterwards, root, what)
            say(what=what, step=step, ended=ended, place=place, **json.loads(facts[-1]))
            shutil.rmtree(root)
            if ended == 0:
                break


def _in_its_own_process(task: Callable[..., None], *arguments: Any) -> list[str]:
    ended, lines = in_a_process_of_its_own(task, *arguments)
    if ended:
        raise SystemExit(f"{task.__name__} ended with {ended}")
    return lines


if __name__ == "__main__":
    main(Path(sys.argv[1]))
