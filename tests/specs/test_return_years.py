"""A file is read with the lists of its own year: what is out of its year is understood, and told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.support.intake import read

from sightline.definitions.formats import load_format, load_mapping
from sightline.errors import CatalogueProblems
from sightline.model.periods import Quarter

CENSUS = """<?xml version="1.0"?>
<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year><ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails>
<Source><LEA>999</LEA></Source></Header>
<Children><Child><ChildIdentifiers><LAchildID>C1</LAchildID><PersonBirthDate>2010-01-01</PersonBirthDate><{sex}>M</{sex}></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
<CINdetails><CINreferralDate>{before}-06-01</CINreferralDate><ReferralSource>{source}</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>
<ReferralNFA>0</ReferralNFA>
<Assessments><AssessmentActualStartDate>{before}-06-02</AssessmentActualStartDate>
<AssessmentAuthorisationDate>{before}-07-02</AssessmentAuthorisationDate>
<FactorsIdentifiedAtAssessment><AssessmentFactors>{factor}</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
</CINdetails></Child></Children></Message>
"""


def census(folder: Path, *, year: int, factor: str = "2A", sex: str = "Sex", source: str = "6"):
    path = folder / "cin.xml"
    path.write_text(CENSUS.format(year=year, before=year - 1, factor=factor, sex=sex, source=source), encoding="utf-8")
    return read(load_format("cin_census"), path, period=Quarter(year, 1))


def told(result) -> dict[str, str]:
    return {finding.code: " ".join((finding.text, *finding.values)) for finding in result.findings}


@pytest.mark.parametrize(
    ("year", "factor", "finding"),
    [
        (2020, "24A", "SL-INT-027"),
        (2021, "24A", "SL-INT-027"),
        (2022, "24A", None),
        (2026, "24A", None),
        (2020, "18A", None),
        (2021, "18A", "SL-INT-026"),
        (2020, "19B", "SL-INT-027"),
        (2021, "19B", None),
    ],
)
def test_a_factor_is_told_when_it_is_out_of_its_year(tmp_path, year, factor, finding):
    result = census(tmp_path, year=year, factor=factor, sex="Sex" if year > 2024 else "GenderCurrent")

    out_of_year = {code: words for code, words in told(result).items() if code in {"SL-INT-026", "SL-INT-027"}}
    assert set(out_of_year) == ({finding} if finding else set())
    assert all(factor in words for words in out_of_year.values())
    assert result.tables["assessment_factor"]["factor"].to_pylist() == [factor], "and is understood all the same"


@pytest.mark.parametrize(
    ("year", "sex", "finding"),
    [(2024, "GenderCurrent", None), (2025, "Sex", None), (2025, "GenderCurrent", "SL-INT-070"), (2024, "Sex", "SL-INT-071")],
)
def test_sex_takes_the_place_of_gender_in_2024_25(tmp_path, year, sex, finding):
    result = census(tmp_path, year=year, sex=sex)

    assert {code for code in told(result) if code in {"SL-INT-070", "SL-INT-071"}} == ({finding} if finding else set())
    assert result.tables["identity_record"]["sex"].to_pylist() == ["male"]


def test_a_referral_from_early_help_has_a_code_of_its_own_from_2022_23(tmp_path):
    assert "5D" in told(census(tmp_path, year=2022, source="5D", sex="GenderCurrent"))["SL-INT-027"]
    assert "SL-INT-027" not in told(census(tmp_path, year=2023, source="5D", sex="GenderCurrent"))
    assert "SL-INT-027" not in told(census(tmp_path, year=2022, source="5C", sex="GenderCurrent")), (
        "its neighbours in the common list are older"
    )


def test_a_code_keeps_its_meaning_when_it_is_renamed():
    need = load_format("cin_census").codes["primary_need"].values["N1"]

    assert need.title_on(Quarter(2025, 1).end) == "Abuse or neglect"
    assert need.title_on(Quarter(2026, 1).end) == "Abuse, neglect and exploitation"


def placements(folder: Path, year: int, *codes: str):
    path = folder / "episodes.csv"
    header = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
    rows = [f"C{n},0{n + 1}/05/{year - 1},S,C2,N1,{code},PR1,,,,QS1 2AB,QS1 2AB,XXXXXXX" for n, code in enumerate(codes)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return read(load_format("ssda903"), path, period=Quarter(year, 1))


def test_placements_come_and_go_with_the_year(tmp_path):
    assert "K3" in told(placements(tmp_path, 2024, "K3", "H5", "U4"))["SL-INT-027"]
    assert not {"SL-INT-026", "SL-INT-027"} & set(told(placements(tmp_path, 2025, "K3", "H5", "P2", "U4")))
    retired = told(placements(tmp_path, 2026, "K3", "H5", "P2", "U4"))["SL-INT-026"]
    assert "H5" in retired
    assert "P2" in retired
    assert "K3" not in retired
    assert "Z11" in told(placements(tmp_path, 2025, "Z11"))["SL-INT-027"]
    assert "SL-INT-027" not in told(placements(tmp_path, 2026, "Z11", "Z14"))


def test_special_guardianship_is_told_apart_by_relatives_from_2019():
    ends = load_format("ssda903").codes["episode_ended"].values

    assert (ends["E43"].until, ends["E44"].until) == (date(2018, 3, 31), date(2018, 3, 31))
    assert {ends[code].since for code in ("E45", "E46", "E47", "E48")} == {date(2018, 4, 1)}
    assert "relatives" in ends["E45"].title


def test_a_table_that_is_absent_says_from_which_year_it_is_part_of_the_return(tmp_path):
    absent = {each.what: each.reason for each in placements(tmp_path, 2023, "U4").not_checked}

    assert "01/04/2023" in absent["Social worker episodes"]
    assert "01/04/2026" in absent["Deprivation of liberty orders"]


BASE = """
id: example
title: Example
version: "1"
read: {kinds: csv}
codes:
  kind:
    values: {a: {title: First}, b: {title: Second, spellings: [zwei]}}
