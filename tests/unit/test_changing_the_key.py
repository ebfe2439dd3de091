"""A change of the key from end to end: three agencies, packages under two keys, rotation files, and person ids that stay."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sightline.app.audit_words import sentence
from sightline.app.linkage_statement import assemble_statement
from sightline.app.override_links import identity_of
from sightline.app.publish_generation import current_generation
from sightline.app.release import make_release
from sightline.app.sweep import named_objects
from sightline.app.tables import NotReproducible, open_tables
from sightline.app.take_rotation import RotationRefused, take_rotation
from sightline.app.token_epochs import first_told
from sightline.app.token_keys import KeyNotInUse, RotationMissing, destroy_key, keys_told, register_key
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger.erasures import digests_of
from sightline.ledger.models import AuditEvent, Linkage, ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.ledger.token_key_models import KeyedReturn, TokenKeyRecord, TokenRotation
from sightline.model.releases import NOT_LINKED
from sightline.model.rotations import Rotation
from sightline.publish.exports import all_figures_file
from tests.support.changing_keys import AGENCIES, IDS, KEYS, Q1, Q4, SPRING, WINTER, Agencies, link_all, new_workspace, people_of, send
from tests.support.few import count_few

CHANGE = date(2026, 4, 1)
BEFORE_CHANGE = datetime(2026, 3, 20, 9, tzinfo=UTC)
SUMMER = datetime(2026, 7, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def agencies(tmp_path_factory):
    return Agencies(tmp_path_factory.mktemp("agencies"))


@pytest.fixture
def workspace(tmp_path, db):
    return new_workspace(tmp_path)


@pytest.fixture
def winter(workspace, agencies):
    """Three agencies have sent the winter's returns under the first key, people are linked, and the second key is announced."""
    for agency in AGENCIES:
        send(workspace, agencies.package(agency, Q4, "first"), agency, Q4, at=WINTER)
    done = link_all(workspace, at=WINTER)
    register_key(workspace, IDS["second"], from_date=CHANGE, by="tester", at=BEFORE_CHANGE)
    return people_of(workspace, done)


def rotate(workspace, agencies, *which, period=Q4, old="first", new="second", at=BEFORE_CHANGE):
    for agency in which:
        take_rotation(workspace, agencies.rotation(agency, period, old, new), by="tester", at=at)


def send_spring(workspace, agencies, *which):
    for agency in which:
        send(workspace, agencies.package(agency, Q1, "second"), agency, Q1, at=SPRING)


def moved(before, after):
    return {identity for identity, person in before.items() if identity in after and after[identity] != person}


def rows_of(workspace, entity):
    with DuckDBEngine(threads=1) as engine:
        open_tables(workspace, current_generation(workspace), engine)
        return engine.query(f"select * from {entity}").num_rows


def test_after_a_change_of_the_key_everybody_keeps_their_id_and_no_record_counts_twice(workspace, agencies, winter):
    assert len(set(winter.values())) == 6
    flags = rows_of(workspace, "flag")
    rotate(workspace, agencies, *AGENCIES)
    send_spring(workspace, agencies, *AGENCIES)
    done = link_all(workspace, at=SPRING, seed=2)
    people = people_of(workspace, done)

    assert not moved(winter, people)
    assert set(winter) <= set(people)
    assert (done.linkage.changes.moved, done.linkage.people, done.left_out) == (0, 7, ())
    assert done.token_key == IDS["second"] == Linkage.objects.last().summary["token_key"]
    assert rows_of(workspace, "flag") == flags + 3
    pairs = Rotation.from_bytes(agencies.rotation("csc", Q4, "first", "second").read_bytes()).pairs
    numbers = {old: new for old, new in pairs.items() if old.startswith("t:")}
    as_told = [{identity_of(workspace, agency="csc", local_id=number) for number in each} for each in (numbers, numbers.values())]
    assert as_told[0] == as_told[1]
    assert len(as_told[0] & set(winter)) == 4


