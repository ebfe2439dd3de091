"""Run one piece of work on a workspace in a process of its own, and kill that process at a chosen step.

A step is anything after which the disk may hold something new: a write made durable, a file renamed, a statement or a commit of the
ledger. Run as ``python -m tests.support.crash``; the hooks live here only, the product knows nothing of them.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from sightline.app.as_at import generation_as_at
from sightline.app.back_up import back_up
from sightline.app.encrypt_workspace import encrypt_workspace, rotate_storage_key
from sightline.app.encryption import default_key_file, find_key_file, read_encryption, write_encryption
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.restore import restore
from sightline.app.settings import LEDGER_FILE
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.sweep import named_objects, sweep_orphans
from sightline.app.withdraw_return import withdraw_return
from sightline.ledger import audit
from sightline.ledger.cipher import is_encrypted
from sightline.ledger.models import Generation, ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.store.backups import MARKER, BackupFolder
from sightline.store.storage_key import read_key_file
from tests.support import patience
from tests.support.partnership import NOW, Q1, make_workspace, referral, use_plain_reader, write_extract

LATER = NOW + timedelta(days=1)


def work(root: Path, what: str, folder: Path, acknowledge: Callable[[str], None]) -> None:
    """One piece of work, in parts that are each acknowledged: what is acknowledged must never be lost. Doing it again finishes it."""
    workspace = open_workspace(root)
    if what == "correct":
        extract = write_extract(folder / "CD.json", referral=[referral("C"), referral("D")], flag=[{"local_id": "C"}])
        request = {"agency": "csc", "dataset": "annex_a", "period": Q1, "by": "t", "at": LATER}
        acknowledge(submit_return(workspace, files=[extract], **request).return_id)
    elif what in OF_KEYS:
        encrypt_workspace(workspace, key_file=None, by="t", at=LATER)
        if what == "rotate":
            rotate_storage_key(open_workspace(root), by="t", at=LATER)
        acknowledge(what)
        return
    elif what == "backup":
        folders = {"to": _backups(root), "keys_to": root.with_name(f"{root.name}-keys")}
        if not any(name.startswith(BACKUP) for name in _made(root)):
            back_up(workspace, **folders, by="t", at=LATER)
        acknowledge(BACKUP)
        return
    elif standing := ReturnVersion.objects.filter(state=State.ACCEPTED, agency="police").first():
        withdraw_return(workspace, return_id=standing.id, reason="wrong file", by="t", at=LATER)
        acknowledge(f"withdrawn {standing.id}")
    acknowledge(publish_generation(workspace, by="t", at=LATER).name)


OF_KEYS = ("encrypt", "rotate")
BACKUP = LATER.strftime("%Y%m%dT%H%M%SZ")


def _backups(root: Path) -> Path:
    return root.with_name(f"{root.name}-backups")


def _made(root: Path) -> list[str]:
    return BackupFolder.open(_backups(root)).names() if (_backups(root) / MARKER).exists() else []


def restored(root: Path, target: Path) -> None:
    """Restore what backup there is, and look at it as at any workspace."""
    if _made(root):
        restore(_backups(root), target, keys=root.with_name(f"{root.name}-keys"), by="t", at=LATER)
        say(**look(target))


def look(root: Path) -> dict[str, Any]:
    """What a newly started process sees, after checking that all of it hangs together."""
    workspace = open_workspace(root)
    audit.verify()
    for part in ReturnObject.objects.all():
        workspace.objects.verify(part.digest)
        if part.kind == ObjectKind.TABLE and workspace.objects.get_table(part.digest).num_rows != part.rows:
            raise SystemExit("a table has other rows than its ledger row says")
    generation = current_generation(workspace)
    for version in ReturnVersion.objects.all():
        if {part.kind for part in version.parts.all()} != set(ObjectKind) or version.state not in _SETTLED:
            raise SystemExit(f"{version} is half there: {version.state}")
    return {
        "versions": sorted((v.agency, v.version, v.state) for v in ReturnVersion.objects.all()),
        "accepted": sorted(ReturnVersion.objects.filter(state=State.ACCEPTED).values_list("id", flat=True)),
        "generation": generation.name,
        "members": sorted(generation.return_ids),
        "generations": Generation.objects.count(),
        "before": sorted(generation_as_at(workspace, NOW + timedelta(hours=1)).generation.return_ids),
        "strangers": sorted(set(workspace.objects.names()) - {workspace.objects.name(digest) for digest in named_objects()}),
        "sealed": _sealed(workspace.root),
    }


def _sealed(root: Path) -> dict[str, Any]:
    """How much lies in the clear, what wraps keys, and whether the ledger can be read by whoever finds it."""
    told = read_encryption(root)
    in_the_clear = sum(not path.read_bytes().startswith(b"SLSEAL1") for path in (root / "objects").glob("??/*"))
    keys = len(read_key_file(find_key_file(root, told)).keys) if told else 0
    return {"in_the_clear": in_the_clear, "keys": keys, "ledger_in_the_clear": not is_encrypted(root / LEDGER_FILE)}


_SETTLED = (State.ACCEPTED, State.SUPERSEDED, State.WITHDRAWN)


def sweep(root: Path) -> dict[str, Any]:
    """Take the strangers away, as a sweep a year later would."""
    workspace = open_workspace(root)
    removed = sweep_orphans(workspace, by="t", at=LATER + timedelta(days=365 * 50))
    return {"removed": removed, **look(root)}


MANY_FILES = ("backup", *OF_KEYS)


def kill_at(step: int, what: str) -> Callable[[], int]:
    """Kill this process, as hard as a power cut does, when it comes to a step; the number of steps so far.

    A backup and what seals or wraps write dozens of files one after the other: after one is before the next, and each is tried once.
    """
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
            if what not in MANY_FILES:
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


def in_a_process_of_its_own(task: Callable[..., Any], *arguments: Any) -> tuple[int, list[str]]:
    """Fork, run, and give back how the process ended and what it printed. Nothing here has opened a ledger or started a thread."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write, 1)
        signal.alarm(patience.SECONDS)
        task(*arguments)
        sys.stdout.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as printed:
        lines = printed.read().splitlines()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), lines


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)  # noqa: T201 - read by the parent process


