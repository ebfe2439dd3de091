"""Strike a process at its steps by hooks in Python, where the kernel cannot be asked to: what SQLite does within a commit is one step."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from tests.support.crash import FULL, KILLED, Step, Struck, in_a_process_of_its_own, place, say

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGING = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")


class ByHook:
    """Steps are calls of Python: a file opened, made durable, named, linked or removed, a statement or a commit of the ledger."""

    def learn(self, folder: Path, task: Callable[..., Any], *arguments: Any) -> list[Step]:
        """Let the task run, and give back its steps."""
        _, lines = in_a_process_of_its_own(_learning, task, *arguments)
        steps, met = [], list[str]()
        for kind in json.loads(lines[-1])["kinds"]:
            met.append(kind)
            # A disk that is full refuses a step: there is nothing after it.
            steps.append(Step(kind, met.count(kind), kind, of_room=kind.startswith("before ")))
        return steps

    def strike(self, folder: Path, step: Step, accident: str, task: Callable[..., Any], *arguments: Any) -> Struck:
        """Let the task run until it comes to a step, and meet the accident there."""
        ended, lines = in_a_process_of_its_own(_struck, step, accident, task, *arguments)
        return Struck(ended, lines, accident == FULL or ended == -9)


def _learning(task: Callable[..., Any], *arguments: Any) -> None:
    kinds: list[str] = []
    on_each_step(lambda kind, of_ledger: kinds.append(kind))
    task(*arguments)
    say(kinds=kinds)


def _struck(step: Step, accident: str, task: Callable[..., Any], *arguments: Any) -> None:
    taken = 0

    def meet(kind: str, of_ledger: bool) -> None:
        nonlocal taken
        taken += kind == step.kind
        if kind != step.kind or taken != step.nth:
            return
        if accident == KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        if accident == FULL:
            raise OperationalError("database or disk is full") if of_ledger else OSError(28, "No space left on device")

    on_each_step(meet)
    task(*arguments)


def on_each_step(meet: Callable[[str, bool], None]) -> None:
    """Have ``meet`` called at every step with its kind, and whether it is a step of the ledger."""

    def around(owner: Any, name: str, told: Callable[..., str | None], *, of_ledger: bool = False) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            kind = told(*arguments)
            if kind is None:
                return original(*arguments, **options)
            meet(f"before {kind}", of_ledger)
            result = original(*arguments, **options)
            meet(f"after {kind}", of_ledger)
            return result

        setattr(owner, name, wrapped)

    around(os, "open", lambda path, flags=0, *_: f"open {place(path)}" if flags & _WRITING else None)
    around(io, "open", lambda path, mode="r", *_: f"open {place(path)}" if set(mode) & set("wax+") and not isinstance(path, int) else None)
    around(os, "fsync", lambda handle: f"fsync {place(Path(f'/proc/self/fd/{handle}').readlink())}")
    for name in ("replace", "rename", "link"):
        around(os, name, lambda source, target, *_, name=name: f"{name} to {place(target)}")
    for name in ("unlink", "mkdir", "rmdir"):
        around(os, name, lambda path, *_, name=name: f"{name} {place(path)}")
    around(CursorWrapper, "execute", lambda cursor, sql, *_: _statement(sql), of_ledger=True)
    around(CursorWrapper, "executemany", lambda cursor, sql, *_: _statement(sql), of_ledger=True)
    around(BaseDatabaseWrapper, "_commit", lambda *_: "commit", of_ledger=True)


def _statement(sql: str) -> str | None:
    """What a statement changes; nothing where it only asks."""
    words = sql.split(maxsplit=1)
    return words[0] if words[0] in _CHANGING else None
