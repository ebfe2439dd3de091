"""Three invented agencies that send tokens and change their key: extracts, packages under each key, and rotation files."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sightline.app.link_people import LinkSummary, link_people
from sightline.app.make_rotation import make_rotation
from sightline.app.prepare import Request, prepare
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.submit_return import submit_return
from sightline.app.workspace import Workspace
from sightline.model.periods import Quarter
from sightline.privacy.keyed import read_key
from sightline.store.packages import unpack
from tests.support.partnership import create_agreed, write_geography, write_partnership
from tests.support.prepared import HEADER, MAPPING

Q4, Q1 = Quarter(2025, 4), Quarter(2026, 1)
WINTER, SPRING = datetime(2026, 1, 20, 9, tzinfo=UTC), datetime(2026, 4, 20, 9, tzinfo=UTC)
AGENCIES = ("csc", "health", "police")
KEYS = {name: bytes(range(start, start + 32)).hex() for name, start in (("first", 3), ("second", 40), ("third", 77), ("stray", 120))}
IDS = {name: read_key(text).fingerprint for name, text in KEYS.items()}

PARTNERSHIP = """
id: testing
name: Testing Partnership
area: Testing
authority_code: "999"
first_period: 2025-Q1
agencies:
""" + "".join(
    f"  - {{id: {id}, name: {name}, mode: pseudonymised, datasets: [{{id: markers, title: Markers, mapping: mapping.yml,"
    " every: quarter, due_days: 30}]}\n"
    for id, name in (("csc", "Social care"), ("health", "Health"), ("police", "Police"))
)

_CHILDREN = (
    ("Zebedee", "Quillfeather", "17/05/2011", "M", "QS4 2AB"),
    ("Persephone", "Marsh", "29/08/2010", "F", "QS4 2AD"),
    ("Ptolemy", "Oakenshaw", "02/11/2012", "M", "QS7 9ZZ"),
    ("Ottoline", "Hebblewhite", "07/03/2012", "F", "QS1 1AA"),
    ("Barnaby", "Thistlewood", "21/01/2013", "M", "QS2 3BC"),
    ("Clementine", "Farthing", "14/12/2009", "F", "QS6 6DE"),
    ("Montague", "Wrexcombe", "30/06/2011", "M", "QS9 1FG"),
)
"""Everybody after the first six is first told of in the second quarter."""
_KNOWN = {"csc": (0, 1, 2, 3, 6), "health": (1, 2, 4, 5, 6), "police": (0, 2, 3, 5, 6)}


def write_agency(folder: Path, agency: str, period: Quarter) -> Path:
    """An agency's extract: a marker for each child, told again in the next quarter. Police misspell one name."""
    rows = []
    for number in _KNOWN[agency]:
        given, family, born, sex, home = _CHILDREN[number]
        if number == 6 and period == Q4:
            continue
        family = "Hebblewite" if agency == "police" and number == 3 else family
        day = "05/02/2026" if number == 6 else f"{number + 3:02d}/11/2025"
        rows.append(f"{agency.upper()}-7000{number},{given},{family},{born},{sex},{home},,CCE,{day},Response,,")
    path = folder / f"{agency}-{period}" / "markers.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class Agencies:
    """A folder in which packages and rotation files are made once, when they are first asked for."""

    folder: Path

    def key(self, name: str) -> Path:
        path = self.folder / f"{name}.key"
        path.write_text(KEYS[name], encoding="ascii")
        return path

    def package(self, agency: str, period: Quarter, key: str) -> Path:
        out = self.folder / f"{agency}-{period}-{key}.zip"
        if not out.exists():
            prepare(self._request(agency, period, key), out=out)
        return out

    def rotation(self, agency: str, period: Quarter, old: str, new: str) -> Path:
        out = self.folder / f"{agency}-{period}-{old}-{new}.txt"
        if not out.exists():
            make_rotation(self._request(agency, period, old), self.key(new), out=out)
        return out

    def stand_ins(self, agency: str, period: Quarter, key: str) -> list[str]:
        """What an agency's own numbers for people are in a package, one for each line of its extract."""
        names, *rows = unpack(self.package(agency, period, key).read_bytes())["tables/identity_record.jsonl"].decode().splitlines()
        place = json.loads(names).index("local_id")
        return [json.loads(row)[place] for row in rows]

    def _request(self, agency: str, period: Quarter, key: str) -> Request:
        mapping = self.folder / "mapping.yml"
        mapping.write_text(MAPPING, encoding="utf-8")
        files = [write_agency(self.folder, agency, period)]
        return Request(files, agency, "markers", period, SPRING, mapping=mapping, key_file=self.key(key), tokens="fields")


def new_workspace(folder: Path) -> Workspace:
    defined = write_partnership(folder / "partnership", PARTNERSHIP)
    (defined / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    return create_agreed(folder / "ws", defined, write_geography(folder / "geography"))


def send(workspace: Workspace, package: Path, agency: str, period: Quarter, *, at: datetime) -> Receipt:
    return submit_return(workspace, agency=agency, dataset="markers", period=period, files=[package], by="tester", at=at)


def drawn(seed: int = 1) -> Callable[[], str]:
    rng = random.Random(seed)
    return lambda: f"p{rng.getrandbits(96):024x}"


def link_all(workspace: Workspace, *, at: datetime, seed: int = 1) -> LinkSummary:
    publish_generation(workspace, by="tester", at=at)
    return link_people(workspace, by="tester", at=at, new_person_id=drawn(seed), threads=1)


def people_of(workspace: Workspace, done: LinkSummary) -> dict[str, str]:
    """Identity → person."""
    links = workspace.objects.get_table(done.links)
    return dict(zip(links["identity_id"].to_pylist(), links["person_id"].to_pylist(), strict=True))
