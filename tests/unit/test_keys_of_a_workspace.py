"""A workspace's keys: where they are found, what is said when they are not, and each step of encrypting, rotating and splitting."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.app import database, encryption, ledger_key
from sightline.app.encrypt_workspace import encrypt_workspace, join_storage_key, rotate_storage_key, split_storage_key
from sightline.app.encryption import Encryption, EncryptionUnreadable, Progress, read_encryption, write_encryption
from sightline.app.workspace import Workspace
from sightline.errors import EnvironmentProblem, InputRefused, Refused
from sightline.ledger import cipher
from sightline.ledger.models import AuditEvent
from sightline.privacy.keyed import KeyUnusable, read_key
from sightline.store.storage_key import StorageKeyMissing, new_storage_key, read_key_file
from sightline.store.vault import Vault
from tests.support.partnership import NOW, referral

ACT = {"by": "admin", "at": NOW}


@pytest.fixture(autouse=True)
def _the_ledger_of_the_test_run_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies in no workspace, and is not to be closed; encrypting one is tested below, and by commands."""
    monkeypatch.setattr(database, "seal_ledger", lambda root: False)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "medium" / "key"


@pytest.fixture
def sealed(workspace: Workspace, submit, key_file: Path) -> Workspace:
    submit(referral=[referral("A1")])
    encrypt_workspace(workspace, key_file=key_file, **ACT)
    return Workspace.open(workspace.root)


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Path, Encryption]:
    """A folder with the keys of an encrypted workspace, and nothing else."""
    root = tmp_path / "root"
    (root / "keys").mkdir(parents=True)
    return root, encryption.begin_encryption(root, encryption.default_key_file(root), state=Progress.DONE)


@pytest.fixture
def without_cipher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)


