"""Invent a whole partnership: a thin use case, so that commands reach synthesis the way they reach everything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sightline.errors import EnvironmentProblem, Place, Refused
from sightline.synthesis import SynthesisSummary, synthesise


def invent_partnership(*, out: Path, children: int, seed: int, progress: Callable[[str, int, int], None] | None = None) -> SynthesisSummary:
    """Write an invented partnership into a new or empty folder.

    Raises:
        Refused: If the folder already holds something: nobody's files are overwritten.
        EnvironmentProblem: If the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise Refused("The folder is not empty.", place=Place(file=str(out)), hint="Name a new folder, or empty this one first.")
    except OSError as problem:
        raise EnvironmentProblem(
            f"The folder cannot be made: {problem.strerror}.", place=Place(file=str(out)), hint="Choose a folder you may write to."
        ) from problem
    return synthesise(out, children=children, seed=seed, progress=progress)
