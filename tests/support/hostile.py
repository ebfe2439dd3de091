"""Files made to harm whoever reads them, built small: workbooks that claim the earth, archives that lie, XML without end."""

from __future__ import annotations

import io
import struct
import zipfile

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"


def sheet_xml(cells: str, *, dimension: str = "A1", before: str = "") -> str:
    """A sheet with these rows."""
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/><sheetData>{cells}</sheetData></worksheet>'
    )


def xlsx(sheets: dict[str, str | bytes], *, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook by hand: sheet names with the XML of each."""
    book = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    rels = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE_REL}"><Relationship Id="rId1" Type="{REL}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{book}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE_REL}">{rels}</Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": body for n, body in enumerate(sheets.values(), 1)},
        **(more or {}),
    }
    return packed(parts)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def row_xml(number: int, texts: list[str]) -> str:
    """One row of inline texts."""
    cells = "".join(f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def ods(table: str) -> bytes:
    """An OpenDocument spreadsheet with one table of these rows."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    body = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Missing">{table}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": body,
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def text_cell(text: str, repeated: int = 1) -> str:
    """One cell of text in an OpenDocument table, standing for so many."""
    times = f'table:number-columns-repeated="{repeated}"'
    return f'<table:table-cell office:value-type="string" {times}><text:p>{text}</text:p></table:table-cell>'


def far_corner(sheet: str = "Missing") -> bytes:
    """The workbook of under 5 KB that a reader lays out as 17 thousand million cells."""
    first, last = row_xml(1, ["Person ID", "Start"]), '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return xlsx({sheet: sheet_xml(first + last, dimension="A1:XFD1048576")})


def shrunken(content: bytes, part: str) -> bytes:
    """The same archive, saying of one part that it unpacks to a few bytes, in both places where it says so."""
    said = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(part)
    struct.pack_into("<I", said, info.header_offset + 22, 10)
    at = content.index(part.encode(), content.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", said, at + 24, 10)
    return bytes(said)


def overlapping(content: bytes) -> bytes:
    """The same archive, with every entry of its directory pointing at the first part."""
    said = bytearray(content)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", said, at + 42, 0)
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(said)


def marked_encrypted(content: bytes) -> bytes:
    """The same archive, its first part marked as protected by a password."""
    said = bytearray(content)
    said[6] |= 1
    said[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(said)


def xls_with_dimensions(rows: int, columns: int, cells: list[tuple[int, int, float]]) -> bytes:
    """An old workbook (BIFF8 in a compound file) that claims these dimensions, with numbers in the cells named."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    sheet = record(0x0809, start[:2] + struct.pack("<H", 0x0010) + start[4:])
    sheet += record(0x0200, struct.pack("<IIHHH", 0, rows, 0, columns, 0))
    sheet += b"".join(record(0x0203, struct.pack("<HHHd", row, column, 0, value)) for row, column, value in cells)
    sheet += record(0x000A, b"")
    name = b"Missing"
    head = record(0x0809, start)
    bound_length = 4 + 8 + len(name)
    offset = len(head) + bound_length + 4
    book = head + record(0x0085, struct.pack("<IHBB", offset, 0, len(name), 0) + name) + record(0x000A, b"") + sheet
    return compound(book.ljust(4096, b"\x00"))


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """An OLE compound file with one stream of at least 4,096 bytes."""
    sectors = -(-len(stream) // 512)
    stream = stream.ljust(sectors * 512, b"\x00")
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    table = [0xFFFFFFFD, end, *[number + 1 for number in range(2, 1 + sectors)], end]
    table += [free] * (128 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = title.encode("utf-16-le")
        return (
            text.ljust(64, b"\x00") + struct.pack("<HBBIII", len(text) + 2, kind, 1, free, free, child) + b"\x00" * 36
            + struct.pack("<IQ", start, size)
        )  # fmt: skip

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(stream)) + b"\x00" * 256
    return head + struct.pack("<128I", *table) + directory + stream
