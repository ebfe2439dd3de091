"""Look into an old workbook (.xls) before any reader opens it: whether its sectors follow each other to an end, how far its sheets reach.

Source: [MS-CFB] compound files, [MS-XLS] BIFF8 records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.intake.reading.extents import Extent

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA
_HEAD, _ENTRY = 512, 128
_BOOK = ("workbook", "book")
_BEGIN, _END, _NAME = 0x0809, 0x000A, 0x0085
_CELLS = frozenset({0x0203, 0x0204, 0x027E, 0x00FD, 0x0205, 0x0006, 0x00D6})
"""Records of one filled cell: number, label, packed number, shared text, truth or error, formula, formatted label."""
_PACKED_ROW = 0x00BD


class Damaged(Exception):
    """The file's sectors do not hang together."""


@dataclass(frozen=True)
class _Sectors:
    """A compound file cut into sectors, with the table that says which follows which."""

    content: bytes
    size: int
    following: list[int]

    def chain(self, first: int, following: list[int] | None = None) -> Iterator[int]:
        table = self.following if following is None else following
        seen = 0
        while first < _LAST_SECTOR:
            if first >= len(table) or seen > len(table):
                raise Damaged
            yield first
            seen += 1
            first = table[first]

    def stream(self, first: int) -> bytes:
        return b"".join(self.content[(number + 1) * self.size : (number + 2) * self.size] for number in self.chain(first))


def sheets_of(content: bytes) -> list[tuple[str, Extent]]:
    """The sheets of an old workbook and how far the filled cells of each reach; none where there is no workbook inside.

    Raises:
        Damaged: If sectors lead in a circle or out of the file.
    """
    try:
        sectors = _sectors(content)
        directory = sectors.stream(struct.unpack_from("<I", content, 48)[0])
        entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        book = next((entry for entry in entries if _title(entry) in _BOOK), None)
        return _extents(_body(sectors, entries[0], book)) if book is not None else []
    except (struct.error, IndexError, ValueError) as error:
        raise Damaged from error


def _sectors(content: bytes) -> _Sectors:
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in {9, 12}:
        raise Damaged
    size = 1 << shift
    listed = list(struct.unpack_from("<109I", content, 76))
    further, seen = struct.unpack_from("<I", content, 68)[0], set[int]()
    while further < _LAST_SECTOR:
        if further in seen or (further + 1) * size >= len(content):
            raise Damaged
        seen.add(further)
        *more, further = struct.unpack_from(f"<{size // 4}I", content, (further + 1) * size)
        listed += more
    following: list[int] = []
    for number in listed:
        if number < _LAST_SECTOR and (number + 1) * size < len(content):
            part = content[(number + 1) * size : (number + 2) * size]
            following += struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])
        if len(following) * size > len(content) + 128 * size * size:
            break
    return _Sectors(content, size, following[: len(content) // size + 1])


def _title(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace").lower()


def _body(sectors: _Sectors, root: bytes, book: bytes) -> bytes:
    """The workbook's own stream; a small one lies in pieces of 64 bytes within the root's."""
    first, size = struct.unpack_from("<IQ", book, 116)
    size &= 0xFFFFFFFF
    smallest = struct.unpack_from("<I", sectors.content, 56)[0]
    if size >= smallest:
        return sectors.stream(first)[:size]
    small = sectors.stream(struct.unpack_from("<I", root, 116)[0])
    table = sectors.stream(struct.unpack_from("<I", sectors.content, 60)[0])
    following = list(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))
    return b"".join(small[number * 64 : (number + 1) * 64] for number in sectors.chain(first, following))[:size]


def _extents(book: bytes) -> list[tuple[str, Extent]]:
    names: dict[int, str] = {}
    found: dict[int, Extent] = {}
    begun, at = 0, 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _BEGIN:
            begun = at
        elif kind == _NAME and length >= 8:
            names[struct.unpack_from("<I", book, at + 4)[0]] = _sheet_name(book[at + 10 : at + 4 + length])
        elif length >= 6 and (kind in _CELLS or kind == _PACKED_ROW):
            row, column = struct.unpack_from("<HH", book, at + 4)
            last = struct.unpack_from("<H", book, at + 2 + length)[0] if kind == _PACKED_ROW else column
            found.setdefault(begun, Extent()).reach(row + 1, max(column, last) + 1, max(last - column, 0) + 1)
        at += 4 + length
    return [(names.get(place, f"sheet {number}"), extent) for number, (place, extent) in enumerate(found.items(), 1)]


def _sheet_name(body: bytes) -> str:
    letters, wide = body[0], len(body) > 1 and body[1] & 1
    text = body[2 : 2 + letters * (2 if wide else 1)]
    return text.decode("utf-16-le" if wide else "latin-1", errors="replace")
