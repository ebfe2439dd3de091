"""Flip one bit after another anywhere in the folder of a workspace, and look at everything that figures rest on and that is shown of them.

Each flip is looked at twice: by who opens the workspace anew (a command, a server that is started), and by a server that opened it before
the flip and goes on, with nothing kept in memory but that. What is looked at is either the same, byte for byte, or refused; anything else
is silent. Each flip is undone before the next. A bit that flips by itself leaves the time at which its file was written as it was, and so
does this.

Run as ``python -m tests.support.flips FOLDER FLIPS [--encrypted] [--of-each N]``: one line of JSON with how many flips ended how, and those
that were told by nobody.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connections
from django.db.backends.signals import connection_created
from django.test.utils import setup_test_environment

from sightline.app.community_bundle import export_bundle
from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.kept_files import damaged_reports
from sightline.app.protection_profiles import sign_profile
from sightline.app.publish_generation import current_generation
from sightline.app.release import make_release
from sightline.app.releases import every_release
from sightline.app.report_files import write_files
from sightline.app.roles import Role
from sightline.app.start import open_workspace
from sightline.app.tables import places_of
from sightline.app.usable_returns import usable
from sightline.app.workspace import Workspace
from sightline.definitions.protection import profile_by_id
from sightline.errors import SightlineError
from sightline.ledger import audit
from sightline.ledger.models import Linkage, ObjectKind, ReleaseRecord, ReturnObject
from sightline.ledger.returns import accepted_now
from tests.support.crash import in_a_process_of_its_own, say
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, use_plain_reader
from tests.support.shown import READ_OFTEN, Reading, bundles, forget, is_refusal, opened_anew, otherwise, refused
from tests.support.small_world import make_world, some_children, tell_of

Addresses = Sequence[tuple[Role, str]]
SEED = 20261121
TOLD = (SightlineError, DatabaseError, UnicodeDecodeError)
"""What damage is told by; the last where SQLite quotes a name that was hit."""
LATER = NOW + timedelta(days=1)


def prepare(folder: Path, *, encrypted: bool) -> None:
    """A partnership with a release that was withdrawn, the one in its place, its bundle for the community, and a report of it."""
    count_few(pytest.MonkeyPatch())
    workspace, children = make_world(folder), some_children(40)
    tell_of(workspace, folder / "incoming", children)
    make_release(workspace, period=Q1, by="t", at=NOW)
    ReleaseRecord.objects.filter(number=1).update(withdrawn_at=LATER)
    tell_of(workspace, folder / "incoming", children[:30], at=LATER)
    make_release(workspace, period=Q1, by="t", at=LATER)
    version = profile_by_id("community", workspace.root / "partnership").version
    sign_profile(workspace, "community", version=version, note="read", by="lead", at=LATER)
    export_bundle(workspace, folder=folder / "out", by="t", at=LATER)
    write_files(workspace.root / "reports", {"figures.json": b'{"children": 25}' * 40})
    _ = workspace.rounding_key, workspace.audit_key
    if encrypted:
        encrypt_workspace(workspace, key_file=folder / "storage-key", by="t", at=LATER)
    open_workspace(workspace.root)


def rests_on(workspace: Workspace) -> bytes:
    """Everything that a figure of this workspace is made from or read from."""
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
    }
    return json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True, default=str).encode()


def reports(root: Path) -> bytes:
    """The reports that lie in the workspace, or that `sightline doctor` names them."""
    if damaged := damaged_reports(root):
        return refused(f"doctor: {damaged[0]}")
    return b"".join(path.read_bytes() for path in sorted((root / "reports").iterdir()))


class Flips:
    """A workspace in which bits flip, what it was before, and what became of each flip."""

    def __init__(self, root: Path, *, of_each: int, looks: int) -> None:
        open_workspace(root)
        self.root, self.reading, self.looks = root, Reading(root, of_each=of_each), looks
        connections.close_all()
        self.files = sorted(path for path in root.rglob("*") if path.is_file())
        self.ledger = root / "ledger.sqlite3"
        self.kept = self.ledger.read_bytes()
        self.ended, self.silent, self.faults = Counter[str](), list[list[object]](), list[list[object]]()
        addresses = self.reading.addresses
        self.sound: dict[str, bytes] = {}
        self.sound = self.anew(addresses)
        for found in (self.anew(addresses), self.going_on(addresses)):
            if otherwise(self.sound, found) or any(map(is_refusal, found.values())):
                raise SystemExit("two looks at what is sound differ, or something is refused")

    def anew(self, addresses: Addresses) -> dict[str, bytes]:
        """What is shown by who opens the workspace anew."""
        try:
            workspace = opened_anew(self.root)
            told = {"rests on": rests_on(workspace), "reports": reports(self.root)}
            return told | bundles(workspace) | self._held_against_the_audit(self.reading.pages(addresses))
        finally:
            self._put_back()

    def going_on(self, addresses: Addresses) -> dict[str, bytes]:
        """What is shown by a server that had opened it."""
        try:
            forget()
            return self._held_against_the_audit(self.reading.pages(addresses))
        finally:
            self._put_back()

    def _held_against_the_audit(self, told: dict[str, bytes]) -> dict[str, bytes]:
        """How often pages were read is told by the audit, which `sightline audit verify` and the daily signing hold against its chain."""
        for name, content in told.items():
            if name.endswith(READ_OFTEN) and content != self.sound.get(name, content):
                try:
                    audit.verify()
                except TOLD:
                    told[name] = refused("audit verify")
        return told

    def _put_back(self) -> None:
        """Looking is written into the ledger: the next look begins where this one did."""
        connections.close_all()
        Path(f"{self.ledger}-journal").unlink(missing_ok=True)
        self._write(self.ledger, 0, self.kept)

    def flip(self, path: Path, at: int, rng: random.Random) -> None:
        """Flip one bit, look, look again, and flip it back."""
        addresses = self.reading.addresses
        if len(addresses) > self.looks:
            addresses = [addresses[place] for place in sorted(rng.sample(range(len(addresses)), self.looks))]
        name, byte = path.relative_to(self.root).parts[0], at // 8
        content = path.read_bytes()
        damaged = bytes([content[byte] ^ 1 << at % 8])
        opened_anew(self.root)
        for way, look in (("going on", self.going_on), ("anew", self.anew)):
            times = path.stat()
            self._write(path, byte, damaged)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            if path == self.ledger:
                sound, self.kept = self.kept, path.read_bytes()
            try:
                found = look(addresses)
                gone = otherwise(self.sound, found)
                if gone:
                    self.silent.append([way, str(path.relative_to(self.root)), at, gone[:5]])
                told = "silent" if gone else _refusal(found) if any(map(is_refusal, found.values())) else "changed nothing"
            except TOLD as problem:
                told = type(problem).__name__
            except Exception as fault:  # nothing is shown, and no word says why
                told = f"fault {type(fault).__name__}"
                self.faults.append([way, str(path.relative_to(self.root)), at, str(fault)])
            self.ended[f"{way}, {name}: {told}"] += 1
            if path == self.ledger:
                self.kept = sound
                self._put_back()
            else:
                self._write(path, byte, content[byte : byte + 1])
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        for left in self.files:
            if not left.exists():
                raise SystemExit(f"{left} went away")

    @staticmethod
    def _write(path: Path, at: int, content: bytes) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(content)
            if not at and len(content) > 1:
                file.truncate()


def _refusal(found: dict[str, bytes]) -> str:
    return next(each.decode() for each in found.values() if is_refusal(each)).partition(": ")[2].partition(":")[0]


def flip(root: Path, flips: int, *, of_each: int, looks: int, first: int) -> None:
    """Each file in turn, so that small ones are met as often as large; the ledger, which holds most, every second time."""
    rng, world = random.Random(SEED + first), Flips(root, of_each=of_each, looks=looks)
    for number in range(first, first + flips):
        path = world.ledger if number % 2 else world.files[number // 2 % len(world.files)]
        content = path.read_bytes()
        # Most of a small ledger is empty pages, of which nothing can be said: three in four flips go where something is written.
        written = [place for place, byte in enumerate(content) if byte] if rng.random() < 3 / 4 else range(len(content))
        world.flip(path, rng.choice(written) * 8 + rng.randrange(8), rng)
    if world.anew(world.reading.addresses) != world.sound:
        raise SystemExit("the workspace is not what it was")
    say(flips=flips, looked_at=len(world.sound), ended=dict(sorted(world.ended.items())), silent=world.silent, faults=world.faults)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("flips", type=int)
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--of-each", type=int, default=1, help="addresses of each kind of page")
    parser.add_argument("--looks", type=int, default=1_000, help="so many addresses, drawn, are looked at after each flip")
    parser.add_argument("--first", type=int, default=0, help="the number of the first flip: several processes can share a thousand")
    given = parser.parse_args()
    use_plain_reader()
    code, _ = in_a_process_of_its_own(prepare_in, given.folder, given.encrypted)
    if code:
        raise SystemExit("the workspace could not be prepared")
    setup_test_environment()
    settings.SESSION_IDLE = settings.SESSION_LONGEST = timedelta(days=1)  # who reads goes on reading while hours pass
    connection_created.connect(without_waiting)
    flip(given.folder / "workspace", given.flips, of_each=given.of_each, looks=given.looks, first=given.first)


def without_waiting(connection: Any, **_: Any) -> None:
    """Here nothing that is written has to outlive a power cut, and each page is written into the audit."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")


def prepare_in(folder: Path, encrypted: bool) -> None:
    prepare(folder, encrypted=encrypted)


if __name__ == "__main__":
    main()
