"""The public profile of a local authority: published figures as they stand, every symbol with its meaning, neutral words."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from pypdf import PdfReader

from sightline.app.profile import FORMATS, PublishedFolder, public_profile, read_published
from sightline.definitions.published import load_published
from sightline.errors import CatalogueProblems, EnvironmentProblem, InputRefused, NotFound, Place
from sightline.model.figures import NotAvailable, Released
from sightline.publish.compare_charts import Beside, beside_chart, years_chart
from sightline.publish.profile import HIGHER, LOWER, NO_CLEAR_DIFFERENCE, Rate, YearFigure, compare, population_year
from sightline.publish.profile_json import profile_json
from sightline.publish.profile_report import key_lines, profile_report
from sightline.publish.published_tables import shown, simple_name
from sightline.publish.series import Mark
from tests.support.samples import samples_folder

GEOGRAPHY = [
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
]  # fmt: skip
PLACES = [
    ("National", "", "", ""),
    ("Regional", "North Sea", "", ""),
    ("Local authority", "North Sea", "E99000001", "Saltmere and Dunes"),
    ("Local authority", "North Sea", "E99000002", "Farshore, City of"),
]
FACTORS = {"Child_sexual_exploitation": 40, "Child_criminal_exploitation": 30, "Gangs": 20, "Trafficking": 10, "Going_missing": 60}


def columns_of(table: str) -> list[str]:
    return list(load_published().columns_of(table))


def write_table(folder: Path, name: str, columns: list[str], value: Callable[[str, str, int], object], years: range, *, bom: bool) -> None:
    """One made-up table in the publisher's layout; ``value`` gives each cell from place name, column and year."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*GEOGRAPHY, *columns])
    for year in years:
        for level, region, code, authority in PLACES:
            geography = [year, "Reporting year", level, "E92000001", "England", "E1", region, "9", code, authority]
            writer.writerow([*geography, *(value(authority or region or "England", column, year) for column in columns)])
    (folder / name).write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode())


def made_up(folder: Path, cells: dict[tuple[str, str, int], object] | None = None) -> Path:
    """A folder of made-up tables for 2021 to 2024, England ten times the region and the region ten times each authority."""
    folder.mkdir(parents=True, exist_ok=True)
    size = {"England": 100, "North Sea": 10}

    def value(place: str, column: str, year: int) -> object:
        base = FACTORS.get(column, {"Episodes_with_assessment_factor": 1_000, "Referrals": 900, "At31_episodes": 800}.get(column, 50))
        base = 20_000 if column == "population_estimate" else base
        return (cells or {}).get((place, column, year), base * size.get(place, 1))

    for place, table in enumerate(("factors", "sources", "referrals", "need", "plans")):
        write_table(folder, f"any name {place}.csv", columns_of(table), value, range(2021, 2025), bom=place % 2 == 0)
    write_table(folder, "people.csv", ["age_group", "population_estimate"], value, range(2020, 2024), bom=True)
    return folder


@cache
def published() -> PublishedFolder:
    return read_published(samples_folder() / "samples" / "dfe_published")


@pytest.fixture(name="samples")
def _samples() -> PublishedFolder:
    return published()


def counted(folder: PublishedFolder, area: str, year: int = 2024) -> list[object]:
    profile = folder.profile(area)
    measures = [profile.measure("assessments_rate"), *profile.group("exploitation")]
    figures = [next(f for f in each.here if f.year == year).count for each in measures]
    return [f.value if isinstance(f, Released) else str(f) for f in figures]


@pytest.mark.samples
def test_figures_are_those_published_for_redcar_and_cleveland_and_sefton(samples: PublishedFolder) -> None:
    assert counted(samples, "Redcar and Cleveland") == [1896, 41, 78, 46, 27, 86]
    sefton = counted(samples, "Sefton")
    assert [*sefton[:4], sefton[5]] == [3171, 70, 102, 72, 95]


