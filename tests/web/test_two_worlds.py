"""Two worlds that differ in nothing but true counts, and whose protected figures are equal, look the same to the last byte.

What tells a true count would have to be in something that differs: a page, an export, a drawing, a header, an error, the order of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from django.http import HttpResponse
from django.test import Client

from sightline.app import release as releasing
from sightline.app.count import Counted, count
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.release import make_release
from sightline.app.roles import Role
from sightline.app.single_counts import FLAGGED_BY_NONE, KEPT, WITHOUT_WARD
from sightline.app.workspace import Workspace
from sightline.disclosure import Protected, ToRelease, protect_release
from sightline.ledger.linkages import record_linkage
from sightline.ledger.models import ReleaseRecord
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from sightline.model.figures import Absent, Cell, Figure, Released
from sightline.model.periods import Quarter, quarters_between
from sightline.model.releases import Release
from sightline.privacy.pseudonyms import identity_id
from sightline.web.release_source import _read, _read_tables
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1
from tests.web.test_permissions import ADDRESSES
from tests.web.test_the_server_cannot_reach_cells import WORKING_PAGES

CHILDREN = 83
QUARTERS = quarters_between(Quarter(2025, 1), Q1)
ETHNICITIES = ("white", "black", "asian", "mixed")
FLAG = {"flag_local": "CE", "exploitation_type": "criminal"}
OF_SIGNING_IN = {"sign_in", "sign_in_code", "second_factor_key"}
"""Pages of no release, which draw or date something anew for whoever asks."""
CHANGING = {"Set-Cookie", "Date"}
_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
"""Drawn anew for every answer, by the framework."""


@dataclass(frozen=True)
class World:
    """One truth, the release made of it, and everything that a reader is sent."""

    true: tuple[Cell | Absent, ...]
    release: Release
    digest: str
    answers: Mapping[str, tuple[int, dict[str, str], bytes]]


def some(rng: np.random.Generator, share: float) -> list[int]:
    return [int(n) for n in np.flatnonzero(rng.random(CHILDREN) < share)]


def children_known(workspace: Workspace, submit: Callable[..., Receipt]) -> None:
    """Children of two wards, several ages, both sexes and four ethnicities, referred, missing and flagged in uneven numbers."""
    rng = np.random.default_rng(4)
    for period in QUARTERS:
        day = str(period.start)
        referral = [{"local_id": str(n), "received_on": day, "source": "police"} for n in some(rng, 0.5)]
        for agency, dataset, more in (("csc", "annex_a", {"referral": referral, "_query": [{}] * 12}), ("police", "police", {})):
            flag = [{"local_id": str(n), "started_on": day, **FLAG} for n in some(rng, 0.2)]
            missing = [{"local_id": str(n), "started_at": f"{day}T21:00:00"} for n in some(rng, 0.3)]
            submit(agency=agency, dataset=dataset, period=period, flag=flag, missing_episode=missing, **more)
    generation = publish_generation(workspace, by="tester", at=NOW)
    links = [
        {
            "identity_id": identity_id(str(n), key=workspace.identity_key, agency=agency),
            "person_id": f"p{n}",
            "match_probability": 1.0,
            "method": "test",
        }
        for n in range(CHILDREN)
        for agency in ("csc", "police")
    ]
    people = [
        {
            "person_id": f"p{n}",
            "birth_month": date(int(rng.integers(2009, 2016)), 5, 1),
            "sex": ("female", "male")[int(rng.random() < 0.3)],
            "ethnicity": ETHNICITIES[int(rng.integers(4))],
            "ward": ("W01", "W02")[int(rng.random() < 0.2)] if n % 11 else None,
        }
        for n in range(CHILDREN)
    ]
    assert generation.number is not None
    record_linkage(
        generation.number,
        links=workspace.objects.put_table(pa.Table.from_pylist(sorted(links, key=lambda link: link["identity_id"]), LINK_SCHEMA)),
        people=workspace.objects.put_table(pa.Table.from_pylist(people, PERSON_SCHEMA)),
        summary={},
        by="tester",
        at=NOW,
    )


def as_if_shown_were_true(counted: Counted, given: ToRelease, safe: Protected) -> Counted:
    """The other world: every true count is what the release of the first shows of it, which agrees with itself as true counts do."""
    cells = [_shown(cell, figure) for cell, figure in zip(given.cells, safe.figures, strict=True)]
    columns = {name: counted.table[name] for name in counted.table.column_names}
    for name in ("numerator", "denominator", "contributors"):
        numbers = [getattr(cell, name, None) for cell in cells]
        columns[name] = pa.chunked_array([pa.array(numbers, counted.table[name].type)])
    cubes = [
        replace(cube, atoms=np.array(safe.cubes[key].atoms)) if (key := (cube.table, cube.indicator, cube.period)) in safe.cubes else cube
        for cube in counted.counted_cubes
    ]
    singles = {name: number.value for name, number in safe.singles.items() if isinstance(number, Released)}
    sets = replace(
        counted.agency_sets,
        combinations={known: safe.combinations[known].value for known in given.combinations if known in safe.combinations},
        flagged_by_none=singles[FLAGGED_BY_NONE],
    )
    return replace(
        counted,
        table=pa.table(columns),
        counted_cubes=tuple(cubes),
        agency_sets=sets,
        people_without_ward=singles[WITHOUT_WARD],
    )


def _shown(cell: Cell | Absent, figure: Figure) -> Cell | Absent:
    if isinstance(cell, Absent):
        return cell
    assert isinstance(figure.count, Released), "none of this test's figures is withheld"
    out_of = figure.out_of.value if isinstance(figure.out_of, Released) else None
    return replace(cell, numerator=figure.count.value, contributors=figure.count.value, denominator=out_of)


def read_everything(client: Client, release: Release) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Status, headers and bytes of every page and file of figures, in every breakdown, as every kind of file, and of wrong questions."""
    _read.cache_clear()
    _read_tables.cache_clear()
    found = [ADDRESSES[page] for page in sorted(set(ADDRESSES) - set(WORKING_PAGES) - OF_SIGNING_IN)]
    found += ["/releases/1/figures.csv", "/releases/1/board-report.pdf"]
    for indicator in release.indicators:
        found += [f"/indicators/{indicator.id}?by={by}" for by in ("all", *indicator.breakdowns, "none-such")]
        found += [f"/places?indicator={indicator.id}", f"/places/figures.json?indicator={indicator.id}"]
        for asked in ("rows=age_band&columns=sex", "rows=ethnicity&show=of_column", "table=places_age&rows=ward", "rows=none-such"):
            found += [f"/indicators/{indicator.id}/table?{asked}", f"/releases/1/indicators/{indicator.id}/table.csv?{asked}"]
        found += [f"/releases/1/indicators/{indicator.id}.{kind}" for kind in ("csv", "json")]
    answers = {}
    for address in dict.fromkeys(found):
        answer: HttpResponse = client.get(address)
        headers = {name: value for name, value in answer.headers.items() if name not in CHANGING}
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        answers[address] = (answer.status_code, headers, _TOKEN.sub(rb"\1", content))
    return answers