def plain_ledger(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute("create table told (word)")
        made.execute("insert into told values ('Zebedee')")
        made.commit()
    return path


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


# Encrypting, rotating, splitting.


def test_encrypting_seals_what_is_named_and_what_is_not_and_takes_away_what_work_left_behind(workspace, submit, key_file):
    submit(referral=[referral("A1")])
    stranger = workspace.objects.put_bytes(b"work that was cut short")
    root = workspace.root
    (root / "objects" / "incoming-1").write_bytes(b"half")
    (root / "tmp" / "upload").write_bytes(b"half")
    (root / "tmp" / "folder").mkdir()
    seen: list[tuple[str, int, int]] = []

    done = encrypt_workspace(workspace, key_file=key_file, progress=lambda *told: seen.append(told), **ACT)

    assert (done.objects, done.key_file, done.ledger) == (len(seen), key_file, False)
    assert [one[1] for one in seen] == list(range(1, done.objects + 1))
    assert not (root / "objects" / "incoming-1").exists()
    assert [path.name for path in (root / "tmp").iterdir()] == ["folder"]
    opened = Workspace.open(root).objects
    assert opened.get_bytes(stranger) == b"work that was cut short"
    assert read_encryption(root).state is Progress.DONE
    again = encrypt_workspace(Workspace.open(root), key_file=None, **ACT)
    assert (again.objects, actions().count("workspace_encrypted")) == (0, 1)


def test_the_storage_key_goes_beside_the_workspace_unless_a_place_is_named(workspace):
    assert encrypt_workspace(workspace, key_file=None, **ACT).key_file == encryption.default_key_file(workspace.root)


def test_what_is_damaged_is_not_sealed(workspace, submit, key_file):
    submit(referral=[referral("A1")])
    next(path for path in (workspace.root / "objects").glob("??/*")).write_bytes(b"other")

    with pytest.raises(Refused, match="1 objects are damaged or missing"):
        encrypt_workspace(workspace, key_file=key_file, **ACT)
    assert read_encryption(workspace.root) is None


def test_after_a_rotation_everything_opens_with_the_new_key_alone_also_for_who_had_it_open(sealed, key_file):
    before, names = read_key_file(key_file), list(sealed.objects.vault.names())
    keys = {name: sealed.objects.vault.key(name) for name in names}

    told = rotate_storage_key(sealed, **ACT)

    assert read_key_file(key_file).id == told == read_encryption(sealed.root).key_id != before.id
    assert not read_key_file(key_file).is_rotating
    assert {name: sealed.objects.vault.key(name) for name in names} == keys
    assert actions()[-1] == "storage_key_rotated"


def test_a_rotation_that_was_cut_short_goes_on_with_the_key_that_it_had_made(sealed, key_file):
    both = read_key_file(key_file).with_new()
    encryption.write_key_file(key_file, both)
    vault = encryption.open_vault(sealed.root, read_encryption(sealed.root))
    first = next(vault.names())
    assert vault.rewrap(first) is True
    assert vault.rewrap(first) is False

    assert rotate_storage_key(sealed, **ACT) == both.id
    assert read_key_file(key_file) == both.newest_only()


def test_damaged_keys_of_objects_stop_a_rotation_and_nothing_is_changed(sealed, key_file):
    vault, before = sealed.objects.vault, key_file.read_bytes()
    vault.path(next(vault.names())).write_bytes(b"other")

    with pytest.raises(Refused, match="1 keys of objects are damaged"):
        rotate_storage_key(sealed, **ACT)
    assert key_file.read_bytes() == before


def test_custodians_get_parts_that_make_the_key_again_in_a_new_file(sealed, key_file, tmp_path):
    paths = [tmp_path / name / "part" for name in ("council", "police")]

    assert split_storage_key(sealed, [("council", paths[0]), ("police", paths[1])], **ACT) == paths
    assert join_storage_key((paths[0], paths[1]), tmp_path / "new" / "key") == read_key_file(key_file)
    assert actions()[-1] == "storage_key_split"
    for path in (paths[0], sealed.root / "part"):
        with pytest.raises(InputRefused, match="over another file, or into the workspace"):
            split_storage_key(sealed, [("council", path), ("health", tmp_path / "third")], **ACT)
    with pytest.raises(InputRefused, match="a file of that name"):
        join_storage_key((paths[0], paths[1]), key_file)
    with pytest.raises(InputRefused, match="cannot be read"):
        join_storage_key((paths[0], tmp_path / "absent"), tmp_path / "other")


@pytest.mark.parametrize("do", [rotate_storage_key, lambda workspace, **act: split_storage_key(workspace, [], **act)])
def test_only_a_workspace_that_is_wholly_encrypted_has_a_key_to_change(workspace, key_file, do):
    with pytest.raises(Refused, match="not encrypted"):
        do(workspace, **ACT)
    encryption.begin_encryption(workspace.root, key_file, state=Progress.MOVING)
    with pytest.raises(Refused, match="is being encrypted"):
        do(workspace, **ACT)


# Where keys are.


def test_a_workspace_that_says_nothing_is_in_the_clear_unless_it_has_keys_of_objects(tmp_path):
    assert read_encryption(tmp_path) is None
    assert encryption.open_store(tmp_path).vault is None
    (tmp_path / "object-keys").mkdir()
    with pytest.raises(EncryptionUnreadable, match="is missing"):
        read_encryption(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"state": "done", "key_id": "", "key_file": ""}', '{"state": "half"}'])
def test_what_says_how_it_is_encrypted_is_held_to_its_form(tmp_path, content):
    (tmp_path / encryption.FILE).write_text(content)

    with pytest.raises(EncryptionUnreadable, match="cannot be read"):
        read_encryption(tmp_path)


def test_the_key_is_looked_for_where_it_is_named_then_where_it_was_put_then_beside(begun, tmp_path, monkeypatch):
    root, told = begun
    beside = encryption.default_key_file(root)

    assert encryption.find_key_file(root, told) == beside
    assert encryption.find_key_file(root, replace(told, key_file=str(tmp_path / "gone"))) == beside
    moved = beside.rename(tmp_path / "moved")
    assert encryption.find_key_file(root, replace(told, key_file=str(moved))) == moved
    monkeypatch.setenv(encryption.KEY_FILE_VARIABLE, str(tmp_path / "named"))
    assert encryption.find_key_file(root, told) == tmp_path / "named"


def test_another_workspaces_key_opens_nothing(begun):
    root, told = begun
    encryption.write_key_file(encryption.default_key_file(root), new_storage_key())

    with pytest.raises(StorageKeyMissing, match="not the storage key of this workspace"):
        encryption.open_store(root)
    assert told.key_id


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"SLWRAP1\n" + bytes(60))])
def test_a_key_of_the_workspace_that_is_gone_or_another_is_told(begun, spoil):
    root, told = begun
    path = root / "keys" / encryption.NAMING
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(EncryptionUnreadable, match="naming key is missing or damaged"):
        encryption.open_vault(root, told)
    spoil(path)
    with pytest.raises((EncryptionUnreadable, StorageKeyMissing)):
        encryption.open_vault(root, told)


