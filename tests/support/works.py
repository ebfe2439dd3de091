"""Pieces of work that an accident may strike: what is there before each, its acknowledged parts, and what somebody sees who looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections

from sightline.app import database
from sightline.app.as_at import generation_as_at
from sightline.app.back_up import back_up
from sightline.app.community_bundle import export_bundle, zip_of_bundle
from sightline.app.encrypt_workspace import encrypt_workspace, rotate_storage_key
from sightline.app.encryption import default_key_file, read_encryption, write_encryption
from sightline.app.erase import DONE, agree_to_erase, ask_to_erase, ask_to_erase_person, asked_erasures
from sightline.app.outputs import decide_on_output, list_outputs, take_output
from sightline.app.protection_profiles import sign_profile
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.restore import restore
from sightline.app.settings import LEDGER_FILE
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.sweep import named_objects
from sightline.app.take_rotation import take_rotation
from sightline.app.token_keys import register_key
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import MARKER, Workspace, is_workspace
from sightline.definitions.protection import profile_by_id
from sightline.errors import SightlineError
from sightline.governance.outputs import MayNotCheck
from sightline.ledger import audit
from sightline.ledger.cipher import is_encrypted
from sightline.ledger.models import AuditEvent, ObjectKind, ReleaseRecord, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.ledger.token_key_models import TokenRotation
from sightline.ledger.token_keys import registered_keys
from sightline.model.outputs import OutputState, Verdict
from sightline.model.releases import release_to_json
from sightline.store.backups import BackupFolder
from tests.support.attacked import clean_release
from tests.support.changing_keys import AGENCIES, IDS, Q4, SPRING, WINTER, Agencies, link_all, new_workspace, send
from tests.support.changing_keys import Q1 as NEXT_QUARTER
from tests.support.outputs import HARMLESS, asked, checker, with_release
from tests.support.partnership import NOW, Q1, make_workspace, referral, use_plain_reader, write_extract

LATER = NOW + timedelta(days=1)
BACKUP = LATER.strftime("%Y%m%dT%H%M%SZ")
SLOT = {"agency": "csc", "dataset": "annex_a", "period": Q1, "by": "t"}
_SEALED = b"SLSEAL1"

Part = Callable[[Path, Path], None]


def beside(root: Path, what: str) -> Path:
    return root.with_name(f"{root.name}-{what}")


@dataclass(frozen=True)
class Work:
    """What is there before; the parts, each acknowledged when it is done; and whether all is done: doing it again must finish it.

    ``midway`` are facts that may be seen within a part. ``unharmed`` fails where something else than the workspace was left half made.
    """

    prepare: Callable[[Workspace, Path], None]
    parts: tuple[Part, ...]
    done: Callable[[Workspace], bool]
    midway: Mapping[str, list[list[str]]] = field(default_factory=dict)
    unharmed: Callable[[Path], None] = lambda root: None
    is_sealed: bool = True
    with_tokens: bool = False
    """Agencies send packages of tokens, as they are made and read; elsewhere extracts are read by a reader of the tests."""

    def make(self, template: Path, folder: Path) -> None:
        """The workspace that the work begins with, its key beside it."""
        self.use_reader()
        workspace = new_workspace(folder) if self.with_tokens else make_workspace(folder / "made")
        if self.is_sealed:
            encrypt_workspace(workspace, key_file=default_key_file(template), by="t", at=NOW)
        self.prepare(open_workspace(workspace.root), folder)
        connections.close_all()
        workspace.root.rename(template)

    def use_reader(self) -> None:
        if not self.with_tokens:
            use_plain_reader()

    def do(self, root: Path, folder: Path) -> None:
        for part in self.parts:
            part(root, folder)


# What is there before


def agencies_of(folder: Path) -> Agencies:
    return Agencies(folder / "agencies")


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


def tokens_under_one_key(workspace: Workspace, folder: Path) -> None:
    """Three agencies have sent tokens, and have made the files that lead to the next key."""
    agencies = agencies_of(folder)
    agencies.folder.mkdir()
    for agency in AGENCIES:
        send(workspace, agencies.package(agency, Q4, "first"), agency, Q4, at=WINTER)
        agencies.rotation(agency, Q4, "first", "second")


def person_under_two_keys(workspace: Workspace, folder: Path) -> None:
    """Somebody of whom one agency told under two keys, with the rotation files between them; linked, and to be erased."""
    agencies = agencies_of(folder)
    tokens_under_one_key(workspace, folder)
    for part in NEXT_KEY:
        part(workspace.root, folder)
    send(workspace, agencies.package("csc", NEXT_QUARTER, "second"), "csc", NEXT_QUARTER, at=SPRING)
    link_all(workspace, at=SPRING)
    number = agencies.stand_ins("csc", NEXT_QUARTER, "second")[0]
    ask_to_erase_person(workspace, "csc", number, reason="an order of the court", by="a", at=NOW)


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


# What is done


def submit_correction(root: Path, folder: Path) -> None:
    extract = write_extract(beside(root, "CD.json"), referral=[referral("C"), referral("D")])
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


def link(root: Path, folder: Path) -> None:
    link_all(open_workspace(root), at=LATER)


def migrate(root: Path, folder: Path) -> None:
    open_workspace(root)


def encrypt(root: Path, folder: Path) -> None:
    encrypt_workspace(open_workspace(root), key_file=None, by="t", at=LATER)


def rotate(root: Path, folder: Path) -> None:
    rotate_storage_key(open_workspace(root), by="t", at=LATER)


def announce_key(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if IDS["second"] not in [key.key_id for key in registered_keys()]:
        register_key(workspace, IDS["second"], from_date=SPRING.date(), by="t", at=WINTER)


def take_file_of(agency: str) -> Part:
    def take(root: Path, folder: Path) -> None:
        take_rotation(open_workspace(root), agencies_of(folder).rotation(agency, Q4, "first", "second"), by="t", at=WINTER)

    return take


NEXT_KEY: tuple[Part, ...] = (announce_key, *(take_file_of(agency) for agency in AGENCIES))


def back_up_once(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if not backup_names(root):
        back_up(workspace, to=beside(root, "backups"), keys_to=beside(root, "keys"), by="t", at=LATER)


def restore_once(root: Path, folder: Path) -> None:
    target = beside(root, "restored")
    if not is_workspace(target):
        kept, keys = folder / "kept-backups", folder / "kept-keys"
        restore(kept, target, keys=keys, key_file=default_key_file(root), by="t", at=LATER)


def hand_out(root: Path, folder: Path) -> None:
    export_bundle(open_workspace(root), folder=beside(root, "handed-out"), by="analyst", at=LATER)


def ask_to_leave(root: Path, folder: Path) -> None:
    workspace = open_workspace(root)
    if not list_outputs():
        asked(workspace)


def let_leave(name: str, agency: str) -> Part:
    def decide(root: Path, folder: Path) -> None:
        workspace = open_workspace(root)
        if list_outputs()[0].state is OutputState.WAITING:
            with suppress(MayNotCheck):  # this one has decided before
                decide_on_output(workspace, 1, Verdict.RELEASE, reasons="read every line of it", by=name, agency=agency, at=NOW)

    return decide


def take_along(root: Path, folder: Path) -> None:
    _, _, content = take_output(open_workspace(root), 1, by="leader", at=NOW)
    if content != HARMLESS:
        raise SystemExit("other bytes left than were checked")


# Whether it is done


def states(state: State) -> int:
    return ReturnVersion.objects.filter(state=state).count()


def migrated(workspace: Workspace) -> bool:
    return json.loads((workspace.root / MARKER).read_text(encoding="utf-8"))["schema"] == database.schema_version()


def encrypted(workspace: Workspace) -> bool:
    """Nothing lies in the clear any more: no object, and not the ledger."""
    objects = (workspace.root / "objects").glob("??/*")
    return is_encrypted(workspace.root / LEDGER_FILE) and all(path.read_bytes().startswith(_SEALED) for path in objects)


def backup_names(root: Path) -> list[str]:
    return BackupFolder(beside(root, "backups")).names() if beside(root, "backups").exists() else []


def whole_backup(root: Path) -> None:
    """A backup that is listed can be restored, and holds what the workspace holds."""
    if backup_names(root):
        target = beside(root, "from-backup")
        restore(beside(root, "backups"), target, keys=beside(root, "keys"), key_file=default_key_file(root), by="t", at=LATER)
        there = look(target)
        if there != look(root):
            raise SystemExit("a backup holds other things than its workspace")


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


def erased(workspace: Workspace) -> bool:
    return [each.state for each in asked_erasures()] == [DONE]


def rotations() -> list[list[str]]:
    """What files that lead from one key of tokens to the next were taken in."""
    return sorted(list(each) for each in TokenRotation.objects.values_list("return_version__agency", "old_key", "new_key"))


def audited(action: str) -> bool:
    return AuditEvent.objects.filter(action=action).exists()


CUT_SHORT = {"erasures": [["agreed, not carried out to the end"]]}
WORKS = {
    "submit": Work(lambda w, f: returns(w, f, "P"), (submit_correction,), lambda w: states(State.ACCEPTED) == 2),
    "correct": Work(two_published, (submit_correction,), lambda w: states(State.SUPERSEDED) == 1),
    "withdraw": Work(two_published, (withdraw,), lambda w: states(State.WITHDRAWN) == 1),
    "publish": Work(two_and_a_correction, (publish,), lambda w: current_generation(w).number == 2),
    "erase": Work(to_be_erased, (erase,), erased, midway=CUT_SHORT),
    "erase_person": Work(person_under_two_keys, (erase, publish, link, erase), erased, midway=CUT_SHORT, with_tokens=True),
    "migrate": Work(of_an_earlier_version, (migrate,), migrated),
    "encrypt": Work(two_published, (encrypt,), encrypted, is_sealed=False),
    "rotate": Work(two_published, (rotate,), lambda w: audited("storage_key_rotated")),
    "next_token_key": Work(tokens_under_one_key, NEXT_KEY, lambda w: len(rotations()) == len(AGENCIES), with_tokens=True),
    "backup": Work(two_published, (back_up_once,), lambda w: backup_names(w.root) == [BACKUP], unharmed=whole_backup),
    "restore": Work(backed_up, (restore_once,), restored),
    "bundle": Work(released, (hand_out,), handed_out),
    "outputs": Work(
        to_be_checked,
        (ask_to_leave, let_leave("ann", "police"), let_leave("bo", "education"), take_along),
        lambda w: audited("output_taken"),
    ),
}


# What is seen


def look(root: Path) -> dict[str, Any]:
    """What a newly started process sees, after checking that all of it hangs together: chain, sums, every object, every row told."""
    return look_at(open_workspace(root))


def look_at(workspace: Workspace) -> dict[str, Any]:
    audit.verify()
    for digest in named_objects():
        workspace.objects.verify(digest)
    gone = ReturnVersion.objects.filter(state=State.ERASED)
    for part in ReturnObject.objects.filter(kind=ObjectKind.TABLE).exclude(return_version__in=gone):
        if workspace.objects.get_table(part.digest).num_rows != part.rows:
            raise SystemExit("a table has other rows than its ledger row says")
    for version in ReturnVersion.objects.all():
        whole = version.state not in (State.RECEIVED, State.VALIDATED) and ObjectKind.TABLE in {part.kind for part in version.parts.all()}
        if not whole:
            raise SystemExit(f"{version} is half there: {version.state}")
    try:
        generation = current_generation(workspace)
        published = [generation.name, sorted(generation.return_ids)]
        as_at = sorted(generation_as_at(workspace, NOW + timedelta(hours=1)).generation.return_ids)
    except SightlineError:
        published, as_at = [], []
    return {
        "versions": sorted((each.agency, each.period, each.version, each.state) for each in ReturnVersion.objects.all()),
        "accepted": sorted(ReturnVersion.objects.filter(state=State.ACCEPTED).values_list("id", flat=True)),
        "published": published,
        "as_at": as_at,
        "outputs": [each.state.value for each in list_outputs()],
        "erasures": [each.state for each in asked_erasures()],
        "keys": [[key.key_id for key in registered_keys()], rotations()],
    }


def strangers(workspace: Workspace) -> list[str]:
    """Objects that no row of the ledger names."""
    named = {workspace.objects.name(digest) for digest in named_objects()}
    return sorted(set(workspace.objects.names()) - named)


def move_key(template: Path, root: Path) -> None:
    """Give the copy of an encrypted workspace a key file of its own, beside it."""
    if told := read_encryption(root):
        default_key_file(root).write_bytes(default_key_file(template).read_bytes())
        write_encryption(root, replace(told, key_file=str(default_key_file(root))))
