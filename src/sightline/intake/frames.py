"""How the parent and the reading process talk: frames of JSON and of Arrow IPC, each with its length before it. Never pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, Protocol

_HEAD = struct.Struct(">cQ")
JSON, ARROW = b"J", b"A"


class FrameTooLong(Exception):
    """A frame announces more bytes than may come."""


class FrameBroken(Exception):
    """What came is no frame: the other side is broken, or not what it should be."""


class Sink(Protocol):
    """Where frames go: a binary file."""

    def write(self, data: bytes, /) -> int | None: ...
    def flush(self) -> None: ...


def write_json(sink: Sink, value: dict[str, Any]) -> None:
    """Send one JSON frame."""
    write_frame(sink, JSON, json.dumps(value, separators=(",", ":")).encode("ascii"))


def write_frame(sink: Sink, kind: bytes, body: bytes | memoryview) -> None:
    """Send one frame."""
    sink.write(_HEAD.pack(kind, len(body)))
    sink.write(body)  # type: ignore[arg-type]
    sink.flush()


def read_frame(read: Callable[[int], bytes], most: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """The next frame, or None at the end of the stream; ``most`` says how many bytes a frame of each kind may have.

    Raises:
        FrameTooLong: If it announces more; nothing of it has been read then.
        FrameBroken: If the stream ends inside it, or it is of no known kind.
    """
    head = read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise FrameBroken
    kind, length = _HEAD.unpack(head)
    if kind not in most:
        raise FrameBroken
    if length > most[kind]:
        raise FrameTooLong
    body = read(length)
    if len(body) < length:
        raise FrameBroken
    return kind, body


def as_json(body: bytes) -> dict[str, Any]:
    """The object a JSON frame holds.

    Raises:
        FrameBroken: If it holds none.
    """
    try:
        value = json.loads(body.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise FrameBroken from error
    if not isinstance(value, dict):
        raise FrameBroken
    return value
