"""Write a package so that it lies there whole, with the hash to quote beside it, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sightline.errors import EnvironmentProblem, Place
from sightline.store.backups import sync_folder, write_durably


@contextmanager
def unfinished(out: Path, content: bytes) -> Iterator[Path]:
    """The package under another name, readable by nobody else; gone when the block ends unless it was given its name."""
    draft = out.with_name(f".{out.name}.unfinished")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise _cannot_write(out, problem) from problem
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def keep(draft: Path, out: Path, digest: str) -> None:
    """Give the package its name, after its sidecar: a package never lies there without the hash to quote, after a power cut either.

    A sidecar without its package is what a run that was cut short may leave; the next one puts its own in that place.
    """
    beside = sidecar_of(out)
    try:
        write_durably(beside, f"{digest}  {out.name}\n".encode(), mode=0o666)
        draft.replace(out)
        sync_folder(out.parent)
    except OSError as problem:
        for left in (beside, beside.with_name(f".{beside.name}")):
            left.unlink(missing_ok=True)
        raise _cannot_write(out, problem) from problem


def sidecar_of(out: Path) -> Path:
    """Where the hash of a package stands, to be quoted to whoever receives it."""
    return out.with_name(f"{out.name}.sha256")


def _cannot_write(out: Path, problem: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"The package cannot be written: {(problem.strerror or 'no reason given').lower()}.",
        place=Place(file=str(out)),
        hint="Choose a folder you may write to, or free some space. Nothing was left there.",
    )