def test_encrypting_begun_again_goes_on_with_the_keys_that_are_there(begun):
    root, told = begun
    kept = {name: (root / "keys" / name).read_bytes() for name in encryption.WRAPPED}

    assert encryption.begin_encryption(root, encryption.default_key_file(root), state=Progress.DONE) == told
    assert {name: (root / "keys" / name).read_bytes() for name in encryption.WRAPPED} == kept


def test_the_key_is_not_put_into_the_workspace_or_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Refused, match="within the workspace"):
        encryption.begin_encryption(tmp_path, tmp_path / "key", state=Progress.MOVING)
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        encryption.begin_encryption(tmp_path / "root", tmp_path / "file" / "key", state=Progress.MOVING)


def test_a_key_of_the_workspace_is_wrapped_anew_once(begun):
    root, _ = begun
    path = root / "keys" / encryption.LEDGER
    both = read_key_file(encryption.default_key_file(root)).with_new()
    secret = both.unwrap(path.read_bytes(), about=b"workspace key ledger")

    encryption.rewrap(root, encryption.LEDGER, both)
    wrapped = path.read_bytes()
    encryption.rewrap(root, encryption.LEDGER, both)

    assert path.read_bytes() == wrapped
    assert encryption.read_wrapped(root, encryption.LEDGER, both.newest_only()) == secret


# The ledger.


def test_a_ledger_is_plain_encrypted_or_not_there_yet(tmp_path):
    ledger = tmp_path / "ledger"
    assert cipher.is_encrypted(ledger) is None
    ledger.write_bytes(b"")
    assert cipher.is_encrypted(ledger) is None
    assert cipher.encrypt_ledger(ledger, b"k" * 32) is False
    assert cipher.is_encrypted(plain_ledger(ledger)) is False

    assert cipher.encrypt_ledger(ledger, b"k" * 32) is True

    assert cipher.is_encrypted(ledger) is True
    assert b"Zebedee" not in ledger.read_bytes()
    assert cipher.encrypt_ledger(ledger, b"k" * 32) is False
    with closing(cipher.connect(key=b"k" * 32, database=str(ledger))) as opened:
        assert opened.execute("select word from told").fetchone() == ("Zebedee",)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger"]


def test_a_ledger_that_cannot_be_read_stays_as_it_is(tmp_path):
    ledger = tmp_path / "ledger"
    ledger.write_bytes(plain_ledger(ledger).read_bytes()[:100] + b"\xff" * 5000)
    before = ledger.read_bytes()

    with pytest.raises(EnvironmentProblem, match="The ledger cannot be encrypted"):
        cipher.encrypt_ledger(ledger, b"k" * 32)
    assert ledger.read_bytes() == before