def prepare(root: Path, folder: Path, what: str) -> None:
    """What is there before the work: a return of social care and one of the police, published."""
    workspace = make_workspace(folder / "made")
    for slot, children in (({}, "AB"), ({"agency": "police", "dataset": "police"}, "P")):
        extract = write_extract(folder / f"{children}.json", referral=[referral(child) for child in children])
        submit_return(workspace, **{"agency": "csc", "dataset": "annex_a", "period": Q1} | slot, files=[extract], by="t", at=NOW)
    publish_generation(workspace, by="t", at=NOW)
    workspace.root.rename(root)
    if what == "rotate":
        work(root, "encrypt", folder, lambda name: None)


def afterwards(root: Path, what: str, folder: Path) -> None:
    """Look at what is there; do the work again; look; sweep."""
    before = look(root)
    work(root, what, folder, lambda name: None)
    again = look(root)
    say(before=before, again=again, swept={} if what in OF_KEYS else sweep(root))


def steps_to_die_at(template: Path, folder: Path, what: str) -> Iterator[int]:
    """Every step; of the long middle of work that does the same for one object after another, a quarter, which meets each kind of step.

    Keys are drawn anew each time, and with them in how many folders their objects lie: a run may take a step or two more than was counted.
    """
    if what not in OF_KEYS:
        yield from itertools.count(1)
    root = _copy(template, folder / "counted", what)
    _, lines = in_a_process_of_its_own(dying, root, what, folder, 0)
    steps = json.loads(lines[-1])["steps"]
    yield from (step for step in range(1, steps + 1) if step <= AT_EACH_END or step > steps - AT_EACH_END or step % 4 == 0)
    yield from itertools.count(steps + 1)


AT_EACH_END = 10


def _copy(template: Path, root: Path, what: str) -> Path:
    shutil.copytree(template, root)
    if what == "rotate":  # a key file of its own, beside it
        shutil.copy(default_key_file(template), default_key_file(root))
        write_encryption(root, replace(read_encryption(root), key_file=str(default_key_file(root))))
    return root


def dying(root: Path, what: str, folder: Path, step: int) -> None:
    open_workspace(root)
    steps = kill_at(step, what)
    work(root, what, folder, lambda name: say(ack=name))
    say(steps=steps())


def main(folder: Path, what: str) -> None:
    """Kill the work at its first step, then at its second, until it gets through; one line of facts for each."""
    use_plain_reader()
    template = folder / "template"
    if in_a_process_of_its_own(prepare, template, folder, what)[0]:
        raise SystemExit("the workspace could not be prepared")
    for step in steps_to_die_at(template, folder, what):
        root = _copy(template, folder / f"step-{step}", what)
        ended, lines = in_a_process_of_its_own(dying, root, what, folder, step)
        acknowledged = [json.loads(line)["ack"] for line in lines if line.startswith('{"ack"')]
        place = [line for line in lines if not line.startswith("{")]
        kept: list[Any] = []
        if what == "backup":
            code, restored_to = in_a_process_of_its_own(restored, root, folder / f"restored-{step}")
            kept = [code, *map(json.loads, restored_to)]
        checked, facts = in_a_process_of_its_own(afterwards, root, what, folder)
        say(
            step=step,
            ended=ended,
            place=place,
            acknowledged=acknowledged,
            kept=kept,
            checked=checked,
            **(json.loads(facts[-1]) if facts else {}),
        )
        shutil.rmtree(root)
        if ended == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
