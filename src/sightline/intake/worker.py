"""The reading process: takes requests from its parent, reads foreign files within limits, answers. ``python -m sightline.intake.worker``.

It never gets anything but the names of files and a mapping, and nothing it prints is shown to anybody.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from sightline.errors import SightlineError
from sightline.intake.answers import table_bytes
from sightline.intake.frames import ARROW, JSON, FrameBroken, FrameTooLong, as_json, read_frame, write_frame, write_json
from sightline.intake.limits import Limits, allow_processor_seconds, hold_self_to, memory_held
from sightline.intake.tasks import TASKS


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    limits = Limits(**json.loads(sys.argv[1]))
    hold_self_to(limits)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    out = _own_channel()
    # A thread listens, so that the end of the parent ends this process at once, in the middle of a file too.
    threading.Thread(target=_listen, args=(requests, limits.answer), daemon=True).start()
    write_json(out, {"ready": os.getpid()})
    while True:
        request = requests.get()
        allow_processor_seconds(int(request["cpu_seconds"]))
        last = _serve(request, out)
        held = memory_held()
        write_json(out, {"end": True, "last": last or held > limits.kept_memory})


def _own_channel() -> BinaryIO:
    """The pipe to the parent, moved away from where a library may print."""
    channel = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(channel, "wb", buffering=1 << 16)


def _listen(requests: queue.SimpleQueue[dict[str, Any]], longest: int) -> None:
    def read(length: int) -> bytes:
        parts = []
        while length:
            part = os.read(0, min(length, 1 << 20))
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    try:
        while frame := read_frame(read, {JSON: longest}):
            requests.put(as_json(frame[1]))
    except (FrameBroken, FrameTooLong, OSError):
        pass  # a parent that says nonsense is as good as gone
    os._exit(0)


def _serve(request: dict[str, Any], out: BinaryIO) -> bool:
    """Do one request and send what came of it; True if this process should not be used again."""

    def progress(words: str, done: int, total: int) -> None:
        write_json(out, {"progress": [words, done, total]})

    try:
        answer = TASKS[request["task"]]([Path(file) for file in request["files"]], request["arguments"], progress)
        bodies = {name: table_bytes(table) for name, table in answer.tables.items()}
        write_json(out, {"answer": answer.value, "tables": list(bodies)})
        for body in bodies.values():
            write_frame(out, ARROW, memoryview(body))
    except SightlineError as error:
        write_json(out, {"error": [error.code, error.message, error.hint, asdict(error.place) if error.place else None]})
        return False
    except MemoryError:
        write_json(out, {"stopped": "memory", "how": ""})
        return True
    except BaseException as error:  # a reader's panic is no Exception; whatever it is, the parent has to hear of it
        write_json(out, {"stopped": "memory" if _is_for_want_of_memory(error) else "crash", "how": _where(error)})
        return True
    return False


def _is_for_want_of_memory(error: BaseException) -> bool:
    return type(error).__name__ in {"ArrowMemoryError", "ComputeError"} and "memory" in str(error).lower()[:200]


def _where(error: BaseException) -> str:
    """The kind of an error and the place in the code; never its message, which may quote a cell."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "sightline" in frame.filename]
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


if __name__ == "__main__":
    main()
