"""The one decision: what an agreement allows, what it does not, and what the person who is refused is told."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sightline.governance import Action, Allow, Deny, Happened, Principal, agreed_fields, decide
from sightline.governance.decisions import Kind, finest
from sightline.governance.standing import Standing, StepNotPossible, check_step, due, newest_of_each
from sightline.model.agreements import Mode, Status, Step, Tier
from tests.support.agreements import BEGIN, DURING, HUB, POLICE, dataset, signed, suspended, terms

LONDON = ZoneInfo("Europe/London")


def ask(*agreements, who=HUB, action=Action.COUNT, about=POLICE, purpose="strategic_planning", tier=Tier.STRATEGIC, fields=(), at=DURING):
    return decide(who, action, about, purpose, tier, fields, at, agreements)


def test_what_is_agreed_is_allowed_with_what_must_be_kept_to() -> None:
    answer = ask(signed(), fields={"flag.flag", "referral.received_on"})

    assert isinstance(answer, Allow)
    assert (answer.agreements, answer.rules) == (("sharing@1",), "1")
    assert [(each.kind, each.detail, each.agreement) for each in answer.obligations] == [
        (Kind.KEEP_TO_FIELDS, "flag.*, referral.received_on", "sharing@1"),
        (Kind.RETENTION, "end_of_agreement", "sharing@1"),
        (Kind.ONWARD, "never", "sharing@1"),
        (Kind.PROTECT_COUNTS, "only what the disclosure rules release to the strategic tier", "sharing@1"),
    ]


WITHDRAWN = signed(happened=[Happened(Step.WITHDRAW, DURING, "chief", "no longer wanted")])
LISTED = {"rule": "listed", "bodies": ["probation"]}
PROBATION = Principal("Probation", "probation", Tier.STRATEGIC)
REFUSED = {
    "nothing is agreed": (
        [],
        {},
        "No agreement covers police of police. (the registry of agreements) Agree it, then add it: `sightline agreements add FILE.yml`.",
        "no agreement",
    ),
    "another dataset is agreed": (
        [signed(terms(datasets=[dataset(dataset="other")]))],
        {},
        "No agreement covers police of police. (the registry of agreements) Agree it, then add it: `sightline agreements add FILE.yml`.",
        "no agreement",
    ),
    "it has ended": (
        [signed(terms(end="2026-01-31", review_by="2026-01-01"))],
        {},
        "It ended on 2026-01-31. (Sharing in Testing, sharing@1) Agree and sign a new version.",
        "agreement ended 2026-01-31",
    ),
    "it has not begun": (
        [signed(terms(start="2026-02-02", end="2026-12-31", review_by="2026-06-01"))],
        {},
        "It begins on 2026-02-02. (Sharing in Testing, sharing@1) Wait until then.",
        "agreement begins 2026-02-02",
    ),
    "a party has not signed": (
        [replace(signed(), signatures=signed().signatures[:1])],
        {},
        "Not every party has signed; missing: police. (Sharing in Testing, sharing@1) Have it signed.",
        "agreement not signed by all",
    ),
    "it is suspended": (
        [signed(happened=[suspended(DURING)])],
        {},
        "It was suspended on 2026-02-01 by protection: a letter went astray (Sharing in Testing, sharing@1) "
        "It can be resumed when the reason is gone.",
        "agreement suspended 2026-02-01",
    ),
    "it was withdrawn": (
        [WITHDRAWN],
        {},
        "It was withdrawn on 2026-02-01 by chief: no longer wanted (Sharing in Testing, sharing@1) Make a new agreement.",
        "agreement withdrawn 2026-02-01",
    ),
    "more detail": (
        [signed()],
        {"about": replace(POLICE, mode=Mode.RECORD_LEVEL)},
        "It agrees pseudonymised of police police, and this is record level. (Sharing in Testing, sharing@1) "
        "Prepare it in less detail, or agree more.",
        "agreement covers pseudonymised only",
    ),
    "records where counts are agreed": (
        [signed(terms(datasets=[dataset(mode="aggregate_only")]))],
        {},
        "It agrees aggregate only of police police, and this is pseudonymised. (Sharing in Testing, sharing@1) "
        "Prepare it in less detail, or agree more.",
        "agreement covers aggregate only",
    ),
    "earlier days": (
        [signed(terms(datasets=[dataset(about_from="2026-01-02")]))],
        {},
        "It is about days from 2026-01-02 to its end, and this is about 2026-01-01 to 2026-03-31. (Sharing in Testing, sharing@1) "
        "Ask about those days, or agree more.",
        "agreement does not cover the period",
    ),
    "later days": (
        [signed(terms(datasets=[dataset(about_to="2026-03-30")]))],
        {},
        "It is about days from the beginning to 2026-03-30, and this is about 2026-01-01 to 2026-03-31. (Sharing in Testing, sharing@1) "
        "Ask about those days, or agree more.",
        "agreement does not cover the period",
    ),
    "another purpose": (
        [signed()],
        {"purpose": "disrupt_harm"},
        "“disrupt harm” is none of its purposes (strategic planning, scrutiny). (Sharing in Testing, sharing@1) "
        "Ask for one of its purposes, or agree this one.",
        "agreement does not cover this purpose",
    ),
    "a higher tier": (
        [signed()],
        {"tier": Tier.OPERATIONAL},
        "It goes up to the strategic tier, and this is operational. (Sharing in Testing, sharing@1) "
        "Ask for figures of a lower tier, or agree more.",
        "agreement goes up to the strategic tier only",
    ),
    "a stranger": (
        [signed()],
        {"who": PROBATION},
        "probation is no recipient under it. (Sharing in Testing, sharing@1) It may not be passed on; add the recipient to the agreement.",
        "agreement does not name this recipient",
    ),
    "a stranger whom the owner might allow": (
        [signed(terms(onward_sharing={"rule": "ask_owner"}))],
        {"who": PROBATION, "action": Action.SHARE},
        "probation is no recipient under it. (Sharing in Testing, sharing@1) "
        "Ask the agency that shared it, in writing, and add the recipient to the agreement.",
        "agreement does not name this recipient",
    ),
    "a stranger who is not listed": (
        [signed(terms(onward_sharing={"rule": "listed", "bodies": ["courts"]}))],
        {"who": PROBATION, "action": Action.SHARE},
        "probation is no recipient under it. (Sharing in Testing, sharing@1) "
        "Only the bodies that the agreement lists may receive it; add this one.",
        "agreement does not name this recipient",
    ),
    "a listed body that asks for itself": (
        [signed(terms(onward_sharing=LISTED))],
        {"who": PROBATION, "action": Action.VIEW},
        "probation is no recipient under it. (Sharing in Testing, sharing@1) "
        "Only the bodies that the agreement lists may receive it; add this one.",
        "agreement does not name this recipient",
    ),
    "the partnership where single bodies receive": (
        [signed(terms(recipients=["csc"]))],
        {},
        "the partnership is no recipient under it. (Sharing in Testing, sharing@1) "
        "It may not be passed on; add the recipient to the agreement.",
        "agreement does not name this recipient",
    ),
    "a field that is not listed": (
        [signed()],
        {"fields": {"flag.flag", "referral.source"}},
        "referral.source is not among the fields agreed. (sharing@1) Do without it, or agree it in a new version.",
        "field not agreed",
    ),
    "a role without data": (
        [signed()],
        {"who": Principal("An administrator")},
        "An administrator has no access to data. (the role) Ask somebody whose role has it.",
        "no access",
    ),
    "a role of a lower tier": (
        [signed()],
        {"who": Principal("A member", "", Tier.COMMUNITY)},
        "A member may see up to the community tier, and this is strategic. (the role) Ask for figures of a lower tier.",
        "beyond the community tier",
    ),
    "an instant of no zone": (
        [signed()],
        {"at": datetime(2026, 2, 1)},
        "The instant has no time zone. (the request) Ask again with an instant that knows its zone.",
        "not decided",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_agreed_is_refused_and_says_what_where_and_how_to_mend_it(case: str) -> None:
    agreements, question, reason, gap = REFUSED[case]

    answer = ask(*agreements, **question)

    assert isinstance(answer, Deny)
    assert ([str(each) for each in answer.reasons], answer.gap) == ([reason], gap)


@pytest.mark.parametrize(
    ("agreement", "question"),
    [
        (terms(onward_sharing=LISTED), {"who": PROBATION, "action": Action.SHARE}),
        (terms(recipients=["probation"]), {"who": PROBATION}),
        (terms(), {"who": Principal("Social care", "csc", Tier.STRATEGIC)}),
        (terms(), {"about": replace(POLICE, mode=Mode.AGGREGATE_ONLY)}),
        (terms(), {"tier": Tier.COMMUNITY}),
        (terms(datasets=[dataset(about_from="2026-01-01", about_to="2026-03-31")]), {}),
        (terms(), {"at": datetime(2025, 4, 1, tzinfo=LONDON)}),
    ],
)
def test_what_is_agreed_is_allowed_to_its_very_edge(agreement, question) -> None:
    assert isinstance(ask(signed(agreement, at=datetime(2025, 3, 1, tzinfo=UTC)), **question), Allow)


def test_handing_in_is_asked_about_the_dataset_only_and_counting_about_the_use() -> None:
    only_operational = signed(terms(purposes=["disrupt_harm"], recipients=["csc"], tier_ceiling="community"))

    handing_in = ask(only_operational, who=Principal("police"), action=Action.SUBMIT, purpose="", tier=Tier.OPERATIONAL)
    counting = ask(only_operational)

    assert isinstance(handing_in, Allow)
    assert Kind.PROTECT_COUNTS not in {each.kind for each in handing_in.obligations}
    assert isinstance(counting, Deny)
    assert len(counting.reasons) == 3


def test_only_counts_go_through_the_disclosure_rules_below_the_operational_tier() -> None:
    operational = signed(terms(tier_ceiling="operational"))

    kinds = {tier: {each.kind for each in ask(operational, tier=tier).obligations} for tier in Tier}

    assert {tier: Kind.PROTECT_COUNTS in found for tier, found in kinds.items()} == {
        Tier.COMMUNITY: True,
        Tier.STRATEGIC: True,
        Tier.OPERATIONAL: False,
    }


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=LONDON), True),
        (datetime(2026, 4, 1, tzinfo=LONDON), False),
        (datetime(2026, 3, 31, 22, 59, 59, tzinfo=UTC), True),  # summer time: the clocks here are an hour ahead
        (datetime(2026, 3, 31, 23, 0, tzinfo=UTC), False),
        (datetime(2025, 3, 31, 23, 0, tzinfo=UTC), True),
        (datetime(2025, 3, 31, 22, 59, 59, tzinfo=UTC), False),
    ],
)
def test_an_agreement_holds_from_midnight_to_midnight_by_the_clock_here(instant, allowed) -> None:
    assert isinstance(ask(signed(at=datetime(2025, 3, 1, tzinfo=UTC)), at=instant), Allow) is allowed


@pytest.mark.parametrize("end", ["2026-10-24", "2026-10-25", "2026-03-28", "2026-03-29"])
def test_the_hour_that_clocks_repeat_or_skip_makes_no_gap_and_no_overlap(end: str) -> None:
    """The days on which the clocks change have 23 or 25 hours; one agreement follows the other at the same instant."""
    day = date.fromisoformat(end)
    first = signed(terms(id="first", end=end, review_by="2026-01-31"))
    second = signed(terms(id="second", start=str(day + timedelta(days=1)), end="2027-03-31", review_by="2027-01-31"))
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), LONDON).astimezone(UTC)

    for minutes in range(-26 * 60, 26 * 60, 10):
        at = midnight + timedelta(minutes=minutes)
        answer = ask(first, second, at=at)
        assert isinstance(answer, Allow)
        assert answer.agreements == (("second@1",) if minutes >= 0 else ("first@1",))


def test_fields_of_two_agreements_that_overlap_add_up_and_both_are_named() -> None:
    one = signed(terms(id="one", datasets=[dataset(fields=["flag.*"])]))
    two = signed(terms(id="two", datasets=[dataset(fields=["referral.source"])]))

    both = ask(one, two, fields={"flag.flag", "referral.source"})
    after = ask(one, replace(two, happened=(suspended(BEGIN),)), fields={"flag.flag", "referral.source"})

    assert isinstance(both, Allow)
    assert both.agreements == ("one@1", "two@1")
    assert agreed_fields(both.terms, "referral", ["source", "received_on"]) == {"source"}
    assert isinstance(after, Deny)
    assert [each.what for each in after.reasons] == ["referral.source is not among the fields agreed."]


def test_a_field_taken_out_in_a_later_version_is_out_from_its_first_day() -> None:
    first = signed()
    second = signed(terms(start="2026-02-01", end="2027-01-31", review_by="2026-12-01", datasets=[dataset(fields=["flag.*"])]), version=2)
    field = {"referral.received_on"}
    eve = datetime(2026, 1, 31, 23, 59, tzinfo=LONDON)

    assert isinstance(ask(first, second, fields=field, at=eve), Allow)
    assert isinstance(ask(first, second, fields=field), Deny)
    assert isinstance(ask(first, second, fields={"flag.flag"}), Allow)


@pytest.mark.parametrize("what", [Step.SUSPEND, Step.WITHDRAW])
def test_an_earlier_version_does_not_come_back_when_the_later_one_stops(what: Step) -> None:
    second = signed(terms(start="2026-01-01", review_by="2026-01-31"), version=2, happened=[Happened(what, DURING, "chief", "why")])

    assert isinstance(ask(signed(), second), Deny)


def test_a_later_version_that_is_not_signed_leaves_the_earlier_one_in_force() -> None:
    draft = Standing(terms(title="Redrafted"), 2)

    assert [each.name for each in newest_of_each([draft, signed()], DURING)] == ["sharing@1"]
    assert isinstance(ask(draft, signed()), Allow)
    assert [each.name for each in newest_of_each([draft, Standing(terms(), 1)], DURING)] == ["sharing@2"]


def test_a_suspension_holds_from_its_instant_until_it_is_lifted() -> None:
    lifted = DURING + timedelta(hours=1)
    standing = signed(happened=[suspended(DURING), Happened(Step.RESUME, lifted, "protection", "found")])
    moment = timedelta(microseconds=1)

    answers = [isinstance(ask(standing, at=at), Allow) for at in (DURING - moment, DURING, lifted - moment, lifted)]

    assert answers == [True, False, False, True]


def test_the_nearest_reason_comes_first_and_names_the_gap() -> None:
    ended = signed(terms(id="a", end="2025-12-31", review_by="2025-12-01"))
    longer_ago = signed(terms(id="b", end="2025-06-30", review_by="2025-06-01"))
    withdrawn = signed(terms(id="c"), happened=[Happened(Step.WITHDRAW, DURING, "chief", "why")])
    stopped = signed(terms(id="d"), happened=[suspended(DURING)])

    answer = ask(withdrawn, longer_ago, ended)

    assert isinstance(answer, Deny)
    assert [each.short for each in answer.reasons] == [
        "agreement ended 2025-12-31",
        "agreement ended 2025-06-30",
        "agreement withdrawn 2026-02-01",
    ]
    assert ask(ended, stopped).gap == "agreement suspended 2026-02-01"
    assert ask(stopped, signed(terms(id="e", purposes=["scrutiny"]))).gap == "agreement does not cover this purpose"


def test_precision_is_the_finest_that_any_agreement_allows_and_none_where_one_does_not_limit() -> None:
    day, month, free = (
        signed(terms(id=name, datasets=[dataset(fields=["identity_record.*"], precision=precision)]))
        for name, precision in (
            ("day", {"identity_record.date_of_birth": "month"}),
            ("month", {"identity_record.date_of_birth": "year"}),
            ("free", {}),
        )
    )

    def told(*agreements: Standing) -> list[str]:
        return [each.detail for each in ask(*agreements).obligations if each.kind is Kind.KEEP_TO_PRECISION]

    assert told(month) == ["identity_record.date_of_birth: year"]
    assert told(month, day) == ["identity_record.date_of_birth: month"]
    assert told(month, free) == []
    assert finest(ask(month).terms, "identity_record.sex") is None
    assert finest((), "identity_record.date_of_birth") is None


@pytest.mark.parametrize(
    ("now", "step", "then"),
    [
        (Status.DRAFT, Step.SIGN, Status.AGREED),
        (Status.IN_FORCE, Step.SUSPEND, Status.SUSPENDED),
        (Status.SUSPENDED, Step.RESUME, Status.IN_FORCE),
        (Status.SUSPENDED, Step.SUSPEND, None),
        (Status.WITHDRAWN, Step.RESUME, None),
        (Status.EXPIRED, Step.SUSPEND, None),
        (Status.DRAFT, Step.SUSPEND, None),
    ],
)
def test_steps_lead_where_the_table_says(now, step, then) -> None:
    if then is None:
        with pytest.raises(StepNotPossible, match="cannot take the step"):
            check_step(now, step)
    else:
        assert check_step(now, step) is then


@pytest.mark.parametrize(("days", "warning"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
def test_warnings_come_ninety_thirty_and_seven_days_before_the_end(days, warning) -> None:
    at = datetime(2026, 3, 31, 12, tzinfo=UTC) - timedelta(days=days)

    assert [limit for _, limit in due([signed()], at)] == ([] if warning is None else [warning])


def test_no_warning_is_given_of_what_was_withdrawn_and_the_soonest_comes_first() -> None:
    at = datetime(2026, 3, 30, tzinfo=UTC)
    soon, sooner = (
        signed(terms(id="soon")),
        signed(terms(id="sooner", end="2026-03-30", review_by="2026-01-31"), happened=[suspended(DURING)]),
    )

    assert [(each.terms.id, limit) for each, limit in due([WITHDRAWN, soon, sooner], at)] == [("sooner", 7), ("soon", 7)]


def test_a_decision_asks_little_of_each_of_fifty_agreements() -> None:
    """Well under a millisecond: told by what is called, which no busy machine changes (`benchmarks/decide.py` measures the time)."""
    agreements = [signed(terms(id=f"sharing_{number}", datasets=[dataset(fields=[f"flag.f{number}"])])) for number in range(50)]
    fields = {f"flag.f{number}" for number in range(50)}
    ask(*agreements, fields=fields)
    called = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer = ask(*agreements, fields=fields)
    finally:
        sys.setprofile(None)

    assert isinstance(answer, Allow)
    assert called < 50 * 60
