"""Generations: the same set is the same generation, what was published stays, and the past can be asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sightline.app.as_at import Since, generation_as_at
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.withdraw_return import withdraw_return
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.linkages import latest_linkage, previous_linkage, record_linkage
from sightline.ledger.models import AuditEvent, Generation, GenerationReturn, ReturnVersion
from sightline.ledger.releases import current_release_record, next_release_number, record_release, release_record
from tests.support.partnership import NOW, Q1, Q4, referral

DAY = timedelta(days=1)


@pytest.fixture
def publish(workspace):
    return lambda at=NOW: publish_generation(workspace, by="t", at=at)


def test_before_the_first_return_or_generation_the_next_step_is_named(workspace, publish):
    with pytest.raises(NotFound, match="sightline publish"):
        current_generation(workspace)
    with pytest.raises(Refused, match="sightline submit"):
        publish()


def test_a_generation_holds_every_accepted_return_in_order_of_precedence(workspace, submit, publish):
    late = submit(referral=[referral("A1")], period=Q4, at=NOW + DAY)
    newer = submit(referral=[referral("A2")], period=Q1, at=NOW)
    census = submit(referral=[referral("A2")], dataset="cin_census", period=Q1, at=NOW + DAY)

    made = publish()

    assert made.return_ids == (late.return_id, newer.return_id, census.return_id)
    assert (made.number, made.returns, made.is_new) == (1, 3, True)
    assert made.name.startswith("G1-")
    assert current_generation(workspace).name == made.name


def test_publishing_the_same_set_again_gives_the_same_generation_and_writes_nothing(submit, publish):
    submit(referral=[referral("A1")])
    made, events = publish(), AuditEvent.objects.count()

    again = publish(NOW + DAY)

    assert (again.number, again.digest, again.published_at, again.is_new) == (made.number, made.digest, NOW, False)
    assert (Generation.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_a_correction_a_withdrawal_and_a_going_back_are_each_a_generation_of_their_own(workspace, submit, publish):
    submit(referral=[referral("A1")])
    first = publish()
    wrong = submit(referral=[referral("A2")])
    second = publish()
    withdraw_return(workspace, return_id=wrong.return_id, reason="wrong file", by="t", at=NOW)
    submit(referral=[referral("A1")])
    third = publish()

    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert list(GenerationReturn.objects.filter(generation=1).values_list("return_version_id", flat=True)) == list(first.return_ids)


def test_a_generation_keeps_the_geography_it_was_published_with(workspace, submit, publish):
    submit(referral=[referral("A1")])
    first = publish()
    (workspace.root / "geography" / "wards.csv").write_text("ward_code,ward_name\nW01,Quay\n", encoding="utf-8")

    second = publish()

    assert second.number == 2
    assert workspace.objects.get_bytes(first.context["geography/wards.csv"]).endswith(b"W02,Dunes\n")


def test_as_at_an_instant_gives_what_held_then_and_what_has_changed_since(workspace, submit, publish):
    first = submit(referral=[referral("A1")], at=NOW)
    old = submit(referral=[referral("P1")], agency="police", dataset="police", at=NOW)
    published = publish(NOW + DAY)
    second = submit(referral=[referral("A2")], at=NOW + 2 * DAY)
    withdraw_return(workspace, return_id=old.return_id, reason="wrong file", by="t", at=NOW + 3 * DAY)
    submit(referral=[referral("A3")], period=Q4, at=NOW + 4 * DAY)

    then, now = generation_as_at(workspace, NOW + DAY), generation_as_at(workspace, NOW + 9 * DAY)

    assert set(then.generation.return_ids) == {first.return_id, old.return_id} == set(published.return_ids)
    assert then.generation.digest == published.digest
    assert then.published.name == published.name
    assert [(d.agency, d.period, d.since, d.then, d.now) for d in then.differences] == [
        ("csc", "2025-Q4", Since.ARRIVED, None, 1),
        ("csc", "2026-Q1", Since.CORRECTED, 1, 2),
        ("police", "2026-Q1", Since.WITHDRAWN, 1, None),
    ]
    assert second.return_id in now.generation.return_ids
    assert now.differences == ()


def test_a_return_holds_from_the_very_instant_it_is_accepted_until_the_instant_it_is_closed(workspace, submit):
    first = submit(referral=[referral("A1")], at=NOW)
    second = submit(referral=[referral("A2")], at=NOW + DAY)
    tick = timedelta(microseconds=1)

    held = [generation_as_at(workspace, at).generation.return_ids for at in (NOW - tick, NOW, NOW + DAY - tick, NOW + DAY)]

    assert held == [(), (first.return_id,), (first.return_id,), (second.return_id,)]
    assert generation_as_at(workspace, NOW).published is None


def test_the_newest_linkage_of_a_generation_holds_and_the_newest_of_all_is_carried_on(submit, publish):
    submit(referral=[referral("A1")])
    one = publish()
    assert (latest_linkage(one.number), previous_linkage()) == (None, None)
    for digest in ("a", "b"):
        record_linkage(one.number, links=digest, people=digest, summary={"people": 1}, by="t", at=NOW)
    submit(referral=[referral("A2")])
    two = publish()

    assert latest_linkage(one.number).links == previous_linkage().links == "b"
    assert latest_linkage(two.number) is None
    assert audit.verify() == AuditEvent.objects.count()


def test_releases_are_numbered_once_and_a_withdrawn_one_is_not_current(submit, publish):
    submit(referral=[referral("A1")])
    generation = publish().number
    request = {"period": "2026-Q1", "digest": "d", "attachments": {}, "generation": generation, "by": "t", "at": NOW}
    assert (next_release_number(), current_release_record()) == (1, None)
    record_release(1, **request)
    record_release(next_release_number(), **request)

    with pytest.raises(Refused, match="Make the release again"):
        record_release(2, **request)
    with pytest.raises(NotFound, match="no release 7"):
        release_record(7)
    assert current_release_record().number == 2
    type(release_record(2)).objects.filter(number=2).update(withdrawn_at=NOW)
    assert current_release_record().number == 1
    assert ReturnVersion.objects.count() == 1
