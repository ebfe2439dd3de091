"""Definitions of analyses load whole or say every mistake at once; what a release keeps of them is read back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.app.analysis_texts import sentences
from sightline.definitions.analyses import load_analyses
from sightline.definitions.indicators import CATALOGUE
from sightline.disclosure import protect_tables
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import CatalogueProblems
from sightline.indicators.analyses import YearScope, count_analyses
from sightline.indicators.analysis_ranges import tables_with_ranges
from sightline.indicators.availability import NO_RETURN, TOO_EARLY, Sources
from sightline.indicators.plausible import MoreThanAll
from sightline.model.analyses import (
    Analysis,
    AnalysisRow,
    AnalysisTable,
    Dimension,
    FlagDefinition,
    PairAgreement,
    RateRatio,
    analysis_from_json,
    analysis_to_json,
)
from sightline.model.figures import Median, NotAvailable, Range, Ratio, Released, Withheld
from sightline.model.periods import Quarter
from tests.support.gate import KEY
from tests.support.tables import drawn, engine_with, register_all

QUARTER = Quarter(2026, 1)
WORDS = """
question: Who refers?
purpose: Learn who refers.
interpretations: [One., Another.]
lines_of_inquiry: [Ask.]
caveat: Small.
"""
TABLE = """
tables:
  - {id: by_source, title: By source, says: Referrals, measure: own_referrals, by: [referral_source], unit: referrals, out_of: total}
"""
SQL = """-- Referrals.
select referral.person_id, referral.received_on as happened_on, referral.referral_id as event_id, referral.source as referral_source
from referral
"""


def folder_with(folder: Path, *, analysis: str, sql: str = SQL) -> Path:
    """A partnership's folder with one analysis and what it counts."""
    for name, file, text in (("analyses", "own_sources.yml", analysis), ("tables", "own_referrals.sql", sql)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / file).write_text(text, encoding="utf-8")
    return folder


def analysis_text(*, head: str = "id: own_sources\norder: 90\npage: sources\ntitle: Own", words: str = WORDS, table: str = TABLE) -> str:
    return head + words + table


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(CatalogueProblems) as caught:
        load_analyses(own=folder)
    return [f"{Path(each.place.file or '').name}:{each.place.line} {each.message}" for each in caught.value.problems]


def test_a_partnership_adds_an_analysis_of_its_own_with_yaml_and_sql(tmp_path: Path) -> None:
    loaded = load_analyses(own=folder_with(tmp_path, analysis=analysis_text()))

    assert loaded.analysis("own_sources").tables[0].measure == "own_referrals"
    assert len(loaded.analyses) == len(load_analyses().analyses) + 1
    assert loaded.lineage_of(loaded.analysis("own_sources").tables[0])[0] == "person.birth_month"