@pytest.mark.samples
def test_redcar_and_cleveland_stands_beside_the_north_east_and_england(samples: PublishedFolder) -> None:
    profile = samples.profile("redcar & cleveland council")
    sexual = profile.measure("sexual_exploitation_rate")

    assert profile.area.region == "North East"
    assert sexual.latest.out_of == Released(27_441)
    assert isinstance(sexual.latest.rate, Rate)
    assert sexual.latest.rate.value == pytest.approx(41 / 27_441 * 10_000)
    assert sexual.england[-1].count == Released(13_860)
    assert sexual.region[-1].count == Released(760)


@pytest.mark.samples
@pytest.mark.parametrize("year", [2018, 2019, 2020, 2021])
def test_child_criminal_exploitation_before_2022_was_not_collected_anywhere(samples: PublishedFolder, year: int) -> None:
    measure = samples.profile("Sefton").measure("criminal_exploitation_rate")

    for place in (measure.here, measure.region, measure.england):
        figure = next(f for f in place if f.year == year)
        assert figure.count == NotAvailable("not collected")
        assert figure.rate == NotAvailable("not collected")


@pytest.mark.samples
def test_our_rates_are_the_publishers_own_where_it_prints_them(samples: PublishedFolder) -> None:
    compared = 0
    with (samples_folder() / "samples" / "dfe_published" / "c1_children_in_need_referrals_and_rereferrals_2013_to_2024.csv").open() as file:
        printed = {(r["la_name"], int(r["time_period"])): r["Referrals_rate"] for r in csv.DictReader(file)}
    for name in ("Redcar and Cleveland", "Sefton", "Camden", "Somerset"):
        for figure in samples.profile(name).measure("referrals_rate").here:
            if isinstance(figure.rate, Rate):
                assert figure.rate.value == pytest.approx(float(printed[name, figure.year]), abs=0.051)
                compared += 1
    assert compared >= 40


@pytest.mark.samples
def test_every_authority_has_a_profile_and_none_turns_a_symbol_into_a_number(samples: PublishedFolder) -> None:
    begun = time.process_time()
    built = [samples.profile(area.name) for area in samples.areas]
    documents = [profile_json(profile) for profile in built]
    taken = time.process_time() - begun

    assert len({profile.area.name for profile in built}) == len(documents) == 157
    assert taken < 30
    printed = printed_factors()
    for profile in built:
        for measure in profile.group("exploitation"):
            for figure in measure.here:
                cell = printed[profile.area.name, figure.year, measure.measure.column]
                assert figure.count == Released(int(cell)) if cell.isdigit() else isinstance(figure.count, NotAvailable)


def printed_factors() -> dict[tuple[str, int, str], str]:
    with (samples_folder() / "samples" / "dfe_published" / "c3_factors_identified_at_end_of_assessment_2018_to_2024.csv").open() as file:
        return {(r["la_name"], int(r["time_period"]), column): cell for r in csv.DictReader(file) for column, cell in r.items()}


@pytest.mark.samples
def test_an_authority_that_was_replaced_has_its_own_last_year_and_says_so(samples: PublishedFolder) -> None:
    document = profile_report(samples.profile("Cumbria"))

    assert samples.profile("Cumbria").latest_year == 2023
    assert "no figures for Cumbria after 2023" in str(document.sections[0].blocks)


@pytest.mark.samples
def test_a_new_authority_has_no_year_before(samples: PublishedFolder) -> None:
    profile = samples.profile("Cumberland")

    assert {each.since_last_year.words for each in profile.measures} == {"no figure for the year before"}
    assert [figure.year for figure in profile.measure("gangs_rate").here] == [2024]


