"""Have the texts of a file that is about to leave read apart: somebody may have brought it, so it is as foreign as any."""

from __future__ import annotations

from base64 import b64encode

import pyarrow as pa

from sightline.intake.apart import ReadingStopped, ask_apart, reading_stopped
from sightline.intake.limits import machine_limits
from sightline.intake.process import Stopped

KINDS = frozenset({"csv", "json", "html", "svg", "xlsx"})
"""Whose texts can be read."""
SCHEMA = pa.schema([("where", pa.string()), ("text", pa.string())])


def texts_apart(kind: str, content: bytes) -> list[tuple[str, str]]:
    """The texts of a file of one of `KINDS`, each with the place where it stands. The content goes through a pipe and never to a disk.

    Raises:
        InputRefused: If it is not what its kind says.
        ReadingStopped: If the reader does not survive it, or its answer is none.
    """
    limits = machine_limits()
    try:
        told = ask_apart("texts", [], {"kind": kind, "content": b64encode(content).decode("ascii")}, limits=limits).tables.get("texts")
    except Stopped as stopped:
        raise reading_stopped(stopped, [], limits) from None
    if told is None or told.schema != SCHEMA or told["where"].null_count or told["text"].null_count:
        raise ReadingStopped("The process that reads foreign files answered with what it cannot have found.")
    return list(zip(told["where"].to_pylist(), told["text"].to_pylist(), strict=True))
