"""Erasing: seen before, by two people, for good, and nothing published changes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.erase import agree_to_erase, ask_to_erase, asked_erasures, destroyed_names, effects_of, refuse_to_erase
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.releases import every_release
from sightline.app.retention import ask_for_due, lift_hold, place_hold, retained, standing_holds
from sightline.app.sealed_keys import copy_sealed_keys, forget_keys
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.tables import NotReproducible, open_tables
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.retention import due_on, months_after
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementVersion
from sightline.ledger.erasures import SecondPersonNeeded, UnderLegalHold
from sightline.ledger.linkages import record_linkage
from sightline.ledger.models import AuditEvent, ReturnVersion
from sightline.ledger.releases import record_release
from sightline.ledger.states import State
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from sightline.store.vault import ObjectKeyMissing
from tests.support.partnership import NOW, referral, submit

LATER = NOW + timedelta(days=2)
WHY = "the agency asked"


@pytest.fixture
def sealed(workspace: Workspace) -> Workspace:
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    return open_workspace(workspace.root)


@pytest.fixture
def gone(sealed: Workspace, tmp_path: Path) -> str:
    """A return that was published, released and withdrawn; a generation without it is current, and its people are linked."""
    put = sealed.objects.put_bytes

    def table(schema):
        return sealed.objects.put_table(schema.empty_table())

    receipt = submit(sealed, tmp_path, referral=[referral("A1")])
    submit(sealed, tmp_path, agency="police", dataset="police", referral=[referral("P1")])
    first = publish_generation(sealed, by="t", at=NOW)
    record_linkage(first.number, links=put(b"links"), pairs=put(b"pairs"), people=put(b"people"), summary={}, by="t", at=NOW)
    record_release(1, period="2026-Q1", digest=put(b"release"), attachments={}, generation=first.number, by="t", at=NOW)
    withdraw_return(sealed, return_id=receipt.return_id, reason="wrong", by="t", at=NOW + timedelta(hours=1))
    second = publish_generation(sealed, by="t", at=NOW + timedelta(hours=2))
    record_linkage(second.number, links=table(LINK_SCHEMA), pairs=put(b"pairs"), people=table(PERSON_SCHEMA), summary={}, by="t", at=NOW)
    return receipt.return_id


def digests(return_id: str) -> list[str]:
    return [part.digest for part in ReturnVersion.objects.get(id=return_id).parts.all()]


def test_what_would_be_affected_is_seen_before_and_nothing_is_changed(sealed, gone):
    events = AuditEvent.objects.count()
    effects = effects_of(sealed, [gone], at=LATER)

    assert (effects.objects, effects.linkages, effects.releases, len(effects.generations)) == (4, 1, (1,), 1)
    assert effects.shared == 1, "the pairs are the same in a linkage that stays"
    assert effects.sealed
    assert effects.hindrances == ()
    assert all(sealed.objects.is_sound(digest) for digest in digests(gone))
    assert AuditEvent.objects.count() == events


def test_two_people_erase_a_return_and_nothing_of_it_can_be_opened_again(sealed, gone):
    asked = ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER)
    names = [sealed.objects.name(digest) for digest in digests(gone)]
    copies = {name: sealed.objects.path_of(name).read_bytes() for name in names}
    with pytest.raises(SecondPersonNeeded):
        agree_to_erase(sealed, asked.number, by="ann", at=LATER)

    done = agree_to_erase(sealed, asked.number, by="ben", at=LATER)

    assert (done.state, done.by, done.decided_by) == ("carried out", "ann", "ben")
    version = ReturnVersion.objects.get(id=gone)
    assert (version.state, version.reason, version.tombstone.erasure_id) == (State.ERASED, WHY, asked.number)
    for name, content in copies.items():  # a copy of the bytes, from a backup or the disk, is worth nothing
        sealed.objects.path_of(name).parent.mkdir(exist_ok=True)
        sealed.objects.path_of(name).write_bytes(content)
    for digest in digests(gone):
        with pytest.raises(ObjectKeyMissing):
            sealed.objects.get_bytes(digest)
    assert all(sealed.objects.is_sound(digest) for digest in named_objects())
    assert [e.action for e in AuditEvent.objects.filter(action__startswith="erasure").order_by("seq")] == [
        "erasure_asked",
        "erasure_agreed",
        "erasure_carried_out",
    ]
    audit.verify()
    with pytest.raises(Refused, match="carried out before"):
        agree_to_erase(sealed, asked.number, by="ben", at=LATER)


def test_a_generation_that_counted_it_says_so_and_the_one_after_is_as_it_was(sealed, gone):
    before = current_generation(sealed)
    agree_to_erase(sealed, ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER).number, by="ben", at=LATER)

    with DuckDBEngine() as engine:
        open_tables(sealed, before, engine)
        old = replace(before, number=1, name="G1", return_ids=(gone,))
        with pytest.raises(NotReproducible, match="1 of its returns were erased"):
            open_tables(sealed, old, engine)
    assert every_release()[0].erased_at == LATER
    assert sealed.objects.get_bytes(sealed.objects.put_bytes(b"release")) == b"release"


def test_what_holds_or_is_current_is_not_erased(sealed, tmp_path):
    receipt = submit(sealed, tmp_path, referral=[referral("A1")])
    publish_generation(sealed, by="t", at=NOW)
    with pytest.raises(Refused, match="current generation") as refused:
        ask_to_erase(sealed, [receipt.return_id], reason=WHY, by="ann", at=LATER)
    assert "withdraw it first" in refused.value.hint
    assert asked_erasures() == []


@pytest.mark.parametrize(
    ("returns", "reason", "error"), [([], WHY, InputRefused), (["nobody"], WHY, NotFound), (["nobody"], " ", InputRefused)]
)
def test_an_erasure_names_returns_and_a_reason(sealed, returns, reason, error):
    with pytest.raises(error):
        ask_to_erase(sealed, returns, reason=reason, by="ann", at=LATER)


def test_an_erasure_that_was_refused_stays_so(sealed, gone):
    asked = ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER)
    with pytest.raises(InputRefused):
        refuse_to_erase(asked.number, reason="", by="ben", at=LATER)
    assert refuse_to_erase(asked.number, reason="needed", by="ben", at=LATER).state == "refused"
    for again in (
        lambda: agree_to_erase(sealed, asked.number, by="ben", at=LATER),
        lambda: refuse_to_erase(asked.number, reason="x", by="c", at=LATER),
    ):
        with pytest.raises(Refused, match="was refused before"):
            again()
    with pytest.raises(NotFound):
        agree_to_erase(sealed, 99, by="ben", at=LATER)


@pytest.mark.parametrize("step", range(1, 12))
def test_an_erasure_cut_short_at_any_step_opens_nothing_and_is_carried_on_with(sealed, gone, monkeypatch, step):
    asked, taken = ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER), 0

    class Killed(BaseException):
        pass

    def dying(original):
        def wrapped(*arguments, **options):
            nonlocal taken
            taken += 1
            if taken == step:
                raise Killed
            return original(*arguments, **options)

        return wrapped

    monkeypatch.setattr(os, "fsync", dying(os.fsync))
    monkeypatch.setattr(Path, "unlink", dying(Path.unlink))
    try:
        agree_to_erase(sealed, asked.number, by="ben", at=LATER)
    except Killed:
        assert asked_erasures()[0].state == "agreed, not carried out to the end"
        monkeypatch.undo()
        assert ReturnVersion.objects.get(id=gone).state == State.ERASED
        agree_to_erase(sealed, asked.number, by="ben", at=LATER)
    assert asked_erasures()[0].state == "carried out"
    assert not any(sealed.objects.has(digest) for digest in digests(gone))
    assert len(destroyed_names(sealed)) == 4


def test_a_legal_hold_stops_it_until_it_is_lifted_and_both_are_in_the_audit(sealed, gone):
    asked = ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER)
    place_hold(sealed, agency="police", reason="another case", until=None, by="dpo", at=LATER)
    hold = place_hold(sealed, agency="csc", dataset="annex_a", reason="an inquiry", until=None, by="dpo", at=LATER)
    with pytest.raises(UnderLegalHold):
        agree_to_erase(sealed, asked.number, by="ben", at=LATER)
    assert effects_of(sealed, [gone], at=LATER).hindrances == (f"Legal hold {hold.number} covers it: an inquiry",)
    assert sealed.objects.is_sound(digests(gone)[0])

    lift_hold(hold.number, reason="the inquiry ended", by="dpo", at=LATER)
    with pytest.raises(Refused, match="lifted before"):
        lift_hold(hold.number, reason="again", by="dpo", at=LATER)
    assert agree_to_erase(sealed, asked.number, by="ben", at=LATER).state == "carried out"
    assert [e.action for e in AuditEvent.objects.filter(action__startswith="legal_hold").order_by("seq")][-1] == "legal_hold_lifted"


@pytest.mark.parametrize(("days", "stands"), [(0, True), (1, False)])
def test_a_hold_stands_to_the_end_of_its_last_day(sealed, days, stands):
    place_hold(sealed, reason="x", until=LATER.date(), by="dpo", at=LATER)

    assert bool(standing_holds(at=LATER + timedelta(days=days))) is stands


def test_the_keys_of_backups_forget_what_was_erased_and_keep_what_is_only_missing(sealed, gone, tmp_path):
    name = copy_sealed_keys(sealed, tmp_path / "keys")
    kept = {path.name for path in (tmp_path / "keys" / name).rglob("*") if len(path.name) == 64}
    agree_to_erase(sealed, ask_to_erase(sealed, [gone], reason=WHY, by="ann", at=LATER).number, by="ben", at=LATER)
    lost = sealed.objects.name(next(iter(named_objects())))
    sealed.objects.vault.path(lost).unlink()

    copy_sealed_keys(sealed, tmp_path / "keys")
    forget_keys(tmp_path / "keys" / name, destroyed_names(sealed))

    left = {path.name for path in (tmp_path / "keys" / name).rglob("*") if len(path.name) == 64}
    assert kept - left == destroyed_names(sealed)
    assert lost in left


@pytest.mark.parametrize("rule", ["end_of_agreement", "withdrawn_return"])
def test_what_is_due_is_asked_for_by_its_rule_and_erased_by_the_same_two_steps(sealed, gone, rule):
    agreement = AgreementVersion.objects.get()
    ReturnVersion.objects.filter(id=gone).update(agreement_version=str(agreement))
    day = months_after(NOW.date(), 1)
    if rule == "end_of_agreement":
        ReturnVersion.objects.filter(id=gone).update(state=State.SUPERSEDED)
        day = months_after(date.fromisoformat(agreement.terms["end"]), 12)
    at = LATER.replace(year=day.year, month=day.month, day=day.day)
    due = next(each for each in retained(sealed, at=at) if each.return_id == gone)
    assert (due.due_on, due.rule, due.action, due.hindrances) == (day, rule, "delete", ())
    assert "UK GDPR" in due.source
    assert not due.is_due(day - timedelta(days=1))
    assert ask_for_due(sealed, by="job", at=at - timedelta(days=1)) == []

    (asked,) = ask_for_due(sealed, by="job", at=at)

    assert (asked.rule, asked.state, len(asked.returns)) == (rule, "asked", 1)
    assert ask_for_due(sealed, by="job", at=at) == [], "what was asked for is not asked for twice"
    assert agree_to_erase(sealed, asked.number, by="dpo", at=at).state == "carried out"
    assert gone not in {each.return_id for each in retained(sealed, at=at)}


def test_every_period_says_whose_it_is_or_which_law_fixes_it_and_since_when():
    rules = load_terms().retention
    fixed = [rule for rule in rules.values() if rule.months is not None]
    own = [rule for rule in fixed if "own period" in rule.source]

    assert len(fixed) == 4
    assert all(rule.in_force_from and rule.trigger and rule.source for rule in rules.values())
    assert all("fixes none" in rule.source for rule in own), "a period that no law fixes is not told as if one did"
    assert [rule.source.split(",")[0] for rule in fixed if rule not in own] == ["Guidance on the management of police information"]


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("end_of_agreement", date(2028, 3, 31)),
        ("aggregate_after_two_years", date(2028, 2, 29)),
        ("police_information_review", date(2031, 12, 31)),
        ("looked_after_case_record", None),
        ("statutory_inquiry_hold", None),
        ("withdrawn_return", None),
    ],
)
def test_each_rule_counts_from_its_own_day(rule, day):
    days = {"agreement_end": date(2027, 3, 31), "accepted_on": date(2026, 2, 28), "about_to": date(2025, 12, 31)}
    found = due_on(load_terms().retention[rule], **days)

    assert found == (day if rule != "aggregate_after_two_years" else date(2028, 2, 28))
