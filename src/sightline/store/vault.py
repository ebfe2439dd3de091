"""The keys of objects: one for each, random, wrapped to the storage key, in a folder of its own beside the objects.

::

    keys/naming                   what turns a digest into the name of a file, wrapped
    object-keys/ab/abcdef…        the key of the object of that name, wrapped

The ledger names an object by the SHA-256 of what it holds. Its file is named by a keyed hash of that digest: whoever finds the folder
cannot tell from a name whether a guess at an object's content is right. Destroying an object's key destroys the object, wherever copies of
its bytes lie.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sightline.errors import SightlineError
from sightline.store.sealing import KEY_BYTES
from sightline.store.storage_key import StorageKey, StorageKeyMissing, WrapBroken

if sys.platform != "win32":
    import fcntl

KEY_FOLDER = "object-keys"
_PREFIX = "incoming-"


class ObjectKeyMissing(SightlineError):
    """The key of an object is gone or damaged; without it the object's bytes say nothing."""

    code = "SL-STO-004"
    hint = "If it was not erased, put the keys of objects back from the folder that backups keep keys in: sightline doctor --mend-from."


class Vault:
    """Names and keys of the objects of one workspace.

    Args:
        folder: Where the wrapped keys of objects lie; made if it is not there.
        storage_key: Reads the storage key; asked again when that was rotated by somebody else, and before a key is written.
        naming: The key that names files; it never changes, for files would have to.
    """

    def __init__(self, folder: Path, storage_key: Callable[[], StorageKey], naming: bytes) -> None:
        self.folder = folder
        self.storage_key = storage_key()
        self._read_storage_key = storage_key
        self._naming = naming
        self._named: set[Path] = set()

    def name(self, digest: str) -> str:
        """The name of the file of the object with this digest."""
        return hmac.new(self._naming, digest.encode(), hashlib.sha256).hexdigest()

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def names(self) -> Iterator[str]:
        """Every object that has a key, in order of name."""
        if self.folder.is_dir():
            yield from sorted(path.name for path in self.folder.glob("??/*") if not path.name.startswith(_PREFIX))

    def key(self, name: str) -> bytes:
        """The key of an object.

        Raises:
            ObjectKeyMissing: If it is gone or damaged.
            StorageKeyMissing: If it was wrapped to another storage key.
        """
        try:
            return self._unwrapped(name)
        except FileNotFoundError as problem:
            raise ObjectKeyMissing(f"The key of object {name[:12]}… is gone.") from problem
        except WrapBroken as problem:
            raise ObjectKeyMissing(f"The key of object {name[:12]}… is damaged.") from problem

    def key_for_writing(self, name: str) -> bytes:
        """The key of an object, made if it has none or a damaged one; call it, and write the object, while `locked`.

        Two that write the same object at once get the same key: whoever comes second takes what is there, so that it does not matter
        whose bytes stay.
        """
        try:
            return self.key(name)
        except ObjectKeyMissing:
            self.storage_key = self._read_storage_key()
            self._put(name, secrets.token_bytes(KEY_BYTES), replace=self.path(name).exists())
        return self.key(name)

    def rewrap(self, name: str) -> bool:
        """Wrap an object's key to the newest storage key; whether it was not so before. Nobody else may write meanwhile: see `locked`."""
        if self.storage_key.is_wrapped_to_this(self.path(name).read_bytes()):
            return False
        self._put(name, self.key(name), replace=True)
        return True

    def destroy(self, name: str) -> bool:
        """Destroy an object's key: overwritten, then removed. Whether there was one.

        What a disk keeps of overwritten blocks is wrapped to the storage key; rotating that one makes it worthless too.
        """
        path = self.path(name)
        try:
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return False
        path.unlink()
        sync_folder(path.parent)
        return True

    def _unwrapped(self, name: str) -> bytes:
        try:
            return self.storage_key.unwrap(self.path(name).read_bytes(), about=_about(name))
        except StorageKeyMissing:
            self.storage_key = self._read_storage_key()
            return self.storage_key.unwrap(self.path(name).read_bytes(), about=_about(name))

    def _put(self, name: str, key: bytes, *, replace: bool) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.storage_key.wrap(key, about=_about(name)))
                file.flush()
                os.fsync(file.fileno())
            if replace:
                Path(draft).replace(path)
            else:
                try:
                    path.hardlink_to(draft)
                except FileExistsError:
                    return
            sync_folder(path.parent)
            if path.parent not in self._named:  # once, also where somebody else made it: their own sync may be still to come
                sync_folder(self.folder)
                self._named.add(path.parent)
        finally:
            Path(draft).unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the keys of objects while an object is written; ``alone`` while keys are wrapped anew or destroyed, when nobody may write.

    Somebody who wrapped a new key to the storage key of before would lose it when that one goes, and somebody who sealed with a key that is
    just destroyed would leave bytes that nothing opens.
    """
    if sys.platform == "win32":
        yield
        return
    folder.mkdir(exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _about(name: str) -> bytes:
    return b"object " + name.encode()


def sync_folder(folder: Path) -> None:
    """Make what was named in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
