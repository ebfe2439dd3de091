"""Erasing one person's rows: the return goes on without them, by two people, and nothing of the person is left anywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from sightline.app.encrypt_workspace import encrypt_workspace
from sightline.app.erase import (
    WAITS,
    Effects,
    agree_to_erase,
    ask_to_erase_person,
    asked_erasures,
    effects_of_person,
    refuse_to_erase,
    waits_for,
)
from sightline.app.link_people import link_people
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.retention import lift_hold, place_hold
from sightline.app.start import open_workspace
from sightline.app.sweep import named_objects
from sightline.app.tables import NotReproducible, open_tables
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.kept_after_erasure import load_kept_after_erasure
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.access_models import AccessRequest
from sightline.ledger.erasures import SecondPersonNeeded, UnderLegalHold
from sightline.ledger.models import AuditEvent, ObjectKind, ReturnVersion, User
from sightline.ledger.states import State
from sightline.ledger.subject_models import BreakGlass, NonDisclosure
from sightline.model.periods import Quarter
from sightline.privacy.entities import STORED
from sightline.privacy.erased import erasure_mark, without_people
from sightline.privacy.pseudonyms import identity_id
from tests.support.left import everything
from tests.support.partnership import NOW, Q4, referral, submit

LATER = NOW + timedelta(days=2)
WHY = "an order of the court"
NAME, FAMILY, NUMBER, NHS = "Thistledown", "Quillfeather", "CASE-77001", "9434765919"
WHO = {"local_id": NUMBER, "given_name": NAME, "family_name": FAMILY, "nhs_number": NHS, "date_of_birth": "2011-04-05"}
OTHER = {"local_id": "CASE-2", "given_name": "Ada", "family_name": "Marsh", "date_of_birth": "2010-01-02"}


@pytest.fixture
def sealed(workspace: Workspace) -> Workspace:
    encrypt_workspace(workspace, key_file=None, by="t", at=NOW)
    return open_workspace(workspace.root)


def rows(*, more: dict | None = None) -> dict:
    return {
        "identity_record": [WHO, OTHER],
        "referral": [referral(NUMBER), referral("CASE-2")],
        "incident": [{"incident_reference": "I-alone"}, {"incident_reference": "I-both"}],
        "involvement": [
            {"incident_reference": "I-alone", "local_id": NUMBER, "role_local": "victim"},
            {"incident_reference": "I-both", "local_id": NUMBER, "role_local": "victim"},
            {"incident_reference": "I-both", "local_id": "CASE-2", "role_local": "witness"},
        ],
        "narrative": [{"local_id": NUMBER, "about": "referral", "voice": "child", "text": f"{NAME} said so"}],
        **(more or {}),
    }


@pytest.fixture
def told(sealed: Workspace, tmp_path: Path) -> Workspace:
    """Two quarters of one agency that name the person, the first corrected once, and another agency's return; linked."""
    submit(sealed, tmp_path, period=Q4, identity_record=[WHO], referral=[referral(NUMBER)])
    submit(sealed, tmp_path, period=Q4, identity_record=[WHO, OTHER], referral=[referral("CASE-2")])
    submit(sealed, tmp_path, **rows())
    submit(sealed, tmp_path, agency="police", dataset="police", identity_record=[{**OTHER, "local_id": "P1"}], referral=[referral("P1")])
    publish_generation(sealed, by="t", at=NOW)
    link_people(sealed, by="t", at=NOW)
    return sealed


def ask(workspace, number=NUMBER, **more):
    return ask_to_erase_person(workspace, "csc", number, **{"reason": WHY, "by": "ann", "at": LATER} | more)


def carry_out(workspace, number, *, at=LATER):
    """Every step after the asking."""
    assert agree_to_erase(workspace, number, by="ben", at=at).state == WAITS
    publish_generation(workspace, by="t", at=at)
    link_people(workspace, by="t", at=at)
    return agree_to_erase(workspace, number, by="ben", at=at)


