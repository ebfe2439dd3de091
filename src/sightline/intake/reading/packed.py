"""Look into a packed file (.xlsx, .ods) before any reader opens it: how it is packed, how much comes out, how far its sheets reach.

A reader lays out every cell between A1 and the furthest one in memory, blank or not: one cell at XFD1048576 makes it 17 thousand million.
Everything here streams; what a file says about itself is not believed but counted.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from sightline.errors import Place
from sightline.intake.causes import Report
from sightline.intake.reading import compound
from sightline.intake.reading.extents import Extent, TooDeep, extent_of_ods, extent_of_sheet, may_reach_far

MOST_UNPACKED = 2 << 30
MOST_RATIO = 400
"""Bytes that may come out for each byte in the file, once they are more than `SMALL`: sheets of a real return give 10 to 50."""
SMALL = 64 << 20
MOST_MEMBERS = 2_000
_ENTRY = b"PK\x01\x02"
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError, ValueError, LookupError, struct.error)


class _Refused(Exception):
    """Why a packed file is not opened: the finding's id and its words."""

    def __init__(self, code: str, sheet: str | None = None, **words: Any) -> None:
        super().__init__(code)
        self.code, self.sheet, self.words = code, sheet, words


def is_safe_to_unpack(content: bytes, place: Place, report: Report) -> bool:
    """Refuse a packed file that is made, by malice or accident, so that its reader would not survive it; note what will not be read."""
    if not content.startswith(b"PK"):
        return _is_safe_old_workbook(content, place, report)
    try:
        with _opened(content) as archive:
            members = archive.infolist()
            _check_packing(members, len(content))
            _check_parts(content, members)
    except _Refused as refused:
        report.add(refused.code, Place(file=place.file, sheet=refused.sheet), **refused.words)
        return False
    except _DAMAGE as error:
        report.add("SL-INT-004", place, why=f"its container is damaged ({type(error).__name__})")
        return False
    _note_what_is_left({member.filename for member in members}, place, report)
    return True


def _opened(content: bytes) -> zipfile.ZipFile:
    # Counted in the bytes: a million entries would be made into objects before their number could be asked for.
    if content.count(_ENTRY) > MOST_MEMBERS:
        raise _Refused("SL-INT-068", why=f"it holds more than {MOST_MEMBERS:,} parts")
    return zipfile.ZipFile(BytesIO(content))


def _check_packing(members: list[zipfile.ZipInfo], size: int) -> None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise _Refused("SL-INT-068", why="two of its parts have one name")
    if any(member.flag_bits & 0x1 for member in members):
        raise _Refused("SL-INT-004", why="it is protected by a password")
    if any(member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members):
        raise _Refused("SL-INT-068", why="its parts are compressed in an unusual way")
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name):
            raise _Refused("SL-INT-068", why="one of its parts names a place outside it")
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end or member.header_offset + member.compress_size > size:
            raise _Refused("SL-INT-068", why="its parts overlap")
        end = member.header_offset + member.compress_size


def _check_parts(content: bytes, members: list[zipfile.ZipInfo]) -> None:
    most = max(SMALL, min(MOST_UNPACKED, MOST_RATIO * len(content)))
    unpacked = 0
    titles: dict[str, str] = {}
    # The workbook and its relations come first: they know the sheets' names.
    for member in sorted(members, key=lambda one: "workbook.xml" not in one.filename):
        parts = []
        for chunk in _inflated(content, member, most - unpacked):
            unpacked += len(chunk)
            parts.append(chunk)
        body = b"".join(parts)
        _check_markup(member.filename, body)
        if "workbook.xml" in member.filename:
            titles[member.filename] = body.decode("utf-8", errors="replace")
        else:
            _check_extents(member.filename, body, titles)


def _check_extents(name: str, body: bytes, titles: dict[str, str]) -> None:
    """Any part may be a sheet: where a sheet stands is for the workbook to say."""
    try:
        if name == "content.xml":
            for title, extent in extent_of_ods(body):
                _check_reach(extent, title)
        elif name.lower().endswith(".xml") and b"sheetData" in body and may_reach_far(body):
            _check_reach(extent_of_sheet(body), _title_of(name, titles))
    except TooDeep:
        raise _Refused("SL-INT-068", why="its elements stand within each other beyond all reason") from None


def _inflated(content: bytes, member: zipfile.ZipInfo, left: int) -> Iterator[bytes]:
    """What a part holds, in pieces. Unpacked here, since the length a file gives for a part may be less than what comes out of it."""
    begin = _body_of(content, member)
    packed = content[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while not unpacker.eof:
        chunk = unpacker.decompress(packed, 1 << 20)
        left -= len(chunk)
        if left < 0:
            raise _Refused("SL-INT-007", size=f"more than {SMALL / 1e6:.0f} MB from {len(content) / 1e3:,.0f} KB")
        if not chunk and not unpacker.unconsumed_tail:
            raise zipfile.BadZipFile("a part ends early")
        yield chunk
        packed = unpacker.unconsumed_tail


def _body_of(content: bytes, member: zipfile.ZipInfo) -> int:
    head = content[member.header_offset : member.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("a part has no head")
    return member.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


def _check_markup(name: str, body: bytes) -> None:
    if not name.lower().endswith((".xml", ".rels")):
        return
    if body.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
        raise _Refused("SL-INT-068", why="its sheets are in UTF-16")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise _Refused("SL-INT-068", why="its XML declares a document type (DTD)")


def _check_reach(extent: Extent, title: str) -> None:
    why = extent.too_far
    if why is not None:
        raise _Refused("SL-INT-064", sheet=title, cell=extent.corner, cells=f"{extent.cells:,}", why=why)


def _title_of(part: str, texts: dict[str, str]) -> str:
    """The name a person sees for a sheet's part; the part's own name where the workbook does not say."""
    rels = next((text for name, text in texts.items() if name.endswith(".rels")), "")
    book = next((text for name, text in texts.items() if not name.endswith(".rels")), "")
    stem = re.escape(part.replace("\\", "/").rpartition("/")[2])
    found = next((tag for tag in re.findall(r"<Relationship\b[^>]{0,600}>", rels) if re.search(rf"Target=\"[^\"]*{stem}\"", tag)), "")
    id = re.search(r'\bId="([^"]+)"', found)
    tags = re.findall(r"<sheet\b[^>]{0,600}>", book)
    tag = next((tag for tag in tags if id and re.search(rf"id=\"{re.escape(id[1])}\"", tag)), "")
    name = re.search(r'\bname="([^"]{1,80})"', tag)
    return name[1] if name else part.rpartition("/")[2]


def _note_what_is_left(names: set[str], place: Place, report: Report) -> None:
    found = []
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
        found.append("macros, which were not run")
    if any(name.startswith("xl/externalLinks/") for name in names):
        found.append("links to other workbooks, which were not followed")
    if found:
        report.add("SL-INT-067", place, what=" and ".join(found))


_OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")


def _is_safe_old_workbook(content: bytes, place: Place, report: Report) -> bool:
    try:
        for title, extent in compound.sheets_of(content):
            _check_reach(extent, title)
    except compound.Damaged:
        report.add("SL-INT-004", place, why="its parts lead nowhere, or in a circle")
        return False
    except _Refused as refused:
        report.add(refused.code, Place(file=place.file, sheet=refused.sheet), **refused.words)
        return False
    if _OLD_MACROS in content:
        report.add("SL-INT-067", place, what="macros, which were not run")
    return True
