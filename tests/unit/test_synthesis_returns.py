"""The files of the invented partnership, read here by other means than Sightline's own readers."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import python_calamine
from lxml import etree

from sightline.definitions.content_categories import categories_of, load_content_categories
from sightline.errors import EnvironmentProblem, InputRefused
from sightline.synthesis import SynthesisSummary, partnership, synthesise
from sightline.synthesis.returns import PERIODS, all_returns

CHILDREN = 4_000
LOCAL_IDS = {
    "people.csv": "pers_person_id",
    "header.csv": "CHILD",
    "episodes.csv": "CHILD",
    "early_help.csv": "person_local_id",
    "child.csv": "ypid",
    "offence.csv": "ypid",
    "person_role.csv": "nominal_id",
    "warning_marker.csv": "nominal_id",
    "attendances.csv": "hospital_number",
    "pupilonroll.csv": "pupilonrolltableid",
    "sessions.csv": "pupilonrolltableid",
    "not_in_school.csv": "pupilid",
    "children.csv": "service_child_ref",
    "panel.csv": "person_local_id",
    "nrm.csv": "local_id",
    "custody.csv": "nominal_id",
}


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> SynthesisSummary:
    return synthesise(tmp_path_factory.mktemp("saltmere"), children=CHILDREN, seed=7)


@pytest.fixture(scope="module")
def extracts(summary: SynthesisSummary) -> Path:
    return summary.folder / "extracts"


def read(path: Path) -> pl.DataFrame:
    """Any of the text files, everything as text."""
    raw = path.read_bytes()
    old = b";" in raw.split(b"\n")[0]
    return pl.read_csv(raw.decode("cp1252" if old else "utf-8").encode(), separator=";" if old else ",", infer_schema=False)


def truth(summary: SynthesisSummary, name: str) -> pl.DataFrame:
    return pl.read_parquet(summary.folder / "truth" / f"{name}.parquet")


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_partnership(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        synthesise(tmp_path / name, children=1_000, seed=seed)
    one, same, other = (digests(tmp_path / name) for name in ("one", "same", "other"))

    assert one == same
    assert one.keys() == other.keys()
    assert one["extracts/2026-Q1/csc/annex_a/v1/annex_a.xlsx"] != other["extracts/2026-Q1/csc/annex_a/v1/annex_a.xlsx"]


def test_the_summary_counts_what_was_written(summary: SynthesisSummary) -> None:
    assert summary.files == len(digests(summary.folder))
    assert summary.returns == len(all_returns())
    assert not (summary.folder / "extracts" / ".unfinished").exists()


def test_every_return_listed_is_there_and_every_folder_is_listed(extracts: Path) -> None:
    listed = read(extracts / "returns.csv")
    present = {str(path.parent.relative_to(extracts)) for path in extracts.rglob("*") if path.is_file() and path.name != "returns.csv"}

    assert listed.columns == ["sequence", "arrived_on", "agency", "dataset", "period", "version", "folder"]
    assert set(listed["folder"]) == present
    assert listed["arrived_on"].to_list() == sorted(listed["arrived_on"].to_list())
    assert date.fromisoformat(listed["arrived_on"][-1]) < date(2026, 5, 15)


def test_population_is_the_true_count_of_resident_children(summary: SynthesisSummary) -> None:
    population = pl.read_csv(summary.folder / "geography" / "population.csv")
    child = (pl.col("date_of_birth") > date(2008, 3, 31)) & ~pl.col("adult")
    people = truth(summary, "people").filter(pl.col("resident") & child)
    wards = people.group_by("ward").len().sort("ward")

    assert population["children"].sum() == people.height == CHILDREN
    assert population.group_by("ward_code").agg(pl.col("children").sum()).sort("ward_code")["children"].to_list() == wards["len"].to_list()
    assert set(population["age_band"]) == {"0-9", "10-12", "13-15", "16-17"}


@pytest.mark.parametrize(("file", "column"), LOCAL_IDS.items())
def test_every_local_number_belongs_to_one_person_of_the_truth(summary: SynthesisSummary, extracts: Path, file: str, column: str) -> None:
    identities = truth(summary, "identities")
    paths = sorted(extracts.rglob(file))
    agency = paths[0].relative_to(extracts).parts[1]
    own = identities.filter(pl.col("agency") == agency)
    written = {value for path in paths for value in read(path)[column].to_list()}

    assert own["local_id"].n_unique() == own.height
    assert written <= set(own["local_id"])
    assert len(written) > 5


def test_no_extract_tells_the_truths_number_of_a_person_by_its_numbers_or_its_order(summary: SynthesisSummary, extracts: Path) -> None:
    identities = truth(summary, "identities").filter(pl.col("agency") == "education").select("local_id", "person")
    rows = read(extracts / "2026-Q1/education/school_census/v1/pupilonroll.csv").with_row_index("row")
    both = rows.join(identities, left_on="pupilonrolltableid", right_on="local_id", how="inner")
    number = both["pupilonrolltableid"].str.slice(2).cast(pl.Int64)

    assert both.height == rows.height
    for told in (both["row"].to_numpy(), number.to_numpy()):
        assert abs(np.corrcoef(told, both["person"].to_numpy())[0, 1]) < 0.1


def test_the_police_send_more_of_a_quarter_each_time_until_it_is_complete(extracts: Path) -> None:
    sizes = []
    for period in PERIODS[:12]:
        versions = [
            set(read(extracts / f"{period.name}/police/police/v{version}/occurrence.csv")["occurrence_no"]) for version in (1, 2, 3)
        ]
        assert versions[0] <= versions[1] <= versions[2]
        sizes.append([len(version) for version in versions])
    first, second, third = (sum(size[version] for size in sizes) for version in range(3))

    assert first / third == pytest.approx(0.70, abs=0.08)
    assert second / third == pytest.approx(0.90, abs=0.06)
    assert not (extracts / "2026-Q1/police/police/v2").exists()


def test_everyone_in_a_police_extract_was_in_an_occurrence_of_that_extract(extracts: Path) -> None:
    for folder in sorted(extracts.glob("*/police/police/*")):
        assert set(read(folder / "person_role.csv")["occurrence_no"]) == set(read(folder / "occurrence.csv")["occurrence_no"])


def test_a_corrected_return_holds_what_the_first_left_out(extracts: Path) -> None:
    def pupils(version: int) -> set[str]:
        return set(read(extracts / f"2024-Q4/education/school_census/v{version}/pupilonroll.csv")["pupilonrolltableid"])

    assert pupils(1) < pupils(2)
    assert len(pupils(1)) / len(pupils(2)) == pytest.approx(0.94, abs=0.02)
    assert (extracts / "2024-Q2/csc/annex_a/v2/annex_a.xlsx").stat().st_size > (
        extracts / "2024-Q2/csc/annex_a/v1/annex_a.xlsx"
    ).stat().st_size


def test_no_extract_knows_what_happens_after_it_was_made(extracts: Path) -> None:
    arrivals = {row["folder"]: date.fromisoformat(row["arrived_on"]) for row in read(extracts / "returns.csv").iter_rows(named=True)}
    planned = {"review", "InitialCPCtarget", "expiry"}  # days set ahead of time
    forms = ("%d/%m/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%b-%d 00:00:00", "%Y-%m-%d 00:00:00")
    seen = 0
    for folder, arrived in arrivals.items():
        for path in (extracts / folder).glob("*.csv"):
            for column in read(path).iter_columns():
                values = [value for value in column.drop_nulls().head(400).to_list() if re.match(r"\d{2,4}[-/]\w{2,3}[-/]\d{2,4}", value)]
                if not values or column.name in planned:
                    continue
                form = next(form for form in forms if _fits(values[0], form))
                assert max(datetime.strptime(value, form) for value in values).date() <= arrived, (path, column.name)
                seen += len(values)
    assert seen > 10_000


def _fits(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True


def test_annex_a_has_all_eleven_lists_and_ends_only_what_had_ended(extracts: Path) -> None:
    book = python_calamine.CalamineWorkbook.from_path(extracts / "2025-Q1/csc/annex_a/v1/annex_a.xlsx")

    assert book.sheet_names == [f"List {number}" for number in range(1, 12)]
    for name, ended in (
        ("List 6", "CIN Closure Date"),
        ("List 7", "Child Protection Plan End Date"),
        ("List 8", "Date Ceased to be Looked After"),
    ):
        header, *rows = book.get_sheet_by_name(name).to_python()
        days = [row[header.index(ended)] for row in rows]
        assert any(day == "" for day in days)
        assert max(day for day in days if day != "") <= date(2025, 3, 31)
    assert len(book.get_sheet_by_name("List 11").to_python()) == 1


def test_the_person_index_names_everyone_that_annex_a_lists(extracts: Path) -> None:
    for period in ("2022-Q2", "2024-Q3", "2026-Q1"):
        named = set(read(extracts / f"{period}/csc/person_index/v1/people.csv")["pers_person_id"])
        book = python_calamine.CalamineWorkbook.from_path(extracts / f"{period}/csc/annex_a/v1/annex_a.xlsx")
        listed = {row[0] for number in range(1, 10) for row in book.get_sheet_by_name(f"List {number}").to_python()[1:]}
        assert listed <= named


def test_the_census_message_is_well_formed_and_changes_with_the_years(extracts: Path) -> None:
    for year in (2023, 2024, 2025, 2026):
        root = etree.parse(extracts / f"{year}-Q1/csc/cin_census/v1/cin_census.xml").getroot()
        children = root.findall("Children/Child")
        factors = {element.text for element in root.iter("AssessmentFactors")}

        assert root.findtext("Header/CollectionDetails/ReferenceDate") == f"{year}-03-31"
        assert len(children) > 100
        assert len({child.findtext("ChildIdentifiers/LAchildID") for child in children}) == len(children)
        assert len(root.findall(".//Sex")) == (len(children) if year >= 2025 else 0)
        assert len(root.findall(".//GenderCurrent")) == (0 if year >= 2025 else len(children))
        assert bool({"18A", "19A"} & factors) == (year == 2023)
        assert {"24A", "11A"} & factors


def test_retired_codes_stop_when_they_were_retired(extracts: Path) -> None:
    reasons = {
        period.name: set(read(path)["attendancereason"]) for period in PERIODS for path in _census(extracts, period.name, "sessions.csv")
    }
    sexes = {year: set(read(extracts / f"{year}-Q1/csc/ssda903/v1/header.csv")["SEX"]) for year in (2024, 2025)}

    assert {"H", "J", "Y"} <= reasons["2022-Q4"] | reasons["2023-Q1"] | reasons["2023-Q2"]
    assert not {"H", "J", "Y"} & set().union(*(found for name, found in reasons.items() if name >= "2024-Q4"))
    assert sexes == {2024: {"1", "2"}, 2025: {"M", "F"}}


def _census(extracts: Path, period: str, file: str) -> list[Path]:
    return sorted(extracts.glob(f"{period}/education/school_census/v*/{file}"))


def test_one_year_of_hospital_files_is_in_the_old_systems_encoding(extracts: Path) -> None:
    for period in PERIODS:
        first_line = (extracts / f"{period.name}/health/emergency/v1/attendances.csv").read_bytes().split(b"\n")[0]
        assert (b";" in first_line) == ("2023-Q2" <= period.name <= "2024-Q1")
    old = read(extracts / "2023-Q3/health/emergency/v1/attendances.csv")
    assert old["nhs_number"].drop_nulls().str.contains(r"^9\d\d \d{3} \d{4}$").all()


def test_housing_writes_a_title_above_the_header_and_bare_numbers_for_dates(extracts: Path) -> None:
    rows = (
        python_calamine.CalamineWorkbook.from_path(extracts / "2025-Q2/housing/housing/v1/housing.xlsx")
        .get_sheet_by_name("Cases")
        .to_python()
    )

    assert rows[0][0].startswith("Saltmere Homes")
    assert rows[1][:3] == ["Case ref", "Opened", "Closed"]
    assert all(isinstance(row[1], float) and 44_000 < row[1] < 46_200 for row in rows[2:])


def test_the_missing_teams_workbook_quotes_the_police_reference_of_the_same_episode(summary: SynthesisSummary, extracts: Path) -> None:
    book = python_calamine.CalamineWorkbook.from_path(extracts / "2025-Q2/csc/missing_interviews/v1/missing.xlsx")
    header, *rows = book.get_sheet_by_name("Missing").to_python()
    occurrences = read(extracts / "2025-Q2/police/police/v3/occurrence.csv").join(
        read(extracts / "2025-Q2/police/police/v3/person_role.csv"), on="occurrence_no"
    )
    person = dict(truth(summary, "identities").select(pl.concat_str("agency", "local_id", separator=":"), "person").iter_rows())
    quoted = {
        row[header.index("Police Ref")]: person[f"csc:{row[header.index('Child ID')]}"] for row in rows if row[header.index("Police Ref")]
    }
    found = occurrences.filter(pl.col("occurrence_no").is_in(list(quoted)))

    assert found.height > 0
    for row in found.iter_rows(named=True):
        assert row["role"] == "missing person"
        assert person[f"police:{row['nominal_id']}"] == quoted[row["occurrence_no"]]


def test_what_some_children_said_is_in_their_words_with_what_it_speaks_of_where_it_is_hard_to_read(extracts: Path) -> None:
    """A text that says nothing of the kind is not marked, and no word of it suggests that it should be."""
    titles = {id: each.title for id, each in load_content_categories().items()}
    told = []
    for book in sorted(extracts.glob("*/csc/missing_interviews/v1/missing.xlsx")):
        header, *rows = python_calamine.CalamineWorkbook.from_path(book).get_sheet_by_name("Return interviews").to_python()
        recorded, said, speaks_of = (header.index(name) for name in ("Child's words recorded", "What the child said", "Speaks of"))
        assert not [row for row in rows if row[said] and row[recorded] != "Y"]
        assert not [row for row in rows if row[speaks_of] and not row[said]]
        told += [(row[said], row[speaks_of]) for row in rows if row[said]]

    assert 0 < len([themes for _, themes in told if themes]) < len(told)
    for words, themes in told:
        given = {titles[each] for each in themes.split(";") if each}
        assert given <= set(categories_of(words, given=themes))
        assert given or not categories_of(words)


def test_the_voluntary_provider_holds_back_counts_below_five(extracts: Path) -> None:
    counts = pl.concat([read(path) for path in sorted(extracts.rglob("counts.csv"))])
    shown = counts["value"].drop_nulls().cast(pl.Int64)

    assert set(shown.to_list()) & {1, 2, 3, 4} == set()
    assert (counts["value"].is_null() == (counts["suppressed"] == "True")).all()
    assert (counts["suppressed"] == "True").any()


def test_no_file_names_a_real_postcode_or_calls_a_child_an_offender(extracts: Path) -> None:
    postcode = re.compile(r"\b[A-PR-Z][A-Z]?\d{1,2} \d[A-Z]{2}\b")
    for path in (*extracts.rglob("*.csv"), *extracts.rglob("*.xml")):
        text = path.read_bytes().decode("latin-1")
        assert not postcode.search(text), path
        assert "offender" not in text.lower(), path


def test_several_blocks_make_one_partnership(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partnership, "BLOCK_CHILDREN", 400)
    told: list[tuple[str, int, int]] = []
    summary = synthesise(tmp_path / "made", children=1_000, seed=2, progress=lambda *done: told.append(done))
    people, identities = truth(summary, "people"), truth(summary, "identities")
    roll = read(summary.folder / "extracts/2026-Q1/education/school_census/v1/pupilonroll.csv")

    assert [done[1:] for done in told] == [(1, 3), (2, 3), (3, 3)]
    assert people["person"].n_unique() == people.height
    assert people.filter(pl.col("nhs_number") != "")["nhs_number"].is_unique().all()
    assert identities.select("agency", "local_id").is_unique().all()
    assert pl.read_csv(summary.folder / "geography" / "population.csv")["children"].sum() == 1_000
    assert roll["pupilonrolltableid"].is_unique().all()


def test_blocks_add_up_and_none_is_too_large() -> None:
    for children in (1_000, 50_001, 12_000_000):
        sizes = partnership.block_sizes(children)
        assert sum(sizes) == children
        assert max(sizes) <= partnership.BLOCK_CHILDREN
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("children", [0, 999, 12_000_001])
def test_a_number_of_children_out_of_bounds_is_refused_before_anything_is_written(tmp_path: Path, children: int) -> None:
    with pytest.raises(InputRefused, match=str(children)):
        synthesise(tmp_path / "never", children=children, seed=1)

    assert not (tmp_path / "never").exists()


def test_a_folder_that_cannot_be_written_gives_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        synthesise(tmp_path / "taken", children=1_000, seed=1)


def test_former_ward_codes_stand_in_the_police_extract_until_the_wards_were_merged(summary: SynthesisSummary, extracts: Path) -> None:
    history = read(summary.folder / "geography" / "ward_versions.csv")
    former = set(history.filter(pl.col("valid_to").is_not_null())["ward_code"])
    today = set(read(summary.folder / "geography" / "wards.csv")["ward_code"])
    rows = pl.concat([read(path) for path in extracts.glob("*/police/police/v1/occurrence.csv")])
    used = rows.filter(pl.col("beat_or_ward").is_in(list(former)))

    assert len(former) == 2
    assert not former & today
    assert set(used["beat_or_ward"]) == former
    assert used["from_datetime"].max() < "2024-05-02"  # type: ignore[operator]
    assert set(rows.filter(pl.col("incident_authority") == "Saltmere")["beat_or_ward"]) <= today | former
    assert rows.filter(pl.col("incident_authority") != "Saltmere").height > 10


def test_the_register_of_children_out_of_school_and_the_roll_name_nobody_twice(extracts: Path) -> None:
    for folder in sorted(extracts.glob("*/education/school_census/v1")):
        roll, register = (
            set(read(folder / name)[column])
            for name, column in (("pupilonroll.csv", "pupilonrolltableid"), ("not_in_school.csv", "pupilid"))
        )
        assert len(roll & register) <= 0.2 * len(register)  # those who left or came back within the term


def test_a_panels_log_says_once_when_each_plan_opened(extracts: Path) -> None:
    for path in extracts.glob("*/csc/exploitation_hub/v1/panel.csv"):
        panels = read(path)
        assert panels.filter(pl.col("plan_open").is_not_null())["panel_ref"].is_unique().all()
        assert panels.filter(pl.col("plan_open").is_not_null()).height == panels["panel_ref"].n_unique()