def test_before_it_is_seen_in_which_returns_somebody_is_and_nothing_is_changed(told):
    events = AuditEvent.objects.count()

    effects = effects_of_person(told, "csc", f" {NUMBER} ", at=LATER)

    assert effects.rows == {"csc annex_a 2025-Q4 version 1": 2, "csc annex_a 2025-Q4 version 2": 1, "csc annex_a 2026-Q1 version 1": 6}
    assert effects.go_on == ("csc annex_a 2025-Q4 version 2", "csc annex_a 2026-Q1 version 1")
    assert (effects.hindrances, effects.linkages, len(effects.generations)) == ((), 1, 1)
    assert AuditEvent.objects.count() == events


def test_what_the_ledger_keeps_of_the_person_is_counted_and_its_ground_is_named_before_and_after(told):
    mine, other = (identity_id(each, key=told.identity_key, agency="csc") for each in (NUMBER, "CASE-2"))
    about = {"person": "p", "token": "t", "at": NOW, "by": "ann"}
    BreakGlass.objects.create(identities=[mine], emergency="court", reason="told today", agency="csc", **about)
    for who in (mine, other):
        AccessRequest.objects.create(identities=[who], reference="R1", asked_by="person", received_on=NOW.date(), **about)
    NonDisclosure.objects.create(identities=[other], asked_by="csc", basis="serious_harm", reason="x", review_by=NOW.date(), **about)

    ask_to_erase_person(told, "csc", NUMBER, reason=WHY, by="ann", at=LATER)

    effects = Effects(**asked_erasures()[0].effects)
    assert dict(effects.facts) == {"links": 0, "emergencies": 1, "not_disclosed": 0, "requests": 1}
    assert [(count, kept.title) for count, kept in effects.stays] == [
        (1, "Emergencies in which the records were opened"),
        (1, "Subject access requests"),
    ]
    assert all("Article 17(3)" in kept.source for _, kept in effects.stays)
    assert set(effects.facts) == set(load_kept_after_erasure())


def test_the_return_goes_on_without_the_rows_and_nothing_of_the_person_is_left_anywhere(told):
    who = identity_id(NUMBER, key=told.identity_key, agency="csc")
    before = everything(told)
    assert all(text.encode() in before for text in (NAME, FAMILY, NUMBER, NHS, who)), "the search finds what is there"
    old = {version.id for version in ReturnVersion.objects.filter(agency="csc")}

    done = carry_out(told, ask(told).number)

    assert (done.state, done.by, done.decided_by, done.agency) == ("carried out", "ann", "ben", "csc")
    left = everything(told)
    assert [text for text in (NAME, FAMILY, NUMBER, NHS, who) if text.encode() in left] == []
    assert {version.state for version in ReturnVersion.objects.filter(id__in=old)} == {State.ERASED}
    assert {version.tombstone.erasure_id for version in ReturnVersion.objects.filter(id__in=old)} == {done.number}
    assert all(told.objects.is_sound(digest) for digest in named_objects())
    audit.verify()


def test_everybody_else_stays_with_the_same_numbers_and_rows(told):
    def people(workspace):
        with DuckDBEngine() as engine:
            open_tables(workspace, current_generation(workspace), engine)
            query = "select person_id, count(*) as referrals from referral group by person_id order by person_id"
            return engine.query(query).to_pylist(), engine.query("select incident_reference from incident").num_rows

    before, incidents = people(told)
    carry_out(told, ask(told).number)
    after, left = people(told)

    assert (len(before), incidents) == (2, 2)
    assert (len(after), left) == (1, 1), "an incident of the person alone goes, one of several people stays"
    assert after[0] in before
    latest = ReturnVersion.objects.get(agency="csc", period="2026-Q1", state=State.ACCEPTED)
    assert (latest.version, latest.rows_kept) == (2, 9), "of ten rows one line of the file told of nobody else"
    assert {part.kind for part in latest.parts.all()} == {ObjectKind.TABLE}, "the file as it came names the person and is gone"


