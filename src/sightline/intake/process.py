"""A reading process as its parent sees it: started with nothing of the parent's, asked, listened to, stopped."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from sightline.errors import EnvironmentProblem
from sightline.intake.answers import Answer, table_of
from sightline.intake.frames import ARROW, JSON, FrameBroken, FrameTooLong, as_json, read_frame, write_json
from sightline.intake.limits import Limits

Progress = Callable[[str, int, int], None]
Cause = Literal["memory", "time", "crash", "output"]
_START_SECONDS = 120
_OF_THE_SYSTEM = ("SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
"""What a Python needs to start at all; nothing else of the environment is passed on, so no key or password is."""


class Stopped(Exception):
    """The reading process ended, or was ended, before it had answered."""

    def __init__(self, cause: Cause, how: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.how = how
        self.file: str | None = None


@dataclass(frozen=True)
class Failed:
    """An error that the task raised on purpose."""

    code: str
    message: str
    hint: str
    place: dict[str, Any] | None


def environment() -> dict[str, str]:
    """The whole environment of a reading process."""
    passed = {name: value for name in _OF_THE_SYSTEM if (value := os.environ.get(name))}
    places = [str(Path(place).absolute()) for place in sys.path if place]
    # Readers gain little from more threads, and each reserves memory that the limit counts.
    few = {"POLARS_MAX_THREADS": str(min(os.cpu_count() or 1, 4)), "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return {**passed, **few, "PYTHONPATH": os.pathsep.join(places), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class ReadingProcess:
    """One reading process. It serves one request at a time; `ask` raises `Stopped` when it does not survive one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.served = 0
        self.tired = False
        self._left = limits.answer
        self._frames: queue.Queue[tuple[bytes, bytes] | Cause | None] = queue.Queue()
        # A file without a name: what a failing library writes can be told apart afterwards, and is gone with the process.
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        self._process = self._start()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            ready = self._next(time.monotonic() + _START_SECONDS)
        except Stopped as problem:
            raise EnvironmentProblem("The process that reads foreign files does not start.") from problem
        if "ready" not in ready:
            self.end()
            raise EnvironmentProblem("The process that reads foreign files does not start as it should.")

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-s", "-m", "sightline.intake.worker", json.dumps(self.limits.as_dict())]
        apart: dict[str, Any] = {"process_group": 0}  # Ctrl-C is the parent's to answer
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=environment(),
                cwd=tempfile.gettempdir(),
                close_fds=True,
                **apart,
            )
        except OSError as problem:
            self._said.close()
            raise EnvironmentProblem(f"The process that reads foreign files cannot be started: {problem.strerror}.") from problem

    @property
    def is_usable(self) -> bool:
        return not self.tired and self.served < self.limits.requests and self._process.poll() is None

    def ask(self, request: dict[str, Any], *, seconds: int, progress: Progress | None) -> Answer | Failed:
        """Send one request and wait for its answer.

        Raises:
            Stopped: If the process ends, has to be ended, or says what it must not; it is gone then.
        """
        self.served += 1
        self._left = self.limits.output
        until = time.monotonic() + seconds
        pipe = self._process.stdin
        try:
            if pipe is not None:
                write_json(pipe, request)
        except OSError:
            raise self._stopped("crash") from None
        except BaseException:
            self.end()
            raise
        try:
            return self._answer(until, progress)
        except (FrameBroken, KeyError, TypeError, ValueError):
            self.end()
            raise Stopped("crash", "its answer is not one") from None
        except BaseException:
            self.end()
            raise

    def _answer(self, until: float, progress: Progress | None) -> Answer | Failed:
        outcome: Answer | Failed | None = None
        while True:
            said = self._next(until)
            if "progress" in said:
                words, done, total = said["progress"]
                if progress:
                    progress(str(words), int(done), int(total))
            elif "answer" in said:
                names = said["tables"]
                outcome = Answer(dict(said["answer"]), {str(name): table_of(self._next_body(until)) for name in names})
            elif "error" in said:
                code, message, hint, place = said["error"]
                outcome = Failed(str(code), str(message), str(hint), place)
            elif "stopped" in said:
                self.end()
                raise Stopped("memory" if said["stopped"] == "memory" else "crash", str(said["how"])[:120])
            else:
                self.tired = bool(said["last"])
                if outcome is None:
                    raise FrameBroken
                return outcome

    def _next(self, until: float) -> dict[str, Any]:
        kind, body = self._next_frame(until)
        if kind != JSON:
            raise FrameBroken
        return as_json(body)

    def _next_body(self, until: float) -> bytes:
        kind, body = self._next_frame(until)
        if kind != ARROW:
            raise FrameBroken
        return body

    def _next_frame(self, until: float) -> tuple[bytes, bytes]:
        try:
            frame = self._frames.get(timeout=max(until - time.monotonic(), 0.001))
        except queue.Empty:
            self.end()
            raise Stopped("time") from None
        if frame is None:
            raise self._stopped("crash")
        if isinstance(frame, str):
            self.end()
            raise Stopped(frame)
        return frame

    def _listen(self) -> None:
        """Read frames as they come, no more of them in all than an answer may have."""
        pipe = self._process.stdout
        if pipe is None:
            return
        with pipe:
            try:
                while frame := read_frame(pipe.read, {JSON: min(self.limits.answer, self._left), ARROW: self._left}):
                    self._left -= len(frame[1])
                    self._frames.put(frame)
            except FrameTooLong:
                self._frames.put("output")
            except (FrameBroken, OSError, ValueError, MemoryError):
                pass
        self._frames.put(None)

    def _stopped(self, otherwise: Cause) -> Stopped:
        """Why a process that is gone went: the system's signal, or what the failing library wrote."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        code = self._process.returncode
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(self._said.tell() - 4000, 0))
        said = self._said.read()
        self.end()
        if b"memory allocation of" in said or b"MemoryError" in said or b"bad_alloc" in said or b"out of memory" in said.lower():
            return Stopped("memory")
        if code is not None and code < 0:
            return _of_signal(-code)
        return Stopped(otherwise, f"exit status {code}")

    def end(self) -> None:
        """Stop the process, whatever it does, and let go of what belongs to it."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            elif self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join(timeout=5)
        for pipe in (self._process.stdin, self._said):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _of_signal(number: int) -> Stopped:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGXCPU":
        return Stopped("time")
    # Nobody but the system ends it so when we did not: it was the largest when memory ran out.
    return Stopped("memory") if name == "SIGKILL" else Stopped("crash", name)


def request_of(task: str, files: list[Path], arguments: Mapping[str, Any], cpu_seconds: int) -> dict[str, Any]:
    """A request as the reading process expects it."""
    return {"task": task, "files": [str(file.absolute()) for file in files], "arguments": dict(arguments), "cpu_seconds": cpu_seconds}
