"""Whatever is agreed, suspended, withdrawn and asked: what must hold of every decision, and of an agreement's whole life."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sightline.governance import Action, Allow, Deny, Happened, Principal, Signature, Standing, decide
from sightline.governance.standing import TRANSITIONS, StepNotPossible, check_step
from sightline.model.agreements import Mode, Status, Step, Tier
from tests.support.agreements import BEGIN, POLICE, dataset, signed, terms

FIELDS = ("flag.flag", "flag.started_on", "referral.received_on", "referral.source")
PURPOSES = ("strategic_planning", "scrutiny", "disrupt_harm")
BODIES = ("", "csc", "police", "probation")
instants = st.integers(0, 800).map(lambda days: BEGIN - timedelta(days=60) + timedelta(days=days))
tiers = st.sampled_from(Tier)
happenings = st.lists(
    st.builds(
        Happened, st.sampled_from([Step.SUSPEND, Step.RESUME, Step.WITHDRAW, Step.RESUME]), instants, st.just("chief"), st.just("why")
    ),
    max_size=3,
).map(lambda found: tuple(sorted(found, key=lambda one: one.at)))


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    start = draw(instants).date()
    end = start + timedelta(days=draw(st.integers(0, 700)))
    listed = draw(st.lists(st.sampled_from([*FIELDS, "flag.*", "referral.*"]), min_size=1, max_size=3, unique=True))
    agreement = terms(
        id=draw(st.sampled_from(["one", "two", "three"])),
        start=start,
        end=end,
        review_by=end,
        purposes=draw(st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True)),
        recipients=draw(st.lists(st.sampled_from(["partnership", "csc", "probation"]), min_size=1, unique=True)),
        onward_sharing=draw(st.sampled_from([{"rule": "never"}, {"rule": "listed", "bodies": ["probation"]}])),
        tier_ceiling=draw(tiers),
        datasets=[dataset(dataset=draw(st.sampled_from(["police", "police", "other"])), fields=listed, mode=draw(st.sampled_from(Mode)))],
    )
    made = signed(agreement, version=draw(st.integers(1, 3)), at=draw(instants), happened=draw(happenings))
    return replace(made, signatures=made.signatures[: draw(st.sampled_from([1, 2, 2, 2]))])


questions = st.fixed_dictionaries(
    {
        "principal": st.builds(Principal, st.just("somebody"), st.sampled_from(BODIES), st.sampled_from([None, *Tier, Tier.OPERATIONAL])),
        "action": st.sampled_from(Action),
        "resource": st.builds(lambda mode: replace(POLICE, mode=mode), st.sampled_from(Mode)),
        "purpose": st.sampled_from(PURPOSES),
        "tier": tiers,
        "fields": st.frozensets(st.sampled_from(FIELDS)),
        "at": instants,
    }
)
held = st.lists(standings(), max_size=4)


@given(question=questions, agreements=held)
def test_without_an_agreement_in_force_the_answer_is_no(question, agreements) -> None:
    stopped = [each for each in agreements if each.status(question["at"]) is not Status.IN_FORCE]

    answer = decide(**question, agreements=stopped)

    assert isinstance(answer, Deny)
    assert answer.reasons
    assert all(each.what and each.where and each.how and each.short for each in answer.reasons)


@given(question=questions, agreements=held, another=standings())
def test_another_agreement_never_takes_access_away(question, agreements, another) -> None:
    another = replace(another, terms=another.terms.model_copy(update={"id": "another"}))

    before, after = (decide(**question, agreements=those) for those in (agreements, [*agreements, another]))

    assert isinstance(after, Allow) or isinstance(before, Deny)


@given(question=questions, agreements=held, fewer=st.frozensets(st.sampled_from(FIELDS)), lower=tiers, poorer=st.sampled_from(Mode))
def test_who_asks_for_less_is_not_refused_what_more_was_given(question, agreements, fewer, lower, poorer) -> None:
    less = {
        **question,
        "fields": question["fields"] & fewer,
        "tier": min(question["tier"], lower),
        "resource": replace(POLICE, mode=min(question["resource"].mode, poorer, key=list(Mode).index)),
    }

    more, answer = decide(**question, agreements=agreements), decide(**less, agreements=agreements)

    assert isinstance(answer, Allow) or isinstance(more, Deny)


@given(question=questions, agreements=held, data=st.data())
def test_the_same_question_has_the_same_answer_in_whatever_order_agreements_come(question, agreements, data) -> None:
    distinct = list({each.name: each for each in agreements}.values())
    shuffled = data.draw(st.permutations(distinct))

    assert decide(**question, agreements=distinct) == decide(**question, agreements=shuffled) == decide(**question, agreements=distinct)


@given(question=questions, agreements=held)
def test_what_is_allowed_stands_in_an_agreement_that_says_so(question, agreements) -> None:
    """The rules once more, in the plainest words, over every agreement named."""
    answer = decide(**question, agreements=agreements)
    if isinstance(answer, Deny):
        return
    named = [each for each in agreements if each.name in answer.agreements]
    assert named
    if question["action"] is not Action.SUBMIT:
        assert question["principal"].ceiling is not None
        assert question["tier"] <= question["principal"].ceiling
        assert any(question["purpose"] in each.terms.purposes and question["tier"] <= each.terms.tier_ceiling for each in named)
    assert any(each.status(question["at"]) is Status.IN_FORCE for each in named)
    for field in question["fields"]:
        assert any(field in each.fields or f"{field.split('.')[0]}.*" in each.fields for each in answer.terms)


class Life(RuleBasedStateMachine):
    """An agreement is signed, suspended, resumed, withdrawn, and days pass: its status only ever moves as the table says."""

    @initialize(days=st.integers(0, 40))
    def draft(self, days: int) -> None:
        self.now = datetime(2025, 3, 20, 12, tzinfo=UTC)
        start = (self.now + timedelta(days=days)).date()
        end = start + timedelta(days=60)
        self.standing = Standing(terms(start=start, end=end, review_by=end), 1)
        self.expected = Status.DRAFT

    @rule(party=st.sampled_from(["csc", "police"]))
    def sign(self, party: str) -> None:
        self.standing = replace(self.standing, signatures=(*self.standing.signatures, Signature(party, "A", "Director", self.now)))
        everybody = {each.party for each in self.standing.signatures} == {"csc", "police"}
        if self.expected is Status.DRAFT and everybody:
            self.expected = check_step(self.expected, Step.SIGN)
        self._calendar()

    @rule(step=st.sampled_from([Step.SUSPEND, Step.RESUME, Step.WITHDRAW]))
    def do(self, step: Step) -> None:
        if step not in TRANSITIONS[self.expected]:
            with pytest.raises(StepNotPossible):
                check_step(self.expected, step)
            return
        self.expected = check_step(self.expected, step)
        self.standing = replace(self.standing, happened=(*self.standing.happened, Happened(step, self.now, "chief", "why")))

    @precondition(lambda self: self.expected not in (Status.EXPIRED, Status.WITHDRAWN))
    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self._calendar()

    def _calendar(self) -> None:
        """What the calendar takes by itself."""
        today = self.now.date()
        if today > self.standing.terms.end and Step.EXPIRE in TRANSITIONS[self.expected]:
            self.expected = check_step(self.expected, Step.EXPIRE)
        elif self.expected is Status.AGREED and today >= self.standing.terms.start:
            self.expected = check_step(self.expected, Step.START)

    @invariant()
    def it_stands_where_the_steps_led_and_is_used_only_in_force(self) -> None:
        assert self.standing.status(self.now) is self.expected
        asked = (Principal("hub", "", Tier.STRATEGIC), Action.COUNT, POLICE, "scrutiny", Tier.STRATEGIC, (), self.now, [self.standing])
        assert isinstance(decide(*asked), Allow) is (self.expected is Status.IN_FORCE)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=15, deadline=None, derandomize=True)