@pytest.mark.samples
def test_all_forms_are_written_and_say_the_same_numbers(tmp_path: Path, samples: PublishedFolder) -> None:
    made = public_profile(samples_folder() / "samples" / "dfe_published", "Redcar and Cleveland", out=tmp_path, formats=FORMATS)

    by_suffix = {path.suffix: path for path in made.files if path.parent == tmp_path}
    assert set(by_suffix) == {".html", ".pdf", ".json"}
    pages = [path for path in made.files if path.parent != tmp_path]
    assert "index.html" in {page.name for page in pages}
    page = lxml_html.fromstring(by_suffix[".html"].read_text(encoding="utf-8"))
    pdf = PdfReader(by_suffix[".pdf"])
    first = re.sub(r"\s+", " ", pdf.pages[0].extract_text())
    for words in (page.get_element_by_id("summary").text_content(), first):
        assert "1,896 assessment episodes" in words
        assert "28.4 (22.5 to 35.5) per 10,000 children" in words
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    data = json.loads(by_suffix[".json"].read_text(encoding="utf-8"))
    assert data["region"] == "North East"
    assert made.lines()[0] == "Redcar and Cleveland (North East), year to 31 March 2024"
    assert made.as_dict()["latest_year"] == 2024
    again = public_profile(samples_folder() / "samples" / "dfe_published", "E06000003", out=tmp_path / "again", formats=FORMATS)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in made.files]


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        ("c", "suppressed by the publisher for confidentiality"),
        ("x", "not available"),
        ("u", "low reliability"),
        ("z", "not applicable"),
        ("k", "rounds to zero"),
        ("low", "rounds to zero"),
        ("[c]", "suppressed by the publisher for confidentiality"),
        (" Z ", "not applicable"),
        ("", "not given"),
    ],
)
def test_a_symbol_is_its_meaning_and_never_a_number(cell: str, meaning: str) -> None:
    assert shown(cell, load_published().symbols, place=Place()) == NotAvailable(meaning)


@given(st.integers(0, 20_000_000))
def test_a_number_is_itself_with_or_without_commas(value: int) -> None:
    assert shown(f"{value:,}", {}, place=Place()) == shown(str(value), {}, place=Place()) == Released(value)


@pytest.mark.parametrize("cell", ["n/a", "12a", "nan", "inf"])
def test_a_value_that_is_neither_number_nor_symbol_is_refused_with_its_place(cell: str) -> None:
    with pytest.raises(InputRefused, match=r'c3\.csv, column "Gangs"'):
        shown(cell, {"c": "suppressed"}, place=Place(file="c3.csv", column="Gangs"))


def test_a_suppressed_figure_reaches_every_form_as_words(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "tables", {("Saltmere and Dunes", "Gangs", 2024): "c"})
    profile = read_published(folder).profile("Saltmere and Dunes")
    gangs = profile.measure("gangs_rate")

    assert gangs.latest.count == NotAvailable("suppressed by the publisher for confidentiality")
    assert gangs.beside_england.words.startswith("cannot be compared: suppressed")
    assert gangs.beside_england.ratio is None
    assert any("suppressed by the publisher" in line for line in key_lines(profile))
    data = {m["id"]: m for m in json.loads(profile_json(profile))["measures"]}
    assert data["gangs_rate"]["area"][-1]["rate"] == {"not_available": "suppressed by the publisher for confidentiality"}


def test_return_years_are_measured_against_the_mid_year_before(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "tables", {("Saltmere and Dunes", "population_estimate", 2023): 40_000})
    measure = read_published(folder).profile("Saltmere and Dunes").measure("gangs_rate")

    assert population_year(2024) == 2023
    assert [figure.out_of for figure in measure.here] == [Released(20_000)] * 3 + [Released(40_000)]


def test_a_population_that_is_not_there_leaves_the_count_and_no_rate(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "tables", {("Saltmere and Dunes", "population_estimate", 2023): "x"})
    latest = read_published(folder).profile("Saltmere and Dunes").measure("gangs_rate").latest

    assert latest.count == Released(20)
    assert latest.rate == NotAvailable("what it is out of is not available")


def test_published_parts_that_do_not_fit_give_no_rate(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "tables", {("Saltmere and Dunes", "Schools", 2024): 5_000})
    latest = read_published(folder).profile("Saltmere and Dunes").measure("source_schools").latest

    assert latest.rate == NotAvailable("the published parts do not fit together")


def test_low_sources_are_named_and_one_not_recorded_is_no_source(tmp_path: Path) -> None:
    cells: dict[tuple[str, str, int], object] = {("Saltmere and Dunes", name, 2024): 5 for name in ("Schools", "Unknown")}
    cells[("Saltmere and Dunes", "Housing", 2024)] = "c"
    profile = read_published(made_up(tmp_path / "tables", cells)).profile("Saltmere and Dunes")

    text = str(profile_report(profile).sections)

    assert profile.measure("source_schools").beside_england.words == LOWER
    assert "A smaller share of referrals than in England comes from: Schools." in text
    assert "Housing: suppressed by the publisher for confidentiality. This is not the same as none." in text


