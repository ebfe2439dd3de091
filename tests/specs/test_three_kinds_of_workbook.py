"""Annex A reads the same whether a spreadsheet program saved it as .xlsx, .xls or .ods."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import xlwt
from tests.support.intake import read, workbook

from sightline.definitions.formats import load_format
from sightline.model.periods import Quarter

HEADER = ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Date of referral", "Referral Source", "Referral NFA?"]
ROWS = [
    ["C1", "a) Male", "a) WBRI", date(2011, 2, 3), date(2026, 1, 5), "1A: Individual", "No"],
    ["C2", "b) Female", "f) MWBC", date(2012, 12, 31), date(2026, 2, 28), "Police", "Yes"],
    ["C3", "b) Female", "Not stated", date(2010, 6, 15), date(2026, 3, 31), "Lost property", "No"],
]


def as_xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("List 3")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for number, row in enumerate([HEADER, *ROWS]):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell, *([day] if isinstance(cell, date) else []))
    book.save(str(path))


def as_ods(path: Path) -> None:
    def cell(value: object) -> str:
        if isinstance(value, date):
            shown = f"<text:p>{value:%d/%m/%Y}</text:p>"
            return f'<table:table-cell office:value-type="date" office:date-value="{value}">{shown}</table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [HEADER, *ROWS])
    names = {"office": "office", "table": "table", "text": "text"}
    spaces = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in names.items())
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="List 3">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)


def as_xlsx(path: Path) -> None:
    workbook(path, {"List 3": [HEADER, *[[f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell for cell in row] for row in ROWS]]})


@pytest.mark.parametrize(("name", "write"), [("annex.xlsx", as_xlsx), ("annex.xls", as_xls), ("annex.ods", as_ods)])
def test_every_kind_gives_the_same_rows_and_findings(tmp_path, name, write):
    write(tmp_path / name)
    result = read(load_format("annex_a"), tmp_path / name, period=Quarter(2026, 1))

    told = [(row["local_id"], str(row["received_on"]), row["source"], row["source_local"]) for row in result.tables["referral"].to_pylist()]
    assert told == [
        ("C1", "2026-01-05", "individual", "1A: Individual"),
        ("C2", "2026-02-28", "police", "Police"),
        ("C3", "2026-03-31", "not_recorded", "Lost property"),
    ]
    born = {row["local_id"]: str(row["date_of_birth"]) for row in result.tables["identity_record"].to_pylist()}
    assert born == {"C1": "2011-02-03", "C2": "2012-12-31", "C3": "2010-06-15"}
    assert "SL-INT-024" in {finding.code for finding in result.findings}
