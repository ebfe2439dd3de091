"""What kind of file this is, told by its content: a name can say anything."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePath
from stat import S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISREG, S_ISSOCK

from sightline.errors import Place
from sightline.intake.causes import Report

KIND_WORDS = {
    "csv": "a text file of rows (CSV)",
    "workbook": "a spreadsheet (.xlsx, .xls or .ods)",
    "xml": "an XML file",
    "json": "a JSON file",
}

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
_JSON = re.compile(r'[\[{]\s*(["{}\[\]]|$)')
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
    return _text_kind(head.lstrip()[:200].lower())


def _text_kind(start: str) -> tuple[str | None, str]:
    if start.startswith(("<!doctype html", "<html")):
        return None, "a web page"
    kind = "xml" if start.startswith("<") else "json" if _JSON.match(start) else "csv"
    return kind, KIND_WORDS[kind]


def _zip_kind(content: bytes) -> tuple[str | None, str]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as member:
                    if b"opendocument.spreadsheet" in member.read(200):
                        return "workbook", KIND_WORDS["workbook"]
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError, ValueError, LookupError, struct.error):
        return None, "a damaged compressed file"
    if any(name.startswith("xl/") for name in names):
        return "workbook", KIND_WORDS["workbook"]
    return None, "a Word document" if any(name.startswith("word/") for name in names) else "a compressed file (ZIP)"


_ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".txt": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xlsb": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
    ".xml": "xml",
}
_NAMED = {"csv": "a text file of rows (CSV)", "workbook": "a spreadsheet", "xml": "an XML file", "json": "a JSON file"}


def say_if_misnamed(name: str, kind: str, place: Place, report: Report) -> None:
    """Tell when a file's name promises another kind than its content is; an ending that promises nothing is passed over."""
    promised = _ENDINGS.get(PurePath(name).suffix.lower())
    if promised is not None and promised != kind:
        report.add("SL-INT-066", place, named=_NAMED[promised], found=KIND_WORDS[kind])


def what_is_not_a_file(mode: int) -> str | None:
    """The words for something that is opened like a file and never ends, or is none; None for an ordinary file."""
    kinds = ((S_ISFIFO, "a pipe"), (S_ISCHR, "a device"), (S_ISBLK, "a device"), (S_ISSOCK, "a socket"), (S_ISDIR, "a folder"))
    return None if S_ISREG(mode) else next((words for is_kind, words in kinds if is_kind(mode)), "something unusual")
