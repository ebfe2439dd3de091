"""Write events of people who read at the same moment in one transaction, so that each waits for one write to the disk and not for all.

While the ledger is written nobody can read it, and while somebody reads it nobody can write; whoever finds it taken sleeps milliseconds,
longer each time (SQLite's busy handler). So pages and writes take turns here: a write waits until the pages under way have come, each with
its event, and the pages that are asked for meanwhile begin after it. None goes on before their own event is on the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    """A line of events waiting to be written; one for each process that serves pages.

    Args:
        patience: The longest, in seconds, that a write waits for the pages under way. It waits once for each of them: one that takes
            long holds the others up no further.
    """

    patience: float = 0.02
    _writer: threading.Lock = field(default_factory=threading.Lock)
    _line: threading.Condition = field(default_factory=threading.Condition)
    _under_way: set[int] = field(default_factory=set)
    """The threads that make a page and have not come with its event."""
    _waiting: list[_Waiting] = field(default_factory=list)
    _is_writing: bool = False

    @contextmanager
    def page(self) -> Iterator[None]:
        """While this goes on, this thread makes a page; it begins when no write is going on."""
        thread = threading.get_ident()
        with self._line:
            self._line.wait_for(lambda: not self._is_writing, 2 * self.patience)
            self._under_way.add(thread)
        try:
            yield
        finally:
            self._has_come(thread)

    def record(self, action: str, object: str, *, by: str, at: datetime, detail: Mapping[str, Any]) -> None:
        """Come back when the event is on the disk.

        Raises:
            EnvironmentProblem: If the ledger cannot be written: then nothing may be shown.
        """
        mine = _Waiting(audit.Told(action, object, by, at, detail))
        with self._line:
            self._waiting.append(mine)
        self._has_come(threading.get_ident())
        with self._writer:
            if not mine.done and mine.problem is None:
                self._write()
        if mine.problem is not None:
            raise mine.problem

    def _has_come(self, thread: int) -> None:
        with self._line:
            self._under_way.discard(thread)
            self._line.notify_all()

    @contextmanager
    def _turn(self) -> Iterator[list[_Waiting]]:
        """While this goes on no page begins; gives the events of all that have come."""
        try:
            with self._line:
                self._is_writing = True
                if not self._line.wait_for(lambda: not self._under_way, self.patience):
                    self._under_way.clear()
                batch, self._waiting = self._waiting, []
            yield batch
        finally:
            with self._line:
                self._is_writing = False
                self._line.notify_all()

    def _write(self) -> None:
        with self._turn() as batch:
            try:
                with audit.writing() as head:
                    audit.record_all([each.event for each in batch], after=head)
            except BaseException as problem:
                for each in batch:
                    each.problem = problem
            else:
                for each in batch:
                    each.done = True
