"""What a server of ours would write to standard error."""

from __future__ import annotations

import io
import logging

import pytest

from sightline.app.failure_log import FailureFormatter


def written_by_the_server(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What goes there from now on, by the settings that the server has."""
    written = io.StringIO()
    handler = next(each for each in logging.getLogger("django").handlers if isinstance(each.formatter, FailureFormatter))
    monkeypatch.setattr(handler, "stream", written)
    return written