def test_between_the_two_steps_the_current_generation_still_counts_and_the_step_after_says_what_it_waits_for(told):
    asked = ask(told)
    agree_to_erase(told, asked.number, by="ben", at=LATER)

    with DuckDBEngine() as engine:
        open_tables(told, current_generation(told), engine)
    assert "publish one without them" in waits_for(asked.number)[0]
    assert asked_erasures()[0].state == WAITS
    publish_generation(told, by="t", at=LATER)
    assert "link them first" in waits_for(asked.number)[0]
    assert agree_to_erase(told, asked.number, by="ben", at=LATER).state == WAITS


def test_generations_of_before_say_that_they_cannot_be_opened(told):
    before = current_generation(told)
    carry_out(told, ask(told).number)

    with DuckDBEngine() as engine, pytest.raises(NotReproducible, match="2 of its returns were erased"):
        open_tables(told, before, engine)


def test_the_same_file_again_brings_nothing_back_and_a_changed_one_neither(told, tmp_path):
    carry_out(told, ask(told).number)

    again = submit(told, tmp_path, at=LATER, **rows())
    assert again.already_had
    corrected = submit(told, tmp_path, at=LATER, **rows(more={"contact": [{"local_id": "CASE-2", "contacted_on": "2026-01-09"}]}))

    assert corrected.version == 3
    (note,) = [finding for finding in corrected.findings if finding.code == "SL-GOV-024"]
    assert note.rows == 6
    assert NUMBER not in str(note)
    assert corrected.files == {}, "the file as it came is not kept"
    assert not any(text.encode() in everything(told) for text in (NAME, NUMBER))


def test_a_later_period_tells_of_the_person_anew(told, tmp_path):
    at_that_time = NOW - timedelta(days=60)  # before the quarter's end
    carry_out(told, ask(told, at=at_that_time).number, at=NOW)
    asked = asked_erasures()[0]
    assert asked.decided_at == NOW

    later = NOW + timedelta(days=70)
    receipt = submit(told, tmp_path, at=later, period=Quarter(2026, 2), identity_record=[WHO], referral=[referral(NUMBER, "2026-06-01")])

    assert receipt.rows_kept == 2
    assert NUMBER.encode() in everything(told)


def test_it_takes_two_people_and_a_legal_hold_stops_it_at_each_step(told):
    hold = place_hold(told, agency="csc", reason="an inquiry", until=None, by="dpo", at=LATER)
    with pytest.raises(UnderLegalHold):
        ask(told)
    lift_hold(hold.number, reason="over", by="dpo", at=LATER)
    asked = ask(told)
    with pytest.raises(SecondPersonNeeded):
        agree_to_erase(told, asked.number, by="ann", at=LATER)
    hold = place_hold(told, agency="csc", reason="an inquiry", until=None, by="dpo", at=LATER)
    with pytest.raises(UnderLegalHold):
        agree_to_erase(told, asked.number, by="ben", at=LATER)
    lift_hold(hold.number, reason="over", by="dpo", at=LATER)
    agree_to_erase(told, asked.number, by="ben", at=LATER)
    publish_generation(told, by="t", at=LATER)
    link_people(told, by="t", at=LATER)
    place_hold(told, period="2025-Q4", reason="another", until=None, by="dpo", at=LATER)
    with pytest.raises(UnderLegalHold):
        agree_to_erase(told, asked.number, by="ben", at=LATER)
    assert NUMBER.encode() in everything(told)


def test_what_came_in_since_it_was_asked_has_to_be_asked_anew(told, tmp_path):
    asked = ask(told)
    submit(told, tmp_path, at=LATER, **rows(more={"contact": [{"local_id": NUMBER, "contacted_on": "2026-01-09"}]}))

    with pytest.raises(Refused, match="came in"):
        agree_to_erase(told, asked.number, by="ben", at=LATER)
    assert refuse_to_erase(asked.number, reason="ask anew", by="ben", at=LATER).state == "refused"
    assert carry_out(told, ask(told).number).state == "carried out"


