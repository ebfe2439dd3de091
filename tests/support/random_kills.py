"""Three processes at work on one workspace, all killed at a random moment, again and again: what each acknowledged has to be there.

One hands in returns, one publishes, withdraws and erases, one makes backups, each without an end. A moment is drawn by a seed; where it
finds the processes is up to the machine. Run as ``python -m tests.support.random_kills FOLDER SEED ROUNDS``: one line of facts for each
round, and one of the end.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

from django.db.models import QuerySet

from sightline.app.back_up import back_up
from sightline.app.encryption import default_key_file
from sightline.app.erase import CUT_SHORT, agree_to_erase, ask_to_erase, asked_erasures
from sightline.app.publish_generation import publish_generation
from sightline.app.restore import restore
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.sweep import sweep_orphans
from sightline.app.withdraw_return import withdraw_return
from sightline.errors import Refused
from sightline.ledger.models import Generation, ReturnVersion
from sightline.ledger.states import State
from sightline.model.periods import Quarter, quarters_between
from tests.support.crash import forked, in_a_process_of_its_own, say
from tests.support.partnership import Q1, referral, use_plain_reader, write_extract
from tests.support.works import LATER, WORKS, backup_names, beside, look, strangers

LONGEST = 0.8
"""Seconds after which the last of them is killed: each does several pieces of work in that time."""
PERIODS = quarters_between(Quarter(2025, 2), Q1)
SENDERS = (("csc", "annex_a"), ("police", "police"))


def hand_in(root: Path, number: int) -> None:
    workspace, rng = open_workspace(root), random.Random(number)
    say(ready=True)
    for count in itertools.count():
        (agency, dataset), period = rng.choice(SENDERS), rng.choice(PERIODS)
        rows = [referral(f"{number}-{count}-{row}", period.start.isoformat()) for row in range(rng.randint(1, 5))]
        extract = write_extract(beside(root, "extracts") / f"{number}.json", referral=rows)
        receipt = submit_return(workspace, agency=agency, dataset=dataset, period=period, files=[extract], by="t", at=LATER)
        say(returned=receipt.return_id)


def change(root: Path, number: int) -> None:
    workspace, rng = open_workspace(root), random.Random(number)
    say(ready=True)
    while True:
        what = rng.choice(("publish", "withdraw", "erase"))
        with suppress(Refused):  # the other has been quicker, or there is nothing to withdraw or to erase
            if what == "publish":
                say(published=publish_generation(workspace, by="t", at=LATER).name)
            elif what == "withdraw" and (standing := list(ReturnVersion.objects.filter(state=State.ACCEPTED).values_list("id", flat=True))):
                chosen = rng.choice(sorted(standing))
                withdraw_return(workspace, return_id=chosen, reason="wrong file", by="t", at=LATER)
                say(withdrawn=chosen)
            elif what == "erase" and (gone := list(_over().values_list("id", flat=True))):
                chosen = rng.choice(sorted(gone))
                asked = ask_to_erase(workspace, [chosen], reason="sent by mistake", by="a", at=LATER)
                agree_to_erase(workspace, asked.number, by="b", at=LATER)
                say(erased=chosen)


def keep(root: Path, number: int) -> None:
    workspace = open_workspace(root)
    say(ready=True)
    for count in itertools.count():
        at = LATER + timedelta(hours=number, seconds=count)
        made = back_up(workspace, to=beside(root, "backups"), keys_to=beside(root, "keys"), by="t", at=at)
        if made.lost:
            raise SystemExit(f"what was erased while backup {made.name} was made is told as lost")
        say(kept=made.name)


def _over() -> QuerySet[ReturnVersion]:
    return ReturnVersion.objects.filter(state__in=(State.SUPERSEDED, State.WITHDRAWN))


def check(root: Path, acknowledged: dict[str, list[str]]) -> None:
    """All hangs together, and everything that was ever acknowledged is there."""
    look(root)
    states = dict(ReturnVersion.objects.values_list("id", "state"))
    names = {str(each) for each in Generation.objects.all()}
    lost = [id for id in acknowledged["returned"] if id not in states]
    lost += [id for id in acknowledged["withdrawn"] if states[id] not in (State.WITHDRAWN, State.ERASED)]
    lost += [id for id in acknowledged["erased"] if states[id] != State.ERASED]
    lost += sorted(set(acknowledged["published"]) - names)
    lost += sorted(set(acknowledged["kept"]) - set(backup_names(root)))
    say(lost=lost)


def finish(root: Path, seed: int) -> None:
    """Do what was cut short, sweep, and restore a backup drawn, and the newest: it ends as the workspace, and nothing is left over."""
    workspace = open_workspace(root)
    for each in asked_erasures():
        if each.state == CUT_SHORT:
            agree_to_erase(workspace, each.number, by="b", at=LATER)
    extract = write_extract(beside(root, "extracts") / "last.json", referral=[referral("last")])
    submit_return(workspace, agency="csc", dataset="annex_a", period=Q1, files=[extract], by="t", at=LATER)
    publish_generation(workspace, by="t", at=LATER)
    sweep_orphans(workspace, by="t", at=LATER + timedelta(days=365 * 50))
    left = strangers(workspace)
    back_up(workspace, to=beside(root, "backups"), keys_to=beside(root, "keys"), by="t", at=LATER + timedelta(days=999))
    target, there, drawn = beside(root, "restored"), look(root), random.Random(seed).choice(backup_names(root))
    where = {"keys": beside(root, "keys"), "key_file": default_key_file(root)}
    restore(beside(root, "backups"), beside(root, "restored-earlier"), name=drawn, **where, by="t", at=LATER)
    restore(beside(root, "backups"), target, **where, by="t", at=LATER)
    say(strangers=left, restored=look(target) == there, returns=len(there["versions"]))


def main(folder: Path, seed: int, rounds: int) -> None:
    use_plain_reader()
    rng, root = random.Random(seed), folder / "workspace-of-many"
    if in_a_process_of_its_own(WORKS["correct"].make, root, folder)[0]:
        raise SystemExit("the workspace could not be prepared")
    acknowledged: dict[str, list[str]] = {what: [] for what in ("returned", "published", "withdrawn", "erased", "kept")}
    for number in range(1, rounds + 1):
        with ExitStack() as stack:
            workers = [stack.enter_context(forked(task, root, number)) for task in (hand_in, change, keep)]
            for worker in workers:
                worker.printed.readline()  # it has opened the workspace
            begun = time.monotonic()
            for moment, worker in sorted(zip((rng.uniform(0, LONGEST) for _ in workers), workers, strict=True), key=lambda each: each[0]):
                time.sleep(max(0.0, begun + moment - time.monotonic()))
                worker.kill()
            ended = [worker.ended() for worker in workers]
        for _, lines in ended:
            for line in lines:
                for what, name in json.loads(line).items():
                    acknowledged[what].append(name)
        checked, facts = in_a_process_of_its_own(check, root, acknowledged)
        counts = {what: len(names) for what, names in acknowledged.items()}
        say(round=number, ended=[code for code, _ in ended], checked=checked, **counts, **(json.loads(facts[-1]) if facts else {}))
    checked, facts = in_a_process_of_its_own(finish, root, seed)
    say(finished=checked, **(json.loads(facts[-1]) if facts else {}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
