"""Notice a file of the workspace whose bytes changed by themselves: definitions, geography, keys and reports, which people may change.

Returns and releases are known by their hash, so that a flipped bit in one is an error. These files have no such name: a partnership may
change its definitions whenever it likes. So ``files.json`` keeps of each its hash and when it was last written. A file that was written
since was changed by somebody, and is taken as it is; one that was not and has another hash was changed by nobody, and is refused. The
identity key is never changed by anybody: another one would make strangers of children who are known.

Method page: docs/methods/damage.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sightline.errors import EnvironmentProblem, InputRefused, Place
from sightline.store import file_digest
from sightline.store.backups import write_durably

FILE = "files.json"
FOLDERS = ("partnership", "geography", "keys", "reports")
CONTEXT = ("partnership/", "geography/")
"""The folders whose files a generation is published with."""
NEVER_CHANGED = "keys/identity"
REPORTS = "reports/"
"""What was made and nothing rests on: a damaged one is told by `sightline doctor`, and stops nothing."""


class FileDamaged(EnvironmentProblem):
    """A file of the workspace holds other bytes than were written, and nobody wrote it since."""

    code = "SL-APP-061"
    hint = (
        "Restore it from the newest backup (sightline restore, into an empty folder). A definition that is right as it is is taken once it "
        "is saved again."
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """The hash of a file, and when it was last written, in nanoseconds since 1970."""

    sha256: str
    written: int


def refuse_damaged(root: Path) -> None:
    """Hold the files of a workspace against what was kept of them, and keep what people changed since.

    Raises:
        FileDamaged: If one changed by itself, or the identity key is another.
        EnvironmentProblem: If what was kept cannot be read.
    """
    before, now = _read(root) or {}, _as_they_are(root)
    for name in _changed_by_nobody(before, now):
        if not name.startswith(REPORTS):
            what = f"The identity key ({name})" if name == NEVER_CHANGED else name
            raise FileDamaged(f"{what} is not what was written to it, and nobody changed it.", place=Place(file=str(root / name)))
        now[name] = before[name]
    if now != before:
        _write(root, now)


def damaged_reports(root: Path) -> list[str]:
    """Reports in the workspace that are not what was written: they can be made again.

    Raises:
        FileDamaged: If what was kept cannot be read.
    """
    return [name for name in _changed_by_nobody(_read(root) or {}, _as_they_are(root)) if name.startswith(REPORTS)]


def changed_since(root: Path, context: Mapping[str, str]) -> list[str]:
    """Which definitions and places are not those that a generation was published with; ``context`` is name → hash."""
    context = {name: digest for name, digest in context.items() if name.startswith(CONTEXT)}
    now = {name: kept.sha256 for name, kept in _as_they_are(root).items() if not name.startswith(("keys/", REPORTS))}
    return sorted(name for name in now.keys() | context.keys() if now.get(name) != context.get(name))


def _changed_by_nobody(before: Mapping[str, Kept], now: Mapping[str, Kept]) -> list[str]:
    """Files that hold other bytes and were not written since; and the one that is never written again."""
    other = [name for name, kept in before.items() if name in now and now[name].sha256 != kept.sha256]
    return [name for name in other if now[name].written == before[name].written or name == NEVER_CHANGED]


def _as_they_are(root: Path) -> dict[str, Kept]:
    found = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    try:
        return {path.relative_to(root).as_posix(): Kept(file_digest(path), path.stat().st_mtime_ns) for path in sorted(found)}
    except (OSError, InputRefused) as problem:
        raise EnvironmentProblem("A file of the workspace cannot be read.", place=Place(file=str(root))) from problem


def _read(root: Path) -> dict[str, Kept] | None:
    try:
        told = json.loads((root / FILE).read_text(encoding="utf-8"))
        return {str(name): Kept(str(each["sha256"]), int(each["written"])) for name, each in told["files"].items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise FileDamaged(f"The workspace's {FILE} cannot be read.", place=Place(file=str(root / FILE))) from problem


def _write(root: Path, files: Mapping[str, Kept]) -> None:
    try:
        write_durably(root / FILE, json.dumps({"files": {name: asdict(kept) for name, kept in files.items()}}, indent=1).encode())
    except OSError as problem:
        raise EnvironmentProblem(
            f"The workspace folder cannot be written: {(problem.strerror or 'no reason given').lower()}.",
            place=Place(file=str(root)),
            hint="Choose a folder you may write to, or free some space.",
        ) from problem
