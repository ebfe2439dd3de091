"""Clerical review from the inside: who sees which pair, what is kept of it, and what becomes of decisions."""

from __future__ import annotations

import json

import pytest

from sightline.app.accept_reviews import accept_reviews
from sightline.app.link_people import link_people
from sightline.app.override_links import list_overrides, override_identities
from sightline.app.publish_generation import publish_generation
from sightline.app.review_links import list_reviews, review_set, reviewed_pairs
from sightline.app.review_pairs import decide, describe_pair, last_decision, next_pair, queue, see_pair, undo_last
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit, reviews
from sightline.ledger.models import AuditEvent, Linkage, LinkReviewDecision, LinkReviewPair
from sightline.model.overrides import OverrideKind
from sightline.model.reviews import ReviewDecision, ReviewReason
from tests.support.partnership import NOW, Q4
from tests.support.reviews import FAMILY, GIVEN, at_another_agency, child, linked_children, opened

pytestmark = pytest.mark.django_db

SAME, DIFFERENT, UNSURE = ReviewDecision.SAME, ReviewDecision.DIFFERENT, ReviewDecision.UNSURE
WHOLE = ReviewReason.WHOLE


@pytest.fixture
def town(workspace, submit):
    linked_children(workspace, submit)
    return workspace


def ledger_pairs(number=1):
    return reviews.pairs_of(reviews.find_review(number))


def say(workspace, position, decision, *, by, number=1):
    decide(workspace, number, position, decision, WHOLE, by=by, at=NOW)


def show(workspace, by, **how):
    return next_pair(workspace, 1, by=by, at=NOW, **how)


def go_through(workspace, by, answer=lambda pair: SAME):
    """A reviewer decides on everything the queue has; how many pairs that were."""
    done = 0
    while (pair := show(workspace, by)) is not None:
        say(workspace, pair.position, answer(pair), by=by)
        done += 1
    return done


def test_a_set_is_drawn_from_the_newest_linkage_with_the_same_pairs_for_the_same_seed(town):
    first = opened(town, seed=5)
    drawn = [(pair.left, pair.right, pair.weight) for pair in ledger_pairs()]
    say(town, 1, SAME, by="ann")
    opened(town, seed=5)

    assert [(pair.left, pair.right, pair.weight) for pair in ledger_pairs(2)] == drawn
    assert (first.pairs, first.is_current, first.reviewers) == (len(drawn), True, ())
    assert sum(pair.weight for pair in ledger_pairs()) == pytest.approx(first.population)


def test_the_ledger_holds_no_name_date_or_postcode_of_a_set(town):
    opened(town)
    go_through(town, "ann")
    kept = json.dumps([list(LinkReviewPair.objects.values()), list(AuditEvent.objects.values())], default=str)

    assert not [word for word in (*GIVEN, *FAMILY, "Ravensworth", "QS1", child(0)["date_of_birth"]) if word in kept]


def test_a_second_set_waits_until_the_first_is_begun(town):
    opened(town)

    with pytest.raises(Refused, match="Nobody has begun review set 1"):
        opened(town)


@pytest.mark.parametrize(
    ("asked", "problem"), [({"pairs": 0}, "1 to 5,000"), ({"matter_most": -1}, "1 to 5,000"), ({"purpose": " "}, "needs a purpose")]
)
def test_a_set_out_of_reason_is_refused(town, asked, problem):
    with pytest.raises(InputRefused, match=problem):
        opened(town, **asked)


def test_nothing_can_be_reviewed_before_people_are_linked(workspace, submit):
    submit(identity_record=[child(0)])
    publish_generation(workspace, by="tester", at=NOW)

    with pytest.raises(NotFound, match="not linked yet"):
        opened(workspace)
    assert reviewed_pairs(workspace) is None


def test_a_reviewer_sees_what_both_records_say_and_that_is_in_the_audit(town):
    opened(town)

    pair = show(town, "ann", purpose="")

    event = AuditEvent.objects.order_by("-seq").first()
    assert (event.action, event.actor, {"purpose": event.detail["purpose"]}) == (
        "link_review_pair_seen",
        "ann",
        {"purpose": "how right the links are"},
    )
    assert event.object == f"pair {pair.position} of link review 1"
    assert [line.name for line in pair.lines][:2] == ["Given name", "Family name"]
    assert {pair.agencies.left, pair.agencies.right} <= {"Children's social care", "Police"}


def test_what_a_reviewer_sees_tells_neither_the_model_nor_the_other_decision(town):
    opened(town)
    seen_before = show(town, "ann")
    say(town, seen_before.position, DIFFERENT, by="bo")

    seen = show(town, "ann")

    assert seen == seen_before
    assert set(seen.__slots__) == {"review", "position", "of", "agencies", "lines", "is_third"}
    told = json.dumps([event.detail for event in AuditEvent.objects.filter(action="link_review_decided")])
    assert told == "[{}]"