@pytest.fixture
def worlds(
    workspace: Workspace,
    submit: Callable[..., Receipt],
    sign_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    settings: object,
) -> Iterator[tuple[World, World]]:
    count_few(monkeypatch)
    children_known(workspace, submit)
    settings.WORKSPACE = workspace.root  # type: ignore[attr-defined]
    client = sign_in(Role.ANALYST)
    passed: list[tuple[ToRelease, Protected]] = []

    def watched(given: ToRelease, **more: object) -> Protected:
        passed.append((given, protect_release(given, **more)))  # type: ignore[arg-type]
        return passed[-1][1]

    def other(workspace: Workspace, **asked: object) -> Counted:
        return as_if_shown_were_true(count(workspace, **asked), *passed[0])  # type: ignore[arg-type]

    monkeypatch.setattr(releasing, "protect_release", watched)
    made = []
    for truth in (count, other):
        monkeypatch.setattr(releasing, "count", truth)
        release, digest = make_release(workspace, period=Q1, by="tester", at=NOW)
        made.append(World(tuple(passed[-1][0].cells), release, digest, read_everything(client, release)))
        ReleaseRecord.objects.all().delete()
    yield made[0], made[1]
    _read.cache_clear()
    _read_tables.cache_clear()


@pytest.mark.django_db
def test_two_truths_that_are_shown_alike_are_shown_alike_to_the_last_byte(worlds: tuple[World, World]) -> None:
    one, other = worlds
    differ = [first for first, second in zip(one.true, other.true, strict=True) if first != second]
    assert len(differ) > 100, "the worlds are two"

    assert replace(one.release, attachments={}) == replace(other.release, attachments={})
    assert {name for name in one.release.attachments if one.release.attachments[name] != other.release.attachments[name]} == {KEPT}
    assert one.digest != other.digest, "so that an answer with the digest of what it shows, an ETag say, would differ"
    assert sum(status == 200 for status, _, _ in one.answers.values()) > 80
    assert [address for address, answer in one.answers.items() if answer != other.answers[address]] == []
