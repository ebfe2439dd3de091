"""Have the kernel strike a process at a call of its own that changes what is on the disk: calls inside SQLite and Arrow count too.

It needs strace, and leave to attach it: `may_trace` tells. A call is told by its name and by how many of that name came before it.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.support.crash import FULL, KILLED, Step, Struck, forked, place

CHANGING = (
    *("open", "openat", "creat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate", "sendfile", "copy_file_range"),
    *("fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat"),
    *("rmdir", "chmod", "fchmod", "fchmodat", "utimensat"),
)
"""The calls that change a file or a folder. What is written through mapped memory is none: nothing here writes so."""
_OPEN = ("open", "openat", "creat")
_NEED_NO_ROOM = ("unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat", "utimensat")
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<call>\w+)\((?P<told>.*)")
_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
_NAMES = re.compile(r'"(?P<path>(?:[^"\\]|\\.)*)"')
_ERROR = {FULL: "error=ENOSPC", KILLED: "signal=KILL"}


@functools.cache
def may_trace() -> bool:
    """Whether strace is here and may attach to a process of ours."""
    if shutil.which("strace") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            ended, _ = _traced(["-e", "trace=mkdir", "-e", "inject=mkdir:signal=KILL:when=2"], Path(folder) / "trace", _two, Path(folder))
        except OSError:
            return False
        return ended == -9 and (Path(folder) / "1").exists() and not (Path(folder) / "2").exists()


def _two(folder: Path) -> None:
    (folder / "1").mkdir()
    (folder / "2").mkdir()


class ByKernel:
    """Steps are calls of the system; the process is killed as it enters one, or the call says that there is no space left."""

    def learn(self, folder: Path, task: Callable[..., Any], *arguments: Any) -> list[Step]:
        """Let the task run, and give back each of its calls that changes something below the folder."""
        trace = folder / "trace"
        ended, _ = _traced(["-e", f"trace={','.join(CHANGING)}"], trace, task, *arguments)
        if ended:
            raise SystemExit(f"the work ended with {ended} while its calls were learned")
        steps = list(_steps(trace, folder))
        trace.unlink()
        return steps

    def strike(self, folder: Path, step: Step, accident: str, task: Callable[..., Any], *arguments: Any) -> Struck:
        """Let the task run until it comes to a step, and meet the accident there.

        Now and then a call more or fewer comes before it than when it was learned: a disk that is full where a file was only to be read is
        no accident that happens.
        """
        trace, struck = folder / "trace", f"inject={step.call}:{_ERROR[accident]}:when={step.nth}"
        ended, lines = _traced(["-e", f"trace={step.call}", "-e", struck], trace, task, *arguments)
        met = any(each.of_room for each in _steps(trace, folder, only="(INJECTED)")) if accident == FULL else ended == -9
        trace.unlink()
        return Struck(ended, lines, met)


def _steps(trace: Path, folder: Path, *, only: str = "") -> Iterator[Step]:
    seen: Counter[tuple[str, str]] = Counter()
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        call, told = found["call"], found["told"]
        seen[found["thread"], call] += 1
        if only not in line or (call in _OPEN and not re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", told)):
            continue
        descriptor = _DESCRIPTOR.match(told)
        path = descriptor["path"] if descriptor else ([each["path"] for each in _NAMES.finditer(told)] or [""])[-1]
        if not path.startswith(str(folder)) or " EEXIST " in line:
            continue
        room = call not in _NEED_NO_ROOM and (call not in _OPEN or "O_CREAT" in told)
        yield Step(call, seen[found["thread"], call], f"{call} {place(path)}", of_room=room)


def _traced(options: Sequence[str], trace: Path, task: Callable[..., Any], *arguments: Any) -> tuple[int, list[str]]:
    """Run a task in a process of its own that waits until strace is attached; how it ended and what it printed.

    Programs that it starts, such as those that read foreign files, are let go: calls are counted for each process, and they have their own.
    """
    with forked(task, *arguments, waits=True) as child:
        command = ["strace", "-f", "--detach-on=execve", "-qq", "-y", "-s", "32", "-o", str(trace), *options, "-p", str(child.process)]
        strace = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while strace.poll() is None and not _is_traced(child.process):
                time.sleep(0.001)
            child.go()
            ended = child.ended()
        finally:
            strace.wait()
    return ended


def _is_traced(process: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{process}/status").read_text(encoding="ascii")
