"""Read foreign files apart: in another process, within limits, so that no file can take this one with it.

A file that makes a reader abort, hang or fill the memory ends the reading process and becomes a finding. One process serves many requests,
since starting one takes more than half a second; `process` says how it is kept apart, `limits` how much it may take.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sightline.definitions.formats import Format, format_ids
from sightline.errors import InputRefused, NotFound, Place, SightlineError
from sightline.intake.answers import Answer, to_result
from sightline.intake.causes import CAUSES, Report
from sightline.intake.frames import FrameBroken
from sightline.intake.limits import Limits, machine_limits
from sightline.intake.process import Failed, ReadingProcess, Stopped, request_of
from sightline.intake.recognise import NotRecognised
from sightline.intake.result import IntakeResult
from sightline.intake.surveyed import SurveyedTable
from sightline.model.findings import NotChecked
from sightline.model.periods import Quarter

Progress = Callable[[str, int, int], None]
_AT_ONCE = 2
"""Reading processes side by side: pages that check two extracts at once do not wait for each other, and memory holds."""


class ReadingStopped(InputRefused):
    """The process that read a file had to be stopped, or failed."""

    code = "SL-INT-060"
    hint = "Check that the file is what it should be; the machine can be allowed more (see the limits in the reference)."


class _Pool:
    """Reading processes that wait for work. Those of one parent only: a forked child begins with none."""

    def __init__(self) -> None:
        self.idle: list[ReadingProcess] = []
        self.places = threading.BoundedSemaphore(_AT_ONCE)

    def ask(self, request: dict[str, Any], *, limits: Limits, seconds: int, progress: Progress | None) -> Answer | Failed:
        with self.places:
            process = self.take(limits)
            answer = process.ask(request, seconds=seconds, progress=progress)
            if process.is_usable:
                self.idle.append(process)
            else:
                process.end()
            return answer

    def take(self, limits: Limits) -> ReadingProcess:
        while self.idle:
            process = self.idle.pop()
            if process.is_usable and process.limits == limits:
                return process
            process.end()
        return ReadingProcess(limits)

    def end(self) -> None:
        while self.idle:
            self.idle.pop().end()


_pool = _Pool()


def stop_reading_processes() -> None:
    """End those that wait for work; the next request starts a fresh one."""
    _pool.end()


def start_reading_process() -> Limits:
    """Start one if none is there, for whoever wants to know that it can be started; the limits it is held to.

    Raises:
        EnvironmentProblem: If it cannot.
        InputRefused: If the environment sets a limit to something that is none.
    """
    limits = machine_limits()
    with _pool.places:
        _pool.idle.append(_pool.take(limits))
    return limits


def _begin_anew() -> None:
    global _pool  # noqa: PLW0603 - the processes belong to the parent of the fork
    _pool = _Pool()


atexit.register(stop_reading_processes)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def ask_apart(
    task: str, files: Sequence[Path], arguments: Mapping[str, Any], *, progress: Progress | None = None, limits: Limits | None = None
) -> Answer:
    """Have the reading process do a task of `tasks.TASKS`. Whoever asks checks the answer: it is made of a foreign file.

    Raises:
        NotFound: If a path does not exist.
        SightlineError: What the task raised on purpose.
        Stopped: If the reading process did not survive; `file` says what it was reading, as far as is known.
    """
    for path in files:
        if not path.exists():
            raise NotFound(f'There is no file "{path}".')
    held = limits or machine_limits()
    size = sum(path.stat().st_size for path in files)
    reading = files[0].name if len(files) == 1 else None
    names = [path.name for path in files]

    def watch(words: str, done: int, total: int) -> None:
        nonlocal reading
        reading = next((name for name in names if f" {name} " in f"{words} "), reading)
        if progress:
            progress(words, done, total)

    request = request_of(task, list(files), arguments, held.cpu_seconds_for(size))
    try:
        answer = _pool.ask(request, limits=held, seconds=held.seconds_for(size), progress=watch)
    except Stopped as stopped:
        stopped.file = reading
        raise
    if isinstance(answer, Failed):
        raise _raised(answer)
    return answer


def _raised(failed: Failed) -> SightlineError:
    """The error a task raised, as the same kind where the parent knows it."""
    kind = next((kind for kind in (NotRecognised, NotFound) if kind.code == failed.code), InputRefused)
    return kind(failed.message, place=Place(**failed.place) if failed.place else None, hint=failed.hint)


def read_apart(
    files: Sequence[Path],
    *,
    mapping: Format,
    period: Quarter | None,
    agency: str,
    dataset: str,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> IntakeResult:
    """Read one return as `read_return` does, apart. A file that the reader does not survive refuses the return with a finding.

    Raises:
        NotFound: If a path does not exist.
    """
    arguments = {
        "mapping": mapping.model_dump_json(by_alias=True),
        "period": str(period) if period is not None else None,
        "agency": agency,
        "dataset": dataset,
    }
    held = limits or machine_limits()
    try:
        try:
            return to_result(ask_apart("read_return", files, arguments, progress=progress, limits=held))
        except FrameBroken:
            raise Stopped("crash", "its answer is not one") from None
    except Stopped as stopped:
        report = Report()
        size = sum(path.stat().st_size for path in files)
        report.add(_CODES[stopped.cause], Place(file=stopped.file), **_words(stopped, held, size))
        titles = tuple(NotChecked(table.title or name, "reading was stopped") for name, table in mapping.tables.items())
        return IntakeResult(period or _some_period(), findings=report.in_order(), not_checked=titles)


def recognise_apart(files: Sequence[Path], *, limits: Limits | None = None) -> str:
    """The id of the format that fits the files best, found as `recognise` does, apart.

    Raises:
        NotFound: If a path does not exist.
        NotRecognised: If no format of the catalogue fits.
        ReadingStopped: If the reader does not survive them.
    """
    held = limits or machine_limits()
    try:
        found = ask_apart("recognise", files, {}, limits=held).value.get("format")
    except Stopped as stopped:
        raise reading_stopped(stopped, files, held) from None
    if found not in format_ids():
        raise ReadingStopped("The process that reads foreign files answered with what it cannot have found.")
    return str(found)


def survey_apart(files: Sequence[Path], *, limits: Limits | None = None) -> list[SurveyedTable]:
    """What each table of files that nobody has described looks like, found as `survey` does, apart.

    Raises:
        NotFound: If a path does not exist.
        ReadingStopped: If the reader does not survive them, or its answer is none.
    """
    held = limits or machine_limits()
    try:
        said = ask_apart("survey", files, {}, limits=held).value.get("tables")
    except Stopped as stopped:
        raise reading_stopped(stopped, files, held) from None
    try:
        return TypeAdapter(list[SurveyedTable]).validate_python(said)
    except ValidationError:
        raise ReadingStopped("The process that reads foreign files answered with what it cannot have found.") from None


_CODES = {"memory": "SL-INT-060", "time": "SL-INT-061", "crash": "SL-INT-062", "output": "SL-INT-063"}


def reading_stopped(stopped: Stopped, files: Sequence[Path], limits: Limits) -> ReadingStopped:
    """The error for a task that has no findings to put the cause in."""
    cause, words = CAUSES[_CODES[stopped.cause]], _words(stopped, limits, sum(path.stat().st_size for path in files))
    return ReadingStopped(cause.text.format(**words), place=Place(file=stopped.file), hint=cause.hint.format(**words))


def _words(stopped: Stopped, limits: Limits, size: int) -> dict[str, Any]:
    return {
        "memory": f"{limits.memory / (1 << 30):.1f} GB",
        "minutes": f"{limits.seconds_for(size)} seconds" if limits.seconds_for(size) < 180 else f"{limits.seconds_for(size) // 60} minutes",
        "output": f"{limits.output / (1 << 30):.1f} GB",
        "how": stopped.how or "no more is known",
    }


def _some_period() -> Quarter:
    """The quarter of a result that has none: nothing was read, and nothing was claimed."""
    return Quarter(1970, 1)
