"""A folder of immutable objects named by the SHA-256 of their bytes.

Writing goes: temporary file, fsync, rename, fsync of the folder. A reader therefore sees a whole object or none, and an object that
was acknowledged survives a power cut. Reading verifies the hash: a flipped bit is an error, never a wrong figure.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.errors import EnvironmentProblem, InputRefused, Place, SightlineError

_BLOCK = 1 << 20
_PREFIX = "incoming-"
_NAME_LENGTH = 64


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
            raise _cannot_write(root, problem) from problem

    def path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def size(self, digest: str) -> int:
        """How many bytes an object takes.

        Raises:
            ObjectMissing: If there is no such object.
        """
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError as problem:
            raise ObjectMissing(f"Object {digest[:12]}… is missing.") from problem

    def put_bytes(self, content: bytes | memoryview) -> str:
        """Keep ``content``; return its hash. Putting the same bytes again changes nothing, or mends a damaged object."""
        return self._write(lambda file: _write_all(file, content))

    def put_file(self, source: Path) -> str:
        """Keep a copy of a file, in blocks, never whole in memory; return its hash.

        Raises:
            InputRefused: If the file cannot be read.
        """
        return self._write(lambda file: _copy(source, file))

    def put_table(self, table: pa.Table) -> str:
        """Keep an Arrow table as Parquet; the same rows in the same order give the same bytes and so the same hash."""
        sink = pa.BufferOutputStream()
        pq.write_table(table.combine_chunks(), sink, compression="zstd", write_statistics=True, store_schema=True)
        return self.put_bytes(memoryview(sink.getvalue()))

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of an object, verified.

        Raises:
            ObjectMissing: If there is no such object.
            ObjectDamaged: If its bytes do not match its name.
        """
        try:
            content = self.path(digest).read_bytes()
        except FileNotFoundError as problem:
            raise ObjectMissing(f"Object {digest[:12]}… is missing.") from problem
        if hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(digest)
        return content

    def get_table(self, digest: str) -> pa.Table:
        """An object written by `put_table`, verified."""
        return pq.read_table(pa.BufferReader(self.get_bytes(digest)))

    def verify(self, digest: str) -> Path:
        """Check an object against its name and return where it lies, for engines that read files themselves."""
        path = self.path(digest)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as problem:
            raise ObjectMissing(f"Object {digest[:12]}… is missing.") from problem
        if found != digest:
            raise _damaged(digest)
        return path

    def is_sound(self, digest: str) -> bool:
        """Whether an object is there and its bytes match its name."""
        try:
            self.verify(digest)
        except (ObjectMissing, ObjectDamaged):
            return False
        return True

    def digests(self) -> Iterator[str]:
        """Every object in the store, in order of name."""
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir() and len(path.name) == 2):
            yield from sorted(path.name for path in folder.iterdir() if len(path.name) == _NAME_LENGTH)

    def sweep(self, *, keep: set[str], older_than: float) -> list[str]:
        """Remove what a broken-off submission left behind: objects not in ``keep``, and temporary files.

        Args:
            keep: Every digest that the ledger names.
            older_than: Seconds since 1970; anything written after is left alone, for its ledger row may be about to come.

        Returns:
            The digests removed.
        """
        removed = [digest for digest in self.digests() if digest not in keep and self.path(digest).stat().st_mtime < older_than]
        for digest in removed:
            self.path(digest).unlink()
        for temporary in self.root.glob(f"{_PREFIX}*"):
            if temporary.stat().st_mtime < older_than:
                temporary.unlink()
        return removed

    def _write(self, fill: Callable[[BinaryIO], str]) -> str:
        with self._temporary() as (file, temporary):
            digest = fill(file)
            if self.is_sound(digest):
                # Touched, so that a sweep does not take an old orphan away just as a new return comes to need it.
                os.utime(self.path(digest))
                return digest
            file.flush()
            os.fsync(file.fileno())
            target = self.path(digest)
            is_new = not target.parent.is_dir()
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
            _fsync_folder(target.parent)
            if is_new:
                _fsync_folder(self.root)
        return digest

    @contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A file that becomes an object or goes away; a full disk or a read-only folder is said in plain words."""
        try:
            handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=self.root)
        except OSError as problem:
            raise _cannot_write(self.root, problem) from problem
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, temporary
        except OSError as problem:
            raise _cannot_write(self.root, problem) from problem
        finally:
            temporary.unlink(missing_ok=True)


def file_digest(source: Path) -> str:
    """The hash a file will have in the store.

    Raises:
        InputRefused: If it cannot be read.
    """
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise _cannot_read(source, problem) from problem


def _copy(source: Path, file: BinaryIO) -> str:
    digest = hashlib.sha256()
    try:
        incoming = source.open("rb")
    except OSError as problem:
        raise _cannot_read(source, problem) from problem
    with incoming:
        while block := incoming.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _write_all(file: BinaryIO, content: bytes | memoryview) -> str:
    file.write(content)
    return hashlib.sha256(content).hexdigest()


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(digest: str) -> ObjectDamaged:
    return ObjectDamaged(f"Object {digest[:12]}… is damaged: its content no longer matches its name.")


def _cannot_read(source: Path, problem: OSError) -> InputRefused:
    return InputRefused(
        f"The file cannot be read: {(problem.strerror or 'no reason given').lower()}.",
        place=Place(file=source.name),
        hint="Check its name and that you may read it; nothing was stored.",
    )


def _cannot_write(root: Path, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"The objects folder cannot be written: {(problem.strerror or 'no reason given').lower()}.",
        place=Place(file=str(root)),
        hint="Choose a folder you may write to, or free some space.",
    )
