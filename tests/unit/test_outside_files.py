"""Totals out of files that others publish: as printed, never a symbol as 0, and nothing that contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app.known_outside import TotalsContradict, known_totals, read_totals
from sightline.app.outside_files import NotInOutsideFile, read_outside_totals
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.errors import CatalogueProblems, NotFound

DFE = """time_period,geographic_level,new_la_code,category_type,category,cin_at_31_march
202526,National,,Total,Total,399460
202526,Local authority,E06000099,Total,Total,"1,240"
202526,Local authority,E06000099,Age,10 to 15,620
202526,Local authority,E06000099,Age,16 and over,c
202526,Local authority,E06000098,Total,Total,880
"""
POLICE = "Crime ID,Month,Falls within,LSOA code,Crime type\n"
DECLARED = """totals:
  - read: dfe_published
    files: [cin.csv]
    indicator: children_in_need
    quarter: 2026-Q1
    where: {time_period: "202526", new_la_code: E06000099, category_type: Total}
    value: cin_at_31_march
    within: 5
    source: DfE, children in need 2026
  - read: dfe_published
    files: [cin.csv]
    indicator: children_in_need
    quarter: 2026-Q1
    where: {time_period: "202526", new_la_code: E06000099, category_type: Age}
    value: cin_at_31_march
    by: {breakdown: age_band, column: category, codes: {"10 to 15": 10-15, "16 and over": 16-17}}
    within: 5
    source: DfE, children in need 2026
  - read: police_uk
    files: [2026-01.csv, 2026-02.csv, 2026-03.csv]
    indicator: violence_offences
    quarter: 2026-Q1
    where: {"Crime type": Violence and sexual offences}
    source: police.uk
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "cin.csv").write_text(DFE, encoding="utf-8")
    for month, many in (("2026-01", 3), ("2026-02", 2), ("2026-03", 4)):
        rows = [f"{month}-{n},{month},Force,E01,Violence and sexual offences\n" for n in range(many)] + [f"x,{month},Force,E01,Drugs\n"]
        (outside / f"{month}.csv").write_text(POLICE + "".join(rows), encoding="utf-8")
    declare(tmp_path)
    return tmp_path


def declare(folder: Path, text: str = DECLARED) -> Path:
    path = folder / "outside_totals.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_are_taken_as_printed_and_rows_of_police_files_counted(folder: Path) -> None:
    found = {total.name[1:]: (total.value, total.within) for total in read_totals(folder / "outside_totals.yml")}

    assert found == {
        ("children_in_need", "2026-Q1", "all", "all"): (1240, 5),
        ("children_in_need", "2026-Q1", "age_band", "10-15"): (620, 5),
        ("violence_offences", "2026-Q1", "all", "all"): (9, 0),
    }


def test_a_symbol_gives_no_total_and_says_why(folder: Path) -> None:
    (none,) = [each for each in read_outside_totals(folder / "outside_totals.yml") if each.total is None]

    assert none.name == ("children_in_need", "2026-Q1", "age_band", "16-17")
    assert none.reason == "suppressed by the publisher"


WRONG = {
    "a row that is not there": ("new_la_code: E06000099, category_type: Total", "new_la_code: E06000011, category_type: Total", "no row"),
    "two rows for one number": ("new_la_code: E06000099, category_type: Total", "category_type: Total", "more than one row"),
    "a column that is not there": ("value: cin_at_31_march", "value: cin_at_31_may", 'no column "cin_at_31_may"'),
    "a month that is missing": (
        "[2026-01.csv, 2026-02.csv, 2026-03.csv]",
        "[2026-01.csv, 2026-03.csv]",
        "The files are of 2026-01, 2026-03",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_declared_and_not_in_the_file_is_refused(folder: Path, wrong: str) -> None:
    was, now, says = WRONG[wrong]

    with pytest.raises(NotInOutsideFile, match=says):
        read_totals(declare(folder, DECLARED.replace(was, now, 1)))


def test_a_cell_that_is_neither_number_nor_symbol_is_named_and_not_quoted(folder: Path) -> None:
    (folder / "outside" / "cin.csv").write_text(DFE.replace('"1,240"', "about 1240"), encoding="utf-8")

    with pytest.raises(NotInOutsideFile, match="children_in_need, 2026-Q1: what is printed is neither") as told:
        read_totals(folder / "outside_totals.yml")
    assert "about" not in str(told.value)


def test_a_file_that_is_missing_and_a_declaration_with_mistakes_are_refused(folder: Path) -> None:
    with pytest.raises(NotFound):
        read_totals(declare(folder, DECLARED.replace("[cin.csv]", "[gone.csv]", 1)))
    with pytest.raises(CatalogueProblems, match="police files have rows to count"):
        read_totals(declare(folder, DECLARED.replace("    value: cin_at_31_march\n", "", 1)))


def test_totals_that_contradict_each_other_name_the_cell(folder: Path) -> None:
    (folder / "outside" / "cin.csv").write_text(DFE.replace('"1,240"', "700").replace(",c\n", ",300\n"), encoding="utf-8")

    with pytest.raises(TotalsContradict, match=r"less for children_in_need, 2026-Q1 than .* for its parts by age_band together"):
        read_totals(folder / "outside_totals.yml")


@pytest.mark.django_db
def test_a_workspace_takes_them_beside_its_own_list_and_tells_them(workspace: Workspace, folder: Path) -> None:
    own = workspace.root / "partnership"
    (folder / "outside").rename(own / "outside")
    declare(own)
    (own / "known_totals.csv").write_text("indicator,quarter,breakdown,category,value\nother,2026-Q1,all,all,40\n", encoding="utf-8")

    assert len(known_totals(workspace)) == 4
    done = CliRunner().invoke(app, ["known-totals", "--workspace", str(workspace.root)])
    assert "4 totals; 1 declared that give none" in done.output, done.output
    assert "suppressed by the publisher" in done.output
    (own / "known_totals.csv").write_text(
        "indicator,quarter,breakdown,category,value,source\nviolence_offences,2026-Q1,all,all,40,the force\n", encoding="utf-8"
    )
    with pytest.raises(TotalsContradict, match="violence_offences, 2026-Q1"):
        known_totals(workspace)
