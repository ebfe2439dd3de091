"""Files that lie in memory only: for readers that want a path, of what must not lie on disk in the clear.

On Linux such a file has no name in any folder and is gone with the process, also when that is killed. It is not locked into memory: where a
machine swaps, its swap has to be encrypted.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterable
from typing import TypeAlias

import pyarrow as pa

if sys.platform != "win32":
    import resource

_MANY_FILES = 65_536


class MemoryFile(os.PathLike[str]):
    """An open file in memory; it goes away with the last reference to this. Its path holds for other programs of the same user, too."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        weakref.finalize(self, os.close, handle)

    def __fspath__(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self._handle}"


Readable: TypeAlias = os.PathLike[str] | pa.Buffer
"""What a reader of Parquet is given: a path, or the bytes themselves where the system knows no files in memory."""


def memory_file(content: Iterable[bytes]) -> Readable:
    """Put bytes into a file in memory; where there is no such thing, or no more files may be open, into a buffer."""
    handle = _new_file()
    if handle is None:
        buffer: pa.Buffer = pa.py_buffer(b"".join(content))
        return buffer
    file = MemoryFile(handle)  # before anything can go wrong: it closes the file
    with os.fdopen(handle, "wb", closefd=False) as sink:
        for piece in content:
            sink.write(piece)
    return file


def _new_file() -> int | None:
    if not hasattr(os, "memfd_create"):
        return None
    for attempt in (1, 2):
        try:
            return os.memfd_create("sightline")
        except OSError:
            if attempt == 1:
                _allow_many_files()
    return None


def _allow_many_files() -> None:
    """A generation has a file for each table of each return: more than the thousand that a process may hold open unless it asks."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _MANY_FILES) if most > 0 else _MANY_FILES, most))
