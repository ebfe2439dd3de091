"""Put finished reports into a folder the user named: whole files or none, and one clear message where the folder stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sightline.errors import EnvironmentProblem, InputRefused, Place


def check_formats(formats: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The formats asked for, each once, in the order asked.

    Raises:
        InputRefused: If one is not known, or none is asked for.
    """
    asked, offered = tuple(dict.fromkeys(f.strip().lower() for f in formats)), tuple(known)
    unknown = [f for f in asked if f not in offered]
    if unknown or not asked:
        wrong = f'"{unknown[0]}" is not a format of this report.' if unknown else "No format was asked for."
        raise InputRefused(wrong, hint=f"Choose from {', '.join(offered)}.")
    return asked


def write_files(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write each content under its name, replacing what was there; a reader sees the old file or the new, never half of one.

    Raises:
        EnvironmentProblem: If the folder cannot be made or written.
    """
    written = []
    try:
        for name, content in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f".{target.name}.unfinished")
            unfinished.write_bytes(content)
            unfinished.replace(target)
            written.append(target)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The report cannot be written: {problem.strerror}.",
            place=Place(file=str(folder)),
            hint="Choose a folder you may write to, or free some space.",
        ) from problem
    return written
