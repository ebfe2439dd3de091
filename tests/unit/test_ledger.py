"""The ledger's own rules: states, facts that never change, an audit chain that shows tampering."""

from __future__ import annotations

import contextlib
import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction

from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, AuditHead, Generation, ReturnVersion
from sightline.ledger.releases import rounding_key_in_use
from sightline.ledger.returns import move
from sightline.ledger.states import TRANSITIONS, IllegalTransition, State, check_transition
from tests.support.partnership import NOW, referral
from tests.support.tampering import unguard


def test_every_state_has_its_row_in_the_transition_table():
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("to", State)
def test_a_step_is_allowed_exactly_when_the_table_has_it(now, to):
    if to in TRANSITIONS[now]:
        check_transition(now, to)
    else:
        with pytest.raises(IllegalTransition, match=f"{now.label.lower()} cannot become {to.label.lower()}"):
            check_transition(now, to)


def test_nothing_comes_back_to_accepted_once_it_has_left():
    assert [now for now in State if State.ACCEPTED in TRANSITIONS[now]] == [State.VALIDATED]
    assert TRANSITIONS[State.ERASED] == frozenset()


def test_every_state_can_be_reached_from_received():
    reached = {State.RECEIVED}
    while more := {to for now in reached for to in TRANSITIONS[now]} - reached:
        reached |= more
    assert reached == set(State)


def test_the_ledger_refuses_steps_that_the_table_does_not_have(submit):
    id = submit(referral=[referral("A1")]).return_id
    for now, to in itertools.product(State, State):
        ReturnVersion.objects.filter(id=id).update(state=now)
        version = ReturnVersion.objects.get(id=id)
        with audit.writing(), contextlib.nullcontext() if to in TRANSITIONS[now] else pytest.raises(IllegalTransition):
            move(version, to, by="t", at=NOW)

        assert ReturnVersion.objects.get(id=id).state == (to if to in TRANSITIONS[now] else now)


@pytest.mark.django_db
def test_a_fact_cannot_be_changed_or_deleted():
    made = Generation.objects.create(number=1, digest="d", published_at=NOW, published_by="t")
    made.digest = "other"

    with pytest.raises(Refused, match="cannot be changed"):
        made.save()
    with pytest.raises(Refused, match="cannot be deleted"):
        made.delete()
    assert Generation.objects.get().digest == "d"


def test_the_database_itself_holds_one_accepted_version_for_a_slot(submit):
    submit(referral=[referral("A1")])
    submit(referral=[referral("A2")])

    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnVersion.objects.update(state=State.ACCEPTED)


@pytest.mark.django_db
def test_the_audit_chain_is_the_same_whatever_the_time_zone_of_the_clock():
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    with audit.writing():
        audit.record("one", "a", by="t", at=at)
        audit.record("two", "b", by="t", at=at.astimezone(timezone(timedelta(hours=5))), detail={"count": 3, "what": "café"})

    assert audit.verify() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("update ledger_auditevent set actor = 'somebody else' where seq = 2", 2),
        ("""update ledger_auditevent set detail = '{"n": 99}' where seq = 3""", 3),
        ("delete from ledger_auditevent where seq = 2", 2),
        ("update ledger_auditevent set prev_hash = hash where seq = 1", 1),
        ("delete from ledger_auditevent where seq = 4", 3),
        ("delete from ledger_auditevent", 0),
    ],
)
def test_an_altered_or_missing_event_is_named(tampering, first_bad):
    with audit.writing():
        for number in range(4):
            audit.record("step", "thing", by="t", at=NOW, detail={"n": number})
    unguard()
    with connection.cursor() as cursor:
        cursor.execute(tampering)

    with pytest.raises(audit.AuditBroken, match=f"event {first_bad}\\b"):
        audit.verify()


@pytest.mark.django_db
def test_two_events_that_changed_places_are_named():
    with audit.writing():
        for number in range(4):
            audit.record("step", "thing", by="t", at=NOW, detail={"n": number})
    unguard()
    with connection.cursor() as cursor:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            cursor.execute("update ledger_auditevent set seq = %s where seq = %s", [after, before])
    assert [event.detail["n"] for event in AuditEvent.objects.order_by("seq")] == [0, 2, 1, 3]

    with pytest.raises(audit.AuditBroken, match=r"event 2\b"):
        audit.verify()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bending", ["update ledger_auditevent set actor = 'x' where seq = 1", "delete from ledger_auditevent where seq = 1"]
)
def test_the_database_itself_refuses_to_change_an_event_or_take_one_away(bending):
    with audit.writing():
        audit.record("step", "thing", by="t", at=NOW)

    with pytest.raises(IntegrityError, match="an audit event is a fact"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(bending)

    assert audit.verify() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("after", range(6))
def test_a_chain_walked_on_from_an_event_finds_what_was_bent_there_or_later(after):
    with audit.writing():
        for number in range(5):
            audit.record("step", "thing", by="t", at=NOW, detail={"n": number})
    assert audit.verify(after=after) == 5
    unguard()
    AuditEvent.objects.filter(seq=3).update(actor="x")

    if after > 3:
        assert audit.verify(after=after) == 5
    else:
        with pytest.raises(audit.AuditBroken, match=r"event 3\b"):
            audit.verify(after=after)
    AuditEvent.objects.filter(seq__gte=3)._raw_delete("default")
    with pytest.raises(audit.AuditBroken):
        audit.verify(after=after)


@pytest.mark.django_db
@pytest.mark.parametrize("bent", ["replace(detail, 'ab', 'ac')", "'\"no longer a mapping\"'"])
def test_which_key_figures_were_rounded_with_is_read_from_no_event_that_was_altered(bent):
    with audit.writing():
        audit.record("release_made", "release 1", by="t", at=NOW, detail={"rounding_key": "ab"})
    assert rounding_key_in_use() == ("ab", "release 1")
    unguard()
    with connection.cursor() as cursor:
        cursor.execute(f"update ledger_auditevent set detail = {bent}")

    with pytest.raises(audit.AuditBroken, match=r"event 1\b"):
        rounding_key_in_use()


@pytest.mark.django_db
def test_an_event_and_its_change_stand_or_fall_together():
    def record_and_fail() -> None:
        with audit.writing():
            audit.record("step", "thing", by="t", at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        record_and_fail()

    assert AuditEvent.objects.count() == 0
    assert not AuditHead.objects.filter(seq__gt=0).exists()
