"""An erasure and a return of the very same bytes in the same instant: whatever the order, nothing that was acknowledged is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sightline.app import erase, submit_return
from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.erase import DONE, agree_to_erase, ask_to_erase, asked_erasures
from sightline.app.publish_generation import publish_generation
from sightline.app.sealed_keys import copy_sealed_keys
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import Workspace
from sightline.ledger.models import ObjectKind, ReturnVersion
from sightline.ledger.present import ObjectsErased
from sightline.ledger.states import State
from sightline.store import ObjectStore
from sightline.store.backups import BackupFolder
from sightline.store.vault import Vault
from tests.support.partnership import NOW, referral, submit

LATER = NOW + timedelta(days=2)


@pytest.fixture(params=["sealed", "in the clear"])
def store(request, workspace: Workspace) -> Workspace:
    if request.param == "in the clear":
        return workspace
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    return open_workspace(workspace.root)


@pytest.fixture
def asked(store: Workspace, tmp_path: Path) -> int:
    return a_withdrawn_return(store, tmp_path)


def a_withdrawn_return(store: Workspace, tmp_path: Path) -> int:
    """The number of an erasure of a return that was withdrawn."""
    receipt = submit(store, tmp_path, referral=[referral("A1")])
    submit(store, tmp_path, agency="police", dataset="police", referral=[referral("P1")])
    withdraw_return(store, return_id=receipt.return_id, reason="wrong", by="t", at=NOW + timedelta(hours=1))
    publish_generation(store, by="t", at=NOW + timedelta(hours=2))
    return ask_to_erase(store, [receipt.return_id], reason="the agency asked", by="ann", at=LATER).number


def hand_in(store: Workspace, tmp_path: Path):
    return submit(store, tmp_path, at=LATER, referral=[referral("A1")])


def held(receipt) -> ReturnVersion:
    return ReturnVersion.objects.get(id=receipt.return_id)


def raw_of(version: ReturnVersion) -> str:
    return version.parts.get(kind=ObjectKind.RAW).digest


@pytest.mark.parametrize("step", ["_read", "_store_files", "_store_tables", "NewReturn"])
def test_an_erasure_at_any_moment_of_a_submission_loses_nothing_of_it(store, asked, tmp_path, monkeypatch, step):
    original = getattr(submit_return, step)

    def erased_first(*arguments, **options):
        monkeypatch.setattr(submit_return, step, original)
        assert agree_to_erase(store, asked, by="ben", at=LATER).state == "carried out"
        return original(*arguments, **options)

    monkeypatch.setattr(submit_return, step, erased_first)
    try:
        receipt = hand_in(store, tmp_path)
    except ObjectsErased:
        assert step in ("_store_tables", "NewReturn"), "objects written after the erasure are there"
        receipt = hand_in(store, tmp_path)

    assert held(receipt).state == State.ACCEPTED
    assert all(store.objects.is_sound(digest) for digest in named_objects())


def test_what_is_handed_in_again_before_the_destroying_keeps_the_bytes_it_shares(store, asked, tmp_path, monkeypatch):
    original, received = erase._destroy, []

    def handed_in_first(*arguments, **options):
        received.append(hand_in(store, tmp_path))
        return original(*arguments, **options)

    monkeypatch.setattr(erase, "_destroy", handed_in_first)

    agree_to_erase(store, asked, by="ben", at=LATER)

    again, gone = held(received[0]), ReturnVersion.objects.get(state=State.ERASED)
    assert raw_of(again) == raw_of(gone)
    assert store.objects.is_sound(raw_of(again))
    assert not any(store.objects.has(part.digest) for part in gone.parts.exclude(kind=ObjectKind.RAW))


@pytest.mark.parametrize("destroyed", range(3))
def test_bytes_written_between_two_destructions_are_there_or_are_told_of(store, asked, tmp_path, monkeypatch, destroyed):
    """What a submission does before its turn in the ledger comes: its objects are written while an erasure destroys."""
    gone = ReturnVersion.objects.get(state=State.WITHDRAWN)
    content, alone, turns = store.objects.get_bytes(raw_of(gone)), ObjectStore.alone, 0
    monkeypatch.setattr(erase, "AT_ONCE", 1)

    def written_before(objects):
        nonlocal turns
        if turns == destroyed:
            objects.put_bytes(content)
        turns += 1
        return alone(objects)

    monkeypatch.setattr(ObjectStore, "alone", written_before)
    agree_to_erase(store, asked, by="ben", at=LATER)

    assert asked_erasures()[0].state == "carried out"
    assert store.objects.is_there(raw_of(gone)) == store.objects.is_sound(raw_of(gone)), "there means that it can be opened"


def test_an_object_whose_key_alone_is_gone_is_not_there_and_is_written_anew(workspace):
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    objects = open_workspace(workspace.root).objects
    digest = objects.put_bytes(b"a file")
    objects.vault.destroy(objects.name(digest))

    assert objects.has(digest)
    assert not objects.is_there(digest)
    objects.put_bytes(b"a file")
    assert objects.is_there(digest)
    assert objects.is_sound(digest)


def test_a_backup_does_without_an_object_that_is_erased_as_it_is_taken(store, asked, tmp_path, monkeypatch):
    digest = raw_of(ReturnVersion.objects.get(state=State.WITHDRAWN))
    is_sound = ObjectStore.is_sound

    def then_erased(objects, digest):
        sound = is_sound(objects, digest)
        monkeypatch.undo()
        agree_to_erase(store, asked, by="ben", at=LATER)
        return sound

    monkeypatch.setattr(ObjectStore, "is_sound", then_erased)
    folder = BackupFolder.make(tmp_path / "backups")

    assert folder.take(digest, store.objects, {}) is None
    assert asked_erasures()[0].state == DONE


def test_a_backup_does_without_a_key_that_is_destroyed_as_keys_are_copied(workspace, tmp_path, monkeypatch):
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    sealed = open_workspace(workspace.root)
    number = a_withdrawn_return(sealed, tmp_path)
    names = Vault.names

    def then_erased(vault):
        listed = list(names(vault))
        monkeypatch.undo()
        agree_to_erase(sealed, number, by="ben", at=LATER)
        return iter(listed)

    monkeypatch.setattr(Vault, "names", then_erased)
    kept = tmp_path / "keys" / copy_sealed_keys(sealed, tmp_path / "keys")

    assert sealed.objects.vault is not None
    assert {path.name for path in kept.glob("object-keys/??/*")} == set(sealed.objects.vault.names())
    assert asked_erasures()[0].state == DONE