def test_without_the_program_no_ledger_is_encrypted_and_an_encrypted_one_is_told(begun, without_cipher):
    root, _ = begun
    ledger = root / "ledger"

    assert not cipher.is_available()
    assert ledger_key.ledger_key(root, ledger) is None
    assert ledger_key.seal_ledger(root, plain_ledger(ledger)) is False
    ledger.write_bytes(b"sealed bytes that are no plain ledger")
    with pytest.raises(cipher.CipherMissing):
        ledger_key.ledger_key(root, ledger)


def test_the_ledger_of_an_encrypted_workspace_is_encrypted_and_no_plain_one_is_taken_for_it(begun):
    root, told = begun
    ledger = root / "ledger"
    new = ledger_key.ledger_key(root, ledger)
    assert new is not None
    assert ledger_key.seal_ledger(root, ledger) is False, "there is none yet"
    plain_ledger(ledger)
    assert ledger_key.ledger_key(root, ledger) is None, "made before, and not encrypted yet"

    assert ledger_key.seal_ledger(root, ledger) is True
    assert json.loads((root / encryption.FILE).read_text())["ledger"] is True
    assert ledger_key.seal_ledger(root, ledger) is True
    opens = ledger_key.ledger_key(root, ledger)
    assert opens is not None
    assert opens() == new()

    ledger.unlink()
    plain_ledger(ledger)
    with pytest.raises(ledger_key.LedgerInTheClear):
        ledger_key.ledger_key(root, ledger)
    write_encryption(root, told)
    (root / encryption.FILE).unlink()
    (root / "object-keys").rmdir()
    with pytest.raises(Refused, match="not encrypted any more"):
        opens()


def test_a_workspace_in_the_clear_has_no_key_for_its_ledger(tmp_path):
    ledger = plain_ledger(tmp_path / "ledger")

    assert ledger_key.ledger_key(tmp_path, ledger) is None
    assert ledger_key.seal_ledger(tmp_path, ledger) is False


# The key that agencies share, which never comes into a workspace.


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "at least 32 bytes"), ("0g" * 32, "at least 32 bytes"), ("0f" * 31, "at least 32 bytes"), ("0f" * 32, "a pattern, not a key")],
)
def test_what_is_no_key_for_tokens_is_refused_without_quoting_it(text, why):
    with pytest.raises(KeyUnusable, match=why) as problem:
        read_key(text)
    assert not text or text not in str(problem.value)


def test_a_key_for_tokens_shows_nothing_of_itself_and_gives_each_purpose_its_own_tokens():
    text = bytes(range(32)).hex()
    key = read_key(f"{text[:20]}\n {text[20:]}\n", ref="2026")

    assert text not in repr(key)
    assert len(key.fingerprint) == 8
    assert key.tokens("nhs_number")("1") == read_key(text).tokens("nhs_number")("1") != key.tokens("case")("1")


def test_a_folder_without_keys_of_objects_names_none(tmp_path):
    key = new_storage_key()

    assert list(Vault(tmp_path / "absent", lambda: key, b"n" * 32).names()) == []


def test_whoever_makes_a_key_second_finds_the_one_that_is_there(tmp_path):
    key = new_storage_key()
    vault = Vault(tmp_path, lambda: key, b"n" * 32)
    name = vault.name("a digest")
    made = vault.key_for_writing(name)

    vault._put(name, bytes(32), replace=False)

    assert vault.key(name) == vault.key_for_writing(name) == made
    assert [path.name for path in vault.path(name).parent.iterdir()] == [name]


def test_a_key_file_of_another_account_is_not_called_damaged(begun, monkeypatch: pytest.MonkeyPatch) -> None:
    root, told = begun

    def of_another(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", of_another)  # whoever runs the tests as root may read everything
    with pytest.raises(StorageKeyMissing, match="may not read the storage key"):
        read_key_file(encryption.find_key_file(root, told))