def test_links_are_the_same_when_everything_is_read_under_another_key(workspace, agencies):
    for period in (Q4, Q1):
        for agency in AGENCIES:
            send(workspace, agencies.package(agency, period, "first"), agency, period, at=SPRING)
    before = link_all(workspace, at=SPRING)
    register_key(workspace, IDS["second"], from_date=date(2026, 7, 1), by="tester", at=SPRING)
    for period in (Q4, Q1):
        rotate(workspace, agencies, *AGENCIES, period=period, at=SPRING)
    after = link_all(workspace, at=SUMMER, seed=2)

    assert (before.token_key, after.token_key, after.left_out) == (IDS["first"], IDS["second"], ())
    assert (after.links, after.people, after.is_new) == (before.links, before.people, True)
    assert replace(after.linkage, changes=before.linkage.changes) == before.linkage


def test_until_its_day_the_new_key_changes_nothing(workspace, agencies, winter):
    rotate(workspace, agencies, "csc")
    done = link_all(workspace, at=BEFORE_CHANGE, seed=2)
    assert (done.token_key, done.left_out) == (IDS["first"], ())
    assert people_of(workspace, done) == winter
    with pytest.raises(KeyNotInUse, match="is in use from 2026-04-01 only; the key in use is"):
        send(workspace, agencies.package("csc", Q4, "second"), "csc", Q4, at=BEFORE_CHANGE)


def test_an_agency_that_comes_late_is_left_out_by_name_and_finds_its_people_again(workspace, agencies, winter):
    rotate(workspace, agencies, "csc", "health")
    send_spring(workspace, agencies, "csc", "health")
    without = link_all(workspace, at=SPRING, seed=2)
    people = people_of(workspace, without)

    assert [str(one) for one in without.left_out] == [f"police markers 2025-Q4 (key {IDS['first']})"]
    assert Linkage.objects.last().summary["left_out"][0]["agency"] == "police"
    assert not moved(winter, people)
    ((_, returns, what_to_do),) = without.left_out_because
    assert ([one.agency for one in returns], "sightline prepare" in what_to_do) == (["police"], True)
    (gap,) = [one for one in assemble_statement(workspace).not_checked if "police" in one.what]
    assert (gap.what, "left out of linking" in gap.reason) == ("links of police markers 2025-Q4", True)

    rotate(workspace, agencies, "police", at=SPRING)
    send_spring(workspace, agencies, "police")
    done = link_all(workspace, at=SPRING, seed=3)
    assert done.left_out == ()
    assert {identity: people_of(workspace, done)[identity] for identity in winter} == winter
    assert done.linkage.people == 7


def test_every_figure_that_a_late_agency_touches_names_it_and_none_does_once_its_file_came(workspace, agencies, winter, monkeypatch):
    count_few(monkeypatch)
    rotate(workspace, agencies, "csc", "health")
    send_spring(workspace, agencies, "csc", "health")
    link_all(workspace, at=SPRING, seed=2)
    release, _ = make_release(workspace, period=Q1, by="tester", at=SPRING)

    (gap,) = release.gaps
    assert (gap.agency, gap.kind) == ("police", NOT_LINKED)
    assert gap.reason.startswith("records of Markers for October to December 2025 are not linked")
    of_flags = [each for each in release.coverage if each.indicator == "children_with_known_concern"]
    assert {each.not_linked for each in of_flags} == {("police",)}
    assert any("Police: records of Markers" in each.text for each in release.unknowns)
    (row, *_) = csv.DictReader(io.StringIO(all_figures_file(release, "csv").decode("utf-8-sig")))
    assert f"Police: {gap.reason}" in row["gaps"]

    rotate(workspace, agencies, "police", at=SPRING)
    link_all(workspace, at=SPRING, seed=3)
    whole, _ = make_release(workspace, period=Q1, by="tester", at=SUMMER)
    assert whole.gaps == ()
    assert {each.not_linked for each in whole.coverage} == {()}


def test_new_tokens_beside_old_ones_without_a_file_are_refused_and_the_agency_is_told_what_to_do(workspace, agencies, winter):
    with pytest.raises(RotationMissing) as told:
        send_spring(workspace, agencies, "police")
    assert "Police now sends tokens of key" in str(told.value)
    assert "markers 2025-Q4" in str(told.value)
    assert "--rotate OLD_KEY NEW_KEY" in str(told.value)
    assert ReturnVersion.objects.count() == 3
    assert AuditEvent.objects.filter(action="return_refused").last().detail == {"findings": ["SL-LNK-012"]}