def test_a_person_of_withdrawn_returns_alone_goes_with_them(told):
    for version in ReturnVersion.objects.filter(agency="csc", state=State.ACCEPTED):
        withdraw_return(told, return_id=version.id, reason="wrong", by="t", at=LATER)
    publish_generation(told, by="t", at=LATER)
    link_people(told, by="t", at=LATER)
    asked = ask(told)

    assert list(asked.effects["go_on"]) == []
    assert agree_to_erase(told, asked.number, by="ben", at=LATER).state == "carried out"
    assert not any(text.encode() in everything(told) for text in (NAME, FAMILY, NUMBER, NHS))


@pytest.mark.parametrize(
    ("agency", "number", "reason", "error"),
    [
        ("csc", "nobody", WHY, NotFound),
        ("nobody", NUMBER, WHY, NotFound),
        ("csc", " ", WHY, InputRefused),
        ("csc", NUMBER, " ", InputRefused),
    ],
)
def test_a_person_that_is_not_there_and_a_reason_that_is_not_given_are_refused(told, agency, number, reason, error):
    with pytest.raises(error) as refused:
        ask_to_erase_person(told, agency, number, reason=reason, by="ann", at=LATER)
    assert NUMBER not in str(refused.value)


def test_the_commands_take_the_number_unseen_and_keep_it_nowhere(told):
    for name in ("ann", "ben"):
        user = User(username=name, role="data_protection_officer")
        user.set_password(name)
        user.save()

    def run(*words, typed):
        done = CliRunner().invoke(app, ["erase", *words, "-w", str(told.root), "--json"], input="".join(f"{each}\n" for each in typed))
        assert done.exception is None, done.output
        assert NUMBER not in done.output
        return json.loads(done.output)

    assert run("plan-person", "csc", typed=[NUMBER])["rows"]["csc annex_a 2026-Q1 version 1"] == 6
    assert run("ask-person", "csc", "--reason", WHY, "--by", "ann", typed=[NUMBER, "ann"]) == {"erasure": 1, "state": "asked"}
    assert run("agree", "1", "--by", "ben", typed=["ben"])["waits_for"] != []
    assert NUMBER not in str(list(AuditEvent.objects.values_list("object", "detail")))


def table(name, **columns):
    count = len(next(iter(columns.values())))
    types = {field.name: field.type for field in STORED[name].schema}
    given = {"source_file": ["f"] * count, "source_row": list(range(count)), **columns}
    return pa.table({each: pa.array(values, types[each]) for each, values in given.items()})


def test_somebody_is_taken_out_of_ties_and_lists_of_others_too():
    tables = {
        "association": table("association", identity_id=["a", "b"], other_identity_id=["gone", "c"]),
        "disruption": table("disruption", subject_identity_id=["gone", "b", None], linked_child_references=["a", "a;gone;b", "gone"]),
        "screening": table("screening", identity_id=["gone", "a"], screening_reference=["s1", "s2"]),
        "screening_item": table("screening_item", screening_reference=["s1", "s2", None], item=["1", "1", "1"]),
    }

    removed = without_people(tables, {"gone"})

    assert removed.rows == {"association": 1, "disruption": 1, "screening": 1, "screening_item": 1}
    assert removed.tables["association"]["identity_id"].to_pylist() == ["b"]
    assert removed.tables["disruption"]["linked_child_references"].to_pylist() == ["a;b", None]
    assert removed.tables["screening_item"]["screening_reference"].to_pylist() == ["s2", None]
    assert without_people(tables, set()).total == 0


def test_the_mark_of_a_person_needs_the_key():
    assert erasure_mark("a", key=b"k" * 32) == erasure_mark("a", key=b"k" * 32)
    assert len({erasure_mark("a", key=b"k" * 32), erasure_mark("a", key=b"l" * 32), erasure_mark("b", key=b"k" * 32)}) == 3
