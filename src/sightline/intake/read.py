"""Read one return: the whole of intake, in its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sightline.definitions.formats import Format
from sightline.intake.result import IntakeResult
from sightline.model.periods import Quarter


def read_return(
    files: Sequence[Path],
    *,
    mapping: Format,
    period: Quarter | None,
    agency: str,
    dataset: str,
    progress: Callable[[str, int, int], None] | None = None,
) -> IntakeResult:
    """Read the files of one return into the common model."""
    raise NotImplementedError
