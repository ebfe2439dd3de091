"""Erasing somebody of whom an agency told under two keys: neither key's tokens bring the person back, and nothing of them is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.erase import agree_to_erase, ask_to_erase_person, effects_of_person
from sightline.app.publish_generation import publish_generation
from sightline.app.rows_of_person import ERASED_ROWS
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.take_rotation import RotationRefused, take_rotation
from sightline.app.token_keys import register_key
from sightline.app.workspace import Workspace
from sightline.errors import NotFound
from sightline.ledger import audit
from sightline.ledger.erasures import digests_of
from sightline.ledger.models import ReturnVersion
from sightline.ledger.states import State
from sightline.model.rotations import Rotation
from sightline.privacy.pseudonyms import identity_id
from tests.support.changing_keys import AGENCIES, IDS, Q1, Q4, WINTER, Agencies, link_all, new_workspace, send
from tests.support.left import everything
from tests.support.partnership import NOW
from tests.support.works import person_under_two_keys

LATER = NOW + timedelta(days=2)


@pytest.fixture
def agencies(tmp_path: Path) -> Agencies:
    return Agencies(tmp_path / "agencies")


@pytest.fixture
def told(tmp_path: Path, db: None) -> Workspace:
    workspace = new_workspace(tmp_path)
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    sealed = open_workspace(workspace.root)
    person_under_two_keys(sealed, tmp_path)
    return sealed


def carry_out(workspace):
    agree_to_erase(workspace, 1, by="ben", at=LATER)
    publish_generation(workspace, by="t", at=LATER)
    link_all(workspace, at=LATER, seed=3)
    return agree_to_erase(workspace, 1, by="ben", at=LATER)


def stand_ins(agencies):
    """What the person is called under each key."""
    return agencies.stand_ins("csc", Q4, "first")[0], agencies.stand_ins("csc", Q1, "second")[0]


def test_nothing_of_the_person_is_left_under_either_key(told, agencies):
    first, second = stand_ins(agencies)
    who = identity_id(first, key=told.identity_key, agency="csc")
    before = everything(told)
    assert first != second
    assert all(text.encode() in before for text in (first, second, who)), "the search finds what is there"

    done = carry_out(told)

    assert done.state == "carried out"
    left = everything(told)
    assert [text for text in (first, second, who) if text.encode() in left] == []
    audit.verify()


def test_the_rotation_files_go_on_for_everybody_else(told, agencies):
    whole = Rotation.from_bytes(agencies.rotation("csc", Q4, "first", "second").read_bytes()).pairs
    carry_out(told)

    (csc,) = ReturnVersion.objects.filter(agency="csc", period="2025-Q4", state=State.ACCEPTED)
    found = [told.objects.get_bytes(digest) for digest in digests_of([csc.id]) & named_objects()]
    (turned,) = [Rotation.from_bytes(each).pairs for each in found if each.startswith(b"sightline-rotation")]
    others = agencies.stand_ins("csc", Q4, "first")[1:]
    assert set(turned.items()) < set(whole.items())
    assert {each: whole[each] for each in others}.items() <= turned.items()


def test_what_the_agency_sends_again_brings_the_person_back_under_no_key(told, agencies):
    carry_out(told)

    again = send(told, agencies.package("csc", Q1, "second"), "csc", Q1, at=LATER)
    under_the_new_key = send(told, agencies.package("csc", Q4, "second"), "csc", Q4, at=LATER)

    assert again.already_had
    assert [finding.code for finding in under_the_new_key.findings if finding.code == ERASED_ROWS] == [ERASED_ROWS]
    left = everything(told)
    for number in stand_ins(agencies):
        assert number.encode() not in left
        with pytest.raises(NotFound):
            effects_of_person(told, "csc", number, at=LATER)


@pytest.fixture
def told_once(tmp_path: Path, agencies: Agencies, db: None) -> Workspace:
    """Three agencies told of people under the first key; one person of one of them was erased; then the second key was announced."""
    agencies.folder.mkdir()
    workspace = new_workspace(tmp_path)
    for agency in AGENCIES:
        send(workspace, agencies.package(agency, Q4, "first"), agency, Q4, at=WINTER)
    publish_generation(workspace, by="t", at=WINTER)
    number = agencies.stand_ins("csc", Q4, "first")[0]
    ask_to_erase_person(workspace, "csc", number, reason="an order of the court", by="a", at=NOW)
    carry_out(workspace)
    register_key(workspace, IDS["second"], from_date=LATER.date(), by="t", at=LATER)
    return workspace


def test_a_rotation_file_made_from_the_extract_as_it_was_sent_is_taken_without_who_was_erased_since(told_once, agencies):
    """As the hint says: the agency makes the file again from the very extract, and that tells of the person still."""
    erased = agencies.stand_ins("csc", Q4, "first")[0]
    file = agencies.rotation("csc", Q4, "first", "second")
    whole = Rotation.from_bytes(file.read_bytes()).pairs
    assert erased in whole

    taken = take_rotation(told_once, file, by="t", at=LATER)

    assert taken.is_new
    assert 0 < taken.pairs < len(whole)
    left = everything(told_once)
    assert erased.encode() not in left
    assert whole[erased].encode() not in left
    assert all(other.encode() in left for other in agencies.stand_ins("csc", Q4, "first")[1:])
    assert not take_rotation(told_once, file, by="t", at=LATER).is_new, "the same file again is the same"
    again = send(told_once, agencies.package("csc", Q4, "second"), "csc", Q4, at=LATER)
    assert [finding.code for finding in again.findings if finding.code == ERASED_ROWS] == [ERASED_ROWS]


def test_a_file_that_tells_of_others_who_are_not_in_the_return_is_refused_as_before(told_once, agencies, tmp_path):
    whole = Rotation.from_bytes(agencies.rotation("csc", Q4, "first", "second").read_bytes())
    erased = agencies.stand_ins("csc", Q4, "first")[0]
    pairs = {old: new for old, new in whole.pairs.items() if old != erased} | {"0" * 20: "1" * 20}
    (tmp_path / "other").write_bytes(replace(whole, pairs=pairs).to_bytes())

    with pytest.raises(RotationRefused, match="tokens that are not in the return"):
        take_rotation(told_once, tmp_path / "other", by="t", at=LATER)
