"""What the files are built of: grammars that know just enough of each kind of file to get past its first checks."""

from __future__ import annotations

import io
import json
import random
from datetime import date, datetime

import xlsxwriter
import xlwt
from hypothesis import strategies as st

from tests.fuzz.readers import ALL_TYPES
from tests.support import hostile
from tests.support.intake import GOOD, HEADER, MAPPING

ODD_TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "\u00a0",
            "\x00",
            "\x1a",
            "\ufeff",
            "\u202e",
            "\ud7ff",
            "🙂" * 9,
            "é\u0301",
            "N/A",
            "NULL",
            "#REF!",
            "null",
            "nan",
            "inf",
            "-0",
        ),
        *(
            "31/12/9999",
            "00/00/0000",
            "29/02/2023",
            "2024-02-30T25:61",
            "01/01/0001",
            "9999-12-31",
            "1e999",
            "0x1F",
            "1_000",
            "٣/٤/٢٠٢٤",
            "９",
        ),
        *(
            "44197",
            "44197.99999",
            "-1",
            "99999999999999999999",
            "1.7976931348623157e308",
            "2958466",
            "0",
            "60",
            "1/1/1",
            "13/13/13",
            "1 Jan",
        ),
        *(
            "F",
            "M",
            "F;M;;F",
            "SW1A 1AA",
            "943 476 5919",
            "A123456789012",
            "true",
            "Yes",
            "MFH",
            "AWOL",
            "P1",
            "=1+1",
            "'",
            '"',
            '""',
            ",",
            "\n",
            "\r",
        ),
        "x" * 5_000,
    ]
)
TEXTS = ODD_TEXTS | st.text(max_size=12) | st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}( \d{2}:\d{2})?", fullmatch=True)
HEADERS = st.sampled_from([*HEADER.split(","), "Person ID", "DOB", "Topic", "Note", "child_id"]) | TEXTS


