"""One person's records in an emergency: who may, what is shown, who is told, and that it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sightline.app import break_glass, not_disclosed
from sightline.app.break_glass import NoLongerOpen, NothingToShow, Reader, look
from sightline.app.sign_in_standing import Against, against_signing_in
from sightline.app.subjects import ByNumber
from sightline.definitions.working_days import load_holidays
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.break_glass import MayNotOpen, MayNotReview, review_due, still_to_review
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementStep, AgreementVersion
from sightline.ledger.models import AuditEvent, User
from sightline.ledger.subject_models import BreakGlass, BreakGlassRefused, BreakGlassTold
from sightline.model.agreements import Tier
from tests.support.emergencies import NARRATIVE, READER, WORDS, known_child, opened
from tests.support.partnership import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def town(workspace, submit):
    return known_child(workspace, submit)


def said(shown):
    """Everything that a look says of records, as one text."""
    return " ".join(f"{what}: {value}" for agency in shown.agencies for each in agency.records for what, value in each.lines)


def closed_for(town, holder, *, number=("csc", "0"), until=None, by="officer", agency="", at=NOW):
    return not_disclosed.decide_not_to_disclose(
        town,
        ByNumber(*number),
        holder=holder,
        asked_by="the other agencies",
        basis="serious_harm",
        reason="Whoever reads this could find where she lives now",
        until=until,
        review_by=at.date() + timedelta(days=90),
        by=by,
        agency=agency,
        at=at,
    )


def test_a_practitioner_sees_at_once_what_every_agency_shares_of_one_child(town):
    shown = look(town, READER, opened(town), at=NOW)

    assert [agency.id for agency in shown.agencies] == ["csc", "police"]
    kinds = {agency.id: [each.kind for each in agency.records] for agency in shown.agencies}
    assert kinds == {"csc": ["Who they are", "Referral"], "police": ["Missing episode"]}
    assert "Grade the agency gave: high (recorded as: High risk)" in said(shown)


def test_another_agencys_names_and_numbers_stay_with_it(town):
    care = said(look(town, READER, opened(town), at=NOW))
    police = said(look(town, Reader("bo", "police"), opened(town, reader=Reader("bo", "police")), at=NOW))

    assert "Ottoline" in care
    assert "Tamsin" not in care
    assert "Tamsin" in police
    assert "Ottoline" not in police


def test_nothing_of_another_child_is_shown(town):
    shown = look(town, READER, opened(town), at=NOW)

    assert "Barnaby" not in said(shown)
    with pytest.raises(MayNotOpen, match="one at a time"):
        opened(town, child="1", at=NOW + MINUTE)


def test_it_ends_after_sixty_minutes_or_when_the_reader_ends_it(town):
    number = opened(town)

    assert look(town, READER, number, at=NOW + 59 * MINUTE).agencies
    with pytest.raises(NoLongerOpen):
        look(town, READER, number, at=NOW + 60 * MINUTE)
    break_glass.end(READER, number, at=NOW + 30 * MINUTE)
    with pytest.raises(NoLongerOpen):
        look(town, READER, number, at=NOW + 31 * MINUTE)


def test_nobody_else_sees_what_one_reader_opened(town):
    number = opened(town)

    with pytest.raises(NotFound):
        look(town, Reader("bo", "police"), number, at=NOW)


def test_officers_of_both_agencies_are_told_in_the_moment_it_is_opened(town):
    number = opened(town)

    assert set(BreakGlassTold.objects.filter(glass=number).values_list("agency", flat=True)) == {"csc", "police"}
    assert [break_glass.waiting_for_review(agency) for agency in ("csc", "police", "education", "")] == [1, 1, 0, 1]


def test_each_look_is_in_the_audit_before_anything_is_shown_and_no_name_is_in_it(town, monkeypatch):
    number = opened(town)
    look(town, READER, number, at=NOW)

    event = AuditEvent.objects.get(action="break_glass_read")
    assert (event.actor, event.object, event.detail["agencies"], event.detail["rows"]) == (
        "ann",
        f"emergency {number}",
        ["csc", "police"],
        4,
    )
    held = " ".join(str(each.detail) + each.object for each in AuditEvent.objects.all())
    assert not [name for name in ("Ottoline", "Tamsin", "knife") if name in held]

    def fail(*_, **__):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        look(town, READER, number, at=NOW)


@pytest.mark.parametrize(("name", "is_own"), [("jo.hebblewhite", True), ("jo.oxenholme", False)])
def test_a_look_at_a_child_of_the_readers_own_name_is_marked_and_another_agencys_name_is_none_that_was_shown(town, name, is_own):
    reader = Reader(name, "csc")
    look(town, reader, opened(town, reader=reader), at=NOW)

    assert AuditEvent.objects.get(action="break_glass_read").detail.get("own_name", False) is is_own


def test_a_text_stays_closed_until_it_is_asked_for_and_each_opening_is_written_down(town):
    number = opened(town)
    (text,) = look(town, READER, number, at=NOW).agencies[0].texts

    assert (text.words, text.length, text.may_name_others) == (None, 13, True)
    assert text.categories == ("Self-harm or suicide", "Weapons", "Control, debt or trafficking")
    shown = look(town, READER, number, at=NOW, opened=text.key)
    assert [each.words for each in shown.agencies[0].texts] == [NARRATIVE]
    assert AuditEvent.objects.get(action="break_glass_text_read").detail["text"] == text.key
    with pytest.raises(InputRefused):
        look(town, READER, number, at=NOW, opened="0123456789abcdef")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"is_fresh": False}, "second factor"),
        ({"reader": Reader("ann", "")}, "names no agency"),
    ],
)
def test_it_is_refused_whoever_it_is_about(town, more, why):
    reader = more.pop("reader", READER)
    with pytest.raises(MayNotOpen, match=why):
        break_glass.open_records(
            town, reader, ByNumber("csc", "0"), emergency="court", words=WORDS, is_fresh=more.get("is_fresh", True), at=NOW
        )

    assert not BreakGlass.objects.exists()
    assert AuditEvent.objects.get(action="break_glass_refused").actor == "ann"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"emergency": "curiosity"}, "Choose what kind"),
        ({"words": "urgent"}, "in a sentence"),
        ({"words": "She was born on 3/4/2012 and is in danger"}, "date or a number"),
    ],
)
def test_what_the_emergency_is_has_to_be_said(town, more, why):
    with pytest.raises(InputRefused, match=why):
        opened(town, **more)


def test_no_officer_nobody_told_no_records(town):
    User.objects.filter(username__startswith="officer").update(is_active=False)

    with pytest.raises(MayNotOpen, match="nobody would be told"):
        opened(town)


def test_asking_again_and_again_is_no_emergency(town):
    for step in range(5):
        with pytest.raises(NothingToShow):
            opened(town, child=f"guess {step}", at=NOW + step * MINUTE)

    with pytest.raises(MayNotOpen, match="5 times within a day"):
        opened(town, at=NOW + 6 * MINUTE)
    assert opened(town, at=NOW + timedelta(hours=25))


def test_what_is_not_disclosed_at_all_is_refused_in_the_words_for_somebody_unknown(town):
    closed_for(town, "")
    refusals = []
    for child in ("0", "nobody of that number"):
        with pytest.raises(NothingToShow) as refused:
            opened(town, child=child)
        refusals.append((str(refused.value), refused.value.hint))

    assert refusals[0] == refusals[1]
    assert BreakGlassRefused.objects.count() == 2
    assert {each.why for each in break_glass.refused_asks("csc")} == {"it could not be shown"}
    assert len({each.why for each in break_glass.refused_asks("")}) == 2


def test_what_one_agency_does_not_disclose_leaves_no_trace(town):
    """Its absence reads as if it held nothing; the others are shown."""
    number = opened(town)
    closed_for(town, "police", number=("police", "0"), by="officer_police", agency="police", at=NOW + MINUTE)

    shown = look(town, READER, number, at=NOW + 2 * MINUTE)

    assert [agency.id for agency in shown.agencies] == ["csc"]
    assert "Police" in shown.nothing_of
    assert not [gap for gap in shown.gaps if "Police" in gap or "disclos" in gap]


@pytest.mark.parametrize(("holder", "seen"), [("csc", ["police"]), ("", []), ("education", ["csc", "police"])])
def test_a_decision_holds_from_its_instant_for_the_records_of_its_holder(town, holder, seen):
    number = opened(town)
    closed_for(town, holder, at=NOW + MINUTE)

    assert [agency.id for agency in look(town, READER, number, at=NOW).agencies] == ["csc", "police"]
    assert [agency.id for agency in look(town, READER, number, at=NOW + MINUTE).agencies] == seen


def test_a_decision_ends_with_its_last_day_or_when_it_is_ended(town):
    number = closed_for(town, "police", until=date(2026, 5, 15)).number
    glass = opened(town, at=datetime(2026, 5, 15, 22, 30, tzinfo=UTC))

    assert len(look(town, READER, glass, at=datetime(2026, 5, 15, 22, 59, tzinfo=UTC)).agencies) == 1
    assert len(look(town, READER, glass, at=datetime(2026, 5, 15, 23, 1, tzinfo=UTC)).agencies) == 2  # midnight in summer time
    with pytest.raises(Refused, match="no longer holds"):
        not_disclosed.end_decision(number, reason="over", by="officer", agency="", at=NOW + timedelta(days=1))


def test_a_decision_is_looked_at_again_and_ended_by_its_officer_alone(town):
    number = closed_for(town, "police", number=("police", "0"), by="officer_police", agency="police").number
    later = NOW + timedelta(days=100)
    assert [line.is_overdue for line in not_disclosed.list_decisions("police", at=later)] == [True]

    not_disclosed.look_again(
        number, words="nothing has changed", review_by=date(2026, 12, 1), by="officer_police", agency="police", at=later
    )

    assert [line.is_overdue for line in not_disclosed.list_decisions("police", at=later)] == [False]
    with pytest.raises(NotFound):
        not_disclosed.end_decision(number, reason="over", by="officer_csc", agency="csc", at=later)
    not_disclosed.end_decision(number, reason="she is safe now", by="officer_police", agency="police", at=later)
    assert [line.stands for line in not_disclosed.list_decisions("", at=later)] == [False]
    with pytest.raises(Refused, match="alone"):
        closed_for(town, "csc", by="officer_police", agency="police")


def test_a_decision_holds_for_somebody_of_whom_no_return_tells_yet(town):
    closed_for(town, "csc", number=("csc", "a number to come"))

    assert not_disclosed.list_decisions("csc", at=NOW)[0].stands


def test_a_suspended_agreement_shows_nothing_from_that_instant_and_says_so_of_everybody(town):
    number = opened(town)
    row = AgreementVersion.objects.get(agreement="emergencies")
    AgreementStep.objects.create(version=row, step="suspend", reason="a letter went astray", at=NOW + MINUTE, by="officer")

    assert look(town, READER, number, at=NOW).agencies
    shown = look(town, READER, number, at=NOW + MINUTE)
    assert shown.agencies == ()
    assert len(shown.gaps) >= 2


def test_fields_and_detail_that_are_not_agreed_are_not_shown(workspace, submit):
    town = known_child(workspace, submit, tier_ceiling=Tier.STRATEGIC)

    assert look(town, READER, opened(town), at=NOW).agencies == ()


def test_each_officer_reviews_once_and_the_reader_never(town):
    number = opened(town)
    say = {"justified": True, "words": "I rang the duty desk", "at": NOW}

    with pytest.raises(MayNotReview, match="your own"):
        break_glass.review(number, by="ann", agency="csc", **say)
    with pytest.raises(MayNotReview, match="not told"):
        break_glass.review(number, by="elsewhere", agency="education", **say)
    break_glass.review(number, by="officer_csc", agency="csc", **say)
    with pytest.raises(MayNotReview, match="has been reviewed"):
        break_glass.review(number, by="another", agency="csc", **say)
    assert [break_glass.waiting_for_review(agency) for agency in ("csc", "police", "")] == [0, 1, 1]

    break_glass.review(number, by="officer", agency="", **say)
    assert [break_glass.waiting_for_review(agency) for agency in ("csc", "police", "")] == [0, 0, 0]
    assert [line.waits_for for line in break_glass.emergencies_told("police", at=NOW)] == [()]


def test_whoever_was_not_reviewed_in_time_cannot_do_it_again_until_they_are(town):
    number = opened(town)  # a Friday
    later = review_due(NOW, load_holidays())

    assert opened(town, at=later - 5 * MINUTE)
    with pytest.raises(MayNotOpen, match="not reviewed in time"):
        opened(town, at=later + timedelta(hours=2))
    break_glass.review(number, justified=False, words="no danger that I can see", by="officer", agency="", at=later)
    assert opened(town, at=later + timedelta(hours=2))


@pytest.mark.parametrize(
    ("opened_at", "due"),
    [
        (datetime(2026, 5, 11, 9, tzinfo=UTC), date(2026, 5, 13)),  # Monday → the end of Wednesday
        (datetime(2026, 5, 14, 9, tzinfo=UTC), date(2026, 5, 18)),  # Thursday → Monday
        (datetime(2026, 5, 15, 9, tzinfo=UTC), date(2026, 5, 19)),  # Friday → Tuesday
        (datetime(2026, 5, 16, 9, tzinfo=UTC), date(2026, 5, 19)),  # Saturday → Tuesday
        (datetime(2026, 5, 17, 23, 30, tzinfo=UTC), date(2026, 5, 20)),  # Monday already, by the clock here
        (datetime(2026, 5, 21, 9, tzinfo=UTC), date(2026, 5, 26)),  # Thursday → Tuesday after the spring bank holiday
        (datetime(2026, 12, 24, 9, tzinfo=UTC), date(2026, 12, 30)),  # Christmas, a weekend and the day instead of Boxing Day
        (datetime(2027, 3, 25, 9, tzinfo=UTC), date(2027, 3, 31)),  # Easter
    ],
)
def test_two_working_days_end_at_midnight_here(opened_at, due):
    assert review_due(opened_at, load_holidays()).date() == due + timedelta(days=1)
    assert review_due(opened_at, load_holidays()).hour == 0


def test_whoever_was_not_reviewed_in_time_is_kept_out_until_every_officer_has_said(town):
    number = opened(town)  # a Friday
    due = review_due(NOW, load_holidays())
    ann, bo = (User.objects.get(username=name) for name in ("ann", "bo"))

    assert against_signing_in(ann, at=due - MINUTE) is None
    assert against_signing_in(ann, at=due) is Against.NOT_REVIEWED
    assert against_signing_in(bo, at=due) is None
    say = {"justified": False, "words": "no danger that I can see", "at": due}
    break_glass.review(number, by="officer_csc", agency="csc", **say)
    assert against_signing_in(ann, at=due) is Against.NOT_REVIEWED  # the police were told too and have said nothing
    break_glass.review(number, by="officer_police", agency="police", **say)
    assert against_signing_in(ann, at=due) is None


def test_the_partnerships_officer_answers_for_every_agency():
    assert still_to_review(["csc", "police"], []) == ("csc", "police")
    assert still_to_review(["csc", "police"], ["csc"]) == ("police",)
    assert still_to_review(["csc", "police"], [""]) == ()