def test_a_package_made_with_a_key_that_is_not_in_use_is_refused_at_the_door(workspace, agencies, winter):
    with pytest.raises(KeyNotInUse, match="not in the register"):
        send(workspace, agencies.package("police", Q1, "stray"), "police", Q1, at=SPRING)
    with pytest.raises(KeyNotInUse, match="was retired on 2026-04-01"):
        send(workspace, agencies.package("police", Q1, "first"), "police", Q1, at=SPRING)
    assert ReturnVersion.objects.count() == 3


def test_the_key_can_change_twice(workspace, agencies, winter):
    rotate(workspace, agencies, *AGENCIES)
    send_spring(workspace, agencies, "police")
    register_key(workspace, IDS["third"], from_date=date(2026, 7, 1), by="tester", at=SPRING)
    rotate(workspace, agencies, *AGENCIES, old="second", new="third", at=SPRING)
    rotate(workspace, agencies, "police", period=Q1, old="second", new="third", at=SPRING)
    send(workspace, agencies.package("csc", Q1, "third"), "csc", Q1, at=SUMMER)
    done = link_all(workspace, at=SUMMER, seed=2)
    people = people_of(workspace, done)
    assert (done.token_key, done.left_out) == (IDS["third"], ())
    assert not moved(winter, people)
    assert (done.linkage.people, done.linkage.changes.moved) == (7, 0)


def other_tokens(rotation, change):
    pairs = dict(sorted(rotation.pairs.items()))
    change(pairs)
    return replace(rotation, pairs=pairs)


def drop_one(pairs):
    pairs.pop(next(iter(pairs)))


def add_foreign(pairs):
    pairs["t:" + "0f" * 16] = "t:" + "f0" * 16


def add_foreign_field(pairs):
    pairs["0f" * 10] = "f0" * 10


HOSTILE = {
    "cut": (lambda one: other_tokens(one, drop_one), "lacks 1 of the"),
    "foreign number": (lambda one: other_tokens(one, add_foreign), "1 tokens that are not in the return"),
    "foreign name": (lambda one: other_tokens(one, add_foreign_field), "1 tokens that are not in the return"),
    "unknown key": (lambda one: replace(one, old_key=IDS["stray"]), "a key that is not in the register"),
    "wrong epoch": (lambda one: replace(one, old_key=one.new_key, new_key=one.old_key), "leads back"),
    "no such return": (lambda one: replace(one, period="2025-Q3"), "no return of police markers 2025-Q3"),
    "another agency's": (lambda one: replace(one, agency="csc"), "lacks"),
}


def test_a_rotation_file_that_does_not_fit_is_refused_and_changes_nothing(tmp_path, workspace, agencies, winter):
    honest = Rotation.from_bytes(agencies.rotation("police", Q4, "first", "second").read_bytes())
    file = tmp_path / "rotation.txt"
    kept = set(workspace.objects.names())
    for change, why in HOSTILE.values():
        file.write_bytes(change(honest).to_bytes())
        with pytest.raises((RotationRefused, NotFound), match=why) as told:
            take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
        assert "(rotation.txt)" in str(told.value)
    assert AuditEvent.objects.filter(action="token_rotation_refused").count() == len(HOSTILE)
    assert set(workspace.objects.names()) == kept, "of a file that is refused nothing is stored"
    rotate(workspace, agencies, "police")
    register_key(workspace, IDS["third"], from_date=date(2026, 9, 1), by="tester", at=BEFORE_CHANGE)
    file.write_bytes(replace(honest, new_key=IDS["third"]).to_bytes())
    with pytest.raises(RotationRefused, match=f"leads from key {IDS['first']}, and the return of police markers 2025-Q4 is under key"):
        take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
    assert TokenRotation.objects.count() == 1


