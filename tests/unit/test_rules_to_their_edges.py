"""Rules of governance on both sides of each of their edges, without a workspace: time limits, who may open, who may review."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, timedelta

import pytest

from sightline.definitions.agreement_terms import CountsFrom, RetentionRule
from sightline.governance import Action, Allow, Deny, Glass, Happened, NotDisclosed, Quarantined, Reason, Signature, Standing, Subject
from sightline.governance.access import Course, may_extend
from sightline.governance.access import due_on as answer_due_on
from sightline.governance.break_glass import MayNotOpen, MayNotReview, Wanting, refuse_to_open, refuse_to_review, review_due
from sightline.governance.decisions import Kind
from sightline.governance.retention import due_on
from sightline.governance.standing import StepNotPossible, check_step, has_begun
from sightline.model.agreements import Status, Step, Tier
from sightline.model.subjects import AT_MOST
from tests.support.agreements import DURING, POLICE, dataset, signed, suspended, terms
from tests.unit.test_decide import PROBATION, ask

MOMENT = timedelta(microseconds=1)
WANTING = Wanting("csc", is_fresh=True, tried=AT_MOST - 1, open_now=None, overdue=0, officers=1)
GLASS = Glass(1, "ann", "token", DURING)


def test_whoever_meets_every_condition_may_open():
    refuse_to_open(WANTING)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"agency": ""}, "names no agency"),
        ({"is_fresh": False}, "Sign in again"),
        ({"open_now": GLASS}, "one at a time"),
        ({"tried": AT_MOST}, "decided by people"),
        ({"overdue": 1}, "not reviewed in time"),
        ({"officers": 0}, "nobody would be told"),
    ],
)
def test_one_condition_that_is_not_met_is_enough_to_refuse(changed, why):
    with pytest.raises(MayNotOpen, match=why):
        refuse_to_open(replace(WANTING, **changed))


@pytest.mark.parametrize(
    ("by", "agency", "reviewed", "why"),
    [
        ("ann", "csc", [], "your own"),
        ("dpo", "health", [], "not concerned"),
        ("dpo", "csc", ["csc"], "has been reviewed"),
        ("dpo", "csc", [""], "has been reviewed"),
        ("dpo", "", ["csc", "police"], "has been reviewed"),
        ("dpo", "csc", ["police"], None),
        ("dpo", "", ["csc"], None),
    ],
)
def test_an_officer_who_was_told_reviews_once_and_never_their_own(by, agency, reviewed, why):
    def review() -> None:
        refuse_to_review(GLASS, told=["csc", "police"], reviewed=reviewed, by=by, agency=agency)

    if why is None:
        review()
    else:
        with pytest.raises(MayNotReview, match=why):
            review()


def test_a_review_is_due_when_the_second_working_day_is_over():
    assert review_due(DURING, ()).date() == date(2026, 2, 4)  # opened on a Sunday


MARCH = date(2026, 3, 2)  # a Monday


@pytest.mark.parametrize(
    ("course", "due"),
    [
        (Course(MARCH), None),
        (Course(MARCH, MARCH), date(2026, 4, 2)),
        (Course(MARCH, MARCH, extended=True), date(2026, 6, 2)),
        (Course(MARCH, date(2026, 3, 9)), date(2026, 4, 9)),
        (Course(MARCH, MARCH, ((date(2026, 3, 10), None),)), None),
        (Course(MARCH, MARCH, ((date(2026, 3, 10), date(2026, 3, 15)),)), date(2026, 4, 7)),
        (
            Course(MARCH, date(2026, 3, 9), ((date(2026, 3, 4), date(2026, 3, 10)),)),
            date(2026, 4, 10),
        ),  # before it began, time cannot stand
        (Course(MARCH, date(2026, 3, 4)), date(2026, 4, 7)),  # Saturday, Sunday and the Monday of Easter are passed over
    ],
)
def test_an_answer_is_due_after_a_month_less_what_was_waited_for(course, due):
    assert answer_due_on(course, [date(2026, 4, 6)]) == due


@pytest.mark.parametrize(
    ("course", "today", "may"),
    [
        (Course(MARCH, MARCH), date(2026, 4, 2), True),
        (Course(MARCH, MARCH), date(2026, 4, 3), False),
        (Course(MARCH, MARCH, extended=True), MARCH, False),
        (Course(MARCH), MARCH, False),
    ],
)
def test_two_months_more_are_taken_once_and_within_the_first(course, today, may):
    assert may_extend(course, today, ()) is may


@pytest.mark.parametrize(
    ("counts_from", "months", "due"),
    [
        (CountsFrom.AGREEMENT_END, 1, date(2026, 4, 30)),
        (CountsFrom.RETURN_ACCEPTED, 12, date(2027, 1, 5)),
        (CountsFrom.LAST_DAY_TOLD_OF, 2, date(2026, 2, 28)),
        (None, 2, None),
        (CountsFrom.AGREEMENT_END, None, None),
    ],
)
def test_what_was_shared_goes_so_many_months_after_the_day_that_its_rule_names(counts_from, months, due):
    source = {"source": "a source", "as_at": "2026-01-01"}
    rule = RetentionRule.model_construct(trigger="t", counts_from=counts_from, months=months, action="delete", **source)

    assert due_on(rule, agreement_end=date(2026, 3, 31), accepted_on=date(2026, 1, 5), about_to=date(2025, 12, 31)) == due


@pytest.mark.parametrize("ended", [None, DURING + timedelta(hours=1)])
def test_a_quarantine_stops_from_its_instant_and_is_told_before_anything_else(ended):
    standing = replace(signed(), quarantines=(Quarantined("police", DURING, "ann", "a sign-in was stolen", ended),))
    other = replace(signed(), quarantines=(Quarantined("csc", DURING, "ann", "a sign-in was stolen", ended),))

    assert not isinstance(ask(standing, at=DURING - MOMENT), Deny)
    assert not isinstance(ask(other), Deny)
    refused = ask(standing, purpose="disrupt_harm")
    assert refused.gap == "in quarantine since 2026-02-01"
    assert [reason.short for reason in refused.reasons] == [refused.gap, "agreement does not cover this purpose"]
    assert str(refused.reasons[0]) == (
        "police was put in quarantine on 2026-02-01 by ann: a sign-in was stolen (the quarantine of an agency) "
        "It can be ended when the reason is gone."
    )
    assert isinstance(ask(standing, at=DURING + timedelta(hours=1)), Deny) is (ended is None)


def test_a_version_that_goes_further_waits_for_its_assessment_and_says_so():
    wider = replace(signed(), widens=("more fields", "another purpose"))

    refused = ask(wider)

    assert [str(reason) for reason in refused.reasons] == [
        "Its impact assessment is out of date (more fields; another purpose). (Sharing in Testing, sharing@1) "
        "Have a data protection officer sign the new one: `sightline agreements assess`."
    ]
    assert refused.gap == "impact assessment not signed"
    answers = [ask(replace(wider, assessed_at=DURING), at=at) for at in (DURING - MOMENT, DURING)]
    assert [isinstance(answer, Deny) for answer in answers] == [True, False]


def test_whoever_has_not_signed_is_named_one_by_one():
    assert ask(replace(signed(), signatures=())).reasons[0].what == "Not every party has signed; missing: csc, police."


def test_every_agreement_that_covers_is_named_where_a_field_is_missing_or_less_exact():
    limits = {"identity_record.date_of_birth": "year"}
    held = [signed(terms(id=name, datasets=[dataset(fields=["identity_record.*"], precision=limits)])) for name in ("one", "two")]

    assert [reason.where for reason in ask(*held, fields={"flag.flag"}).reasons] == ["one@1, two@1"]
    assert [each.agreement for each in ask(*held).obligations if each.kind is Kind.KEEP_TO_PRECISION] == ["one@1, two@1"]


def test_what_is_handed_in_is_no_count_to_protect_whatever_tier_is_named():
    obligations = ask(signed(), action=Action.SUBMIT, tier=Tier.COMMUNITY).obligations

    assert Kind.PROTECT_COUNTS not in {each.kind for each in obligations}


FACTS = [
    GLASS,
    NotDisclosed("police", DURING),
    Subject("token"),
    Signature("csc", "A. Signatory", "Director", DURING),
    suspended(DURING),
    Quarantined("police", DURING, "ann", "why"),
    PROBATION,
    POLICE,
    Allow((), (), ()),
    Deny(()),
    Reason("what", "where", "how", "short"),
]


@pytest.mark.parametrize("fact", [*FACTS, signed()], ids=lambda fact: type(fact).__name__)
def test_what_is_asked_known_and_answered_cannot_be_changed(fact):
    with pytest.raises(FrozenInstanceError):
        setattr(fact, fields(fact)[0].name, None)
    if fact in FACTS:
        assert not hasattr(fact, "__dict__"), "nothing can be added to it either"


def test_words_that_ledger_and_audit_keep_stay_as_they_are():
    assert " ".join(Action) == "submit count view export report release share break_glass subject_access"
    assert " ".join(Kind) == "keep_to_fields keep_to_precision protect_counts retention onward"


def test_an_agreement_is_agreed_from_the_instant_of_its_last_signature():
    first, last = DURING, DURING + timedelta(days=1)
    signatures = tuple(Signature(party, "A", "Director", at) for party, at in (("csc", first), ("police", last), ("csc", last + MOMENT)))
    standing = Standing(terms(), 1, signatures)

    instants = (first - MOMENT, first, last - MOMENT, last)
    assert [standing.signed_by(at) for at in instants] == [set(), {"csc"}, {"csc"}, {"csc", "police"}]
    assert [standing.is_agreed(at) for at in instants] == [False, False, False, True]
    assert standing.signed_by_all == last


def test_a_version_has_begun_at_the_first_instant_of_its_first_day():
    standing = signed(at=DURING - timedelta(days=400))

    assert [has_begun(standing, standing.begins + after) for after in (-MOMENT, timedelta(0))] == [False, True]


def test_the_suspension_that_is_told_is_the_last_before_the_instant():
    def stop(days: int, why: str, step: Step = Step.SUSPEND) -> Happened:
        return Happened(step, DURING + timedelta(days=days), "chief", why)

    standing = signed(happened=[stop(0, "first"), stop(1, "mended", Step.RESUME), stop(2, "second"), stop(3, "third")])

    told = [ask(standing, at=DURING + timedelta(days=days)).reasons[0].what for days in (0, 2)]
    assert told == ["It was suspended on 2026-02-01 by chief: first", "It was suspended on 2026-02-03 by chief: second"]
    assert standing.last(Step.SUSPEND, DURING + timedelta(days=1)).reason == "first"


@pytest.mark.parametrize(
    ("now", "step", "stands"),
    [
        (Status.DRAFT, Step.RESUME, "a draft that not every party has signed"),
        (Status.AGREED, Step.RESUME, "agreed and not yet begun"),
        (Status.IN_FORCE, Step.RESUME, "in force"),
        (Status.SUSPENDED, Step.SUSPEND, "suspended"),
        (Status.EXPIRED, Step.RESUME, "at its end"),
        (Status.WITHDRAWN, Step.RESUME, "withdrawn"),
    ],
)
def test_a_step_that_cannot_be_taken_says_from_where(now, step, stands):
    with pytest.raises(StepNotPossible) as problem:
        check_step(now, step)

    assert problem.value.message == f"An agreement that is {stands} cannot take the step “{step.value}”."
    assert (problem.value.code, "sightline agreements show" in problem.value.hint) == ("SL-GOV-001", True)
