"""The `sightline` command, run again and again: one process imports everything once, and forks for each run.

Half of what a short command takes is importing, and tests run hundreds. A run here is the command's own entry point in a process of its
own, with its own arguments and output; only the interpreter's start and the imports are shared. That the installed program starts by
itself is for `alone`, which the main job's demo uses, and for the wheel's demo in CI.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from typing import Any

from tests.support import patience

PROGRAM = Path(sys.executable).with_name("sightline")
ROOT = Path(__file__).parents[2]


def alone(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the installed program."""
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, env=_environment(), timeout=patience.SECONDS, check=False
    )


def sightline(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process forked from one that has everything imported."""
    command = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")
        server = _server()
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the process that forks has no pipes")
        server.stdin.write(json.dumps({"arguments": command, "cwd": str(Path.cwd()), "out": str(out), "errors": str(errors)}) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process that forks ended with {server.wait()}")
        code = int(answer)
        if code == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(command, patience.SECONDS)
        return subprocess.CompletedProcess(command, code, out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8"))


def told(*arguments: object) -> dict[str, Any]:
    """What a command that succeeds answers with as JSON."""
    done = sightline(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTLINE_", "DJANGO_"))}


@cache
def _server() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.commands"], stdin=pipe, stdout=pipe, text=True, env=_environment(), cwd=ROOT
    )

    def stop() -> None:
        server.communicate(timeout=patience.SECONDS)

    atexit.register(stop)
    return server


def _serve() -> None:
    """Fork for each request until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _import_everything()
    for line in requests:
        child = os.fork()
        if child == 0:
            _run(json.loads(line))
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _import_everything() -> None:
    """What commands import when they are run. Nothing is opened: no ledger, no engine, no thread."""
    from sightline import app, cli  # only the process that forks needs them
    from sightline.definitions.analyses import load_analyses
    from sightline.definitions.catalogue import load_catalogue

    for package in (app, cli):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    load_catalogue()
    load_analyses()


def _run(request: dict[str, Any]) -> None:
    """Be the command, and end as it ends."""
    from sightline.cli.main import run  # only the process that forks needs it

    signal.alarm(patience.SECONDS)
    for path, number in ((request["out"], 1), (request["errors"], 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.chdir(request["cwd"])
    sys.argv = [str(PROGRAM), *request["arguments"]]
    sys.modules["__main__"].__package__ = None  # else the command calls itself by this module's name
    code = 0
    try:
        run()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
