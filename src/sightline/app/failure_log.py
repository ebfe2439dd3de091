"""What the server writes down of a failure of its own: when, of which page, what kind of fault and where in the code.

Nothing that anybody sent or that a record holds goes there: no address as it was typed, no message of an error (which may quote a value),
no value of a variable. Django's own settings would write nothing at all outside of debugging.
"""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LOGGER = "sightline.failures"
"""For faults that are answered in words and still concern whoever runs the server."""
_DEEPEST = 30


class FailureFormatter(logging.Formatter):
    """One line of words, and a line for each place in the code that the fault came through."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        words = [f"{at:%Y-%m-%dT%H:%M:%SZ}", record.levelname, record.name, *_request(getattr(record, "request", None))]
        if status := getattr(record, "status_code", None):
            words.append(f"status {int(status)}")
        if record.name == LOGGER:
            words.append(str(record.msg))  # as it stands in the code: what would be filled in is left out
        problem = record.exc_info[1] if record.exc_info else None
        return "\n".join([" ".join(words), *_fault(problem)])


def logging_settings() -> dict[str, Any]:
    """Failures of Django, of the server around it and of ours go to standard error; nothing below a failure does."""
    each = {"handlers": ["failures"], "level": "ERROR"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"failures": {"()": FailureFormatter}},
        "handlers": {"failures": {"class": "logging.StreamHandler", "formatter": "failures", "level": "ERROR"}},
        "loggers": {"django": each, "waitress": each, LOGGER: each},
    }


def _request(request: object) -> list[str]:
    """The method and the page, by the pattern of its address and not as it was typed."""
    if request is None:
        return []
    match = getattr(request, "resolver_match", None)
    return [str(getattr(request, "method", "")), f"/{match.route}" if match is not None else "(no page of ours)"]


def _fault(problem: BaseException | None) -> list[str]:
    """The kinds of fault, the one that began it last, each with where it was."""
    told: list[str] = []
    while problem is not None and len(told) < _DEEPEST:
        kind = type(problem)
        told += [f"  {kind.__module__}.{kind.__qualname__}", *_places(problem.__traceback__)]
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    return told


def _places(trace: TracebackType | None) -> list[str]:
    return [f"    {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)[-_DEEPEST:]]