def figure_of(count: int, out_of: int) -> YearFigure:
    return YearFigure(2024, Released(count), Released(out_of), Rate(count / out_of, 0, 0, 100, ""))


@pytest.mark.parametrize(
    ("here", "england", "words"),
    [
        ((5, 100), (2_000, 10_000), LOWER),
        ((40, 100), (2_000, 10_000), HIGHER),
        ((20, 100), (2_000, 10_000), NO_CLEAR_DIFFERENCE),
        ((0, 100), (0, 10_000), NO_CLEAR_DIFFERENCE),
        ((0, 1_000), (2_000, 10_000), LOWER),
        ((9, 1_000), (0, 10_000), HIGHER),
    ],
)
def test_words_follow_the_range_of_the_ratio(here: tuple[int, int], england: tuple[int, int], words: str) -> None:
    assert compare(figure_of(*here), figure_of(*england)).words == words


@given(a=st.integers(0, 80), b=st.integers(0, 80), n=st.integers(100, 9_000), m=st.integers(100, 9_000))
def test_lower_from_one_side_is_higher_from_the_other(a: int, b: int, n: int, m: int) -> None:
    other = {LOWER: HIGHER, HIGHER: LOWER, NO_CLEAR_DIFFERENCE: NO_CLEAR_DIFFERENCE}

    assert compare(figure_of(a, n), figure_of(b, m)).words == other[compare(figure_of(b, m), figure_of(a, n)).words]


@pytest.mark.parametrize("name", ["saltmere and dunes", "Saltmere & Dunes", " SALTMERE AND DUNES COUNCIL ", "E99000001"])
def test_an_area_is_found_however_its_name_is_written(tmp_path: Path, name: str) -> None:
    assert read_published(made_up(tmp_path / "t")).area(name).name == "Saltmere and Dunes"


def test_a_city_is_found_with_and_without_its_title(tmp_path: Path) -> None:
    folder = read_published(made_up(tmp_path / "t"))

    assert folder.area("Farshore") == folder.area("Farshore, City of") == folder.area("city of farshore")
    assert simple_name("Council") == "council"


def test_an_area_that_is_not_there_lists_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"Nearest names: Saltmere and Dunes"):
        read_published(made_up(tmp_path / "t")).area("Saltmeer")
    with pytest.raises(NotFound, match="name of an English local authority"):
        read_published(made_up(tmp_path / "t")).area("zzzz")


def test_a_folder_that_is_not_there_or_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text("x")
    with pytest.raises(InputRefused, match="does not exist"):
        read_published(tmp_path / "nowhere")
    with pytest.raises(InputRefused, match="is a file, not a folder"):
        read_published(tmp_path / "file.csv")


def test_every_missing_table_is_named_at_once(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "t")
    (folder / "people.csv").unlink()
    (folder / "any name 1.csv").unlink()

    with pytest.raises(InputRefused, match=r'2 of the tables .*"Referrals by source" .*"Children aged 0 to 17'):
        read_published(folder)


def test_a_table_that_lacks_a_column_is_refused_with_its_name(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "t")
    file = folder / "any name 0.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("Gangs", "Bands"), encoding="utf-8")

    with pytest.raises(InputRefused, match=r"lacks 1 of its columns: Gangs. \(any name 0.csv\)"):
        read_published(folder)


@pytest.mark.parametrize("line", ["2024,too,short", "twenty," + "x," * 16 + "x"])
def test_a_line_that_does_not_fit_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    folder = made_up(tmp_path / "t")
    with (folder / "any name 0.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(InputRefused, match=r"any name 0.csv, line 18"):
        read_published(folder)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "t")
    file = folder / "any name 0.csv"
    file.write_text(file.read_text(encoding="utf-8-sig").splitlines()[0] + "\n", encoding="utf-8")

    with pytest.raises(InputRefused, match="has no rows"):
        read_published(folder)


