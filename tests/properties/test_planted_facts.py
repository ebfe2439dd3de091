"""Facts planted in the invented partnership are found by the analyses and the statistics: each by what is meant to find it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sightline.app.quality import measure_quality
from sightline.app.returns import ReturnLine, ReturnsOverview, Standing
from sightline.definitions.analyses import Analyses, load_analyses
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.formats import load_mapping
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import prepare
from sightline.indicators.analyses import YearScope, count_analyses
from sightline.indicators.availability import find_sources
from sightline.model.counted_tables import CountedTable
from sightline.model.periods import Quarter
from sightline.stats.intervals import rate_ratio_intervals
from sightline.stats.rebasing import RebaseReason, propose_rebase
from sightline.synthesis import synthesise
from sightline.synthesis.returns import PERIODS
from tests.support.saltmere import DEFINED, ReadReturn, engine_of, read_returns

CHILDREN = 40_000
SETTLED = ("2024-Q2",)
"""Quarters of which every version of the police is read."""


@dataclass(frozen=True)
class Saltmere:
    """What was planted, the returns read, and an engine that holds the last of each."""

    planted: dict[str, Any]
    returns: list[ReadReturn]
    engine: DuckDBEngine

    def table(self, analysis: str, table: str) -> CountedTable:
        """One table of one analysis, counted for the year to March 2026."""
        every = load_analyses()
        chosen: Analyses = replace(every, analyses=tuple(each for each in every.analyses if each.id == analysis))
        (counted,) = count_analyses(self.engine, chosen, YearScope(Quarter(2026, 1), find_sources(self.engine, None)))
        return next(each for each in counted.tables if each.id == table)


@pytest.fixture(scope="module")
def saltmere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saltmere]:
    folder = tmp_path_factory.mktemp("planted")
    synthesise(folder, children=CHILDREN, seed=20260331)
    last = {period.name: 3 for period in PERIODS[:-2]} | {"2025-Q4": 2, "2026-Q1": 1}
    wanted = [("police", "police", name, version) for name, version in last.items() if name not in SETTLED]
    wanted += [("police", "police", name, version) for name in SETTLED for version in (1, 2, 3)]
    wanted += [("csc", "cin_census", f"{year}-Q1", 1) for year in (2023, 2024, 2025, 2026)]
    wanted += [("education", "school_census", "2025-Q1", 1)]
    wanted += [("early_help", "early_help", "2023-Q4", version) for version in (1, 2)]
    returns = read_returns(folder, wanted)
    with engine_of(folder, returns) as engine:
        prepare(engine, load_catalogue())
        yield Saltmere(json.loads((folder / "truth" / "planted.json").read_text(encoding="utf-8")), returns, engine)


def test_the_quarter_in_which_a_markers_threshold_changed_is_where_new_limits_are_proposed(saltmere: Saltmere) -> None:
    planted = saltmere.planted["threshold_changed"]
    begun = saltmere.engine.query(
        "select quarter.period, count(flag.flag_id) as flags from quarter left join flag"
        f" on flag.started_on between quarter.start_on and quarter.end_on and flag.agency_id = '{planted['agency']}'"
        " and flag.flag = 'criminal' group by quarter.period order by quarter.period"
    )
    periods, flags = (begun.column(name).to_pylist() for name in ("period", "flags"))
    definitions = load_mapping(DEFINED / "mappings" / "police.yml").definitions
    changed = [each.in_force_from for each in definitions.values() if each.in_force_from and each.in_force_from >= date(2022, 4, 1)]
    known = [periods.index(str(Quarter.containing(day))) for day in changed]

    unexplained = propose_rebase(flags)
    proposal = propose_rebase(flags, known_changes=known)

    assert unexplained is not None
    assert unexplained.reason is RebaseReason.SUSTAINED_SHIFT
    assert proposal is not None
    assert periods[proposal.at] == planted["from"]
    assert proposal.reason is RebaseReason.KNOWN_CHANGE
    assert proposal.centre_since > 3 * proposal.centre_before


def test_the_school_that_never_refers_stands_alone_among_schools_of_its_kind(saltmere: Saltmere) -> None:
    silent = saltmere.planted["school_that_never_refers"]["school"]
    table = saltmere.table("referral_sources", "pupils_told_of_by_school")
    rate = table.total.count / (table.total.out_of or 1)
    large = {row.categories[0]: row for row in table.rows if (row.out_of or 0) * rate >= 10}

    assert silent in large
    assert [school for school, row in large.items() if row.count == 0] == [silent]
    assert large[silent].out_of is not None


def test_the_group_that_police_over_record_stands_out_with_the_police_and_not_with_social_care(saltmere: Saltmere) -> None:
    planted = saltmere.planted["over_recorded_group"]
    table = saltmere.table("reach_of_each_agency", "by_ethnicity")

    def ratio(agency: str) -> tuple[float, float]:
        own = [row for row in table.rows if row.categories[0] == agency and row.out_of]
        group = [row for row in own if row.categories[1] == planted["ethnicity"]]
        others = [row for row in own if row.categories[1] != planted["ethnicity"]]
        sums = [sum(getattr(row, name) or 0 for row in rows) for rows in (group, others) for name in ("count", "out_of")]
        found = rate_ratio_intervals(*([value] for value in sums))
        return float(found.lower[0]), float(found.upper[0])

    low, _ = ratio(planted["agency"])
    csc_low, csc_high = ratio("csc")

    assert low > 1.0
    assert csc_low < 1.0 < csc_high


def test_quality_over_time_finds_the_agency_whose_third_return_is_its_first_complete_one(saltmere: Saltmere) -> None:
    kept: dict[tuple[str, str, str], list[int]] = {}
    for each in sorted(saltmere.returns, key=lambda each: each.version):
        kept.setdefault((each.agency, each.dataset, each.period), []).append(sum(table.num_rows for table in each.tables.values()))
    came = datetime(2026, 5, 1, 9, tzinfo=UTC)
    lines = [
        ReturnLine(
            *(agency, agency, dataset, dataset, period, came.date(), Standing.ACCEPTED),
            return_id=f"{agency} {dataset} {period}",
            first_received_at=came,
            rows_read=rows[-1],
            rows_kept=rows[-1],
            kept_by_version=tuple(rows),
        )
        for (agency, dataset, period), rows in kept.items()
        if agency != "police" or period in SETTLED
    ]
    planted = saltmere.planted["third_return_is_the_first_complete"]

    found = measure_quality(ReturnsOverview(came.date(), SETTLED, tuple(lines), ()))

    assert {(each.agency, each.dataset) for each in found.first_complete if each.usual == 3} == {(planted["agency"], planted["dataset"])}
    assert [each for each in found.sentences if "third version" in each and planted["agency"] in each]
    assert {each.agency: each.usual for each in found.first_complete} == {"police": 3, "csc": 1, "education": 1, "early_help": 2}


def test_flags_whose_review_was_not_held_stand_though_their_day_has_passed(saltmere: Saltmere) -> None:
    planted = saltmere.planted["reviews_not_held"]
    table = saltmere.table("reviews_overdue", "open_flags")
    passed = {row.categories[0]: row for row in table.rows if row.categories[1] == "day_has_passed"}
    ahead = {row.categories[0]: row.count for row in table.rows if row.categories[1] == "day_lies_ahead"}

    assert [agency for agency, row in passed.items() if row.count] == [planted["agency"]]
    assert passed[planted["agency"]].count >= 10
    assert passed[planted["agency"]].median is not None
    assert passed[planted["agency"]].count < ahead[planted["agency"]]


def test_only_the_police_need_a_third_return_before_a_quarter_is_complete(saltmere: Saltmere) -> None:
    """Judged by rows alone: a return is complete when no later version of the same quarter holds more of what its quarter holds."""
    held: dict[tuple[str, str], list[int]] = {}
    for each in sorted(saltmere.returns, key=lambda each: each.version):
        main = {"police": "incident", "early_help": "early_help_episode"}.get(each.agency)
        if main:
            held.setdefault((each.agency, each.period), []).append(each.tables[main].num_rows)
    several = {key: rows for key, rows in held.items() if len(rows) > 1}
    first_complete = {key: rows.index(max(rows)) + 1 for key, rows in several.items()}

    assert {agency for (agency, _), version in first_complete.items() if version == 3} == {
        saltmere.planted["third_return_is_the_first_complete"]["agency"]
    }
    assert all(version == 3 for (agency, _), version in first_complete.items() if agency == "police")
    assert first_complete["early_help", "2023-Q4"] == 2


def test_incidents_under_former_ward_codes_are_told_with_the_ward_of_today(saltmere: Saltmere) -> None:
    planted = saltmere.planted["boundary_change"]
    moved = saltmere.engine.query(
        "select incident.ward, ward_version.current_ward, max(cast(incident.started_at as date)) as last_on, count(*) as incidents"
        " from incident join ward_version on ward_version.ward = incident.ward where incident.ward <> ward_version.current_ward"
        " group by incident.ward, ward_version.current_ward order by incident.ward"
    ).to_pylist()

    assert [row["ward"] for row in moved] == planted["former_wards"]
    assert {row["current_ward"] for row in moved} == {planted["ward"]}
    assert max(row["last_on"] for row in moved) < date.fromisoformat(planted["on"])


def test_a_force_wide_extract_is_unpicked_to_the_children_who_live_here(saltmere: Saltmere) -> None:
    lives = saltmere.engine.query(
        "select person.resident_in_area as resident, person.ward is not null as has_ward, count(distinct involvement.person_id) as children"
        " from involvement join person on person.person_id = involvement.person_id where person.birth_month > date '2004-04-01'"
        " group by 1, 2"
    ).to_pylist()
    here = sum(row["children"] for row in lives if row["resident"])
    elsewhere = sum(row["children"] for row in lives if not row["resident"] and not row["has_ward"])

    assert 0.04 < elsewhere / (here + elsewhere) < 0.15
    assert all(row["has_ward"] for row in lives if row["resident"])
