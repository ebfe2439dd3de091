"""What kind of file this is, told by its content: a name can say anything."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from sightline.errors import Place
from sightline.intake.causes import Report

KIND_WORDS = {"csv": "a text file of rows (CSV)", "workbook": "a spreadsheet (.xlsx, .xls or .ods)", "xml": "an XML file"}

MOST_UNPACKED = 1 << 30
MOST_RATIO = 400
MOST_CELLS = 40_000_000

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"SQLite format 3", "a database file"),
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(content: bytes) -> tuple[str | None, str]:
    """The kind of a file (csv, workbook, xml, or None for anything else) and the words for what was found."""
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook", KIND_WORDS["workbook"]
    for signature, words in _SIGNATURES:
        if content.startswith(signature):
            return None, words
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = content[:4000].decode("utf-16", errors="ignore")
    else:
        if b"\x00" in content[:4000]:
            return None, "a file of a kind Sightline does not know"
        head = content[:4000].removeprefix(_BOMS[0]).decode("latin-1")
    start = head.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return None, "a web page"
    return ("xml", KIND_WORDS["xml"]) if start.startswith("<") else ("csv", KIND_WORDS["csv"])


def _zip_kind(content: bytes) -> tuple[str | None, str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
                return "workbook", KIND_WORDS["workbook"]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError):
        return None, "a damaged compressed file"
    if any(name.startswith("xl/") for name in names):
        return "workbook", KIND_WORDS["workbook"]
    return None, "a Word document" if any(name.startswith("word/") for name in names) else "a compressed file (ZIP)"


def is_safe_to_unpack(content: bytes, place: Place, report: Report) -> bool:
    """Refuse a workbook that is small on disk and enormous once opened, before any reader opens it."""
    if not content.startswith(b"PK"):
        return True
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if unpacked > MOST_UNPACKED or (unpacked > 50_000_000 and unpacked > MOST_RATIO * len(content)):
                report.add("SL-INT-007", place, size=f"{unpacked / 1e9:.1f} GB")
                return False
            widest = max((_cells_spanned(archive, member) for member in members if "worksheets/" in member.filename), default=0)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        report.add("SL-INT-004", place, why=f"its container is damaged ({type(error).__name__})")
        return False
    if widest > MOST_CELLS:
        report.add("SL-INT-007", place, size=f"{widest:,} cells")
        return False
    return True


_WIDEST_LETTERS = 702
_MANY_ROWS = MOST_CELLS // _WIDEST_LETTERS
# Both begin with a literal so that the search skips from cell to cell.
_BEYOND_ZZ = re.compile(rb' r="([A-Z]{3})\d')
_BEYOND_Z = re.compile(rb' r="([A-Z]{2})\d')
_ROW = re.compile(rb' r="[A-Z]{0,3}(\d{1,9})"')


def _cells_spanned(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Cells between A1 and the furthest cell of a sheet: a reader lays all of them out in memory, blank or not."""
    sheet = archive.read(member)
    rows = max((int(number) for number in _ROW.findall(sheet[-200_000:])), default=0)
    wide = set(_BEYOND_ZZ.findall(sheet)) or (set(_BEYOND_Z.findall(sheet)) if rows > _MANY_ROWS else set())
    return rows * max((_column_number(name) for name in wide), default=26)


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number
