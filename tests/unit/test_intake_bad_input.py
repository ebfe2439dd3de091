"""Bad input: one clear message each, saying what, where and how to mend it; never a traceback, never a thousand lines."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sightline.definitions.formats import load_format
from sightline.errors import NotFound
from sightline.intake import recognise
from sightline.intake.causes import CAUSES
from sightline.intake.recognise import NotRecognised
from sightline.model.findings import Severity
from sightline.model.periods import Quarter
from tests.support.intake import GOOD, GOOD_ROWS, HEADER, MAPPING, codes, mapping, read, read_text, workbook
from tests.support.samples import ROOT

CIN = """<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate>
</CollectionDetails><Source><LEA>999</LEA></Source></Header>
<Children><Child><ChildIdentifiers><LAchildID>C1</LAchildID><PersonBirthDate>2012-05-01</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
<CINdetails><CINreferralDate>2025-06-01</CINreferralDate><ReferralSource>6</ReferralSource><ReferralNFA>false</ReferralNFA></CINdetails>
</Child></Children></Message>"""


def only_error(result):
    """The single reason a return was refused."""
    errors = [finding for finding in result.findings if finding.severity is Severity.BLOCK]
    assert len(errors) == 1, [finding.text for finding in errors]
    assert result.refused
    assert result.tables == {}
    return errors[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a picture (PNG)"),
        (b"<!DOCTYPE html><html><table><tr><td>Person ID</td></tr></table></html>", "a web page"),
        (b"<?xml version='1.0'?><Message/>", "an XML file"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04", "a kind Sightline does not know"),
    ],
)
def test_a_renamed_file_is_known_by_its_content(tmp_path, content, words):
    finding = only_error(read_text(tmp_path, content, name="missing.xlsx"))

    assert finding.code == "SL-INT-001"
    assert words in finding.text
    assert "renaming a file does not change" in finding.hint
    assert finding.place.file == "missing.xlsx"


@pytest.mark.parametrize("content", [b"", b"  \r\n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(tmp_path, content):
    assert only_error(read_text(tmp_path, content)).code == "SL-INT-003"


def test_a_file_with_headers_and_no_rows_is_nothing_to_report_and_not_refused(tmp_path):
    result = read_text(tmp_path, HEADER + "\n")

    assert not result.refused
    assert (result.rows_read, result.rows_kept) == (0, 0)


@pytest.mark.parametrize(
    "shifted",
    [
        HEADER + "\n" + "\n".join("," + row for row in GOOD_ROWS.splitlines()),
        HEADER + "\n" + "\n".join(row.partition(",")[2] for row in GOOD_ROWS.splitlines()),
    ],
    ids=["to the right", "to the left"],
)
def test_shifted_columns_are_one_finding_not_thousands(tmp_path, shifted):
    finding = only_error(read_text(tmp_path, shifted))

    assert finding.code == "SL-INT-012"
    assert "one column to the" in finding.text


def test_shifted_columns_in_a_workbook_name_the_first_wrong_header(tmp_path):
    rows = [["Person ID", "Date of birth", "Sex", "Start", "Returned", "Type", "Grade"]]
    rows += [[f"P{n}", "a note", f"0{n}/03/2012", "F", f"1{n}/01/2026 22:15", f"1{n}/01/2026 23:40", "MFH"] for n in range(1, 9)]
    finding = only_error(read(mapping(tmp_path), workbook(tmp_path / "missing.xlsx", {"Missing": rows})))

    assert finding.code == "SL-INT-012"
    assert finding.place.sheet == "Missing"
    assert finding.place.column == "Date of birth"


def test_an_unknown_sheet_is_told_and_the_rest_is_read(tmp_path):
    rows = [row.split(",") for row in GOOD.splitlines()]
    path = workbook(tmp_path / "missing.xlsx", {"Missing": rows, "Canteen menu": [["Monday", "Tuesday"], ["soup", "pie"]]})

    result = read(mapping(tmp_path), path)

    finding = next(finding for finding in result.findings if finding.code == "SL-INT-020")
    assert (finding.severity, finding.place.sheet) == (Severity.QUERY, "Canteen menu")
    assert result.rows_kept == 8


def test_a_workbook_without_any_known_sheet_is_refused(tmp_path):
    path = workbook(tmp_path / "missing.xlsx", {"Canteen menu": [["Monday", "Tuesday"], ["soup", "pie"]]})

    assert only_error(read(mapping(tmp_path), path)).code == "SL-INT-008"


def test_a_sheet_with_the_right_name_and_no_headers_says_so(tmp_path):
    path = workbook(tmp_path / "missing.xlsx", {"Missing": [["P1", "01/03/2012"], ["P2", "02/03/2012"]]})

    assert "SL-INT-010" in codes(read(mapping(tmp_path), path))


def test_a_missing_column_without_which_rows_mean_nothing_is_refused(tmp_path):
    without = "\n".join(",".join(row.split(",")[1:]) for row in GOOD.splitlines())

    finding = only_error(read_text(tmp_path, without))

    assert finding.code == "SL-INT-011"
    assert '"Person ID"' in finding.text


def test_a_truncated_xml_says_at_which_line(tmp_path):
    path = tmp_path / "cin.xml"
    path.write_text(CIN[: CIN.index("<ReferralNFA>")])

    finding = only_error(read(load_format("cin_census"), path))

    assert finding.code == "SL-INT-005"
    assert finding.place.line == 5
    assert "C1" not in str(finding)


@pytest.mark.parametrize(
    "declared",
    ['<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE Message SYSTEM "http://example.org/cin.dtd">'],
)
def test_an_xml_with_a_document_type_is_never_read(tmp_path, declared):
    path = tmp_path / "cin.xml"
    path.write_text(declared + CIN.replace("C1", "&x;"))

    assert only_error(read(load_format("cin_census"), path)).code == "SL-INT-006"


def test_an_entity_bomb_is_refused_at_once(tmp_path):
    bomb = "<!DOCTYPE Message [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(8)
    )
    path = tmp_path / "cin.xml"
    path.write_text(bomb + "]>" + CIN.replace("C1", "&i;"))

    assert only_error(read(load_format("cin_census"), path)).code == "SL-INT-006"


def test_another_xml_is_called_by_its_root(tmp_path):
    path = tmp_path / "cin.xml"
    path.write_text("<EXPSSDA903><CHILD/></EXPSSDA903>")

    assert '"EXPSSDA903"' in only_error(read(load_format("cin_census"), path)).text


def test_the_wrong_year_is_refused_with_both_years(tmp_path):
    path = tmp_path / "cin.xml"
    path.write_text(CIN)

    finding = only_error(read(load_format("cin_census"), path, period=Quarter(2024, 1)))

    assert finding.code == "SL-INT-013"
    assert "31 March 2026" in finding.text
    assert "31 March 2024" in finding.text


def test_a_file_of_another_quarter_is_refused(tmp_path):
    result = read_text(tmp_path, GOOD.replace("/01/2026", "/01/2024"))

    finding = only_error(result)
    assert finding.code == "SL-INT-013"
    assert "January 2024" in finding.text


def test_month_first_dates_are_refused_not_guessed(tmp_path):
    rows = "\n".join(f"P{n},03/{12 + n}/2012,F,01/{12 + n}/2026 22:15,,MFH,Low" for n in range(1, 9))

    result = read_text(tmp_path, f"{HEADER}\n{rows}\n")

    assert result.refused
    assert set(codes(result)) & {"SL-INT-014", "SL-INT-012"}


def test_a_small_workbook_that_unpacks_to_gigabytes_is_not_opened(tmp_path):
    path = tmp_path / "missing.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 120_000_000)

    assert only_error(read(mapping(tmp_path), path)).code == "SL-INT-007"


def test_a_workbook_with_one_cell_at_the_far_corner_is_not_laid_out(tmp_path):
    path = tmp_path / "missing.xlsx"
    sheet = '<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)

    assert only_error(read(mapping(tmp_path), path)).code == "SL-INT-064"


def test_a_damaged_workbook_is_called_damaged(tmp_path):
    good = workbook(tmp_path / "whole.xlsx", {"Missing": [["Person ID", "Start"], ["P1", "01/01/2026"]]}).read_bytes()

    finding = only_error(read_text(tmp_path, good[: len(good) // 2], name="missing.xlsx"))

    assert finding.code in {"SL-INT-001", "SL-INT-004"}
    assert "damaged" in finding.text


def test_windows_text_with_semicolons_reads_the_same(tmp_path):
    plain = read_text(tmp_path, GOOD)
    other = read_text(tmp_path, GOOD.replace(",", ";").replace("Low", "Lów").replace("\n", "\r\n").encode("cp1252"))

    assert other.rows_kept == plain.rows_kept == 8
    assert "SL-INT-044" in codes(other)
    assert other.tables["missing_episode"]["started_at"] == plain.tables["missing_episode"]["started_at"]


def test_an_unknown_code_keeps_its_row_and_is_one_finding(tmp_path):
    result = read_text(tmp_path, GOOD.replace("Low", "Purple"))

    finding = next(finding for finding in result.findings if finding.code == "SL-INT-024")
    assert finding.rows == 8
    assert '"Purple"' in finding.text
    assert result.tables["missing_episode"]["grade"].to_pylist() == ["not_recorded"] * 8
    assert result.tables["missing_episode"]["grade_local"].to_pylist() == ["Purple"] * 8


def test_a_path_that_does_not_exist_is_not_a_finding(tmp_path):
    with pytest.raises(NotFound):
        read(mapping(tmp_path), tmp_path / "nowhere.csv")


def test_files_in_no_known_format_are_told_so(tmp_path):
    path = tmp_path / "menu.csv"
    path.write_text("Monday,Tuesday\nsoup,pie\n")

    with pytest.raises(NotRecognised) as caught:
        recognise([path])

    assert caught.value.code == "SL-INT-002"
    assert "annex_a" in str(caught.value)


def test_no_finding_quotes_a_personal_cell(tmp_path):
    rows = "\n".join(f"SECRET{n},NOTADATE{n},F,1{n}/01/2026 22:15,NOTATIME{n},MFH,Low" for n in range(1, 4))

    result = read_text(tmp_path, f"{HEADER}\n{GOOD_ROWS}\n{rows}\n")

    said = " ".join(str(finding.as_dict()) for finding in result.findings)
    assert "SL-INT-028" in codes(result)
    assert not any(word in said for word in ("SECRET", "NOTADATE", "NOTATIME"))


def test_every_registered_cause_has_a_hint_and_a_sentence():

    for code, cause in CAUSES.items():
        assert cause.text.endswith((".", "}")), code
        assert cause.hint.endswith("."), code


def test_paths_are_named_without_their_folder(tmp_path: Path):
    assert str(tmp_path) not in str(only_error(read_text(tmp_path, b"")).place)


def test_every_cause_is_explained_in_the_reference():
    page = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")

    for code, cause in CAUSES.items():
        assert f"`{code}` | {cause.severity} | {cause.text} | {cause.hint} |" in page, f"{code} is stale in docs/reference/findings.md"


def test_a_name_that_slipped_into_a_code_column_is_not_quoted(tmp_path):
    slipped = GOOD.replace("P3,03/03/2012,F", "P3,03/03/2012,Exemplar-Smith").replace("P4,04/03/2012,F", "P4,04/03/2012,X9")

    result = read_text(tmp_path, slipped)

    finding = next(finding for finding in result.findings if finding.code == "SL-INT-024")
    assert (finding.rows, finding.examples) == (2, (4, 5))
    assert "Exemplar" not in finding.text
    assert '"X9"' in finding.text
    assert "1 text found with one person only" in finding.text


COALESCED = MAPPING.replace(
    '      person: {from: [Person ID, "/^child.*id$/i"], required: true}',
    "      own: {from: [Person ID]}\n      older: {from: [Old number], optional: true}",
).replace("    person: person", "    person: person\n    coalesce: {person: [own, older]}")


def test_a_row_of_nobody_is_told_by_the_headers_a_reader_sees(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text(GOOD.replace("P3,", ",").replace("Person ID,", "Person ID,Old number,").replace(",0", ",,0"))

    finding = next(one for one in read(mapping(tmp_path, COALESCED), path).findings if one.code == "SL-INT-030")

    assert finding.text == 'Rows have no person number in "Person ID" or "Old number" and were set aside.'
    assert (finding.place.column, finding.place.letter) == ("Person ID", "A")