def test_other_files_in_the_folder_do_no_harm_and_the_newest_table_is_used(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "t")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    (folder / "inner").mkdir()
    write_table(folder / "inner", "0 newer.csv", columns_of("factors"), lambda *_: 77, range(2021, 2026), bom=False)
    write_table(folder / "inner", "people.csv", ["age_group", "population_estimate"], lambda *_: 20_000, range(2020, 2025), bom=False)

    assert read_published(folder).profile("Farshore").measure("gangs_rate").latest.count == Released(77)


def test_semicolons_years_of_six_digits_and_windows_letters_are_read(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "t")
    file = folder / "any name 0.csv"
    text = file.read_text(encoding="utf-8-sig").replace("Farshore", "Fârshore").replace('"', "")
    text = text.replace("Fârshore, City of", "Fârshore").replace(",", ";")
    for year in range(2021, 2025):
        text = text.replace(f"\n{year};", f"\n{year - 1}{year % 100};")
    file.write_bytes(text.encode("cp1252"))

    profile = read_published(folder).profile("Fârshore")

    assert [figure.year for figure in profile.measure("gangs_rate").here] == [2021, 2022, 2023, 2024]


def test_a_folder_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        public_profile(made_up(tmp_path / "t"), "Farshore", out=tmp_path / "taken" / "out", formats=("json",))


def test_the_profile_never_ranks_or_judges(tmp_path: Path) -> None:
    text = str(profile_report(read_published(made_up(tmp_path / "t")).profile("Farshore"))).lower()

    for judging in ("rank", "league", "best", "worst", "offender", "poor ", "at risk by", "amber"):
        assert judging not in text


def test_what_the_figures_cannot_say_is_a_section_of_its_own(tmp_path: Path) -> None:
    document = profile_report(read_published(made_up(tmp_path / "t")).profile("Farshore"))
    section = next(s for s in document.sections if s.id == "cannot-say")

    assert "How many children were exploited" in str(section)
    assert "they overlap and must not be added" in str(section)


def gaps_of(svg: bytes) -> int:
    return svg.count(b'fill="url(#')


def test_a_chart_beside_others_says_why_a_point_is_missing_and_draws_none() -> None:
    rows = [Beside("Gangs", None, 0, 0, "suppressed", 3.0, 2.0), Beside("Missing", 5.0, 4.0, 6.0, "5.0", None, 2.0)]

    svg = beside_chart(name="x", title="t", heading="h", area="A <b>", region="R", rows=rows).decode()

    assert svg.count('r="6"') == 2  # one in the key, one for the row that has a value
    assert ">suppressed<" in svg
    assert "A &lt;b&gt;" in svg
    assert "R no figure" in svg


def test_a_line_over_years_breaks_where_nothing_was_collected() -> None:
    marks = [Mark("2021", None, "not collected"), Mark("2022", 1.0, "1.0"), Mark("2023", None, "suppressed"), Mark("2024", 2.0, "2.0")]

    svg = years_chart(name="x", title="t", heading="h", years=["2021", "2022", "2023", "2024"], lines=[("A", marks), ("R", []), ("E", [])])

    assert gaps_of(svg) == 3  # two years and the key
    assert b"not collected; suppressed" in svg
    assert svg.count(b"<circle") - svg.count(b'r="1.3"') == 2


def every_definition() -> Iterator[Any]:
    return iter(load_published().measures)


def test_every_measure_names_a_column_of_a_table_and_is_there_once() -> None:
    measures = list(every_definition())

    assert len({m.id for m in measures}) == len(measures)
    assert {m.per for m in measures} == {100, 10_000}
    assert [m.id for m in measures if m.first_year] == ["criminal_exploitation_rate", "criminal_exploitation_share"]


def test_a_mistake_in_the_catalogue_is_found_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "published.yml"
    file.write_text("symbols: {}\ntables: []\nmeasures:\n  - {id: a, group: g, title: t, table: nowhere, column: c, out_of: children}\n")

    with pytest.raises(CatalogueProblems, match="nowhere"):
        load_published(file)