tables:
  rows:
    unused: for a test
    columns: {kind: {from: Kind, type: code, codes: kind}}
"""


def with_years(folder: Path, **years: str):
    (folder / "example.yml").write_text(BASE, encoding="utf-8")
    (folder / "example").mkdir()
    for year, text in years.items():
        (folder / "example" / f"{year.strip('_')}.yml").write_text(text, encoding="utf-8")
    return load_mapping(folder / "example.yml")


def test_years_are_laid_over_each_other_in_order(tmp_path):
    form = with_years(
        tmp_path,
        _2022="year: 2022\nremove: {codes: {kind: [c]}}\nmodify: {titles: {kind: {a: Erste}}}\n",
        _2020="year: 2020\nadd: {codes: {kind: {c: Third}}, spellings: {kind: {a: [eins]}}, columns: {rows: {more: {from: More}}}}\n",
        _2021="year: 2021\nin_force: 2020-08-19\nremove: {spellings: {kind: {b: [zwei]}}, columns: {rows: [kind]}}\n",
    )

    values = form.codes["kind"].values
    assert (str(values["c"].since), str(values["c"].until)) == ("2019-04-01", "2021-03-31")
    assert str(values["b"].years["zwei"].until) == "2020-08-18"
    assert str(values["a"].years["eins"].since) == "2019-04-01"
    assert str(form.tables["rows"].columns["more"].since) == "2019-04-01"
    assert str(form.tables["rows"].columns["kind"].until) == "2020-08-18"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("year: 2021\nadd: {codes: {kind: {a: First}}}\n", '"a" is in list "kind" already'),
        ("year: 2021\nremove:\n  codes: {kind: [z]}\n", 'no code "z" in list "kind"'),
        ("year: 2021\nremove: {spellings: {kind: {b: [drei]}}}\n", '"drei" is no spelling of "b"'),
        ("year: 2021\nadd: {columns: {rows: {kind: {from: Kind}}}}\n", 'table "rows" has "kind" already'),
        ("year: 2021\nremove: {tables: [other]}\n", 'no table "other"'),
        ("year: 2021\nmodify: {titles: {kind: {z: Z}}}\n", 'no code "z" in list "kind"'),
        ("year: 2020\n", 'the file is named "2021"'),
        ("year: 2021\nchange: {}\n", '"change" is not a key'),
    ],
)
def test_a_year_that_does_not_fit_is_told_with_its_file_and_line(tmp_path, text, words):
    with pytest.raises(CatalogueProblems, match=r"2021\.yml, line") as refused:
        with_years(tmp_path, _2021=text)

    assert words in str(refused.value)
