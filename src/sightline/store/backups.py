"""A folder of backups: every object once, and for each backup the few files that move, with a list of all it needs.

::

    sightline-backups.json      what this folder is
    objects/ab/abcdef…          as in a workspace; shared by all backups, so that the next one copies only what is new
    made/20260515T090000Z/      one backup: its files, manifest.json with the hash of each, and the manifest's own hash

A backup is made under another name and renamed when all of it is on disk: one that was cut short is not there, and making it again
mends that. Keys are never in this folder: see `sightline.app.back_up`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sightline.errors import EnvironmentProblem, InputRefused, NotFound, Place, Refused, SightlineError
from sightline.store.objects import ObjectStore, file_digest

MARKER = "sightline-backups.json"
MANIFEST = "manifest.json"
_SEAL = "manifest.sha256"
_DRAFT = ".being-made-"
_LAYOUT = 1


class BackupDamaged(SightlineError):
    """What lies in a backup is not what was put there."""

    code = "SL-STO-003"
    hint = "Restore from another backup, or from a copy of this folder kept elsewhere; nothing was restored from this one."


@dataclass(frozen=True)
class Manifest:
    """What one backup holds and what it needs, so that nothing can be missing or changed unnoticed."""

    name: str
    made_at: str
    sightline: str
    schema: str
    audit_events: int
    audit_head: str
    files: Mapping[str, str]
    """Path → SHA-256, of what lies in the backup's own folder."""
    keys: Mapping[str, str]
    """Name → SHA-256 of each key, which lie elsewhere. They are random and long, so a hash tells nothing of them."""
    objects: tuple[str, ...]
    lost: tuple[str, ...]
    """Objects that were damaged or missing already when this backup was made, and in no earlier one either."""
    sealed: Mapping[str, str] = field(default_factory=dict)
    """Of a workspace that is encrypted: name → SHA-256 of the sealed bytes, under which they lie here."""
    sealed_keys: str = ""
    """The folder, beside the other keys, of what is wrapped to the storage key: kept as of the newest backup, whatever the older ones."""
    erased: tuple[str, ...] = ()
    """Objects that were erased while this backup was made: its ledger may name them, and they do not come back."""


