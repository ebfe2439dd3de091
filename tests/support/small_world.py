"""A partnership of some dozens of invented children, small enough to release and to read again and again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from sightline.app.publish_generation import GenerationSummary, publish_generation
from sightline.app.workspace import Workspace
from sightline.ledger.linkages import record_linkage
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from sightline.privacy.pseudonyms import identity_id
from tests.support.partnership import NOW, PARTNERSHIP, Q1, Q4, create_agreed, submit, write_partnership

WARDS = tuple(
    (f"W{number:02}", name) for number, name in enumerate(("Harbour", "Lighthouse", "Saltings", "Market", "Northgate", "Dunes"), 1)
)
ETHNICITIES = ("white", "asian", "black", "mixed")
KEY = "5" * 64
"""Of the identities and the rounding of every such world, so that two differ in nothing but their children."""
ADDRESSES, RESIDENTS = 9, 40


@dataclass(frozen=True, slots=True)
class Child:
    """One child, and what agencies recorded of it: quarters of referrals, agencies that flag it, how often it was missing."""

    id: str
    born: date
    sex: str
    ethnicity: str
    ward: str
    referred: tuple[str, ...]
    flagged_by: tuple[str, ...]
    missing: int


def some_children(many: int, seed: int = 7) -> list[Child]:
    """Invented children; of most more than one agency knows something."""
    drawn = Random(seed)
    return [
        Child(
            id=str(number),
            born=date(drawn.randrange(2009, 2016), drawn.randrange(1, 13), 1),
            sex=drawn.choice(("female", "male")),
            ethnicity=drawn.choices(ETHNICITIES, (6, 2, 1, 1))[0],
            ward=drawn.choice(WARDS)[0],
            referred=drawn.choice((("2025-11-03",), ("2026-02-03",), ("2025-11-03", "2026-02-03"))),
            flagged_by=drawn.choice((("csc",), ("police",), ("csc", "police"), ())),
            missing=drawn.choice((0, 0, 1, 2)),
        )
        for number in range(many)
    ]


def make_world(folder: Path) -> Workspace:
    """An empty workspace of the partnership, with six wards of which maps can be drawn, and keys that every such workspace has."""
    places = folder / "geography"
    places.mkdir(parents=True)
    features = [_square(code, name, place) for place, (code, name) in enumerate(WARDS)]
    (places / "wards.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    _write_rows(places / "wards.csv", "ward_code,ward_name", WARDS)
    postcodes = ((f"QS{place} {each}AA", code, 1, 2) for place, (code, _) in enumerate(WARDS, 1) for each in range(ADDRESSES))
    _write_rows(places / "postcodes.csv", "postcode,ward_code,easting,northing", postcodes)
    residents = (
        (code, band, sex, ethnicity, RESIDENTS)
        for code, _ in WARDS
        for band in ("10-12", "13-15", "16-17")
        for sex in ("female", "male")
        for ethnicity in ETHNICITIES
    )
    _write_rows(places / "population.csv", "ward_code,age_band,sex,ethnicity,children", residents)
    root = folder / "workspace"
    create_agreed(root, write_partnership(folder / "partnership", PARTNERSHIP), places)
    for name in ("identity", "rounding"):
        (root / "keys" / name).write_text(KEY, encoding="ascii")
    (root / "files.json").unlink()  # it remembers the identity key that was drawn
    return Workspace.open(root)


def tell_of(workspace: Workspace, folder: Path, children: Sequence[Child], *, at: datetime = NOW) -> GenerationSummary:
    """Submit what agencies know of these children, in place of what they told before; publish and link it."""
    for quarter in (Q4, Q1):
        referrals = [
            {"local_id": child.id, "received_on": day, "source": "police"}
            for child in children
            for day in child.referred
            if quarter.start <= date.fromisoformat(day) <= quarter.end
        ]
        flags = {"flag": _flags(children, "csc")} if quarter == Q1 else {}
        submit(workspace, folder, at=at, period=quarter, referral=referrals, **flags)
    episodes = [
        {"local_id": child.id, "started_at": f"2026-02-{3 + 4 * time:02}T21:00", "ended_at": f"2026-02-{4 + 4 * time:02}T07:00"}
        for child in children
        for time in range(child.missing)
    ]
    submit(
        workspace, folder, at=at, agency="police", dataset="police", period=Q1, flag=_flags(children, "police"), missing_episode=episodes
    )
    generation = publish_generation(workspace, by="t", at=at)
    _link(workspace, generation, children, at=at)
    return generation


def _flags(children: Iterable[Child], agency: str) -> list[dict[str, Any]]:
    told = {"started_on": "2026-01-05", "flag_local": "CE", "exploitation_type": "criminal"}
    return [{"local_id": child.id} | told for child in children if agency in child.flagged_by]


def _link(workspace: Workspace, generation: GenerationSummary, children: Iterable[Child], *, at: datetime) -> None:
    links, people = [], []
    for child in children:
        people.append(
            {"person_id": f"p{child.id}", "birth_month": child.born, "sex": child.sex, "ethnicity": child.ethnicity, "ward": child.ward}
        )
        links += [
            {
                "identity_id": identity_id(child.id, key=workspace.identity_key, agency=agency),
                "person_id": f"p{child.id}",
                "match_probability": 1.0,
                "method": "test",
            }
            for agency in ("csc", "police")
        ]
    links.sort(key=lambda each: str(each["identity_id"]))
    assert generation.number is not None
    record_linkage(
        generation.number,
        links=workspace.objects.put_table(pa.Table.from_pylist(links, LINK_SCHEMA)),
        people=workspace.objects.put_table(pa.Table.from_pylist(people, PERSON_SCHEMA)),
        summary={},
        by="tester",
        at=at,
    )


def _square(code: str, name: str, place: int) -> dict[str, Any]:
    west, south = 1.5 + 0.05 * (place % 3), 54.6 + 0.03 * (place // 3)
    ring = [[west, south], [west + 0.05, south], [west + 0.05, south + 0.03], [west, south + 0.03], [west, south]]
    return {
        "type": "Feature",
        "properties": {"ward_code": code, "ward_name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _write_rows(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
