"""Write events of people who read at the same moment in one transaction, so that each waits for one write to the disk and not for all.

Whoever comes first writes for everybody who came while an earlier write was going on. None goes on before their own event is on the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sightline.ledger import audit


@dataclass(slots=True)
class _Waiting:
    """One event that somebody waits for; ``done`` once it is on the disk, or ``problem`` says why it is not."""

    event: audit.Told
    done: bool = False
    problem: BaseException | None = None


@dataclass
class Together:
    """A line of events waiting to be written; one for each process that serves pages."""

    _writer: threading.Lock = field(default_factory=threading.Lock)
    _line: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[_Waiting] = field(default_factory=list)

    def record(self, action: str, object: str, *, by: str, at: datetime, detail: Mapping[str, Any]) -> None:
        """Come back when the event is on the disk.

        Raises:
            EnvironmentProblem: If the ledger cannot be written: then nothing may be shown.
        """
        mine = _Waiting(audit.Told(action, object, by, at, detail))
        with self._line:
            self._waiting.append(mine)
        with self._writer:
            if not mine.done and mine.problem is None:
                self._write()
        if mine.problem is not None:
            raise mine.problem

    def _write(self) -> None:
        with self._line:
            batch, self._waiting = self._waiting, []
        try:
            with audit.writing() as head:
                audit.record_all([each.event for each in batch], after=head)
        except BaseException as problem:
            for each in batch:
                each.problem = problem
        else:
            for each in batch:
                each.done = True