def test_every_mistake_is_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    analysis = """id: other
order: 90
page: sources
title: Own
question: Who?
purpose: Learn.
interpretations: [One., Another.]
lines_of_inquiry: [Ask.]
caveat: Small.
tables:
  - {id: one, title: One, says: Referrals, measure: own_referrals, by: [agency], unit: referrals}
  - {id: one, title: Two, says: Referrals, measure: nowhere, by: [colour], unit: referrals}
"""
    sql = "-- Referrals.\nselect referral.person_id, referral.colour as event_id, referral.received_on as happened_on\nfrom referral\n"
    assert problems_of(folder_with(tmp_path, analysis=analysis, sql=sql)) == [
        'own_referrals.sql:2 "referral.colour" is not a column of the common model.',
        'own_sources.yml:1 id is "other" and the file is own_sources.yml.',
        'own_sources.yml:11 "own_referrals" is not a table\'s SQL that loaded.',
        'own_sources.yml:12 there is a table "one" already.',
        'own_sources.yml:12 "nowhere" is not a table\'s SQL that loaded.',
        'own_sources.yml:12 "colour" is not a dimension.',
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (WORDS.replace("purpose: Learn who refers.\n", ""), '"purpose" is missing.'),
        (WORDS.replace("[One., Another.]", "[One.]"), '"interpretations" is wrong: Tuple should have at least 2 items'),
        (
            WORDS.replace("lines_of_inquiry: [Ask.]", "lines_of_inquiry: []"),
            '"lines_of_inquiry" is wrong: Tuple should have at least 1 item',
        ),
    ],
)
def test_an_analysis_without_purpose_two_readings_and_a_line_of_inquiry_does_not_load(tmp_path: Path, words: str, told: str) -> None:
    (problem,) = problems_of(folder_with(tmp_path, analysis=analysis_text(words=words)))
    assert told in problem


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("unit: colours", "colours is not something that is counted"),
        ("out_of: sex", "out_of is none, total or one of []"),
        ("value: weeks", "weeks is not what a median is measured in"),
        ("compared: others", "to compare, or to expect, a table needs a denominator"),
        ("sets: 'yes'", "sets are of children, by one dimension"),
        ("agreement: 'yes'", "agreement needs two dimensions"),
        ("per: 100", "denominator and per belong together"),
        ("denominator: {resident_age_bands: [0-9], says: children}, per: 10000, out_of: none", "residents are children"),
        ("value: days", "own_referrals does not return value."),
        ("with: {within_days: 3}", "own_referrals has no parameter $within_days."),
    ],
)
def test_a_table_that_cannot_be_counted_does_not_load(tmp_path: Path, change: str, told: str) -> None:
    key = change.split(":", maxsplit=1)[0]
    without = TABLE.replace("out_of: total", "out_of: none" if key not in {"out_of", "denominator"} else "").replace(", }", "}")
    without = without.replace("unit: referrals, ", "") if key == "unit" else without
    table = without.replace("}", f", {change}}}", 1).replace(", ,", ",")
    assert any(told in problem for problem in problems_of(folder_with(tmp_path, analysis=analysis_text(table=table))))


def test_a_dimension_that_is_open_lists_only_what_is_shown(tmp_path: Path) -> None:
    table = TABLE.replace("[referral_source]", "[referral_source, who]") + "dimensions:\n  who: {title: Who, list: open}\n"
    sql = SQL.replace("from referral", ", referral.source_local as who\nfrom referral").replace("referral_source\n,", "referral_source,")
    assert any(
        "lists withheld rows" in problem for problem in problems_of(folder_with(tmp_path, analysis=analysis_text(table=table), sql=sql))
    )


def test_only_select_statements_over_the_common_model_are_counted(tmp_path: Path) -> None:
    (problem, *_) = problems_of(folder_with(tmp_path, analysis=analysis_text(), sql="-- No.\ndelete from referral\n"))
    assert problem.startswith("own_referrals.sql:2 holds something other than one select statement.")


def test_all_shipped_analyses_name_pages_in_order_and_know_their_lineage() -> None:
    loaded = load_analyses(CATALOGUE)
    assert {each.page for each in loaded.analyses} == {
        "sources", "flags", "journeys", "missing", "needs", "people_who_cause_harm", "screening", "reach", "voice"
    }  # fmt: skip
    for analysis in loaded.analyses:
        for table in analysis.tables:
            assert len(loaded.lineage_of(table)) > 1
            assert loaded.sql_of(table).startswith("-- ")