class BackupFolder:
    """A folder that holds backups; open one with `open`, or `make` it if it is not there yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = ObjectStore(root / "objects")

    @classmethod
    def open(cls, root: Path) -> BackupFolder:
        """Open a folder of backups.

        Raises:
            NotFound: If it is none.
        """
        try:
            layout = int(json.loads((root / MARKER).read_text(encoding="ascii"))["layout"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise NotFound(
                "This folder holds no backups of Sightline.",
                place=Place(file=str(root)),
                hint="Give the folder that `sightline backup` wrote.",
            ) from problem
        if layout > _LAYOUT:
            raise Refused("A later version of Sightline made these backups.", place=Place(file=str(root)), hint="Install that version.")
        return cls(root)

    @classmethod
    def make(cls, root: Path) -> BackupFolder:
        """Open a folder of backups, or make an empty or new folder one.

        Raises:
            Refused: If it holds other things.
            EnvironmentProblem: If it cannot be written.
        """
        if (root / MARKER).exists():
            return cls.open(root)
        with _written(root):
            if root.exists() and any(path.name not in ("objects", f".{MARKER}") for path in root.iterdir()):
                raise Refused("The folder holds other files.", place=Place(file=str(root)), hint="Choose a new or empty folder.")
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
            made = cls(root)
            write_durably(root / MARKER, json.dumps({"layout": _LAYOUT}).encode())
        return made

    def names(self) -> list[str]:
        """The backups that are whole, oldest first."""
        made = self.root / "made"
        return sorted(path.name for path in made.iterdir() if not path.name.startswith(_DRAFT)) if made.is_dir() else []

    def folder(self, name: str) -> Path:
        return self.root / "made" / name

    def manifest(self, name: str) -> Manifest:
        """What a backup says that it holds.

        Raises:
            NotFound: If there is no such backup.
            BackupDamaged: If its list was changed.
        """
        if name not in self.names():
            known = ", ".join(self.names()[-3:]) or "none yet"
            raise NotFound(f'There is no backup "{name}".', place=Place(file=str(self.root)), hint=f"The newest are: {known}.")
        try:
            content = (self.folder(name) / MANIFEST).read_bytes()
            if hashlib.sha256(content).hexdigest() != (self.folder(name) / _SEAL).read_text(encoding="ascii"):
                raise ValueError
            told = json.loads(content)
            return Manifest(**told | {name: tuple(told.get(name, ())) for name in ("objects", "lost", "erased")})
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise BackupDamaged(f"The list of backup {name} is damaged.", place=Place(file=str(self.folder(name) / MANIFEST))) from problem

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """A folder to fill; it becomes the backup ``name`` when nothing goes wrong, and goes away otherwise.

        Raises:
            Refused: If there is a backup of that name.
            EnvironmentProblem: If it cannot be written.
        """
        if name in self.names():
            raise Refused(f"There is a backup {name} already.", place=Place(file=str(self.root)), hint="Wait a second and make another.")
        draft = self.folder(f"{_DRAFT}{name}")
        with _written(self.root):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            try:
                yield draft
                _sync_folders(draft)
                draft.replace(self.folder(name))
                sync_folder(self.root / "made")
                sync_folder(self.root)
            finally:
                shutil.rmtree(draft, ignore_errors=True)

    def take(self, digest: str, source: ObjectStore, earlier: Mapping[str, str]) -> tuple[str, bool] | None:
        """Keep an object here too, as its bytes are on disk.

        Args:
            digest: Which.
            source: Where it is.
            earlier: Under what sealed objects lie here from earlier backups.

        Returns:
            The hash it lies here under, and whether that is new; None if it is damaged or gone there and not here either.

        Raises:
            EnvironmentProblem: If the folder cannot be written.
        """
        path = source.path(digest)
        try:
            found = digest if source.vault is None else (file_digest(path) if path.is_file() else "")
            if found and self.objects.has(found):
                return found, False
            if source.is_sound(digest):
                return self.objects.put_file(path), True
        except InputRefused:
            if path.is_file():
                raise
            # It was there and is not: it was erased in this instant.
        kept = earlier.get(source.name(digest), "")
        return (kept, False) if kept and self.objects.has(kept) else None

    def sealed(self) -> dict[str, str]:
        """Under what each sealed object of any backup lies here, the newest first."""
        found: dict[str, str] = {}
        for name in self.names():
            found |= self.manifest(name).sealed
        return found


def seal(draft: Path, manifest: Manifest) -> str:
    """Write a backup's list into its folder; the hash that vouches for all of it."""
    content = json.dumps(asdict(manifest), sort_keys=True, indent=1).encode()
    write_durably(draft / MANIFEST, content)
    digest = hashlib.sha256(content).hexdigest()
    write_durably(draft / _SEAL, digest.encode())
    return digest


def copy_durably(source: Path, target: Path, *, mode: int = 0o600) -> str:
    """Copy a file so that it is on disk; its hash, taken of what was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as incoming, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        shutil.copyfileobj(incoming, file)
        file.flush()
        os.fsync(file.fileno())
    return file_digest(target)


def write_durably(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a small file so that it is there whole or not at all, also after a power cut."""
    draft = path.with_name(f".{path.name}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: without it a file may be whole on the disk and have no name after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _written(root: Path) -> Iterator[None]:
    """A full disk or a read-only folder is said in plain words."""
    try:
        yield
    except OSError as problem:
        raise EnvironmentProblem(
            f"The backup cannot be written: {(problem.strerror or 'no reason given').lower()}.",
            place=Place(file=str(root)),
            hint="Free some space or choose another folder, and make the backup again; earlier backups are untouched.",
        ) from problem
