"""Examine the machine and the workspace; each check says what was found and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from sightline.app.start import open_workspace
from sightline.app.workspace import Workspace
from sightline.errors import SightlineError
from sightline.intake.apart import start_reading_process
from sightline.intake.limits import not_enforced

_NEEDED_GIB = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined. ``verdict`` "not checked" is never the same as "fine"."""

    what: str
    verdict: Literal["fine", "look", "mend", "not checked"]
    found: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def examine(folder: Path) -> list[Check]:
    """Every check of the machine, then of the workspace if there is one."""
    return [*_machine(folder), *_workspace(folder)]


def _machine(folder: Path) -> Iterator[Check]:
    yield Check("Python", "fine", sys.version.split()[0])
    yield Check("Sightline", "fine", version("sightline"))
    yield Check("Engines", "fine", f"DuckDB {version('duckdb')}, Splink {version('splink')}, typst {version('typst')}")
    here = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(here).free / 2**30
    low = free < _NEEDED_GIB
    yield Check("Free space", "look" if low else "fine", f"{free:.1f} GiB", "Free some space before a large return." if low else "")
    writable = os.access(here, os.W_OK)
    yield Check("Writable folder", "fine" if writable else "mend", str(here), "" if writable else "Choose a folder you may write to.")
    yield _reading()
    for program, use in (("chromium", "browser tests"), ("java", "counting on Spark")):
        found = shutil.which(program)
        yield Check(program, "fine" if found else "not checked", found or f"absent; only needed for {use}")


def _reading() -> Check:
    """Whether foreign files can be read in a process of their own, and which of its limits this system holds."""
    try:
        limits = start_reading_process()
    except SightlineError as problem:
        return Check("Reading apart", "mend", problem.message, problem.hint)
    found = f"{limits.memory / 2**30:.1f} GiB of memory, {limits.seconds} seconds and {limits.seconds_per_mib} more for each MiB"
    lacking = not_enforced()
    if lacking:
        return Check("Reading apart", "look", f"{found}; not held on this system: {', '.join(lacking)}", "Read unknown files on Linux.")
    return Check("Reading apart", "fine", found)


def _workspace(folder: Path) -> Iterator[Check]:
    try:
        workspace = open_workspace(folder)
    except SightlineError as problem:
        yield Check("Workspace", "not checked", problem.message, problem.hint)
        return
    yield Check("Workspace", "fine", f"{workspace.partnership.name} in {folder}")
    yield _objects(workspace)


def _objects(workspace: Workspace) -> Check:
    examined, damaged = 0, []
    for digest in workspace.objects.digests():
        examined += 1
        try:
            workspace.objects.verify(digest)
        except SightlineError:
            damaged.append(digest[:12])
    if damaged:
        return Check("Objects", "mend", f"{len(damaged)} of {examined:,} damaged: {', '.join(damaged[:5])}", "Restore them from a backup.")
    return Check("Objects", "fine", f"{examined:,}, each matching its name")
