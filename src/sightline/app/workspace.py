"""The workspace: one folder that holds a partnership's ledger, objects, keys, definitions and reports. Copy it and everything is copied."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sightline.app import database, encryption
from sightline.app.geography import Places, file_names, read_places
from sightline.app.kept_files import refuse_damaged
from sightline.app.rounding_key import KEY_FILE, declare_lost, refuse_if_another, refuse_if_missed
from sightline.app.settings import LEDGER_FILE
from sightline.definitions.formats import Format, load_format, load_mapping
from sightline.definitions.partnership import Dataset, Partnership, load_partnership
from sightline.errors import EnvironmentProblem, NotFound, Place, Refused
from sightline.store import ObjectStore
from sightline.store.vault import KEY_FOLDER

MARKER = "workspace.json"
LAYOUT = 1
FOLDERS = ("objects", "keys", "reports", "tmp", "partnership", "geography")
_SECRETS: dict[str, Callable[[], str]] = {
    "identity": lambda: secrets.token_hex(32),
    "session": lambda: secrets.token_urlsafe(50),
    "rounding": lambda: secrets.token_hex(32),
    "audit": lambda: secrets.token_hex(32),
}


@dataclass(frozen=True)
class Workspace:
    """An open workspace; make one with `Workspace.create`, open one with `Workspace.open`."""

    root: Path
    partnership: Partnership
    objects: ObjectStore
    identity_key: bytes = field(repr=False)  # A repr ends up in logs and tracebacks; a key must not.

    @classmethod
    def create(cls, root: Path, partnership_folder: Path, geography_folder: Path, *, key_file: Path | None = None) -> Workspace:
        """Make a workspace in an empty or new folder: copy the definitions and the geography in, make keys and an empty ledger.

        What the partnership's files say is checked before anything is written. The marker file is written last: a folder whose making
        was cut short is not a workspace, and making it again puts it right.

        Args:
            root: The folder.
            partnership_folder: Its definitions.
            geography_folder: Its geography.
            key_file: Where the storage key is or goes, apart from the folder; None leaves everything in the clear.

        Raises:
            Refused: If the folder already is a workspace, or holds other things.
            EnvironmentProblem: If it cannot be written.
            CatalogueProblems, NotFound, InputRefused: If the definitions or the geography are not as they should be.
        """
        root = root.resolve()
        refuse_if_taken(root)
        partnership = load_partnership(partnership_folder)
        places = file_names(partnership.geography)
        read_places({part: geography_folder / name for part, name in places.items()})
        try:
            for folder in FOLDERS:
                (root / folder).mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)  # Raw returns name people: nobody else on the machine may look in.
            shutil.copytree(partnership_folder, root / "partnership", dirs_exist_ok=True)
            for name in places.values():
                shutil.copyfile(geography_folder / name, root / "geography" / name)
            for name, make in _SECRETS.items():
                _write_secret(root / "keys" / name, make())
            if key_file is not None:
                encryption.begin_encryption(root, key_file, state=encryption.Progress.DONE)
        except OSError as problem:
            raise _cannot_write(root, problem) from problem
        database.configure(root)
        database.migrate()
        if key_file is not None:
            database.seal_ledger(root)  # it is so already where it can be; this writes it down
        _write_marker(root)
        return cls.open(root)

    @classmethod
    def open(cls, root: Path) -> Workspace:
        """Open a workspace; a ledger made by an earlier version of Sightline is brought up to date first.

        Raises:
            NotFound: If the folder is no workspace.
            EnvironmentProblem: If it cannot be read or written.
            Refused: If a later version of Sightline made it.
            FileDamaged, LedgerDamaged: If a file or rows of the ledger are not those that were written.
        """
        root = root.resolve()
        marker = _read_marker(root)
        if not os.access(root, os.W_OK):
            raise _cannot_write(root)
        refuse_damaged(root)
        database.configure(root)
        database.check_ledger()
        if marker.get("schema") != database.schema_version():
            database.migrate()
            _write_marker(root)
        database.check_rows()
        try:
            key = bytes.fromhex((root / "keys" / "identity").read_text(encoding="ascii"))
        except (OSError, ValueError) as problem:
            raise EnvironmentProblem(
                "The workspace's identity key cannot be read.",
                place=Place(file=str(root / "keys" / "identity")),
                hint="Restore the keys folder from its backup; without it new returns cannot be joined to earlier ones.",
            ) from problem
        return cls(root=root, partnership=load_partnership(root / "partnership"), objects=encryption.open_store(root), identity_key=key)

    @property
    def spill(self) -> Path | None:
        """Where a query engine may put what does not fit in memory; nowhere if nothing may lie on disk in the clear."""
        return None if self.objects.vault else self.root / "tmp"

    def memory(self, limit: str) -> str:
        """The memory limit of a query engine: ``limit`` where it can spill, else more than half of what the machine has.

        DuckDB can encrypt what it spills only with a module of its own that is not part of the wheel.
        """
        if self.spill is not None:
            return limit
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20 if hasattr(os, "sysconf") else 0
        return f"{max(int(limit.removesuffix('MB')), machine * 6 // 10)}MB"

    @cached_property
    def geography(self) -> Places:
        """The geography as it now lies in the workspace. A generation keeps the one it was published with."""
        return read_places({part: self.root / "geography" / name for part, name in file_names(self.partnership.geography).items()})

    @cached_property
    def rounding_key(self) -> bytes:
        """What decides, with a count, to which multiple it is rounded; kept, so that what did not change stays as it was.

        Raises:
            RoundingKeyLost: If it is gone, or another, and earlier releases were rounded with it.
            EnvironmentProblem: If it cannot be read, or made in a workspace of before there was one.
        """
        path = self.root / "keys" / KEY_FILE
        if not path.exists():
            refuse_if_missed(path, self.objects)
        key = _rounding_key(path)
        refuse_if_another(path, key)
        return key

    def replace_rounding_key(self, *, reason: str, by: str, at: datetime) -> None:
        """Go on with another rounding key: the one that lies there if it is not the one that was used, or else a new one.

        Raises:
            InputRefused: If no reason is given, or the key is not lost at all.
            EnvironmentProblem: If it cannot be read or written.
        """
        path = self.root / "keys" / KEY_FILE
        declare_lost(path, _rounding_key(path), reason=reason, by=by, at=at)

    @cached_property
    def audit_key(self) -> bytes:
        """What signs the end of the audit chain; made in a workspace of before there was one.

        Raises:
            EnvironmentProblem: If it cannot be read.
        """
        path = self.root / "keys" / "audit"
        try:
            _write_secret(path, _SECRETS["audit"]())
            return bytes.fromhex(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as problem:
            raise EnvironmentProblem(
                "The workspace's audit key cannot be read.", place=Place(file=str(path)), hint="Restore the keys folder from its backup."
            ) from problem

    def format_of(self, dataset: Dataset) -> Format:
        """The format or mapping that reads a dataset."""
        if dataset.mapping is not None:
            path = self.root / "partnership" / dataset.mapping
            return _mapping_as_of(path, path.stat().st_mtime_ns)
        return load_format(str(dataset.format))

    def context_files(self) -> dict[str, Path]:
        """Every file besides returns that figures depend on: name → path, in order of name."""
        folders = (self.root / "geography", self.root / "partnership")
        found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path for path in sorted(found)}


@lru_cache(maxsize=64)
def _mapping_as_of(path: Path, changed: int) -> Format:
    """A mapping is parsed again only when its file has changed: a year of returns would otherwise parse it hundreds of times."""
    return load_mapping(path)


def is_workspace(root: Path) -> bool:
    """Tell whether a folder holds a finished workspace."""
    return (root / MARKER).is_file()


def refuse_if_taken(root: Path) -> None:
    """Refuse a folder that is a workspace or holds other things than what the making of one that was cut short left.

    Raises:
        Refused: If it is taken.
        EnvironmentProblem: If it cannot be looked into.
    """
    if is_workspace(root):
        raise Refused("There is a workspace here already.", place=Place(file=str(root)), hint="Open it, or choose another folder.")
    if root.exists() and not root.is_dir():
        raise Refused("A file of that name is in the way.", place=Place(file=str(root)), hint="Choose another folder.")
    known = {*FOLDERS, LEDGER_FILE, f"{LEDGER_FILE}-journal", f".{MARKER}", encryption.FILE, f".{encryption.FILE}", KEY_FOLDER}
    try:
        strangers = [path.name for path in root.iterdir() if path.name not in known] if root.exists() else []
    except OSError as problem:
        raise _cannot_write(root, problem) from problem
    if strangers:
        raise Refused("The folder holds other files.", place=Place(file=str(root)), hint="Choose a new or empty folder.")


def _read_marker(root: Path) -> dict[str, Any]:
    try:
        marker: dict[str, Any] = json.loads((root / MARKER).read_text(encoding="utf-8"))
        layout = int(marker["layout"])
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise NotFound(
            "This folder is not a Sightline workspace.",
            place=Place(file=str(root)),
            hint="Give the folder that `sightline demo` made, or make one with `sightline init`.",
        ) from problem
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise EnvironmentProblem(
            f"The workspace's {MARKER} cannot be read.", place=Place(file=str(root / MARKER)), hint="Restore it from a backup."
        ) from problem
    if layout > LAYOUT:
        raise Refused("A later version of Sightline made this workspace.", place=Place(file=str(root)), hint="Install that version.")
    return marker


def _rounding_key(path: Path) -> bytes:
    """The key as it lies there, made where there is none."""
    try:
        _write_secret(path, _SECRETS[KEY_FILE]())
        return bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as problem:
        raise EnvironmentProblem(
            "The workspace's rounding key cannot be read.",
            place=Place(file=str(path)),
            hint="Restore the keys folder from its backup; without it figures are rounded anew, and two releases tell more than one.",
        ) from problem


def _write_marker(root: Path) -> None:
    try:
        _write_whole(root / MARKER, json.dumps({"layout": LAYOUT, "schema": database.schema_version()}), mode=0o644)
    except OSError as problem:
        raise _cannot_write(root, problem) from problem


def _write_secret(path: Path, secret: str) -> None:
    """Write a key once, readable by its owner only; a key that is there already stays."""
    if not path.exists():
        _write_whole(path, secret, mode=0o600)


def _write_whole(path: Path, text: str, *, mode: int) -> None:
    """Write a small file so that it is there whole or not at all, also after a power cut."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _cannot_write(root: Path, problem: OSError | None = None) -> EnvironmentProblem:
    why = f": {problem.strerror}" if problem is not None and problem.strerror else ""
    return EnvironmentProblem(
        f"The workspace folder cannot be written{why}.",
        place=Place(file=str(root)),
        hint="Choose a folder you may write to, or free some space.",
    )