def test_the_order_of_a_set_does_not_tell_where_its_pairs_came_from(town):
    opened(town, pairs=30, matter_most=10)

    matters = [pair.matters for pair in ledger_pairs()]

    assert sum(matters) == 10
    assert matters != sorted(matters)
    assert matters != sorted(matters, reverse=True)


def test_each_pair_is_decided_by_two_people_and_nobody_decides_twice(town):
    count = opened(town).pairs

    assert go_through(town, "ann") == count
    assert go_through(town, "bo") == count
    assert go_through(town, "cy") == 0
    assert review_set(town, 1).decided_twice == count
    with pytest.raises(reviews.DecisionRefused, match="You decided on pair 1 before"):
        say(town, 1, SAME, by="ann")
    with pytest.raises(reviews.DecisionRefused, match="Enough reviewers"):
        say(town, 1, SAME, by="cy")


def test_a_pair_about_which_two_differ_goes_to_a_third(town):
    opened(town)
    go_through(town, "ann")
    go_through(town, "bo", lambda pair: DIFFERENT if pair.position in (2, 3) else SAME)

    assert review_set(town, 1).differ == 2
    assert show(town, "ann") is None
    third = show(town, "cy")
    assert (third.position, third.is_third) == (2, True)
    say(town, 2, DIFFERENT, by="cy")
    say(town, 3, UNSURE, by="cy")
    pairs = ledger_pairs()
    assert [reviews.settled(pair) for pair in pairs[:3]] == [SAME, DIFFERENT, None]
    assert show(town, "dee") is None


def test_agreeing_that_it_cannot_be_told_settles_nothing(town):
    opened(town)
    for who in ("ann", "bo"):
        say(town, 1, UNSURE, by=who)

    assert reviews.settled(ledger_pairs()[0]) is None
    assert not reviews.needs_third(ledger_pairs()[0])


def test_the_last_decision_can_be_taken_back_until_somebody_else_decides(town):
    opened(town)
    say(town, 1, SAME, by="ann")
    say(town, 2, SAME, by="ann")

    assert undo_last(1, by="ann", at=NOW) == 2
    assert show(town, "ann").position == 2
    say(town, 2, DIFFERENT, by="ann")
    say(town, 2, SAME, by="bo")
    with pytest.raises(reviews.DecisionRefused, match="somebody else has decided"):
        undo_last(1, by="ann", at=NOW)
    assert [each.decision for each in reviews.decisions_of(ledger_pairs()[1])] == [DIFFERENT, SAME]
    assert LinkReviewDecision.objects.count() == 4
    with pytest.raises(reviews.DecisionRefused, match="no decision of yours"):
        undo_last(1, by="cy", at=NOW)


def test_after_the_decision_a_reviewer_is_told_how_the_records_were_alike(town):
    opened(town)
    assert last_decision(1, by="ann") is None
    say(town, 1, UNSURE, by="ann")

    last = last_decision(1, by="ann")

    assert (last.position, last.decision, last.can_be_undone) == (1, "Not sure", True)
    assert "given name" in last.alike
    assert last.alike == describe_pair(town, 1, 1).alike


def test_a_decision_is_a_fact(town):
    opened(town)
    say(town, 1, SAME, by="ann")
    made = LinkReviewDecision.objects.get()
    made.decision = DIFFERENT

    with pytest.raises(Refused):
        made.save()
    assert audit.verify() > 0


def test_a_pair_that_is_never_to_be_linked_is_in_no_set_and_leaves_one_it_is_in(town):
    opened(town)
    hidden = ledger_pairs()[0]
    override_identities(town, OverrideKind.DO_NOT_LINK, hidden.left, hidden.right, reason="for their safety", by="steward", at=NOW)

    assert show(town, "ann").position == 2
    for look in (lambda: describe_pair(town, 1, 1), lambda: say(town, 1, SAME, by="ann")):
        with pytest.raises(NotFound, match="has no pair 1"):
            look()
    with pytest.raises(NotFound, match="has no pair 1"):
        see_pair(town, 1, 1, purpose="a check", by="ann", at=NOW)
    say(town, 2, SAME, by="ann")
    opened(town, pairs=60, seed=2)
    assert (hidden.left, hidden.right) not in {(pair.left, pair.right) for pair in ledger_pairs(2)}


