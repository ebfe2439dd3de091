"""`sightline attack` on files of a release: what is read, what is said, and how it ends."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sightline.app.ask_table import Question, ask
from sightline.app.attack_release import attack_targets
from sightline.app.cubes import files_of
from sightline.app.released_files import ReadFiles, read_files, take
from sightline.app.released_pages import read_server
from sightline.cli.main import app
from sightline.disclosure import METHOD
from sightline.errors import InputRefused, NotFound
from sightline.model.cubes import ReleasedTable
from sightline.model.figures import Figure, Median, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release, release_to_json
from sightline.publish.asked_table import asked_file
from sightline.publish.attack_report import WORDS
from sightline.publish.exports import all_figures_file
from tests.support.asked import INDICATORS, PERIODS, example_tables
from tests.support.attacked import clean_release
from tests.support.releases import example_release


def written(folder: Path, release: Release, *, figures: bytes | None = None) -> Path:
    folder.mkdir()
    (folder / "release.json").write_bytes(release_to_json(release))
    (folder / "figures.csv").write_bytes(figures or all_figures_file(release, "csv"))
    (folder / "figures.json").write_bytes(all_figures_file(release, "json"))
    (folder / "board.pdf").write_bytes(b"%PDF-1.7")
    return folder


def test_a_clean_release_ends_well_and_the_report_says_what_was_not_read_nor_tried(tmp_path: Path) -> None:
    folder = written(tmp_path / "release", clean_release())
    report = tmp_path / "tried.html"

    done = CliRunner().invoke(app, ["attack", str(folder), "--json", "--tries", "200", "--report", str(report)])

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["found"], told["unread"], told["method"]) == (0, ["board.pdf"], clean_release().methods["disclosure"])
    assert {each["attack"] for each in told["attacks"]} == set(WORDS)
    assert all(each["tried"] or each["not_tried"] for each in told["attacks"])
    page = report.read_text(encoding="utf-8")
    assert "and none found anything" in page
    assert "Not read, and so not attacked: board.pdf" in page
    assert "<script" not in page


def test_a_file_that_shows_another_number_is_found_named_and_the_number_not_told(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(all_figures_file(clean_release(), "csv").decode("utf-8-sig"))))
    column = rows[0].index("count")
    changed = next(row for row in rows[1:] if row[column].isdigit())
    changed[column] = "735"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    folder = written(tmp_path / "release", clean_release(), figures=out.getvalue().encode())

    done = CliRunner().invoke(app, ["attack", str(folder), "--tries", "200"])

    assert done.exit_code == 6, done.output
    assert "is shown differently (figures.csv)" in done.output
    assert "735" not in done.output


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_exports_alone_are_enough_to_attack(tmp_path: Path, kind: str) -> None:
    release = clean_release()
    small = tuple(
        replace(figure, count=Released(7)) if (figure.breakdown, figure.period) == ("all", "2026-Q1") else figure
        for figure in release.figures
    )
    path = tmp_path / f"figures.{kind}"
    path.write_bytes(all_figures_file(replace(release, figures=small), kind))

    report = attack_targets([str(path)], method=None if kind == "json" else release.methods["disclosure"], tries=200)

    assert any(each.id == "symbols" and each.findings for each in report.outcomes)
    if kind == "csv":
        with pytest.raises(InputRefused, match="by which method"):
            attack_targets([str(path)], tries=200)


def planted(table: ReleasedTable, **change: int) -> ReleasedTable:
    """The table with the first atom of one indicator and period changed: more than it was, or exactly so many."""
    asked = next(iter(table.atoms))
    atoms = np.array(table.atoms[asked])
    atoms.flat[0] = change.get("exactly", atoms.flat[0] + change.get("more", 0))
    return replace(table, atoms={**table.atoms, asked: atoms})


LEAKS: dict[str, tuple[Callable[[ReleasedTable], ReleasedTable], str]] = {
    "a small count as it is": (lambda table: planted(table, exactly=3), "symbols"),
    "a number that another table shows otherwise": (lambda table: planted(table, more=20), "averaging"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_in_a_file_of_a_table_to_ask_is_found(tmp_path: Path, leak: str) -> None:
    """Two tables share their single breakdowns: what one tells otherwise than the other, both together tell."""
    change, attack = LEAKS[leak]
    first, second = example_tables()
    for name, tables in {"clean": (first, second), "leaking": (change(first), second)}.items():
        (tmp_path / name).mkdir()
        for file, content in files_of(tables).items():
            (tmp_path / name / file).write_bytes(content)

    clean, leaking = (attack_targets([str(tmp_path / name)], method=METHOD, tries=200) for name in ("clean", "leaking"))

    assert clean.found == 0
    assert set(clean.read) == {"cube-age_sex_ethnicity.parquet", "cube-places_age.parquet"}
    assert next(each for each in leaking.outcomes if each.id == attack).findings


def test_a_table_that_shows_what_its_release_withholds_is_found_in_the_table_and_in_answers(tmp_path: Path) -> None:
    tables, release = example_tables(), example_release()
    indicator, period = INDICATORS[0], PERIODS[-1]
    shown = int(tables[0].atoms[indicator, period].sum())
    counts: dict[str, Shown] = {"right": Released(shown), "withheld": Withheld.WITHHELD}
    figures = {name: (Figure(indicator, period, "all", "all", count, None, None),) for name, count in counts.items()}
    answer = ask(release, tables, Question(indicator, rows="sex", columns="ethnicity", shown_as="of_row"))
    found = {}
    for name, own in figures.items():
        folder = tmp_path / name
        folder.mkdir()
        made = replace(clean_release(), indicators=release.indicators, figures=own)
        (folder / "release.json").write_bytes(release_to_json(made))
        (folder / "answer.csv").write_bytes(asked_file(answer, "csv"))
        for file, content in files_of(tables).items():
            (folder / file).write_bytes(content)
        found[name] = attack_targets([str(folder)], tries=200)

    assert found["right"].found == 0
    (told,) = [each for each in found["withheld"].outcomes if each.id == "averaging"]
    assert "is withheld in one place and shown in another (answer.csv, cube-age_sex_ethnicity.parquet, cube-places_age.parquet)" in {
        each.what for each in told.findings
    }
    assert next(each.tried for each in found["right"].outcomes if each.id == "percentages") > 5


def test_what_is_no_release_is_refused_and_no_other_host_is_ever_asked(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")

    with pytest.raises(InputRefused, match="Nothing here is a file of a release"):
        read_files([tmp_path])
    with pytest.raises(NotFound):
        read_files([tmp_path / "missing"])
    for address in ("http://example.org/", "https://127.0.0.1/", "http://127.0.0.1.example.org/"):
        with pytest.raises(InputRefused, match="Only a server on this machine"):
            read_server(address)


def test_totals_that_others_publish_and_areas_are_read_from_files(tmp_path: Path) -> None:
    folder = written(tmp_path / "release", clean_release())
    known, wards = tmp_path / "known.csv", tmp_path / "wards.csv"
    known.write_text("indicator,quarter,breakdown,category,value\nmissing_episodes,2026-Q1,all,all,100\n", encoding="utf-8")
    wards.write_text("ward_code,council\nW01,North\nW02,North\n", encoding="utf-8")

    tried = {each.id: each for each in attack_targets([str(folder)], known=known, wards=wards, tries=200).outcomes}

    assert tried["outside totals"].tried == 1
    known.write_text("indicator,quarter\nmissing_episodes,2026-Q1\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="not as it should be"):
        attack_targets([str(folder)], known=known, tries=200)


def test_a_figure_that_is_in_no_unit_of_a_ratio_is_read_as_a_median() -> None:
    head = "release,indicator,quarter,breakdown,category,count,out_of,value,per,low,high"
    rows = (
        "1,wait,2026-Q1,all,all,75,,12,,8,20",
        "1,wait,2026-Q1,sex,female,40,80,50,100,39,61",
        "1,wait,2026-Q1,sex,male,0-4,,,,,",
    )
    take(found := ReadFiles(), "figures.csv", "\n".join((head, *rows)).encode())

    assert [each.statistic for each in found.figures["figures.csv"]] == [Median(12, 8, 20, ""), Ratio(50, 100, 39, 61), None]