def test_a_file_cut_short_or_changed_on_its_way_is_refused_and_the_refusal_is_written_down(tmp_path, workspace, agencies, winter):
    content = agencies.rotation("police", Q4, "first", "second").read_bytes()
    file = tmp_path / "rotation.txt"
    for broken in (content[: len(content) // 2], content.replace(b"police", b"policd"), b""):
        file.write_bytes(broken)
        with pytest.raises(RotationRefused, match="not a whole rotation file"):
            take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
    refused = AuditEvent.objects.filter(action="token_rotation_refused")
    assert refused.count() == 3
    assert not TokenRotation.objects.exists()


def test_a_file_that_gives_a_shared_name_another_token_than_another_agency_does_is_refused(tmp_path, workspace, agencies, winter):
    rotate(workspace, agencies, "csc")
    honest = Rotation.from_bytes(agencies.rotation("police", Q4, "first", "second").read_bytes())
    theirs = Rotation.from_bytes(agencies.rotation("csc", Q4, "first", "second").read_bytes())
    shared = sorted(set(honest.pairs) & set(theirs.pairs))
    file = tmp_path / "rotation.txt"
    for lie in ({shared[0]: "f0" * 10}, {shared[0]: honest.pairs[shared[1]], shared[1]: honest.pairs[shared[0]]}):
        file.write_bytes(replace(honest, pairs={**honest.pairs, **lie}).to_bytes())
        with pytest.raises(RotationRefused, match="contradicts the one of csc for markers 2025-Q4"):
            take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
    assert TokenRotation.objects.count() == 1


def test_a_file_is_taken_once_and_kept_from_the_sweep(workspace, agencies, winter):
    first = take_rotation(workspace, agencies.rotation("csc", Q4, "first", "second"), by="tester", at=BEFORE_CHANGE)
    again = take_rotation(workspace, agencies.rotation("csc", Q4, "first", "second"), by="tester", at=BEFORE_CHANGE)
    assert (first.is_new, again.is_new, first.references_checked) == (True, False, True)
    kept = TokenRotation.objects.get()
    assert kept.digest in named_objects()
    assert kept.pairs == first.pairs > 50


def test_with_a_return_its_rotation_file_is_erased_and_nothing_reads_it_any_more(workspace, agencies, winter):
    rotate(workspace, agencies, "csc", "health")
    erased = ReturnVersion.objects.get(agency="csc")
    digest = TokenRotation.objects.get(return_version=erased).digest
    assert digest in digests_of([erased.id])
    assert digest not in named_objects(erased=[erased.id])
    ReturnVersion.objects.filter(id=erased.id).update(state=State.ERASED)
    assert digest not in named_objects()
    workspace.objects.path(digest).unlink()
    assert first_told(workspace.objects, "csc") == {}
    rotate(workspace, agencies, "police")


def test_a_key_in_use_or_waited_for_is_not_destroyed_by_mistake(workspace, agencies, winter):
    for key in ("first", "second"):
        with pytest.raises(Refused, match="is in use" if key == "first" else "is to come"):
            destroy_key(workspace, IDS[key], reason="the officer left", by="tester", at=BEFORE_CHANGE)
    rotate(workspace, agencies, "csc", "health")
    with pytest.raises(Refused, match="wait for a rotation file from this key: police markers 2025-Q4"):
        destroy_key(workspace, IDS["first"], reason="the officer left", by="tester", at=SPRING)
    with pytest.raises(InputRefused, match="No reason"):
        destroy_key(workspace, IDS["first"], reason=" ", by="tester", at=SPRING)
    with pytest.raises(NotFound):
        destroy_key(workspace, "00000000", reason="the officer left", by="tester", at=SPRING)


def test_what_needs_a_destroyed_key_answers_not_reproducible_and_the_rest_goes_on(workspace, agencies, winter):
    rotate(workspace, agencies, "csc", "health")
    ended = destroy_key(workspace, IDS["first"], reason="the officer left", by="tester", at=SPRING, anyway=True)
    assert ended.left == ("police markers 2025-Q4",)
    with pytest.raises(NotReproducible, match="no rotation file from it can be made or checked any more"):
        rotate(workspace, agencies, "police", at=SPRING)

    done = link_all(workspace, at=SPRING, seed=2)
    assert [(one.agency, one.is_lost) for one in done.left_out] == [("police", True)]
    assert not moved(winter, people_of(workspace, done))
    send_spring(workspace, agencies, "csc", "police")
    assert link_all(workspace, at=SPRING, seed=3).linkage.people >= 6


def test_when_no_return_can_be_read_under_the_key_in_use_nothing_is_linked(workspace, agencies, winter):
    before = Linkage.objects.count()
    with pytest.raises(NotReproducible, match=r"Nobody can be linked, .*no rotation file brings their tokens to key"):
        link_all(workspace, at=SPRING, seed=2)
    assert Linkage.objects.count() == before


def test_the_register_tells_each_key_its_days_its_state_and_who_is_waited_for_and_no_key(workspace, agencies, winter):
    rotate(workspace, agencies, "csc")
    first, second = (told.as_dict() for told in keys_told(workspace, SPRING))
    assert (first["key"], first["state"], first["from"], first["until"]) == (IDS["first"], "retired", "2025-10-01", "2026-04-01")
    assert (first["returns"], first["waiting"]) == (3, ["health markers 2025-Q4", "police markers 2025-Q4"])
    assert (second["key"], second["state"], second["until"], second["returns"]) == (IDS["second"], "in use", None, 0)
    assert [told.state.value for told in keys_told(workspace, BEFORE_CHANGE)] == ["in use", "to come"]
    destroy_key(workspace, IDS["first"], reason="the officer left", by="tester", at=SPRING, anyway=True)
    assert keys_told(workspace, SPRING)[0].as_dict()["state"] == "destroyed"

    held = b"".join(path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()).lower()
    assert not [name for name, key in KEYS.items() if key.encode() in held or bytes.fromhex(key) in held]


def test_what_is_no_next_key_is_not_registered(workspace, agencies, winter):
    for key, day, why in (
        ("not a key", CHANGE, "no key's id"),
        (KEYS["third"], CHANGE, "no key's id"),
        (IDS["second"], date(2026, 9, 1), "in the register already"),
        (IDS["third"], date(2026, 3, 1), "has passed"),
        (IDS["third"], CHANGE, "would not begin after it"),
    ):
        with pytest.raises((InputRefused, Refused), match=why):
            register_key(workspace, key, from_date=day, by="tester", at=BEFORE_CHANGE)
    assert len(keys_told(workspace, SPRING)) == 2


def test_each_event_of_a_key_is_in_the_audit_in_plain_words(workspace, agencies, winter):
    rotate(workspace, agencies, "csc")
    destroy_key(workspace, IDS["first"], reason="the officer left", by="tester", at=SPRING, anyway=True)
    events = AuditEvent.objects.filter(action__startswith="token_").order_by("seq")
    said = [sentence(event.action, event.object, event.actor, event.detail) for event in events]
    assert [event.action for event in events] == [
        "token_key_registered",
        "token_key_registered",
        "token_rotation_taken",
        "token_key_destroyed",
    ]
    assert said[1] == f"tester registered token key {IDS['second']}, in use from 2026-04-01; it retires {IDS['first']}."
    assert f"of csc markers 2025-Q4 version 1 read under key {IDS['second']} instead of {IDS['first']}" in said[2]


def test_returns_of_before_there_was_a_register_are_told_by_their_packages(workspace, agencies, winter):
    for model in (TokenKeyRecord, KeyedReturn):
        model.objects.all()._raw_delete("default")
    register_key(workspace, IDS["first"], from_date=date(2025, 10, 1), by="tester", at=WINTER)
    (first,) = keys_told(workspace, WINTER)
    assert first.returns == 3


def test_where_the_package_was_not_kept_what_stands_in_the_tables_is_checked(tmp_path, workspace, agencies, winter):
    ReturnObject.objects.filter(kind=ObjectKind.RAW)._raw_delete("default")
    honest = Rotation.from_bytes(agencies.rotation("police", Q4, "first", "second").read_bytes())
    file = tmp_path / "rotation.txt"
    file.write_bytes(other_tokens(honest, add_foreign_field).to_bytes())
    with pytest.raises(RotationRefused, match="1 tokens that are not in the return"):
        take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
    numbers = [old for old in honest.pairs if old.startswith("t:")]
    table = next(part for part in ReturnVersion.objects.get(agency="police").parts.all() if part.entity == "identity_record")
    own = set(workspace.objects.get_table(table.digest)["local_id"].to_pylist())
    lacking = {old: new for old, new in honest.pairs.items() if old not in own}
    assert len(numbers) >= len(own) == len(honest.pairs) - len(lacking)
    file.write_bytes(replace(honest, pairs=lacking).to_bytes())
    with pytest.raises(RotationRefused, match="lacks"):
        take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE)
    file.write_bytes(honest.to_bytes())
    assert not take_rotation(workspace, file, by="tester", at=BEFORE_CHANGE).references_checked