def test_a_pair_of_which_an_agency_took_a_record_back_is_passed_over(town, submit):
    opened(town)
    gone = next(pair for pair in ledger_pairs() if {pair.left_agency, pair.right_agency} == {"csc", "police"})
    everybody = [at_another_agency(number) for number in range(40)]
    submit(agency="police", dataset="police", period=Q4, identity_record=[{**row, "retracted": True} for row in everybody])
    publish_generation(town, by="tester", at=NOW)

    assert go_through(town, "ann") == sum(pair.left_agency == pair.right_agency == "csc" for pair in ledger_pairs())
    with pytest.raises(NotFound, match="taken its record"):
        see_pair(town, 1, gone.position, purpose="a check", by="ann", at=NOW)


def test_an_agencys_own_officer_sees_pairs_of_two_of_its_own_records_only(town):
    opened(town, pairs=60)
    own = [pair.position for pair in ledger_pairs() if pair.left_agency == pair.right_agency == "police"]
    across = next(pair.position for pair in ledger_pairs() if pair.left_agency != pair.right_agency)

    seen = show(town, "officer", agency="police")

    assert (seen.position if seen else None) == (own[0] if own else None)
    assert queue(town, 1, by="officer", agency="police").to_decide == len(own)
    with pytest.raises(NotFound, match="has no pair"):
        decide(town, 1, across, SAME, WHOLE, by="officer", at=NOW, agency="police")


def test_kappa_waits_for_enough_pairs(town):
    opened(town, pairs=40, matter_most=0)
    go_through(town, "ann", lambda pair: SAME if pair.position % 2 else DIFFERENT)
    for position in range(1, 20):
        say(town, position, SAME if position % 2 else DIFFERENT, by="bo")

    assert review_set(town, 1).agreement is None
    say(town, 20, SAME, by="bo")
    found = list_reviews(town)[0].agreement
    assert found is not None
    assert (found.things, round(found.observed, 2), round(found.kappa, 2)) == (20, 0.95, 0.90)
    assert found.interval.lower < found.kappa < found.interval.upper


def test_a_steward_makes_overrides_of_what_reviewers_agree_on_and_the_links_do_not_say(town):
    opened(town)
    pairs = ledger_pairs()
    apart = next(pair for pair in pairs if not pair.linked)
    together = next(pair for pair in pairs if pair.linked)
    already = next(pair for pair in pairs if pair.linked and pair != together)
    for who in ("ann", "bo"):
        say(town, apart.position, SAME, by=who)
        say(town, together.position, DIFFERENT, by=who)
        say(town, already.position, SAME, by=who)

    own = accept_reviews(town, 1, by="ann", at=NOW)
    done = accept_reviews(town, 1, by="steward", at=NOW)
    again = accept_reviews(town, 1, by="steward", at=NOW)

    assert (own.added, own.own, own.as_linked) == ((), 2, 1)
    assert (len(done.added), done.own, done.as_linked, done.refused) == (2, 0, 1, ())
    assert again.added == ()
    kinds = {(each.left, each.right): each.kind for each in list_overrides(town).overrides}
    assert kinds == {(apart.left, apart.right): OverrideKind.MUST_LINK, (together.left, together.right): OverrideKind.CANNOT_LINK}
    link_people(town, by="tester", at=NOW, threads=1)
    links = town.objects.get_table(Linkage.objects.order_by("-id")[0].links)
    person = dict(zip(links["identity_id"].to_pylist(), links["person_id"].to_pylist(), strict=True))
    assert person[apart.left] == person[apart.right]
    assert person[together.left] != person[together.right]


def test_decisions_are_handed_on_with_weights_that_stand_for_every_pair(town):
    drawn = opened(town, pairs=30, matter_most=6)
    assert reviewed_pairs(town) is None
    go_through(town, "ann")
    say(town, 1, DIFFERENT, by="bo")

    found = reviewed_pairs(town)

    pairs = ledger_pairs()
    assert found.population == {1: drawn.population}
    assert found.not_reviewed == {1: 0}
    assert found.weight.sum() == pytest.approx(drawn.population)
    assert found.probability.tolist() == [pair.probability for pair in pairs]
    assert (found.first.tolist(), found.second[0]) == (["same"] * len(pairs), "different")
    assert set(found.second[1:]) == {""}
    assert set(found.settled) == {""}
    assert found.matters.sum() == 6


def test_strata_that_nobody_looked_at_are_told_and_the_others_stand_for_themselves(town):
    drawn = opened(town, pairs=30, matter_most=6)
    say(town, 1, SAME, by="ann")

    found = reviewed_pairs(town)

    one = ledger_pairs()[0]
    assert found.weight.tolist() == [one.population]
    assert found.not_reviewed == {1: drawn.population - one.population}