def damaged(content: bytes, how: random.Random) -> bytes:
    """A file with some of its bytes changed, cut out, doubled or moved."""
    body = bytearray(content)
    for _ in range(how.choice([1, 1, 2, 4, 16])):
        if not body:
            break
        at, length = how.randrange(len(body)), how.choice([1, 1, 2, 4, 8, 64, 512])
        match how.randrange(7):
            case 0:
                body[at] = how.randrange(256)
            case 1:
                body[at] ^= 1 << how.randrange(8)
            case 2:
                del body[at : at + length]
            case 3:
                body[at:at] = body[at : at + length] * how.choice([1, 2, 50])
            case 4:
                to = how.randrange(len(body))
                body[to : to + length] = body[at : at + length]
            case 5:
                body[at : at + 4] = how.choice([b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x01\x00"])
            case _:
                del body[at:]
    return bytes(body)


@st.composite
def csv_files(draw: st.DrawFn, header: st.SearchStrategy[list[str]] | None = None) -> bytes:
    """Rows of text under headers that are mostly known, in some encoding, with some separator, quoted somehow."""
    separator = draw(st.sampled_from([",", ";", "\t", "|", ", "]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    quote = draw(st.sampled_from(["", '"', "'", '""']))
    headers = draw(header) if header is not None else draw(st.just(HEADER.split(",")) | st.lists(HEADERS, min_size=1, max_size=9))
    rows = draw(st.lists(st.lists(TEXTS, max_size=len(headers) + 2), max_size=8))
    before = draw(st.lists(TEXTS, max_size=2))
    lines = [*before, separator.join(headers), *(separator.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)]
    text = ending.join(lines) + draw(st.sampled_from(["", ending, "\x1a", '"']))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1", "utf-32"]))
    return text.encode(encoding, errors="replace")


def cell_files() -> st.SearchStrategy[bytes]:
    names = ["Person ID", "Day", "Moment", "Whole", "Share", "Yes", "Home", "NHS", "UPN", "Sex", "Many"]
    return csv_files(st.just(names))


REFERENCES = st.sampled_from(
    ["A1", "B2", "a1", "$A$1", "XFD1", "A1048576", "ZZZ9", "A0", "1", "A", "", "A1:B2", "AAAAAAAA1", "A99999999999", "A-1", "é1", "R1C1"]
)
CELL_TYPES = st.sampled_from(["", "n", "s", "b", "e", "str", "inlineStr", "d", "z"])
VALUES = ODD_TEXTS | st.sampled_from(["0", "1", "99999", "-1", "#DIV/0!", "2024-01-01", "1e308"]) | st.integers().map(str)


def escaped(text: str) -> str:
    plain = "".join(letter for letter in text if letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@st.composite
def sheet_parts(draw: st.DrawFn) -> str:
    rows = [hostile.row_xml(1, HEADER.split(","))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 5))):
        cells = ""
        for _ in range(draw(st.integers(0, 8))):
            attributes = "".join(
                f' {name}="{escaped(draw(made))}"' for name, made in (("r", REFERENCES), ("t", CELL_TYPES)) if draw(st.booleans())
            )
            style = f' s="{draw(st.sampled_from([0, 1, 2, 99]))}"' if draw(st.booleans()) else ""
            inside = draw(
                st.sampled_from(["<v>{}</v>", "<is><t>{}</t></is>", "<f>A1</f><v>{}</v>", "{}", "<is><r><t>{}</t></r></is>", "<v/>"])
            )
            cells += f"<c{attributes}{style}>{inside.format(escaped(draw(VALUES)))}</c>"
        number = draw(st.sampled_from(["", ' r="2"', ' r="1"', ' r="0"', ' r="x"', ' r="1048576"', ' r="4294967296"', ' r="50000"']))
        rows.append(f"<row{number}>{cells}</row>")
    return hostile.sheet_xml("".join(rows), dimension=draw(st.sampled_from(["A1", "A1:XFD1048576", "B2:A1", "", "A1:ZZZZZ1"])))


@st.composite
def xlsx_files(draw: st.DrawFn) -> bytes:
    names = draw(st.lists(st.sampled_from(["Missing", "Notes", "Sheet1", "Missing ", "Ämter", "x" * 40]), max_size=3))
    sheets = {f"{name}": draw(sheet_parts()) for name in names}
    more: dict[str, bytes] = {}
    if draw(st.booleans()):
        texts = "".join(f"<si><t>{escaped(text)}</t></si>" for text in draw(st.lists(ODD_TEXTS, max_size=4)))
        more["xl/sharedStrings.xml"] = f'<sst xmlns="{hostile.MAIN}" count="{draw(st.sampled_from([0, 4, 10**9]))}">{texts}</sst>'.encode()
    if draw(st.booleans()):
        formats = (
            '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
        )
        more["xl/styles.xml"] = f'<styleSheet xmlns="{hostile.MAIN}">{formats}</styleSheet>'.encode()
    if draw(st.booleans()):
        more[
            draw(st.sampled_from(["xl/vbaProject.bin", "xl/worksheets/sheet9.xml", "../x", "xl/workbook.xml.bak", "docProps/app.xml"]))
        ] = draw(st.binary(max_size=40))
    return hostile.xlsx(sheets, more=more)


@st.composite
def ods_files(draw: st.DrawFn) -> bytes:
    times = st.sampled_from(["", "0", "1", "3", "1000", "1048576", "4294967296", "-1", "x"])
    rows = ""
    if draw(st.booleans()):
        rows += f"<table:table-row>{''.join(map(hostile.text_cell, HEADER.split(',')))}</table:table-row>"
    for _ in range(draw(st.integers(0, 4))):
        cells = ""
        for _ in range(draw(st.integers(0, 8))):
            kind = draw(st.sampled_from(["string", "float", "date", "time", "boolean", "percentage", "currency", "void", ""]))
            name = draw(st.sampled_from(["value", "date-value", "time-value", "boolean-value", "string-value"]))
            cells += (
                f'<table:table-cell office:value-type="{kind}" office:{name}="{escaped(draw(VALUES))}"'
                f' table:number-columns-repeated="{draw(times)}"><text:p>{escaped(draw(ODD_TEXTS))}</text:p></table:table-cell>'
            )
        rows += f'<table:table-row table:number-rows-repeated="{draw(times)}">{cells}</table:table-row>'
    return hostile.ods(rows)


@st.composite
def xls_files(draw: st.DrawFn) -> bytes:
    places = st.sampled_from([0, 1, 7, 255, 256, 65_535])
    cells = draw(st.lists(st.tuples(places, places, st.floats()), max_size=6))
    return hostile.xls_with_dimensions(draw(st.sampled_from([0, 1, 65_536, 2**31])), draw(st.sampled_from([0, 7, 256, 65_535])), cells)


ELEMENTS = st.sampled_from(
    [
        *(
            "Message",
            "Header",
            "CollectionDetails",
            "Collection",
            "Year",
            "ReferenceDate",
            "Children",
            "Child",
            "ChildIdentifiers",
            "LAchildID",
        ),
        *(
            "PersonBirthDate",
            "CINdetails",
            "CINreferralDate",
            "ReferralSource",
            "Assessments",
            "FactorsIdentifiedAtAssessment",
            "CINPlanDates",
        ),
        *("AssessmentFactors", "ChildProtectionPlans", "CPPstartDate", "Disabilities", "Disability", "Section47", "x:Child", "Ünheard"),
    ]
)
INSIDE = TEXTS.map(escaped) | st.sampled_from(
    ["<!-- c -->", "<?pi x?>", "<![CDATA[<x>]]>", "&amp;", "&#0;", "&unknown;", "&#x1F642;", "<", "]]>"]
)
TREES = st.recursive(
    INSIDE,
    lambda inner: st.builds(
        lambda name, attribute, children: f"<{name}{attribute}>{''.join(children)}</{name}>",
        ELEMENTS,
        st.sampled_from(["", ' xsi:nil="true"', ' a="1"', ' a="1" a="2"', ' xmlns="u:x"', ' xmlns:x="u:x"']),
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)
GOOD_CHILD = (
    "<Child><ChildIdentifiers><LAchildID>C1</LAchildID><PersonBirthDate>2012-03-04</PersonBirthDate></ChildIdentifiers>"
    "<CINdetails><CINreferralDate>2025-02-03</CINreferralDate><ReferralSource>1A</ReferralSource></CINdetails></Child>"
)
CENSUS = (
    "<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2025</Year><ReferenceDate>2025-03-31</ReferenceDate>"
    f"</CollectionDetails></Header><Children>{GOOD_CHILD}{{}}</Children></Message>"
)
XML_FILES = st.builds(
    lambda before, parts, encoding: (before + CENSUS.replace("{}", "".join(parts))).encode(encoding, errors="replace"),
    st.sampled_from(
        ["", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.1"?>', "\ufeff", " ", '<?xml version="1.0" encoding="utf-16"?>']
    ),
    st.lists(TREES, max_size=5),
    st.sampled_from(["utf-8", "utf-8", "utf-16", "latin-1"]),
) | TREES.map(lambda text: text.encode("utf-8", errors="replace"))

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["la_child_id", "social_care_episodes", "date_of_birth", "purge", "child_protection_plans", "start_date", "id"])
            | TEXTS,
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
JSON_FILES = JSON_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", errors="replace")) | st.sampled_from(
    [
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"[1e999999]",
        b"{" + b'"a":1,' * 1000 + b'"a":1}',
        b'["' + b"\\u0000" * 99 + b'"]',
        b"NaN",
        b"[-0, 1E400]",
    ]
)

YAML_LINES = st.sampled_from(
    [
        *(
            "tables:",
            "  missing:",
            "    columns:",
            "      person: {from: [Person ID]}",
            "read: {kinds: [csv]}",
            "id: a",
            'version: "1"',
            "title: A",
        ),
        *(
            "extends: annex_a",
            "extends: vendor/x@9",
            "extends: ../../etc/passwd",
            "a: &a [*a]",
            "b: *a",
            "<<: *a",
            "? [a, b]",
            "- x",
            "!!python/object:os",
        ),
        *(
            '    checks: [{id: X, when: "1 <", message: m}]',
            "      x: {from: /((a+)+)+$/, type: date}",
            "codes: {s: {values: {a: [}}",
            "\t",
            "---",
            "...",
        ),
        *(
            '      y: {from: "/[/"}',
            "      z: {from: [], type: nothing}",
            "retention: {years: soon}",
            "period: {table: none}",
            "x: !!binary aGk=",
            "\x00",
            "\ufeff",
        ),
    ]
)
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
YAML_FILES = (
    st.lists(YAML_LINES | TEXTS, max_size=14).map(lambda lines: "\n".join(lines).encode("utf-8", errors="replace"))
    | st.lists(YAML_LINES, max_size=4).map(lambda lines: (MAPPING + "\n".join(lines)).encode())
    | st.sampled_from([LAUGHS.encode(), b"[" * 100_000, b"{a: " * 50_000, b"- " * 50_000, b"a: " + b"x" * 3_000_000])
)

TOKENS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "c",
            "d",
            "e",
            "period_start",
            "period_end",
            "1",
            "0",
            "2.5",
            "99999999999999999999999",
            "2024-02-29",
            "2024-13-45",
            "'x'",
            '"',
            "''",
        ),
        *(
            "=",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "+",
            "-",
            "*",
            "/",
            "(",
            ")",
            ",",
            "and",
            "or",
            "not",
            "in",
            "is",
            "missing",
            "given",
            "days",
            "hours",
        ),
        *("true", "false", "days(c - c)", "a is given", "b in ('x', 'y')", "d", "__import__", "🙂", "{", "\x00"),
    ]
)
EXPRESSIONS = st.lists(TOKENS, max_size=14).map(lambda parts: " ".join(parts).encode("utf-8", errors="replace")) | st.recursive(
    st.sampled_from(
        ["a = 1", "d", "b in ('x', 'y')", "c is missing", "days(c - period_start) > 3", "a / 0 > 1", "hours(period_end - c) < a"]
    ),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or", "=", "!="]), inner) | inner.map("not {}".format),
    max_leaves=8,
).map(str.encode)

