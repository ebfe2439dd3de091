"""A folder of immutable objects, each known by the SHA-256 of what it holds.

Writing goes: temporary file, fsync, rename, fsync of the folder. A reader therefore sees a whole object or none, and an object that
was acknowledged survives a power cut. Reading verifies the hash: a flipped bit is an error, never a wrong figure.

With a vault each object is sealed with a key of its own, and its file is named by a keyed hash of its digest (`sightline.store.vault`).
What is read of it is opened in memory; it never lies on disk in the clear.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.errors import EnvironmentProblem, InputRefused, Place, SightlineError
from sightline.store.memory import Readable, memory_file
from sightline.store.sealing import SealBroken, pieces, pieces_of, seal, size_within, unseal
from sightline.store.vault import ObjectKeyMissing, Vault, locked, sync_folder

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

    Args:
        root: The folder; made if it is not there.
        vault: Names and keys of sealed objects; None where objects lie in the clear.
        moving: Whether some objects still lie in the clear, because the workspace is being encrypted just now.

    Raises:
        EnvironmentProblem: If the folder cannot be made or written.
    """

    def __init__(self, root: Path, vault: Vault | None = None, *, moving: bool = False) -> None:
        self.root = root
        self.vault = vault
        self._moving = moving
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise _cannot_write(root, problem) from problem

    def name(self, digest: str) -> str:
        """What the file of an object is called."""
        return self.vault.name(digest) if self.vault else digest

    def path(self, digest: str) -> Path:
        """Where the file of an object lies."""
        return self.path_of(self.name(digest))

    def path_of(self, name: str) -> Path:
        """Where the file of this name lies."""
        return self.root / name[:2] / name

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file() or self._plain(digest) is not None

    def is_there(self, digest: str) -> bool:
        """Whether an object can be opened as far as its file and its key go; its bytes are not looked at."""
        if self._plain(digest) is not None:
            return True
        name = self.name(digest)
        return self.path_of(name).is_file() and (self.vault is None or self.vault.path(name).is_file())

    def size(self, digest: str) -> int:
        """How many bytes an object holds.

        Raises:
            ObjectMissing: If there is no such object.
        """
        if plain := self._plain(digest):
            return plain.stat().st_size
        try:
            taken = self.path(digest).stat().st_size
        except FileNotFoundError as problem:
            raise _missing(self.name(digest)) from problem
        return size_within(taken) if self.vault else taken

    def put_bytes(self, content: bytes | memoryview) -> str:
        """Keep ``content``; return its hash. Putting the same bytes again changes nothing, or mends a damaged object."""
        return self._write(hashlib.sha256(content).hexdigest(), lambda: pieces(content))

    def put_file(self, source: Path) -> str:
        """Keep a copy of a file, in blocks, never whole in memory; return its hash.

        Raises:
            InputRefused: If the file cannot be read, or changes meanwhile.
        """
        digest = file_digest(source)

        def read() -> Iterator[bytes]:
            found = hashlib.sha256()
            with _opened(source) as file:
                for piece in pieces_of(file):
                    found.update(piece)
                    yield piece
            if found.hexdigest() != digest:
                raise InputRefused(
                    "The file changed while it was being read.", place=Place(file=source.name), hint="Try again when it is whole."
                )

        return self._write(digest, read)

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
            ObjectKeyMissing: If its key is gone.
        """
        return b"".join(self._read(digest))

    def get_table(self, digest: str) -> pa.Table:
        """An object written by `put_table`, verified."""
        return pq.read_table(pa.BufferReader(self.get_bytes(digest)))

    def verify(self, digest: str) -> None:
        """Check an object against its digest, in flat memory.

        Raises:
            ObjectMissing, ObjectDamaged, ObjectKeyMissing: As `get_bytes` does.
        """
        for _ in self._read(digest):
            pass

    def open(self, digest: str) -> Readable:
        """An object, verified, for what reads files itself: its own file, or a file in memory where objects are sealed."""
        if self.vault is None or self._plain(digest):
            self.verify(digest)
            return self._plain(digest) or self.path(digest)
        return memory_file(self._read(digest))

    def is_sound(self, digest: str) -> bool:
        """Whether an object is there and its bytes match its digest."""
        try:
            self.verify(digest)
        except (ObjectMissing, ObjectDamaged, ObjectKeyMissing):
            return False
        return True

    def names(self) -> Iterator[str]:
        """The names of the files of every object in the store, in order; without a vault these are their digests."""
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir() and len(path.name) == 2):
            yield from sorted(path.name for path in folder.iterdir() if len(path.name) == _NAME_LENGTH)

    def destroy(self, digest: str) -> bool:
        """Destroy an object: its key first, which makes every copy of its bytes worthless, then its file. Doing it twice changes nothing.

        Call it while you are `alone`.

        Returns:
            Whether it had a key to destroy. Without one its bytes may be found on the disk until they are overwritten.
        """
        name = self.name(digest)
        had_key = self.vault.destroy(name) if self.vault else False
        self.path_of(name).unlink(missing_ok=True)
        return had_key

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody write an object meanwhile: who had taken a key that is destroyed then would leave bytes that nothing opens.

        Begin a transaction of the ledger inside it and never around it: the rotation of the storage key takes both in this order.
        """
        if self.vault is None:
            yield
        else:
            with locked(self.vault.folder, alone=True):
                yield

    def put_sealed(self, name: str, source: Path) -> None:
        """Put the file of a sealed object back as it was: from a backup, where nobody can open it."""
        with self._temporary() as (file, temporary), source.open("rb") as incoming:
            self._settle(file, temporary, self.path_of(name), pieces_of(incoming))

    def seal_plain(self, digest: str) -> bool:
        """Seal an object that lies in the clear and take the clear one away; whether there was one.

        Raises:
            ObjectDamaged: If it does not match its digest; it stays where it is.
        """
        path = self.root / digest[:2] / digest
        if self.vault is None or not path.is_file():
            return False
        if file_digest(path) != digest:
            raise _damaged(digest)
        self._write(digest, lambda: _pieces_at(path))
        path.unlink()
        sync_folder(path.parent)
        return True

    def sweep(self, *, keep: set[str], older_than: float) -> list[str]:
        """Remove what a broken-off submission left behind: objects not in ``keep``, and temporary files.

        Args:
            keep: Every digest that the ledger names.
            older_than: Seconds since 1970; anything written after is left alone, for its ledger row may be about to come.

        Returns:
            The names of the files removed.
        """
        kept = {self.name(digest) for digest in keep} | (keep if self._moving else set())
        removed = [name for name in self.names() if name not in kept and self.path_of(name).stat().st_mtime < older_than]
        for name in removed:
            if self.vault:
                self.vault.destroy(name)
            self.path_of(name).unlink()
        for temporary in self.root.glob(f"{_PREFIX}*"):
            if temporary.stat().st_mtime < older_than:
                temporary.unlink()
        return removed

    def _read(self, digest: str) -> Iterator[bytes]:
        """An object's bytes a frame at a time; the last is given only after all of them matched the digest."""
        found, held = hashlib.sha256(), b""
        for piece in self._pieces(digest):
            if held:
                yield held
            found.update(piece)
            held = piece
        if found.hexdigest() != digest:
            raise _damaged(self.name(digest))
        yield held

    def _pieces(self, digest: str) -> Iterator[bytes]:
        name, plain = self.name(digest), self._plain(digest)
        try:
            with (plain or self.path_of(name)).open("rb") as file:
                if self.vault is None or plain:
                    yield from pieces_of(file)
                else:
                    yield from unseal(file, key=self.vault.key(name), about=name.encode())
        except FileNotFoundError as problem:
            raise _missing(self.name(digest)) from problem
        except SealBroken as problem:
            raise _damaged(name) from problem

    def _plain(self, digest: str) -> Path | None:
        """Where an object still lies in the clear while a workspace is being encrypted."""
        if not self._moving or self.path(digest).is_file():
            return None
        path = self.root / digest[:2] / digest
        return path if path.is_file() else None

    def _write(self, digest: str, content: Callable[[], Iterable[bytes | memoryview]]) -> str:
        name = self.name(digest)
        target = self.path_of(name)
        if target.is_file() and self.is_sound(digest):
            # Touched, so that a sweep does not take an old orphan away just as a new return comes to need it. Gone in this
            # instant it was erased, and is written anew.
            with suppress(FileNotFoundError):
                os.utime(target)
                return digest
        with self._temporary() as (file, temporary):
            if self.vault:
                with locked(self.vault.folder, alone=False):
                    seal(content(), file, key=self.vault.key_for_writing(name), about=name.encode())
                    self._settle(file, temporary, target, ())
            else:
                self._settle(file, temporary, target, content())
        return digest

    def _settle(self, file: BinaryIO, temporary: Path, target: Path, content: Iterable[bytes | memoryview]) -> None:
        """Write the rest of a temporary file and give it its name, so that it is there whole or not at all, also after a power cut."""
        for piece in content:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        is_new = not target.parent.is_dir()
        target.parent.mkdir(exist_ok=True)
        temporary.replace(target)
        sync_folder(target.parent)
        if is_new:
            sync_folder(self.root)

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


def _pieces_at(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from pieces_of(file)


def _opened(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as problem:
        raise _cannot_read(source, problem) from problem


def _missing(name: str) -> ObjectMissing:
    return ObjectMissing(f"Object {name[:12]}… is missing.")


def _damaged(name: str) -> ObjectDamaged:
    return ObjectDamaged(f"Object {name[:12]}… is damaged: its content no longer matches its name.")


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
