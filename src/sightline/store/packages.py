"""The form of a prepared package: a zip with one way to write it, so that the same contents are the same bytes and nothing can hide.

Members are stored and not compressed, in a given order, with no time and no comment. Compression would differ between versions of its
library, and could unpack to more than came. Reading accepts exactly what writing makes: what was read is written again and compared, which
leaves no room for hidden members, overlapping ones, bytes before or after, or names that two programs read differently.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa

MANIFEST = "sightline-package.json"
README = "README.txt"
TABLES = "tables/"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}(?:/[a-z][a-z0-9_]{0,60})?\.(?:json|txt|jsonl)")
_MOST_MEMBERS = 200
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_LARGEST_INTEGER = 1 << 63


class PackageBroken(ValueError):
    """Bytes that are not a package in its one form. ``why`` never quotes what is in them."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def is_package(beginning: bytes) -> bool:
    """Whether a file that begins like this says that it is a package; nothing in it has been believed yet."""
    name = MANIFEST.encode()
    return beginning[:4] == b"PK\x03\x04" and beginning[30 : 30 + len(name)] == name


def pack(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The bytes of a package with these members in this order.

    Raises:
        PackageBroken: If a member's name is not one that may stand in a package.
    """
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=False) as package:
        for name, content in members:
            if not _NAME.fullmatch(name):
                raise PackageBroken("a member has a name that no package has")
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o600 << 16
            package.writestr(info, content)
    return sink.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The members of a package, in their order.

    Raises:
        PackageBroken: If the bytes are not exactly what `pack` makes of them.
    """
    try:
        members = _members(content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError, struct.error, LookupError) as problem:
        why = problem.why if isinstance(problem, PackageBroken) else "it is no whole zip file"
        raise PackageBroken(why) from None
    if pack(list(members.items())) != content:
        raise PackageBroken("it holds bytes that no package holds: something was added, changed or packed by another program")
    return members


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as package:
        listed = package.infolist()
        if len(listed) > _MOST_MEMBERS:
            raise PackageBroken("it has more members than any package")
        if any(one.compress_type != zipfile.ZIP_STORED or one.flag_bits & 1 for one in listed):
            raise PackageBroken("it is compressed or locked, and a package is neither")
        if sum(one.file_size for one in listed) > len(content):
            raise PackageBroken("its members say they are larger than it is")
        if len({one.filename for one in listed}) != len(listed):
            raise PackageBroken("two members have one name")
        if not all(_NAME.fullmatch(one.filename) for one in listed):
            raise PackageBroken("a member has a name that no package has")
        return {one.filename: package.read(one) for one in listed}


def rows_to_lines(table: pa.Table) -> bytes:
    """A table as text that anybody can read: the names of its columns on the first line, then a row on each, as JSON lists."""
    columns = [_plain(table[name]) for name in table.column_names]
    lines = [json.dumps(table.column_names, ensure_ascii=False)]
    lines += [json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for row in zip(*columns, strict=True)]
    return ("\n".join(lines) + "\n").encode()


def _plain(values: pa.ChunkedArray) -> list[Any]:
    is_moment = pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)
    return list((values.cast(pa.string()) if is_moment else values).to_pylist())


def lines_to_rows(content: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The table in such text. It is foreign: every value has to be of its column's type.

    Raises:
        PackageBroken: If it is no such text, a column is not one of ``types``, or a value is not of its type.
    """
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise PackageBroken("a table is not text") from None
    if len(lines) < 2 or lines.pop():
        raise PackageBroken("a table breaks off")
    names = _line(lines[0], 1)
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names) or not set(names) <= set(types):
        raise PackageBroken("a table has a column that its entity does not have")
    rows = [_line(line, number) for number, line in enumerate(lines[1:], 2)]
    if any(len(row) != len(names) for row in rows):
        raise PackageBroken("a table has rows of different lengths")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: _typed(values, types[name]) for name, values in zip(names, columns, strict=True)})


def _line(text: str, number: int) -> list[Any]:
    try:
        row = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise PackageBroken(f"line {number} of a table is no row") from None
    if not isinstance(row, list):
        raise PackageBroken(f"line {number} of a table is no row")
    return row


def _refuse_constant(_: str) -> None:
    raise ValueError


def _typed(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    listed = list(values)
    if not all(value is None or _is_of(value, kind) for value in listed):
        raise PackageBroken("a cell is not of its column's type")
    try:
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            return pa.array(listed, pa.string()).cast(kind)
        return pa.array(listed, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, UnicodeEncodeError):
        raise PackageBroken("a cell is not of its column's type") from None


def _is_of(value: Any, kind: pa.DataType) -> bool:
    if pa.types.is_boolean(kind):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if pa.types.is_integer(kind):
        return isinstance(value, int) and -_LARGEST_INTEGER <= value < _LARGEST_INTEGER
    if pa.types.is_floating(kind):
        return isinstance(value, int | float)
    return isinstance(value, str)