GRAMMARS: dict[str, st.SearchStrategy[bytes]] = {
    "csv_text": csv_files(),
    "cells": cell_files(),
    "xlsx": xlsx_files(),
    "xls": xls_files(),
    "ods": ods_files(),
    "xml": XML_FILES,
    "json": JSON_FILES,
    "mapping": YAML_FILES,
    "expression": EXPRESSIONS,
}


def good_xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet("Missing")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for number, line in enumerate(GOOD.splitlines()):
        sheet.write_row(number, 0, line.split(","))
        if number:
            sheet.write_datetime(number, 1, datetime(2012, 3, number), day)
    book.close()
    return out.getvalue()


def good_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Missing")
    for number, line in enumerate(GOOD.splitlines()):
        for at, text in enumerate(line.split(",")):
            sheet.write(number, at, date(2012, 3, number) if number and at == 1 else text)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def good_ods() -> bytes:
    rows = (f"<table:table-row>{''.join(map(hostile.text_cell, line.split(',')))}</table:table-row>" for line in GOOD.splitlines())
    return hostile.ods("".join(rows))


CELLS = "Person ID,Day,Moment,Whole,Share,Yes,Home,NHS,UPN,Sex,Many\nP1,1/2/2026,1/2/2026 10:00,3,0.4,Yes,SW1A 1AA,943 476 5919,A1,F,F;M\n"
GOOD_FILES: dict[str, list[bytes]] = {
    "csv_text": [GOOD.encode(), GOOD.encode("utf-16")],
    "cells": [CELLS.encode()],
    "xlsx": [good_xlsx()],
    "xls": [good_xls()],
    "ods": [good_ods()],
    "xml": [CENSUS.replace("{}", GOOD_CHILD).encode()],
    "json": [
        b'[{"la_child_id": "C1", "date_of_birth": "2012-03-04", "social_care_episodes": [{"id": "1", "referral_date": "2026-01-05"}]}]'
    ],
    "mapping": [MAPPING.encode(), ALL_TYPES.encode()],
    "expression": [b"days(c - period_start) > 3 and (a < 2.5 or b in ('x', 'y')) and not d"],
}
