"""A folder of immutable objects named by the SHA-256 of their bytes.

Writing goes: temporary file, fsync, rename, fsync of the folder. A reader therefore sees a whole object or none, and an object that
was acknowledged survives a power cut. Reading verifies the hash: a flipped bit is an error, never a wrong figure.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.errors import EnvironmentProblem, Place, SightlineError

_BLOCK = 1 << 20


class ObjectDamaged(SightlineError):
    """An object's bytes no longer match its name."""

    code = "SL-STO-001"
    hint = "Restore this object from a backup; figures that need it cannot be made until then."


class ObjectMissing(SightlineError):
    """An object named by the ledger is not in the store."""

    code = "SL-STO-002"
    hint = "Restore the objects folder from a backup made with the ledger."


class ObjectStore:
    """Objects under ``root``, as ``root/ab/abcdef…``.

    Raises:
        EnvironmentProblem: If the folder cannot be made or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise EnvironmentProblem(
                f"The objects folder cannot be made: {problem.strerror}.",
                place=Place(file=str(root)),
                hint="Choose a folder you may write to.",
            ) from problem

    def path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def put_bytes(self, content: bytes) -> str:
        """Keep ``content``; return its hash. Putting the same bytes again changes nothing."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            handle, temporary = self._temporary()
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._settle(temporary, digest)
        return digest

    def put_file(self, source: Path) -> str:
        """Keep a copy of a file, in blocks, never whole in memory; return its hash."""
        handle, temporary = self._temporary()
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as file, source.open("rb") as incoming:
            while block := incoming.read(_BLOCK):
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        name = digest.hexdigest()
        if self.has(name):
            temporary.unlink()
        else:
            self._settle(temporary, name)
        return name

    def put_table(self, table: pa.Table) -> str:
        """Keep an Arrow table as Parquet; the same rows in the same order give the same bytes and so the same hash."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_statistics=True, store_schema=True)
        return self.put_bytes(sink.getvalue().to_pybytes())

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of an object, verified.

        Raises:
            ObjectMissing: If there is no such object.
            ObjectDamaged: If its bytes do not match its name.
        """
        self.verify(digest)
        return self.path(digest).read_bytes()

    def get_table(self, digest: str) -> pa.Table:
        """An object written by `put_table`, verified."""
        self.verify(digest)
        return pq.read_table(self.path(digest))

    def verify(self, digest: str) -> Path:
        """Check an object against its name and return where it lies, for engines that read files themselves."""
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as problem:
            raise ObjectMissing(f"Object {digest[:12]}… is missing.") from problem
        if found != digest:
            raise ObjectDamaged(f"Object {digest[:12]}… is damaged: its content no longer matches its name.")
        return path

    def digests(self) -> Iterator[str]:
        """Every object in the store, in order of name."""
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir() and len(path.name) == 2):
            yield from sorted(path.name for path in folder.iterdir())

    def _temporary(self) -> tuple[int, Path]:
        try:
            handle, name = tempfile.mkstemp(prefix="incoming-", dir=self.root)
        except OSError as problem:
            raise EnvironmentProblem(
                f"The objects folder cannot be written: {problem.strerror}.",
                place=Place(file=str(self.root)),
                hint="Choose a folder you may write to, or free some space.",
            ) from problem
        return handle, Path(name)

    def _settle(self, temporary: Path, digest: str) -> None:
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
