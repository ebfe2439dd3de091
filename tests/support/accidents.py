"""Let one piece of work after another meet an accident at a step: the process is killed there, or the disk is full there.

Everything is done on an encrypted workspace. A step is a call that changes what is on the disk: a file opened to be written, made durable,
named, linked or removed, a folder made or removed, a statement or a commit of the ledger. Each work is run once to learn its steps. Then it
meets both accidents, at one step of every kind (the call, what is written there, and before or after) drawn by a fixed seed, or at all
steps where ``SIGHTLINE_EVERY_STEP`` is set. Run as ``python -m tests.support.accidents FOLDER [WORK …]``: one line of facts for each.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from sightline.app import database
from sightline.app.back_up import back_up
from sightline.app.community_bundle import export_bundle, zip_of_bundle
from sightline.app.encrypt_workspace import encrypt_workspace, rotate_storage_key
from sightline.app.encryption import default_key_file
from sightline.app.erase import agree_to_erase, ask_to_erase, asked_erasures
from sightline.app.outputs import decide_on_output, list_outputs, take_output
from sightline.app.protection_profiles import sign_profile
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.restore import restore
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.sweep import named_objects, sweep_orphans
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import MARKER, Workspace, is_workspace
from sightline.definitions.protection import profile_by_id
from sightline.errors import SightlineError
from sightline.governance.outputs import MayNotCheck
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, ObjectKind, ReleaseRecord, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.model.outputs import OutputState, Verdict
from sightline.model.releases import release_to_json
from sightline.store.backups import BackupFolder
from tests.support.attacked import clean_release
from tests.support.crash import BACKUP, LATER, _copy, in_a_process_of_its_own, say
from tests.support.outputs import HARMLESS, asked, checker, with_release
from tests.support.partnership import NOW, Q1, make_workspace, referral, use_plain_reader, write_extract

SEED = 20261121
EVERY, SOME = "SIGHTLINE_EVERY_STEP", 2
KILLED, FULL = "killed", "full"
SLOT = {"agency": "csc", "dataset": "annex_a", "period": Q1, "by": "t"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Work:
    """What is there before, what is done, and whether it is done: doing it again must finish it."""

    prepare: Callable[[Workspace, Path], None]
    do: Callable[[Path, Path], None]
    done: Callable[[Workspace], bool]


def beside(root: Path, what: str) -> Path:
    return root.with_name(f"{root.name}-{what}")


def returns(workspace: Workspace, folder: Path, *children: str) -> None:
    for name in children:
        slot = {**SLOT, "agency": "police", "dataset": "police"} if name == "P" else SLOT
        extract = write_extract(folder / f"{name}.json", referral=[referral(child) for child in name])
        submit_return(workspace, **slot, files=[extract], at=NOW)


def two_published(workspace: Workspace, folder: Path) -> None:
    returns(workspace, folder, "AB", "P")
    publish_generation(workspace, by="t", at=NOW)


def two_and_a_correction(workspace: Workspace, folder: Path) -> None:
    two_published(workspace, folder)
    returns(workspace, folder, "CD")


def to_be_erased(workspace: Workspace, folder: Path) -> None:
    two_and_a_correction(workspace, folder)
    publish_generation(workspace, by="t", at=NOW)
    gone = ReturnVersion.objects.get(state=State.SUPERSEDED)
    ask_to_erase(workspace, [gone.id], reason="sent by mistake", by="a", at=NOW)


def of_an_earlier_version(workspace: Workspace, folder: Path) -> None:
    two_published(workspace, folder)
    call_command("migrate", "ledger", "0018_erasure_of_rows", interactive=False, verbosity=0)
    marker = json.loads((workspace.root / MARKER).read_text(encoding="utf-8"))
    (workspace.root / MARKER).write_text(json.dumps(marker | {"schema": "before"}), encoding="utf-8")


def backed_up(workspace: Workspace, folder: Path) -> None:
    two_published(workspace, folder)
    back_up(workspace, to=folder / "kept-backups", keys_to=folder / "kept-keys", by="t", at=LATER)


def released(workspace: Workspace, folder: Path) -> None:
    two_published(workspace, folder)
    release = clean_release()
    digest = workspace.objects.put_bytes(release_to_json(release))
    ReleaseRecord.objects.create(
        number=1, period=release.period, digest=digest, attachments={}, generation_id=1, created_at=NOW, created_by="t"
    )
    version = profile_by_id("community", workspace.root / "partnership").version
    sign_profile(workspace, "community", version=version, note="read", by="lead", at=NOW)


def to_be_checked(workspace: Workspace, folder: Path) -> None:
    returns(workspace, folder, "AB")
    with_release(workspace, returns=(ReturnVersion.objects.get().id,))
    for name, agency in (("ann", "police"), ("bo", "education")):
        checker(name, agency)


def submit_correction(root: Path, folder: Path) -> None:
    extract = write_extract(folder / "CD.json", referral=[referral("C"), referral("D")])
    submit_return(open_workspace(root), **SLOT, files=[extract], at=LATER)


def withdraw(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if standing := ReturnVersion.objects.filter(state=State.ACCEPTED, agency="police").first():
        withdraw_return(workspace, return_id=standing.id, reason="wrong file", by="t", at=LATER)


def publish(root: Path, folder: Path) -> None:
    publish_generation(open_workspace(root), by="t", at=LATER)


def erase(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if any(each.is_open for each in asked_erasures()):
        agree_to_erase(workspace, 1, by="b", at=LATER)


def migrate(root: Path, folder: Path) -> None:
    open_workspace(root)


def back_up_once(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if not backup_names(root):
        back_up(workspace, to=beside(root, "backups"), keys_to=beside(root, "keys"), by="t", at=LATER)


def backup_names(root: Path) -> list[str]:
    return BackupFolder(beside(root, "backups")).names() if beside(root, "backups").exists() else []


def restore_once(root: Path, folder: Path) -> None:
    target = beside(root, "restored")
    if not is_workspace(target):
        kept, keys = folder / "kept-backups", folder / "kept-keys"
        restore(kept, target, keys=keys, key_file=default_key_file(root), by="t", at=LATER)


def rotate(root: Path, folder: Path) -> None:
    rotate_storage_key(open_workspace(root), by="t", at=LATER)


def hand_out(root: Path, folder: Path) -> None:
    export_bundle(open_workspace(root), folder=beside(root, "handed-out"), by="analyst", at=LATER)


def let_leave(root: Path, folder: Path) -> None:
    """From the request to the file that is taken along, each step unless it was taken."""
    workspace = open_workspace(root)
    if not list_outputs():
        asked(workspace)
    for name, agency in (("ann", "police"), ("bo", "education")):
        if list_outputs()[0].state is OutputState.WAITING:
            with suppress(MayNotCheck):  # this one has decided before
                decide_on_output(1, Verdict.RELEASE, reasons="read every line of it", by=name, agency=agency, at=NOW)
    _, _, content = take_output(workspace, 1, by="leader", at=NOW)
    if content != HARMLESS:
        raise SystemExit("other bytes left than were checked")


def states(state: State) -> int:
    return ReturnVersion.objects.filter(state=state).count()


def migrated(workspace: Workspace) -> bool:
    return json.loads((workspace.root / MARKER).read_text(encoding="utf-8"))["schema"] == database.schema_version()


def restored(workspace: Workspace) -> bool:
    """A folder that counts as a workspace is one, whole: it is opened and looked at as any."""
    target = beside(workspace.root, "restored")
    if not is_workspace(target):
        return False
    there = look(target)["accepted"]
    open_workspace(workspace.root)
    return bool(there == sorted(ReturnVersion.objects.filter(state=State.ACCEPTED).values_list("id", flat=True)))


def handed_out(workspace: Workspace) -> bool:
    with suppress(SightlineError):
        return bool(zip_of_bundle(workspace, 1))
    return False


WORKS = {
    "submit": Work(lambda w, f: returns(w, f, "P"), submit_correction, lambda w: states(State.ACCEPTED) == 2),
    "correct": Work(two_published, submit_correction, lambda w: states(State.SUPERSEDED) == 1),
    "withdraw": Work(two_published, withdraw, lambda w: states(State.WITHDRAWN) == 1),
    "publish": Work(two_and_a_correction, publish, lambda w: current_generation(w).number == 2),
    "erase": Work(to_be_erased, erase, lambda w: [each.state for each in asked_erasures()] == ["carried out"]),
    "migrate": Work(of_an_earlier_version, migrate, migrated),
    "backup": Work(two_published, back_up_once, lambda w: backup_names(w.root) == [BACKUP]),
    "restore": Work(backed_up, restore_once, restored),
    "rotate": Work(two_published, rotate, lambda w: audited("storage_key_rotated")),
    "bundle": Work(released, hand_out, handed_out),
    "outputs": Work(to_be_checked, let_leave, lambda w: audited("output_taken")),
}


def audited(action: str) -> bool:
    return AuditEvent.objects.filter(action=action).exists()


def look(root: Path) -> dict[str, Any]:
    """What a newly started process sees, after checking that all of it hangs together: chain, sums, every object, every row told."""
    return look_at(open_workspace(root))


def look_at(workspace: Workspace) -> dict[str, Any]:
    audit.verify()
    for digest in named_objects():
        workspace.objects.verify(digest)
    erased = ReturnVersion.objects.filter(state=State.ERASED)
    for part in ReturnObject.objects.filter(kind=ObjectKind.TABLE).exclude(return_version__in=erased):
        if workspace.objects.get_table(part.digest).num_rows != part.rows:
            raise SystemExit("a table has other rows than its ledger row says")
    for version in ReturnVersion.objects.all():
        if {part.kind for part in version.parts.all()} != set(ObjectKind) or version.state in (State.RECEIVED, State.VALIDATED):
            raise SystemExit(f"{version} is half there: {version.state}")
    try:
        generation = current_generation(workspace)
        published = [generation.name, sorted(generation.return_ids)]
    except SightlineError:
        published = []
    return {
        "versions": sorted((each.agency, each.version, each.state) for each in ReturnVersion.objects.all()),
        "accepted": sorted(ReturnVersion.objects.filter(state=State.ACCEPTED).values_list("id", flat=True)),
        "published": published,
        "outputs": [each.state.value for each in list_outputs()],
        "erasures": [each.state for each in asked_erasures()],
    }


# Accidents


def on_each_step(meet: Callable[[int, str, bool], None]) -> None:
    """Have ``meet`` called at every step with its number, its kind, and whether it is a step of the ledger."""
    taken = 0

    def step(kind: str, *, of_ledger: bool) -> None:
        nonlocal taken
        taken += 1
        meet(taken, kind, of_ledger)

    def around(owner: Any, name: str, told: Callable[..., str | None], *, of_ledger: bool = False) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            kind = told(*arguments)
            if kind is None:
                return original(*arguments, **options)
            step(f"before {kind}", of_ledger=of_ledger)
            result = original(*arguments, **options)
            step(f"after {kind}", of_ledger=of_ledger)
            return result

        setattr(owner, name, wrapped)

    around(os, "open", lambda path, flags=0, *_: f"open {place(path)}" if flags & _WRITING else None)
    around(io, "open", lambda path, mode="r", *_: f"open {place(path)}" if set(mode) & set("wax+") and not isinstance(path, int) else None)
    around(os, "fsync", lambda handle: f"fsync {place(Path(f'/proc/self/fd/{handle}').readlink())}")
    for name in ("replace", "rename", "link"):
        around(os, name, lambda source, target, *_, name=name: f"{name} to {place(target)}")
    for name in ("unlink", "mkdir", "rmdir"):
        around(os, name, lambda path, *_, name=name: f"{name} {place(path)}")
    around(CursorWrapper, "execute", lambda cursor, sql, *_: statement(sql), of_ledger=True)
    around(CursorWrapper, "executemany", lambda cursor, sql, *_: statement(sql), of_ledger=True)
    around(BaseDatabaseWrapper, "_commit", lambda *_: "commit", of_ledger=True)


def statement(sql: str) -> str | None:
    """What a statement changes; nothing where it only asks."""
    words = sql.split(maxsplit=1)
    return words[0] if words[0] in ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER") else None


def place(path: Any) -> str:
    """What is written there: the folder below the workspace, the backup or the target, without names that differ from run to run."""
    parts = Path(os.fspath(path)).parts if isinstance(path, str | Path) else ()
    known = [part for part in parts if part in _PLACES or part.startswith(("step-", "handed-"))]
    last = known[-1] if known else "elsewhere"
    return "workspace" if last.startswith("step-") else last


_PLACES = ("objects", "object-keys", "keys", "made", "partnership", "geography", "tmp", "reports", MARKER, "ledger.sqlite3")


def full(number: int, kind: str, of_ledger: bool) -> None:
    if of_ledger:
        raise OperationalError("database or disk is full")
    raise OSError(28, "No space left on device")


def meeting(work: Work, root: Path, folder: Path, accident: str, at: tuple[str, int] | None) -> None:
    """Do the work and meet the accident at one step; what was seen, and whether the work said that it was done.

    A step is known by its kind and by how many of that kind came before it: its number in the whole work differs from run to run, as keys
    are drawn anew each time and with them in how many folders objects lie.
    """
    kinds: list[str] = []

    def meet(number: int, kind: str, of_ledger: bool) -> None:
        kinds.append(kind)
        if at != (kind, kinds.count(kind)):
            return
        if accident == KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        if kind.startswith("before "):
            full(number, kind, of_ledger)

    database.configure(root)
    on_each_step(meet)
    try:
        work.do(root, folder)
    except (SightlineError, OSError, DatabaseError) as problem:
        # The command line makes one clear message of each; any other error would be "something unexpected".
        told = problem if isinstance(problem, SightlineError | OSError) else database.as_ledger_problem(problem)
        say(error=type(problem).__name__, says=str(told), reading=reading_goes_on(work, root))
        return
    say(done=True, kinds=[] if at else kinds)


def reading_goes_on(work: Work, root: Path) -> bool:
    """The same process reads on: nothing has to be started anew. A workspace that could not be brought up to date says so."""
    try:
        look(root)
    except SightlineError:
        return work is WORKS["migrate"]
    return True


def afterwards(work: Work, root: Path, folder: Path) -> None:
    """Look at what is there; do the work again; look; sweep; look."""
    is_migration = work is WORKS["migrate"]  # there, opening is the work
    there = None if is_migration else open_workspace(root)
    before = look_at(there) if there else {}
    was_done = bool(there and work.done(there))
    work.do(root, folder)
    there = open_workspace(root)
    again, is_done = look_at(there), work.done(there)
    removed = sweep_orphans(there, by="t", at=LATER + timedelta(days=365 * 50))
    say(before=before or again, was_done=was_done, again=again, is_done=is_done, swept=look_at(there) if removed else again)


def make(work: Work, template: Path, folder: Path) -> None:
    """The workspace that a work begins with: encrypted, its key beside the template."""
    workspace = make_workspace(folder / "made")
    encrypt_workspace(workspace, key_file=default_key_file(template), by="t", at=NOW)
    work.prepare(open_workspace(workspace.root), folder)
    connections.close_all()
    workspace.root.rename(template)


def untouched(root: Path) -> None:
    say(**look(root))


def chosen(kinds: list[str], met: set[str]) -> list[int]:
    """The steps at which the accident happens: one of each kind that no work met yet, drawn by the seed, and some more; or every one."""
    if os.environ.get(EVERY):
        return list(range(1, len(kinds) + 1))
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, kind in enumerate(kinds, 1):
        if kind not in met:
            by_kind[kind].append(number)
    met.update(by_kind)
    rng = random.Random(SEED)
    drawn = {rng.choice(numbers) for _, numbers in sorted(by_kind.items())}
    commits = [number for number, kind in enumerate(kinds, 1) if kind.endswith("commit")]
    return sorted(drawn | set(commits[-2:]) | set(rng.sample(range(1, len(kinds) + 1), min(SOME, len(kinds)))))


def run(name: str, folder: Path, met: dict[str, set[str]]) -> None:
    """One work: prepared once, run once to learn its steps, then again for each accident and step."""
    work, template = WORKS[name], folder / "template"
    folder.mkdir()
    if in_a_process_of_its_own(make, work, template, folder)[0]:
        raise SystemExit(f"the workspace for {name} could not be prepared")
    learned = _copy(template, folder / "step-0", "rotate")
    before = in_a_process_of_its_own(untouched, learned)[1] if name != "migrate" else []
    _, lines = in_a_process_of_its_own(meeting, work, learned, folder, KILLED, None)
    kinds = json.loads(lines[-1])["kinds"]
    _, facts = in_a_process_of_its_own(afterwards, work, learned, folder)
    finished = json.loads(facts[-1])
    say(
        work=name,
        steps=len(kinds),
        kinds=len(set(kinds)),
        untouched=json.loads(before[-1]) if before else finished["again"],
        finished=finished,
    )
    for accident in (KILLED, FULL):
        # A disk that is full refuses a step: there is nothing after it.
        possible = [kind if accident == KILLED or kind.startswith("before ") else "" for kind in kinds]
        for step in (number for number in chosen(possible, met[accident]) if possible[number - 1]):
            root = _copy(template, folder / f"step-{step}-{accident}", "rotate")
            at = (kinds[step - 1], kinds[:step].count(kinds[step - 1]))
            ended, lines = in_a_process_of_its_own(meeting, work, root, folder, accident, at)
            checked, facts = in_a_process_of_its_own(afterwards, work, root, folder)
            said = json.loads(lines[-1]) if lines else {}
            after = json.loads(facts[-1]) if facts else {}
            say(work=name, accident=accident, step=step, kind=kinds[step - 1], ended=ended, said=said, checked=checked, after=after)
            for left in folder.glob(f"{root.name}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def main(folder: Path, names: list[str]) -> None:
    use_plain_reader()
    met: dict[str, set[str]] = defaultdict(set)
    for name in names or WORKS:
        run(name, folder / name, met)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
