"""Let one piece of work after another meet an accident at a step: the process is killed there, or the disk is full there.

Each work of `tests.support.works` is run once to learn its steps: its calls of the system that change what is on the disk, or what hooks
see of them where the kernel cannot be asked to strike. Then it meets both accidents, at one step of every kind (the call, and what is
written there) drawn by a fixed seed. ``SIGHTLINE_EVERY_STEP=1`` is at every step, ``SIGHTLINE_EVERY_STEP=7`` at every seventh. Run as
``python -m tests.support.accidents FOLDER kernel|hook [WORK …]``: one line of facts for each.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from django.db import DatabaseError

from sightline.app import database
from sightline.app.start import open_workspace
from sightline.app.sweep import sweep_orphans
from sightline.errors import SightlineError
from tests.support.crash import FULL, KILLED, Step, Struck, in_a_process_of_its_own, say
from tests.support.hooked_steps import ByHook
from tests.support.system_calls import ByKernel
from tests.support.works import LATER, WORKS, Work, look, look_at, move_key, strangers

SEED = 20261121
EVERY = "SIGHTLINE_EVERY_STEP"
SOME = {KILLED: 2, FULL: 1}
"""How many steps of each work are struck whatever their kinds."""
LONG, ONE_IN = 200, 20
ONE_IN_FOUR = 4
"""Where a full disk once left a ledger half brought up to date, which one step of a kind had not met."""
YEARS_LATER = LATER + timedelta(days=365 * 50)


class Means(Protocol):
    """How steps are learned and struck."""

    def learn(self, folder: Path, task: Any, *arguments: Any) -> list[Step]: ...
    def strike(self, folder: Path, step: Step, accident: str, task: Any, *arguments: Any) -> Struck: ...


def meeting(work: Work, root: Path, folder: Path) -> None:
    """Do the work, part by part, while the accident waits at one step: what was acknowledged, and what is said of a failure."""
    work.use_reader()
    database.configure(root)
    try:
        for number, part in enumerate(work.parts, 1):
            part(root, folder)
            say(acknowledged=number)
    except (SightlineError, OSError, DatabaseError) as problem:
        # The command line makes one clear message of each; any other error would be "something unexpected".
        told = problem if isinstance(problem, SightlineError | OSError) else database.as_ledger_problem(problem)
        hint = told.hint if isinstance(told, SightlineError) else ""
        say(error=type(problem).__name__, says=str(told), hint=hint, reading=reading_goes_on(work, root))


def reading_goes_on(work: Work, root: Path) -> bool:
    """The same process reads on: nothing has to be started anew. A workspace that could not be brought up to date says so."""
    try:
        look(root)
    except SightlineError:
        return work is WORKS["migrate"]
    return True


def afterwards(work: Work, root: Path, folder: Path) -> None:
    """Look at what is there; do the work again; look; sweep; look."""
    work.use_reader()
    work.unharmed(root)
    before = {} if work is WORKS["migrate"] else look(root)  # there, opening is the work
    work.do(root, folder)
    there = open_workspace(root)
    again, is_done = look_at(there), work.done(there)
    removed = sweep_orphans(there, by="t", at=YEARS_LATER)
    swept = look_at(there) if removed else again
    say(before=before or again, again=again, is_done=is_done, swept=swept, strangers=strangers(there))


def stages(work: Work, root: Path, folder: Path) -> None:
    """What is seen before the first part, and after each; and which modules that took."""
    work.use_reader()
    say(seen={} if work is WORKS["migrate"] else look(root))
    for part in work.parts:
        part(root, folder)
        say(seen=look(root))
    say(modules=sorted(sys.modules))


def chosen(steps: Sequence[Step], met: set[str], accident: str, *, closely: bool) -> list[Step]:
    """The steps at which an accident happens: one of each kind that no work met yet, drawn by the seed, and some more; or every one."""
    possible = [step for step in steps if accident == KILLED or step.of_room]
    if every := int(os.environ.get(EVERY, "0")):
        return list(_without_long_runs(possible))[::every]
    by_kind: dict[str, list[Step]] = defaultdict(list)
    for step in possible:
        if step.kind not in met:
            by_kind[step.kind].append(step)
    met.update(by_kind)
    rng = random.Random(SEED)
    if closely:
        return possible[::ONE_IN_FOUR]
    drawn = [rng.choice(alike) for _, alike in sorted(by_kind.items())]
    more = rng.sample(possible, min(SOME[accident], len(possible)))
    return drawn + [step for step in more if step not in drawn]


def _without_long_runs(steps: Sequence[Step]) -> Iterator[Step]:
    """Every step; where the same is done to the same file again and again, as when a ledger is copied page by page, one in `ONE_IN`."""
    for _, alike in groupby(steps, key=lambda step: step.kind):
        run = list(alike)
        yield from run if len(run) <= LONG else [*run[:ONE_IN], *run[ONE_IN:-ONE_IN:ONE_IN], *run[-ONE_IN:]]


def run(name: str, folder: Path, means: Means, met: dict[str, set[str]]) -> None:
    """One work: prepared once, run once to learn its steps, then again for each accident and step."""
    work, template = WORKS[name], folder / "template"
    folder.mkdir(parents=True)
    if in_a_process_of_its_own(work.make, template, folder)[0]:
        raise SystemExit(f"the workspace for {name} could not be prepared")
    *lines, modules = in_a_process_of_its_own(stages, work, copied(template, folder / "step-stages"), folder)[1]
    read_once(json.loads(modules)["modules"])
    learned = copied(template, folder / "step-0")
    steps = means.learn(folder, meeting, work, learned, folder)
    checked, facts = in_a_process_of_its_own(afterwards, work, learned, folder)
    if checked:
        raise SystemExit(f"{name} does not hang together without an accident")
    seen, finished = [json.loads(line)["seen"] for line in lines], json.loads(facts[-1])
    say(work=name, steps=len(steps), stages=[each or finished["again"] for each in seen], midway=work.midway, finished=finished)
    for accident in (KILLED, FULL):
        for number, step in enumerate(chosen(steps, met[accident], accident, closely=work is WORKS["migrate"] and accident == FULL), 1):
            root = copied(template, folder / f"step-{number}-{accident}")
            struck = means.strike(folder, step, accident, meeting, work, root, folder)
            checked, facts = in_a_process_of_its_own(afterwards, work, root, folder)
            said: dict[str, Any] = {"acknowledged": 0}
            for line in struck.lines:
                said |= json.loads(line)
            after = json.loads(facts[-1]) if facts else {}
            where = f"{step.kind}, {step.call} number {step.nth}"
            say(work=name, accident=accident, where=where, ended=struck.ended, met=struck.met, said=said, checked=checked, after=after)
            for left in folder.glob(f"{root.name}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def read_once(modules: Sequence[str]) -> None:
    """Read what every process needs before they part. Each that read it would open more or fewer files than the one before."""
    database.schema_version()
    for name in modules:
        with suppress(ImportError):  # made by another module, and found with it
            import_module(name)
    gc.collect()
    gc.freeze()  # none of them looks through it for garbage, which would copy all of it: a third of what a strike takes


def copied(template: Path, root: Path) -> Path:
    shutil.copytree(template, root)
    move_key(template, root)
    return root


def main(folder: Path, means: str, names: list[str]) -> None:
    met: dict[str, set[str]] = defaultdict(set)
    for name in names or WORKS:
        run(name, folder / name, ByKernel() if means == "kernel" else ByHook(), met)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