def counted(sources: Sources, *, first: Quarter | None = None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Reasons and missing agencies of one analysis over one referral."""
    loaded = load_analyses()
    (chosen,) = (each for each in loaded.analyses if each.id == "referral_sources")
    only = chosen.model_copy(update={"tables": chosen.tables[:1]})
    rows = {"referral": drawn("person_id | received_on | source\n Ada | 2026-01-01 | school")}
    with engine_with(rows, quarters=[QUARTER]) as engine:
        (found,) = count_analyses(engine, type(loaded)((only,), loaded.measures, {}, loaded.breakdowns), YearScope(QUARTER, sources, first))
    return found.reasons, found.missing["referrals_by_source"]


def test_why_a_table_cannot_be_counted_is_said_and_who_is_missing() -> None:
    filled = {"referral": frozenset({("csc", "annex_a"), ("health", "letters")})}
    year = {("csc", "annex_a"): {"2025-Q2"}, ("health", "letters"): {"2026-Q1"}}

    assert counted(Sources(filled, year)) == ({}, ("csc",))
    assert counted(Sources(filled, {("csc", "annex_a"): {"2024-Q2"}}))[0] == {"referrals_by_source": NO_RETURN}
    assert counted(Sources(filled, year), first=QUARTER.plus(-2))[0] == {"referrals_by_source": TOO_EARLY}
    assert counted(Sources(filled, year), first=QUARTER.plus(-3))[0] == {}


def test_more_than_all_is_refused_and_named(tmp_path: Path) -> None:
    table = TABLE.replace("out_of: total", "denominator: {measure: own_referrals_by_police, says: theirs}, per: 100")
    folder = folder_with(tmp_path, analysis=analysis_text(table=table))
    (folder / "tables" / "own_referrals_by_police.sql").write_text(SQL + "where referral.source = 'police'\n", encoding="utf-8")
    loaded = load_analyses(own=folder)
    only = type(loaded)((loaded.analysis("own_sources"),), loaded.measures, {}, loaded.breakdowns)
    rows = {
        "referral": drawn("person_id | received_on | source\n Ada | 2026-01-01 | school"),
        "person": drawn("person_id | birth_month\n Ada | 2012-01-01"),
    }
    with engine_with(rows, quarters=[QUARTER]) as engine:
        with pytest.raises(MoreThanAll, match="by_source of own_sources"):
            count_analyses(engine, only, YearScope(QUARTER, Sources({}, None)))
        assert engine.query("select count(*) as quarters from quarter").to_pylist() == [{"quarters": 1}]


def example() -> Analysis:
    wards = Dimension("ward", "Ward", (("W01", "Harbour"), ("W02", "Hill")))
    row = AnalysisRow(
        ("W01",), Released(40), Released(200), Ratio(20.0, 100, 15.0, 26.1), Median(12.0, 9.0, 20.0, "days"),
        RateRatio(2.0, 1.4, 2.9, "higher"), Released(20), Range(35, 45, True),
    )  # fmt: skip
    quiet = AnalysisRow(("W02",), Withheld.WITHHELD, Released(300), Withheld.WITHHELD, Withheld.WITHHELD, Withheld.WITHHELD, Released(30))
    table = AnalysisTable(
        "t", "Wards", "Children", "children", "dots", (wards,), Released(60), (row, quiet), out_of="residents", per=100, value="days",
        compared="all others", agreement=(PairAgreement("csc", "police", 0.5, None, None, None),), agencies_missing=("housing",),
        lineage=("a.b",),
    )  # fmt: skip
    bare = AnalysisTable(
        "u", "None", "Children", "children", "none", (wards,), NotAvailable("not collected"), (), not_available="not collected"
    )
    flag = FlagDefinition("police", "Police", "police", "cse", "CSE", "suspected", ("sexual",), *[""] * 10)
    return Analysis(
        "a", 1, "reach", "Title", "Why?", "To.", ("One.", "Two."), ("Ask.",), "Careful.", (table, bare), (flag,), ("Found.",), "1"
    )


def test_an_analysis_is_read_back_as_it_was() -> None:
    assert analysis_from_json(json.loads(json.dumps(analysis_to_json(example())))) == example()


def test_what_stands_out_is_said_of_shown_numbers_and_never_why() -> None:
    wards, *others = example().tables
    rows = tuple(replace(row, count=Released(0)) if row.count is Withheld.WITHHELD else row for row in wards.rows)

    assert list(sentences((replace(wards, rows=rows), *others))) == [
        "Wards: few or none where the rate of all together would give more: Hill (about 30).",
        "Wards: beside all others, Harbour higher (2.0 times, 1.4 to 2.9).",
    ]


def test_a_series_that_moved_is_told_with_its_quarter_and_whether_a_definition_changed_then() -> None:
    quarters = [Quarter(2022, 2).plus(step) for step in range(16)]
    by_quarter = Dimension("quarter_begun", "Quarter", tuple((str(each), each.title) for each in quarters))
    agencies = Dimension("agency", "Agency", (("police", "Police"), ("csc", "Social care"), ("health", "Health")))
    levels = {"police": [15] * 9 + [40] * 7, "csc": [20, 25] * 8}
    rows = [
        AnalysisRow((agency, str(each)), Released(count))
        for agency, counts in levels.items()
        for each, count in zip(quarters, counts, strict=True)
    ]
    rows += [AnalysisRow(("health", str(each)), Released(0 if place < 9 else 40)) for place, each in enumerate(quarters)]
    table = AnalysisTable("begun", "Flags begun", "Flags", "records", "heatmap", (agencies, by_quarter), Released(900), tuple(rows))
    changed = FlagDefinition("police", "Police", "police", "cce", "CCE", "suspected", ("criminal",), *[""] * 7, "2024-07-01", "", "")

    assert list(sentences([table], [changed])) == [
        "Flags begun: Police moved to another level from July to September 2024"
        " (about 15 a quarter before, 40 since); a definition changed then.",
        "Flags begun: Health moved to another level from July to September 2024"
        " (about 0 a quarter before, 40 since); no change of a definition is written down for then.",
    ]
    assert "no change of a definition is written down for then" in next(sentences([table]))


def test_everything_an_analysis_counts_passes_the_gate_or_says_why_not() -> None:
    loaded = load_analyses()
    with engine_with({}, quarters=[QUARTER]) as engine:
        for name, each in loaded.derived.items():
            engine.materialise(name, each.sql)
        found = count_analyses(engine, loaded, YearScope(QUARTER, Sources({}, None)))
    shown = protect_tables(found, key=KEY)
    assert len(shown) == sum(len(each.tables) for each in loaded.analyses)
    assert {str(row.count) for table in shown.values() for row in table.rows} == {"0 to 4"}


def test_what_other_linkages_would_change_is_the_range_of_every_row_and_set() -> None:
    """Two replicates: the first takes the police's concern from a child who has another, the second changes nobody."""
    loaded = load_analyses()
    flags = loaded.analysis("flags_compared")
    chosen = flags.model_copy(update={"tables": tuple(each for each in flags.tables if each.id in {"flag_sets", "certainty_by_agency"})})
    only = type(loaded)((chosen,), loaded.measures, {"concern": loaded.derived["concern"]}, loaded.breakdowns)
    rows = "person_id | agency_id | started_on | exploitation_type | certainty\n"
    here = rows + "".join(f" p{n} | csc | 2025-06-01 | sexual | known\n p{n} | police | 2025-06-01 | sexual | known\n" for n in range(12))
    changed = f"{rows} 0-:p1 | csc | 2025-06-01 | sexual | known\n 0-:p1 | police | 2025-06-01 | sexual | known\n"
    changed += " 0+:p1 | csc | 2025-06-01 | sexual | known\n 0+:q1 | police | 2025-06-01 | sexual | known\n"
    year = YearScope(QUARTER, Sources({}, None))

    def opened(engine: DuckDBEngine, text: str) -> None:
        names = sorted({row["person_id"] for row in drawn(text)})
        people = [{"person_id": name, "birth_month": "2012-05-01"} for name in names]
        register_all(engine, {"flag": drawn(text), "person": people}, quarters=[QUARTER])
        engine.materialise("concern", loaded.derived["concern"].sql)

    with DuckDBEngine(threads=1) as engine:
        opened(engine, here)
        counted_here = count_analyses(engine, only, year)
        opened(engine, changed)
        (ranged,) = tables_with_ranges(engine, only, year, counted_here, replicates=2)
    sets, certainty = ranged.tables
    found = {row.categories: (row.count, row.low, row.high) for row in sets.rows}
    still = {(row.count, row.low, row.high) for row in sets.margins}

    assert found["csc", "police"][0] == 12
    assert found["csc", "police"][1] < 11 <= found["csc", "police"][2]
    assert (found["csc",][0], found["police",][0]) == (0, 0)
    assert found["csc",][2] > 0 == found["csc",][1]
    assert still == {(12, 12, 12)}
    assert {(row.count, row.low, row.high) for row in certainty.rows if row.count} == {(12, 12, 12)}
