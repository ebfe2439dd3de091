"""A process of its own for a piece of work, the steps at which an accident may strike it, and the hooks that kill it there.

A step is anything after which the disk may hold something new. The hooks live here only, the product knows nothing of them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.support import patience

KILLED, FULL = "killed", "full"


@dataclass(frozen=True)
class Step:
    """A call, how many of its name came before it and it, what it does there, and whether it may find no room on the disk."""

    call: str
    nth: int
    kind: str
    of_room: bool


@dataclass(frozen=True)
class Struck:
    """How a process ended that was struck, what it printed, and whether it met the accident."""

    ended: int
    lines: list[str]
    met: bool


@dataclass(frozen=True)
class Child:
    """A process that does a task. One that waits does not begin before `go`."""

    process: int
    printed: TextIO
    gate: int

    def go(self) -> None:
        os.write(self.gate, b".")

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)

    def ended(self) -> tuple[int, list[str]]:
        """How it ended, and the lines it printed; waits for both."""
        lines = self.printed.read().splitlines()
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1]), lines


@contextmanager
def forked(task: Callable[..., Any], *arguments: Any, waits: bool = False) -> Iterator[Child]:
    """Fork, and run the task there. Nothing here has opened a ledger or started a thread."""
    (read, write), (gate, opener) = os.pipe(), os.pipe()
    process = os.fork()
    if process == 0:
        _in_the_child(task, arguments, write, gate if waits else None)
    os.close(write)
    os.close(gate)
    try:
        with os.fdopen(read) as printed:
            yield Child(process, printed, opener)
    finally:
        os.close(opener)


def _in_the_child(task: Callable[..., Any], arguments: tuple[Any, ...], write: int, gate: int | None) -> None:
    ended = 1
    try:
        os.dup2(write, 1)
        signal.alarm(patience.SECONDS)
        if gate is not None:
            os.read(gate, 1)
        task(*arguments)
        sys.stdout.flush()
        ended = 0
    except BaseException:  # whatever it is, the child must not go on with what its parent does
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(ended)


def in_a_process_of_its_own(task: Callable[..., Any], *arguments: Any) -> tuple[int, list[str]]:
    """Fork, run, and give back how the process ended and what it printed."""
    with forked(task, *arguments) as child:
        return child.ended()


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)  # noqa: T201 - read by the parent process


def place(path: Any) -> str:
    """What is written there: the folder below the workspace, the backup or the target, without names that differ from run to run."""
    parts = Path(os.fspath(path)).parts if isinstance(path, str | Path) else ()
    known = [part for part in parts if part in _PLACES or part.startswith(("step-", "handed-"))]
    last = known[-1] if known else "elsewhere"
    return "workspace" if last.startswith("step-") else last


_LEDGER = "ledger.sqlite3"
_PLACES = (
    *("objects", "object-keys", "keys", "made", "partnership", "geography", "tmp", "reports", "workspace.json"),
    *(_LEDGER, f"{_LEDGER}-journal", f"{_LEDGER}-wal", f"{_LEDGER}-shm"),
)


def kill_at(step: int) -> Callable[[], int]:
    """Kill this process, as hard as a power cut does, when it comes to a step; the number of steps so far."""
    taken = 0

    def reached(place: str) -> None:
        nonlocal taken
        taken += 1
        if taken == step:
            print(place, flush=True)  # noqa: T201 - read by the test
            os.kill(os.getpid(), signal.SIGKILL)

    def before_and_after(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            reached(f"before {name}")
            result = original(*arguments, **options)
            reached(f"after {name}")
            return result

        setattr(owner, name, wrapped)

    before_and_after(os, "fsync")
    before_and_after(Path, "replace")
    before_and_after(BaseDatabaseWrapper, "_commit")

    def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            reached(f"before {sql[:40]}")
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(statement)
    return lambda: taken
